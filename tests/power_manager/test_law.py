"""The rules of the law for surplus: one miner follows, starts and stops."""

from dataclasses import replace

import pytest

from custom_components.whatsminer.power_manager.law.machine import power_at
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Outcome,
    Reason,
    Source,
)
from custom_components.whatsminer.power_manager.settings import WhenLost

from .rig import FULL, LOWEST, NOW, SOLAR, Rig, a_start, runs, stands


def test_follows_both_ways() -> None:
    """A miner that runs draws what there is, at each fresh reading."""
    rig = Rig(runs())
    rig.go_on(3300, 1)
    for surplus in (2500, 1800, 3000, 2000):
        rig.step(surplus)
        rig.step(surplus)
        assert surplus - 50 < (rig.miners["a"].power or 0) <= surplus


def test_falls_on() -> None:
    """What has fallen from one reading to the next is taken to fall on, once."""
    rig = Rig(runs())
    rig.go_on(3000, 1)
    rig.step(2600)
    assert rig.miners["a"].power == pytest.approx(2200, abs=40)
    rig.step(2600)
    assert rig.miners["a"].power == pytest.approx(2600, abs=40)


def test_lowest_is_no_small_step() -> None:
    """Down to its lowest power a miner follows, however little that is."""
    rig = Rig(runs())
    rig.go_on(LOWEST + 35, 1)
    assert rig.miners["a"].percent == 41
    rig.go_on(LOWEST - 10, 1)
    assert rig.miners["a"].percent == 40


def test_deadband() -> None:
    """A change that is not worth a command is not followed."""
    rig = Rig(runs())
    rig.step(2500)
    before = len(rig.orders)
    rig.step(2530)
    assert len(rig.orders) == before


def test_deadband_of_two() -> None:
    """What the others only waver by makes no small change a big one."""
    rig = Rig(runs("a"), runs("b"))
    rig.go_on(5000, 2)
    before = len(rig.orders)
    for power in (FULL - 40, FULL + 40):
        rig.set("a", power=power)
        rig.step(5035)
    assert len(rig.orders) == before


def test_old_reading_does_not_act_again() -> None:
    """Steps between two reports of a slow meter change nothing."""
    rig = Rig(runs())
    rig.step(2500, 300)
    rig.step(1800, 300)
    before = len(rig.orders)
    for _ in range(29):
        rig.step()
    assert len(rig.orders) == before


def test_reading_from_before_a_change_does_not_count() -> None:
    """What the meter reported before the last command took effect is out of date."""
    rig = Rig(runs())
    rig.step(2500)
    before = rig.miners["a"].percent
    # Reported at the moment of the order, looked at when it has taken effect.
    rig.source = Source(grid=FULL - 2500, taken_at=rig.now + 0.5)
    rig.step(seconds=2)
    assert rig.miners["a"].percent == before


def test_starts_on_the_mean() -> None:
    """A miner starts when the surplus was enough for some minutes, not on one reading."""
    rig = Rig(stands())
    rig.go_on(0, 10)
    rig.step(5000)
    assert not rig.orders
    plan = rig.go_on(5000, 6)
    assert [each.action for each in rig.orders] == [Action.START]
    assert plan.parts["a"].reason is Reason.STARTING


def test_starts_soon_after_home_assistant() -> None:
    """The mean of what was before a restart counts."""
    rig = Rig(stands())
    rig.go_on(5000, 3)
    rig.reload()
    rig.go_on(5000, 1.5)
    assert rig.of(Action.START)


def test_a_new_manager_waits_for_its_mean() -> None:
    """What nobody has measured is not assumed."""
    rig = Rig(stands())
    rig.go_on(5000, 3)
    assert not rig.orders


def test_a_miner_that_reports_no_power() -> None:
    """It is throttled by what it should draw, and not left at its full power."""
    rig = Rig(runs(power=None))
    for _ in range(180):
        drawn = power_at(FULL, rig.miners["a"].percent or 0)
        rig.now += 10
        rig.source = Source(grid=drawn - 2000, taken_at=rig.now)
        rig.step(seconds=0)
        rig.set(power=None)
    assert drawn == pytest.approx(2000, abs=100)
    assert len(rig.orders) <= 3


