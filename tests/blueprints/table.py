"""The table of whole days at the end of a run."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .helpers import Day

type Row = tuple[str, ...]

HEAD = (
    "day", "blueprint", "mined kWh", "from the grid kWh", "just running kWh", "less",
    "starts", "shortest run", "shortest rest",
)  # fmt: skip


def row(kind: str, blueprint: str, day: Day, grid: float, running: float) -> Row:
    """Return the row of a day: what mining took from the grid, and would have taken."""
    return (
        kind,
        blueprint,
        f"{day.house.mined:.1f}",
        f"{grid:.2f}",
        f"{running:.2f}",
        f"{1 - grid / running:.0%}",
        str(day.starts()),
        *(
            "-" if (span := day.shortest(what)) == timedelta.max else str(span)
            for what in ("on", "off")
        ),
    )


def print_days(reporter: pytest.TerminalReporter) -> None:
    """Print what came of each day, in whichever process that was."""
    rows = sorted(
        value
        for report in reporter.getreports("passed")
        for name, value in report.user_properties
        if name == "day" and report.when == "call"
    )
    if not rows:
        return
    reporter.section("days, as the blueprints steer them")
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    for cells in (HEAD, *rows):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        reporter.line("  ".join(padded).rstrip())
    reporter.line(
        "from 05:00 to 21:00; from the grid: what the house took more than without a miner"
    )
