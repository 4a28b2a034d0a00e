"""The least time between two starts holds against every caller."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.dt import as_local, utcnow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.client import (
    Capability,
    MinerData,
    MinerError,
    MinerIdentity,
    MiningState,
)
from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from custom_components.whatsminer.control import commands, starts
from custom_components.whatsminer.derived import limited_by
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import call, device_id, make_entry, poll, read_back, set_up, value

MINING = "switch.miner_mining"
TODAY = "sensor.miner_starts_today"
RESTART = "button.miner_restart_mining"


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


async def set_limit_of_a_stopped(hass: HomeAssistant, watts: int) -> None:
    """Set a limit that is too early for a miner that mines, once that is stopped."""
    limit = "number.miner_power_limit"
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "number", "set_value", limit, value=watts)
    assert caught.value.translation_key == "too_early"
    await call(hass, "switch", "turn_off", MINING)
    await call(hass, "number", "set_value", limit, value=watts)


async def test_start_too_early(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """Nothing starts mining again before the time is up; stopping is always allowed."""
    entry = await limited(hass, simulated, 180)
    assert simulated.machine.elapsed < 180 * 60
    await call(hass, "switch", "turn_off", MINING)
    miner = device_id(hass, entry)
    for domain, service, data in (
        ("switch", "turn_on", {ATTR_ENTITY_ID: MINING}),
        (DOMAIN, "send_command", {ATTR_DEVICE_ID: miner, "command": "power_on"}),
        (DOMAIN, "send_command", {ATTR_DEVICE_ID: miner, "command": "restart_btminer"}),
    ):
        with pytest.raises(ServiceValidationError) as caught:
            await hass.services.async_call(domain, service, data, blocking=True)
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


@pytest.mark.usefixtures("all_entities_enabled")
async def test_limit_of_a_miner_that_was_not_read(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A limit that may be in force no more restarts mining: it is too early for that."""
    await limited(hass, simulated, 600)
    limit = "number.miner_power_limit"
    before = float(value(hass, limit))
    simulated.faults.unavailable |= {"status", "summary", "summary+edevs+pools"}
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "number", "set_value", limit, value=before)
    assert caught.value.translation_key == "too_early"
    assert "adjust_power_limit" not in simulated.log.commands


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


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("down", ["zeros", "error", "empty"])
async def test_restart_by_somebody_else(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock, down: Any
) -> None:
    """A restart counts, whatever the miner tells while its mining process is away."""
    simulated.faults.mining_down = down
    await limited(hass, simulated, 120)
    before = int(value(hass, TODAY))
    simulated.machine.restart()
    for _ in range(12):
        clock.advance(10)
        await poll(hass)
    assert int(value(hass, TODAY)) == before + 1
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "button", "press", RESTART)
    assert caught.value.translation_key == "too_early"


