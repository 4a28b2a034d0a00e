"""What the law does under a ceiling."""

from dataclasses import replace

import pytest

from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Ceiling,
    Limit,
    MinerReading,
    Reason,
)

from .rig import LOWEST, NOW, Rig, runs, stands, tunes


def _cap(power: float, limit: Limit = Limit.POWER_CAP) -> Ceiling:
    """Return a ceiling."""
    return Ceiling(power=power, limit=limit)


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("surplus", [None, 5000])
def test_ceiling_throttles_at_once(held: bool, surplus: float | None) -> None:
    """What is tuned comes below it with a percent, whether the meter reports or not."""
    rig = Rig(runs(is_held=held))
    rig.set(ceiling=_cap(2000), is_busy=True)
    plan = rig.step(surplus)
    (order,) = plan.orders
    assert order.at_once
    assert order.reason is Limit.POWER_CAP
    assert (rig.miners["a"].power or 0) <= 2000
    assert plan.parts["a"].reason is Limit.POWER_CAP


@pytest.mark.parametrize(
    "reading",
    [
        runs(last_start=NOW - 60),
        runs(is_held=True),
        tunes(),
        tunes(power=None),
        runs(can_percent=False),
    ],
)
def test_ceiling_stops_at_once(reading: MinerReading) -> None:
    """What cannot come below it stops, however short it has run."""
    rig = Rig(replace(reading, ceiling=_cap(0, Limit.FUSE), is_busy=True))
    (order,) = rig.step(5000).orders
    assert order.action is Action.STOP
    assert order.reason is Limit.FUSE
    assert order.at_once


@pytest.mark.parametrize("held", [False, True])
def test_lowest_percent_of_what_takes_no_stop(held: bool) -> None:
    """No percent is below the lowest, also where nothing else can be done."""
    rig = Rig(runs(is_held=held, can_switch=False, lowest_percent=40))
    rig.set(ceiling=_cap(500))
    (order,) = rig.step(5000).orders
    assert (order.action, order.value) == (Action.PERCENT, 40)


def test_ceiling_at_the_lowest_power() -> None:
    """What was learned of its powers meanwhile does not stop a miner."""
    rig = Rig(runs())
    rig.go_on(5000, 2)
    rig.set(power=3310.0, ceiling=_cap(LOWEST))
    (order,) = rig.step(5000).orders
    assert (order.action, order.value) == (Action.PERCENT, 40)


def test_limit_of_what_is_held() -> None:
    """It is the reason as long as it lets a held miner draw no more, or not mine at all."""
    rig = Rig(runs(is_held=True, percent=60))

    def reason(ceiling: Ceiling | None) -> Reason | Limit:
        """Return why the miner does what it does, once that has been done."""
        rig.set(ceiling=ceiling)
        rig.step(5000)
        return rig.step(5000).parts["a"].reason

    assert reason(_cap(3000)) is Reason.HELD
    assert reason(_cap(1800)) is Limit.POWER_CAP
    assert reason(None) is Reason.HELD
    assert reason(_cap(500)) is Limit.POWER_CAP
    assert rig.of(Action.STOP)
    assert reason(None) is Reason.HELD
    # Stopped by hand, it is not off because of the limit.
    rig.law.note_manual("a", rig.now + 2)
    assert reason(_cap(500)) is Reason.HELD


def test_ceiling_leaves_what_tunes_below_it() -> None:
    """A miner that tunes is stopped when it draws more, not before."""
    rig = Rig(tunes(power=1500.0, ceiling=_cap(2000)))
    assert not rig.step(5000).orders
    rig.set(power=2100.0)
    assert [each.action for each in rig.step(5000).orders] == [Action.STOP]


def test_ceiling_forbids_a_start_that_would_break_it() -> None:
    """On its ramp nothing throttles a miner: it does not start into a ceiling."""
    rig = Rig(stands(ceiling=_cap(2500)))
    plan = rig.go_on(8000, 30)
    assert not rig.orders
    assert plan.parts["a"].reason is Limit.POWER_CAP


def test_refused_stop_is_tried_again() -> None:
    """A ceiling goes on asking."""
    rig = Rig(runs(ceiling=_cap(0)))
    rig.refuses.add(("a", Action.STOP))
    rig.go_on(None, 10)
    assert 10 <= len(rig.of(Action.STOP)) <= 16
    rig.refuses.clear()
    rig.go_on(None, 3)
    assert not rig.miners["a"].mining
