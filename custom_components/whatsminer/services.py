"""Actions: for scripts and farms, several miners at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
import json
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import CONF_PASSWORD, CONF_URL
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio

from .client import Capability, LedPattern, MinerData, PoolLogin, WhatsminerError
from .client.protocol import NEW_PASSWORD, RESERVED_NAMES, is_reading
from .const import DOMAIN
from .control.commands import ask, raw
from .device_text import one_line
from .diagnostics import redact
from .discovery.address import is_pool
from .errors import join_errors, translate_error
from .permissions import may, require_admin, require_permission
from .runtime import WhatsminerRuntime
from .targets import find_miners


def _json_object(value: Any) -> dict[str, Any]:
    """Take an object that JSON holds: YAML makes dates, and templates sets."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise probatio.Invalid("expected an object whose names are text")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as err:
        raise probatio.Invalid("expected what JSON can hold") from err
    return value


_TARGET = cv.ENTITY_SERVICE_FIELDS
_COMMAND = probatio.Schema(
    {
        **_TARGET,
        probatio.Required("command"): probatio.All(cv.string, probatio.Length(min=1)),
        probatio.Optional("parameters", default=dict): _json_object,
    }
)
_POOLS = probatio.Schema(
    {
        **_TARGET,
        probatio.Required("pools"): probatio.All(
            probatio.EnsureList(),
            probatio.Length(min=1, max=3),
            [
                {
                    probatio.Required(CONF_URL): probatio.All(cv.string, str.strip),
                    probatio.Required("worker"): probatio.All(
                        cv.string, str.strip, probatio.Length(min=1)
                    ),
                    probatio.Optional(CONF_PASSWORD, default=""): str,
                }
            ],
        ),
    }
)
_PERCENT = probatio.Schema(
    {
        **_TARGET,
        probatio.Required("percent"): probatio.All(
            probatio.Coerce(int), probatio.Range(min=0, max=200)
        ),
        probatio.Optional("gentle", default=False): cv.boolean,
    }
)
_MILLISECONDS = probatio.All(probatio.Coerce(int), probatio.Range(min=0, max=60000))
_LED = probatio.Schema(
    {
        **_TARGET,
        probatio.Required("color"): probatio.In(("auto", "red", "green", "both")),
        probatio.Optional("period", default=500): _MILLISECONDS,
        probatio.Optional("duration", default=250): _MILLISECONDS,
        probatio.Optional("start", default=0): _MILLISECONDS,
    }
)
_UPDATE_PASSWORD = probatio.Schema(
    {**_TARGET, probatio.Required("new_password"): cv.string}
)
_DATA = probatio.Schema(_TARGET)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    register = hass.services.async_register
    register(DOMAIN, "send_command", _send_command, _COMMAND, SupportsResponse.OPTIONAL)
    register(DOMAIN, "get_data", _get_data, _DATA, SupportsResponse.ONLY)
    register(DOMAIN, "set_power_percent", _set_power_percent, _PERCENT)
    register(DOMAIN, "set_led", _set_led, _LED)
    async_register_admin_service(hass, DOMAIN, "set_pools", _set_pools, _POOLS)
    async_register_admin_service(
        hass, DOMAIN, "update_password", _update_password, _UPDATE_PASSWORD
    )


async def _send_command(call: ServiceCall) -> ServiceResponse:
    """Send any command; only administrators can send commands that write."""
    command: str = call.data["command"].strip()
    parameters: dict[str, Any] = call.data["parameters"]
    if reserved := RESERVED_NAMES & {str(name).lower() for name in parameters}:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="parameter_reserved",
            translation_placeholders={"parameter": ", ".join(sorted(reserved))},
        )
    reads = is_reading(command)
    if not reads:
        await require_admin(call)

    async def send(runtime: WhatsminerRuntime) -> Any:
        """Send it to one miner."""
        if reads:
            return await runtime.miner.query(command, **parameters)
        return await runtime.commands.async_send(raw(command, parameters), call.context)

    return await _for_each(call, send)


