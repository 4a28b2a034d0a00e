"""Play whole days of a power manager in the mode Solar, and print what came of them.

Each day runs in a Home Assistant of its own with simulated miners, in time that does not
pass. Without files the built-in kinds of days are played.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
import json
from pathlib import Path
import sys
from typing import Any

from tests.power_manager.kinds import KINDS, make_day

from .files import DayFile, FileError, of_day, read_file
from .play import Outcome, home_assistant, play
from .table import Table


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/days", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.json")
    parser.add_argument(
        "--json", action="store_true", help="print one line of JSON for each day"
    )
    parser.add_argument(
        "--kind", action="append", choices=KINDS, help="play only this kind (repeatable)"
    )
    parser.add_argument(
        "--seeds", type=_count, default=1, help="days of each kind (default: 1)"
    )
    parser.add_argument("--from", type=Path, default=Path(), help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _count(text: str) -> int:
    """Return a number of days."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 1000")
    return int(text)


def days(args: argparse.Namespace) -> Iterator[tuple[str, DayFile]]:
    """Yield the days to be played, each with what it is counted under."""
    if args.files:
        paths = [getattr(args, "from") / each for each in args.files]
        # All are read first: an error shows before hours have been played.
        for each in [read_file(path) for path in paths]:
            yield each.day.name, each
        return
    for kind in args.kind or KINDS:
        for seed in range(1, args.seeds + 1):
            yield kind, of_day(make_day(kind, seed))


async def play_alone(day: DayFile, *, by_hand: bool = False) -> Outcome:
    """Play a day in a Home Assistant of its own."""
    async with home_assistant(day) as (hass, time):
        return await play(hass, time, day, by_hand=by_hand)


def as_json(played: Outcome, step: float) -> dict[str, Any]:
    """Return what came of a day, with a power for each step of its file."""
    runs = [each for switched in played.switched for each in switched.runs]
    rests = [each for switched in played.switched for each in switched.rests]
    per_step = round(step / 10)
    return {
        "name": played.name,
        "mined_kwh": round(played.mined, 4),
        "used_kwh": round(played.mined - played.taken, 4),
        "grid_kwh": round(played.taken, 4),
        "starts": [len(each.starts) for each in played.switched],
        "shortest_run_s": min(runs, default=None),
        "shortest_rest_s": min(rests, default=None),
        "longest_import_s": played.longest_import,
        "commands": played.commands,
        "power": played.power.reshape(-1, per_step).mean(1).round(1).tolist(),
    }


def main() -> int:
    """Run the command line."""
    args = arguments()
    table = Table()
    try:
        for kind, day in days(args):
            played = asyncio.run(play_alone(day))
            if args.json:
                print(json.dumps(as_json(played, day.step)), flush=True)
            else:
                table.add(kind, day.day, played, asyncio.run(play_alone(day, by_hand=True)))
    except FileError as err:
        print(f"scripts/days: {err}", file=sys.stderr)
        return 2
    if not args.json:
        table.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main())