@pytest.mark.usefixtures("all_entities_enabled")
async def test_start_that_no_reading_shows(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who starts and stops in quick turns starts the miner as often."""
    await limited(hass, simulated, 0)
    await call(hass, "switch", "turn_off", MINING)
    before = int(value(hass, TODAY))
    for times in range(1, 4):
        simulated.faults.disobey.add("power_on")
        start = hass.async_create_task(call(hass, "switch", "turn_on", MINING))
        await read_back(simulated, "power_on", times)
        await call(hass, "switch", "turn_off", MINING)
        with pytest.raises(HomeAssistantError):
            await start
    assert int(value(hass, TODAY)) == before + 3
    simulated.faults.disobey.clear()
    await call(hass, "switch", "turn_on", MINING)
    assert int(value(hass, TODAY)) == before + 4


async def test_raw_starts_at_once(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Of several raw restarts at once only the first is sent."""
    entry = await limited(hass, simulated, 60)
    miner = device_id(hass, entry)
    raw = {ATTR_DEVICE_ID: miner, "command": "restart_btminer"}
    results = await asyncio.gather(
        *(
            hass.services.async_call(DOMAIN, "send_command", raw, blocking=True)
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, ServiceValidationError) for each in results) == 2
    assert simulated.log.commands.count("restart_btminer") == 1


async def test_start_while_a_stop_does_not_show(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A miner that shows that it mines may be about to stop: it would start anew."""
    await limited(hass, simulated, 600)
    simulated.faults.disobey.add("power_off")
    stop = hass.async_create_task(call(hass, "switch", "turn_off", MINING))
    await read_back(simulated, "power_off")
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "switch", "turn_on", MINING)
    assert caught.value.translation_key == "too_early"
    simulated.machine.power_off()
    await stop
    assert "power_on" not in simulated.log.commands


@pytest.mark.usefixtures("all_entities_enabled")
async def test_raw_start_that_shows_late(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A start counts once, although it is noted before a reading shows it."""
    entry = await limited(hass, simulated, 0)
    miner = device_id(hass, entry)
    await call(hass, "switch", "turn_off", MINING)
    before = int(value(hass, TODAY))
    simulated.faults.disobey.add("power_on")
    raw = {ATTR_DEVICE_ID: miner, "command": "power_on"}
    await hass.services.async_call(DOMAIN, "send_command", raw, blocking=True)
    await poll(hass)
    assert value(hass, "switch.miner_mining") == "off"
    simulated.machine.power_on()
    await poll(hass)
    assert value(hass, "switch.miner_mining") == "on"
    assert int(value(hass, TODAY)) == before + 1


async def test_mining_already(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A miner that mines is not started, and nobody is told off for it."""
    await limited(hass, simulated, 600)
    await call(hass, "switch", "turn_on", MINING)
    assert "power_on" not in simulated.log.commands


async def test_setting_that_restarts(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """What restarts mining counts as a start, but not of a miner that is stopped."""
    await limited(hass, simulated, 600)
    await set_limit_of_a_stopped(hass, 2500)
    assert simulated.machine.settings.power_limit == 2500


@pytest.mark.parametrize(
    ("capability", "starts_anew"),
    [
        (Capability.POWER_LIMIT, True),
        (Capability.POWER_MODE, True),
        (Capability.TARGET_FREQUENCY, True),
        (Capability.POWER_PERCENT, False),
        (Capability.FAST_BOOT, False),
        (Capability.RESTART, True),
    ],
)
def test_what_counts_as_a_start(capability: Capability, starts_anew: bool) -> None:
    """What restarts mining does so where it mines."""
    command = commands.ask(capability, 1)
    for mining, expected in ((True, starts_anew), (False, False)):
        data = MinerData(identity=MinerIdentity(), mining=mining)
        assert command.starts(data) is expected


@pytest.mark.usefixtures("all_entities_enabled")
async def test_no_start_out_of_what_was_known(
    hass: HomeAssistant, clock: ManualClock
) -> None:
    """A miner that was last known as stopped, and mines since long, did not just start."""
    async with SimulatedMiner(
        password=PASSWORD, clock=clock, state="stopped"
    ) as simulated:
        entry = await limited(hass, simulated, 180)
        await hass.config_entries.async_unload(entry.entry_id)
        simulated.machine.power_on()
        clock.advance(100_000)
        await simulated.stop()
        await hass.config_entries.async_setup(entry.entry_id)
        await simulated.start()
        await poll(hass)
        assert value(hass, "switch.miner_mining") == "on"
        assert value(hass, TODAY) == "0"
        await call(hass, "button", "press", RESTART)
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("version", "starts_stored"),
    [
        (2, []),
        (1, None),
        (1, ["2026-11-22T10:00:00"]),
        (1, ["nonsense"]),
        (1, ["2126-11-22T10:00:00+00:00"]),
    ],
)
async def test_nonsense_is_stored(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    hass_storage: dict[str, Any],
    version: int,
    starts_stored: Any,
) -> None:
    """Whatever is stored, the miner can be used; a time in the future locks nobody out."""
    entry = make_entry(simulated, PASSWORD)
    key = f"{DOMAIN}.{entry.entry_id}.starts"
    hass_storage[key] = {
        "version": version,
        "minor_version": 1,
        "key": key,
        "data": {"starts": starts_stored, "stop": None},
    }
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={CONF_START_MINUTES: 10})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await call(hass, "button", "press", RESTART)


async def test_no_limit(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """As delivered any start is allowed."""
    await set_up(hass, make_entry(simulated, PASSWORD))
    for _ in range(2):
        await call(hass, "switch", "turn_off", MINING)
        await call(hass, "switch", "turn_on", MINING)


async def test_limited_by(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """What holds the miner back is reported, and that it is stopped."""
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
    assert value(hass, sensor) == "stopped"


def test_what_counts_first() -> None:
    """Heat counts before all else, and nothing is told of a miner that is not on."""
    hot = MinerError(code=350)
    mining: dict[str, Any] = {"state": MiningState.MINING}
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"state": MiningState.STOPPED, "errors": (hot,)}, "stopped"),
        (mining | {"errors": (hot,), "power_percent": 50}, "temperature"),
        # Miners list what is over for days.
        (mining | {"errors": (replace(hot, past=True),)}, "nothing"),
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
        assert (
            limited_by(MinerData(identity=MinerIdentity(), **values), None) == expected
        )


def test_restart_of_a_miner_that_just_began() -> None:
    """A count that began a moment ago is behind the time that has passed, or it went on."""
    young, older, none = (
        MinerData(identity=MinerIdentity(), mining_uptime=seconds)
        for seconds in (30, 40, None)
    )
    assert commands.RESTART.confirmed(young, older, elapsed=50)
    assert commands.RESTART.confirmed(older, young, elapsed=0)
    assert not commands.RESTART.confirmed(young, older, elapsed=10)
    assert not commands.RESTART.confirmed(young, none, elapsed=50)


@pytest.mark.usefixtures("all_entities_enabled")
async def test_limit_that_never_starts(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A miner that starts for ever by a limit too low is stopped, raised and started."""
    await limited(hass, simulated, 10)
    begun, started = clock.now(), utcnow()
    monkeypatch.setattr(
        starts,
        "utcnow",
        lambda: started + timedelta(seconds=clock.now() - begun),
    )
    before = int(value(hass, TODAY))
    simulated.machine.lowest_limit = 2000
    simulated.machine.settings.power_limit = 1000
    simulated.machine.restart(limit_changed=True)
    for _ in range(60):
        clock.advance(30)
        await poll(hass)
        assert value(hass, "sensor.miner_status") in ("starting", "stopped")
    assert int(value(hass, TODAY)) >= before + 7
    await set_limit_of_a_stopped(hass, 3000)
    clock.advance(600)
    await call(hass, "switch", "turn_on", MINING)
    clock.advance(120)
    await poll(hass)
    assert value(hass, "sensor.miner_status") == "tuning"
    assert simulated.machine.power_limit == 3000
