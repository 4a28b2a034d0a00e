"""The simulated miners."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
import sys
from typing import NamedTuple

from .children import Child
from .folder import FAULTS, LOGS, MINERS_KEPT, ROOT
from .say import DemoError

PORT = 4028
PASSWORD = "Heat_21"


class Miner(NamedTuple):
    """One simulated miner."""

    host: str
    api: str
    """The generation of the protocol that it speaks."""
    model: str
    state: str
    """What it does when the demo starts for the first time."""

    @property
    def serial(self) -> str:
        """Return its serial number: each runs in a program of its own."""
        return f"SIM{int(self.host.rpartition('.')[2]):010d}"


# Not from 127.0.0.1 on: other simulators may be there.
MINERS = (
    Miner("127.0.21.1", "2.0.5", "M50S_VH50", "hashing"),
    Miner("127.0.21.2", "1.4", "M30S+VE40", "stopped"),
    Miner("127.0.21.3", "dual", "M60S_VK40", "ramping"),
)


def arguments(miner: Miner, speed: float, folder: Path) -> list[str]:
    """Return the arguments of the program that simulates a miner."""
    settings = {
        "--host": miner.host,
        "--port": PORT,
        "--api": miner.api,
        "--model": miner.model,
        "--state": miner.state,
        "--serial": miner.serial,
        "--password": PASSWORD,
        "--v3-password": PASSWORD,
        "--speed": speed,
        "--errors-from": folder / FAULTS / miner.host,
        "--keep": folder / MINERS_KEPT,
    }
    return [str(part) for setting in settings.items() for part in setting]


def simulator(miner: Miner, speed: float, folder: Path) -> Child:
    """Return the program that simulates a miner."""
    command = [sys.executable, "-m", "tests.simulator"]
    return Child(
        name=f"the simulated miner {miner.host}",
        command=command + arguments(miner, speed, folder),
        log=folder / LOGS / f"miner-{miner.host}.log",
        cwd=ROOT,
    )


async def wait_for_answers(miners: Iterable[Miner], patience: float = 30) -> None:
    """Wait until simulated miners answer."""
    for miner in miners:
        try:
            async with asyncio.timeout(patience):
                while not await _answers(miner.host):
                    await asyncio.sleep(0.1)
        except TimeoutError as err:
            raise DemoError(
                f"the simulated miner {miner.host} does not answer"
            ) from err


async def _answers(host: str) -> bool:
    """Return whether a miner accepts connections."""
    try:
        _, writer = await asyncio.open_connection(host, PORT)
    except OSError:
        return False
    writer.close()
    return True
