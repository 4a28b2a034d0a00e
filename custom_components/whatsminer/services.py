"""Actions: for scripts and farms, several miners at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
import json
from typing import Any

from homeassistant.auth.permissions.const import (
    CAT_ENTITIES,
    POLICY_CONTROL,
    POLICY_READ,
)
from homeassistant.const import ATTR_DEVICE_ID, CONF_PASSWORD, CONF_URL
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.service import (
    async_get_device_and_config_entry,
    async_register_admin_service,
)
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
import probatio

from .client import Capability, LedPattern, MinerData, PoolLogin, WhatsminerError
from .client.protocol import NEW_PASSWORD, RESERVED_NAMES, is_reading
from .const import DOMAIN, LOGGER
from .control.commands import ask, raw
from .diagnostics import redact
from .errors import join_errors, translate_error
from .runtime import WhatsminerRuntime


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
                    probatio.Required(CONF_URL): cv.string,
                    probatio.Required("worker"): cv.string,
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
        await _require_admin(call)

    async def send(runtime: WhatsminerRuntime) -> Any:
        """Send it to one miner."""
        if reads:
            return await runtime.miner.query(command, **parameters)
        return await runtime.commands.async_send(raw(command, parameters))

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
        may_control = await _may(call, runtime, POLICY_CONTROL)
        return data if may_control else redact(data)

    return await _for_each(call, read, permission=POLICY_READ)


async def _set_power_percent(call: ServiceCall) -> None:
    """Set the power percent of the miners."""
    percent, gentle = call.data["percent"], call.data["gentle"]
    what = Capability.POWER_PERCENT_GENTLE if gentle else Capability.POWER_PERCENT
    await _for_each(
        call, lambda each: each.commands.async_send(ask(what, percent)), what
    )


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
    command = ask(Capability.LED, False if color == "auto" else patterns)
    await _for_each(
        call, lambda each: each.commands.async_send(command), Capability.LED
    )


async def _set_pools(call: ServiceCall) -> None:
    """Set the pools; other pools are removed."""
    pools = [
        PoolLogin(
            url=pool[CONF_URL], worker=pool["worker"], password=pool[CONF_PASSWORD]
        )
        for pool in call.data["pools"]
    ]
    await _for_each(
        call,
        lambda each: each.commands.async_send(ask(Capability.POOLS, pools)),
        Capability.POOLS,
    )


async def _update_password(call: ServiceCall) -> None:
    """Change the password on the miners, and in their entries."""
    new: str = call.data["new_password"]
    if not NEW_PASSWORD.fullmatch(new):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="password_not_allowed"
        )

    await _for_each(call, lambda each: each.commands.async_change_password(new))


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
    runtimes = _find(call, what)
    for runtime in runtimes.values():
        await _require(call, runtime, permission)

    async def guarded(runtime: WhatsminerRuntime) -> Any:
        """Act on one miner, and translate its error."""
        runtime.commands.refuse_other_device()
        try:
            return await act(runtime)
        except WhatsminerError as err:
            raise translate_error(
                HomeAssistantError, err, runtime.coordinator.name
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


def _find(call: ServiceCall, what: Capability | None) -> dict[str, WhatsminerRuntime]:
    """Return the miners of a call by device; raises if one of them can never do it.

    What is no miner is passed over.
    """
    runtimes: dict[str, WhatsminerRuntime] = {}
    errors: list[HomeAssistantError] = []
    not_there, entry_ids = 0, set[str]()
    for device_id in _device_ids(call):
        try:
            _, entry = async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
        except ServiceValidationError as err:
            if err.translation_key != "service_device_wrong_domain":
                errors.append(err)
                not_there += 1
            continue
        # A device that was split from another is known by two ids.
        if entry.entry_id in entry_ids:
            continue
        entry_ids.add(entry.entry_id)
        runtime: WhatsminerRuntime = entry.runtime_data
        coordinator = runtime.coordinator
        runtimes[device_id] = runtime
        if what is not None and what not in coordinator.data.capabilities:
            errors.append(
                ServiceValidationError(
                    translation_domain=DOMAIN,
                    translation_key="not_capable",
                    translation_placeholders={"name": coordinator.name},
                )
            )
    if errors:
        raise join_errors(errors, len(runtimes) + not_there)
    if not runtimes:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_miner"
        )
    return runtimes


def _device_ids(call: ServiceCall) -> list[str]:
    """Return the devices of a call: first those that it names, then those of its targets.

    A label of an entity means its device; the area of an entity does not, as a sensor
    can be put into another room than its miner. A disabled device has to be named.
    """
    entities, devices = er.async_get(call.hass), dr.async_get(call.hass)
    target = TargetSelection(call.data)
    named = call.data[ATTR_DEVICE_ID] if target.device_ids else []
    meant = async_extract_referenced_entity_ids(
        call.hass, TargetSelection({**call.data, ATTR_DEVICE_ID: None})
    )
    meant.log_missing(set(), LOGGER)
    labelled = [
        each
        for label_id in target.label_ids
        for each in er.async_entries_for_label(entities, label_id)
        if each.hidden_by is None
    ]
    by_entity = [entities.async_get(entity_id) for entity_id in meant.referenced]
    device_ids = meant.referenced_devices | {
        each.device_id for each in (*labelled, *by_entity) if each and each.device_id
    }
    found = [devices.async_get(device_id) for device_id in device_ids]
    enabled = [each for each in found if each and not each.disabled]
    enabled.sort(key=lambda each: each.name or "")
    return list(dict.fromkeys((*named, *(each.id for each in enabled))))


async def _may(call: ServiceCall, runtime: WhatsminerRuntime, permission: str) -> bool:
    """Return whether the user of a call has the permission for all entities of a miner.

    All, whether shown, hidden or disabled: an action reaches what they do, and who is
    let to some of them only has these. Automations have no user.
    """
    if call.context.user_id is None:
        return True
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=permission)
    entities = er.async_entries_for_config_entry(
        er.async_get(call.hass), runtime.coordinator.config_entry.entry_id
    )
    return user.is_admin or (
        bool(entities)
        and all(
            user.permissions.check_entity(each.entity_id, permission)
            for each in entities
        )
    )


async def _require(
    call: ServiceCall, runtime: WhatsminerRuntime, permission: str
) -> None:
    """Refuse a user without the permission for a miner."""
    if not await _may(call, runtime, permission):
        raise Unauthorized(
            context=call.context,
            permission=permission,
            user_id=call.context.user_id,
            perm_category=CAT_ENTITIES,
        )


async def _require_admin(call: ServiceCall) -> None:
    """Refuse a user who is not an administrator; automations have no user."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None or not user.is_admin:
        raise Unauthorized(context=call.context)


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
