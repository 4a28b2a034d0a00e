"""A room or a tank that miners heat, and in which part of the time its target is held.

Powers are kW, temperatures degrees Celsius. All that miners draw becomes heat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from .machine import STEP

_SENSOR_LAG = 300.0
"""s by which the sensor follows."""
_AFTER = 7200.0
"""s that are given after a new target could have been reached."""
WITHIN = 0.5


@dataclass(frozen=True)
class Room:
    """What is heated: of each list the last value holds."""

    capacity_kwh_per_k: float
    loss_kw_per_k: float
    start: float
    outside: Sequence[float]
    target: Sequence[float]
    draw: Sequence[float] = (0.0,)
    """Heat that is taken out, such as tap water."""
    every: float = STEP
    """s for which each value of a list stands."""

    def value(self, values: Sequence[float], passed: float) -> float:
        """Return the value of a list after so many s."""
        return values[min(int(passed // self.every), len(values) - 1)]

    def demand(self, passed: float) -> float:
        """Return the power that would hold the target."""
        outside = self.value(self.outside, passed)
        missing = self.value(self.target, passed) - outside
        return self.loss_kw_per_k * missing + self.value(self.draw, passed)


class Air:
    """What is in the room, and the sensor in it."""

    def __init__(self, room: Room) -> None:
        """Begin with the temperature of the start."""
        self.room = room
        self.temperature = self._sensed = room.start
        self._passed = 0.0

    def step(self, power: float, seconds: float) -> None:
        """Heat with a power for some time."""
        room = self.room
        outside = room.value(room.outside, self._passed)
        loss = room.loss_kw_per_k * (self.temperature - outside)
        net = power - loss - room.value(room.draw, self._passed)
        self.temperature += net * seconds / 3600 / room.capacity_kwh_per_k
        missing = self.temperature - self._sensed
        self._sensed += missing * (1 - exp(-seconds / _SENSOR_LAG))
        self._passed += seconds

    @property
    def shown(self) -> float:
        """Return what the sensor shows."""
        return round(self._sensed, 1)

    @property
    def target(self) -> float:
        """Return the target of now."""
        return self.room.value(self.room.target, self._passed)


def counted(
    room: Room, steps: int, seconds: float, lowest: float, full: float
) -> list[int]:
    """Return the steps that count: the demand can be met, the target could be reached.

    Two hours are given from when the room could first have reached a new target, with
    full power all the time.
    """
    counts, from_step, target = [], 0, room.value(room.target, 0)
    reach: float | None = room.start
    for step in range(steps):
        passed = step * seconds
        if (wanted := room.value(room.target, passed)) != target:
            reach, target = target if reach is None else reach, wanted
        if reach is not None:
            loss = room.loss_kw_per_k * (reach - room.value(room.outside, passed))
            most = full if target > reach else 0.0
            net = most - loss - room.value(room.draw, passed)
            before, reach = (
                reach,
                reach + net * seconds / 3600 / room.capacity_kwh_per_k,
            )
            if min(before, reach) - 0.02 < target < max(before, reach) + 0.02:
                reach, from_step = None, step + int(_AFTER / seconds)
        elif step >= from_step and lowest <= room.demand(passed) <= full:
            counts.append(step)
    return counts


def held(
    room: Room,
    temperatures: Sequence[float],
    seconds: float,
    lowest: float,
    full: float,
) -> float | None:
    """Return in which part of the steps that count the target is held; None: none does."""
    counts = counted(room, len(temperatures), seconds, lowest, full)
    good = sum(
        abs(temperatures[each] - room.value(room.target, each * seconds)) <= WITHIN
        for each in counts
    )
    return good / len(counts) if counts else None
