"""Mining on surplus: whole days, and what the blueprints promise when things go wrong."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest

from tests.household import Household, Minute, make_day
from tests.household.day import Kind

from .helpers import (
    BATTERY_POWER,
    CHARGE,
    GRID,
    KILOWATTS,
    TELL,
    WATTS,
    Day,
    a_day,
    restart,
    tell_in_vain,
    use_blueprint,
    warnings,
)
from .table import row
from .time_machine import TimeMachine

ON_OFF = "solar_on_off"
FOLLOWING = "solar_following"
BOTH = pytest.mark.parametrize("blueprint", [ON_OFF, FOLLOWING])

FULL_POWER = 3300.0
PLENTY = 6000.0
NOTHING = -1000.0


async def solar(day: Day, blueprint: str, **inputs: Any) -> None:
    """Have the blueprint steer all miners of the house; before that, a first reading."""
    day.hass.states.async_set(GRID, "0", {"unit_of_measurement": "W"})
    await use_blueprint(
        day.hass,
        blueprint,
        **{
            "miners": [
                day.entity("switch.mining", index) for index in range(len(day.miners))
            ],
            "power_sensor": GRID,
            "notify": TELL,
            **inputs,
        },
    )


def grid_without_curtailment(minutes: list[Minute], power: float, step: int) -> float:
    """Return the kWh from the grid with a miner that draws the same all the time."""
    house = Household()
    for minute in minutes:
        house.step(minute.pv, minute.load, power, 60 * step)
    return house.imported


@BOTH
@pytest.mark.parametrize(("kind", "step"), [("sunny", 2), ("cloudy", 1)])
async def test_day(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    kind: Kind,
    step: int,
    blueprint: str,
) -> None:
    """A day costs a fraction of the grid energy, and the machine is treated well."""
    minutes = make_day(kind)[5 * 60 : 21 * 60 : step]
    async with a_day(hass, time, start="05:00") as day:
        await solar(day, blueprint)
        await day.live(minutes, step)
        base = grid_without_curtailment(minutes, 0, step)
        running = grid_without_curtailment(minutes, FULL_POWER, step) - base
        grid = day.house.imported - base
        record_property("day", row(kind, blueprint, day, grid, running))
        assert grid < 0.2 * running
        assert day.house.mined > 8
        assert 1 <= day.starts() <= 6
        assert day.shortest("on") >= timedelta(minutes=30)
        assert day.shortest("off") >= timedelta(minutes=10)
        assert not day.mines()
        assert len(day.told) == 2 * day.starts()
        assert warnings(caplog) == []


@BOTH
@pytest.mark.parametrize("down", ["Home Assistant", "miner", "sensor"])
async def test_anything_down_at_any_minute(
    hass: HomeAssistant,
    time: TimeMachine,
    blueprint: str,
    down: str,
) -> None:
    """Whatever is away for some minutes, whenever: the promised state comes about.

    The waiting for a start (10 min) and for a stop (2 or 5 min) begins anew at most.
    """

    async def fail(day: Day) -> None:
        """Take something away for four minutes."""
        if down == "Home Assistant":
            await restart(day, 4)
            return
        if down == "miner":
            await day.miners[0].stop()
        day.sensor_works = down != "sensor"
        await day.stay(surplus, 4)
        day.sensor_works = True
        await day.miners[0].start()

    async with a_day(hass, time, start="06:00", poll=60) as day:
        await solar(day, blueprint, max_starts=0)
        minutes = (0, 9, 14) if blueprint == ON_OFF else (4, 10, 12)
        for minute in minutes:
            surplus = PLENTY
            await day.stay(surplus, minute)
            await fail(day)
            await day.stay(surplus, 18)
            assert day.mines(), f"off, {minute} minutes after dawn"
            await day.stay(surplus, 20)
            surplus = NOTHING
            await day.stay(surplus, minute // 3)
            await fail(day)
            await day.stay(surplus, 12)
            assert not day.mines(), f"on, {minute} minutes after dusk"
        assert day.starts() == len(minutes)
        assert day.shortest("on") >= timedelta(minutes=30)


@BOTH
@pytest.mark.parametrize("silence", ["no report", "unavailable", "nonsense"])
async def test_sensor_lost(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    blueprint: str,
    silence: str,
) -> None:
    """Without the sensor nothing changes for a while; then the miner is stopped."""
    async with a_day(hass, time, start="12:00", state="hashing") as day:
        await solar(day, blueprint)
        await day.stay(PLENTY, 1)
        day.sensor_works = False
        if silence != "no report":
            hass.states.async_set(GRID, "?" if silence == "nonsense" else silence)
        await day.stay(PLENTY, 3)
        assert day.mines()
        await day.stay(PLENTY, 5)
        assert not day.mines()
        assert day.told[-1] == "Miner 1 stopped: no reading of the power"
        day.sensor_works = True
        await day.stay(PLENTY, 15)
        assert day.mines()
        assert warnings(caplog) == []


@BOTH
@pytest.mark.parametrize("how", ["gone", "this and that"])
async def test_no_time_since_when(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    blueprint: str,
    how: str,
) -> None:
    """A sensor that is gone, or tells all but numbers, has as long as one that is unknown."""

    async def lose(minutes: int) -> None:
        """Live through minutes without the sensor."""
        for minute in range(minutes):
            hass.states.async_remove(GRID)
            if how != "gone":
                text = STATE_UNKNOWN if minute % 2 else STATE_UNAVAILABLE
                hass.states.async_set(GRID, text)
            await day.move(60)

    async with a_day(hass, time, start="12:00", count=2, state="hashing") as day:
        await solar(day, blueprint)
        await day.stay(PLENTY, 1)
        day.sensor_works = False
        await lose(4)
        # A deficit has a time of its own.
        hass.states.async_set(GRID, "1000", WATTS)
        await day.move(60)
        hass.states.async_set(GRID, "0", WATTS)
        await day.move(60)
        await lose(4)
        assert [day.mines(0), day.mines(1)] == [True, True]
        await lose(5)
        assert [day.mines(0), day.mines(1)] == [False, False]
        assert day.told == [
            f"Miner {number} stopped: no reading of the power" for number in (2, 1)
        ]
        assert warnings(caplog) == []


@BOTH
async def test_set_by_hand(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """A number that somebody has set holds until it is set anew."""
    async with a_day(hass, time, start="12:00") as day:
        hass.states.async_set("input_number.surplus", "5000", WATTS)
        await solar(
            day, blueprint, power_sensor="input_number.surplus", power_sign="export"
        )
        for _ in range(20):
            await day.move(60)
        assert [what for _, what in day.switched[0]] == ["on"]


@pytest.mark.parametrize(
    ("blueprint", "when_lost", "share"),
    [(ON_OFF, "hold", 1), (FOLLOWING, "hold", 1), (FOLLOWING, "floor", 0.4)],
)
async def test_sensor_lost_and_mining_on(
    hass: HomeAssistant, time: TimeMachine, blueprint: str, when_lost: str, share: float
) -> None:
    """The miner can be left as it is, or run at the lowest share."""
    async with a_day(hass, time, start="12:00", state="hashing") as day:
        await solar(day, blueprint, when_lost=when_lost)
        await day.stay(PLENTY, 1)
        day.sensor_works = False
        await day.stay(NOTHING, 30)
        assert day.switched == [[]]
        machine = day.miners[0].machine
        assert day.mines()
        assert machine.physics.percent == pytest.approx(share)


@BOTH
async def test_miner_refuses(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """A start that fails is tried three times and told, and tried again later."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, blueprint)
        day.miners[0].faults.refuse["power_on"] = 132
        await day.stay(PLENTY, 14)
        tries = [each.command for each in day.miners[0].log].count("power_on")
        assert tries == 3
        assert day.told == ["Miner 1 does not start: 5986 W of surplus"]
        day.miners[0].faults.refuse.clear()
        await day.stay(PLENTY, 45)
        assert day.mines()
        assert len(day.told) == 2


