"""What asks for power: one number for all miners, and why.

The place for more reasons, such as cheap hours or heat: each becomes a want.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from .machine import power_at
from .models import MinerReading, Mode, Reason, Want

# V at which evcc counts its A.
_VOLTS = 230


@dataclass(frozen=True, slots=True)
class Request:
    """Power that somebody else asks for."""

    watts: float
    expires: float | None
    """None: it counts until the next."""

    def is_alive(self, now: float) -> bool:
        """Return whether it still counts."""
        return self.expires is None or now < self.expires


def want(
    mode: Mode,
    request: Request | None,
    miners: Sequence[MinerReading],
    *,
    all_minimum: bool,
    now: float,
) -> Want:
    """Return what is wanted in a mode; a paused manager shows what *Solar* would do."""
    match mode:
        case Mode.OFF:
            return Want(reason=Reason.OFF, power=0, at_once=True)
        case Mode.FULL:
            return Want(reason=Reason.FULL, power=inf)
        case Mode.EXTERNAL:
            if request is None or not request.is_alive(now):
                return Want(reason=Reason.REQUEST_EXPIRED, power=0)
            return Want(reason=Reason.REQUEST, power=request.watts)
        case Mode.MINIMUM_SOLAR:
            kept = miners if all_minimum else miners[:1]
            minimum = sum(lowest_power(each) for each in kept)
            return Want(reason=Reason.SURPLUS, minimum=minimum, follows_surplus=True)
    return Want(reason=Reason.SURPLUS, follows_surplus=True)


def lowest_power(miner: MinerReading) -> float:
    """Return the least W that a miner draws while it mines, as far as it is known."""
    full = miner.full_power or miner.power or 0.0
    return power_at(full, miner.lowest_percent)


def charger_watts(enable: bool, current: int, phases: int) -> float:
    """Return the W that evcc asks for as it would ask a charger."""
    return float(enable * current * _VOLTS * phases)
