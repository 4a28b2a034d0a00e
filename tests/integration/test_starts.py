"""The least time between two starts holds against every caller."""

from datetime import timedelta
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util.dt import as_local, utcnow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import commands, starts
from custom_components.whatsminer.client import (
    MinerData,
    MinerError,
    MinerIdentity,
    MiningState,
)
from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from custom_components.whatsminer.limits import limited_by
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner

from .conftest import make_entry, set_up
from .helpers import poll, value

MINING = {ATTR_ENTITY_ID: "switch.miner_mining"}
RESTART = {ATTR_ENTITY_ID: "button.miner_restart_mining"}


async def limited(
    hass: HomeAssistant, simulated: SimulatedMiner, minutes: int
) -> MockConfigEntry:
    """Set up a miner with a least time between starts."""
    entry = make_entry(simulated, PASSWORD)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={CONF_START_MINUTES: minutes})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def call(hass: HomeAssistant, domain: str, service: str, data: Any) -> None:
    """Call an action."""
    await hass.services.async_call(domain, service, data, blocking=True)


async def test_start_too_early(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """Nothing starts mining again before the time is up; stopping is always allowed."""
    entry = await limited(hass, simulated, 180)
    assert simulated.machine.elapsed < 180 * 60
    await call(hass, "switch", "turn_off", MINING)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    for domain, service, data in (
        ("switch", "turn_on", MINING),
        ("button", "press", RESTART),
        (DOMAIN, "send_command", {ATTR_DEVICE_ID: device.id, "command": "power_on"}),
    ):
        with pytest.raises(ServiceValidationError) as caught:
            await call(hass, domain, service, data)
        assert caught.value.translation_key == "too_early"
        placeholders = caught.value.translation_placeholders
        assert placeholders is not None
        until = utcnow() + timedelta(minutes=180) - timedelta(seconds=8975)
        assert placeholders["time"][:4] in (
            as_local(until + timedelta(seconds=off)).strftime("%H:%M:%S")[:4]
            for off in (-60, 0, 60)
        )
    assert value(hass, "switch.miner_mining") == "off"
    assert simulated.machine.mineroff


async def test_start_after_the_time(
    hass: HomeAssistant, simulated: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the time is up mining starts, and the time runs anew."""
    await limited(hass, simulated, 10)
    await call(hass, "switch", "turn_off", MINING)
    await call(hass, "switch", "turn_on", MINING)  # the last start was long ago
    await call(hass, "switch", "turn_off", MINING)
    with pytest.raises(ServiceValidationError):
        await call(hass, "switch", "turn_on", MINING)
    later = utcnow() + timedelta(seconds=601)
    monkeypatch.setattr(starts, "utcnow", lambda: later)
    await call(hass, "switch", "turn_on", MINING)
    assert value(hass, "switch.miner_mining") == "on"


async def test_last_start_is_remembered(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """It counts, too, when Home Assistant started in between."""
    entry = await limited(hass, simulated, 10)
    await call(hass, "switch", "turn_off", MINING)
    await call(hass, "switch", "turn_on", MINING)
    await call(hass, "switch", "turn_off", MINING)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    with pytest.raises(ServiceValidationError):
        await call(hass, "switch", "turn_on", MINING)
    await hass.config_entries.async_remove(entry.entry_id)


async def test_no_limit(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """As delivered any start is allowed."""
    await set_up(hass, make_entry(simulated, PASSWORD))
    for _ in range(2):
        await call(hass, "switch", "turn_off", MINING)
        await call(hass, "switch", "turn_on", MINING)


async def test_limited_by(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """What holds the miner back is told, and unknown while it does not mine."""
    await set_up(hass, make_entry(simulated, PASSWORD))
    sensor = "sensor.miner_limited_by"
    assert value(hass, sensor) == "nothing"
    simulated.machine.settings.power_mode = "Low"
    simulated.machine.restart()
    clock.advance(300)
    await poll(hass)
    assert value(hass, sensor) == "tuning"
    clock.advance(3600)
    await poll(hass)
    assert value(hass, sensor) == "power_mode"
    simulated.machine.settings.target_percent = -10
    await poll(hass)
    assert value(hass, sensor) == "target_frequency"
    simulated.machine.power_off()
    await poll(hass)
    assert value(hass, sensor) == "unknown"


def test_what_counts_first() -> None:
    """Heat counts before all else, and nothing is told of a miner that is not on."""
    hot = MinerError(code=350)
    mining: dict[str, Any] = {"state": MiningState.MINING}
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"state": MiningState.STOPPED, "errors": (hot,)}, None),
        (mining | {"errors": (hot,), "power_percent": 50}, "temperature"),
        (
            mining | {"power_percent": 50, "target_frequency_percent": -5},
            "power_percent",
        ),
        (mining | {"target_frequency_percent": -5}, "target_frequency"),
        (mining | {"power_limit_set": 3000, "power_mode": "low"}, "power_limit"),
        (mining | {"power_mode": "low"}, "power_mode"),
        (mining, "nothing"),
    ]
    for values, expected in cases:
        assert limited_by(MinerData(identity=MinerIdentity(), **values)) == expected


def test_restart_of_a_miner_that_just_began() -> None:
    """Of mining that began a moment ago the count of seconds cannot tell."""
    young, older, none = (
        MinerData(identity=MinerIdentity(), mining_uptime=seconds)
        for seconds in (30, 40, None)
    )
    assert commands.RESTART.obeyed(young, older)
    assert not commands.RESTART.obeyed(young, none)
