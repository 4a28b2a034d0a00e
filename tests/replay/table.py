"""The table of all captures at the end of a run."""

from collections.abc import Iterable
from typing import Any

import pytest

from custom_components.whatsminer.client import MinerData

from .cases import GENERATIONS, Case

type Row = tuple[str, tuple[str, ...]]

_HEAD = (
    "capture", "API", "model", "state", "TH/s", "W", "limit", "°C", "boards", "fans",
    "pools", "errors",
)  # fmt: skip


def row(case: Case, data: MinerData | None) -> Row:
    """Return the row of a case; without data it was refused."""
    if data is None:
        return case.generation, (case.title, case.refuses or "?")
    boards = " ".join(
        f"{_text(board.hashrate, 1)}/{_text(board.temperature, 0)}"
        for board in data.boards
    )
    fans = (data.fan_speed_in, data.fan_speed_out)
    alive = sum(bool(pool.alive) for pool in data.pools)
    return case.generation, (
        case.title,
        _text(data.identity.api_version),
        _text(data.identity.model),
        _text(data.state),
        _text(data.hashrate, 1),
        _text(data.power, 0),
        _text(data.power_limit, 0),
        "/".join(
            _text(each, 0)
            for each in (
                data.board_temperature,
                data.chip_temperature_max,
                data.environment_temperature,
            )
        ),
        boards or "-",
        "-" if fans == (None, None) else "/".join(_text(fan) for fan in fans),
        f"{alive}/{len(data.pools)}" if data.pools else "-",
        "?"
        if data.errors is None
        else " ".join(str(error.code) for error in data.errors) or "none",
    )


def _text(value: Any, digits: int | None = None) -> str:
    """Return a value as the table shows it."""
    if value is None:
        return "-"
    return str(value) if digits is None else f"{value:.{digits}f}"


def print_captures(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was read of each capture, in whichever process that was."""
    rows: list[Row] = sorted(
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, value in report.user_properties
        if name == "capture" and report.when == "call"
    )
    if not rows:
        return
    widths = _widths([_HEAD, *(cells for _, cells in rows if len(cells) == len(_HEAD))])
    terminalreporter.section("captures, as the client reads them")
    terminalreporter.line(_line(_HEAD, widths))
    for generation, words in GENERATIONS.items():
        cells_of = [cells for of, cells in rows if of == generation]
        if cells_of:
            terminalreporter.line(f"--- {words}")
        for cells in cells_of:
            terminalreporter.line(_line(cells, widths))
    terminalreporter.line(
        "°C: hottest board/hottest chip/environment; boards: TH/s/°C each; fans: RPM in/out;"
        " pools: alive/all; - or ?: the miner does not say."
    )


def _widths(rows: Iterable[tuple[str, ...]]) -> list[int]:
    """Return the width of each column."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return one line."""
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
    return "  ".join(padded).rstrip()
