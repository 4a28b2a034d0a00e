"""Measure, from the command line: scripts/bench."""

import argparse
import asyncio
import json
import os
from pathlib import Path
from typing import Any

from . import clients, farm, report
from .environments import CACHE, component_of

HERE = "here"


def _numbers(text: str) -> list[int]:
    """Return the numbers of a list."""
    return [int(each) for each in text.split(",")]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--only", choices=("client", "home"), help="only the clients, or Home Assistant"
    )
    parser.add_argument(
        "--miners",
        type=_numbers,
        default=[1, 10, 100, 500],
        metavar="N,N",
        help="how many miners Home Assistant has (1,10,100,500)",
    )
    parser.add_argument(
        "--seconds",
        type=int,
        default=60,
        help="for how long Home Assistant polls them, every 15 s (60)",
    )
    parser.add_argument(
        "--polls", type=int, default=100, help="polls of each client and round (100)"
    )
    parser.add_argument(
        "--against",
        metavar="REVISION",
        help="measure the integration of this revision in the same run, too",
    )
    parser.add_argument(
        "--profile",
        action="store_true",
        help="write profiles, too; what is measured is slower then",
    )
    return parser


async def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for."""
    components = {HERE: component_of(None)}
    if args.against:
        components[args.against] = component_of(args.against)
    results: dict[str, Any] = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    if args.only != "home":
        results["client"] = await clients.measure(components, args.polls)
    if args.only != "client":
        await farm.warm_up(CACHE / "home-0", components[HERE], CACHE / "simulator.log")
        results["home"] = {}
        for count in args.miners:
            miners = farm.Farm(count, CACHE / "simulator.log")
            results["home"][str(count)] = {
                name: await farm.measure(
                    CACHE / f"home-{place}",
                    component,
                    miners,
                    seconds=args.seconds,
                    profile=args.profile,
                )
                for place, (name, component) in enumerate(components.items())
            }
        _add_start_of_one(results["home"])
    return results


def _add_start_of_one(home: dict[str, Any]) -> None:
    """Add what each miner adds to a start, beyond a Home Assistant with one miner."""
    alone = home.get("1", {})
    for count, by_revision in home.items():
        for name in by_revision.keys() & alone.keys() if count != "1" else ():
            more = by_revision[name]["start_cpu"] - alone[name]["start_cpu"]
            by_revision[name]["start_per_more"] = more / (int(count) - 1) * 1000


def main() -> None:
    """Measure, and say what was measured."""
    args = build_parser().parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(measure(args))
    files: dict[Path, str] = {
        CACHE / "result.json": json.dumps(results, indent=2),
        CACHE / "result.svg": report.picture(results),
    }
    for path, text in files.items():
        path.write_text(text)
    print(*report.table(results), sep="\n")
    print(f"bench: see also {' and '.join(path.name for path in files)} in {CACHE}")


if __name__ == "__main__":
    main()
