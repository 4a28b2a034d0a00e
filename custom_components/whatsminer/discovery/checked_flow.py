"""What follows when address and password of a miner were entered, in whichever dialog.

They are checked, what could not be checked is explained, and an entry is made or changed.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partialmethod
from typing import Any

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_IMPORT,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.data_entry_flow import AbortFlow, UnknownFlow
from homeassistant.helpers.typing import UNDEFINED, UndefinedType
import probatio

from .. import forms
from ..client import DEFAULT_ACCOUNT
from ..const import CONF_ACCOUNT, DOMAIN
from ..device_text import escape_markdown, one_line
from ..names import shown_name
from .address import parse_address, write_address
from .flow import ADDED_WITH, FarmFlow, miner_name
from .proof import Proof, only_login, prove


class CheckedFlow(FarmFlow):
    """The steps between what was entered and an entry."""

    def __init__(self) -> None:
        """Start with nothing known."""
        super().__init__()
        self._proof = Proof({})

    @property
    def _existing(self) -> ConfigEntry | None:
        """Return the entry that the dialog changes; None if a miner is to be added."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return None

    @property
    def _is_found(self) -> bool:
        """Return whether it was found, by the MAC address that is the unique ID."""
        return self.source in (SOURCE_DHCP, SOURCE_IMPORT)

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for account and password; a new miner can be added without, for reading."""
        error: str | None = "invalid_auth"
        if user_input is not None:
            if CONF_PASSWORD not in without_empty(user_input):
                self._proof = self._proof.for_reading()
                return await self._async_finish()
            error = await self._async_prove({**self._proof.data, **user_input})
            if error is None:
                return await self._async_finish()
        return self._show_form(
            "account",
            forms.ACCOUNT if self._existing else forms.ACCOUNT_IF_ANY,
            {CONF_ACCOUNT: DEFAULT_ACCOUNT, **self._proof.data},
            {"base": error or ""},
        )

    async def async_step_without_password(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain what a miner without a password cannot do, and ask for the password again."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if not user_input.get(CONF_PASSWORD):
                return await self._async_finish(confirmed=True)
            data = {**self._proof.data, **user_input}
            if result := await self._async_try(data, errors):
                return result
            del self._proof.data[CONF_PASSWORD]
        return self._show_form(
            "without_password",
            forms.OPTIONAL_PASSWORD,
            user_input,
            errors,
            name=self._make_title(),
        )

    async def _async_confirm(
        self, step_id: str, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain what could not be checked, and add the miner if the user agrees."""
        if user_input is not None:
            return await self._async_finish(confirmed=True)
        placeholders = {"name": self._make_title()}
        if self._proof.identity.mac is None:
            placeholders["host"] = write_address(self._proof.data)
        return self._show_form(step_id, forms.NOTHING, **placeholders)

    async_step_write_access = partialmethod(_async_confirm, "write_access")
    async_step_unproven = partialmethod(_async_confirm, "unproven")
    async_step_no_commands = partialmethod(_async_confirm, "no_commands")
    async_step_by_address = partialmethod(_async_confirm, "by_address")

    def _show_form(
        self,
        step_id: str,
        schema: probatio.Schema,
        entered: Mapping[str, Any] | None = None,
        errors: dict[str, str] | None = None,
        /,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form with the earlier entries, and with names that are safe in Markdown.

        Who a miner is needs no password: of one that is set up, that is said first.
        """
        named = {
            key: value if key == "host" else escape_markdown(value)
            for key, value in placeholders.items()
        }
        # Errors are plain text.
        entry = self._find_entry()
        if errors == {"base": "another_miner"}:
            identity = self._proof.identity
            mac = f" ({identity.mac.upper()})" if identity.mac else ""
            other = (
                shown_name(self.hass, entry)
                if entry
                else one_line(miner_name(identity))
            )
            named["other"] = other + mac
        elif entry and not self._existing and errors == {"base": "invalid_auth"}:
            errors = {"base": "set_up_invalid_auth"}
            named["entry"] = shown_name(self.hass, entry)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, entered),
            description_placeholders=named,
            errors=errors,
        )

    def _find_entry(self) -> ConfigEntry | None:
        """Return the entry that the miner has already."""
        mac = self._proof.identity.mac
        if mac is None:
            return None
        entries = self.hass.config_entries
        entry = entries.async_entry_for_domain_unique_id(DOMAIN, mac)
        return None if entry is None or entry.source == SOURCE_IGNORE else entry

    async def _async_try(
        self, data: dict[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult | None:
        """Check the entries and continue; return None and note the error if they are wrong."""
        if (error := await self._async_prove(data)) is None:
            return await self._async_finish()
        if error == "invalid_auth" and self._proof.has_accounts:
            return await self.async_step_account()
        errors["base"] = error
        return None

    async def _async_try_address(
        self,
        login: Mapping[str, Any],
        entered: Mapping[str, Any],
        errors: dict[str, str],
    ) -> ConfigFlowResult | None:
        """Do the same with an address as it was entered; `login` is known already."""
        if (address := parse_address(entered[CONF_HOST])) is None:
            errors[CONF_HOST] = "invalid_host"
            return None
        data = {**login, **without_empty(entered), **address}
        return await self._async_try(data, errors)

    async def _async_prove(self, data: dict[str, Any]) -> str | None:
        """Check the data for an entry; return the key of the error."""
        found = self.unique_id if self._is_found else None
        entry = self._existing
        self._proof = await prove(data, self._proof, entry, found)
        if entry and self.hass.config_entries.async_get_entry(entry.entry_id) is None:
            raise UnknownFlow  # It was removed meanwhile, and this dialog with it.
        if self._proof.error == "wrong_device":
            raise AbortFlow("wrong_device")
        return self._proof.error

    async def _async_finish(self, *, confirmed: bool = False) -> ConfigFlowResult:
        """Save the checked data, in the entry that the dialog changes or in a new one.

        What could not be checked has to be confirmed before a miner is added.
        """
        if self._is_found and self._proof.identity.mac != self.unique_id:
            return self.async_abort(reason="wrong_device")
        self._abort_if_address_is_taken()
        await self.async_set_unique_id(
            self._proof.identity.mac, raise_on_progress=False
        )
        if (entry := self._existing) is not None:
            return self._save(entry)
        if (known := self._find_entry()) is not None:
            return self._update(known)
        self._abort_if_unique_id_configured()
        note = self._proof.note
        if note is None or confirmed or self.source == SOURCE_IMPORT:
            return self.async_create_entry(
                title=self._make_title(),
                data=self._proof.data,
                description=ADDED_WITH[note] if note else None,
            )
        step = getattr(self, f"async_step_{note}")
        result: ConfigFlowResult = await step()
        return result

    def _abort_if_address_is_taken(self) -> None:
        """Abort if a miner without a MAC address is set up there already."""
        address = write_address(self._proof.data)
        if self._proof.identity.mac is None and any(
            write_address(entry.data) == address
            for entry in self._async_miners(include_ignore=False)
            if entry.entry_id != self.context.get("entry_id")
        ):
            raise AbortFlow("already_configured")

    def _update(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Save the checked data in the existing entry.

        If the password field is empty, the entry keeps its password and account.
        """
        old = {} if CONF_PASSWORD in self._proof.data else only_login(entry.data)
        self._proof = replace(self._proof, data={**old, **self._proof.data})
        return self._save(entry)

    def _save(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Save the checked data in an entry, and say what changed of which miner."""
        result = self.async_update_reload_and_abort(
            entry,
            data=self._proof.data,
            reason=self._reason(entry),
            reload_even_if_entry_is_unchanged=self._existing is not None,
        )
        name = escape_markdown(shown_name(self.hass, entry))
        result["description_placeholders"] = {"name": name}
        return result

    def _reason(self, entry: ConfigEntry) -> str | UndefinedType:
        """Return the key of the text that says what changed in an entry."""
        if self._proof.note == "unproven":
            return "kept_unproven"
        if self.source == SOURCE_REAUTH:
            return UNDEFINED
        old, new = entry.data, self._proof.data
        moves = write_address(new) != write_address(old)
        if new.get(CONF_PASSWORD) != old.get(CONF_PASSWORD):
            return "address_and_password_updated" if moves else "password_updated"
        if _account(new) != _account(old):
            return "address_and_account_updated" if moves else "account_updated"
        if moves:
            return "address_updated"
        return "already_disabled" if entry.disabled_by else "already_configured"

    def _make_title(self) -> str:
        """Name the miner; no two miners have the same name."""
        title = miner_name(self._proof.identity)
        if any(entry.title == title for entry in self._async_current_entries()):
            mac = (self._proof.identity.mac or "").replace(":", "")
            title = f"{title} {mac[-6:].upper() or write_address(self._proof.data)}"
        return title


def _account(data: Mapping[str, Any]) -> str:
    """Return the account of an entry, which may not name it."""
    account: str = data.get(CONF_ACCOUNT, DEFAULT_ACCOUNT)
    return account


def without_empty(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries without empty ones: an empty password is no password."""
    return {key: value for key, value in user_input.items() if value}
