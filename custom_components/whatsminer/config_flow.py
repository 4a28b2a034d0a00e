"""Add a miner that was named or found, and change its address, password or options."""

import asyncio
from collections.abc import Mapping
from typing import Any, override
from urllib.parse import urlsplit

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
from homeassistant.const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SCAN_INTERVAL,
    PERCENTAGE,
    UnitOfTime,
)
from homeassistant.core import callback
from homeassistant.helpers.device_registry import format_mac
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import probatio

from .client import (
    ACCOUNTS,
    DEFAULT_ACCOUNT,
    DEFAULT_PORT,
    MinerIdentity,
    WhatsminerError,
)
from .const import (
    CONF_ACCOUNT,
    CONF_GENTLE,
    CONF_LOWEST_PERCENT,
    CONF_START_MINUTES,
    DEFAULT_LOWEST_PERCENT,
    DOMAIN,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
    SCAN_INTERVAL,
)
from .errors import error_key
from .farm_flow import PASSWORD, READ_ONLY, FarmFlow, miner_name
from .runtime import make_miner

_ADDRESS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Optional(CONF_PASSWORD): PASSWORD,
    }
)
_REAUTH_SCHEMA = probatio.Schema({probatio.Required(CONF_PASSWORD): PASSWORD})
_DISCOVERY_SCHEMA = probatio.Schema({probatio.Optional(CONF_PASSWORD): PASSWORD})
_ACCOUNT = SelectSelector(SelectSelectorConfig(options=list(ACCOUNTS)))
_ACCOUNT_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ACCOUNT, default=DEFAULT_ACCOUNT): _ACCOUNT,
        probatio.Required(CONF_PASSWORD): PASSWORD,
    }
)
# An account is asked for only of a miner that uses one of several.
_RECONFIGURE_ACCOUNT_SCHEMA = _ADDRESS_SCHEMA.extend(
    {probatio.Required(CONF_ACCOUNT): _ACCOUNT}
)
_OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(
            CONF_SCAN_INTERVAL, default=SCAN_INTERVAL.seconds
        ): probatio.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=MIN_SCAN_INTERVAL,
                    max=MAX_SCAN_INTERVAL,
                    step=1,
                    unit_of_measurement=UnitOfTime.SECONDS,
                    mode=NumberSelectorMode.BOX,
                )
            ),
            probatio.Coerce(int),
        ),
        probatio.Required(CONF_GENTLE, default=False): BooleanSelector(),
        probatio.Required(
            CONF_LOWEST_PERCENT, default=DEFAULT_LOWEST_PERCENT
        ): probatio.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=0,
                    max=100,
                    step=1,
                    unit_of_measurement=PERCENTAGE,
                    mode=NumberSelectorMode.BOX,
                )
            ),
            probatio.Coerce(int),
        ),
        probatio.Required(CONF_START_MINUTES, default=0): probatio.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=0,
                    max=24 * 60,
                    step=1,
                    unit_of_measurement=UnitOfTime.MINUTES,
                    mode=NumberSelectorMode.BOX,
                )
            ),
            probatio.Coerce(int),
        ),
    }
)

# Seconds. A miner that was just switched on has an address before it answers.
DISCOVERY_PAUSES = (0, 20, 40)


