"""The charger that evcc takes a power manager for."""

from dataclasses import dataclass
from enum import StrEnum

from .law.models import Mode

# V at which evcc counts its A.
_VOLTS = 230


class ChargerStatus(StrEnum):
    """What a charger does, in words that evcc knows."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    CHARGING = "charging"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """What evcc has set."""

    is_on: bool = False
    current: int = 0
    """A."""

    def watts(self, phases: int) -> float:
        """Return the W that it would charge with."""
        return float(self.is_on * self.current * _VOLTS * phases)


def charger_status(mode: Mode, miners_mining: int | None) -> ChargerStatus:
    """Return what it does: a car is there while others request the power."""
    if mode is not Mode.EXTERNAL:
        return ChargerStatus.DISCONNECTED
    return ChargerStatus.CHARGING if miners_mining else ChargerStatus.CONNECTED
