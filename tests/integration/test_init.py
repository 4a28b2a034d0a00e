"""Setting up and unloading a miner; what happens when it goes away."""

from dataclasses import replace

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.const import DOMAIN
from tests.simulator import SimulatedMiner

from .conftest import make_entry, set_up
from .helpers import poll, value


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
    assert loaded.state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.NOT_LOADED  # type: ignore[comparison-overlap]
    simulated.log.clear()  # type: ignore[unreachable]
    await poll(hass)
    assert not simulated.log.requests
    assert await hass.config_entries.async_setup(loaded.entry_id)
    assert loaded.state is ConfigEntryState.LOADED
    assert value(hass, "switch.miner_mining") == "on"


async def test_miner_is_off_at_start(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A miner that does not answer is tried again until it does."""
    await simulated.stop()
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await simulated.start()
    await poll(hass, 60)
    assert entry.state is ConfigEntryState.LOADED  # type: ignore[comparison-overlap]


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
    lines = [
        record.message
        for record in caplog.records
        if record.name.startswith("custom_components.whatsminer")
        and record.levelname != "DEBUG"
    ]
    assert len(lines) == 2
    assert not any(record.exc_info for record in caplog.records if record.levelno > 10)


async def test_wrong_password_leaves_the_miner_readable(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A password that no longer fits is asked for again; readings go on."""
    entry = make_entry(simulated, "old")
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert float(value(hass, "sensor.miner_hashrate")) > 100
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.mark.parametrize("code", [136, 14])
async def test_password_cannot_be_checked(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry, code: int
) -> None:
    """A miner that gives no token now can be read all the same."""
    simulated.faults.refuse["get_token"] = code
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert value(hass, "binary_sensor.miner_write_access") == "unknown"
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


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
    assert domains == {"binary_sensor", "sensor"}


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
