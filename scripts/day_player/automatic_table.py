"""Prints what came of days with prices or a room as a table, a row for each kind."""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from tests.power_manager.account import saved

from .outcome import Outcome

_HEAD = (
    "| Days | Mined | From the grid | Starts a day, most | Cost | Mean price "
    "| Saved / possible | Coldest | Warmest | Within 0.5 K |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass
class _Row:
    """Some days of a kind."""

    mined: float = 0.0
    grid: float = 0.0
    starts: list[int] = field(default_factory=list)
    """Of each miner on each day."""
    cost: float | None = 0.0
    worth: float | None = 0.0
    """What all energy would cost from the grid."""
    spared: float = 0.0
    possible: float = 0.0
    coldest: float = inf
    warmest: float = -inf
    held: float | None = None

    def add(self, played: Outcome) -> None:
        """Add what came of one file or seed."""
        self.mined += played.mined
        self.grid += played.taken
        self.starts += [each for day in played.starts_by_day.values() for each in day]
        if played.day.price:
            self._add_prices(played)
        if played.temperatures:
            self.coldest = min(self.coldest, *played.temperatures)
            self.warmest = max(self.warmest, *played.temperatures)
            part = played.held
            self.held = part if self.held is None else min(self.held, part or self.held)

    def _add_prices(self, played: Outcome) -> None:
        """Add what was paid, and how that compares where all came from the grid."""
        account = played.account
        mean = account.mean_price
        self.cost = _both(self.cost, account.cost)
        self.worth = _both(self.worth, None if mean is None else mean * played.mined)
        if mean is not None and np.min(played.without) >= 0 and not played.temperatures:
            compared = saved(played.day, played.power)
            self.spared += compared.dull - compared.cost
            self.possible += compared.dull - compared.ideal

    def as_text(self, name: str) -> str:
        """Return a line of the table."""
        mean = sum(self.starts) / len(self.starts)
        has_prices = bool(self.cost or self.worth)
        worth = self.worth
        cells = [
            name,
            f"{self.mined:.1f} kWh",
            f"{self.grid:.1f} kWh",
            f"{mean:.1f}, {max(self.starts)}",
            f"{self.cost:.2f}" if has_prices and self.cost is not None else "-",
            f"{worth / self.mined:.4f}" if has_prices and worth is not None else "-",
            f"{100 * self.spared / self.possible:.1f} %" if self.possible else "-",
            f"{self.coldest:.1f} °C" if self.coldest < inf else "-",
            f"{self.warmest:.1f} °C" if self.coldest < inf else "-",
            "-" if self.held is None else f"{100 * self.held:.1f} %",
        ]
        return f"| {' | '.join(cells)} |"


def _both(one: float | None, other: float | None) -> float | None:
    """Return a sum, which is not known if a part of it is not."""
    return None if one is None or other is None else one + other


class AutomaticTable:
    """Adds days up, and prints a row when the next kind begins."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kind = ""
        self._row: _Row | None = None

    def add(self, kind: str, played: Outcome) -> None:
        """Add what came of one file or seed."""
        if kind != self._kind:
            self.finish()
            if not self._kind:
                print(_HEAD, flush=True)
            self._kind, self._row = kind, _Row()
        assert self._row is not None
        self._row.add(played)

    def finish(self) -> None:
        """Print the last row."""
        if self._row is not None:
            print(self._row.as_text(self._kind), flush=True)
            self._row = None
