"""A miner that is not reached at the start has what is known of it, and soon."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import access, coordinator
from custom_components.whatsminer.client import Miner, WhatsminerError
from custom_components.whatsminer.client.dialects import v2
from tests.simulator import SimulatedMiner

from .helpers import poll, set_up, value


def set_fault(**faults: Any) -> Callable[[SimulatedMiner], None]:
    """Return what puts faults on a miner."""

    def put(simulated: SimulatedMiner) -> None:
        for name, fault in faults.items():
            setattr(simulated.faults, name, fault)

    return put


FAILURES: dict[str, Callable[[SimulatedMiner], None]] = {
    "mute": set_fault(mute=True),
    "garbage": set_fault(garbage=True),
    "endless": set_fault(endless=True),
    "cut": set_fault(cut=20),
    "reset": set_fault(unreachable_until=float("inf")),
    "busy": set_fault(
        refuse=dict.fromkeys(("status", "get_version", "summary", "devdetails"), 136)
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_known_miner_is_restored(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
) -> None:
    """However a miner is not reached, its entities are there and come back."""
    monkeypatch.setattr(coordinator, "FIRST_SECONDS", 1)
    before = set(hass.states.async_entity_ids())
    await hass.config_entries.async_unload(loaded.entry_id)
    good = replace(simulated.faults)
    FAILURES[failure](simulated)
    async with asyncio.timeout(10):
        await hass.config_entries.async_setup(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    state: ConfigEntryState = loaded.state
    assert state is ConfigEntryState.LOADED
    assert set(hass.states.async_entity_ids()) == before
    assert value(hass, "sensor.miner_hashrate") == STATE_UNAVAILABLE
    simulated.device.faults = good
    for _ in range(3):
        await poll(hass)
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    await hass.config_entries.async_unload(loaded.entry_id)


async def test_an_unexpected_error_restores_too(
    hass: HomeAssistant, loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a fault in reading it take the entities away."""
    await hass.config_entries.async_unload(loaded.entry_id)

    async def fail(_: Miner) -> None:
        raise WhatsminerError("not expected")

    with monkeypatch.context() as patched:
        patched.setattr(Miner, "read", fail)
        await hass.config_entries.async_setup(loaded.entry_id)
    state: ConfigEntryState = loaded.state
    assert state is ConfigEntryState.LOADED
    assert value(hass, "sensor.miner_hashrate") == STATE_UNAVAILABLE
    await hass.config_entries.async_unload(loaded.entry_id)


async def test_slow_password_check_costs_no_reading(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A miner that is slow to prove the password is read, and checked again later."""
    monkeypatch.setattr(coordinator, "FIRST_SECONDS", 2)
    monkeypatch.setattr(access, "CHECK_AGAIN", 0)
    simulated.faults.delay = 3
    simulated.faults.only = {"get_token"}
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    assert entry.runtime_data.access.accepted is None
    simulated.faults.delay = 0
    await poll(hass)
    assert entry.runtime_data.access.accepted is True


async def test_slow_first_contact(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a miner that was never read, who it is is enough for its entities."""
    monkeypatch.setattr(coordinator, "FIRST_SECONDS", 1.5)
    simulated.faults.only = {"get_error_code"}
    simulated.faults.delay = 4
    await set_up(hass, entry)
    state: ConfigEntryState = entry.state
    assert state is ConfigEntryState.LOADED
    for entity_id in ("sensor.miner_hashrate", "switch.miner_mining"):
        assert value(hass, entity_id) == STATE_UNAVAILABLE
    simulated.faults.delay = 0
    await poll(hass)
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    assert value(hass, "switch.miner_mining") == STATE_ON
    assert float(value(hass, "sensor.miner_board_temperature")) > 20
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_it_did_not_say_at_first(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The device page shows it as soon as a reading has it."""
    monkeypatch.setattr(coordinator, "FIRST_SECONDS", 1.5)
    simulated.faults.unavailable = {"get_version"}
    simulated.faults.only = {"get_error_code"}
    simulated.faults.delay = 4
    await set_up(hass, entry)
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.hw_version is None
    simulated.faults.delay = 0
    simulated.faults.unavailable = set()
    later = monotonic() + 700
    monkeypatch.setattr(v2, "monotonic", lambda: later)
    await poll(hass)
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.hw_version == "H616"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_another_miner_at_first(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who another miner is is not enough."""
    monkeypatch.setattr(coordinator, "FIRST_SECONDS", 1.5)
    simulated.faults.only = {"get_error_code"}
    simulated.faults.delay = 4
    simulated.device.mac = "CA:0A:18:00:00:99"
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_unproven_password(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What nothing proves stays open: it is neither taken nor asked for again."""

    async def unproven(_: Miner) -> bool:
        return False

    monkeypatch.setattr(Miner, "check_password", unproven)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.runtime_data.access.accepted is None
    assert not hass.config_entries.flow.async_progress()


async def test_refused_password_of_a_command(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """A password that a command shows to be wrong is not taken for the right one."""
    assert loaded.runtime_data.access.accepted is True
    simulated.tokens.set_password("Other_1")
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(
            "switch", "turn_off", {"entity_id": "switch.miner_mining"}, blocking=True
        )
    assert loaded.runtime_data.access.accepted is False
