"""What a miner draws at which power percent, as far as all of them are alike."""

from math import floor, inf

DARK = 262.0
"""W that a miner draws whose chips do not hash yet (recorded on an M60-class machine)."""
_MOST_DARK = 0.1
"""A small machine draws no more than this part of its full power so."""


def power_at(full: float, percent: float) -> float:
    """Return the W that a tuned miner draws at a power percent."""
    dark = min(DARK, _MOST_DARK * full)
    return dark + (full - dark) * percent / 100


def full_power(power: float, percent: float) -> float:
    """Return the W at 100 % of a miner that draws so much at a power percent."""
    full = (power - DARK) * 100 / percent + DARK
    if full * _MOST_DARK >= DARK:
        return full
    return power / (_MOST_DARK + (1 - _MOST_DARK) * percent / 100)


def percent_within(full: float, power: float) -> int:
    """Return the highest power percent at which a miner draws no more than so much."""
    if power == inf:
        return 100
    dark = min(DARK, _MOST_DARK * full)
    if full <= dark:
        return 100 if power >= full else 0
    # A W that arithmetic loses is none.
    return max(0, min(100, floor((power - dark) / (full - dark) * 100 + 1e-6)))


def efficiency_rank(efficiency: float | None) -> int:
    """Return where a miner stands by its J/TH, the lowest first; unknown is the last.

    Whole J/TH: what is only measured a little better does not change who comes first.
    """
    return round(efficiency or 1000.0)
