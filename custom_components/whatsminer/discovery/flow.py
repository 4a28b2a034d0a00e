"""Find many miners, and add them together with one password."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.config_entries import (
    SOURCE_IMPORT,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_PASSWORD, CONF_PORT
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.translation import async_get_translations

from ..client import MinerIdentity
from ..const import CONF_MINERS, DOMAIN, LOGGER, is_manager
from ..device_text import escape_markdown, model_name, short_name
from ..forms import CONF_NETWORK, NOTHING, SCAN, found_miners
from ..names import shown_name
from .address import write_address
from .ip_report import listen
from .networks import async_own_networks
from .scan import FoundMiner, NetworkError, parse_network, scan

ADDED_WITH = {
    "unproven": "unproven",
    "write_access": "read_only",
    "without_password": "read_only_without_password",
    "no_commands": "read_only_no_commands",
    "by_address": "read_only_by_address",
}
"""The result for an added miner, by the step that would announce it."""
_ADDED = "added"
_MOVED = "moved"

_ADDED_AT_ONCE = 5
# Seconds. The frontend listens for the end of a progress only when it shows it already:
# over a slow line it would miss that of a short scan, and show it for ever.
SHOWN_AT_LEAST = 3.0
_NAMED_AT_MOST = 20

# The host name of a miner whose owner gave it none.
_DEFAULT_HOSTNAME = "whatsminer"


class FarmFlow(ConfigFlow):
    """The steps that find miners, let the user select some, and add each."""

    def __init__(self) -> None:
        """Start with nothing found."""
        super().__init__()
        self._task: asyncio.Task[None] | None = None
        self._errors: dict[str, str] = {}
        self._network = ""
        self._found: dict[str, FoundMiner] = {}
        self._known = 0
        self._moved: list[str] = []
        self._reports = self._silent = 0
        self._chosen: list[str] = []
        self._password: str | None = None
        self._outcomes = defaultdict[str, list[FoundMiner]](list)

    async def async_step_scan(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the network to scan."""
        if user_input is not None:
            self._errors = {}
            self._network = user_input[CONF_NETWORK]
            try:
                parse_network(user_input[CONF_NETWORK])
            except NetworkError as err:
                self._errors[CONF_NETWORK] = err.key
            else:
                return await self.async_step_scanning()

        if not self._network:
            self._network = await async_own_networks(self.hass)
        return self.async_show_form(
            step_id="scan",
            data_schema=self.add_suggested_values_to_schema(
                SCAN, {CONF_NETWORK: self._network}
            ),
            errors=self._errors,
        )

    async def async_step_scanning(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show how far the scan is."""
        return self._show_progress(
            "scanning",
            self._async_scan,
            lambda: self._step_after("scan"),
            {CONF_NETWORK: self._network},
        )

    async def async_step_report(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain the button of the miners before the time to press it begins."""
        if user_input is not None:
            self._errors = {}
            self._reports = self._silent = 0
            return await self.async_step_listening()
        return self.async_show_form(
            step_id="report", data_schema=NOTHING, errors=self._errors
        )

    async def async_step_listening(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show how many miners were heard."""
        return self._show_progress(
            "listening",
            self._async_listen,
            lambda: self._step_after("report"),
            {"reports": str(self._reports), "silent": str(self._silent)},
        )

    async def async_step_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the user select miners, and ask for their password."""
        if user_input is not None:
            self._errors = {}
            self._chosen = user_input[CONF_MINERS]
            self._password = user_input.get(CONF_PASSWORD)
            if self._chosen:
                return await self.async_step_adding()
            self._errors[CONF_MINERS] = "nothing_chosen"

        labels = {key: _label(miner) for key, miner in self._found.items()}
        return self.async_show_form(
            step_id="found",
            data_schema=self.add_suggested_values_to_schema(
                found_miners(labels, self._chosen), {CONF_PASSWORD: self._password}
            ),
            description_placeholders={
                "found": str(len(self._found)),
                "known": str(self._known),
                "moved": str(len(self._moved)),
            },
            errors=self._errors,
        )

    async def async_step_adding(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show how many of the chosen miners are done."""
        return self._show_progress(
            "adding",
            self._async_add_chosen,
            lambda: "found" if self._errors else "added",
            {"chosen": str(len(self._chosen))},
        )

    async def async_step_added(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Report the result for each miner."""
        words = await self._async_words()
        lines = {
            outcome: [_describe(miner) for miner in miners]
            for outcome, miners in self._outcomes.items()
            if outcome != _ADDED
        }
        if self._moved:
            some = self._moved[:_NAMED_AT_MOST]
            named = [f"- {escape_markdown(name)}" for name in some]
            more = len(self._moved) - len(named)
            lines[_MOVED] = [*named, f"- \u2026 (+{more})"] if more else named
        report = "\n\n".join(
            "\n".join((words[key], "", *described)) for key, described in lines.items()
        )
        added = sum(
            len(self._outcomes[outcome]) for outcome in (_ADDED, *ADDED_WITH.values())
        )
        return self.async_abort(
            reason="farm_added",
            description_placeholders={
                "added": str(added),
                "chosen": str(len(self._chosen)),
                "report": report,
            },
        )

    def _show_progress(
        self,
        step_id: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        next_step: Callable[[], str],
        placeholders: dict[str, str],
    ) -> ConfigFlowResult:
        """Begin the work of a step, or show it, or go on when it is done.

        Home Assistant cancels the work when the dialog is closed.
        """
        if self._task is None:
            # Not eager: what a user entered in a form is also given to the step after
            # it, if there was no progress to show in between.
            self._task = self.hass.async_create_background_task(
                work(), f"{DOMAIN} {step_id}", eager_start=False
            )
        if not self._task.done():
            return self.async_show_progress(
                step_id=step_id,
                progress_action=step_id,
                description_placeholders=placeholders,
                progress_task=self._task,
            )
        task, self._task = self._task, None
        if error := task.exception():
            LOGGER.error("Unexpected error while %s", step_id, exc_info=error)
            self._errors["base"] = "unknown"
        return self.async_show_progress_done(next_step_id=next_step())

    async def _async_scan(self) -> None:
        """Scan the network, without the miners that are known to answer there."""
        answering = {
            entry.data[CONF_HOST]
            for entry in self._async_miners()
            if CONF_PORT not in entry.data and _answers(entry)
        }
        addresses = parse_network(self._network)
        new = [address for address in addresses if str(address) not in answering]
        found, _ = await asyncio.gather(
            scan(new, self.async_update_progress), asyncio.sleep(SHOWN_AT_LEAST)
        )
        self._keep(found, len(addresses) - len(new))

    async def _async_listen(self) -> None:
        """Listen for the button of the miners."""

        def count(reports: int, silent: int) -> None:
            self._reports, self._silent = reports, silent
            self.async_notify_flow_changed()

        try:
            self._keep(await listen(count), 0)
        except OSError:
            self._errors["base"] = "port_taken"

    def _keep(self, found: list[FoundMiner], known: int) -> None:
        """Keep the new miners among those found; count the known ones."""
        entries = {
            entry.unique_id or write_address(entry.data): entry
            for entry in self._async_miners(include_ignore=True)
        }
        self._found = {miner.key: miner for miner in found if miner.key not in entries}
        self._moved = [
            shown_name(self.hass, entry)
            for miner in found
            if (entry := entries.get(miner.key)) and self._follow(entry, miner.host)
        ]
        self._chosen = list(self._found)
        self._known = known + len(found) - len(self._found)
        if not self._found:
            self._errors["base"] = "nothing_new" if self._known else "nothing_found"

    def _follow(self, entry: ConfigEntry, host: str) -> bool:
        """Give an entry that waits for its miner the address where this answers.

        It does so there on the usual ports. Returns whether that is another address.
        """
        waits = entry.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY)
        if not waits or _answers(entry):
            return False
        data = {**entry.data, CONF_HOST: host}
        data.pop(CONF_PORT, None)
        if not self.hass.config_entries.async_update_entry(entry, data=data):
            return False
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return True

    def _step_after(self, search: str) -> str:
        """Return the step after a search: what was found, else the same form again."""
        if self._found:
            return "found"
        return "added" if self._moved else search

    async def _async_add_chosen(self) -> None:
        """Prove the chosen miners and add them, a few at once.

        When it is cancelled, those that are under way are finished.
        """
        self._outcomes.clear()
        waiting = iter(self._chosen)
        done = 0

        async def work() -> None:
            nonlocal done
            for key in waiting:
                miner = self._found[key]
                adding = self.hass.async_create_task(self._async_add(miner))
                self._outcomes[await asyncio.shield(adding)].append(miner)
                done += 1
                self.async_update_progress(done / len(self._chosen))

        async with asyncio.TaskGroup() as group:
            for _ in range(_ADDED_AT_ONCE):
                group.create_task(work())
        # A slip of the keyboard should not cost another scan.
        if set(self._outcomes) == {"invalid_auth"}:
            self._errors[CONF_PASSWORD] = "invalid_auth"

    async def _async_add(self, miner: FoundMiner) -> str:
        """Add a miner by a flow of its own, and return the result."""
        data = {CONF_HOST: miner.host, CONF_MAC: miner.mac}
        if self._password:
            data[CONF_PASSWORD] = self._password
        result = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_IMPORT}, data=data
        )
        if result["type"] is FlowResultType.CREATE_ENTRY:
            return result["description"] or _ADDED
        return result["reason"]

    async def _async_words(self) -> dict[str, str]:
        """Return the texts for errors and ends of this flow, by their keys."""
        texts = await async_get_translations(
            self.hass, self.hass.config.language, "config", {DOMAIN}
        )
        parts = {tuple(key.split(".")): text for key, text in texts.items()}
        return {
            key: text
            for (*_, section, key), text in parts.items()
            if section in ("abort", "error")
        }

    def _async_miners(self, include_ignore: bool | None = None) -> list[ConfigEntry]:
        """Return the entries that there are, without those of power managers."""
        return [
            each
            for each in self._async_current_entries(include_ignore)
            if not is_manager(each)
        ]


def miner_name(identity: MinerIdentity) -> str:
    """Return the name for a miner: its host name, else its model."""
    hostname = short_name(identity.hostname or "")
    if hostname and hostname.lower() != _DEFAULT_HOSTNAME:
        return hostname
    return short_name(model_name(identity.model))


def _label(miner: FoundMiner) -> str:
    """Return a miner as one line of plain text."""
    mac = (miner.mac.upper(),) if miner.mac else ()
    return " \u00b7 ".join((miner_name(miner.identity), miner.host, *mac))


def _describe(miner: FoundMiner) -> str:
    """Return a line of Markdown for a miner, whose name may contain anything."""
    return f"- {escape_markdown(miner_name(miner.identity))} (`{miner.host}`)"


def _answers(entry: ConfigEntry) -> bool:
    """Return whether a miner that is set up answers."""
    return (
        entry.state is ConfigEntryState.LOADED
        and entry.runtime_data.coordinator.last_update_success
    )
