"""What a poll costs with this client, with others, and with nothing but sockets."""

import asyncio
import json
import os
from pathlib import Path
from statistics import median
import sys

from scripts.demo_home import children

from .environments import CACHE, ROOT, python_of
from .farm import until

HOST = "127.78.0.9"
# The newest firmware speaks both: nobody but this client reads API 3 alone.
GENERATIONS = {"API 2": "2.0.5", "API 3": "dual"}
_ROUNDS = 7
_LONGEST = 120
_POLLING = str(Path(__file__).with_name("polling.py"))

type Costs = dict[str, dict[str, float]]


async def measure(components: dict[str, Path], polls: int) -> dict[str, Costs]:
    """Return the costs of a poll in ms, for each generation and program."""
    return {
        name: await _measure(api, components, polls)
        for name, api in GENERATIONS.items()
    }


async def _measure(api: str, components: dict[str, Path], polls: int) -> Costs:
    """Return the costs of a poll with each program; the medians of some rounds."""
    log = CACHE / "simulator.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.simulator", "--host", HOST, "--api", api]
    if os.geteuid() == 0:
        # By this one of the others finds the newest firmware.
        command += ["--web-ports", "80,443"]
    found: dict[str, list[dict[str, float]]] = {}
    async with children.running(
        children.Child("the simulator", command, log, ROOT),
    ):
        await until(lambda: f" {HOST}:" in log.read_text())
        here = next(iter(components.values()))
        await _poll("record", here, 50)
        for _ in range(_ROUNDS):
            for name, component in components.items():
                cost = await _poll("whatsminer", component, polls)
                found.setdefault(name, []).append(cost)
            for name in ("raw", "pyasic", "pyasic-rs"):
                cost = await _poll(name, CACHE, polls)
                found.setdefault(name, []).append(cost)
    return {
        name: {key: median(each[key] for each in costs) for key in ("cpu", "wall")}
        for name, costs in found.items()
        if all(costs)
    }


async def _poll(program: str, folder: Path, polls: int) -> dict[str, float]:
    """Return the costs of a poll with a program; nothing if it cannot read the miner."""
    process = await asyncio.create_subprocess_exec(
        *(python_of(program), _POLLING, program, HOST, str(polls), str(folder)),
        cwd=CACHE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_LONGEST):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return {}
    return json.loads(output) if process.returncode == 0 else {}
