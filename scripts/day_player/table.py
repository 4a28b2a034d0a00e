"""Prints what came of days as a table, a row for each kind."""

from dataclasses import dataclass, field

from tests.power_manager.days import Day
from tests.power_manager.ideal import PENALTY, Result, find_ideal
from tests.power_manager.player import grid_without

from .outcome import Outcome

_HEAD = (
    "| Day | Surplus used | From the grid | Starts | Score / ideal | By hand: used | "
    "From the grid | Score / ideal |\n|---|---|---|---|---|---|---|---|"
)


@dataclass
class _Sum:
    """Sums of some days, in kWh."""

    mined: float = 0.0
    grid: float = 0.0
    starts: int = 0
    miners: int = 0

    def add(self, mined: float, grid: float, starts: int = 0, miners: int = 0) -> None:
        """Add a day."""
        self.mined += mined
        self.grid += grid
        self.starts += starts
        self.miners += miners

    @property
    def used(self) -> float:
        """Return the surplus that was used."""
        return self.mined - self.grid

    @property
    def score(self) -> float:
        """Return the one number to judge by."""
        return self.used - PENALTY * self.grid


@dataclass
class _Row:
    """A kind of days."""

    surplus: float = 0.0
    managed: _Sum = field(default_factory=_Sum)
    by_hand: _Sum = field(default_factory=_Sum)
    ideal: _Sum = field(default_factory=_Sum)

    def add(self, other: _Row) -> None:
        """Add other days."""
        self.surplus += other.surplus
        for mine, theirs in (
            (self.managed, other.managed),
            (self.by_hand, other.by_hand),
            (self.ideal, other.ideal),
        ):
            mine.add(theirs.mined, theirs.grid, theirs.starts, theirs.miners)

    def as_text(self, name: str) -> str:
        """Return a line of the table."""
        managed, by_hand = self.managed, self.by_hand
        cells = [
            name,
            self._part(managed.used, self.surplus),
            self._part(managed.grid, managed.mined),
            f"{managed.starts / managed.miners:.1f}",
            f"{managed.score / self.ideal.score:.2f}",
            self._part(by_hand.used, self.surplus),
            self._part(by_hand.grid, by_hand.mined),
            f"{by_hand.score / self.ideal.score:.2f}",
        ]
        return f"| {' | '.join(cells)} |"

    @staticmethod
    def _part(part: float, whole: float) -> str:
        """Return a part in %."""
        return f"{100 * part / whole:.0f} %" if whole else "-"


class Table:
    """Adds days up, and prints a row when the next kind begins."""

    def __init__(self) -> None:
        """Begin empty."""
        self._rows: dict[str, _Row] = {}

    def add(self, kind: str, day: Day, managed: Outcome, by_hand: Outcome) -> None:
        """Add a day."""
        if kind not in self._rows:
            self._print_last()
        row = self._rows.setdefault(kind, _Row())
        without = grid_without(day)[0]
        row.surplus -= float(without[without < 0].sum()) * 10 / 3_600_000
        for sums, played in ((row.managed, managed), (row.by_hand, by_hand)):
            starts = sum(len(each.starts) for each in played.switched)
            sums.add(played.mined, played.taken, starts, len(played.switched))
        ideal: Result = find_ideal(without, list(day.miners))
        row.ideal.add(ideal.mined, ideal.grid)

    def finish(self) -> None:
        """Print the last row, and the sum of all."""
        self._print_last()
        if len(self._rows) > 1:
            total = _Row()
            for each in self._rows.values():
                total.add(each)
            print(total.as_text("All"), flush=True)

    def _print_last(self) -> None:
        """Print the row that is complete."""
        if not self._rows:
            print(_HEAD, flush=True)
            return
        name, row = list(self._rows.items())[-1]
        print(row.as_text(name), flush=True)
