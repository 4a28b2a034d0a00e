"""What the law never does, whatever happens: found by trying to make it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.errors import HypothesisWarning
import pytest

from custom_components.whatsminer.power_manager.law.machine import power_at
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Ceiling,
    Limit,
    Mode,
    Order,
    Reason,
    Want,
)
from custom_components.whatsminer.power_manager.law.wants import Asked, want

from .rig import FULL, LOWEST, OFF, SOLAR, Rig, request, stands

# Of hypothesis itself, on this Python.
pytestmark = pytest.mark.filterwarnings(
    f"ignore::{HypothesisWarning.__module__}.{HypothesisWarning.__name__}"
)

KEYS = ("a", "b", "c")
LEAST_REST, STARTS = 10.0, 3


@dataclass(frozen=True)
class Event:
    """Something that happens, and for how long it goes on."""

    surplus: float | None
    minutes: float
    want: Want
    ceilings: dict[str, float]
    refused: frozenset[tuple[str, Action]]
    tuned: frozenset[str]
    held: frozenset[str]


def _automatic(**asked: Any) -> Want:
    """Return what is wanted in the mode Automatic."""
    return want(
        Mode.AUTOMATIC,
        None,
        [stands(each) for each in KEYS],
        all_minimum=False,
        now=0,
        asked=Asked(**asked),
    )


_KEYS = st.sampled_from(KEYS)
_EVENTS = st.builds(
    Event,
    surplus=st.none() | st.integers(-3000, 12000).map(float),
    minutes=st.sampled_from([0.5, 3, 12, 31]),
    want=st.one_of(
        st.just(SOLAR),
        st.just(Want(reason=Reason.SURPLUS, minimum=LOWEST, follows_surplus=True)),
        # In the mode Automatic: surplus beside what is cheap, heated or kept up, which
        # may be all, or without it.
        st.builds(
            _automatic,
            surplus=st.booleans(),
            cheap=st.sampled_from([0.0, 1000.0, 5000.0, inf]),
            heat=st.integers(0, 10000).map(float),
            minimum=st.booleans(),
        ),
        st.just(Want(reason=Reason.FULL, power=inf)),
        st.integers(0, 10000).map(float).map(request),
    ),
    ceilings=st.dictionaries(_KEYS, st.integers(0, 4000).map(float)),
    refused=st.frozensets(
        st.tuples(_KEYS, st.sampled_from(list(Action)[:3])), max_size=2
    ),
    tuned=st.frozensets(_KEYS),
    held=st.frozensets(_KEYS, max_size=1),
)


class Watched(Rig):
    """A rig that looks at each step and each order."""

    def __init__(self, **more: Any) -> None:
        """Begin with three miners that stand."""
        miners = (stands(each) for each in KEYS)
        super().__init__(*miners, least_rest=LEAST_REST, starts_per_day=STARTS, **more)

    def happen(self, event: Event) -> None:
        """Let something happen, and go on for a while."""
        self.want = event.want
        # What was refused until now is tried again within a minute.
        self.retries = {key for key, _ in self.refuses}
        self.refuses = set(event.refused)
        for key, reading in self.miners.items():
            power = event.ceilings.get(key)
            ceiling = None if power is None else Ceiling(power=power, limit=Limit.FUSE)
            is_tuned = bool(reading.mining and key in event.tuned)
            self.set(key, ceiling=ceiling, is_held=key in event.held)
            if is_tuned and not reading.is_steerable:
                self.set(key, is_steerable=True, power=FULL)
        for index in range(max(3, round(event.minutes * 2))):
            if index == 2:
                self.retries = set()
            before = dict(self.miners)
            count = len(self.orders)
            self.step(event.surplus, 30)
            self.look(before, self.orders[count:])

    def look(self, before: dict[str, Any], orders: Iterable[Order]) -> None:
        """Check what one step has done."""
        for order in orders:
            reading = before[order.miner]
            ceiling = reading.ceiling.power if reading.ceiling else float("inf")
            if order.action is Action.START:
                assert not reading.mining
                assert not reading.is_held
                assert reading.starts_today < STARTS
                assert self.now - (reading.last_stop or 0) >= LEAST_REST * 60
                assert ceiling >= FULL
            elif order.action is Action.PERCENT:
                assert order.value is not None
                assert reading.lowest_percent <= order.value <= 100
                assert power_at(FULL, order.value) <= ceiling + 1
            if reading.is_held:
                assert isinstance(order.reason, Limit)
        for key, reading in self.miners.items():
            refused = any(each == key for each, _ in self.refuses)
            refused = refused or key in self.retries
            if reading.ceiling and reading.mining and not refused:
                assert (reading.power or 0) <= reading.ceiling.power * 1.01 + 1


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(_EVENTS, max_size=5))
def test_promises(events: list[Event]) -> None:
    """No start too early, too often or above a ceiling; a ceiling holds after one step."""
    rig = Watched()
    for event in events:
        rig.happen(event)
    # Stopping is always possible.
    rig.refuses = set()
    rig.want = OFF
    for key in KEYS:
        rig.set(key, is_held=False, ceiling=None)
    for _ in range(5):
        rig.step(9000, 30)
    assert not any(each.mining for each in rig.miners.values())


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(_EVENTS, max_size=4))
def test_same_inputs_same_decisions(events: list[Event]) -> None:
    """Nothing depends on chance."""
    first, second = Watched(), Watched()
    for event in events:
        first.happen(event)
        second.happen(event)
    assert first.orders == second.orders


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(_EVENTS, min_size=1, max_size=4), st.data())
def test_killed_at_any_time(events: list[Event], data: st.DataObject) -> None:
    """What was promised holds also for a law that goes on from what was stored."""
    rig = Watched()
    for event in events:
        rig.happen(event)
        if data.draw(st.booleans()):
            rig.reload()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(_EVENTS, max_size=3), st.sampled_from([0.0, 2500.0, inf]))
def test_reasons_join(events: list[Event], cheap: float) -> None:
    """What is cheap is drawn with and without sun; where all reasons end, all stop."""
    rig = Watched()
    for event in events:
        rig.happen(event)
    rig.refuses = set()
    for each in KEYS:
        rig.set(each, is_held=False, ceiling=None, starts_today=0)
    for surplus in (0.0, 4000.0):
        rig.want = _automatic(surplus=True, cheap=cheap)
        rig.go_on(surplus, 40, every=30)
        for each in KEYS:
            if rig.miners[each].mining and not rig.miners[each].is_steerable:
                rig.set(each, is_steerable=True, power=FULL)
        rig.go_on(surplus, 120, every=30)
        drawn = sum(each.power or 0 for each in rig.miners.values() if each.mining)
        wanted = min(max(cheap, surplus), FULL * len(KEYS))
        assert 0.8 * wanted <= drawn <= 1.05 * wanted
    rig.want = _automatic(surplus=False)
    rig.go_on(9000, 120, every=30)
    assert not any(each.mining for each in rig.miners.values())


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(_EVENTS, max_size=3), _KEYS)
def test_a_refusal_keeps_nothing_running(events: list[Event], key: str) -> None:
    """Without sun all are stopped within budget and least run, whatever one refuses."""
    rig = Watched()
    for event in events:
        rig.happen(event)
    for each in KEYS:
        rig.set(each, is_held=False, ceiling=None)
        if rig.miners[each].mining:
            rig.set(each, is_steerable=True)
    rig.want, rig.refuses = SOLAR, {(key, Action.PERCENT)}
    rig.go_on(0, 120, every=30)
    assert not any(each.mining for each in rig.miners.values())
