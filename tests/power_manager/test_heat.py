"""Heat: the target is held with few starts, and a room is never made too warm."""

from collections.abc import Callable
from dataclasses import replace
from statistics import mean

import pytest

from custom_components.whatsminer.power_manager.law.heat import (
    Heat,
    HeatReading,
    HeatRule,
    RoomCeiling,
)

from .heat_player import (
    DAY,
    FULL,
    LOWEST,
    STEP,
    Week,
    counted,
    held,
    on_off,
    play,
    tank,
    throttling,
    transition,
    winter,
)

RULE = HeatRule()
MINUTE = 60 // STEP
READING = HeatReading(
    now=0,
    temperature=21,
    target=21,
    power=0,
    is_mining=False,
    is_steerable=False,
    lowest=1400,
    full=3500,
    most=3500,
)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", [winter, transition, tank])
def test_weeks(kind: Callable[[int], Week], seed: int) -> None:
    """The target is held where it can be, with few starts."""
    week = kind(seed)
    played = play(week, throttling(RULE))
    assert len(counted(week)) > DAY
    assert held(week, played) >= 0.95
    assert played.most_starts() <= 2
    for tolerance in (0.25, 0.5):
        assert len(played.starts) <= len(play(week, on_off(tolerance)).starts) / 2


@pytest.mark.parametrize("capacity", [2, 5, 15])
@pytest.mark.parametrize("target", [20.0, 22.0])
def test_rooms_of_any_size(capacity: float, target: float) -> None:
    """Neither a small nor a large room swings, from too cold or too warm."""
    week = Week(capacity, 0.1, 21, [-3.0], [target], steps=4 * DAY)
    played = play(week, throttling(RULE))
    assert held(week, played) >= 0.95
    assert len(played.starts) == 1
    last = played.temperatures[3 * DAY :]
    assert max(last) - min(last) < 0.3
    assert mean(last) == pytest.approx(target, abs=0.1)


def test_small_tank() -> None:
    """A tank that needs little has fewer starts if it may be warmer and colder."""
    week = replace(tank(1, standby=0.2, part=0.4), loss_kw_per_k=0.02)
    close = play(week, throttling(RULE))
    wide = play(week, throttling(replace(RULE, start_below=1.5, stop_above=2)))
    assert len(wide.starts) <= len(close.starts) / 2
    assert wide.most_starts() <= 2
    assert min(wide.temperatures[DAY:]) > 48


def test_surplus_ends_at_the_upper_temperature() -> None:
    """Surplus is taken beyond the demand, but no room gets warmer than allowed."""
    sun = [FULL if 10 <= step * 24 / DAY % 24 < 16 else 0 for step in range(3 * DAY)]
    week = Week(2, 0.12, 21, [8.0], [21.0], surplus=sun, steps=3 * DAY)
    free = play(week, throttling(RULE))
    assert max(free.temperatures) > 23.5
    played = play(week, throttling(RULE), upper=22.5)
    assert 22.3 < max(played.temperatures) < 23.5
    nights = [
        temperature
        for step, temperature in enumerate(played.temperatures)
        if not 9 <= step * 24 / DAY % 24 < 20
    ]
    assert min(nights) > 20.5


@pytest.mark.parametrize(
    ("temperature", "demand", "power", "is_steerable"),
    [
        pytest.param(21.1, 2000, 3500, True, id="surplus"),
        pytest.param(20.9, 2000, 1400, True, id="ceiling"),
        pytest.param(20.95, 2350, 2350, False, id="ramp"),
        pytest.param(20.5, 3500, 3500, True, id="too cold"),
        pytest.param(21.4, 1400, 1400, True, id="too warm"),
    ],
)
def test_what_teaches_nothing(
    temperature: float, demand: float, power: float, is_steerable: bool
) -> None:
    """What the room loses is learned only from power that heat asks for and can change."""
    heat = Heat({"learned": 2000.0, "demand": demand})
    room = replace(
        READING,
        temperature=temperature,
        power=power,
        is_mining=True,
        is_steerable=is_steerable,
    )
    for step in range(60):
        heat.step(replace(room, now=step * 60), RULE)
    assert heat.dump()["learned"] == 2000


