"""The machine that days are played with and whose ideal is computed.

Off, then a ramp that nobody can steer, then a part of its power at once.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

type Watts = NDArray[np.float64]

STEP = 10.0
"""Seconds."""
HOUR_STEPS = 360
STANDBY = 13.5
DARK = 262.0
DARK_SECONDS = 47.0
RAMP_SECONDS = 1369.0
LOWEST_PERCENT = 40.0


def ramp_power(full: float, seconds: float, ramp: float = RAMP_SECONDS) -> float:
    """Return what a machine draws so long after its start, before it can be steered."""
    if seconds < DARK_SECONDS:
        return DARK
    progress = min(1.0, (seconds - DARK_SECONDS) / (ramp - DARK_SECONDS))
    return DARK + (full - DARK) * float(0.3 + 0.7 * (1 - (1 - progress) ** 1.6))


def tuned_power(full: float, percent: float) -> float:
    """Return what a machine draws that is tuned."""
    return DARK + (full - DARK) * percent / 100


@cache
def ramp_curve(full: float) -> Watts:
    """Return the powers of all steps of the ramp."""
    count = round(RAMP_SECONDS / STEP)
    middles = (np.arange(count) + 0.5) * STEP
    return np.array([ramp_power(full, each) for each in middles])
