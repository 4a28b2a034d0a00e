"""How late a meter is, found out by what the miners do."""

from collections import deque

import pytest

from custom_components.whatsminer.power_manager.law.drawn import Drawn
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
    """What the power of many wavers by is no change for which no report counts."""
    drawn = Drawn()
    owns = [50_000.0 if index // 10 % 2 else 100_000.0 for index in range(60)]
    owns += [100_000.0 + 1000 * (index % 2) for index in range(40)]
    for index in range(2, len(owns)):
        now, before = 10.0 * index, owns[index - 2]
        drawn.add(owns[index], 0, now)
        found = drawn.within(before - 120_000, now - 10, now, 0)
        if index > 70:
            assert found is not None
            assert found[0] == pytest.approx(before, rel=0.02)