def test_learned_is_kept() -> None:
    """After a restart it goes on as before."""
    heat = Heat({"learned": 2000.0, "demand": 2000.0})
    again = Heat(heat.dump())
    room = replace(READING, power=2000, is_mining=True, is_steerable=True)
    assert again.step(room, RULE) == 2000


def test_unknown_temperature() -> None:
    """A temperature that is not known is no demand."""
    heat = Heat({"demand": 2000.0})
    assert heat.step(replace(READING, temperature=None), RULE) is None
    assert heat.demand == 0


def test_heat_off() -> None:
    """While heat is off nothing is asked for, however cold it is."""
    heat = Heat({"demand": 2000.0})
    assert heat.step(replace(READING, temperature=5, target=None), RULE) == 0


def test_start_is_worth_it() -> None:
    """Nothing starts for less than a run at the lowest power would give."""
    assert Heat().step(replace(READING, temperature=20.7), RULE) == 0
    assert Heat().step(replace(READING, temperature=20.6), RULE) == 3500
    # With a wide band so little is missing that the ramp alone would be too much.
    assert Heat({"learned": 0.0}).step(
        replace(READING, temperature=20.6), replace(RULE, band=2)
    ) == pytest.approx(0)


def test_no_least_run() -> None:
    """A run that may be short is worth a start as soon as it is cold."""
    rule = replace(RULE, least_run=0)
    assert Heat().step(replace(READING, temperature=20.7), rule) == 0
    assert Heat({"learned": 0.0}).step(replace(READING, temperature=20.6), rule)


def test_what_mines_costs_no_start() -> None:
    """Miners that mine for another reason go on for heat without the distance."""
    mining = replace(READING, temperature=20.9, is_mining=True, is_steerable=True)
    assert Heat().step(mining, RULE) == pytest.approx(2100)
    assert Heat().step(replace(mining, temperature=21.1), RULE) == 0


def test_start_before_it_is_too_cold() -> None:
    """A temperature that falls fast starts earlier: the ramp gives little at first."""
    slow, fast = Heat(), Heat()
    for minute in range(11):
        for heat, rate in ((slow, 0.001), (fast, 0.02)):
            room = replace(
                READING, now=minute * 60, temperature=20.8 + (10 - minute) * rate
            )
            heat.step(room, RULE)
    assert slow.demand == 0
    assert fast.demand >= LOWEST


def test_steps_and_pace() -> None:
    """The power changes in steps, and not all the time."""
    heat = Heat({"learned": 2000.0, "demand": 2000.0})
    room = replace(READING, power=2000, is_mining=True, is_steerable=True)
    assert heat.step(replace(room, now=0, temperature=20.98), RULE) == 2000
    lower = heat.step(replace(room, now=10, temperature=21.05), RULE)
    assert lower == pytest.approx(1650, abs=5)
    assert heat.step(replace(room, now=20, temperature=20.8), RULE) == lower
    higher = heat.step(replace(room, now=320, temperature=20.8), RULE)
    assert higher == pytest.approx(3400, abs=60)


def test_throttles_before_it_stops() -> None:
    """Above the target the lowest power comes first, then the stop."""
    heat = Heat({"learned": 2000.0, "demand": 2000.0})
    room = replace(READING, power=1400, is_mining=True, is_steerable=True)
    heat.demand = 1500
    assert heat.step(replace(room, now=0, temperature=21.3), RULE) == 1400
    assert heat.step(replace(room, now=10, temperature=21.44), RULE) == 1400
    assert heat.step(replace(room, now=20, temperature=21.46), RULE) == 0


@pytest.mark.parametrize(
    ("temperature", "is_closed", "power"),
    [
        (22, False, 3500),
        (23.5, False, 3500),
        (23.75, False, 2450),
        (24, False, 0),
        (25, False, 0),
        (23.5, True, 0),
        (23, True, 3500),
    ],
)
def test_room_ceiling(temperature: float, is_closed: bool, power: float) -> None:
    """A room throttles, closes at its upper temperature, and opens once it is cooler."""
    ceiling = RoomCeiling(24)
    is_closed = ceiling.closes(temperature, is_closed=is_closed)
    assert (0 if is_closed else ceiling.power(temperature, 1400, 3500)) == power
