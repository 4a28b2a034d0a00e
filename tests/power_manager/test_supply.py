"""What is available, out of what meters and miners report."""

import json
from math import inf
from typing import Any

import pytest

from custom_components.whatsminer.power_manager.law.models import Source
from custom_components.whatsminer.power_manager.law.supply import Supply
from custom_components.whatsminer.power_manager.settings import Settings


def _supply(**options: Any) -> Supply:
    """Return one that knows nothing yet."""
    return Supply(Settings(**options), {})


def test_own_power_is_added() -> None:
    """Available is what would be fed in if the miners stood still."""
    supply = _supply(residual=100.0)
    assert supply.read(Source(grid=-500, taken_at=10), 2000, 0, 10)
    assert supply.available == 2400


def test_no_meter_no_reading() -> None:
    """Nothing is made of what is not reported, lost, or known already."""
    supply = _supply()
    for source in (
        Source(),
        Source(grid=-500, taken_at=10, is_lost=True),
        Source(grid=None, taken_at=10),
    ):
        assert not supply.read(source, 2000, 0, 10)
    assert supply.available is None
    assert supply.read(Source(grid=-500, taken_at=10), 0, 0, 10)
    assert not supply.read(Source(grid=-900, taken_at=10), 0, 0, 20)
    assert supply.available == 500


def test_slow_meter_reports_a_mean() -> None:
    """What the miners drew on average belongs to what a slow meter reports."""
    supply = _supply()
    supply.read(Source(grid=0, taken_at=300), 0, 0, 300)
    for now in range(310, 610, 10):
        supply.read(Source(grid=0, taken_at=300), 0 if now < 450 else 3000, 0, now)
    # Half of the time 3 kW: 1.5 kW on average, all of it taken from the grid.
    supply.read(Source(grid=1500, taken_at=600), 3000, 0, 600)
    assert supply.available == pytest.approx(0, abs=60)


def test_mean_hides_half_of_a_fall() -> None:
    """What a mean shows of a fall goes on twice as far; what is at the moment, once."""
    expected = []
    for every in (300, 10):
        supply = _supply()
        for index, surplus in enumerate((4000, 4000, 3000)):
            now = (index + 1) * every
            supply.read(Source(grid=-surplus, taken_at=now), 0, 0, now)
        expected.append(supply.expected)
    assert expected == [1000, 2000]


def _read(supply: Supply, surplus: float, start: float, hours: float) -> float:
    """Read the same surplus each minute for some hours; return when they end."""
    end = start + hours * 3600
    for now in range(round(start), round(end), 60):
        supply.read(Source(grid=-surplus, taken_at=now), 0, 0, now)
    return end


def test_setting_sun() -> None:
    """What is half of the best, hours after that, lasts for a while along its line."""
    supply = _supply()
    noon = _read(supply, 6000, 36_000, 2)
    now = _read(supply, 3000, noon, 1.9)
    assert supply.lasts(1500, now) == inf
    now = _read(supply, 3000, now, 1.1)
    again = Supply(Settings(), json.loads(json.dumps(supply.as_json())))
    # 3 kW in three hours; half of that are left.
    assert supply.lasts(1500, now) == pytest.approx(1.5 * 3600, rel=0.03)
    again.read(Source(grid=-3000, taken_at=now), 0, 0, now)
    assert again.lasts(1500, now) == pytest.approx(1.5 * 3600, rel=0.03)
    assert again.lasts(3500, now) < 0
    # A dull afternoon is no evening.
    now = _read(supply, 3000, now, 3)
    assert supply.lasts(1500, now) == pytest.approx(3 * 3600, rel=0.03)


def test_sun_of_another_day() -> None:
    """In the morning yesterday's best is forgotten."""
    supply = _supply()
    evening = _read(supply, -300, _read(supply, 6000, 36_000, 2), 10)
    now = _read(supply, 2000, evening, 0.2)
    assert supply.lasts(1500, now) == inf
    now = _read(supply, 1800, now, 3)
    assert supply.lasts(1500, now) == inf


def test_mean() -> None:
    """The mean covers the time that it is asked for, or is not known."""
    supply = _supply()
    for now in range(10, 310, 10):
        supply.read(Source(grid=-1000 if now < 200 else -3000, taken_at=now), 0, 0, now)
    assert supply.mean(1, 300) == pytest.approx(3000)
    assert supply.mean(4, 300) == pytest.approx(2000, abs=150)
    assert supply.mean(10, 300) is None


def test_outlasts_a_restart() -> None:
    """The window of the mean is kept, and a reading from before does not act again."""
    supply = _supply()
    for now in range(10, 310, 10):
        supply.read(Source(grid=-1000, taken_at=now), 0, 0, now)
    stored = json.loads(json.dumps(supply.as_json()))
    again = Supply(Settings(), stored)
    assert not again.read(Source(grid=-1000, taken_at=300), 0, 0, 310)
    assert again.read(Source(grid=-1000, taken_at=320), 0, 0, 320)
    assert again.mean(4, 320) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("charge", "expected"), [(30, 0.0), (79, 0.0), (80, 5000.0), (100, 5000.0)]
)
def test_battery_first(charge: float, expected: float) -> None:
    """What it takes is its own below its level, and the miners' above."""
    supply = _supply()
    supply.read(Source(grid=0, taken_at=10, battery=-5000, charge=charge), 0, 0, 10)
    assert supply.available == expected


def test_battery_stays_filled_for_a_while() -> None:
    """Between the two levels it is as it was."""
    supply = _supply()
    for now, charge, expected in ((10, 85, 3000), (20, 60, 3000), (30, 40, 0)):
        source = Source(grid=0, taken_at=now, battery=-3000, charge=charge)
        supply.read(source, 0, 0, now)
        assert supply.available == expected, charge


def test_battery_that_gives_is_no_surplus() -> None:
    """What comes out of the battery is missing in what is available."""
    supply = _supply()
    supply.read(Source(grid=0, taken_at=10, battery=2000, charge=90), 2500, 0, 10)
    assert supply.available == 500
    assert supply.backed is not None
    assert 500 < supply.backed < 2500
