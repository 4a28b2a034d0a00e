"""The rules of the law, one by one."""

from dataclasses import replace
from math import inf

import pytest

from custom_components.whatsminer.power_manager.law import Law
from custom_components.whatsminer.power_manager.models import (
    Action,
    Ceiling,
    Limit,
    MinerReading,
    Order,
    Outcome,
    Plan,
    Readings,
    Reason,
    Source,
    Want,
)
from custom_components.whatsminer.power_manager.settings import Priority, WhenLost

from .rig import FULL, LOWEST, NOW, OFF, SOLAR, Rig, request, runs, stands, tunes


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
        rig.law.note(_start(), Outcome.CONFIRMED, NOW - 7200)
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


def _start(key: str = "a") -> Order:
    """Return an order to start."""
    return Order(miner=key, action=Action.START, reason=Reason.SURPLUS)


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
    rig.law.note(_start(), Outcome.CONFIRMED, rig.now)
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
    rig.law.note(_start(), Outcome.CONFIRMED, rig.now)
    rig.set(last_start=rig.now)
    assert rig.step(1500).raised == {}


@pytest.mark.parametrize("given", [2000.0, 5000.0, None])
def test_wrong_full_power(given: float | None) -> None:
    """A power that the options have wrong is soon known better: nothing swings."""
    rig = Rig(runs(full_power=given))
    rig.go_on(2500, 5)
    rig.orders.clear()
    rig.go_on(2500, 10)
    assert not rig.orders
    assert (rig.miners["a"].power or 0) == pytest.approx(2500, abs=60)


def test_two_miners_share_in_order() -> None:
    """The first of the list gets power first; both keep their lowest."""
    rig = Rig(runs("a"), runs("b"))
    rig.go_on(4800, 1)
    assert rig.miners["a"].percent == pytest.approx(100, abs=2)
    assert rig.miners["b"].percent == pytest.approx(40, abs=2)


def test_most_efficient_first() -> None:
    """By the option, the one that needs less for a hash gets power first."""
    rig = Rig(
        runs("a", efficiency=30), runs("b", efficiency=20), priority=Priority.EFFICIENCY
    )
    rig.go_on(4800, 2)
    assert (rig.miners["b"].percent or 0) > (rig.miners["a"].percent or 0)


def test_one_start_at_a_time() -> None:
    """The second waits, and the first counts before the meter shows it."""
    rig = Rig(stands("a"), stands("b"), between_starts=5)
    while not rig.orders:
        rig.step(8000)
    first = rig.now
    assert rig.step(8000).parts["b"].reason is Reason.ONE_AT_A_TIME
    while len(rig.orders) < 2:
        rig.step(8000)
    assert rig.now - first >= 300


def test_last_is_stopped_first() -> None:
    """Of two miners in a shortage only the last one stops, when that is enough."""
    rig = Rig(runs("a"), runs("b"))
    rig.go_on(6600, 10)
    rig.go_on(1600, 60)
    assert rig.of(Action.STOP, "b")
    assert not rig.of(Action.STOP, "a")


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


def test_off_stops_at_once() -> None:
    """Also what tunes, and what was just started."""
    rig = Rig(runs("a", last_start=NOW - 60), tunes("b", power=None), want=OFF)
    plan = rig.step()
    assert {each.miner for each in plan.orders} == {"a", "b"}
    assert all(each.action is Action.STOP and each.at_once for each in plan.orders)
    rig.go_on(8000, 60)
    assert len(rig.orders) == 2


def test_full() -> None:
    """All run at all that they can."""
    rig = Rig(
        runs("a", percent=60), stands("b"), want=Want(reason=Reason.FULL, power=inf)
    )
    plan = rig.go_on(None, 5)
    assert rig.miners["a"].percent == 100
    assert rig.of(Action.START, "b")
    assert plan.reason is Reason.FULL


def test_request() -> None:
    """What is requested rules alone; less than the lowest power of all stops some."""
    rig = Rig(runs("a"), runs("b"), want=request(6600))
    rig.go_on(0, 1)
    rig.want = request(4000)
    rig.step(0)
    assert rig.drawn == pytest.approx(4000, abs=40)
    rig.want = request(2000)
    rig.step(0)
    rig.step(0)
    assert not rig.miners["b"].mining
    assert rig.drawn == pytest.approx(2000, abs=50)
    rig.want = request(0)
    rig.step(9000)
    assert not rig.miners["a"].mining


