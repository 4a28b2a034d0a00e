"""Add a miner by its address or by discovery, and change its address, password or options."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partialmethod
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_IGNORE,
    SOURCE_IMPORT,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_PASSWORD
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.typing import UNDEFINED, UndefinedType
import probatio

from . import forms
from .client import DEFAULT_ACCOUNT
from .const import CONF_ACCOUNT, DOMAIN, is_manager
from .device_text import escape_markdown
from .discovery.address import parse_address, write_address
from .discovery.flow import ADDED_WITH, FarmFlow, miner_name
from .discovery.proof import Proof, only_login, prove, without_login
from .new_password import async_change_password
from .power_manager.flow import ManagerFlow, ManagerOptionsFlow

# Seconds. A miner that was just switched on has an address before it answers.
DISCOVERY_PAUSES = (0, 20, 40)


class WhatsminerConfigFlow(FarmFlow, ManagerFlow, domain=DOMAIN):
    """Handle the config flow of one miner; FarmFlow finds many, ManagerFlow has the rest."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlowWithReload:
        """Return the flow of the options."""
        if is_manager(config_entry):
            return ManagerOptionsFlow()
        return WhatsminerOptionsFlow()

    def __init__(self) -> None:
        """Start with nothing known."""
        super().__init__()
        self._proof = Proof({})

    @property
    def _is_new(self) -> bool:
        """Return whether the miner is to be added, and not an entry changed."""
        return self.source not in (SOURCE_REAUTH, SOURCE_RECONFIGURE)

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to find the miners."""
        return self.async_show_menu(
            step_id="user", menu_options=["address", "scan", "report", "manager"]
        )

    async def async_step_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for address and password, and check both."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if result := await self._async_try_address({}, user_input, errors):
                return result
        return self._show_form("address", forms.ADDRESS, user_input, errors)

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a known miner to its new address; offer one that is new."""
        mac = format_mac(discovery_info.macaddress)
        host = discovery_info.ip
        await self.async_set_unique_id(mac)
        self._abort_if_unique_id_configured(updates={CONF_HOST: host})

        # The host name is only a hint: the device must report that it is a miner.
        error: str | None = None
        for pause in DISCOVERY_PAUSES:
            await asyncio.sleep(pause)
            error = await self._async_prove({CONF_HOST: host})
            if error not in ("unreachable", "no_mac"):
                break
        if error == "not_a_whatsminer":
            return self.async_abort(reason=error)
        if error is not None:
            return self.async_abort(reason="cannot_connect")
        if self._proof.identity.mac is None:
            return self.async_abort(reason="only_by_address")
        if self._proof.identity.mac != mac:
            return self.async_abort(reason="wrong_device")
        # The user may have added it in the meantime.
        self._abort_if_unique_id_configured(updates={CONF_HOST: host})
        self.context["title_placeholders"] = {"name": self._make_title()}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password of a discovered miner, and check it."""
        errors: dict[str, str] = {}
        host = self._proof.data[CONF_HOST]
        if user_input is not None:
            data = {CONF_HOST: host, **_without_empty(user_input)}
            if result := await self._async_try(data, errors):
                return result
        return self._show_form(
            "discovery_confirm",
            forms.OPTIONAL_PASSWORD,
            user_input,
            errors,
            name=self._make_title(),
            host=host,
        )

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Check and add one of many miners, without a question."""
        data = dict(import_data)
        await self.async_set_unique_id(data.pop(CONF_MAC), raise_on_progress=False)
        if (error := await self._async_prove(data)) is not None:
            return self.async_abort(reason=error)
        return await self._async_finish()

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for account and password; a new miner can be added without, for reading."""
        error: str | None = "invalid_auth"
        if user_input is not None:
            if CONF_PASSWORD not in _without_empty(user_input):
                self._proof = self._proof.for_reading()
                return await self._async_finish()
            error = await self._async_prove({**self._proof.data, **user_input})
            if error is None:
                return await self._async_finish()
        return self._show_form(
            "account",
            forms.ACCOUNT_IF_ANY if self._is_new else forms.ACCOUNT,
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
                return self._create()
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
            return self._create()
        placeholders = {"name": self._make_title()}
        if self._proof.identity.mac is None:
            placeholders["host"] = write_address(self._proof.data)
        return self._show_form(step_id, forms.NOTHING, **placeholders)

    async_step_write_access = partialmethod(_async_confirm, "write_access")
    async_step_unproven = partialmethod(_async_confirm, "unproven")
    async_step_no_commands = partialmethod(_async_confirm, "no_commands")
    async_step_by_address = partialmethod(_async_confirm, "by_address")

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Ask again when the miner no longer accepts the password."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password, and check it."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            if result := await self._async_try({**entry.data, **user_input}, errors):
                return result
        return self._show_form(
            "reauth_confirm", forms.ONE_PASSWORD, user_input, errors, name=entry.title
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change; a miner that is only read has one choice."""
        entry = self._get_reconfigure_entry()
        if is_manager(entry):
            return await self.async_step_manager()
        if CONF_PASSWORD not in entry.data:
            return await self.async_step_reconfigure_address()
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["reconfigure_address", "change_password", "only_read"],
            description_placeholders={"name": escape_markdown(entry.title)},
        )

    async def async_step_reconfigure_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address or password, and check both."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            login = only_login(entry.data)
            if result := await self._async_try_address(login, user_input, errors):
                return result
        # The saved password is not sent to the browser.
        shown = {CONF_ACCOUNT: entry.data.get(CONF_ACCOUNT)}
        return self._show_form(
            "reconfigure_address",
            forms.ADDRESS_AND_ACCOUNT if CONF_ACCOUNT in entry.data else forms.ADDRESS,
            user_input or {**shown, CONF_HOST: write_address(entry.data)},
            errors,
            name=entry.title,
        )

    async def async_step_change_password(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new password, and change it on the miner and in the entry."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            errors = await async_change_password(entry, user_input)
            if not errors:
                return self.async_abort(reason="password_changed")
        return self._show_form(
            "change_password",
            forms.NEW_PASSWORD_TWICE,
            user_input,
            errors,
            name=entry.title,
        )

    async def async_step_only_read(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Delete the password if the user confirms it."""
        entry = self._get_reconfigure_entry()
        if user_input is None:
            return self._show_form("only_read", forms.NOTHING, name=entry.title)
        return self.async_update_reload_and_abort(
            entry, data=without_login(entry.data), reason="now_only_read"
        )

    def _show_form(
        self,
        step_id: str,
        schema: probatio.Schema,
        entered: Mapping[str, Any] | None = None,
        errors: dict[str, str] | None = None,
        /,
        **placeholders: str,
    ) -> ConfigFlowResult:
        """Show a form with the earlier entries, and with names that are safe in Markdown."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, entered),
            description_placeholders={
                key: value if key == "host" else escape_markdown(value)
                for key, value in placeholders.items()
            },
            errors=errors,
        )

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
        data = {**login, **_without_empty(entered), **address}
        return await self._async_try(data, errors)

    async def _async_prove(self, data: dict[str, Any]) -> str | None:
        """Check the data for an entry; return the key of the error."""
        self._proof = await prove(data, self._proof, is_new=self._is_new)
        return self._proof.error

    async def _async_finish(self) -> ConfigFlowResult:
        """Save the checked data, in the entry that the dialog changes or in a new one."""
        found = self.source in (SOURCE_DHCP, SOURCE_IMPORT)
        if found and self._proof.identity.mac != self.unique_id:
            return self.async_abort(reason="wrong_device")
        self._abort_if_address_is_taken()
        entry = await self.async_set_unique_id(
            self._proof.identity.mac, raise_on_progress=False
        )
        if not self._is_new:
            self._abort_if_unique_id_mismatch(reason="wrong_device")
            entry = (
                self._get_reauth_entry()
                if self.source == SOURCE_REAUTH
                else self._get_reconfigure_entry()
            )
            return self.async_update_reload_and_abort(
                entry, data=self._proof.data, reason=self._reason(entry)
            )
        if entry is not None and entry.source != SOURCE_IGNORE:
            return self._update(entry)
        self._abort_if_unique_id_configured()
        if self._proof.note is None or self.source == SOURCE_IMPORT:
            return self._create()
        step = getattr(self, f"async_step_{self._proof.note}")
        result: ConfigFlowResult = await step()
        return result

    def _create(self) -> ConfigFlowResult:
        """Create the entry, unless another dialog did."""
        self._abort_if_address_is_taken()
        return self.async_create_entry(
            title=self._make_title(),
            data=self._proof.data,
            description=ADDED_WITH[self._proof.note] if self._proof.note else None,
        )

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
        return self.async_update_reload_and_abort(
            entry,
            data=self._proof.data,
            reason=self._reason(entry),
            reload_even_if_entry_is_unchanged=False,
        )

    def _reason(self, entry: ConfigEntry) -> str | UndefinedType:
        """Return the key of the text that says what changed in an entry."""
        if self._proof.note == "unproven":
            return "kept_unproven"
        if self.source == SOURCE_REAUTH:
            return UNDEFINED
        new = self._proof.data
        moves = write_address(new) != write_address(entry.data)
        if only_login(new) != only_login(entry.data):
            return "address_and_password_updated" if moves else "password_updated"
        return "address_updated" if moves else "already_configured"

    def _make_title(self) -> str:
        """Name the miner; no two miners have the same name."""
        title = miner_name(self._proof.identity)
        if any(entry.title == title for entry in self._async_current_entries()):
            mac = (self._proof.identity.mac or "").replace(":", "")
            title = f"{title} {mac[-6:].upper() or write_address(self._proof.data)}"
        return title


class WhatsminerOptionsFlow(OptionsFlowWithReload):
    """Handle the options of one miner."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to read the miner, and how to treat it."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                forms.OPTIONS, self.config_entry.options
            ),
        )


def _without_empty(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries without empty ones: an empty password is no password."""
    return {key: value for key, value in user_input.items() if value}
