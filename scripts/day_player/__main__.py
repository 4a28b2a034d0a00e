"""Play whole days of a power manager, and print what came of them.

Each day runs in a Home Assistant of its own with simulated miners, in time that does not
pass. Without files the built-in kinds of days are played.
"""

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
import json
import os
from pathlib import Path
import sys

from tests.power_manager.kinds import KINDS, make_day
from tests.power_manager.kinds_automatic import AUTOMATIC_KINDS, make_automatic

from .automatic_table import AutomaticTable
from .checks import FileError
from .files import DayFile, of_day, read_file, with_low_start
from .outcome import Outcome
from .play import play_alone
from .table import Table


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/days", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.json")
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON for each day"
    )
    parser.add_argument(
        "--kind",
        action="append",
        choices=[*KINDS, *AUTOMATIC_KINDS],
        help="play only this kind (repeatable)",
    )
    parser.add_argument(
        "--seeds", type=_count, default=1, help="days of each kind (default: 1)"
    )
    parser.add_argument(
        "--first-seed",
        type=_count,
        default=1,
        help="seed of the first of them; docs/days.md says "
        "on which seeds no rule was chosen (default: 1)",
    )
    parser.add_argument(
        "--low-start",
        action="store_true",
        help="with the option Start at low power, and miners that can do so",
    )
    parser.add_argument(
        "--jobs",
        type=_count,
        default=os.process_cpu_count(),
        help="days that are played at the same time (default: one for each processor)",
    )
    parser.add_argument("--from", type=Path, default=Path(), help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _count(text: str) -> int:
    """Return a count from the command line."""
    if not text.isdecimal() or not 1 <= int(text) <= 9999:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 9999")
    return int(text)


def days(args: argparse.Namespace) -> Iterator[tuple[str, DayFile]]:
    """Yield the days to be played, each with what it is counted under."""
    if args.files:
        paths = [getattr(args, "from") / each for each in args.files]
        for each in map(read_file, paths):
            yield each.day.name, each
        return
    for kind in args.kind or [*KINDS, *AUTOMATIC_KINDS]:
        make = make_day if kind in KINDS else make_automatic
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            yield kind, of_day(make(kind, seed))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line."""
    args = arguments(argv)
    try:
        chosen = list(days(args))
        if args.low_start:
            chosen = [(kind, with_low_start(day)) for kind, day in chosen]
    except FileError as err:
        print(f"scripts/days: {err}", file=sys.stderr)
        return 2
    # Each day is played by a process of its own: it takes half a minute, a week more.
    with ProcessPoolExecutor(args.jobs, max_tasks_per_child=8) as pool:
        managed = [pool.submit(play_alone, day) for _, day in chosen]
        if args.json:
            for played, (_, day) in zip(managed, chosen, strict=True):
                print(json.dumps(played.result().as_json(day.step)), flush=True)
            return 0
        _print_tables(chosen, managed, pool)
    return 0


def _print_tables(
    chosen: list[tuple[str, DayFile]],
    managed: list[Future[Outcome]],
    pool: ProcessPoolExecutor,
) -> None:
    """Print a table of the days of surplus, and one of those with more to go by."""
    played = list(zip(chosen, managed, strict=True))
    solar = [each for each in played if not each[0][1].day.is_automatic]
    by_hand = [pool.submit(play_alone, day, by_hand=True) for (_, day), _ in solar]
    table, automatic = Table(), AutomaticTable()
    for ((kind, day), one), other in zip(solar, by_hand, strict=True):
        table.add(kind, day.day, one.result(), other.result())
    if solar:
        table.finish()
    for (kind, day), one in played:
        if day.day.is_automatic:
            automatic.add(kind, one.result())
    automatic.finish()


if __name__ == "__main__":
    sys.exit(main())
