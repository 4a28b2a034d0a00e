"""What mining has cost and earned today, a step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from .tariff import Rates
from .totals import LONGEST

_DAY: Final = 86400.0
# Of what was used or made, so much may lack a price before the sum is unknown.
_GAPS: Final = 0.02


@dataclass(slots=True)
class Money:
    """Adds up what amounts cost; those whose price is not known are kept apart."""

    value: float = 0.0
    priced: float = 0.0
    """Amount whose price was known."""
    unpriced: float = 0.0

    @property
    def known(self) -> float | None:
        """Return the sum; None if the price of too much is not known."""
        gaps = _GAPS * (self.priced + self.unpriced)
        return None if self.unpriced > gaps else self.value

    def take(self, amount: float, price: float | None) -> None:
        """Add an amount."""
        if price is None:
            self.unpriced += amount
            return
        self.value += amount * price
        self.priced += amount

    def as_json(self) -> list[float]:
        """Return it as JSON has it."""
        return [self.value, self.priced, self.unpriced]


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
        used: tuple[float, float],
        hashrate: float | None,
    ) -> None:
        """Count a step: the kWh of surplus and of the grid that were used, and TH/s."""
        if day != self.day:
            self.day, self.cost, self.earned = day, Money(), Money()
        surplus, grid = used
        self.cost.take(surplus, rates.feed_in)
        self.cost.take(grid, rates.price)
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
        cost, earned = (Money(*map(float, stored[key])) for key in ("cost", "earned"))
        return cls(day=str(stored["day"]), cost=cost, earned=earned)
