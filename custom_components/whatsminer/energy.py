"""Energy out of the power that each poll tells."""

from dataclasses import dataclass, field

# W times s in a kWh.
_WATT_SECONDS = 3_600_000


@dataclass(slots=True, kw_only=True)
class EnergyMeter:
    """Adds up energy between readings; what is not known is left out."""

    total: float = 0.0
    """kWh."""
    _last: tuple[float, float] | None = field(default=None, init=False)

    def take(self, power: float | None, *, moment: float, longest: float) -> None:
        """Count from the last reading to this one, in W and s, by the trapezoid rule.

        Nothing is counted from or to an unknown power, nor over more than `longest` s.
        """
        if power is None or power < 0:
            self._last = None
            return
        if self._last is not None:
            then, before = self._last
            if 0 < (seconds := moment - then) <= longest:
                self.total += (before + power) / 2 * seconds / _WATT_SECONDS
        self._last = moment, power
