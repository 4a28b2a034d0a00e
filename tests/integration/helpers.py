"""Small helpers for tests of the integration."""

from contextlib import suppress
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util.dt import utcnow
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

import custom_components.whatsminer
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

DOMAIN = "whatsminer"
WORDS: dict[str, Any] = json.loads(
    Path(custom_components.whatsminer.__file__)
    .with_name("translations")
    .joinpath("en.json")
    .read_text("utf-8")
)
"""What users read, as English has it."""

# Together they have every entity that there is.
KINDS: dict[str, dict[str, Any]] = {
    "air": {"api": "dual"},
    "hydro": {"api": "dual", "cooling": "hydro"},
    "older": {"api": "2.0.5", "state": "stopped"},
}


def make_miner(kind: str, **settings: Any) -> SimulatedMiner:
    """Return a miner of one of the kinds."""
    miner = at_home(**KINDS[kind], **settings)
    if kind == "air":
        miner.machine.settings.power_limit = 3500
    return miner


def make_entry(
    miner: SimulatedMiner,
    password: str | None = PASSWORD,
    *,
    title: str = "Miner",
    options: dict[str, Any] | None = None,
    **data: Any,
) -> MockConfigEntry:
    """Return what the flow would have stored of a miner."""
    # One that was never started, or has no API v2, is on its usual port.
    with suppress(RuntimeError):
        if miner.port != 4028:
            data.setdefault(CONF_PORT, miner.port)
    if password is not None:
        data.setdefault(CONF_PASSWORD, password)
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id=miner.mac.lower(),
        data={CONF_HOST: miner.host, **data},
        options=options or {},
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def enter(
    hass: HomeAssistant, miner: SimulatedMiner, **options: Any
) -> MockConfigEntry:
    """Set up an entry of a miner, with its password."""
    entry = make_entry(miner, options=options)
    await set_up(hass, entry)
    return entry


async def call(
    hass: HomeAssistant, domain: str, service: str, entity_id: str, **data: Any
) -> None:
    """Let an entity do something, and wait until it is done."""
    await hass.services.async_call(
        domain, service, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True
    )


async def press(hass: HomeAssistant, key: str) -> None:
    """Press a button of the miner."""
    await call(hass, "button", "press", f"button.miner_{key}")


async def turn(hass: HomeAssistant, key: str, *, on: bool) -> None:
    """Turn a switch of the miner."""
    service = "turn_on" if on else "turn_off"
    await call(hass, "switch", service, f"switch.miner_{key}")


async def set_number(hass: HomeAssistant, key: str, number: float) -> None:
    """Set a number of the miner."""
    await call(hass, "number", "set_value", f"number.miner_{key}", value=number)


async def read_back(miner: SimulatedMiner, command: str, times: int = 1) -> None:
    """Wait until a miner got a command, and was asked something afterwards."""
    await until(
        lambda: (
            miner.log.commands.count(command) >= times
            and miner.log.commands[-1] != command
        )
    )


async def reads(miner: SimulatedMiner, times: int = 6) -> None:
    """Wait until a miner was asked something so many times more."""
    before = len(miner.log.commands)
    await until(lambda: len(miner.log.commands) >= before + times)


async def poll(hass: HomeAssistant, seconds: float = 16) -> None:
    """Let the time of the next poll come."""
    async_fire_time_changed(hass, utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


async def later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 16
) -> None:
    """Let time pass, then read."""
    freezer.tick(seconds)
    await poll(hass)


def device_id(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the id of a miner's device."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, f"there is no {entity_id}"
    return state.state
