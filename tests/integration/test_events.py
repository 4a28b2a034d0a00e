"""Events: what differs from one reading of a miner to the next."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import later, make_entry, poll, set_up, value

TURNS = "custom_components.whatsminer.client.dialects.v2.TURNS"
FAULT = "event.miner_fault"
OPERATION = "event.miner_operation"


@pytest.fixture(autouse=True)
def ask_for_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for errors with each poll, not only every other time."""
    monkeypatch.setattr(TURNS, {"get_error_code": 0.0})


@pytest.fixture(params=["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def sim(request: Any, clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner of each generation that can be steered."""
    async with at_home(api=request.param, clock=clock) as simulated:
        yield simulated


@pytest.fixture
async def fired(hass: HomeAssistant, sim: SimulatedMiner) -> list[tuple[str, Any]]:
    """Set up the miner and return what is fired from now on, by type and reason."""
    entry = make_entry(sim)
    await set_up(hass, entry)
    seen: list[tuple[str, Any]] = []
    times: set[str] = {STATE_UNAVAILABLE, STATE_UNKNOWN}

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Note an event by its time; that the miner is back is none."""
        new = event.data["new_state"]
        assert new is not None
        if new.state not in times:
            what = "code" if new.entity_id == FAULT else "reason"
            seen.append((new.attributes["event_type"], new.attributes.get(what)))
            times.add(new.state)

    async_track_state_change_event(hass, [FAULT, OPERATION], note)
    return seen


async def test_nothing_at_first(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any]
) -> None:
    """The first readings are no news."""
    await poll(hass)
    assert value(hass, FAULT) == STATE_UNKNOWN
    assert value(hass, OPERATION) == STATE_UNKNOWN
    assert fired == []


async def test_fault(
    hass: HomeAssistant,
    sim: SimulatedMiner,
    fired: list[Any],
    clock: ManualClock,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An error is reported when it comes and when it stays away, with what is known."""
    sim.machine.error_codes[110] = clock.now()
    await later(hass, freezer)
    assert fired == [("fault_appeared", 110)]
    state = hass.states.get(FAULT)
    assert state is not None
    assert state.attributes["words"] == (
        "Intake fan speed cannot be measured / is wrong"
    )
    assert state.attributes["severity"] == "error"
    assert {"since", "reason", "part", "remedy", "past"} <= set(state.attributes)

    sim.machine.error_codes[99999] = clock.now()
    await later(hass, freezer)
    await later(hass, freezer)
    assert fired[1:] == [("fault_appeared", 99999)]
    state = hass.states.get(FAULT)
    assert state is not None
    assert state.attributes["words"] == "Code 99999"

    sim.machine.error_codes.clear()
    await later(hass, freezer)
    await later(hass, freezer, 1700)
    assert fired[2:] == []
    await later(hass, freezer, 100)
    assert fired[2:] == [("fault_cleared", 110)]
    await later(hass, freezer)
    assert fired[3:] == [("fault_cleared", 99999)]


async def test_flapping(
    hass: HomeAssistant,
    sim: SimulatedMiner,
    fired: list[Any],
    clock: ManualClock,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An error that comes and goes all the time is two events, also over a reload."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    for change in range(38):
        if change % 2:
            sim.machine.error_codes.clear()
        else:
            sim.machine.error_codes[110] = clock.now()
        await poll(hass)
        if change in (10, 21):
            await hass.config_entries.async_reload(entry.entry_id)
        freezer.tick(568)
        clock.advance(568)
    assert fired == [("fault_appeared", 110)]
    for _ in range(3):
        await later(hass, freezer, 1000)
    assert fired == [("fault_appeared", 110), ("fault_cleared", 110)]


async def test_one_event_for_each_reading(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """Errors that come at once are reported one after the other, the worst first."""
    states: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Note each state that is written."""
        assert event.data["new_state"] is not None
        states.append(event.data["new_state"].state)

    async_track_state_change_event(hass, [FAULT], note)
    for code in (5140, 140, 110, 530):
        sim.machine.error_codes[code] = clock.now()
    for readings in range(1, 7):
        await poll(hass)
        assert len(states) == len(fired) == min(readings, 4)
    assert [code for _, code in fired] == [530, 110, 140, 5140]


async def test_nothing_new_of_old_errors(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """A much newer time of the same code is another event; 1970 is only a lost clock."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    sim.machine.error_codes[205] = clock.now() - 86_400
    await hass.config_entries.async_unload(entry.entry_id)
    hass.data.pop("whatsminer_faults")
    await hass.config_entries.async_setup(entry.entry_id)
    await poll(hass)
    assert fired == []
    sim.machine.error_codes[205] = 3600.0
    await poll(hass)
    sim.machine.error_codes[205] = 7200.0
    await poll(hass)
    assert fired == []
    sim.machine.error_codes[205] = clock.now() - 60
    await poll(hass)
    # API 1.x lists codes without their times.
    has_times = sim.api != "1.4"
    assert fired == ([("fault_appeared", 205)] if has_times else [])


async def test_fault_while_offline(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """An error that came while the miner was not reached is new; an old one is not."""
    sim.machine.error_codes[110] = clock.now()
    await poll(hass)
    sim.faults.unreachable(clock)
    await poll(hass)
    assert value(hass, FAULT) == STATE_UNAVAILABLE
    sim.machine.error_codes[111] = clock.now()
    sim.faults.unreachable(clock, 0)
    before: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Note the state before; an automation tells a return by it."""
        assert event.data["old_state"] is not None
        before.append(event.data["old_state"].state)

    async_track_state_change_event(hass, [FAULT], note)
    await poll(hass, 300)
    assert before[0] == STATE_UNAVAILABLE
    assert STATE_UNAVAILABLE not in before[1:]
    assert len(before) == 2
    assert fired == [("fault_appeared", 110), ("fault_appeared", 111)]


async def test_fault_while_stopped(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """An error that a stopped miner does not tell of has not gone."""
    sim.machine.error_codes[110] = clock.now()
    await poll(hass)
    sim.machine.power_off()
    await poll(hass)
    sim.machine.power_on()
    clock.advance(120)
    await poll(hass)
    assert [each for each in fired if each[0].startswith("fault")] == [
        ("fault_appeared", 110)
    ]


async def test_stop_and_start(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """Stop and start are told, and nothing but them."""
    sim.machine.power_off()
    clock.advance(20)
    await poll(hass)
    await poll(hass)
    ((event, reason),) = fired
    assert event == "mining_stopped"
    assert reason in (None, "by whatsminer api")
    sim.machine.power_on()
    for seconds in (1, 20, 120, 3600):
        clock.advance(seconds)
        await poll(hass)
    assert fired[1:] == [("mining_started", None)]


async def test_restart_and_reboot(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """A restart of mining is told, and one of the whole miner."""
    sim.machine.restart()
    for seconds in (20, 120, 600):
        clock.advance(seconds)
        await poll(hass)
    assert fired == [("restarted", None)]

    sim.machine.reboot()
    clock.advance(20)
    await poll(hass)
    assert value(hass, OPERATION) == STATE_UNAVAILABLE
    for seconds in (60, 120, 600):
        clock.advance(seconds)
        await poll(hass, 300)
    assert fired[1:] == [("rebooted", None)]


async def test_reboot_of_a_stopped_miner(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """A stopped miner mines again when it was rebooted."""
    sim.machine.power_off()
    await poll(hass)
    sim.machine.reboot()
    for seconds in (120, 120, 600):
        clock.advance(seconds)
        await poll(hass, 300)
    assert [event for event, _ in fired] == [
        "mining_stopped",
        "rebooted",
        "mining_started",
    ]


async def test_nothing_of_what_was_stored(
    hass: HomeAssistant, sim: SimulatedMiner, fired: list[Any], clock: ManualClock
) -> None:
    """A miner that was off when Home Assistant started is compared with nothing."""
    sim.machine.error_codes[110] = clock.now()
    await poll(hass)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)
    sim.faults.unreachable(clock)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    sim.machine.error_codes.clear()
    sim.machine.reboot()
    sim.machine.advance()
    clock.advance(600)
    sim.faults.unreachable(clock, 0)
    await poll(hass, 600)
    assert value(hass, FAULT) != STATE_UNAVAILABLE
    assert fired == [("fault_appeared", 110)]