class WhatsminerConfigFlow(FarmFlow, domain=DOMAIN):
    """Handle the config flow of one miner; what finds many is in FarmFlow."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> WhatsminerOptionsFlow:
        """Return the flow of the options."""
        return WhatsminerOptionsFlow()

    def __init__(self) -> None:
        """Start with nothing known."""
        super().__init__()
        self._data: dict[str, Any] = {}
        self._identity = MinerIdentity()
        self._write_access: bool | None = None
        self._has_accounts: bool | None = None

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to find what is to be added."""
        return self.async_show_menu(
            step_id="user", menu_options=["address", "scan", "report"]
        )

    async def async_step_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for address and password, and prove both."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if result := await self._async_try_address(user_input, errors):
                return result

        return self.async_show_form(
            step_id="address",
            data_schema=self.add_suggested_values_to_schema(
                _ADDRESS_SCHEMA, {CONF_HOST: (user_input or {}).get(CONF_HOST)}
            ),
            errors=errors,
        )

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a known miner to its new address; offer one that is new."""
        mac = format_mac(discovery_info.macaddress)
        host = discovery_info.ip
        await self.async_set_unique_id(mac)
        self._abort_if_unique_id_configured(updates={CONF_HOST: host})

        # The host name only hints at a miner: who it is it has to say itself.
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
        if self._identity.mac != mac:
            return self.async_abort(reason="wrong_device")
        # The user may have added it in the meantime.
        self._abort_if_unique_id_configured(updates={CONF_HOST: host})
        self.context["title_placeholders"] = {"name": self._make_title()}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password of a miner that was found, and prove it."""
        errors: dict[str, str] = {}
        host = self._data[CONF_HOST]
        if user_input is not None:
            data = {CONF_HOST: host, **_without_empty(user_input)}
            if result := await self._async_try(data, errors):
                return result

        return self.async_show_form(
            step_id="discovery_confirm",
            data_schema=_DISCOVERY_SCHEMA,
            description_placeholders={"name": self._make_title(), "host": host},
            errors=errors,
        )

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Prove and add one of many miners, without a question."""
        data = dict(import_data)
        await self.async_set_unique_id(data.pop(CONF_MAC), raise_on_progress=False)
        if (error := await self._async_prove(data)) is not None:
            return self.async_abort(reason=error)
        return await self._async_finish()

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
            data_schema=self.add_suggested_values_to_schema(
                _ACCOUNT_SCHEMA,
                {CONF_ACCOUNT: self._data.get(CONF_ACCOUNT, DEFAULT_ACCOUNT)},
            ),
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
            if result := await self._async_try({**entry.data, **user_input}, errors):
                return result

        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=_REAUTH_SCHEMA,
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address or password, and prove both."""
        errors: dict[str, str] = {}
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            if result := await self._async_try_address(user_input, errors):
                return result

        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                _RECONFIGURE_ACCOUNT_SCHEMA
                if CONF_ACCOUNT in entry.data
                else _ADDRESS_SCHEMA,
                user_input or {**entry.data, CONF_HOST: _write_address(entry.data)},
            ),
            description_placeholders={"name": entry.title},
            errors=errors,
        )

    async def _async_try_address(
        self, user_input: Mapping[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult | None:
        """Prove address and password; None, and the error, if something is wrong."""
        if (data := _parse_input(user_input)) is None:
            errors[CONF_HOST] = "invalid_host"
            return None
        return await self._async_try(data, errors)

    async def _async_try(
        self, data: dict[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult | None:
        """Prove what was entered and go on; None, and the error, if it is wrong."""
        if (error := await self._async_prove(data)) is None:
            return await self._async_finish()
        if error == "invalid_auth" and self._has_accounts:
            return await self.async_step_account()
        errors["base"] = error
        return None

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
        found = self.source in (SOURCE_DHCP, SOURCE_IMPORT)
        if found and self._identity.mac != self.unique_id:
            return self.async_abort(reason="wrong_device")
        entry = await self.async_set_unique_id(
            self._identity.mac, raise_on_progress=False
        )
        if self.source == SOURCE_RECONFIGURE:
            self._abort_if_unique_id_mismatch(reason="wrong_device")
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(), data=self._data
            )
        if self.source == SOURCE_REAUTH:
            self._abort_if_unique_id_mismatch(reason="wrong_device")
            return self.async_update_reload_and_abort(
                self._get_reauth_entry(), data=self._data
            )
        if entry is not None and entry.source != SOURCE_IGNORE:
            return self._update(entry)
        self._abort_if_unique_id_configured()
        read_only = CONF_PASSWORD in self._data and self._write_access is False
        if read_only and self.source != SOURCE_IMPORT:
            return await self.async_step_write_access()
        return self.async_create_entry(
            title=self._make_title(),
            data=self._data,
            description=READ_ONLY if read_only else None,
        )

    def _update(self, entry: ConfigEntry) -> ConfigFlowResult:
        """Keep what was proven in the entry that is there already.

        Only its password, and the account that it belongs to, outlive an empty field.
        """
        kept = () if CONF_PASSWORD in self._data else (CONF_ACCOUNT, CONF_PASSWORD)
        old = {key: entry.data[key] for key in kept if key in entry.data}
        return self.async_update_reload_and_abort(
            entry,
            data={**old, **self._data},
            reason="already_configured",
            reload_even_if_entry_is_unchanged=False,
        )

    def _make_title(self) -> str:
        """Name the miner; never like another."""
        title = miner_name(self._identity)
        if any(entry.title == title for entry in self._async_current_entries()):
            mac = self._identity.mac or ""
            title = f"{title} {mac.replace(':', '')[-6:].upper()}"
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
                _OPTIONS_SCHEMA, self.config_entry.options
            ),
        )


def _parse_input(user_input: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the data of an entry; None when the address is none."""
    if (address := _parse_address(user_input[CONF_HOST])) is None:
        return None
    return {**_without_empty(user_input), **address}


def _without_empty(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered; a password that was emptied is none."""
    return {key: value for key, value in user_input.items() if value}


def _write_address(data: Mapping[str, Any]) -> str:
    """Return host and port as a user would write them."""
    host: str = data[CONF_HOST]
    if CONF_PORT not in data:
        return host
    return f"[{host}]:{data[CONF_PORT]}" if ":" in host else f"{host}:{data[CONF_PORT]}"


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
