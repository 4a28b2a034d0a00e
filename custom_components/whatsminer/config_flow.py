"""Add a miner, and give it another password."""

from collections.abc import Mapping
from typing import Any, override
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .client import DEFAULT_PORT, Miner, MinerIdentity, WhatsminerError
from .const import DOMAIN
from .errors import error_key

_PASSWORD = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
_USER_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Optional(CONF_PASSWORD): _PASSWORD,
    }
)
_REAUTH_SCHEMA = probatio.Schema({probatio.Required(CONF_PASSWORD): _PASSWORD})

# The host name of a miner whose owner gave it none.
_DEFAULT_HOSTNAME = "whatsminer"


class WhatsminerConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle the config flow of one miner."""

    VERSION = 1

    def __init__(self) -> None:
        """Start with nothing known."""
        self._title = ""
        self._data: dict[str, Any] = {}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for address and password, and prove both."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if (data := _parse_address(user_input[CONF_HOST])) is None:
                errors[CONF_HOST] = "invalid_host"
            else:
                if password := user_input.get(CONF_PASSWORD):
                    data[CONF_PASSWORD] = password
                miner = _miner(data)
                if isinstance(identity := await _prove(miner), str):
                    errors["base"] = identity
                else:
                    await self.async_set_unique_id(
                        identity.mac, raise_on_progress=False
                    )
                    self._abort_if_unique_id_configured(updates=data)
                    self._title = self._make_title(identity)
                    self._data = data
                    if miner.can_write and miner.write_access is False:
                        return await self.async_step_write_access()
                    return self.async_create_entry(title=self._title, data=data)

        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                _USER_SCHEMA, {CONF_HOST: (user_input or {}).get(CONF_HOST)}
            ),
            errors=errors,
        )

    async def async_step_write_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that the miner can only be read, and add it if that will do."""
        if user_input is None:
            return self.async_show_form(
                step_id="write_access",
                data_schema=probatio.Schema({}),
                description_placeholders={"name": self._title},
            )
        return self.async_create_entry(title=self._title, data=self._data)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start over when the miner does not take the password any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password, and prove it."""
        errors: dict[str, str] = {}
        entry = self._get_reauth_entry()
        if user_input is not None:
            identity = await _prove(_miner({**entry.data, **user_input}))
            if isinstance(identity, str):
                errors["base"] = identity
            else:
                await self.async_set_unique_id(identity.mac)
                self._abort_if_unique_id_mismatch(reason="wrong_device")
                return self.async_update_reload_and_abort(
                    entry, data_updates=user_input
                )

        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=_REAUTH_SCHEMA,
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    def _make_title(self, identity: MinerIdentity) -> str:
        """Name the miner: by its host name, else by its model; never like another."""
        hostname = identity.hostname
        if hostname and hostname.lower() != _DEFAULT_HOSTNAME:
            title = hostname
        else:
            title = f"WhatsMiner {identity.model or ''}".strip().replace("_", " ")
        if any(entry.title == title for entry in self._async_current_entries()):
            title = f"{title} {(identity.mac or '').replace(':', '')[-6:].upper()}"
        return title


def _parse_address(address: str) -> dict[str, Any] | None:
    """Return host and port out of what a user may have copied; None when it is none."""
    address = address.strip()
    if address.count(":") > 1 and "[" not in address and "//" not in address:
        address = f"[{address}]"  # an IPv6 address
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or any(character.isspace() for character in host):
        return None
    # An address copied from the browser names the port of the web page, if any.
    if port is None or parts.scheme or port == DEFAULT_PORT:
        return {CONF_HOST: host}
    return {CONF_HOST: host, CONF_PORT: port}


def _miner(data: Mapping[str, Any]) -> Miner:
    """Return the client for what an entry holds."""
    return Miner(
        data[CONF_HOST],
        data.get(CONF_PASSWORD),
        port=data.get(CONF_PORT, DEFAULT_PORT),
    )


async def _prove(miner: Miner) -> MinerIdentity | str:
    """Return who the miner is, or the key of what is wrong; changes nothing on it."""
    try:
        identity = await miner.identify()
        if identity.mac is None:
            return "no_mac"
        if miner.can_write:
            await miner.check_password()
    except WhatsminerError as err:
        return error_key(err)
    return identity
