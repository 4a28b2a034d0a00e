"""A start at low power: what is asked of one miner next, until it is undone."""

from math import ceil

from .models import Action
from .units import Unit

type _Asked = tuple[Action, float | None]


def next_to_start(unit: Unit) -> _Asked:
    """Return what starts a miner; where it starts low, that is set before."""
    if unit.starts_low and not unit.is_low:
        return Action.LOW_START, round(unit.lowest)
    if unit.is_low and not unit.starts_low and unit.can_restore:
        return restored(unit)
    return Action.START, None


def restored(unit: Unit) -> _Asked:
    """Return what gives a miner back the power that it starts with."""
    return Action.RESTORE_START, unit.known.power.given_start


def next_to_raise(unit: Unit) -> _Asked:
    """Return what ends the low start of a miner that is to draw more.

    Its percent is lowered before: of its whole power the lowest percent is what it
    draws now, and there is no jump. A miner takes a percent only once it is tuned to
    the end. A start power that is sent earlier acts only from the next start on.
    """
    lowest = ceil(unit.lowest_percent)
    is_obeyed = not unit.reading.is_percent_guessed
    if is_obeyed and (unit.reading.percent or 0.0) <= lowest:
        return restored(unit)
    return Action.PERCENT, lowest
