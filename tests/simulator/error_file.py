"""What goes wrong with a machine, by the lines of a file."""

from contextlib import suppress
from copy import deepcopy
from pathlib import Path

from .device import Device
from .odd import parse_odd


class ErrorFile:
    """Gives a machine the errors and oddities of a file, besides those that it has."""

    def __init__(self, device: Device, path: Path) -> None:
        """Remember whose errors are where."""
        self._device = device
        self._path = path
        self._lines: list[str] = []
        self._odd = device.faults.odd

    def read(self) -> None:
        """Make what goes wrong what is written now; no file is nothing.

        A line is the code of an error or an oddity, as --fault has it; others are
        passed over.
        """
        text = ""
        with suppress(FileNotFoundError):
            text = self._path.read_text()
        lines = [line.strip() for line in text.splitlines()]
        self._set_errors({int(line) for line in lines if line.isdecimal()})
        if lines != self._lines:
            self._lines = lines
            self._set_oddities()

    def _set_errors(self, wanted: set[int]) -> None:
        """Make the errors those that are wanted, and those that were there anyway."""
        machine = self._device.machine
        active = machine.error_codes
        given = machine.pretended_codes
        for code in given - wanted:
            active.pop(code, None)
        new = wanted - active.keys()
        active |= dict.fromkeys(sorted(new), machine.clock.now())
        machine.pretended_codes = given & wanted | new

    def _set_oddities(self) -> None:
        """Set the oddities of the lines, besides those of the start."""
        odd = deepcopy(self._odd)
        for line in self._lines:
            name, _, value = line.partition("=")
            with suppress(ValueError):
                parse_odd(odd, self._device.clock, name, value)
        self._device.faults.odd = odd
