"""Start simulated miners and a Home Assistant that shows and controls them."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
from .folder import (
    DASHBOARD,
    DAY,
    FOLDER,
    LOGS,
    ROOT,
    add_blueprints,
    add_farm,
    add_house,
    free_port,
    prepare,
)
from .home import Home
from .say import DemoError, say
from .start import changes, invite, started


def _port(text: str) -> int:
    """Return a port from the command line."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1 to 65535")
    return int(text)


def _speed(text: str) -> float:
    """Return a speed from the command line."""
    with suppress(ValueError):
        # Faster, the miners need more processor time than there is.
        if 0 < (speed := float(text)) <= 1000:
            return speed
    raise argparse.ArgumentTypeError(f"{text} is not a speed above 0 and up to 1000")


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--port", type=_port, help="port of Home Assistant (8123, or any free one)"
    )
    parser.add_argument(
        "--fast",
        type=_speed,
        metavar="N",
        help="the miners run N times as fast as real ones (20)",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="start a new demo: remove .demo first"
    )
    parser.add_argument(
        "--day",
        action="store_true",
        help="show one miner that follows sun, price and heat through a day, at a higher speed",
    )
    parser.add_argument(
        "--kind", choices=KINDS, help="with --day: the kind of day (cloudy)"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="N",
        help="with --day: the day passes N times as fast as a real one (144)",
    )
    options = parser.parse_args(argv)
    if options.day and options.fast:
        parser.error("--fast does not work with --day: use --speed")
    if not options.day and (options.kind or options.speed):
        parser.error("--kind and --speed only work with --day")
    options.fast = options.fast or 20
    options.kind = options.kind or "cloudy"
    options.speed = options.speed or 144
    return options


async def demo(port: int, speed: float) -> None:
    """Run the demo until it is cancelled."""
    prepare(port, FOLDER)
    add_blueprints(FOLDER)
    add_house(FOLDER)
    add_farm(FOLDER)
    async with started(FOLDER, port, miners.MINERS, speed) as home:
        for miner in miners.MINERS:
            result = await home.add_miner(miner.host, miners.PASSWORD)
            say(f"miner {miner.host}: {result}")
        await home.wait_for_miners()
        shown = await _write_dashboards(home)
        invite(home, "Ctrl-C ends the demo. The next start continues from here.")
        say("from now on, you see here what the miners do:")
        async for entity, old, new in changes(home):
            if entity in shown:
                say(f"{shown[entity]} {old} -> {new}")


async def _write_dashboards(home: Home) -> dict[str, str]:
    """Write the dashboards, and return the entities whose changes are worth a line."""
    registry, devices = await home.ask(
        "config/entity_registry/list", "config/device_registry/list"
    )
    found = dashboard.miners(registry)
    names = {
        device["id"]: device["name_by_user"] or device["name"]
        for device in devices
        if device["id"] in found
    }
    # These switches begin as off, and are read only each half minute.
    pretended = [
        each[key]
        for each in found.values()
        for key in dashboard.PRETENDED
        if key in each
    ]
    await home.act("homeassistant.update_entity", pretended)
    (FOLDER / DASHBOARD).write_text(dump(dashboard.build(names, found)))
    sums = dashboard.sums(found[device] for device in names)
    if (FOLDER / ".storage" / "energy").exists():
        # The user may have added miners.
        await home.change_sums(sums)
    else:
        await _make_house(home, sums, dashboard.energy(names, found))
    return {
        entities[key]: f"{names[device]}: {what}"
        for device, entities in found.items()
        for key, what in (("sensor.status", "status"), ("switch.mining", "mining"))
        if key in entities
    }


async def _make_house(
    home: Home, sums: Mapping[str, list[str]], devices: list[dict[str, str]]
) -> None:
    """Do once what a user would do: the next start continues from there."""
    for field, value in dashboard.HOUSE_FIRST.items():
        await home.act("input_number.set_value", field, value=value)
    for name, sensors in sums.items():
        await home.add_sum(name, sensors)
    # Settings -> Dashboards -> Energy -> Individual devices.
    await home.command("energy/save_prefs", device_consumption=devices)


async def _until_signalled(options: argparse.Namespace, port: int) -> None:
    """Run the demo until a signal ends it."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
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
        raise DemoError("another demo is running in this folder") from err
    return lock


def main() -> int:
    """Run the demo; report an error in one line."""
    options = arguments()
    folder = DAY if options.day else FOLDER
    logs = folder / LOGS
    errors: list[BaseException] = []
    try:
        _lock()
        # Before anything is removed.
        port = free_port(options.port)
        if options.fresh or options.day:
            shutil.rmtree(folder, ignore_errors=True)
        asyncio.run(_until_signalled(options, port))
    except* asyncio.CancelledError:
        say("ended")
    except* Exception as group:  # noqa: BLE001 - one line reports any error
        errors += group.exceptions
    for error in errors[:1]:
        if not isinstance(error, DemoError) and logs.exists():
            log = logs / "demo.log"
            log.write_text("".join(traceback.format_exception(error)))
        reason = str(error) or type(error).__name__
        where = f" (full logs: {logs.relative_to(ROOT)})" if logs.exists() else ""
        say(f"failed: {reason}{where}")
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
