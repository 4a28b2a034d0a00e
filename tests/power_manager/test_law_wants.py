"""Who gets power: several miners, requests, the minimum, miners that are held."""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from random import Random

import pytest

from custom_components.whatsminer.power_manager.law.machine import power_at
from custom_components.whatsminer.power_manager.law.models import Action, Reason, Want
from custom_components.whatsminer.power_manager.settings import Priority

from .rig import FULL, LOWEST, NOW, OFF, SOLAR, Rig, request, runs, stands, tunes


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


@pytest.mark.parametrize(
    ("surplus", "reason"),
    [
        (1400, Reason.NO_SURPLUS),
        (2900, Reason.NO_POWER_LEFT),
        # There is enough, but not for long enough yet.
        (6000, Reason.NO_SURPLUS),
    ],
)
def test_why_the_next_does_not_start(surplus: float, reason: Reason) -> None:
    """The others take the power where there would be enough without them."""
    rig = Rig(runs("a"), stands("b"))
    rig.go_on(0, 5)
    assert rig.step(surplus).parts["b"].reason is reason


def test_last_is_stopped_first() -> None:
    """Of two miners in a shortage only the last one stops, when that is enough."""
    rig = Rig(runs("a"), runs("b"))
    rig.go_on(6600, 10)
    rig.go_on(1600, 60)
    assert rig.of(Action.STOP, "b")
    assert not rig.of(Action.STOP, "a")


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


@pytest.mark.parametrize("part", [0.75, 0.99])
@pytest.mark.parametrize(
    "want",
    [
        lambda power: request(power),
        lambda power: replace(SOLAR, minimum=power, minimum_reason=Reason.HEAT),
        lambda power: replace(SOLAR, minimum=power, minimum_reason=Reason.CHEAP),
    ],
    ids=["request", "heat", "cheap"],
)
def test_fixed_power_follows_no_noise(
    part: float, want: Callable[[float], Want]
) -> None:
    """What is measured wavers by some percent; the power percent stays for all that."""
    random, power = Random(1), part * FULL
    rig = Rig(runs(), want=want(power))
    for _ in range(240):
        drawn = power_at(FULL, rig.miners["a"].percent or 0)
        rig.set(power=drawn * random.gauss(1, 0.013))
        rig.step(-300, 30)
    assert len(rig.of(Action.PERCENT)) <= 3
    assert drawn == pytest.approx(power, abs=0.02 * FULL)
