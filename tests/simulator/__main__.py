"""Start pretend miners from the command line."""

import argparse
import asyncio
from contextlib import suppress
from ipaddress import ip_address
import logging
from pathlib import Path
import signal
import sys

from .error_file import ErrorFile
from .faults import FAULT_HELP, parse_fault
from .generation import COOLINGS, DEFAULT_API, GENERATIONS
from .keeping import go_on, keep
from .machine import START_STATES
from .miner import SimulatedMiner
from .odd import ODD_HELP
from .profile import MODELS
from .tokens import FACTORY_PASSWORD

_LOGGER = logging.getLogger("tests.simulator")

EPILOG = f"""\
{FAULT_HELP}{ODD_HELP}
generations (--api):
  cgminer   cgminer 4.9.2 alone (2018-2020): read only, {{"command":...}} only
  1.4       "whatsminer v1.4.0" (2020-2022)
  2.0.5     API 2.0.x (2022 to mid 2024)
  2.2.2     compatible answers on port 4028 (from 2024-11), port 4433 closed
  3.0.2     port 4433 only
  dual      2.2.2 on port 4028 and 3.0.2 on port 4433 of the same machine

models: {", ".join(MODELS)}

examples:
  one hashing miner, as fast as life, on the usual port:
    python -m tests.simulator
  three miners on 127.0.0.1, .2 and .3, a minute every second, one of them off:
    python -m tests.simulator --count 3 --speed 60 --state hashing,stopped,booting
  a miner whose API switch is off, and one that lost a board:
    python -m tests.simulator --port 5028 --api-off
    python -m tests.simulator --port 5029 --fault missing-board=1
  one that says yes to power_off and goes on:
    python -m tests.simulator --fault disobey=power_off
  one whose fan breaks with `echo 110 >errors`, and is whole again with `rm errors`:
    python -m tests.simulator --errors-from errors
  an old, a usual, and a new hydro cooled miner:
    python -m tests.simulator --count 3 --api 1.4,2.0.5,dual --cooling air,air,hydro
  one that other programs find, as root:
    python -m tests.simulator --host 127.0.0.9 --api dual --web-ports 80,443
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator",
        description="Pretend WhatsMiners on loopback addresses.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="first loopback address")
    parser.add_argument(
        "--port", type=int, default=4028, help="port of API v2 (0: any free one)"
    )
    parser.add_argument(
        "--v3-port", type=int, default=4433, help="port of API v3 (0: any free one)"
    )
    parser.add_argument(
        "--api",
        default=DEFAULT_API,
        help=f"generation, one or one per miner: {', '.join(GENERATIONS)}",
    )
    parser.add_argument(
        "--model", help="model, one or one per miner (default: one that fits the rest)"
    )
    parser.add_argument(
        "--cooling", help=f"cooling, one or one per miner: {', '.join(COOLINGS)}"
    )
    parser.add_argument(
        "--serial",
        help="serial number, one or one per miner (default: each has its own)",
    )
    parser.add_argument("--firmware", help="another firmware, e.g. 20240624.18.REL")
    parser.add_argument("--password", default=FACTORY_PASSWORD, help="admin password")
    parser.add_argument("--v3-password", help="password of API v3's account super")
    parser.add_argument("--count", type=int, default=1, help="miners, one per address")
    parser.add_argument("--speed", type=float, default=1.0, help="machine time factor")
    parser.add_argument("--seed", type=int, default=1, help="seed of the noise")
    parser.add_argument(
        "--state",
        default="hashing",
        help=f"state at the start, one or one per miner: {', '.join(START_STATES)}",
    )
    parser.add_argument(
        "--api-off",
        action="store_true",
        help="the API switch is off: writes give 45 (v3: -4)",
    )
    parser.add_argument(
        "--default-password",
        action="store_true",
        help="the password was never changed: writes give 45 (v3: -4)",
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[=VALUE]", help="see below"
    )
    parser.add_argument(
        "--web-ports",
        metavar="HTTP,HTTPS",
        help="have a web page, too, as other programs look for (a real one: 80,443)",
    )
    parser.add_argument(
        "--errors-from",
        metavar="FILE",
        help="file with the active error codes, one per line, read again each second, and "
        "with odd readings as --fault has them; one or one per miner",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="folder in which the miners keep what they are: they go on from there at the "
        "next start with the same version of the simulator, whatever --state and the "
        "passwords say",
    )
    return parser


def _each(value: str | None, index: int) -> str | None:
    """Return a miner's own part of a list; the last one goes for all that follow."""
    parts = (value or "").split(",")
    return parts[min(index, len(parts) - 1)] or None


