"""What came of a day."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.power_manager.account import Account, account, starts_by_day
from tests.power_manager.days import Day
from tests.power_manager.machine import LOWEST_PERCENT, STEP, Watts, tuned_power
from tests.power_manager.room import held

_KWH = 3_600_000.0
_IMPORT = 500.0
"""W from the grid that count as import."""


@dataclass(frozen=True, kw_only=True)
class Switched:
    """When a miner was started and stopped, in s of the day."""

    starts: list[float]
    stops: list[float]

    @property
    def runs(self) -> list[float]:
        """Return how long its runs were, but for one that goes on."""
        return [
            stop - start for start, stop in zip(self.starts, self.stops, strict=False)
        ]

    @property
    def rests(self) -> list[float]:
        """Return how long it rested between two runs."""
        pairs = zip(self.stops, self.starts[1:], strict=False)
        return [start - stop for stop, start in pairs]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a day went."""

    day: Day
    power: Watts
    """W of all miners, per step of 10 s."""
    grid: Watts
    without: Watts
    """W from the grid if there were no miners."""
    missing: float
    """kWh that the battery holds less than it would without miners."""
    switched: list[Switched]
    commands: int
    temperatures: list[float]
    """Of the room after each step, if there is one."""

    @property
    def mined(self) -> float:
        """Return the kWh of the miners."""
        return float(self.power.sum()) * STEP / _KWH

    @property
    def taken(self) -> float:
        """Return the kWh that they took from the grid."""
        more = np.maximum(0, self.grid) - np.maximum(0, self.without)
        return float(more.sum()) * STEP / _KWH + max(0.0, self.missing)

    @property
    def longest_import(self) -> float:
        """Return for how many s more than 500 W came from the grid at a stretch."""
        longest = now = 0.0
        for each in self.grid:
            now = now + STEP if each > _IMPORT else 0.0
            longest = max(longest, now)
        return longest

    def as_json(self, step: float) -> dict[str, Any]:
        """Return what scripts/days prints, with a power for each step of the file."""
        runs = [each for switched in self.switched for each in switched.runs]
        rests = [each for switched in self.switched for each in switched.rests]
        powers = self.power.reshape(-1, round(step / STEP)).mean(1)
        return {
            "name": self.day.name,
            "mined_kwh": round(self.mined, 4),
            "used_kwh": round(self.mined - self.taken, 4),
            "grid_kwh": round(self.taken, 4),
            "starts": [len(each.starts) for each in self.switched],
            "starts_by_day": self.starts_by_day,
            "shortest_run_s": min(runs, default=None),
            "shortest_rest_s": min(rests, default=None),
            "longest_import_s": self.longest_import,
            "commands": self.commands,
            **self._of_prices(),
            **self._of_room(),
            "power": powers.round(1).tolist(),
        }

    @property
    def starts_by_day(self) -> dict[str, list[int]]:
        """Return the starts of each miner on each local day."""
        found = [starts_by_day(self.day, each.starts) for each in self.switched]
        return {day.isoformat(): [each[day] for each in found] for day in found[0]}

    @property
    def held(self) -> float | None:
        """Return in which part of the time that counts the target of the room is held."""
        if self.day.room is None:
            return None
        lowest = min(tuned_power(each, LOWEST_PERCENT) for each in self.day.miners)
        full = sum(self.day.miners)
        return held(self.day.room, self.temperatures, STEP, lowest / 1000, full / 1000)

    @property
    def account(self) -> Account:
        """Return what it has cost."""
        return account(self.day, self.power, self.grid, self.without)

    def _of_prices(self) -> dict[str, float | None]:
        """Return what it has cost, where there are prices."""
        if not self.day.price:
            return {}
        return {
            "cost": _rounded(self.account.cost),
            "mean_price": _rounded(self.account.mean_price),
        }

    def _of_room(self) -> dict[str, float | None]:
        """Return how warm it was, where there is a room."""
        if not self.temperatures:
            return {}
        return {
            "coldest": round(min(self.temperatures), 2),
            "warmest": round(max(self.temperatures), 2),
            "held": _rounded(self.held),
        }


def _rounded(value: float | None) -> float | None:
    """Return a number without what nobody reads."""
    return None if value is None else round(value, 5)
