"""The interlock: over-temperature, pump and flow."""

from contextlib import suppress
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest

from .helpers import TELL, Day, a_day, restart, tell_in_vain, use_blueprint, warnings
from .time_machine import TimeMachine

WATER = "sensor.water"
FLOW = "binary_sensor.flow"
PUMP = "input_boolean.pump"
LATCH = "input_boolean.latch"
LITTLE = 61
"""s, after which the automation has looked at a new minute for certain."""


@pytest.fixture(autouse=True)
async def helpers(hass: HomeAssistant) -> None:
    """Have a switched pump, and a latch."""
    made = {"input_boolean": {"pump": None, "latch": None}}
    assert await async_setup_component(hass, "input_boolean", made)


async def use(day: Day, **inputs: Any) -> None:
    """Set up the automation with all miners; it may act at once."""
    miners = [day.entity("switch.mining", each) for each in range(len(day.miners))]
    await use_blueprint(
        day.hass,
        "temperature_and_pump",
        **{"miners": miners, "notify": TELL, **inputs},
    )
    await day.time.settle()


async def tell(day: Day, entity: str, state: float | str) -> None:
    """Let a sensor report."""
    name = entity.partition(".")[2].capitalize()
    day.hass.states.async_set(entity, str(state), {"friendly_name": name})
    await day.time.settle()


async def switch(day: Day, to: str, entity: str) -> None:
    """Switch something by hand; the automation may be faster."""
    domain = entity.partition(".")[0]
    with suppress(HomeAssistantError):
        await day.hass.services.async_call(
            domain, f"turn_{to}", {"entity_id": entity}, blocking=True
        )
    await day.time.settle()


def off(day: Day) -> list[bool]:
    """Return which miners are off."""
    return [miner.machine.mineroff for miner in day.miners]


