"""Dialogs that help with repairs."""

from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from . import forms
from .client import AuthenticationError, WhatsminerError
from .errors import error_key
from .issues import ISSUES
from .new_password import async_change_password
from .runtime import WhatsminerConfigEntry

# What a check can fail with, as far as it helps to know.
_CHECK_ERRORS = ("busy", "invalid_auth", "unreachable", "wrong_device")


class Repair(RepairsFlow):
    """A dialog about one issue of a miner: what to do, and a check that it is done."""

    def __init__(
        self, entry: WhatsminerConfigEntry, key: str, placeholders: dict[str, str]
    ) -> None:
        """Remember the entry and the miner."""
        self._entry = entry
        self._key = key
        self._placeholders = placeholders

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Open the dialog; what Home Assistant passes here, no user has entered."""
        return await self.async_step_check()

    async def async_step_check(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Explain what to do with WhatsMinerTool, and check whether it is done."""
        errors = {}
        if user_input is not None:
            if (error := await self._async_check()) is None:
                return self.async_create_entry(data={})
            errors["base"] = error
        return self.async_show_form(
            step_id="check",
            data_schema=forms.NOTHING,
            errors=errors,
            description_placeholders=self._placeholders,
        )

    def _is_loaded(self) -> bool:
        """Return whether the miner is set up: it can be reloaded at any time."""
        return self._entry.state is ConfigEntryState.LOADED

    async def _async_check(self) -> str | None:
        """Ask the miner now; return the key of the error that remains."""
        if not self._is_loaded():
            return "not_loaded"
        runtime = self._entry.runtime_data
        try:
            if runtime.miner.can_write:
                await runtime.access.async_check_now()
        except WhatsminerError as err:
            if self._key == "default_password" and isinstance(err, AuthenticationError):
                # It has another one now, which Home Assistant asks for.
                return None
            key = error_key(err)
            return key if key in _CHECK_ERRORS else "not_checked"
        if not self._is_loaded():
            return "not_loaded"
        applies, _ = ISSUES[self._key]
        return "not_yet" if applies(self._entry) else None


class DefaultPasswordRepair(Repair):
    """Help to give the miner a password of its own."""

    @override
    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Change the password here, if the miner takes commands."""
        if self._is_loaded() and self._entry.runtime_data.miner.write_access is False:
            return await super().async_step_init()
        return await self.async_step_change_password()

    async def async_step_change_password(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for a new password, and change it on the miner and in the entry."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await async_change_password(self._entry, user_input)
            if not errors:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="change_password",
            data_schema=self.add_suggested_values_to_schema(
                forms.NEW_PASSWORD_TWICE, user_input
            ),
            errors=errors,
            description_placeholders=self._placeholders,
        )


_FLOWS = {
    "write_access_off": Repair,
    "default_password": DefaultPasswordRepair,
}


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the dialog for an issue."""
    texts = {name: str(value) for name, value in (data or {}).items()}
    entry = hass.config_entries.async_get_known_entry(texts.pop("entry_id"))
    key = texts.pop("key")
    return _FLOWS[key](entry, key, texts)
