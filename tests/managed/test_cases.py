"""Cases in which automations have failed, with the real law and simulated miners.

The table of promises in docs/power_manager.md stands on these.
"""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.control.queued import Queued
from custom_components.whatsminer.power_manager.law.models import Mode, Reason
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home, kill

MINUTE = 60


async def holds_still(home: Home, minutes: int, *, watts: float, percent: int) -> None:
    """Expect that neither the grid nor the percent swings for so long."""
    before = home.percent()
    for _ in range(minutes):
        await home.live(MINUTE)
        assert home.grid == pytest.approx(0, abs=watts)
        assert home.percent() == pytest.approx(before, abs=percent)


async def test_follows(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that runs follows the surplus at the next report of the meter."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 3000
        await home.live(5 * MINUTE)
        assert home.grid == pytest.approx(0, abs=150)
        home.pv = 2500
        await home.live(30)
        assert home.grid == pytest.approx(0, abs=150)
        assert home.said("Stopping") == []


async def test_what_keeps_them_off(hass: HomeAssistant, time: TimeMachine) -> None:
    """With surplus, what keeps the miners off is named, and not a lack of it."""
    options = {"starts_per_day": 0}
    async with a_home(hass, time, states=("stopped",), options=options) as home:

        def reason() -> str:
            state = hass.states.get("sensor.power_reason")
            assert state is not None
            return state.state

        await home.set_mode(Mode.SOLAR)
        assert reason() == Reason.NO_SURPLUS
        home.pv = 4000
        await home.live(10)
        assert reason() == Reason.STARTS_SPENT
        assert home.said("The miners have started as often as they may today")
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        await home.live(10)
        assert reason() == Reason.HELD
        await home.call("button.power_end_hold", "press")
        home.pv = 500
        await home.live(10)
        assert reason() == Reason.NO_SURPLUS


async def test_starts_and_stops(hass: HomeAssistant, time: TimeMachine) -> None:
    """It starts on a surplus that lasts, and stops when there is none."""
    async with a_home(hass, time, states=("stopped",), mode=Mode.SOLAR) as home:
        home.pv = 4000
        await home.live(MINUTE)
        assert not home.mines()
        await home.live(24 * MINUTE)
        assert home.mines()
        await home.live(40 * MINUTE, step=30)
        home.pv = 0
        await home.live(60 * MINUTE, step=30)
        assert not home.mines()
        assert len(home.said("Starting Miner 1")) == 1
        assert len(home.said("Stopping Miner 1")) == 1


async def test_refuses_the_percent(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that refuses to be throttled is stopped, and that is said."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        await home.live(35 * MINUTE, step=30)
        home.miners[0].device.faults.refuse["set_power_pct"] = 132
        home.pv = 0
        # All of what it draws is from the grid: its budget is gone in a few minutes.
        await home.live(12 * MINUTE)
        assert not home.mines()
        assert len(home.said("Miner 1 did not change its power")) == 1


async def test_percent_without_effect(hass: HomeAssistant, time: TimeMachine) -> None:
    """Firmware before API 2.2 shows no percent, and may say yes to it without effect.

    It is stopped, and what it seemed to draw does not keep it from its next start.
    """
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        await home.live(35 * MINUTE, step=30)
        home.miners[0].device.faults.disobey.add("set_power_pct")
        home.pv = 0
        await home.live(12 * MINUTE)
        assert not home.mines()
        home.pv = 4000
        await home.live(15 * MINUTE, step=30)
        assert home.mines()


@pytest.mark.parametrize("api", ["2.0.5", "3.0.2"])
async def test_power_that_does_not_fall(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> None:
    """A stopped miner that still reports its power makes no surplus of it."""
    async with a_home(hass, time, mode=Mode.SOLAR, apis=(api,)) as home:
        home.pv = 4000
        await home.live(35 * MINUTE, step=30)
        odd = home.miners[0].device.faults.odd
        odd.absurd |= dict.fromkeys(("Power", "power-realtime", "power-5min"), 3000)
        odd.absurd |= dict.fromkeys(("Power_RT", "pin"), 3100)
        home.pv = 0
        await home.live(40 * MINUTE, step=30)
        assert not home.mines()
        await home.live(30 * MINUTE, step=30)
        assert not home.mines()
        assert home.manager.status.available_power == pytest.approx(-300, abs=50)


async def test_one_of_two_refuses(hass: HomeAssistant, time: TimeMachine) -> None:
    """The other one follows all the same, whichever of them refuses."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        home.pv = 7500
        await home.live(35 * MINUTE, step=30)
        for number in (0, 1):
            faults = home.miners[number].device.faults
            faults.refuse["set_power_pct"] = 132
            home.pv = 6000
            await home.live(2 * MINUTE)
            assert home.grid == pytest.approx(0, abs=150)
            faults.refuse.clear()
            home.pv = 7500
            await home.live(5 * MINUTE)


async def test_refuses_to_stop(hass: HomeAssistant, time: TimeMachine) -> None:
    """It is tried again until it stops, and the others are looked at meanwhile."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        home.pv = 7500
        await home.live(35 * MINUTE, step=30)
        home.miners[1].device.faults.refuse["power_off"] = 132
        home.pv = 0
        await home.live(30 * MINUTE)
        assert home.mines(1)
        assert not home.mines(0)
        assert len(home.said("Miner 2 did not stop")) == 1
        assert len(home.said("Stopping Miner 2")) == 1
        issue_id = f"miner_does_not_stop_{home.entry.entry_id}"
        issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["which"] == "Miner 2"
        home.miners[1].device.faults.refuse.clear()
        await home.live(3 * MINUTE)
        assert not home.mines(1)
        assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


@pytest.mark.usefixtures("short_commands")
async def test_says_yes_and_does_not_stop(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the meter reports during each try, the logbook has one entry for all."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        await home.live(35 * MINUTE, step=30)
        home.miners[0].device.faults.disobey.add("power_off")
        pause = Queued.async_pause

        async def report_and_pause(queued: Queued, seconds: float) -> None:
            """Wait, while the meter reports."""
            home.report()
            await pause(queued, seconds)

        monkeypatch.setattr(Queued, "async_pause", report_and_pause)
        home.pv = 0
        await home.live(10 * MINUTE)
        assert home.said("Miner 1 did not stop")
        count = len(home.manager.decisions)
        await home.live(20 * MINUTE)
        assert home.mines()
        assert len(home.manager.decisions) == count


@pytest.mark.parametrize("action", ["reboot", "restart"])
async def test_restarts_all_the_time(
    hass: HomeAssistant, time: TimeMachine, action: str
) -> None:
    """Each start of its own does not begin a run anew: without surplus it is stopped."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        await home.live(35 * MINUTE, step=30)
        home.pv = 0
        for _ in range(6):
            getattr(home.miners[0].machine, action)()
            await home.live(5 * MINUTE)
            if not home.mines():
                break
        assert not home.mines()


async def test_old_report(hass: HomeAssistant, time: TimeMachine) -> None:
    """One report of a slow meter does not act twice."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        home.every = 300
        await home.live(35 * MINUTE, step=30)
        home.pv = 2800
        await home.live(310)
        percent = home.percent()
        assert percent < 100
        await home.live(280)
        assert home.percent() == percent


@pytest.mark.parametrize("every", [30, 60])
async def test_meter_of_the_moment(
    hass: HomeAssistant, time: TimeMachine, every: int
) -> None:
    """A slow meter need not report means: the power follows, and does not swing."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        home.every = every
        await home.live(20 * MINUTE)
        home.pv = 2600
        await home.live(10 * MINUTE)
        assert home.grid == pytest.approx(0, abs=150)
        home.pv = 3200
        await home.live(10 * MINUTE)
        await holds_still(home, 10, watts=150, percent=3)


async def test_late_meter(hass: HomeAssistant, time: TimeMachine) -> None:
    """A meter need not report what is now: the power follows, and does not swing."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        home.late = 2
        await home.live(30 * MINUTE)
        for home.pv in (2600, 3200, 2400):
            await home.live(5 * MINUTE)
            await holds_still(home, 5, watts=300, percent=10)


async def test_silent_meter(hass: HomeAssistant, time: TimeMachine) -> None:
    """Nobody runs on surplus that nobody has seen for ten minutes."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 4000
        await home.live(35 * MINUTE, step=30)
        home.meter_works = False
        await home.live(9 * MINUTE)
        assert home.mines()
        await home.live(3 * MINUTE)
        assert not home.mines()


async def test_full_battery(hass: HomeAssistant, time: TimeMachine) -> None:
    """A full battery reports nothing new for hours, and the miner goes on."""
    data = {"battery": "sensor.battery", "charge": "sensor.charge"}
    async with a_home(hass, time, data=data, mode=Mode.SOLAR) as home:
        hass.states.async_set("sensor.charge", "100", {"unit_of_measurement": "%"})
        home.pv = 4000
        for _ in range(9):
            hass.states.async_set("sensor.battery", "0", {"unit_of_measurement": "W"})
            await home.live(10 * MINUTE, step=30)
        assert home.mines()
        assert home.grid == pytest.approx(-400, abs=200)


@pytest.mark.parametrize("watts", [1500, 6000])
async def test_wrong_full_power(
    hass: HomeAssistant, time: TimeMachine, watts: float
) -> None:
    """What the user says of a miner does not make it swing: it is measured."""
    async with a_home(hass, time) as home:
        key = home.entries[0].entry_id
        hass.config_entries.async_update_entry(
            home.entry, options={**home.entry.options, "full_power": {key: watts}}
        )
        await home.reload()
        await home.set_mode(Mode.SOLAR)
        home.pv = 2800
        await home.live(10 * MINUTE)
        percents = set()
        for _ in range(12):
            await home.live(30)
            percents.add(home.percent())
        assert max(percents) - min(percents) <= 5
        assert home.grid == pytest.approx(0, abs=150)


@pytest.mark.parametrize(
    ("base", "bend"), [(0, 1.0), (1000, 1.0), (500, 1.6), (150, 0.7)]
)
async def test_other_machines(
    hass: HomeAssistant, time: TimeMachine, base: float, bend: float
) -> None:
    """No device has shown its power at each percent: none makes the manager swing."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        physics = home.miners[0].machine.physics
        physics.percent_base, physics.percent_bend = base, bend
        commands = home.miners[0].log.commands
        home.pv = 3000
        await home.live(5 * MINUTE)
        commands.clear()
        for pv in (3000, 2600, 2300, 2800, 3200):
            home.pv = pv
            await home.live(MINUTE)
            grid = []
            for _ in range(6):
                await home.live(10)
                grid.append(home.grid)
            assert sum(grid) / len(grid) == pytest.approx(0, abs=200)
            assert max(grid) < 300
        assert home.said("Stopping") == []
        assert commands.count("set_power_pct") < 40


async def test_deleted_miner(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """What was learned of a miner goes with it."""
    async with a_home(hass, time, states=("hashing", "stopped")) as home:
        stored = f"{DOMAIN}.{home.entry.entry_id}.manager"
        first, second = (each.entry_id for each in home.entries)
        await home.live(60)
        await home.reload()
        assert hass_storage[stored]["data"]["law"]["miners"].keys() == {first, second}
        await hass.config_entries.async_remove(second)
        await time.settle()
        await home.reload()
        assert hass_storage[stored]["data"]["law"]["miners"].keys() == {first}
        home.entries[1].add_to_hass(hass)


async def test_off(hass: HomeAssistant, time: TimeMachine) -> None:
    """Off stops all that are managed, and keeps them off."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        home.pv = 9000
        await home.set_mode(Mode.OFF)
        await home.live(20)
        assert home.power < 2000
        assert not home.mines(0)
        assert not home.mines(1)
        await home.live(60 * MINUTE, step=60)
        assert not home.mines(0)


async def test_external(hass: HomeAssistant, time: TimeMachine) -> None:
    """What is asked rules alone, whatever the sun does; expired it is 0 W."""
    async with a_home(hass, time) as home:
        await home.manager.async_request(2000)
        await home.set_mode(Mode.EXTERNAL)
        await home.live(30)
        assert home.power == pytest.approx(2000, rel=0.04)
        await home.live(13 * MINUTE, step=30)
        assert home.mines()
        await home.live(3 * MINUTE)
        assert not home.mines()


async def test_minimum(hass: HomeAssistant, time: TimeMachine) -> None:
    """The first miner keeps its lowest power without any sun; the others do not."""
    async with a_home(
        hass, time, states=("hashing",) * 2, mode=Mode.MINIMUM_SOLAR
    ) as home:
        await home.live(90 * MINUTE, step=30)
        assert home.mines(0)
        assert home.percent(0) == 40
        assert not home.mines(1)


async def test_paused(hass: HomeAssistant, time: TimeMachine) -> None:
    """It sends nothing for hours, and says what it would do."""
    async with a_home(hass, time) as home:
        home.miners[0].log.commands.clear()
        await home.live(60 * MINUTE, step=30)
        assert home.mines()
        assert not {"power_off", "set_power_pct"} & set(home.miners[0].log.commands)
        assert len(home.said("Would stop Miner 1")) == 1
        assert home.said("Stopping") == []


async def test_stopped_elsewhere(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that somebody stops on its own page is started again by the rules."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 5000
        await home.live(20 * MINUTE, step=30)
        home.miners[0].machine.power_off()
        await home.live(5 * MINUTE)
        assert not home.mines()
        await home.live(15 * MINUTE)
        assert home.mines()


@pytest.mark.parametrize("minute", [0, 7, 20, 33])
async def test_restarts(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any], minute: int
) -> None:
    """Killed at any minute of a start, it goes on: one start, and no miner forgotten."""
    async with a_home(hass, time, states=("stopped",), mode=Mode.SOLAR) as home:
        home.pv = 4500
        await home.live(minute * MINUTE, step=30)
        await home.live(10)
        await kill(home, hass_storage)
        await home.live(60 * MINUTE, step=30)
        assert home.mines()
        assert home.miners[0].log.commands.count("power_on") == 1
        home.pv = 0
        await home.live(MINUTE)
        await kill(home, hass_storage)
        await home.live(40 * MINUTE, step=30)
        assert not home.mines()


async def test_restart_by_hand_is_no_crash(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """Who lowers a miner, stops and starts it while the manager is paused may do so."""
    async with a_home(hass, time) as home:
        await home.live(60)
        await home.call("number.miner_1_power_percent", "set_value", value=60)
        await home.live(60)
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        await home.live(60)
        await home.call("switch.miner_1_mining", "turn_on", by_person=True)
        await home.live(180)
        assert home.mines()
        assert not home.said("restarted at a low power")
