"""The watchdog: offline, faults, too little hashrate."""

import re
from typing import Any

from homeassistant.core import HomeAssistant, State
import pytest

from tests.simulator import SimulatedMiner

from .helpers import TELL, Day, a_day, restart, use_blueprint, warnings
from .time_machine import TimeMachine

LOW = "sensor.hashrate_relative_to_factory"
FAN = 110
"""A code that a miner reports: the speed of the intake fan."""


async def use(day: Day, *, restarts: bool = False, **inputs: Any) -> None:
    """Set up the automation with all miners; it may act at once."""
    count = range(len(day.miners))
    if restarts:
        inputs["buttons"] = [day.entity("button.restart_mining", n) for n in count]
    await use_blueprint(
        day.hass,
        "watchdog",
        miners=[day.entity("switch.mining", n) for n in count],
        hashrates=[day.entity(LOW, n) for n in count],
        notify=TELL,
        **inputs,
    )
    await day.time.settle()


async def stay(day: Day, minutes: int) -> None:
    """Live through minutes; the miners are read every five of them."""
    for _ in range(minutes):
        await day.move(60)
    await day.move(1)


def shown(day: Day, kind: str) -> State:
    """Return what an entity of the first miner shows."""
    state = day.hass.states.get(day.entity(kind))
    assert state
    return state


def lame(miner: SimulatedMiner, chips: int = 10_000) -> None:
    """Let so many chips of one of the boards be dead from now on."""
    miner.machine.lose_chips(0, min(chips, miner.machine.profile.chips_per_board))


def of_automations(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings, but for that of a miner that does not answer."""
    return [text for text in warnings(caplog) if "does not answer" not in text]


async def test_offline(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A miner that is unplugged is told of, once; and when it is back."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        await use(day)
        await stay(day, 6)
        assert not day.has_run()
        await day.miners[1].stop()
        await stay(day, 12)
        assert day.told == []
        await stay(day, 5)
        assert day.told == ["Miner 2 does not answer"]
        await stay(day, 60)
        await day.miners[1].start()
        await stay(day, 6)
        assert day.told[1:] == ["Miner 2 answers again"]
    assert of_automations(caplog) == []


async def test_fault(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault is told in words, once; and when it is over."""
    async with a_day(hass, time, state="hashing") as day:
        await use(day)
        await stay(day, 6)
        day.miners[0].machine.error_codes[FAN] = day.time.clock.now()
        await stay(day, 40)
        (message,) = day.told
        assert message.startswith("Miner 1 reports a fault: ")
        assert "fan" in message.lower()
        day.miners[0].machine.error_codes.clear()
        await stay(day, 30)
        assert day.told[1:] == ["Miner 1 reports no fault any more"]
        assert not day.miners[0].machine.mineroff
    assert warnings(caplog) == []


async def test_low_hashrate(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A hashrate is too low when it has been so for a while; tuning is no trouble."""
    async with a_day(hass, time, count=2) as day:
        await use(day, restart_on="both")
        day.miners[0].machine.power_on()
        await stay(day, 60)
        assert float(shown(day, LOW).state) > 90
        assert day.told == []
        lame(day.miners[0])
        await stay(day, 10)
        lame(day.miners[0], 0)
        await stay(day, 20)
        assert day.told == []
        lame(day.miners[0])
        await stay(day, 26)
        assert day.told == ["Miner 1 has only 66 % of its hashrate"]
        await stay(day, 60)
        lame(day.miners[0], 0)
        await stay(day, 11)
        (message,) = day.told[1:]
        assert re.fullmatch(
            r"Miner 1 has ([89]\d|10\d) % of its hashrate again", message
        )
        # Without a button nothing was restarted.
        assert shown(day, "switch.mining").attributes["starts_today"] == 1
    assert warnings(caplog) == []


async def test_switched_off(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a miner that is switched off no hashrate is told any more."""
    async with a_day(hass, time, state="hashing") as day:
        lame(day.miners[0])
        await use(day)
        await stay(day, 26)
        assert len(day.told) == 1
        day.miners[0].machine.power_off()
        await stay(day, 60)
        assert len(day.told) == 1
        # The run that told it is over.
        run = hass.states.get("automation.test")
        assert run
        assert run.attributes["current"] == 0
    assert warnings(caplog) == []


async def test_power_percent(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A miner that is held back on purpose is in no trouble."""
    async with a_day(hass, time, state="hashing") as day:
        await use(day)
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": day.entity("number.power_percent"), "value": 40},
            blocking=True,
        )
        await stay(day, 60)
        assert float(shown(day, LOW).state) < 70
        assert day.told == []
    assert warnings(caplog) == []


async def test_restarts(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """Mining is restarted when it helps to hope, but not all day long."""
    async with a_day(hass, time, state="hashing", start="01:00") as day:
        lame(day.miners[0])
        await use(
            day,
            restarts=True,
            restart_rest={"hours": 1},
            max_starts=2,
            override=["input_boolean.override"],
        )
        hass.states.async_set("input_boolean.override", "on")
        await stay(day, 60)
        assert len(day.told) == 1
        hass.states.async_set("input_boolean.override", "off")
        began = day.time.clock.now()
        await stay(day, 2)
        assert day.told[1:] == ["Miner 1 is restarted"]
        await stay(day, 180)
        starts = [attempt for attempt in day.told if attempt == "Miner 1 is restarted"]
        assert len(starts) == 2
        assert day.miners[0].machine.started_at - began >= 3600
        # It was told of once, though tuning came in between.
        assert len(day.told) == 3
    assert warnings(caplog) == []


async def test_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that does not let itself be restarted is left alone for as long."""
    async with a_day(hass, time, state="hashing", start="01:00") as day:
        lame(day.miners[0])
        day.miners[0].faults.refuse["restart_btminer"] = 132
        await use(day, restarts=True, restart_rest={"hours": 1})
        await stay(day, 60)
        assert day.told[1:] == ["Miner 1 is restarted"]
        await stay(day, 60)
        assert day.told[1:] == ["Miner 1 is restarted"] * 2


async def test_restart_of_home_assistant(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """What still lasts is told again; what is well is not."""
    async with a_day(hass, time, count=2, state="hashing") as day:
        lame(day.miners[0])
        await use(day)
        await stay(day, 26)
        assert len(day.told) == 1
        await restart(day, 2)
        await stay(day, 26)
        assert len(day.told) == 2
        assert day.told[1] == day.told[0]
        lame(day.miners[0], 0)
        await restart(day, 10)
        await stay(day, 26)
        assert len(day.told) == 2
    assert warnings(caplog) == []
