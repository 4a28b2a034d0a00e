"""What mining has cost and earned today, a step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from ...stored_numbers import stored_if_any, stored_number
from ..totals import LONGEST, Used
from .tariff import Rates

_DAY: Final = 86400.0
# Of what was used or made, so much may lack a price before the sum is unknown.
_GAPS: Final = 0.02


@dataclass(slots=True)
class Money:
    """Adds up what amounts cost; those whose price is not known are kept apart.

    A sum begins with the first price of its source: what was used before there was one
    is no gap.
    """

    value: float = 0.0
    priced: float = 0.0
    """Amount whose price was known."""
    unpriced: float = 0.0
    since: float | None = None
    """When it was begun; 0: before today; None: not yet."""

    @property
    def known(self) -> float | None:
        """Return the sum; None if it was not begun, or the price of too much is not known."""
        gaps = _GAPS * (self.priced + self.unpriced)
        return None if self.since is None or self.unpriced > gaps else self.value

    def anew(self) -> Money:
        """Return that of a new day."""
        return Money(since=None if self.since is None else 0.0)

    def begin(self, now: float) -> None:
        """Begin, unless that was done."""
        self.since = now if self.since is None else self.since

    def take(self, amount: float, price: float | None) -> None:
        """Add an amount, if the sum was begun."""
        if self.since is None:
            return
        if price is None:
            self.unpriced += amount
            return
        self.value += amount * price
        self.priced += amount

    def as_json(self) -> list[float | None]:
        """Return it as JSON has it."""
        return [self.value, self.priced, self.unpriced, self.since]

    @classmethod
    def from_json(cls, stored: list[Any]) -> Self:
        """Go on from what was stored; raises ValueError when it makes no sense."""
        *sums, since = stored
        value, priced, unpriced = map(stored_number, sums)
        return cls(value, priced, unpriced, stored_if_any(since))


@dataclass(slots=True, kw_only=True)
class Costs:
    """What a local day has cost and earned."""

    day: str = ""
    cost: Money = field(default_factory=Money)
    """By kWh: what the grid gave, and what surplus would have earned."""
    earned: Money = field(default_factory=Money)
    """By TH/s and day."""
    _at: float | None = None

    def take(
        self,
        day: str,
        now: float,
        rates: Rates,
        *,
        used: Used,
        hashrate: float | None,
    ) -> None:
        """Count a step: the kWh that were used, and the TH/s."""
        if day != self.day:
            self.day = day
            self.cost, self.earned = self.cost.anew(), self.earned.anew()
        if not rates.has_price:
            self.cost = Money()
        elif rates.price is not None:
            self.cost.begin(now)
        if not rates.has_hash_price:
            self.earned = Money()
        elif rates.hash_price is not None:
            self.earned.begin(now)
        self.cost.take(used.surplus, rates.feed_in)
        self.cost.take(used.grid, rates.price)
        self.cost.take(used.unknown, None)
        seconds = 0.0 if self._at is None else now - self._at
        self._at = now
        if hashrate and 0 < seconds <= LONGEST:
            self.earned.take(hashrate * seconds / _DAY, rates.hash_price)

    def as_json(self) -> dict[str, Any]:
        """Return what has to outlast a restart."""
        return {
            "day": self.day,
            "cost": self.cost.as_json(),
            "earned": self.earned.as_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Go on from what was stored; raises ValueError when it makes no sense."""
        cost, earned = (Money.from_json(stored[key]) for key in ("cost", "earned"))
        return cls(day=str(stored["day"]), cost=cost, earned=earned)