@pytest.mark.parametrize("surplus", [5000, None])
def test_a_miner_that_is_off_follows_nothing(surplus: float | None) -> None:
    """Before there is a mean, one that is off does not say that it follows the surplus."""
    parts = Rig(runs("a"), stands("b")).step(surplus).parts
    assert parts["a"].reason is Reason.SURPLUS
    assert parts["b"].reason is Reason.NO_SURPLUS


def test_each_start_asks_for_more() -> None:
    """After a few starts on one day the surplus has to be higher."""
    rig = Rig(stands(starts_today=3))
    rig.go_on(2500, 15)
    assert rig.of(Action.START)
    rig = Rig(stands())
    rig.step(0)
    for _ in range(2):
        rig.law.note(a_start(), Outcome.CONFIRMED, NOW - 7200)
    rig.go_on(2500, 15)
    assert not rig.orders
    rig.go_on(3200, 15)
    assert rig.of(Action.START)


@pytest.mark.parametrize("is_evening", [True, False])
def test_no_start_in_the_evening(is_evening: bool) -> None:
    """What is enough at noon is not when the surplus has been falling for hours."""
    rig = Rig(stands(can_switch=False))
    if is_evening:
        rig.go_on(8000, 30)
    for surplus in range(8000, 3000, -500):
        rig.go_on(surplus if is_evening else 0, 20)
    rig.set(can_switch=True)
    plan = rig.go_on(3000, 10)
    assert bool(rig.of(Action.START)) is not is_evening
    if is_evening:
        assert plan.parts["a"].reason is Reason.NO_SURPLUS


def test_stops_when_the_sun_is_gone() -> None:
    """At its lowest power first, then not at all."""
    rig = Rig(runs())
    rig.go_on(3000, 30)
    rig.step(0)
    assert rig.miners["a"].percent == 40
    rig.go_on(0, 45)
    (stop,) = rig.of(Action.STOP)
    assert stop.reason in (Reason.NO_SURPLUS, Reason.BUDGET_SPENT)
    assert rig.step(0).reason is Reason.NO_SURPLUS


def test_a_short_cloud_is_bridged() -> None:
    """Nobody stops for two minutes."""
    rig = Rig(runs())
    rig.go_on(3000, 30)
    plan = rig.go_on(500, 2)
    assert plan.parts["a"].reason is Reason.BRIDGING
    assert plan.reason is Reason.SURPLUS
    rig.go_on(3000, 5)
    assert not rig.of(Action.STOP)


def test_learns_how_long_clouds_are() -> None:
    """Where clouds last for half an hour each, the next one is not waited for."""
    waited = []
    for minutes in (3.0, 30.0):
        rig = Rig(runs(), grid_budget=10.0)
        for _ in range(12):
            rig.go_on(3000, 10)
            rig.go_on(0, minutes)
            rig.set(mining=True, is_steerable=True, percent=40, power=LOWEST)
        rig.go_on(3000, 10)
        rig.orders.clear()
        count = 0
        while not rig.of(Action.STOP):
            rig.step(300)
            count += 1
        waited.append(count)
    assert waited[1] < waited[0]


def test_budget_belongs_to_a_run() -> None:
    """What a run has taken counts after a restart, and the next run has its own."""
    rig = Rig(runs(), grid_budget=0.1)
    rig.go_on(3000, 5)
    rig.go_on(700, 5)
    spent = rig.law.dump()["miners"]["a"]["spent"]
    assert 0 < spent < 0.1
    rig.reload()
    assert rig.law.dump()["miners"]["a"]["spent"] == spent
    rig.law.note(a_start(), Outcome.CONFIRMED, rig.now)
    assert rig.law.dump()["miners"]["a"]["spent"] == 0


