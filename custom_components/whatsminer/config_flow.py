"""Add a miner, and give it another password."""

from collections.abc import Mapping
from typing import Any, override
from urllib.parse import urlsplit

from homeassistant.config_entries import SOURCE_REAUTH, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .client import (
    ACCOUNTS,
    DEFAULT_ACCOUNT,
    DEFAULT_PORT,
    MinerIdentity,
    WhatsminerError,
)
from .const import CONF_ACCOUNT, DOMAIN
from .coordinator import make_miner
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
_ACCOUNT_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ACCOUNT, default=DEFAULT_ACCOUNT): SelectSelector(
            SelectSelectorConfig(options=list(ACCOUNTS))
        ),
        probatio.Required(CONF_PASSWORD): _PASSWORD,
    }
)

# The host name of a miner whose owner gave it none.
_DEFAULT_HOSTNAME = "whatsminer"


class WhatsminerConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle the config flow of one miner."""

    VERSION = 1

    def __init__(self) -> None:
        """Start with nothing known."""
        self._data: dict[str, Any] = {}
        self._identity = MinerIdentity()
        self._write_access: bool | None = None
        self._has_accounts: bool | None = None

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
                if (error := await self._async_prove(data)) is None:
                    return await self._async_finish()
                if error == "invalid_auth" and self._has_accounts:
                    return await self.async_step_account()
                errors["base"] = error

        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                _USER_SCHEMA, {CONF_HOST: (user_input or {}).get(CONF_HOST)}
            ),
            errors=errors,
        )

    async def async_step_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the account, too, of a miner that has several of them."""
        error: str | None = "invalid_auth"
        if user_input is not None:
            error = await self._async_prove({**self._data, **user_input})
            if error is None:
                return await self._async_finish()
        return self.async_show_form(
            step_id="account",
            data_schema=_ACCOUNT_SCHEMA,
            errors={"base": error or ""},
        )

    async def async_step_write_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Explain that the miner can only be read, and add it if that will do."""
        title = self._make_title()
        if user_input is None:
            return self.async_show_form(
                step_id="write_access",
                data_schema=probatio.Schema({}),
                description_placeholders={"name": title},
            )
        return self.async_create_entry(title=title, data=self._data)

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
            error = await self._async_prove({**entry.data, **user_input})
            if error is None:
                return await self._async_finish()
            if error == "invalid_auth" and self._has_accounts:
                return await self.async_step_account()
            errors["base"] = error

        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=_REAUTH_SCHEMA,
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    async def _async_prove(self, data: dict[str, Any]) -> str | None:
        """Find out who the miner is and what it allows; return the key of what is wrong.

        Nothing is changed on the miner.
        """
        self._data = data
        miner = make_miner(data)
        try:
            self._identity = await miner.identify()
            if self._identity.mac is None:
                return "no_mac"
            self._has_accounts = miner.speaks_v3
            if miner.can_write:
                await miner.check_password()
            self._write_access = miner.write_access
        except WhatsminerError as err:
            return error_key(err)
        finally:
            await miner.close()
        return None

    async def _async_finish(self) -> ConfigFlowResult:
        """Keep what was proven, in the entry that it is about or in a new one."""
        await self.async_set_unique_id(self._identity.mac, raise_on_progress=False)
        if self.source == SOURCE_REAUTH:
            self._abort_if_unique_id_mismatch(reason="wrong_device")
            return self.async_update_reload_and_abort(
                self._get_reauth_entry(), data=self._data
            )
        self._abort_if_unique_id_configured(updates=self._data)
        if CONF_PASSWORD in self._data and self._write_access is False:
            return await self.async_step_write_access()
        return self.async_create_entry(title=self._make_title(), data=self._data)

    def _make_title(self) -> str:
        """Name the miner: by its host name, else by its model; never like another."""
        identity = self._identity
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
