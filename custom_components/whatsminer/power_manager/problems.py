"""What only the user can mend of a manager, and who has which miner."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_MINERS, DOCUMENTATION, DOMAIN, is_manager
from ..device_text import escape_markdown, one_line

# The manager of each miner, both by the ids of their entries.
_CLAIMS: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_managed")

PROBLEMS: Final = (
    "managed_miner_removed",
    "miner_does_not_stop",
    "miner_of_two_managers",
    "price_window_on_managed_miner",
    "prices_unreadable",
    "source_missing",
)


def listed_miners(options: Mapping[str, Any]) -> list[str]:
    """Return the miners on the list of a manager, by the ids of their entries."""
    listed = options.get(CONF_MINERS, [])
    # Whatever somebody has put there by hand: the other managers read it, too.
    if not isinstance(listed, list):
        return []
    return [each for each in listed if isinstance(each, str)]


@callback
def async_claim(hass: HomeAssistant, miner: str, manager: ConfigEntry[Any]) -> bool:
    """Return whether a manager has a miner from now on: the oldest that lists it has.

    Entries keep their order over restarts; the order in which they load changes. A
    younger one that has it already keeps it until it is reloaded.
    """
    listed = (
        each
        for each in hass.config_entries.async_entries(DOMAIN)
        if is_manager(each)
        and each.disabled_by is None
        and miner in listed_miners(each.options)
    )
    if next(listed, manager) is not manager:
        return False
    claims = hass.data.setdefault(_CLAIMS, {})
    return claims.setdefault(miner, manager.entry_id) == manager.entry_id


@callback
def async_release(hass: HomeAssistant, manager: ConfigEntry[Any]) -> None:
    """Let others have the miners of a manager."""
    claims = hass.data.get(_CLAIMS, {})
    for miner in [each for each, owner in claims.items() if owner == manager.entry_id]:
        del claims[miner]


@callback
def async_is_claimed(hass: HomeAssistant, miner: str) -> bool:
    """Return whether a manager has a miner."""
    return miner in hass.data.get(_CLAIMS, {})


class Problems:
    """The repairs of one manager: each is shown as long as it lasts."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """None is shown yet."""
        self._hass = hass
        self._entry = entry
        self._shown: dict[str, frozenset[str]] = {}

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
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            learn_more_url=f"{DOCUMENTATION}/power_manager.md",
            translation_key=key,
            translation_placeholders={
                "name": one_line(self._entry.title),
                "manager": escape_markdown(self._entry.title),
                "which": escape_markdown(", ".join(sorted(names))),
            },
        )

    @callback
    def clear(self) -> None:
        """Withdraw all."""
        for key in PROBLEMS:
            self.show(key, ())