def test_least_run() -> None:
    """A miner that was just started runs on without sun, and the reason says so."""
    rig = Rig(runs(last_start=NOW - 600))
    plan = rig.go_on(0, 15)
    assert not rig.of(Action.STOP)
    assert plan.parts["a"].reason is Reason.LEAST_RUN
    rig.go_on(0, 30)
    assert rig.of(Action.STOP)


def test_least_rest() -> None:
    """A miner that was just stopped rests."""
    rig = Rig(stands(last_stop=NOW), least_rest=20)
    assert rig.go_on(5000, 19).parts["a"].reason is Reason.RESTING
    rig.go_on(5000, 2)
    assert rig.of(Action.START)


def test_starts_a_day() -> None:
    """After so many starts it is enough for today."""
    rig = Rig(stands(starts_today=2), starts_per_day=2)
    plan = rig.go_on(5000, 30)
    assert plan.parts["a"].reason is Reason.STARTS_SPENT
    assert not rig.orders


@pytest.mark.parametrize(
    ("most", "by_surplus"), [(3, True), (2, False), (1, False), (0, False)]
)
def test_start_that_is_kept(most: int, *, by_surplus: bool) -> None:
    """Surplus leaves a start of the day to heat or a cheap time, if there are several."""
    want = replace(SOLAR, kept_starts=1)
    rig = Rig(stands(starts_today=1), starts_per_day=most, want=want)
    plan = rig.go_on(5000, 30)
    assert bool(rig.of(Action.START)) is by_surplus
    assert (plan.reason is Reason.STARTS_SPENT) is not by_surplus
    rig = Rig(stands(starts_today=1), starts_per_day=most, want=want)
    rig.want = replace(want, minimum=FULL, minimum_reason=Reason.HEAT)
    rig.go_on(0, 1)
    assert bool(rig.of(Action.START)) is (most > 1)


def test_only_start_is_for_surplus() -> None:
    """Of a single start a day none is kept."""
    rig = Rig(stands(), starts_per_day=1, want=replace(SOLAR, kept_starts=1))
    rig.go_on(5000, 30)
    assert rig.of(Action.START)


def test_lost_meter_stops() -> None:
    """First nothing changes; once it is lost they stop."""
    rig = Rig(runs())
    rig.go_on(2500, 5)
    before = len(rig.orders)
    rig.go_on(None, 9)
    assert len(rig.orders) == before
    rig.source = replace(rig.source, is_lost=True)
    plan = rig.step()
    assert plan.reason is Reason.SOURCE_LOST
    assert rig.of(Action.STOP)


def test_lost_meter_lowest() -> None:
    """By the option they go on at their lowest power, and none starts."""
    rig = Rig(runs(), stands("b"), when_lost=WhenLost.LOWEST)
    rig.go_on(8000, 1)
    rig.source = replace(rig.source, is_lost=True)
    rig.go_on(None, 60)
    assert rig.miners["a"].percent == 40
    assert not rig.of(Action.STOP)
    assert not rig.of(Action.START, "b")


def test_unknown_meter_changes_nothing() -> None:
    """After a start of Home Assistant nothing is decided by what is not known."""
    rig = Rig(runs(percent=70), stands("b"))
    rig.go_on(None, 30)
    assert not rig.orders


@pytest.mark.parametrize(
    ("how", "reason"),
    [({"is_held": True}, Reason.HELD), ({"is_reachable": False}, Reason.UNREACHABLE)],
)
def test_reason_without_a_miner_to_command(
    how: dict[str, bool], reason: Reason
) -> None:
    """With surplus enough, it is not the surplus that they want for."""
    rig = Rig(runs("a", **how))
    assert rig.go_on(9000, 5).reason is reason


def test_battery_is_filled_first() -> None:
    """What the battery could take is not for miners until it is filled."""
    rig = Rig(stands())
    for _ in range(60):
        rig.source = Source(grid=-500, taken_at=rig.now + 10, battery=-5000, charge=40)
        plan = rig.step()
    assert plan.available == pytest.approx(500, abs=20)
    assert not rig.orders
    for _ in range(60):
        rig.source = replace(rig.source, taken_at=rig.now + 10, charge=85)
        plan = rig.step()
    assert rig.of(Action.START)
