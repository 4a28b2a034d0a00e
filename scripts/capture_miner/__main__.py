"""The command line: read, redact, write a folder."""

import argparse
import asyncio
from getpass import getpass
from pathlib import Path
import re
import sys

from .reading import Answers, read_all
from .redacting import Redactor
from .trial import Trial, try_percent

DESCRIPTION = """\
Record what a WhatsMiner answers, for a bug report or a test.

The program sends each command of API v2 (port 4028) and v3 (port 4433) that only reads,
one after another. This takes about 20 seconds, needs no password, and changes nothing on
the miner. The answers go into captures/<model>_<firmware>_api<version>/, one file for
each command. Serial numbers, hosts of pools, workers, network addresses, names and keys
are masked. The first half of the MAC address stays. Look through the files before you
give them to others.
"""
_ALSO_PERCENT = """\
also set this power percent (1 to 100), once as text and once as a number, and restore
100 afterwards; the program asks for the password of the account first. Only API v3, and
only on a miner that has finished tuning
"""

_MODEL = r'"miner_type"\s*:\s*"([^"]+)|"type"\s*:\s*"(M\d[^"]*)|"Model"\s*:\s*"([^"]+)'
_FIRMWARE = r'"(?:fwversion|fw_ver|Firmware ?Version)"\s*:\s*"([^"]+)'
_API = (
    r'"api"\s*:\s*"([\d.]+)',
    r'"api_ver"\s*:\s*"\D*([\d.]+)',
    r'"Description"\s*:\s*"whatsminer v([\d.]+)',
    r'"Description"\s*:\s*"(cgminer [\d.]+)',
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/capture",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("host", help="address or name of the miner")
    parser.add_argument("--port", type=int, default=4028, help="port of API v2 (4028)")
    parser.add_argument(
        "--port-v3", type=int, default=4433, help="port of API v3 (4433)"
    )
    parser.add_argument("--power-percent", type=_percent, help=_ALSO_PERCENT)
    parser.add_argument(
        "--account",
        default="super",
        help="account for --power-percent (super)",
    )
    parser.add_argument(
        "--out", type=Path, help="another folder to write; it must not exist yet"
    )
    return parser


def _percent(text: str) -> int:
    """Return a power percent from the command line."""
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a percent from 1 to 100")
    return int(text)


def folder_name(answers: Answers) -> str:
    """Return the name that says which kind of miner this is."""
    text = b"\n".join(answers.values()).decode(errors="replace")
    model = _found(text, _MODEL) or "unknown"
    firmware = _found(text, _FIRMWARE) or "unknown"
    api = next(filter(None, (_found(text, pattern) for pattern in _API)), "unknown")
    name = f"{model}_{firmware}_api{api}".lower()
    return re.sub(r"[^a-z0-9.+_-]+", "-", name.replace("'", ""))


def write(answers: Answers, folder: Path) -> None:
    """Write one file per command."""
    folder.mkdir(parents=True)
    for command, raw in answers.items():
        name = command.replace(" ", "_").replace("+", "_plus_")
        (folder / f"{name}.json").write_bytes(raw)


async def capture(
    host: str,
    *,
    port: int,
    port_v3: int,
    out: Path | None,
    pause: float | None = None,
    trial: Trial | None = None,
) -> Path:
    """Read a miner and return the folder that was written.

    Raises OSError when it cannot be written, ValueError when there is nothing to write.
    """
    if out is not None and out.exists():
        raise FileExistsError(f"{out} already exists")
    gentle = {} if pause is None else {"pause": pause}
    answers = await read_all(host, port, port_v3, say=_say, **gentle)
    if not answers:
        raise ValueError(f"{host} answers neither on port {port} nor on {port_v3}")
    if trial is not None:
        answers |= await try_percent(trial, host, port_v3, say=_say, **gentle)
    folder = out or _unused(Path("captures") / folder_name(answers))
    write(Redactor(host).redact(answers), folder)
    return folder


def main() -> int:
    """Run the command line."""
    args = build_parser().parse_args()
    trial = None
    try:
        if args.power_percent is not None:
            password = getpass(f"capture: password of {args.account}: ")
            trial = Trial(args.power_percent, args.account, password)
        folder = asyncio.run(
            capture(
                args.host,
                port=args.port,
                port_v3=args.port_v3,
                out=args.out,
                trial=trial,
            ),
            # The default loop of Windows cannot watch a socket.
            loop_factory=asyncio.SelectorEventLoop,
        )
    except (OSError, ValueError) as err:
        print(f"capture: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("capture: interrupted, nothing was written", file=sys.stderr)
        return 1
    print(f"capture: {len(list(folder.iterdir()))} answers are in {folder.resolve()}")
    print("capture: look through them before you give them to others")
    return 0


def _found(text: str, pattern: str) -> str | None:
    """Return the first group that is found."""
    match = re.search(pattern, text)
    return next(filter(None, match.groups()), None) if match else None


def _unused(folder: Path) -> Path:
    """Return the folder, or one with a number if it already exists."""
    number, path = 1, folder
    while path.exists():
        number += 1
        path = folder.with_name(f"{folder.name}-{number}")
    return path


def _say(line: str) -> None:
    """Print a line of progress."""
    print(f"capture: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
