"""Messages of the demo to the user."""

from pathlib import Path
import time

_STARTED = time.monotonic()


class DemoError(Exception):
    """The demo cannot continue; the message says why in one line."""


def say(message: str) -> None:
    """Print one line of progress with the seconds since the start."""
    print(f"demo: {time.monotonic() - _STARTED:5.1f} s  {message}", flush=True)


def box(*lines: str) -> None:
    """Print lines in a box, so that nobody misses them."""
    width = max(map(len, lines))
    rule = "─" * (width + 4)
    print(f"\n┌{rule}┐")
    for line in lines:
        print(f"│  {line:<{width}}  │")
    print(f"└{rule}┘\n", flush=True)


def last_line(log: Path) -> str:
    """Return the last line of a log that is not empty."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
