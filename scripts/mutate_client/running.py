"""Run the tests against mutants, in copies of the tree: the work tree is never touched."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from contextlib import suppress
import os
from pathlib import Path
import shutil
import signal
import sys
from tempfile import TemporaryDirectory
import time

from .mutants import Mutant

_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".cache", ".demo", ".*_cache")


async def run_mutants(
    root: Path, mutants: Sequence[Mutant], tests: Sequence[str], workers: int
) -> list[Mutant]:
    """Return the mutants that survive the tests, in their order."""
    survivors = set()
    waiting = iter(enumerate(mutants, start=1))
    with TemporaryDirectory(prefix="mutate-") as folder:
        trees = [Path(folder, str(number)) for number in range(workers)]
        for tree in trees:
            shutil.copytree(root, tree, symlinks=True, ignore=_NOT_COPIED)
        begin = time.monotonic()
        if not all(await asyncio.gather(*(_pass(tree, tests, None) for tree in trees))):
            raise SystemExit("mutate: the tests fail without a mutant, too")
        # Only what hangs takes that long, however busy the machine.
        limit = 4 * (time.monotonic() - begin) + 10

        async def work(tree: Path) -> None:
            for number, mutant in waiting:
                print(f"mutate: {number}/{len(mutants)}", end="\r", file=sys.stderr)
                file = tree / mutant.path
                file.write_bytes(mutant.source() or b"")
                if await _pass(tree, tests, limit):
                    survivors.add(mutant)
                file.write_bytes(mutant.original)

        await asyncio.gather(*(work(tree) for tree in trees))
    return [mutant for mutant in mutants if mutant in survivors]


async def _pass(tree: Path, tests: Sequence[str], limit: float | None) -> bool:
    """Say whether the tests pass in a tree, within a time."""
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tree, start_new_session=True, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(limit):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        # With all that it started.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