def _web_ports(value: str | None) -> tuple[int, int] | None:
    """Return the ports of the web page; raise ValueError for what is none."""
    if value is None:
        return None
    http, https = value.split(",")
    return int(http), int(https)


def build_miners(args: argparse.Namespace) -> list[SimulatedMiner]:
    """Return the miners; raise ValueError for what cannot be."""
    if args.count < 1:
        raise ValueError("--count must be at least 1")
    miners = []
    for index in range(args.count):
        miner = SimulatedMiner(
            host=str(ip_address(args.host) + index),
            port=args.port,
            v3_port=args.v3_port,
            api=_each(args.api, index) or DEFAULT_API,
            model=_each(args.model, index),
            cooling=_each(args.cooling, index),
            firmware=args.firmware,
            password=args.password,
            v3_password=args.v3_password,
            state=_each(args.state, index) or "",
            speed=args.speed,
            seed=args.seed,
            index=index,
            serial=_each(args.serial, index),
            api_switch=not args.api_off,
            default_password=args.default_password,
            web_ports=_web_ports(args.web_ports),
        )
        machine = miner.machine
        for spec in args.fault:
            match parse_fault(miner.faults, miner.clock, spec):
                case ("missing-board", slot):
                    machine.missing_boards.add(slot)
                case ("dead-pool", number):
                    machine.dead_pools.add(number - 1)
                case ("lowest-limit", watts):
                    machine.lowest_limit = watts
                case ("token-pause", seconds):
                    miner.tokens.pause = seconds
                case ("error", code):
                    machine.error_codes[code] = miner.clock.now()
                case ("energy-reset", seconds):
                    machine.physics.count_period = seconds
                case ("factory-error", code):
                    machine.factory_errors.append(code)
                case (name, count) if name.startswith("dead-chips "):
                    machine.lose_chips(int(name.split()[1]), count)
        miners.append(miner)
    return miners


def build_error_files(
    args: argparse.Namespace, miners: list[SimulatedMiner]
) -> list[ErrorFile]:
    """Return the files that the miners have their errors from."""
    return [
        ErrorFile(miner.device, Path(path))
        for index, miner in enumerate(miners)
        if (path := _each(args.errors_from, index))
    ]


async def run(
    miners: list[SimulatedMiner], error_files: list[ErrorFile], kept: Path | None
) -> None:
    """Serve until interrupted, and read the files each second; then keep the miners."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, done.set)
    try:
        for miner in miners:
            await miner.start()
            _LOGGER.info(
                "%s:%s %s %s, MAC %s, API %s",
                miner.host,
                "+".join(str(port) for port in miner.ports),
                miner.machine.profile.miner_type,
                miner.machine.phase,
                miner.mac,
                miner.api,
            )
        while not done.is_set():
            for file in error_files:
                file.read()
            for miner in miners:
                await miner.replace_if_due()
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), 1)
        if kept is not None:
            for miner in miners:
                keep(miner, kept / miner.host)
    finally:
        for miner in miners:
            await miner.stop()
    _LOGGER.info("ended")


def main() -> int:
    """Run the command line."""
    parser = build_parser()
    args = parser.parse_args()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout
    )
    try:
        miners = build_miners(args)
    except ValueError as err:
        parser.error(str(err))
    if args.keep is not None:
        for miner in miners:
            go_on(miner, args.keep / miner.host)
    try:
        asyncio.run(run(miners, build_error_files(args, miners), args.keep))
    except OSError as err:
        _LOGGER.error("Cannot listen: %s", err)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
