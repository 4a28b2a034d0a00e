"""What the same energy costs at least, if one knows all prices of all days beforehand.

Dynamic programming on steps of five minutes; each day takes the energy it is told, in at
most three blocks of at least an hour, with the ramp of a start; a block may go on over
midnight. Between two amounts of energy that steps can have, the cost is that of the
straight line: less than what any real way would cost.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

STEP = 300
BLOCK = 3600 // STEP
RAMP = 1369
DARK = 47
DARK_POWER = 0.262

type Values = NDArray[np.float64]


def power_of_ramp(second: float, full: float) -> float:
    """Return what the machine takes some seconds after its start, in kW."""
    if second >= RAMP:
        return full
    if second < DARK:
        return DARK_POWER
    part = (second - DARK) / (RAMP - DARK)
    tuned = 0.3 + 0.7 * (1 - (1 - part) ** 1.6)
    return float(DARK_POWER + (full - DARK_POWER) * tuned)


def ramp_energies(full: float, step: int = STEP) -> list[float]:
    """Return the energy of each step of the first hour after a start, in kWh."""
    return [
        sum(power_of_ramp(index * step + s + 0.5, full) for s in range(step)) / 3600
        for index in range(3600 // step)
    ]


def _ways(
    prices: Sequence[float], full: float, starts: int, *, running: bool
) -> tuple[Values, Values]:
    """Return the least cost of a day by starts and steps mined, ended off and running."""
    steps, whole = len(prices), full * STEP / 3600
    ramp = np.array(ramp_energies(full))
    width = steps + 1
    worst = np.full((starts + 1, width), np.inf)
    off = [worst.copy() for _ in range(steps + BLOCK + 1)]
    run = [worst.copy() for _ in range(steps + BLOCK + 1)]
    (run if running else off)[0][0, 0] = 0
    if running:
        off[0][0, 0] = 0
    padded = np.array([*prices, *[0.0] * BLOCK])
    for index in range(steps):
        stopped = np.minimum(off[index], run[index])
        off[index + 1] = np.minimum(off[index + 1], stopped)
        taken = run[index][:, :-1] + prices[index] * whole
        run[index + 1][:, 1:] = np.minimum(run[index + 1][:, 1:], taken)
        # What a block has of the next day is cut off: it belongs to that day.
        size = min(BLOCK, steps - index)
        cost = float(padded[index : index + size] @ ramp[:size])
        begun = off[index][:-1, : width - size] + cost
        target = run[index + size]
        target[1:, size:] = np.minimum(target[1:, size:], begun)
    return off[steps], run[steps]


def _least(costs: Values, energy: float, full: float) -> float:
    """Return the least cost of an energy, on the line between what steps can have."""
    ramp = ramp_energies(full)
    lost = full - sum(ramp)
    starts, steps = np.indices(costs.shape)
    had = steps * full * STEP / 3600 - starts * lost
    known = np.isfinite(costs) & (had > -1e-9)
    x, y = had[known], costs[known]
    if not len(x):
        return np.inf
    below, above = x <= energy + 1e-9, x >= energy - 1e-9
    if not below.any() or not above.any():
        return np.inf
    xa, ya, xb, yb = x[below], y[below], x[above], y[above]
    gap = xb[None, :] - xa[:, None]
    part = np.where(
        gap > 1e-9, (energy - xa[:, None]) / np.where(gap > 1e-9, gap, 1), 0
    )
    return float((ya[:, None] + part * (yb[None, :] - ya[:, None])).min())


def ideal_cost(
    days: Sequence[Mapping[int, float]],
    energies: Sequence[float],
    full: float,
    starts: int = 3,
) -> float:
    """Return what the energies of the days cost at least, all days together."""
    best = {False: 0.0, True: np.inf}
    for prices, energy in zip(days, energies, strict=True):
        fine = [prices[slot] for slot in sorted(prices) for _ in range(900 // STEP)]
        ahead = {False: np.inf, True: np.inf}
        for entered, cost in best.items():
            if cost == np.inf:
                continue
            ends = _ways(fine, full, starts, running=entered)
            for running, costs in zip((False, True), ends, strict=True):
                least = _least(costs, energy, full)
                ahead[running] = min(ahead[running], cost + least)
        best = ahead
    return min(best.values())