async def test_too_hot(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Stops all miners at once; until it is cool it stops who is started."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        await tell(day, WATER, 59.9)
        await use(day, temperatures=[WATER])
        await day.move(LITTLE)
        assert not day.has_run()
        # A moment is none.
        await tell(day, WATER, 60)
        await day.move(5)
        await tell(day, WATER, 59)
        await day.move(LITTLE)
        assert off(day) == [False, False]
        await tell(day, WATER, 60)
        await day.move(11)
        assert off(day) == [True, True]
        assert day.told == ["Miner 1, Miner 2 stopped: too hot: Water"]
        await tell(day, WATER, 56)
        await day.move(600)
        await switch(day, "on", day.entity("switch.mining", 1))
        assert off(day) == [True, True]
        assert day.told[1:] == ["Miner 2 stopped: too hot: Water"]
        await tell(day, WATER, 54.9)
        await day.move(LITTLE)
        await switch(day, "on", day.entity("switch.mining", 1))
        # On the way up the same warmth is none.
        await tell(day, WATER, 58)
        await day.move(LITTLE)
        assert off(day) == [True, False]
    assert warnings(caplog) == []


async def test_latch(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A stop holds until somebody takes it back, which helps only when it is cool."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER], latch=LATCH)
        await day.move(11)
        assert off(day) == [True]
        assert hass.states.is_state(LATCH, "on")
        # It is cool again, but nobody has looked after it.
        await tell(day, WATER, 40)
        await day.move(LITTLE)
        await switch(day, "on", day.entity("switch.mining"))
        assert off(day) == [True]
        # Also when it is started at the miner itself.
        day.miners[0].machine.power_on()
        await day.move(301)
        assert off(day) == [True]
        # Home Assistant starts anew, and does not forget.
        await restart(day, 1)
        day.miners[0].machine.power_on()
        await day.move(301)
        assert off(day) == [True]
        assert day.told == [
            "Miner 1 stopped: too hot: Water",
            *["Miner 1 stopped: the latch is on"] * 3,
        ]
        await tell(day, WATER, 58)
        await switch(day, "off", LATCH)
        assert hass.states.is_state(LATCH, "on")
        assert day.told[4:] == ["Not cool, or unknown: Water"]
        await tell(day, WATER, 50)
        await switch(day, "off", LATCH)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(LITTLE)
        assert hass.states.is_state(LATCH, "off")
        assert off(day) == [False]
    assert warnings(caplog) == []


async def test_latch_taken_back_too_early(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """It is switched on again, also while a miner still is to be stopped."""
    async with a_day(hass, time, state="hashing") as day:
        day.miners[0].faults.refuse["power_off"] = 132
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER], latch=LATCH)
        await day.move(11)
        await tell(day, WATER, 58)
        for _ in range(4):
            await day.move(30)
        await switch(day, "off", LATCH)
        day.miners[0].faults.refuse.clear()
        await day.move(LITTLE)
        await day.move(1)
        assert hass.states.is_state(LATCH, "on")
        assert off(day) == [True]


@pytest.mark.parametrize("latch", [LATCH, []])
async def test_unknown_is_not_cool(
    hass: HomeAssistant, time: TimeMachine, latch: str
) -> None:
    """It was too hot, and then nobody knows: no miner stays on, and the pump does."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER], pump=PUMP, latch=latch)
        await day.move(11)
        assert off(day) == [True]
        await tell(day, WATER, STATE_UNAVAILABLE)
        for _ in range(7):
            await day.move(LITTLE)
        assert hass.states.is_state(PUMP, "on")
        if latch:
            await switch(day, "off", latch)
            assert hass.states.is_state(latch, "on")
            assert day.told[1:] == ["Not cool, or unknown: Water"]
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(LITTLE)
        assert off(day) == [True]
        await tell(day, WATER, 54)
        await day.move(300)
        await day.move(LITTLE)
        assert hass.states.is_state(PUMP, "off")


async def test_ignored_is_cool(hass: HomeAssistant, time: TimeMachine) -> None:
    """A sensor that is ignored when it is lost does not hold a stop."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER], when_lost="ignore")
        await day.move(11)
        await tell(day, WATER, STATE_UNAVAILABLE)
        await day.move(LITTLE)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(LITTLE)
        assert off(day) == [False]


async def test_own_sensors(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A miner's own sensor is not lost because the miner is off, or just starts."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        sensors = [day.entity("sensor.hottest_chip", each) for each in range(2)]
        await use(day, temperatures=sensors, limit=150, lost_after={"minutes": 8})
        await switch(day, "off", day.entity("switch.mining"))
        for _ in range(4):
            await day.move(300)
        assert hass.states.is_state(sensors[0], STATE_UNKNOWN)
        await switch(day, "on", day.entity("switch.mining"))
        for _ in range(4):
            await day.move(300)
        # One that is unplugged is no reason to stop the other one.
        await day.miners[0].stop()
        for _ in range(4):
            await day.move(300)
        assert hass.states.is_state(sensors[0], STATE_UNAVAILABLE)
        assert off(day) == [False, False]
        assert day.told == []
        # They do count: this limit is passed.
        await use(day, temperatures=sensors, limit=60)
        await day.move(11)
        assert off(day) == [False, True]
        assert "Hottest chip" in day.told[0]


@pytest.mark.parametrize("when_lost", ["stop", "ignore"])
@pytest.mark.parametrize("state", [STATE_UNAVAILABLE, STATE_UNKNOWN, "nan?", None])
async def test_sensor_lost(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    when_lost: str,
    state: str | None,
) -> None:
    """A sensor that tells nothing counts as danger after a while; None is silence."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, WATER, 40)
        await use(day, temperatures=[WATER], when_lost=when_lost)
        if state is None:
            await day.move(55 * 60)
        else:
            await tell(day, WATER, state)
        await day.move(280)
        assert off(day) == [False]
        await day.move(LITTLE)
        assert off(day) == [when_lost == "stop"]
        if when_lost == "stop":
            assert day.told == ["Miner 1 stopped: no reading: Water"]
        # What is started while nobody knows is stopped again; then somebody knows.
        await tell(day, WATER, 41)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(LITTLE)
        assert off(day) == [False]
    assert warnings(caplog) == []


@pytest.mark.parametrize("what", ["temperatures", "flow"])
async def test_vanished(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    """What is gone has the same patience as what is unknown: templates are reloaded."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, "sensor.some", 40)
        await use(day, **{what: ["sensor.some"]}, limit=60)
        await day.move(LITTLE)
        hass.states.async_remove("sensor.some")
        await day.move(240)
        await tell(day, "sensor.some", 40)
        await day.move(LITTLE)
        hass.states.async_remove("sensor.some")
        await day.move(280)
        assert off(day) == [False]
        await day.move(LITTLE)
        assert off(day) == [True]
        assert day.told == ["Miner 1 stopped: no reading: sensor.some"]
    assert warnings(caplog) == []


async def test_several_dangers(hass: HomeAssistant, time: TimeMachine) -> None:
    """Each has its own time: one that waits does not make another one sooner."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, FLOW, "on")
        await tell(day, WATER, 40)
        await use(day, temperatures=[WATER, "sensor.gone"], flow=[FLOW])
        await day.move(LITTLE)
        await tell(day, FLOW, "off")
        await day.move(20)
        await tell(day, WATER, 61)
        await day.move(5)
        await tell(day, WATER, 40)
        await tell(day, FLOW, "on")
        await day.move(LITTLE)
        assert off(day) == [False]
        await tell(day, WATER, 61)
        await day.move(11)
        assert off(day) == [True]


@pytest.mark.parametrize(
    ("flow", "good", "bad"), [(FLOW, "on", "off"), ("sensor.flow", 12.5, 0.4)]
)
async def test_flow(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    flow: str,
    good: str | float,
    bad: str | float,
) -> None:
    """Without a flow no miner runs for longer than half a minute."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, flow, good)
        await use(day, flow=[flow])
        await day.move(LITTLE)
        await tell(day, flow, bad)
        await day.move(20)
        await tell(day, flow, good)
        await day.move(LITTLE)
        assert off(day) == [False]
        await tell(day, flow, bad)
        await day.move(31)
        assert off(day) == [True]
        # While nothing mines it need not be there, but then no miner stays on.
        await day.move(LITTLE)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(31)
        assert off(day) == [True]
        assert day.told == ["Miner 1 stopped: not there: Flow"] * 2
        await tell(day, flow, good)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(LITTLE)
        assert off(day) == [False]
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    ("flow", "state"), [(FLOW, STATE_UNAVAILABLE), ("sensor.flow", "error")]
)
async def test_flow_lost(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    flow: str,
    state: str,
) -> None:
    """Whether it flows nobody knows: that is neither a yes nor, at once, a no."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, flow, state)
        await use(day, flow=[flow])
        await day.move(280)
        assert off(day) == [False]
        await day.move(LITTLE)
        assert off(day) == [True]
        assert day.told == ["Miner 1 stopped: no reading: Flow"]
    assert warnings(caplog) == []


async def test_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """It is tried until the miner stops; the other one stops at once."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        day.miners[0].faults.refuse["power_off"] = 132
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER])
        await day.move(11)
        assert off(day) == [False, True]
        for _ in range(20):
            await day.move(30)
        assert off(day) == [False, True]
        assert day.told == [
            "Miner 2 stopped: too hot: Water",
            "Miner 1 did not stop: too hot: Water",
        ]
        day.miners[0].faults.refuse.clear()
        await day.move(LITTLE)
        await day.move(1)
        assert off(day) == [True, True]
        assert day.told[2:] == ["Miner 1 stopped: too hot: Water"]