def test_request_starts_what_it_needs() -> None:
    """One miner for what one can draw, both for more, and not both for what fits not."""
    rig = Rig(stands("a"), stands("b"), want=request(2500))
    rig.go_on(None, 40)
    assert rig.of(Action.START)
    assert not rig.of(Action.START, "b")
    rig = Rig(stands("a"), stands("b"), want=request(4000))
    rig.go_on(None, 20)
    # The first tunes and may come to draw 3.3 kW: with a second it would be too much.
    assert not rig.of(Action.START, "b")
    rig.set(is_steerable=True, power=FULL)
    rig.go_on(None, 1)
    assert rig.of(Action.START, "b")


def test_minimum_without_sun() -> None:
    """The minimum runs whatever the surplus, and follows it when there is more."""
    want = Want(reason=Reason.SURPLUS, minimum=LOWEST, follows_surplus=True)
    rig = Rig(stands("a"), stands("b"), want=want)
    rig.go_on(0, 2)
    assert rig.of(Action.START)
    rig.set(is_steerable=True, power=FULL)
    plan = rig.go_on(0, 120)
    assert rig.miners["a"].percent == 40
    assert plan.parts["a"].reason is Reason.MINIMUM
    assert not rig.of(Action.STOP)
    assert not rig.of(Action.START, "b")
    rig.go_on(2500, 1)
    assert (rig.miners["a"].power or 0) > 2400


def test_held_miners_are_left_as_they_are() -> None:
    """What others have set is counted, and not touched."""
    rig = Rig(runs("a", percent=70, is_held=True), runs("b"))
    plan = rig.go_on(4500, 5)
    assert plan.parts["a"].reason is Reason.HELD
    assert not [each for each in rig.orders if each.miner == "a"]
    assert rig.drawn == pytest.approx(4500, abs=60)
    rig.go_on(0, 60)
    assert not [each for each in rig.orders if each.miner == "a"]


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


def test_low_start() -> None:
    """Its power is lowered first, then it starts; later the rest is given back."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    kinds = [each.action for each in rig.orders]
    assert kinds == [Action.LOW_START, Action.START]
    assert rig.orders[0].value == round(LOWEST)
    assert list(rig.law.lowered) == ["a"]
    rig.set(is_steerable=True, power=LOWEST)
    rig.go_on(1500, 2)
    assert len(rig.orders) == 2
    rig.go_on(2500, 1)
    kinds = [each.action for each in rig.orders[2:]]
    assert kinds[:2] == [Action.PERCENT, Action.RESTORE_START]
    assert rig.orders[2].value == 40
    assert not list(rig.law.lowered)
    assert (rig.miners["a"].power or 0) == pytest.approx(2500, abs=60)


def test_low_start_is_undone() -> None:
    """What was lowered, also by a run that was killed, is restored when it is not wanted."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    rig.settings = replace(rig.settings, low_start=False)
    rig.reload()
    rig.set(mining=False, power=13.5)
    rig.go_on(0, 1)
    assert rig.of(Action.RESTORE_START)
    assert not list(rig.law.lowered)


def test_low_start_that_was_cut_off() -> None:
    """A run that was killed before the miner answered may have lowered it."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    stored = rig.law.dump()
    stored["miners"]["a"] |= {
        "low": None,
        "pending": Action.LOW_START,
        "pending_value": 900,
    }
    assert list(Law(rig.settings, stored).lowered) == ["a"]


def test_low_start_is_refused() -> None:
    """Then it starts as if the option was off."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.refuses.add(("a", Action.LOW_START))
    rig.go_on(3300, 8)
    assert [each.action for each in rig.orders][:2] == [Action.LOW_START, Action.START]


def test_unreachable_miners_are_counted() -> None:
    """One that does not answer still draws what it drew."""
    rig = Rig(runs("a", mining=None, is_reachable=False), runs("b"))
    plan = rig.go_on(5500, 2)
    assert plan.parts["a"].reason is Reason.UNREACHABLE
    assert not [each for each in rig.orders if each.miner == "a"]
    assert (rig.miners["b"].power or 0) == pytest.approx(2200, abs=60)


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
