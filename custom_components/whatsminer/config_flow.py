"""Add a miner by its address or by discovery, and change its address, password or options."""

import asyncio
from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_HOST, CONF_MAC, CONF_PASSWORD
from homeassistant.core import callback
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo

from . import forms
from .const import CONF_ACCOUNT, DOMAIN, is_manager
from .device_text import escape_markdown
from .discovery.address import write_address
from .discovery.checked_flow import CheckedFlow, without_empty
from .discovery.proof import only_login, without_login
from .names import shown_name
from .new_password import async_change_password
from .power_manager.options.flow import ManagerFlow, ManagerOptionsFlow
from .stored_entry import readable_options

# Seconds. A miner that was just switched on has an address before it answers.
DISCOVERY_PAUSES = (0, 20, 40)


class WhatsminerConfigFlow(CheckedFlow, ManagerFlow, domain=DOMAIN):
    """The first steps of each dialog about one miner."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlowWithReload:
        """Return the flow of the options."""
        if is_manager(config_entry):
            return ManagerOptionsFlow()
        return WhatsminerOptionsFlow()

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
            data = {CONF_HOST: host, **without_empty(user_input)}
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
            "reauth_confirm",
            forms.ONE_PASSWORD,
            user_input,
            errors,
            name=shown_name(self.hass, entry),
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
            description_placeholders={
                "name": escape_markdown(shown_name(self.hass, entry))
            },
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
            name=shown_name(self.hass, entry),
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
            name=shown_name(self.hass, entry),
        )

    async def async_step_only_read(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Delete the password if the user confirms it."""
        entry = self._get_reconfigure_entry()
        if user_input is None:
            return self._show_form(
                "only_read", forms.NOTHING, name=shown_name(self.hass, entry)
            )
        return self.async_update_reload_and_abort(
            entry, data=without_login(entry.data), reason="now_only_read"
        )


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
                forms.OPTIONS, readable_options(self.config_entry)
            ),
        )
