"""How late a meter is, found out by what the miners do."""

from collections import deque

import pytest

from custom_components.whatsminer.power_manager.law.models import Action

from .rig import Rig, runs

MINUTE = 60


def _follow(rig: Rig, surpluses: tuple[float, ...], every: int, late: int) -> list[int]:
    """Return how many percents each surplus takes that lasts for ten minutes.

    The meter reports each `every` s what was so `late`.
    """
    grid = deque[float](maxlen=late // every + 1)
    counts = []
    for surplus in surpluses:
        before = len(rig.of(Action.PERCENT))
        for _ in range(10 * MINUTE // every):
            grid.append(rig.drawn - surplus)
            rig.step(rig.drawn - grid[0], every)
        assert surplus - 80 < rig.drawn <= surplus
        counts.append(len(rig.of(Action.PERCENT)) - before)
    return counts


@pytest.mark.parametrize(
    ("every", "late"), [(1, 4), (1, 7), (5, 15), (10, 10), (10, 30), (10, 60), (30, 60)]
)
def test_late_meter(every: int, late: int) -> None:
    """The power swings once or twice until that is known, and then no more."""
    counts = _follow(Rig(runs()), (2500, 1800, 3000, 2000, 2900), every, late)
    assert max(counts[2:]) <= 3


@pytest.mark.parametrize("every", [1, 5, 10, 30])
def test_meter_that_is_not_late(every: int) -> None:
    """One that is not is never taken for one that is: the first report is followed."""
    counts = _follow(Rig(runs()), (2500, 1800, 3000, 2000, 2900), every, 0)
    assert max(counts) <= 2


def test_many_miners() -> None:
    """What the power of many wavers by is no change: the meter does not seem to be lost."""
    rig = Rig(*(runs(f"{index}") for index in range(30)))
    for index in range(200):
        for key in rig.miners:
            rig.set(key, power=3300 + 300 * ((index + int(key)) % 3 - 1))
        assert rig.step(99_000).available == pytest.approx(99_000, abs=1)
