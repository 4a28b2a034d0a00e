"""Orders that are refused, late or lost, and clocks that jump: what the law makes of it."""

from dataclasses import replace

import pytest

from custom_components.whatsminer.power_manager.law.law import Law
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Outcome,
    Plan,
    Readings,
    Reason,
    Source,
)

from .rig import FULL, SOLAR, Rig, a_start, runs, stands


def test_refused_percent_counts_with_what_it_draws() -> None:
    """A miner that is not to be lowered is stopped when the sun is gone."""
    rig = Rig(runs())
    rig.refuses.add(("a", Action.PERCENT))
    rig.go_on(3300, 30)
    plan = rig.go_on(0, 1)
    assert plan.parts["a"].reason is Reason.NOT_STEERABLE or rig.of(Action.STOP)
    rig.go_on(0, 10)
    assert rig.of(Action.STOP)
    # It is asked again, but not all the time.
    assert len(rig.of(Action.PERCENT)) < 6


def test_refused_percent_is_followed_when_it_works_again() -> None:
    """What refused once is asked again."""
    rig = Rig(runs())
    rig.refuses.add(("a", Action.PERCENT))
    rig.go_on(2500, 3)
    rig.refuses.clear()
    rig.go_on(2500, 10)
    assert (rig.miners["a"].power or 0) < 2500


def test_one_that_refuses_blocks_no_other() -> None:
    """Neither a start, nor a stop, nor a percent."""
    rig = Rig(stands("a"), stands("b"))
    rig.refuses.add(("a", Action.START))
    rig.go_on(5000, 15)
    assert rig.of(Action.START, "b")
    rig = Rig(runs("a"), runs("b"))
    rig.refuses.add(("b", Action.STOP))
    rig.go_on(6600, 5)
    rig.go_on(0, 60)
    assert rig.of(Action.STOP, "a")
    # Once in two minutes at most.
    assert len(rig.of(Action.STOP, "b")) <= 31
    rig = Rig(runs("a"), runs("b"))
    rig.refuses.add(("a", Action.PERCENT))
    rig.go_on(5500, 5)
    assert (rig.miners["b"].power or 0) == pytest.approx(2200, abs=50)


def test_restarts_below_a_percent() -> None:
    """A miner that restarts soon after it was lowered is not lowered so far again."""
    rig = Rig(runs())
    rig.go_on(3300, 2)
    rig.step(1500)
    assert rig.miners["a"].percent == 40
    rig.go_on(1500, 2)
    rig.set(is_steerable=False, last_start=rig.now, power=2500.0, percent=100)
    plan = rig.step(1500)
    assert plan.raised == {"a": 50}
    rig.go_on(1500, 10)
    rig.set(is_steerable=True)
    rig.go_on(1500, 1)
    assert rig.miners["a"].percent == 50
    assert rig.step(1500).raised == {}


def test_a_start_by_the_manager_is_no_restart() -> None:
    """What was ordered raises no floor."""
    rig = Rig(runs())
    rig.go_on(3000, 2)
    rig.step(1500)
    rig.law.note(a_start(), Outcome.CONFIRMED, rig.now)
    rig.set(last_start=rig.now)
    assert rig.step(1500).raised == {}


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_start_that_nobody_waited_for(is_killed: bool) -> None:
    """It counts, because it may have happened, and it was not refused."""
    rig = Rig(runs(), stands("b"))
    rig.go_on(3000, 2)
    rig.step(1500)
    if not is_killed:
        rig.law.note(a_start(), Outcome.UNKNOWN, rig.now)
    stored = rig.law.dump()
    if is_killed:
        stored["miners"]["a"] |= {"pending": "start", "pending_since": rig.now}
    rig.law = Law(rig.settings, stored)
    known = rig.law.dump()["miners"]["a"]
    assert (known["starts"], known["refusals"]) == (1, {})
    rig.set(last_start=rig.now)
    assert rig.step(1500).raised == {}


def test_a_start_by_hand_is_no_restart() -> None:
    """Who commands a miner may start it, whatever its percent was."""
    rig = Rig(runs())
    rig.go_on(3300, 2)
    rig.step(1500)
    rig.law.note_manual("a", rig.now)
    rig.go_on(1500, 2)
    rig.set(last_start=rig.now)
    assert rig.step(1500).raised == {}


