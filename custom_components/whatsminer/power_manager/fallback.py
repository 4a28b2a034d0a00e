"""Keeps the limits while a fault keeps a manager from deciding.

It needs as little as it can, and only ever lowers or stops a miner.
"""

from math import ceil
from typing import Final

from .law.machine import percent_within
from .law.models import Action, Ceiling, Limit, MinerReading, Mode, Order
from .law.wants import lowest_power
from .settings import Settings, WhenLost

# What is measured may be above a ceiling by so much: miners are not that exact.
_TOLERANCE: Final = 1.01


class Fallback:
    """Knows since when it is needed, and what it has ordered."""

    def __init__(self, settings: Settings) -> None:
        """Begin without a fault."""
        self._settings = settings
        self._since: float | None = None
        self._lasts = 0.0
        self._is_off = False
        self._ordered: dict[str, Order] = {}

    def end(self) -> None:
        """Leave the miners to the law again."""
        self._since = None
        self._ordered.clear()

    def begin(self, now: float, mode: Mode) -> None:
        """Be needed from now on, if it is not already."""
        self._is_off = mode is Mode.OFF
        self._since = now if self._since is None else min(self._since, now)
        self._lasts = now - self._since

    def order(
        self, reading: MinerReading, ceiling: Ceiling | None, *, is_sent: bool
    ) -> Order | None:
        """Return what brings a miner below its ceiling; None: nothing has to.

        What did not help is followed by a stop; `is_sent`: it is still under way.
        """
        ceiling = self._lowered(reading, ceiling)
        drawn = reading.power or 0.0
        if ceiling is None or not reading.mining or not reading.takes_commands:
            return None
        if 0 < drawn <= ceiling.power * _TOLERANCE:
            self._ordered.pop(reading.key, None)
            return None
        order = _order(reading, ceiling)
        if order == self._ordered.get(reading.key):
            if is_sent:
                return None
            order = _stop(reading, ceiling)
        if order is not None:
            self._ordered[reading.key] = order
        return order

    def _lowered(
        self, reading: MinerReading, ceiling: Ceiling | None
    ) -> Ceiling | None:
        """Return the ceiling while the mode is off, or after a while.

        Nobody has known then what the grid gives: as when the meter is lost.
        """
        if self._is_off and not reading.is_held:
            return Ceiling(power=0.0, limit=Limit.FAULT)
        if self._lasts <= 60 * self._settings.lost_after:
            return ceiling
        if self._settings.when_lost is WhenLost.STOP:
            return Ceiling(power=0.0, limit=Limit.FAULT)
        lowest = lowest_power(reading)
        if ceiling is not None and ceiling.power <= lowest:
            return ceiling
        return Ceiling(power=lowest, limit=Limit.FAULT)


def _order(reading: MinerReading, ceiling: Ceiling) -> Order | None:
    """Return a lower percent if there is one that is low enough, else a stop."""
    current = reading.percent
    if reading.is_steerable and reading.can_percent and current is not None:
        full = max(reading.full_power or 0.0, reading.power or 0.0)
        percent = percent_within(full, ceiling.power)
        if ceil(reading.lowest_percent) <= percent < current:
            return Order(
                miner=reading.key,
                action=Action.PERCENT,
                value=percent,
                reason=ceiling.limit,
                at_once=True,
            )
    return _stop(reading, ceiling)


def _stop(reading: MinerReading, ceiling: Ceiling) -> Order | None:
    """Return a stop, if the miner takes one."""
    if not reading.can_switch:
        return None
    return Order(
        miner=reading.key, action=Action.STOP, reason=ceiling.limit, at_once=True
    )