async def _get_data(call: ServiceCall) -> ServiceResponse:
    """Return all readings of the miners.

    Who may not control a miner gets it without what identifies it.
    """

    async def read(runtime: WhatsminerRuntime) -> Any:
        """Return the last reading of one miner; None while it does not answer."""
        coordinator, starts = runtime.coordinator, runtime.commands.starts
        if not coordinator.last_update_success:
            return None
        data = {
            **_plain(coordinator.data),
            "last_start": starts.last and starts.last.isoformat(),
            "last_stop": starts.last_stop and starts.last_stop.isoformat(),
            "starts_today": starts.today,
        }
        may_control = await may(call, runtime, POLICY_CONTROL)
        return data if may_control else redact(data)

    return await _for_each(call, read, permission=POLICY_READ)


async def _set_power_percent(call: ServiceCall) -> None:
    """Set the power percent of the miners."""
    percent, gentle = call.data["percent"], call.data["gentle"]
    what = Capability.POWER_PERCENT_GENTLE if gentle else Capability.POWER_PERCENT
    await _ask_each(call, what, percent)


async def _set_led(call: ServiceCall) -> None:
    """Let the LED flash, or set it to automatic."""
    color = call.data["color"]
    patterns = [
        LedPattern(
            color=each,
            **{name: call.data[name] for name in ("period", "duration", "start")},
        )
        for each in (("red", "green") if color == "both" else (color,))
    ]
    await _ask_each(call, Capability.LED, False if color == "auto" else patterns)


async def _set_pools(call: ServiceCall) -> None:
    """Set the pools; other pools are removed."""
    for pool in call.data["pools"]:
        if not is_pool(pool[CONF_URL]):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="pool_not_url",
                translation_placeholders={"url": one_line(pool[CONF_URL])},
            )
    pools = [
        PoolLogin(
            url=pool[CONF_URL], worker=pool["worker"], password=pool[CONF_PASSWORD]
        )
        for pool in call.data["pools"]
    ]
    await _ask_each(call, Capability.POOLS, pools)


async def _update_password(call: ServiceCall) -> None:
    """Change the password on the miners, and in their entries."""
    new: str = call.data["new_password"]
    if not NEW_PASSWORD.fullmatch(new):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="password_not_allowed"
        )

    await _for_each(call, lambda each: each.commands.async_change_password(new))


async def _ask_each(call: ServiceCall, what: Capability, value: Any) -> None:
    """Send all miners of a call the same command."""
    command = ask(what, value)
    await _for_each(
        call, lambda each: each.commands.async_send(command, call.context), what
    )


async def _for_each(
    call: ServiceCall,
    act: Callable[[WhatsminerRuntime], Awaitable[Any]],
    what: Capability | None = None,
    permission: str = POLICY_CONTROL,
) -> dict[str, Any]:
    """Act on all miners of a call at once; return the results by device.

    Nothing is done when the user may not, or when one of them is not there or cannot do
    it. One that fails does not stop the others; when all are done, one error names all
    that failed.
    """
    runtimes = find_miners(call, what)
    for runtime in runtimes.values():
        await require_permission(call, runtime, permission)

    async def guarded(runtime: WhatsminerRuntime) -> Any:
        """Act on one miner, and translate its error."""
        runtime.commands.refuse_other_device()
        try:
            return await act(runtime)
        except WhatsminerError as err:
            raise translate_error(
                HomeAssistantError, err, runtime.coordinator.shown_name
            ) from err

    results = await asyncio.gather(
        *(guarded(each) for each in runtimes.values()), return_exceptions=True
    )
    errors: list[HomeAssistantError] = []
    for result in results:
        if isinstance(result, HomeAssistantError):
            errors.append(result)
        elif isinstance(result, BaseException):
            raise result
    if errors:
        raise join_errors(errors, len(results))
    return dict(zip(runtimes, results, strict=True))


def _plain(data: MinerData) -> dict[str, Any]:
    """Return a reading as JSON, with the words of its error codes."""
    plain = asdict(data)
    explained = ("words", "severity", "part", "remedy")
    errors = [
        asdict(error) | {name: getattr(error, name) for name in explained}
        for error in data.errors or ()
    ]
    return plain | {
        "capabilities": sorted(data.capabilities),
        "errors": None if data.errors is None else errors,
        "boards": list(plain["boards"]),
        "pools": list(plain["pools"]),
    }
