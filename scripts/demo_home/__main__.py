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

from homeassistant.util.yaml import dump

from tests.household import KINDS

from . import dashboard, miners
from .day import day
from .folder import DASHBOARD, DAY, FOLDER, LOGS, ROOT, free_port, prepare
from .home import Home
from .say import DemoError, say
from .start import changes, invite, started


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
    parser.add_argument(
        "--day",
        action="store_true",
        help="instead, one miner that follows the sun through a day, played at speed",
    )
    parser.add_argument(
        "--kind", choices=KINDS, default="cloudy", help="of day (%(default)s)"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=120,
        metavar="N",
        help="the day passes N times as fast as a real one (%(default)s)",
    )
    return parser.parse_args()


async def demo(port: int, speed: float) -> None:
    """Run the demo until it is cancelled."""
    prepare(port, FOLDER)
    async with started(FOLDER, port, miners.MINERS, speed) as home:
        for miner in miners.MINERS:
            result = await home.add_miner(miner.host, miners.PASSWORD)
            say(f"miner {miner.host}: {result}")
        await home.wait_for_miners()
        shown = await _write_dashboards(home)
        invite(home, "Ctrl-C ends the demo; the next start goes on from here.")
        say("what the miners do from here on:")
        async for entity, old, new in changes(home):
            if entity in shown:
                say(f"{shown[entity]} {old} -> {new}")


async def _write_dashboards(home: Home) -> dict[str, str]:
    """Write the dashboards, and return the entities whose changes are worth a line."""
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
    (FOLDER / DASHBOARD).write_text(dump(dashboard.build(names, found, values)))
    if not (FOLDER / ".storage" / "energy").exists():
        # As a user does in Settings -> Dashboards -> Energy -> Individual devices.
        devices = dashboard.energy(names, found)
        await home.command("energy/save_prefs", device_consumption=devices)
    return {
        entities[key]: f"{names[device]}: {what}"
        for device, entities in found.items()
        for key, what in (("sensor.status", "status"), ("switch.mining", "mining"))
        if key in entities
    }


async def _until_signalled(options: argparse.Namespace) -> None:
    """Run the demo; a signal ends it in good order."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    port = free_port(options.port)
    if options.day:
        await day(port, options.kind, options.speed)
    else:
        await demo(port, options.fast)


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
    folder = DAY if options.day else FOLDER
    logs = folder / LOGS
    errors: list[BaseException] = []
    try:
        _lock()
        if options.fresh or options.day:
            shutil.rmtree(folder, ignore_errors=True)
        asyncio.run(_until_signalled(options))
    except* asyncio.CancelledError:
        say("ended")
    except* Exception as group:  # noqa: BLE001 - whatever it is, one line tells
        errors += group.exceptions
    for error in errors[:1]:
        if not isinstance(error, DemoError) and logs.exists():
            log = logs / "demo.log"
            log.write_text("".join(traceback.format_exception(error)))
        reason = str(error) or type(error).__name__
        say(f"failed: {reason} (full logs: {logs.relative_to(ROOT)})")
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
