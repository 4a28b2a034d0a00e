"""Start simulated miners and a Home Assistant that shows and steers them."""

import argparse
import asyncio
import fcntl
import os
from pathlib import Path
import shutil
import signal
import sys
import traceback

from aiohttp import ClientError
from homeassistant.util.yaml import dump

from . import dashboard, miners
from .children import Child, running
from .folder import DASHBOARD, FOLDER, HOST, LOGS, ROOT, free_port, prepare
from .home import PASSWORD, USER, Home
from .say import DemoError, box, say


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--port", type=int, help="Home Assistant's port (else 8123, or any free one)"
    )
    parser.add_argument(
        "--fast",
        type=float,
        default=20,
        metavar="N",
        help="the miners live N times as fast as real ones (%(default)s)",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget the last demo: remove .demo first"
    )
    return parser.parse_args()


async def demo(options: argparse.Namespace) -> None:
    """Run the demo until it is cancelled."""
    port = free_port(options.port)
    prepare(port)
    say(f"starting {len(miners.MINERS)} miners, {options.fast:g} times as fast as real")
    simulators = [miners.simulator(miner, options.fast) for miner in miners.MINERS]
    say(f"starting Home Assistant on port {port} (logs: {LOGS.relative_to(ROOT)})")
    async with (
        Home(f"http://{HOST}:{port}") as home,
        running(*simulators, _home_assistant()),
    ):
        await miners.wait_for_answers()
        say("the miners answer")
        await home.wait_for_answer()
        created = await home.log_in()
        say(f"account {USER}: {'created' if created else 'logged in'}")
        await home.wait_for_start()
        say("Home Assistant is up")
        for miner in miners.MINERS:
            result = await home.add_miner(miner.host, miners.PASSWORD)
            say(f"miner {miner.host}: {result}")
        await home.wait_for_miners()
        shown = await _write_dashboard(home)
        box(
            f"Open      {home.url}",
            f"Name      {USER}",
            f"Password  {PASSWORD}",
            "",
            "Ctrl-C ends the demo; the next start goes on from here.",
        )
        say("what the miners do from here on:")
        await _tell(home, shown)


async def _write_dashboard(home: Home) -> dict[str, str]:
    """Write the dashboard, and return the entities whose changes are worth a line."""
    registry, devices, states = await home.ask(
        "config/entity_registry/list", "config/device_registry/list", "get_states"
    )
    found = dashboard.miners(registry)
    names = {
        device["id"]: device["name_by_user"] or device["name"]
        for device in devices
        if device["id"] in found
    }
    values = {state["entity_id"]: state["state"] for state in states}
    DASHBOARD.write_text(dump(dashboard.build(names, found, values)))
    return {
        entities[key]: f"{names[device]}: {what}"
        for device, entities in found.items()
        for key, what in (("sensor.status", "status"), ("switch.mining", "mining"))
        if key in entities
    }


async def _tell(home: Home, shown: dict[str, str]) -> None:
    """Say what changes, also after Home Assistant was restarted."""
    while True:
        try:
            async for entity, old, new in home.changes():
                if entity in shown:
                    say(f"{shown[entity]} {old} -> {new}")
        except ClientError:
            pass
        say("Home Assistant is away, waiting for it")
        await asyncio.sleep(1)
        await home.wait_for_answer()
        await home.log_in()
        say("Home Assistant is back")


def _home_assistant() -> Child:
    """Return the program that is Home Assistant."""
    command = [sys.executable, "-m", "homeassistant", "--config", str(FOLDER)]
    return Child(
        name="Home Assistant",
        command=[*command, "--skip-pip", "--log-no-color"],
        log=LOGS / "home-assistant.log",
        cwd=FOLDER,
        # All output goes to one log; nothing is written to the user's home.
        env={"HA_DISABLE_LOG_FILE": "1", "HOME": str(FOLDER / "home")},
    )


async def _until_signalled(options: argparse.Namespace) -> None:
    """Run the demo; a signal ends it in good order."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    await demo(options)


def _lock() -> int:
    """Make sure that no other demo runs; the lock ends with this program."""
    lock = os.open(Path(__file__).parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as err:
        raise DemoError("another demo runs from this folder") from err
    return lock


def main() -> int:
    """Run the demo and say in one line why it cannot."""
    options = arguments()
    errors: list[BaseException] = []
    try:
        _lock()
        if options.fresh:
            shutil.rmtree(FOLDER, ignore_errors=True)
        asyncio.run(_until_signalled(options))
    except* asyncio.CancelledError:
        say("ended")
    except* Exception as group:  # noqa: BLE001 - whatever it is, one line tells
        errors += group.exceptions
    for error in errors[:1]:
        if not isinstance(error, DemoError) and LOGS.exists():
            log = LOGS / "demo.log"
            log.write_text("".join(traceback.format_exception(error)))
        reason = str(error) or type(error).__name__
        say(f"failed: {reason} (full logs: {LOGS.relative_to(ROOT)})")
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
