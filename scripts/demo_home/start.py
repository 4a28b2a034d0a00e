"""Simulated miners and the Home Assistant next to them, up and running."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
import sys

from aiohttp import ClientError

from . import miners
from .children import Child, running
from .folder import HOST, LOGS, ROOT
from .home import PASSWORD, USER, Home
from .say import box, say


@asynccontextmanager
async def started(
    folder: Path, port: int, machines: Sequence[miners.Miner], speed: float
) -> AsyncIterator[Home]:
    """Run the miners, and a Home Assistant on a prepared folder; log in to it."""
    say(f"starting {_count(machines)}, {speed:g} times as fast as real")
    simulators = [miners.simulator(machine, speed, folder) for machine in machines]
    logs = (folder / LOGS).relative_to(ROOT)
    say(f"starting Home Assistant on port {port} (logs: {logs})")
    async with (
        Home(f"http://{HOST}:{port}") as home,
        running(*simulators, _home_assistant(folder)),
    ):
        await miners.wait_for_answers(machines)
        say("the miners answer" if len(machines) > 1 else "the miner answers")
        await home.wait_for_answer()
        created = await home.log_in()
        say(f"account {USER}: {'created' if created else 'logged in'}")
        await home.wait_for_start()
        say("Home Assistant has started")
        yield home


async def changes(home: Home) -> AsyncIterator[tuple[str, str, str]]:
    """Yield what changes, also after Home Assistant was restarted."""
    while True:
        with suppress(ClientError):
            async for change in home.changes():
                yield change
        say("Home Assistant does not answer, waiting for it")
        await asyncio.sleep(1)
        await home.wait_for_answer()
        await home.log_in()
        say("Home Assistant answers again")


def invite(home: Home, last: str) -> None:
    """Print the address of the demo, and how to log in."""
    box(
        f"Open      {home.url}",
        f"Name      {USER}",
        f"Password  {PASSWORD}",
        "",
        last,
    )


def _count(machines: Sequence[miners.Miner]) -> str:
    """Return the number of miners in words."""
    return f"{len(machines)} miners" if len(machines) > 1 else "one miner"


def _home_assistant(folder: Path) -> Child:
    """Return the program that is Home Assistant."""
    command = [sys.executable, "-m", "homeassistant", "--config", str(folder)]
    return Child(
        name="Home Assistant",
        command=[*command, "--skip-pip", "--log-no-color"],
        log=folder / LOGS / "home-assistant.log",
        cwd=folder,
        # All output goes to one log; nothing is written to the user's home.
        env={"HA_DISABLE_LOG_FILE": "1", "HOME": str(folder / "home")},
    )
