"""The interlock: what is too hot, or not known."""

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from .helpers import a_day, restart, warnings
from .interlock import FLOW, LATCH, LITTLE, PUMP, WATER, off, switch, tell, use
from .time_machine import TimeMachine

pytestmark = pytest.mark.usefixtures("toggles")


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
