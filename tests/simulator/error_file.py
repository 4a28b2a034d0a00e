"""Error codes that come and go with the lines of a file."""

from contextlib import suppress
from pathlib import Path

from .machine import Machine


class ErrorFile:
    """Gives a machine the errors of a file, besides those that it has anyway."""

    def __init__(self, machine: Machine, path: Path) -> None:
        """Remember whose errors are where."""
        self._machine = machine
        self._path = path
        self._given: set[int] = set()

    def read(self) -> None:
        """Make the errors of the machine those that are written now."""
        active = self._machine.error_codes
        wanted = self._codes()
        for code in self._given - wanted:
            active.pop(code, None)
        new = wanted - active.keys()
        active |= dict.fromkeys(sorted(new), self._machine.clock.now())
        self._given = self._given & wanted | new

    def _codes(self) -> set[int]:
        """Return the codes in the file; no file is no errors, other lines are no codes."""
        text = ""
        with suppress(FileNotFoundError):
            text = self._path.read_text()
        return {int(line) for line in text.splitlines() if line.strip().isdecimal()}
