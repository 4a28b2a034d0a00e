"""What the miners have drawn: energy, and where it came from today."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple, Self

from ..energy import WATT_SECONDS, EnergyMeter
from ..stored_numbers import stored_number
from .law.models import Readings

# s over which a power, or a hashrate, is believed to have lasted.
LONGEST = 60.0


class Used(NamedTuple):
    """kWh that the miners drew in one step, but for what the battery gave."""

    surplus: float = 0.0
    grid: float = 0.0
    unknown: float = 0.0
    """Nobody knows which of them it was."""


def drawn(readings: Readings) -> float | None:
    """Return the W that the miners draw together; None while none is known."""
    powers = [each.power for each in readings.miners if each.power is not None]
    return sum(powers) if powers else None


@dataclass(slots=True, kw_only=True)
class Totals:
    """Adds up what the miners draw, a step at a time."""

    day: str = ""
    surplus: float = 0.0
    """kWh of today that would have been fed in."""
    grid: float = 0.0
    """kWh of today that the grid gave."""
    available: float = 0.0
    """kWh of today that would have been fed in without miners."""
    heat: float = 0.0
    """kWh of today that heat asked for and got."""
    meter: EnergyMeter = field(default_factory=EnergyMeter)
    _at: float | None = None

    @property
    def surplus_used(self) -> float | None:
        """Return the % of the surplus that was used; None while there is none."""
        if self.available < 0.01:
            return None
        return min(100.0, 100 * self.surplus / self.available)

    def take(self, readings: Readings, demand: float) -> Used:
        """Count what the miners drew since the last step, and heat asked for in W.

        Returns where it came from. A meter that is lost does not say that.
        """
        source, now, power = readings.source, readings.now, drawn(readings)
        if readings.day != self.day:
            self.day = readings.day
            self.surplus = self.grid = self.available = self.heat = 0.0
        seconds = 0.0 if self._at is None else now - self._at
        self._at = now
        self.meter.take(power, moment=now, longest=LONGEST, most=inf)
        if power is None or not 0 < seconds <= LONGEST:
            return Used()
        kwh = seconds / WATT_SECONDS
        self.heat += min(power, demand) * kwh
        if source.grid is None or source.is_lost:
            return Used(unknown=power * kwh)
        unused = max(0.0, power - source.grid - max(0.0, source.battery or 0.0))
        self.available += unused * kwh
        surplus = min(power, unused) * kwh
        grid = min(power, max(0.0, source.grid)) * kwh
        self.surplus += surplus
        self.grid += grid
        return Used(surplus, grid)

    def as_json(self) -> dict[str, Any]:
        """Return what has to outlast a restart."""
        return {
            "day": self.day,
            "surplus": self.surplus,
            "grid": self.grid,
            "available": self.available,
            "heat": self.heat,
            "meter": self.meter.as_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Go on from what was stored; raises ValueError when it makes no sense."""
        return cls(
            day=str(stored["day"]),
            surplus=stored_number(stored["surplus"]),
            grid=stored_number(stored["grid"]),
            available=stored_number(stored["available"]),
            heat=stored_number(stored["heat"]),
            meter=EnergyMeter.from_json(stored["meter"]),
        )
