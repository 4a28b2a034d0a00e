"""What asks for power: one number for all miners, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from .machine import power_at
from .models import MinerReading, Mode, Reason, Want


@dataclass(frozen=True, slots=True)
class Request:
    """Power that somebody else asks for."""

    watts: float
    expires: float | None
    """None: it counts until the next."""


def alive(request: Request | None, now: float) -> Request | None:
    """Return a request that still counts; None if there is none, or it has expired."""
    if request is None or request.expires is None:
        return request
    return request if now < request.expires else None


def earlier(request: Request | None, seconds: float) -> Request | None:
    """Return a request after the clock was set back: it counts no longer for that."""
    if request is None or request.expires is None:
        return request
    return Request(request.watts, request.expires - seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asks for power in the mode *Automatic*, in W for all miners."""

    surplus: bool = True
    """Surplus is a reason to mine now."""
    cheap: float = 0.0
    """What is wanted because electricity is cheap; infinity: all they can draw."""
    heat: float = 0.0
    """What is wanted to heat."""
    minimum: bool = False
    """The lowest power is kept up."""
    later: bool = False
    """Heat, or a cheap time, may ask for a start later on."""


def want(
    mode: Mode,
    request: Request | None,
    miners: Sequence[MinerReading],
    *,
    all_minimum: bool,
    now: float,
    asked: Asked | None = None,
) -> Want:
    """Return what is wanted in a mode; a paused manager shows what *Solar* would do."""
    match mode:
        case Mode.OFF:
            return Want(reason=Reason.OFF, power=0, at_once=True)
        case Mode.FULL:
            return Want(reason=Reason.FULL, power=inf)
        case Mode.EXTERNAL:
            if (request := alive(request, now)) is None:
                return Want(reason=Reason.REQUEST_EXPIRED, power=0)
            return Want(reason=Reason.REQUEST, power=request.watts)
        case Mode.MINIMUM_SOLAR:
            asked = Asked(minimum=True)
        case Mode.AUTOMATIC:
            asked = asked or Asked()
        case Mode.SOLAR | Mode.PAUSED:
            asked = Asked()
    able = [each for each in miners if each.takes_commands]
    return _largest(asked, able if all_minimum else able[:1])


def _largest(asked: Asked, kept: Sequence[MinerReading]) -> Want:
    """Return the largest of what asks for power.

    The surplus is not known here: what asks besides it is the minimum of the law, which
    follows the surplus above that.
    """
    lowest = sum(lowest_power(each) for each in kept) if asked.minimum else 0.0
    # Of two that ask for the same the first is named.
    power, reason = max(
        (asked.cheap, Reason.CHEAP),
        (asked.heat, Reason.HEAT),
        (lowest, Reason.MINIMUM),
        key=lambda each: each[0],
    )
    if not asked.surplus:
        return Want(reason=reason if power else Reason.NOTHING_WANTED, power=power)
    return Want(
        reason=Reason.SURPLUS,
        follows_surplus=True,
        kept_starts=int(asked.later),
        minimum=power,
        minimum_reason=reason if power else Reason.MINIMUM,
        minimum_miners=len(kept) if asked.minimum else 0,
    )


def lowest_power(miner: MinerReading) -> float:
    """Return the least W that a miner draws while it mines, as far as it is known."""
    full = miner.full_power or miner.power or 0.0
    return power_at(full, miner.lowest_percent)
