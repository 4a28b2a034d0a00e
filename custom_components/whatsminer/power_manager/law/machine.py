"""What a miner draws at which power percent, as far as all of them are alike."""

from math import floor, inf

RAMP = 1369.0
"""s from a start until a miner can be steered, as recorded."""
RAMP_PART = 0.73
"""Part of its full power that it draws in the mean until then."""
IDLE_POWER = 262.0
"""W that a miner draws whose chips do not hash yet (recorded on an M60-class machine)."""
_MOST_IDLE_PART = 0.1
"""A small machine draws no more than this part of its full power so."""


def power_at(full: float, percent: float) -> float:
    """Return the W that a tuned miner draws at a power percent."""
    idle = min(IDLE_POWER, _MOST_IDLE_PART * full)
    return idle + (full - idle) * percent / 100


def full_power(power: float, percent: float) -> float:
    """Return the W at 100 % of a miner that draws so much at a power percent."""
    full = (power - IDLE_POWER) * 100 / percent + IDLE_POWER
    if full * _MOST_IDLE_PART >= IDLE_POWER:
        return full
    return power / (_MOST_IDLE_PART + (1 - _MOST_IDLE_PART) * percent / 100)


def percent_within(full: float, power: float) -> int:
    """Return the highest power percent at which a miner draws no more than so much."""
    if power == inf:
        return 100
    idle = min(IDLE_POWER, _MOST_IDLE_PART * full)
    if full <= idle:
        return 100 if power >= full else 0
    # A W that arithmetic loses is none.
    return max(0, min(100, floor((power - idle) / (full - idle) * 100 + 1e-6)))


def efficiency_rank(efficiency: float | None) -> int:
    """Return where a miner stands by its J/TH, the lowest first; unknown is the last.

    Whole J/TH: what is only measured a little better does not change who comes first.
    """
    return round(efficiency or 1000.0)