def test_a_start_after_a_stop_is_no_restart() -> None:
    """A miner that the manager has stopped did not fail, whoever starts it."""
    rig = Rig(runs())
    rig.go_on(3300, 2)
    rig.step(1500)
    stop = replace(a_start(), action=Action.STOP)
    rig.law.note(stop, Outcome.CONFIRMED, rig.now)
    rig.set(mining=False, is_steerable=False, percent=None)
    rig.step(1500)
    rig.set(mining=True, last_start=rig.now)
    assert rig.step(1500).raised == {}


@pytest.mark.parametrize(("by_hand", "said"), [(False, Action.PERCENT), (True, None)])
def test_a_percent_by_hand_is_not_lost(by_hand: bool, said: Action | None) -> None:
    """A miner that goes back from its percent twice refuses it; but not for a person."""
    rig = Rig(runs())
    disproved = None
    for watts in (2500, 2000):
        rig.go_on(watts, 4)
        if by_hand:
            rig.law.note_manual("a", rig.now)
        rig.set(percent=100)
        disproved = rig.step(watts).disproved.get("a")
    assert disproved is said


@pytest.mark.parametrize("given", [2000.0, 5000.0, None])
def test_wrong_full_power(given: float | None) -> None:
    """A power that the options have wrong is soon known better: nothing swings."""
    rig = Rig(runs(full_power=given))
    rig.go_on(2500, 5)
    rig.orders.clear()
    rig.go_on(2500, 10)
    assert not rig.orders
    assert (rig.miners["a"].power or 0) == pytest.approx(2500, abs=60)


def test_paused_leaves_no_trace() -> None:
    """Orders that nobody carried out are neither starts nor refusals."""
    rig = Rig(stands())
    rig.go_on(0, 6)
    for _ in range(60):
        rig.now += 10
        rig.source = Source(grid=-5000, taken_at=rig.now)
        plan = _step_paused(rig)
    assert [each.action for each in plan.orders] == [Action.START]
    assert rig.law.dump()["miners"]["a"]["starts"] == 0
    rig.step(5000)
    assert rig.of(Action.START)


def _step_paused(rig: Rig) -> Plan:
    """Step as a paused manager does."""
    plan = rig.law.step(
        Readings(
            now=rig.now,
            day="2026-05-14",
            want=SOLAR,
            source=rig.source,
            miners=tuple(rig.miners.values()),
        )
    )
    for order in plan.orders:
        rig.law.note(order, Outcome.SUPERSEDED, rig.now)
    return plan


def test_busy_miners_are_waited_for() -> None:
    """What is under way is not disturbed by wants."""
    rig = Rig(runs(is_busy=True))
    rig.go_on(2000, 2)
    assert not rig.orders


def test_commands_are_bounded() -> None:
    """A meter that reports each second, and jumps, does not make a storm of commands."""
    rig = Rig(runs())
    for index in range(600):
        rig.step(2000 + 900 * (index % 2), 1)
    assert len(rig.orders) <= 120


def test_a_reading_that_is_a_mean_settles_later() -> None:
    """Firmware that reports means of five minutes does not spoil what is learned."""
    rig = Rig(runs(power_span=300))
    rig.go_on(3300, 7)
    rig.step(1500)
    rig.set(power=2900.0)
    rig.go_on(1500, 4)
    assert rig.law.dump()["miners"]["a"]["full"] == pytest.approx(FULL, rel=0.01)
    assert rig.miners["a"].percent == 40


def test_unreachable_miners_are_counted() -> None:
    """One that does not answer still draws what it drew."""
    rig = Rig(runs("a", mining=None, is_reachable=False), runs("b"))
    plan = rig.go_on(5500, 2)
    assert plan.parts["a"].reason is Reason.UNREACHABLE
    assert not [each for each in rig.orders if each.miner == "a"]
    assert (rig.miners["b"].power or 0) == pytest.approx(2200, abs=60)


def test_slept() -> None:
    """A machine that slept for hours after a command goes on with the next step."""
    rig = Rig(runs())
    rig.go_on(2500, 10)
    rig.step(1500)
    assert rig.of(Action.PERCENT)[-1].value == 40
    rig.now += 5 * 3600
    rig.go_on(3000, 1)
    assert rig.drawn == pytest.approx(3000, abs=50)


@pytest.mark.parametrize("reloads", [False, True])
@pytest.mark.parametrize("days", [0.1, 30])
def test_clock_set_back(days: float, reloads: bool) -> None:
    """Nothing waits for a time that the clock has taken back."""
    rig = Rig(runs())
    rig.go_on(2500, 10)
    rig.now -= days * 86400
    rig.set(last_start=rig.now - 7200)
    if reloads:
        rig.reload()
    rig.go_on(2000, 1)
    assert rig.drawn == pytest.approx(2000, abs=50)
