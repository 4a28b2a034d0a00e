"""The command line: choose mutants, run them, print the survivors."""

import argparse
import asyncio
from collections import Counter
from itertools import islice
import os
from pathlib import Path
from random import Random

from .mutants import Mutant, find_mutants
from .running import run_mutants

ROOT = Path(__file__).parents[2]
CLIENT = "custom_components/whatsminer/client"
TESTS = ["tests/client", "tests/replay"]


def choose(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return so many mutants by chance; each line has its turn before one has a second."""

    def chance(mutant: Mutant) -> float:
        # A seed takes the same ones, whatever changes elsewhere in the code.
        line = mutant.original.splitlines()[mutant.line - 1]
        return Random(f"{seed} {mutant.path} {line!r} {mutant.change}").random()

    turns = Counter[tuple[str, int]]()
    order = []
    for mutant in sorted(mutants, key=chance):
        order.append((turns[mutant.path, mutant.turn], mutant))
        turns[mutant.path, mutant.turn] += 1
    order.sort(key=lambda pair: pair[0])
    chosen = islice((mutant for _, mutant in order if mutant.source()), count)
    return sorted(chosen, key=lambda mutant: (mutant.path, mutant.line))


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(
        prog="scripts/mutate",
        description="Change the client in small ways, and print the changes that no test notices.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", default=[CLIENT])
    parser.add_argument("--count", type=int, default=40, help="number of mutants (40)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the choice (1)")
    parser.add_argument("--tests", metavar="PATH", nargs="+", default=TESTS)
    options = parser.parse_args()
    mutants: list[Mutant] = []
    for path in [ROOT / path for path in options.paths]:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            name = str(file.resolve().relative_to(ROOT.resolve()))
            mutants += find_mutants(name, file.read_bytes())
    chosen = choose(mutants, options.count, options.seed)
    workers = os.process_cpu_count() or 1
    survivors = asyncio.run(run_mutants(ROOT, chosen, options.tests, workers))
    for mutant in survivors:
        print(f"{mutant.path}:{mutant.line}: {mutant.change}")
    killed = len(chosen) - len(survivors)
    print(f"killed/survived/total: {killed}/{len(survivors)}/{len(chosen)}")


if __name__ == "__main__":
    main()
