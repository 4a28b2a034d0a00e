"""What entities show of odd readings: stale and flapping errors, floods, counters."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_SCAN_INTERVAL, STATE_UNKNOWN
from homeassistant.core import (
    EVENT_STATE_CHANGED,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
import pytest

from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.device import Device

from .helpers import later, make_entry, set_up, value

FAULT = "event.miner_fault"
ERROR = "sensor.miner_error"
PROBLEM = "binary_sensor.miner_problem"
ENERGY = "sensor.miner_energy"
APIS = ("1.4", "2.0.5", "2.2.2", "3.0.2", "dual")
# Errors come in three ways: in the summary, from their own command, with API 3.
ERROR_LISTS = pytest.mark.parametrize("sim", ["1.4", "2.0.5", "3.0.2"], indirect=True)


@pytest.fixture(params=APIS)
async def sim(request: Any, clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner of each generation."""
    async with at_home(api=request.param, clock=clock) as simulated:
        yield simulated


async def pass_time(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    seconds: float = 16,
) -> None:
    """Let time pass for the miner and for Home Assistant, which then reads it."""
    clock.advance(seconds)
    await later(hass, freezer, seconds)


def written(hass: HomeAssistant) -> Counter[str]:
    """Count the states that are written from now on, by entity."""
    counted: Counter[str] = Counter()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Count a state."""
        counted[event.data["entity_id"]] += 1

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return counted


async def test_stale_errors(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    sim: SimulatedMiner,
) -> None:
    """Errors of two months ago are no problem of a miner that hashes at its rating."""
    sim.faults.odd.stale_errors = {205: 60 * 86400.0, 206: 60 * 86400.0}
    await set_up(hass, make_entry(sim))
    counted = written(hass)
    for _ in range(6):
        await pass_time(hass, freezer, clock)
    assert counted[FAULT] == 0
    state = hass.states.get(ERROR)
    assert state is not None
    listed = {each["code"]: each["past"] for each in state.attributes["errors"]}
    if sim.api == "1.4":
        # It lists codes without their times: whether they are over cannot be known.
        assert listed == {205: False, 206: False}
        return
    assert listed == {205: True, 206: True}
    assert state.state == "No error"
    assert value(hass, PROBLEM) == "off"
    assert value(hass, "sensor.miner_status") == "mining"


@ERROR_LISTS
async def test_flapping(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    sim: SimulatedMiner,
) -> None:
    """An error that comes and goes for an hour is one event, and one when it is over."""
    await set_up(hass, make_entry(sim))
    counted = written(hass)
    sim.faults.odd.flapping = {110}
    shown = set()
    for _ in range(30):
        await pass_time(hass, freezer, clock, 120)
        shown.add(value(hass, PROBLEM))
    assert shown == {"on", "off"}
    assert counted[FAULT] == 1
    sim.faults.odd.flapping.clear()
    for _ in range(17):
        await pass_time(hass, freezer, clock, 120)
    assert counted[FAULT] == 2


@ERROR_LISTS
async def test_error_flood(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    sim: SimulatedMiner,
) -> None:
    """Three thousand other errors each time are one state for each reading."""
    entry = make_entry(sim)
    await set_up(hass, entry)
    counted = written(hass)
    sim.faults.odd.error_flood = 3_000
    for _ in range(3):
        await pass_time(hass, freezer, clock)
    assert value(hass, PROBLEM) == "on"
    assert max(counted.values()) <= 3
    state = hass.states.get(ERROR)
    assert state is not None
    assert len(state.attributes["errors"]) <= 100
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("sim", ["2.0.5", "3.0.2"], indirect=True)
async def test_error_of_a_time_that_never_comes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    sim: SimulatedMiner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A time that no calendar has stops no entity: there at first, or later."""
    monkeypatch.setattr(Device, "local_text", lambda *_: "9999-12-31 24:00:00")
    sim.machine.error_codes[530] = clock.now()
    await set_up(hass, make_entry(sim))
    assert value(hass, FAULT) == STATE_UNKNOWN
    sim.machine.error_codes[110] = clock.now()
    sim.faults.odd.fans_stopped = True
    # Errors are not asked for with each poll.
    for _ in range(3):
        await pass_time(hass, freezer, clock)
    state = hass.states.get(FAULT)
    assert state is not None
    assert state.attributes["code"] == 110
    assert value(hass, "sensor.miner_intake_fan") == "0"


async def test_fans_that_stand_still(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    sim: SimulatedMiner,
) -> None:
    """Both fans at 0 while it hashes are a problem, in every generation."""
    await set_up(hass, make_entry(sim))
    assert value(hass, PROBLEM) == "off"
    sim.faults.odd.fans_stopped = True
    await pass_time(hass, freezer, clock)
    assert value(hass, "sensor.miner_intake_fan") == "0"
    assert value(hass, PROBLEM) == "on"
    assert value(hass, ERROR) == "Both fans stand still"
    sim.faults.odd.fans_stopped = False
    await pass_time(hass, freezer, clock)
    assert value(hass, ERROR) == "No error"


@pytest.mark.parametrize("absurd", [65535, 10**6, 2147483647, 4294967295, 10**11])
async def test_absurd_power_for_one_poll(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    sim: SimulatedMiner,
    absurd: int,
) -> None:
    """A power that cannot be adds nothing to the energy."""
    await set_up(hass, make_entry(sim))
    await pass_time(hass, freezer, clock)
    before = float(value(hass, ENERGY))
    sim.faults.odd.absurd = dict.fromkeys(
        ("Power", "Power_RT", "power-realtime", "power-5min", "pin"), absurd
    )
    await pass_time(hass, freezer, clock)
    sim.faults.odd.absurd.clear()
    # The energy is written once a minute.
    for _ in range(6):
        await pass_time(hass, freezer, clock)
    used = float(value(hass, ENERGY)) - before
    assert 0 < used < 8 * 16 * 8000 / 3.6e6


@pytest.mark.parametrize("api", ["3.0.2", "dual"])
async def test_energy_of_a_night_without_home_assistant(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, clock: ManualClock, api: str
) -> None:
    """Home Assistant off for 8 of 24 h: within 1 % of what the miner truly used."""
    async with at_home(api=api, clock=clock) as sim:
        sim.faults.odd.energy_counters = True
        entry = make_entry(sim, options={CONF_SCAN_INTERVAL: 600})
        await set_up(hass, entry)
        await pass_time(hass, freezer, clock, 600)
        counted, begin = float(value(hass, ENERGY)), _used(sim)

        for _ in range(8 * 6):
            await pass_time(hass, freezer, clock, 600)
        await hass.config_entries.async_unload(entry.entry_id)
        for _ in range(8 * 4):
            clock.advance(900)
            freezer.tick(900)
            sim.machine.advance()
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        for _ in range(8 * 6):
            await pass_time(hass, freezer, clock, 600)

        used = _used(sim) - begin
        assert used > 70
        shown = float(value(hass, ENERGY)) - counted
        assert shown == pytest.approx(used, rel=0.01)
        await hass.config_entries.async_unload(entry.entry_id)


def _used(sim: SimulatedMiner) -> float:
    """Return what the simulated miner truly used in its life, in kWh."""
    sim.machine.advance()
    _, life = sim.machine.physics.counters
    return life.energy / 3.6e6