@BOTH
@pytest.mark.parametrize("who", ["sun", "override"])
async def test_something_else_while_it_is_tried(
    hass: HomeAssistant, time: TimeMachine, blueprint: str, who: str
) -> None:
    """What was right at the first try need not be at the second one."""
    async with a_day(hass, time, start="12:00") as day:
        hass.states.async_set("input_boolean.mine", "off")
        day.miners[0].faults.refuse["power_on"] = 132
        await solar(
            day, blueprint, start_for={"seconds": 0}, override=["input_boolean.mine"]
        )
        await day.stay(PLENTY, 1)
        day.miners[0].faults.refuse.clear()
        if who == "sun":
            hass.states.async_set(GRID, "1000", WATTS)
        else:
            hass.states.async_set("input_boolean.mine", "on")
        for _ in range(4):
            await day.move(31)
        assert not day.mines()
        assert day.told == []


@BOTH
async def test_told_in_vain(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """Who tells may fail: the time between two miners holds."""
    async with a_day(hass, time, start="12:00", count=2) as day:
        await solar(
            day,
            blueprint,
            start_for={"seconds": 0},
            stagger={"minutes": 10},
            notify=tell_in_vain(day),
        )
        await day.stay(30_000, 9)
        assert [day.mines(0), day.mines(1)] == [True, False]
        await day.stay(30_000, 3)
        assert len(day.told) == 2


@BOTH
async def test_gone_and_one_refuses(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """Without the sensor all are stopped, though the first one refuses."""
    async with a_day(hass, time, start="12:00", count=3, state="hashing") as day:
        await solar(day, blueprint)
        await day.stay(PLENTY, 1)
        day.sensor_works = False
        day.miners[2].faults.refuse["power_off"] = 132
        hass.states.async_remove(GRID)
        for _ in range(22):
            await day.move(60)
        assert [day.mines(number) for number in range(3)] == [False, False, True]


@BOTH
async def test_blip(hass: HomeAssistant, time: TimeMachine, blueprint: str) -> None:
    """A sensor that is gone for a moment, and may be for hours, hides no deficit."""
    async with a_day(hass, time, start="12:00", state="hashing") as day:
        await solar(day, blueprint, stale_after={"hours": 6})
        await day.stay(PLENTY, 1)
        hass.states.async_set(GRID, "unavailable")
        await day.time.settle()
        await day.move(1)
        for watts in range(3000, 3009):
            hass.states.async_set(GRID, str(watts), WATTS)
            await day.move(60)
        assert not day.mines()


@BOTH
async def test_restarted_while_it_waits(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """A miner that somebody restarts while the sensor is gone has its shortest run."""
    async with a_day(hass, time, start="12:00", state="hashing") as day:
        await solar(day, blueprint, stale_after={"hours": 1})
        await day.stay(PLENTY, 1)
        hass.states.async_remove(GRID)
        for minute in range(86):
            if minute == 50:
                day.miners[0].machine.restart()
            await day.move(60)
            assert day.mines() or minute > 76
        assert not day.mines()


@BOTH
async def test_one_of_a_fleet_refuses(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """A miner that does not start does not keep the others from it."""
    async with a_day(hass, time, start="12:00", count=2) as day:
        await solar(day, blueprint)
        day.miners[0].faults.refuse["power_on"] = 132
        await day.stay(PLENTY, 30)
        assert [day.mines(0), day.mines(1)] == [False, True]
        await day.stay(NOTHING, 45)
        assert [day.mines(0), day.mines(1)] == [False, False]


@BOTH
async def test_flicker(hass: HomeAssistant, time: TimeMachine, blueprint: str) -> None:
    """Sun that does not last starts nothing, a short cloud stops nothing."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, blueprint)
        for _ in range(5):
            await day.stay(PLENTY, 9)
            await day.stay(NOTHING, 1)
        assert day.starts() == 0
        await day.stay(PLENTY, 50)
        for _ in range(5):
            await day.stay(NOTHING, 1)
            await day.stay(PLENTY, 4)
        assert [what for _, what in day.switched[0]] == ["on"]


@BOTH
async def test_run_rest_and_starts(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """Shortest run, shortest rest and starts per day hold in the wildest weather."""
    async with a_day(hass, time, start="06:00") as day:
        await solar(
            day,
            blueprint,
            start_for={"minutes": 1},
            stop_for={"minutes": 1},
            min_run={"minutes": 25},
            min_rest={"minutes": 15},
            max_starts=3,
        )
        for _ in range(40):
            await day.stay(PLENTY, 5)
            await day.stay(NOTHING, 3)
        assert day.starts() == 3
        assert day.shortest("on") >= timedelta(minutes=25)
        assert day.shortest("off") >= timedelta(minutes=15)
        assert not day.mines()
        # On the next day it may start again.
        await day.move(13 * 3600)
        await day.stay(PLENTY, 8)
        assert day.starts() == 4


@BOTH
async def test_override(hass: HomeAssistant, time: TimeMachine, blueprint: str) -> None:
    """While the override is on the miner is left alone."""
    async with a_day(hass, time, start="12:00") as day:
        hass.states.async_set("input_boolean.mine", "on")
        await solar(day, blueprint, override=["input_boolean.mine"])
        await day.stay(PLENTY, 20)
        assert day.starts() == 0
        hass.states.async_set("input_boolean.mine", "off")
        await day.stay(PLENTY, 45)
        assert day.starts() == 1
        hass.states.async_set("input_boolean.mine", "on")
        await day.stay(NOTHING, 20)
        assert day.mines()
        assert day.miners[0].machine.physics.percent == 1


@BOTH
async def test_hours(hass: HomeAssistant, time: TimeMachine, blueprint: str) -> None:
    """Outside of the hours the miner is stopped, however much sun there is."""
    async with a_day(hass, time, start="09:30") as day:
        await solar(day, blueprint, window_from="10:00:00", window_to="11:30:00")
        await day.stay(PLENTY, 125)
        assert [(f"{moment:%H:%M}", what) for moment, what in day.switched[0]] == [
            ("10:10", "on"),
            ("11:30", "off"),
        ]


async def test_whole_again_after_the_hours(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A miner that runs on at night has its full power back."""
    async with a_day(hass, time, start="15:00") as day:
        await solar(day, FOLLOWING, window_to="17:00:00", outside="full")
        await day.stay(PLENTY, 45)
        await day.stay(3000, 30)
        machine = day.miners[0].machine
        assert machine.physics.percent < 0.9
        await day.stay(NOTHING, 60)
        assert day.mines()
        assert machine.physics.percent == 1


@BOTH
async def test_battery(hass: HomeAssistant, time: TimeMachine, blueprint: str) -> None:
    """A battery is filled first, and not emptied by a miner."""
    async with a_day(hass, time, start="10:00", battery=10, charge=70) as day:
        hass.states.async_set(CHARGE, "70")
        await solar(day, blueprint, battery=CHARGE, stop_below=-9000)
        await day.stay(8000, 30)
        assert day.house.charge > 80
        assert day.starts() == 1
        await day.stay(8000, 60)
        assert day.house.charge == 100
        while day.mines():
            await day.stay(-1000, 1)
            assert day.house.charge > 55
        assert day.told[-1].startswith("Miner 1 stopped: battery at ")


@BOTH
async def test_power_of_the_battery(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """A miner takes what would fill a battery that is full enough, and nothing out of it."""
    async with a_day(hass, time, start="10:00", battery=20, charge=70) as day:
        hass.states.async_set(CHARGE, "70")
        hass.states.async_set(BATTERY_POWER, "0", KILOWATTS)
        await solar(day, blueprint, battery=CHARGE, battery_power=BATTERY_POWER)
        await day.stay(3900, 25)
        assert day.house.charge < 80
        assert day.house.grid == 0
        assert not day.mines()
        await day.stay(3900, 20)
        assert day.mines()
        assert day.house.charge < 85
        await day.stay(3900, 30)
        before = day.house.charge
        await day.stay(NOTHING, 9)
        assert not day.mines()
        used = (before - day.house.charge) / 100 * 20
        assert used < (1000 + FULL_POWER) * 8 / 60 / 1000 + 0.05


@BOTH
@pytest.mark.parametrize("lost", [CHARGE, BATTERY_POWER])
async def test_battery_lost(
    hass: HomeAssistant, time: TimeMachine, blueprint: str, lost: str
) -> None:
    """A sensor of the battery is needed as much as the one of the grid."""
    async with a_day(
        hass, time, start="10:00", battery=10, charge=90, state="hashing"
    ) as day:
        hass.states.async_set(CHARGE, "90")
        hass.states.async_set(BATTERY_POWER, "0", KILOWATTS)
        await solar(day, blueprint, battery=CHARGE, battery_power=BATTERY_POWER)
        await day.stay(PLENTY, 3)
        assert day.mines()
        day.sensor_works = False
        # The last report was a minute ago: four more, and it is five.
        for minute in range(5):
            assert day.mines() is (minute < 4)
            for sensor, value in (GRID, "-1000"), (CHARGE, "95"), (BATTERY_POWER, "0"):
                if sensor != lost:
                    hass.states.async_set(sensor, value, WATTS, force_update=True)
            await day.move(60)
        assert day.told[-1] == "Miner 1 stopped: no reading of the power"


@BOTH
async def test_units_and_sign(
    hass: HomeAssistant, time: TimeMachine, blueprint: str
) -> None:
    """A sensor of the surplus in kW does as well."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, blueprint, power_sensor="sensor.surplus", power_sign="export")
        kilowatts = {"unit_of_measurement": "kW"}
        for _ in range(13):
            hass.states.async_set("sensor.surplus", "4.2", kilowatts, force_update=True)
            await day.move(60)
        assert day.starts() == 1
        for _ in range(40):
            hass.states.async_set(
                "sensor.surplus", "-1.1", kilowatts, force_update=True
            )
            await day.move(60)
        assert not day.mines()


@BOTH
async def test_fleet(hass: HomeAssistant, time: TimeMachine, blueprint: str) -> None:
    """Miners start one after another as far as the sun reaches, and stop backwards."""
    async with a_day(hass, time, start="12:00", count=3) as day:
        await solar(day, blueprint, stagger={"minutes": 2})
        # The first one does not draw all that it will: that is no surplus.
        await day.stay(6500 if blueprint == ON_OFF else 6000, 40)
        assert [day.starts(index) for index in range(3)] == [1, 0, 0]
        await day.stay(7800, 60)
        assert [day.starts(index) for index in range(3)] == [1, 1, 0]
        await day.stay(11500, 50)
        assert day.starts(2) == 1
        await day.stay(NOTHING, 25)
        stops = [day.switched[index][1][0] for index in range(3)]
        assert sorted(stops, reverse=True) == stops
        for later, earlier in pairwise(stops):
            assert later - earlier >= timedelta(minutes=2)


async def test_share_follows(hass: HomeAssistant, time: TimeMachine) -> None:
    """The share follows the sun: down at once, up with patience, and never beyond."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, FOLLOWING)
        await day.stay(PLENTY, 45)
        machine = day.miners[0].machine
        assert machine.physics.percent == 1
        await day.stay(2500, 3)
        assert machine.physics.percent == pytest.approx(0.65, abs=0.06)
        assert day.house.grid < 0
        await day.stay(3300, 1)
        assert machine.physics.percent == pytest.approx(0.65, abs=0.06)
        await day.stay(3300, 8)
        assert machine.physics.percent == pytest.approx(0.9, abs=0.06)
        commands = [each.command for each in day.miners[0].log].count("set_power_pct")
        assert commands <= 5
        # A single kettle lowers it, and stops nothing.
        await day.stay(1100, 4)
        assert machine.physics.percent == pytest.approx(0.4)
        await day.stay(3300, 10)
        assert day.starts() == 1
        assert day.mines()


async def test_pace(hass: HomeAssistant, time: TimeMachine) -> None:
    """The share is raised only so often, and lowered as often as needed."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, FOLLOWING, pace={"minutes": 20}, up_for={"minutes": 1})
        await day.stay(PLENTY, 45)
        machine = day.miners[0].machine
        await day.stay(1700, 5)
        shares = []
        for surplus in range(2000, 3500, 300):
            await day.stay(surplus, 5)
            shares.append(machine.physics.percent)
        assert len({round(share, 2) for share in shares}) == 2
        await day.stay(1700, 2)
        assert machine.physics.percent < 0.5


async def test_stay_at_the_lowest_share(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that heats is not stopped when the lowest share is too much."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, FOLLOWING, below_floor="stay", floor=50)
        await day.stay(PLENTY, 45)
        await day.stay(NOTHING, 60)
        assert day.mines()
        assert day.miners[0].machine.physics.percent == pytest.approx(0.5)


async def test_only_whole(hass: HomeAssistant, time: TimeMachine) -> None:
    """With 100 % as the lowest share it is on and off."""
    async with a_day(hass, time, start="12:00") as day:
        await solar(day, FOLLOWING, floor=100)
        await day.stay(PLENTY, 45)
        await day.stay(NOTHING, 8)
        assert not day.mines()


async def test_share_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that takes no share is asked once a minute at most."""
    async with a_day(hass, time, start="14:00") as day:
        await solar(day, FOLLOWING)
        await day.stay(PLENTY, 45)
        day.miners[0].log.clear()
        day.miners[0].faults.refuse["set_power_pct"] = 132
        await day.stay(1500, 10)
        commands = [each.command for each in day.miners[0].log].count("set_power_pct")
        assert 1 <= commands <= 10
