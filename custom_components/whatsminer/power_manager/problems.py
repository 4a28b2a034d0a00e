"""What only the user can mend of a manager."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOCUMENTATION, DOMAIN
from ..device_text import escape_markdown
from ..names import shown_name
from .law.law import Law
from .law.models import Readings
from .meters import GRACE
from .miners import ManagedMiner
from .price_window import price_windows
from .prices.tariff import Tariff
from .sources import Sources

# s from which on one that does not answer is no longer thought to restart.
_SILENT: Final = 900.0
# s from one search of all automations to the next: some meters report each second.
_SEARCHED: Final = 60.0

PROBLEMS: Final = (
    "managed_miner_removed",
    "managed_miner_takes_no_commands",
    "manager_fails",
    "miner_does_not_stop",
    "miner_of_two_managers",
    "price_window_on_managed_miner",
    "prices_unreadable",
    "reserve_unreadable",
    "silent_miner_counts",
    "source_missing",
)


class Problems:
    """The repairs of one manager: each is shown as long as it lasts."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """None is shown yet."""
        self._hass = hass
        self._entry = entry
        self._shown: dict[str, frozenset[str]] = {}
        self._searched_at = 0.0

    @callback
    def find(
        self,
        readings: Readings,
        miners: Mapping[str, ManagedMiner],
        law: Law,
        sources: Sources,
        tariff: Tariff,
        *,
        has_cap: bool,
        runs_for: float,
    ) -> None:
        """Find and show what is wrong with a manager that has run for so many s."""
        deaf = {
            each.key
            for each in readings.miners
            if each.is_reachable and not each.takes_commands
        }
        names = [miners[key].name for key in deaf]
        self.show("managed_miner_takes_no_commands", names)
        stuck = set(law.unstoppable) - deaf
        names = [each.name for key, each in miners.items() if key in stuck]
        self.show("miner_does_not_stop", names)
        if not 0 <= readings.now - self._searched_at < _SEARCHED:
            self._searched_at = readings.now
            found = price_windows(self._hass, miners)
            self.show("price_window_on_managed_miner", found)
        # Other integrations may come later than this one, and miners answer.
        is_late = runs_for > GRACE
        silent = [
            miners[each.key]
            for each in readings.miners
            if has_cap and not each.is_reachable and each.last_power > 0
        ]
        if is_late or not silent:
            names = [
                each.name for each in silent if readings.now - each.read_at > _SILENT
            ]
            self.show("silent_miner_counts", names)
        if is_late:
            self.show("source_missing", sources.missing)
            self.show("prices_unreadable", tariff.problems)
            self.show("reserve_unreadable", sources.unreadable_reserve(readings.now))

    @callback
    def show(self, key: str, what: Iterable[str]) -> None:
        """Show a problem with these, or withdraw it if there are none."""
        names = frozenset(what)
        # One of the last run, or of before a reload, is not known here.
        if self._shown.get(key) == names:
            return
        self._shown[key] = names
        issue_id = f"{key}_{self._entry.entry_id}"
        if not names:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        name = shown_name(self._hass, self._entry)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            learn_more_url=f"{DOCUMENTATION}/power_manager.md",
            translation_key=key,
            translation_placeholders={
                "name": name,
                "manager": escape_markdown(name),
                "which": escape_markdown(", ".join(sorted(names))),
            },
        )

    @callback
    def clear(self) -> None:
        """Withdraw all."""
        for key in PROBLEMS:
            self.show(key, ())
