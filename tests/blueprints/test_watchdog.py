"""The watchdog: offline, faults, too little hashrate."""

import re
from typing import Any

from homeassistant.core import Event, HomeAssistant, State
import pytest

from tests.simulator import SimulatedMiner

from .helpers import TELL, Day, a_day, restart, tell_in_vain, use_blueprint, warnings
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
        **{"notify": TELL, **inputs},
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


async def test_not_there(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A switch that is gone is told of like one that does not answer."""
    async with a_day(hass, time, state="hashing") as day:
        await use_blueprint(hass, "watchdog", miners=["switch.gone"], notify=TELL)
        await stay(day, 8)
        assert day.told == []
        await stay(day, 4)
        assert day.told == ["switch.gone does not answer"]
        hass.states.async_set("switch.gone", "on")
        await stay(day, 1)
        assert day.told[1:] == ["switch.gone answers again"]
    assert warnings(caplog) == []


async def test_again_after_a_day(hass: HomeAssistant, time: TimeMachine) -> None:
    """Each thing is told again a day after it was told, not with the others."""
    async with a_day(hass, time, count=0) as day:
        gone = [f"switch.gone_{number}" for number in range(2)]
        hass.states.async_set(gone[1], "on")
        await use_blueprint(hass, "watchdog", miners=gone, notify=TELL)
        await stay(day, 15)
        for hour in range(47):
            if hour == 20:
                hass.states.async_remove(gone[1])
            await day.move(3600)
        assert day.told == [f"{gone[each]} does not answer" for each in (0, 1, 0, 1)]


async def test_starts_again_and_again(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that tunes all the time looks well, and is not."""
    async with a_day(hass, time, state="hashing", start="18:00") as day:
        await use(day)
        # It had started before, on the same day.
        for _ in range(11):
            assert day.told == []
            day.miners[0].machine.restart()
            await stay(day, 10)
        (message,) = day.told
        assert re.fullmatch(r"Miner 1 starts again and again, 1\d times today", message)
        await day.move(5 * 3600)
        assert len(day.told) == 1


async def test_stuck_in_tuning(hass: HomeAssistant, time: TimeMachine) -> None:
    """After an hour of it, tuning is no excuse any more."""
    async with a_day(hass, time, state="ramping") as day:
        day.miners[0].machine.stay()
        await use(day)
        await stay(day, 70)
        assert shown(day, "sensor.status").state == "tuning"
        assert day.told == []
        await stay(day, 25)
        (message,) = day.told
        assert message.startswith("Miner 1 has only ")


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


async def test_mended(hass: HomeAssistant, time: TimeMachine) -> None:
    """What was told and cannot be judged for a while has to be true now."""
    async with a_day(hass, time, state="hashing", start="01:00") as day:
        number = {"entity_id": day.entity("number.power_percent")}
        lame(day.miners[0])
        await use(day, restarts=True)
        await stay(day, 26)
        assert len(day.told) == 1
        await hass.services.async_call(
            "number", "set_value", {**number, "value": 40}, blocking=True
        )
        lame(day.miners[0], 0)
        await stay(day, 30)
        await hass.services.async_call(
            "number", "set_value", {**number, "value": 100}, blocking=True
        )
        await stay(day, 20)
        assert "Miner 1 is restarted" not in day.told
        assert len(day.told) == 2


@pytest.mark.parametrize("how", ["stopped", "override"])
async def test_stopped_meanwhile(
    hass: HomeAssistant, time: TimeMachine, how: str
) -> None:
    """Before each restart it is judged anew: the one before may take minutes."""
    async with a_day(hass, time, state="hashing", start="01:00", count=2) as day:
        hass.states.async_set("input_boolean.override", "off")

        async def stop(event: Event) -> None:
            """Want something else as soon as the first one is restarted."""
            if "Miner 1 is restarted" not in event.data["message"]:
                return
            if how == "override":
                hass.states.async_set("input_boolean.override", "on")
            else:
                await hass.services.async_call(
                    "switch",
                    "turn_off",
                    {"entity_id": day.entity("switch.mining", 1)},
                    blocking=True,
                )

        hass.bus.async_listen("told", stop)
        for miner in day.miners:
            lame(miner)
        wait = [*TELL, {"delay": 2}]
        await use(day, restarts=True, notify=wait, override=["input_boolean.override"])
        await stay(day, 50)
        assert "Miner 1 is restarted" in day.told
        assert "Miner 2 is restarted" not in day.told
        commands = [each.command for each in day.miners[1].log]
        assert "restart_btminer" not in commands


async def test_told_in_vain(hass: HomeAssistant, time: TimeMachine) -> None:
    """Who tells may fail: it is told once all the same, and restarted."""
    async with a_day(hass, time, state="hashing", start="01:00") as day:
        lame(day.miners[0])
        await use(day, restarts=True, notify=tell_in_vain(day))
        await stay(day, 50)
        assert [text.split()[2] for text in day.told] == ["has", "is"]
        assert shown(day, "switch.mining").attributes["starts_today"] >= 1


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
