"""The interlock: the pump, and the flow that the miners need."""

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from .helpers import a_day, restart, warnings
from .interlock import FLOW, LITTLE, PUMP, WATER, off, switch, tell, use
from .time_machine import TimeMachine

pytestmark = pytest.mark.usefixtures("toggles")


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
