"""A held miner stays as it was set; only its ceiling lowers it, for as long as it has to."""

from math import ceil, inf
from typing import Final

from .machine import percent_within
from .units import Unit

_AS_LOW: Final = 1
"""It counts as lowered by a ceiling up to so many % below it: both waver."""
_LITTLE: Final = 0.02
"""Part of its full power for which it is not raised: what is measured wavers."""


def to_lower(unit: Unit) -> float | None:
    """Return the percent to which its ceiling lowers a held miner; None: to none.

    Where the ceiling lets it draw no more, that is its reason.
    """
    ceiling, percents = unit.reading.ceiling, unit.known.percents
    if ceiling is None:
        return None
    if not unit.runs:
        # Stopped by hand, it is the hand that keeps it off.
        runs = unit.known.runs
        is_own = runs.stopped_at > runs.commanded_at
        if is_own and ceiling.power < unit.lowest:
            unit.reason = ceiling.limit
    elif unit.is_steerable:
        percent = percent_within(unit.full, ceiling.power)
        percent = max(ceil(unit.lowest_percent), percent)
        current = unit.reading.percent or 0.0
        if percent <= current + _AS_LOW:
            unit.reason = ceiling.limit
        if percent < current:
            if percents.lowered_hand is None:
                percents.by_hand = current
            return percent
    return None


def to_give_back(unit: Unit) -> float | None:
    """Return the percent to which a lowered one returns by now; None: to none.

    Only if it still has the one to which it was lowered: another one is newer.
    """
    percents, current = unit.known.percents, unit.reading.percent
    hand, lowered = percents.by_hand, percents.lowered_hand
    if hand is None or current is None or lowered is None or unit.reading.is_busy:
        return None
    if current != lowered or current >= hand:
        percents.forget_hand()
        return None
    goal = min(hand, percent_within(unit.full, unit.cap)) if unit.cap < inf else hand
    more = unit.draws_at(goal) - unit.draws_at(current)
    is_worth = more > 0 and (goal == hand or more > _LITTLE * unit.full)
    return goal if is_worth and unit.is_steerable and not unit.is_unmeasured else None
