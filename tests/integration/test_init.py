"""Setting up and unloading a miner; what happens when it goes away."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_SCAN_INTERVAL, STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import coordinator
from custom_components.whatsminer.client import transport
from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.const import DOMAIN, SCAN_INTERVAL
from tests.conftest import at_home, until
from tests.simulator import SimulatedMiner

from .helpers import device_id, enter, make_entry, poll, set_up, value


def state(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the state of an entry, which changes behind a type checker's back."""
    found: ConfigEntryState = entry.state
    return found


async def test_device(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The miner is one device that tells all about itself."""
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    mac = simulated.mac.lower()
    assert device.identifiers == {(DOMAIN, mac)}
    assert device.connections == {(dr.CONNECTION_NETWORK_MAC, mac)}
    assert device.manufacturer == "MicroBT"
    assert device.model == "WhatsMiner M50S VH50"
    assert device.serial_number == "SIM0000000001"
    assert device.sw_version == "20230803.11.REL"
    assert device.hw_version == "H616"
    assert device.configuration_url == "http://127.0.0.1"


async def test_unload_and_reload(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """Unloading leaves nothing behind; the miner is not asked any more."""
    assert state(loaded) is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert state(loaded) is ConfigEntryState.NOT_LOADED
    simulated.log.clear()
    await poll(hass)
    assert not simulated.log.requests
    assert await hass.config_entries.async_setup(loaded.entry_id)
    assert state(loaded) is ConfigEntryState.LOADED
    assert value(hass, "switch.miner_mining") == "on"


@pytest.mark.parametrize("api", ["2.0.5", "dual", "3.0.2"])
@pytest.mark.parametrize("answers", [True, False])
async def test_unload_of_a_miner_that_hangs(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    api: str,
    answers: bool,
) -> None:
    """A reading that is under way is not waited for, and is no failure."""
    async with at_home(api=api) as simulated:
        entry = make_entry(simulated)
        await set_up(hass, entry)
        reader = entry.runtime_data.coordinator
        reader.last_update_success = answers
        monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 3600)
        simulated.faults.mute = True
        simulated.log.clear()
        # One that is under way, and one that waits for its turn.
        readings = [
            hass.async_create_background_task(reader.async_refresh(), "reading")
            for _ in range(2)
        ]
        await until(lambda: simulated.log.requests)
        caplog.clear()
        unloading = hass.async_create_task(
            hass.config_entries.async_unload(entry.entry_id)
        )
        await until(unloading.done)
        assert await unloading
        await asyncio.gather(*readings)
        assert reader.last_update_success is answers
        assert not [each for each in caplog.records if each.levelno > logging.DEBUG]


async def test_password_is_checked_after_the_start(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """Home Assistant's start only reads the miners."""
    hass.set_state(CoreState.not_running)
    await set_up(hass, entry)
    await poll(hass, 31)
    assert value(hass, "switch.miner_mining") == "on"
    assert "get_token" not in simulated.log.commands
    hass.set_state(CoreState.running)
    await poll(hass)
    assert "get_token" in simulated.log.commands
    assert entry.runtime_data.miner.write_access


async def test_unknown_miner_is_off_at_start(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A miner that never answered is tried again until it does."""
    await simulated.stop()
    await set_up(hass, entry)
    assert state(entry) is ConfigEntryState.SETUP_RETRY
    await simulated.start()
    await poll(hass, 60)
    assert state(entry) is ConfigEntryState.LOADED


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration wrote into the log for users."""
    return [
        record.message
        for record in caplog.records
        if record.name.startswith("custom_components.whatsminer")
        and record.levelname != "DEBUG"
    ]


@pytest.mark.usefixtures("all_entities_enabled")
async def test_known_miner_is_off_at_start(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A miner that is off has its entities all the same; they recover by themselves."""
    entities = {
        state.entity_id for state in hass.states.async_all() if state.state != "unknown"
    }
    before = hass.states.async_entity_ids()
    await hass.config_entries.async_unload(loaded.entry_id)
    await simulated.stop()
    caplog.clear()
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state(loaded) is ConfigEntryState.LOADED
    assert set(hass.states.async_entity_ids()) == set(before)
    for entity_id in before:
        assert value(hass, entity_id) == STATE_UNAVAILABLE
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    assert device.sw_version == "20230803.11.REL"
    await poll(hass)
    assert len(lines(caplog)) == 1
    await simulated.start()
    for _ in range(2):
        await poll(hass)
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    assert value(hass, "binary_sensor.miner_write_access") == "on"
    for entity_id in entities:
        assert value(hass, entity_id) != STATE_UNAVAILABLE
    assert len(lines(caplog)) == 2
    assert not any(record.exc_info for record in caplog.records if record.levelno > 10)


async def test_stopped_miner_is_known(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """What a stopped miner does not tell of is known over two restarts."""
    known = loaded.runtime_data.coordinator.known
    assert known.boards
    assert known.hashrate
    await hass.config_entries.async_unload(loaded.entry_id)
    simulated.faults.mining_down = "error"
    simulated.machine.power_off()
    await hass.config_entries.async_setup(loaded.entry_id)
    assert all(
        each.temperature is None for each in loaded.runtime_data.coordinator.data.boards
    )
    assert len(loaded.runtime_data.coordinator.known.boards) == len(known.boards)
    await hass.config_entries.async_unload(loaded.entry_id)
    await simulated.stop()
    await hass.config_entries.async_setup(loaded.entry_id)
    assert state(loaded) is ConfigEntryState.LOADED
    assert len(loaded.runtime_data.coordinator.data.boards) == len(known.boards)
    await hass.config_entries.async_unload(loaded.entry_id)


async def test_password_is_checked_when_it_comes_back(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """The password is proven at the first contact, however late that is."""
    await hass.config_entries.async_unload(loaded.entry_id)
    await simulated.stop()
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, CONF_PASSWORD: "old"}
    )
    await hass.config_entries.async_setup(loaded.entry_id)
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    await simulated.start()
    await poll(hass)
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_another_miner_at_the_address(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """Readings of another miner are not taken for those of this one."""
    await simulated.stop()
    await poll(hass)
    mac, simulated.device.mac = simulated.device.mac, "CA:0A:18:00:00:99"
    await simulated.start()
    await poll(hass)
    assert value(hass, "sensor.miner_hashrate") == STATE_UNAVAILABLE
    await hass.config_entries.async_reload(loaded.entry_id)
    assert state(loaded) is ConfigEntryState.SETUP_RETRY
    assert loaded.error_reason_translation_key == "wrong_device"
    simulated.device.mac = mac
    await hass.config_entries.async_reload(loaded.entry_id)
    assert state(loaded) is ConfigEntryState.LOADED


async def test_another_miner_falls_silent(hass: HomeAssistant) -> None:
    """Who last said who it is has the address: it is not this miner, and not started."""
    async with at_home(api="1.4") as other:
        entry = await enter(hass, other)
        await other.replace()
        await poll(hass)
        assert value(hass, "switch.miner_mining") == STATE_UNAVAILABLE
        other.machine.power_off()
        other.faults.mining_down = "empty"
        await poll(hass)
        assert value(hass, "switch.miner_mining") == STATE_UNAVAILABLE
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                DOMAIN,
                "send_command",
                {"device_id": device_id(hass, entry), "command": "power_on"},
                blocking=True,
            )
        assert other.machine.mineroff


@pytest.mark.parametrize(
    ("while_in", "polls"),
    [
        (CoreState.running, ((4, False), (7, True), (10, False), (16, True))),
        # Others have to be added first.
        (CoreState.not_running, ((19, False), (22, True), (10, False), (16, True))),
    ],
)
async def test_first_poll(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    while_in: CoreState,
    polls: tuple[tuple[int, bool], ...],
) -> None:
    """Only the first poll has a time of its own: miners are not read all at once."""
    monkeypatch.setattr(coordinator, "random", lambda: 0.4)
    hass.set_state(while_in)
    await set_up(hass, entry)
    hass.set_state(CoreState.running)
    for seconds, is_polled in polls:
        simulated.log.clear()
        await poll(hass, seconds)
        assert bool(simulated.log.requests) is is_polled


async def test_interval(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """The miner is read as often as the options say."""
    assert loaded.runtime_data.coordinator.update_interval == SCAN_INTERVAL
    result = await hass.config_entries.options.async_init(loaded.entry_id)
    await hass.config_entries.options.async_configure(
        result["flow_id"], {CONF_SCAN_INTERVAL: 60}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.runtime_data.coordinator.update_interval == timedelta(seconds=60)
    simulated.log.clear()
    await poll(hass, 30)
    assert not simulated.log.requests
    await poll(hass, 62)
    assert simulated.log.requests


async def test_removal_leaves_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """What was stored, or was about to be, goes with the entry."""
    await hass.config_entries.async_reload(loaded.entry_id)
    assert f"{DOMAIN}.{loaded.entry_id}" in hass_storage
    await hass.config_entries.async_remove(loaded.entry_id)
    await poll(hass, 400)
    assert not [key for key in hass_storage if key.startswith(DOMAIN)]
    ours = {key: each for key, each in hass.data.items() if str(key).startswith(DOMAIN)}
    assert ours
    assert not [
        key
        for key, each in ours.items()
        if isinstance(each, dict) and loaded.entry_id in each
    ]


async def test_what_is_known_is_stored_soon(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """A crash loses no more than a minute of what is known of a miner."""
    await poll(hass, 61)
    assert f"{DOMAIN}.{loaded.entry_id}" in hass_storage


async def test_offline_and_back(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Offline is unavailable, not zero; one line in the log down, one up."""
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    await simulated.stop()
    for _ in range(3):
        await poll(hass)
        assert value(hass, "sensor.miner_hashrate") == STATE_UNAVAILABLE
        assert value(hass, "switch.miner_mining") == STATE_UNAVAILABLE
    await simulated.start()
    for _ in range(3):
        await poll(hass)
        assert float(value(hass, "sensor.miner_hashrate")) > 100
    assert len(lines(caplog)) == 2
    assert not any(record.exc_info for record in caplog.records if record.levelno > 10)


async def test_wrong_password_leaves_the_miner_readable(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A password that no longer fits is asked for again; readings go on."""
    entry = make_entry(simulated, "old")
    await set_up(hass, entry)
    assert state(entry) is ConfigEntryState.LOADED
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("code", [136, 14])
async def test_password_cannot_be_checked(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry, code: int
) -> None:
    """A miner that gives no token now can be read all the same."""
    simulated.faults.refuse["get_token"] = code
    await set_up(hass, entry)
    assert state(entry) is ConfigEntryState.LOADED
    assert value(hass, "binary_sensor.miner_write_access") == "unknown"
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.usefixtures("all_entities_enabled")
async def test_token_is_garbage(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A miner whose token cannot be read can be read itself."""
    simulated.faults.garbage = True
    simulated.faults.only.add("get_token")
    await set_up(hass, entry)
    assert state(entry) is ConfigEntryState.LOADED
    assert value(hass, "binary_sensor.miner_write_access") == "unknown"
    assert entry.runtime_data.access.accepted is None
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.usefixtures("all_entities_enabled")
async def test_read_only(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entity_registry: er.EntityRegistry,
) -> None:
    """Without a password there is nothing to press, and it is told."""
    entry = make_entry(simulated, None)
    await set_up(hass, entry)
    assert value(hass, "binary_sensor.miner_write_access") == "off"
    assert value(hass, "binary_sensor.miner_mining") == "on"
    domains = {
        each.domain
        for each in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    }
    assert "sensor" in domains
    assert domains.isdisjoint({"switch", "button", "number", "select"})


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("on", [True, False])
async def test_write_access(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry, on: bool
) -> None:
    """It is told whether the miner's API switch is on."""
    simulated.device.api_switch = on
    await set_up(hass, entry)
    assert value(hass, "binary_sensor.miner_write_access") == ("on" if on else "off")


async def test_new_firmware(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A firmware that was updated meanwhile is shown on the device page."""
    machine = simulated.machine
    machine.profile = replace(machine.profile, firmware="20240624.18.REL")
    now = 1e9
    monkeypatch.setattr(v2, "monotonic", lambda: now)
    for _ in range(4):
        now += 15
        await poll(hass)
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    assert device.sw_version == "20240624.18.REL"


async def test_identity_is_the_mac(
    hass: HomeAssistant, loaded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """No entity is known by an address that can change."""
    entities = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    assert entities
    for each in entities:
        assert each.unique_id.startswith(f"{loaded.unique_id}_")
