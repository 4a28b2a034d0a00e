"""The household in which miners are tried."""

from itertools import pairwise

import pytest

from custom_components.whatsminer.power_manager.options.stored import unreadable
from scripts.demo_home.day_folder import options
from scripts.demo_home.homes import Homes
from scripts.demo_home.meters import METERS
from tests.household import KINDS, MINUTES, Household, Kind, make_day


@pytest.mark.parametrize("kind", KINDS)
def test_day_comes_from_the_seed(kind: Kind) -> None:
    """The same seed gives the same day, another seed another one."""
    day = make_day(kind, seed=3)
    assert day == make_day(kind, seed=3)
    assert day != make_day(kind, seed=4)
    assert [len(day), day[0].time, day[-1].time] == [MINUTES, "00:00", "23:59"]


@pytest.mark.parametrize("kind", KINDS)
def test_day_looks_like_one(kind: Kind) -> None:
    """The sun shines by day, the house always draws, prices hold for an hour."""
    day = make_day(kind)
    assert all(minute.load > 0 for minute in day)
    assert max(minute.pv for minute in day) > 7000
    assert not any(minute.pv for minute in day[: 5 * 60] + day[21 * 60 :])
    for before, now in pairwise(day):
        assert before.price == now.price or now.time.endswith(":00")


def test_clouds() -> None:
    """Clouds take light, and come and go."""
    sunny, cloudy = make_day("sunny")[600:900], make_day("cloudy")[600:900]
    assert sum(each.pv for each in cloudy) < 0.8 * sum(each.pv for each in sunny)
    assert sum(abs(a.pv - b.pv) > 1000 for a, b in pairwise(cloudy)) > 10
    assert not any(abs(a.pv - b.pv) > 1000 for a, b in pairwise(sunny))


def test_grid_without_battery() -> None:
    """What is missing comes from the grid, positive; what is left goes there."""
    house = Household()
    house.step(pv=1000, load=500, miners=3300, seconds=3600)
    assert house.grid == 2800
    house.step(pv=5000, load=500, miners=0, seconds=1800)
    assert house.grid == -4500
    assert house.imported == pytest.approx(2.8)
    assert house.exported == pytest.approx(2.25)
    assert house.mined == pytest.approx(3.3)


def test_battery_takes_and_gives_within_its_limits() -> None:
    """It is never more than full, less than empty, or faster than 4 kW."""
    house = Household(battery=5, charge=50)
    house.step(pv=6000, load=0, miners=0)
    assert house.grid == -2000
    house.step(pv=0, load=0, miners=6000)
    assert house.grid == 2000
    for _ in range(60):
        house.step(pv=6000, load=0, miners=0)
    assert house.charge == 100
    assert house.grid == -6000
    for _ in range(120):
        house.step(pv=0, load=0, miners=3300)
    assert house.charge == 0
    assert house.grid == 3300


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("battery", [0, 5])
def test_energy_is_neither_made_nor_lost(kind: Kind, battery: float) -> None:
    """What comes in goes somewhere; only charging the battery costs something."""
    house = Household(battery=battery, charge=40)
    came, went, charged = 0.0, 0.0, 0.0
    for minute in make_day(kind):
        before = house.charge
        house.step(minute.pv, minute.load, miners=1500)
        came += minute.pv / 60000
        went += (minute.load + 1500) / 60000
        charged += max(0, house.charge - before) * battery / 100
    stored = (house.charge - 40) * battery / 100 + charged * (1 / 0.95 - 1)
    assert came + house.imported == pytest.approx(went + house.exported + stored)


def test_demo_reads_all_meters() -> None:
    """Each sensor of the demo's day has a value, and each value a sensor."""
    values = Homes().read(make_day("cloudy")[0], power=14)
    assert set(values) == set(METERS)


@pytest.mark.parametrize("speed", [1.0, 144.0, 1000.0])
def test_demo_has_options_that_are_read(speed: float) -> None:
    """The power manager of the demo's day runs, at each speed."""
    assert unreadable(options(speed)) == []
