"""The interlock: miners that do not stop at once."""

from homeassistant.core import HomeAssistant
import pytest

from .helpers import a_day, tell_in_vain
from .interlock import FLOW, LATCH, LITTLE, WATER, off, switch, tell, use
from .time_machine import TimeMachine

pytestmark = pytest.mark.usefixtures("toggles")


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
