"""The days that the law is measured by, and the ideal that it is compared with."""

import json

import numpy as np
import pytest

from .days import Day
from .ideal import find_ideal, taken
from .kinds import KINDS, make_day
from .machine import HOUR_STEPS, ramp_curve
from .player import grid_without


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_day(kind: str) -> None:
    """A day comes from its kind and its seed, and another seed is another day."""
    day, again, other = make_day(kind, 1), make_day(kind, 1), make_day(kind, 2)
    assert np.array_equal(day.pv, again.pv)
    assert np.array_equal(day.load, again.load)
    assert len(day.pv) == len(day.load)
    assert day.pv.min() >= 0
    assert day.load.min() >= 0
    assert not np.array_equal(day.load[:500], other.load[:500])
    # It begins and ends without sun.
    assert day.pv[0] < 500
    assert day.pv[-1] < 500


def test_file() -> None:
    """A day of a file is as the file has it."""
    data = {
        "name": "x",
        "step": 10,
        "date": "2026-05-14",
        "timezone": "Europe/Berlin",
        "start": "06:00",
        "pv": [1, 2],
        "load": [3, 4],
        "battery": {"kwh": 5, "power": 2000, "lag": 7, "charge": 20},
        "meter": {"every": 60, "mean": True},
        "miners": [{"model": "M50S_VH50", "power": 3300}],
        "manager": {"least_run": 20},
    }
    day = Day.from_file(json.loads(json.dumps(data)))
    assert (day.every, day.mean, day.miners) == (60, True, (3300,))
    assert day.battery is not None
    assert day.battery.kwh == 5
    assert day.manager == {"least_run": 20}


def test_ideal_of_a_plain_day() -> None:
    """Six hours of 3 kW: one run, its ramp paid for, and all of the surplus used."""
    grid = np.full(10 * HOUR_STEPS, 300.0)
    grid[2 * HOUR_STEPS : 8 * HOUR_STEPS] = -3000
    ideal = find_ideal(grid, [3300])
    assert ideal.starts == 1
    on = np.flatnonzero(ideal.power)
    assert 1.8 * HOUR_STEPS < on[0] < 2.2 * HOUR_STEPS
    assert on[-1] == 8 * HOUR_STEPS - 1
    assert ideal.score == pytest.approx(17.5, abs=0.5)


def test_ideal_stays_off() -> None:
    """What is not worth a start is not started for."""
    grid = np.full(4 * HOUR_STEPS, 300.0)
    grid[HOUR_STEPS : HOUR_STEPS + 60] = -3000
    assert find_ideal(grid, [3300]).mined == 0


def test_ideal_by_trying_all() -> None:
    """On a short day no single run is better than what the ideal finds."""
    rng = np.random.default_rng(1)
    grid = np.repeat(rng.uniform(-4500, 500, 10), 60)
    curve = ramp_curve(3300)
    steered = np.clip(-grid, 1477.2, 3300)
    best = 0.0
    for start in range(0, len(grid), 10):
        for end in range(start + 180, len(grid) + 1, 10):
            power = np.zeros(len(grid))
            power[start:end] = steered[start:end]
            ramp = curve[: end - start]
            power[start : start + len(ramp)] = ramp
            best = max(best, float((power - 4 * taken(grid, power)).sum()))
    found = find_ideal(grid, [3300])
    assert found.score * 360_000 >= best - 1
    # Nothing but the ends of steps of 100 s may be better.
    assert found.score * 360_000 <= best * 1.05


def test_battery_takes_first() -> None:
    """A battery leaves less to feed in, and gives in the evening."""
    day = make_day("battery", 1)
    grid, energy = grid_without(day)
    before = day.load - day.pv
    assert day.battery is not None
    assert np.maximum(0, -grid).sum() < np.maximum(0, -before).sum()
    assert np.maximum(0, grid).sum() < np.maximum(0, before).sum()
    assert 0 <= energy <= day.battery.kwh
