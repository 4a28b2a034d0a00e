"""How the law starts a miner at its lowest power."""

from dataclasses import replace

import pytest

from custom_components.whatsminer.power_manager.law.law import Law
from custom_components.whatsminer.power_manager.law.machine import power_at
from custom_components.whatsminer.power_manager.law.models import Action

from .rig import FULL, LOWEST, Rig, stands


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


def test_low_start_of_one_that_tunes_to_the_end() -> None:
    """It says that it is tuned, and is not: it gets its power back once it takes a percent."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    rig.refuses.add(("a", Action.PERCENT))
    rig.set(is_steerable=True, power=LOWEST)
    rig.go_on(5000, 5)
    assert rig.of(Action.PERCENT)
    assert not rig.of(Action.RESTORE_START)
    rig.refuses.clear()
    rig.go_on(5000, 10)
    assert len(rig.of(Action.RESTORE_START)) == 1
    assert rig.miners["a"].percent == 100


def test_low_start_of_one_that_reports_no_percent() -> None:
    """A percent that only follows from the power is no proof that it obeys one."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    rig.refuses.add(("a", Action.PERCENT))
    rig.set(is_steerable=True, power=LOWEST, percent=40, is_percent_guessed=True)
    rig.go_on(5000, 5)
    assert rig.of(Action.PERCENT)
    assert not rig.of(Action.RESTORE_START)


def test_lowest_percent_is_whole() -> None:
    """A miner takes whole percents: one below the lowest would be too low."""
    rig = Rig(stands(can_low_start=True, lowest_percent=42.6), low_start=True)
    rig.go_on(2400, 6)
    rig.set(is_steerable=True, power=LOWEST)
    rig.go_on(2800, 1)
    assert rig.of(Action.PERCENT)[0].value == 43


def test_low_power_is_not_learned_as_full_power() -> None:
    """What it drew before it got its power back says nothing of its full power."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    rig.set(is_steerable=True, power=LOWEST)
    while not rig.of(Action.RESTORE_START):
        rig.step(2500)
    rig.set(power=power_at(LOWEST, 40))
    rig.step(2500)
    rig.set(power=LOWEST)
    rig.go_on(2500, 3)
    assert rig.law.dump()["miners"]["a"]["full"] == pytest.approx(FULL, rel=0.01)


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


def test_low_start_is_not_there() -> None:
    """The surplus of the moment has to be as much as if the option was off."""
    for low_start in (False, True):
        rig = Rig(stands(), low_start=low_start)
        rig.go_on(2200, 8)
        assert not rig.orders
        rig.go_on(2400, 1)
        assert [each.action for each in rig.orders] == [Action.START]


def test_ignored_low_start_that_is_stopped() -> None:
    """It gets one order at a time, also while its start power cannot be restored."""
    rig = Rig(stands(can_low_start=True), low_start=True)
    rig.go_on(1400, 6)
    rig.refuses.add(("a", Action.RESTORE_START))
    rig.set(is_steerable=True, power=FULL)
    plans = [rig.step(2500) for _ in range(300)]
    plans += [rig.step(-FULL) for _ in range(600)]
    assert rig.of(Action.RESTORE_START)
    assert rig.of(Action.STOP)
    assert max(len(each.orders) for each in plans) == 1