async def test_refused_one_after_the_other(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """One that refuses is told of, also when another one does so for long already."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        for miner in day.miners:
            miner.faults.refuse["power_off"] = 132
        day.miners[1].machine.power_off()
        await day.move(301)
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER])
        for _ in range(10):
            await day.move(30)
        assert day.told == ["Miner 1 did not stop: too hot: Water"]
        await switch(day, "on", day.entity("switch.mining", 1))
        for _ in range(4):
            await day.move(11)
        assert day.told[1:] == ["Miner 2 did not stop: too hot: Water"]


async def test_told_in_vain(hass: HomeAssistant, time: TimeMachine) -> None:
    """Who tells may fail: it is tried again all the same, and not forgotten."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        day.miners[0].faults.refuse["power_off"] = 132
        await tell(day, WATER, 61)
        await use(day, temperatures=[WATER], notify=tell_in_vain(day))
        await day.move(11)
        assert off(day) == [False, True]
        day.miners[0].faults.refuse.clear()
        await day.move(11)
        assert off(day) == [True, True]
        assert len(day.told) == 2
        await tell(day, WATER, 57)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(LITTLE)
        assert off(day) == [True, True]


@pytest.mark.usefixtures("short_commands")
async def test_disobeyed(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that says yes and goes on is found out."""
    async with a_day(hass, time, state="hashing") as day:
        day.miners[0].faults.disobey.add("power_off")
        await tell(day, FLOW, "off")
        await use(day, flow=[FLOW], grace={"seconds": 0}, tries=2, latch=LATCH)
        await day.move(11)
        await day.move(11)
        assert off(day) == [False]
        assert day.told == ["Miner 1 did not stop: not there: Flow"]
        day.miners[0].faults.disobey.clear()
        await day.move(LITTLE)
        await day.move(1)
        assert off(day) == [True]
        assert day.told[1:] == ["Miner 1 stopped: not there: Flow"]


async def test_unplugged(hass: HomeAssistant, time: TimeMachine) -> None:
    """Of a miner that does not answer nobody knows: told, and stopped when it does."""
    async with a_day(hass, time, state="hashing") as day:
        await tell(day, WATER, 40)
        await use(day, temperatures=[WATER])
        await day.miners[0].stop()
        await day.move(301)
        await tell(day, WATER, 61)
        for _ in range(20):
            await day.move(30)
        assert day.told == ["Miner 1 did not stop: too hot: Water"]
        await day.miners[0].start()
        await day.move(301)
        assert off(day) == [True]
        assert day.told[1:] == ["Miner 1 stopped: too hot: Water"]


async def test_pump(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """The pump runs with the miner and five minutes longer, whatever happens."""
    async with a_day(hass, time) as day:
        await tell(day, WATER, 40)
        await use(day, temperatures=[WATER], pump=PUMP)
        await day.move(LITTLE)
        assert hass.states.is_state(PUMP, "off")
        await switch(day, "on", day.entity("switch.mining"))
        assert hass.states.is_state(PUMP, "on")
        await day.move(600)
        await switch(day, "off", day.entity("switch.mining"))
        await day.move(240)
        assert hass.states.is_state(PUMP, "on")
        await day.move(2 * LITTLE)
        assert hass.states.is_state(PUMP, "off")
        # Home Assistant starts anew while the pump runs on.
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(600)
        await switch(day, "off", day.entity("switch.mining"))
        await restart(day, 2)
        await day.move(LITTLE)
        assert hass.states.is_state(PUMP, "on")
        await day.move(300)
        assert hass.states.is_state(PUMP, "off")
        # And while it was off somebody started the miner, and it got warm.
        day.miners[0].machine.power_on()
        await restart(day, 2)
        await day.move(1)
        assert hass.states.is_state(PUMP, "on")
        await tell(day, WATER, 58)
        await switch(day, "off", day.entity("switch.mining"))
        for _ in range(4):
            await day.move(300)
        assert hass.states.is_state(PUMP, "on")
        await tell(day, WATER, 54)
        await day.move(LITTLE)
        assert hass.states.is_state(PUMP, "off")
        assert day.starts() == 3
        assert day.told == []
    assert warnings(caplog) == []


async def test_pump_fails(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A pump that cannot be switched on stops the miner."""
    async with a_day(hass, time) as day:
        hass.states.async_set("input_boolean.pump", STATE_UNAVAILABLE)
        await use(day, pump=PUMP)
        await switch(day, "on", day.entity("switch.mining"))
        await day.move(280)
        assert off(day) == [False]
        await day.move(LITTLE)
        assert off(day) == [True]
        assert day.told == ["Miner 1 stopped: no reading: input_boolean.pump"]
    assert warnings(caplog) == []


async def test_restart_while_hot(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """It got hot while Home Assistant was off: stopped as soon as it is back."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        await tell(day, WATER, 40)
        await use(day, temperatures=[WATER])
        hass.states.async_set(WATER, "70", {"friendly_name": "Water"})
        await restart(day, 5)
        await day.move(11)
        assert off(day) == [True, True]
    assert warnings(caplog) == []
