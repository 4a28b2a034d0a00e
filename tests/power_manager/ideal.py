"""What somebody could reach who knows the whole day: dynamic programming.

The machine is that of `machine.py`. A run lasts 30 minutes at least and a rest 10, and
there are 6 starts at most. Several miners are planned one after the other: the second
has what the first leaves. A battery is charged first; the ideal takes what it leaves.
"""

from dataclasses import dataclass

import numpy as np

from .machine import LOWEST_PERCENT, STEP, Watts, ramp_curve, tuned_power

LEAST_RUN = 180
LEAST_REST = 60
MOST_STARTS = 6
PENALTY = 3.0
_KWH = STEP / 3_600_000


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a day came to, in kWh."""

    mined: float
    grid: float

    @property
    def used(self) -> float:
        """Return the surplus that was used."""
        return self.mined - self.grid

    @property
    def score(self) -> float:
        """Return the one number to judge by."""
        return self.used - PENALTY * self.grid


@dataclass(frozen=True, kw_only=True)
class Ideal(Result):
    """The best day, and how it is done."""

    starts: int
    power: Watts


def taken(grid: Watts, power: Watts) -> Watts:
    """Return what miners of such a power take from the grid, W."""
    taken: Watts = np.maximum(0, grid + power) - np.maximum(0, grid)
    return taken


def find_ideal(grid: Watts, miners: list[float]) -> Ideal:
    """Return the best day for the grid power that there is without miners."""
    total: Watts = np.zeros(len(grid))
    starts = 0
    for full in miners:
        power, count = _plan(grid + total, full)
        total = total + power
        starts += count
    return Ideal(
        mined=float(total.sum()) * _KWH,
        grid=float(taken(grid, total).sum()) * _KWH,
        starts=starts,
        power=total,
    )


def _value(grid: Watts, power: Watts) -> Watts:
    """Return the score of each step."""
    value: Watts = power - (1 + PENALTY) * taken(grid, power)
    return value


def _plan(grid: Watts, full: float) -> tuple[Watts, int]:
    """Return the best powers of one miner, and its starts."""
    length = len(grid)
    curve = ramp_curve(full)
    ramp = len(curve)
    off = np.zeros(length)
    steered = np.clip(-grid, tuned_power(full, LOWEST_PERCENT), full)
    stands = [*np.cumsum(_value(grid, off)[::-1])[::-1].tolist(), 0.0]
    runs = [*np.cumsum(_value(grid, steered)[::-1])[::-1].tolist(), 0.0]
    begins = [
        float(_value(grid[at : at + ramp], curve[: length - at]).sum())
        for at in range(length)
    ]
    best = list(stands)
    choices: list[tuple[list[bool], list[bool]]] = []
    for _ in range(MOST_STARTS):
        best, starts_at, stops_at = _one_more(best, stands, runs, begins, ramp)
        choices.append((starts_at, stops_at))
    return _follow(choices, off, steered, curve)


def _one_more(
    after: list[float],
    stands: list[float],
    runs: list[float],
    begins: list[float],
    ramp: int,
) -> tuple[list[float], list[bool], list[bool]]:
    """Return the best score from each step on with one more start.

    `after` is the best with one start fewer, by a miner that has rested.
    """
    length = len(begins)
    running = [0.0] * (length + 1)
    stops_at = [False] * (length + 1)
    for at in range(length - 1, -1, -1):
        rested = min(length, at + LEAST_REST)
        stop = stands[at] - stands[rested] + after[rested]
        go_on = runs[at] - runs[at + 1] + running[at + 1]
        stops_at[at] = stop > go_on
        running[at] = max(stop, go_on)
    best = [0.0] * (length + 1)
    starts_at = [False] * (length + 1)
    for at in range(length - 1, -1, -1):
        tuned, free = min(length, at + ramp), min(length, at + LEAST_RUN)
        start = begins[at] + runs[tuned] - runs[free] + running[free]
        wait = stands[at] - stands[at + 1] + best[at + 1]
        starts_at[at] = start > wait
        best[at] = max(start, wait)
    return best, starts_at, stops_at


def _follow(
    choices: list[tuple[list[bool], list[bool]]],
    off: Watts,
    steered: Watts,
    curve: Watts,
) -> tuple[Watts, int]:
    """Return the powers that the choices lead to, and the number of starts."""
    power, length = off.copy(), len(off)
    at = count = 0
    while at < length and count < len(choices):
        starts_at, stops_at = choices[len(choices) - 1 - count]
        if not starts_at[at]:
            at += 1
            continue
        count += 1
        tuned = min(length, at + len(curve))
        power[at:tuned] = curve[: tuned - at]
        end = min(length, at + LEAST_RUN)
        while end < length and not stops_at[end]:
            end += 1
        power[tuned:end] = steered[tuned:end]
        at = end + LEAST_REST
    return power, count
