"""What the miner's error codes mean; the table of them is in `error_table`.

A code that is not listed is still an error.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import product
import re
from typing import NamedTuple

from .error_table import CHIPS, ERRORS, PSU_STATUS


class Severity(StrEnum):
    """How bad an error is."""

    INFO = "info"
    WARNING = "warning"
    """The miner goes on, perhaps not as well as it could."""
    ERROR = "error"
    """A part does not work."""
    CRITICAL = "critical"
    """The miner, or a board, cannot or must not go on."""


class Meaning(NamedTuple):
    """What a code means; None where it is not known."""

    words: str | None = None
    severity: Severity = Severity.ERROR
    part: str | None = None
    """The part of the machine that has it."""
    remedy: str | None = None
    """What the maker advises to do."""


_UNKNOWN = Meaning()
_PSU_STATUS_CODE = 210


def describe(code: int, reason: str | None = None) -> Meaning:
    """Return what a code means, with the miner's own words where it gives them.

    That the status word of the PSU stands in those words is not proven.
    """
    if code == _PSU_STATUS_CODE and reason:
        return _psu_status(reason)
    if (meaning := _MEANINGS.get(code)) is not None:
        return meaning
    kind, board, chip = code // 10_000, code // 1000 % 10, code % 1000
    if kind in CHIPS and board < 4:
        words = CHIPS[kind].format(board, f"{chip:03}")
        return Meaning(words, Severity.WARNING, "chip")
    return _UNKNOWN


def _psu_status(reason: str) -> Meaning:
    """Return what the bits of a PSU's status word mean, if the miner gives it."""
    meaning = _MEANINGS[_PSU_STATUS_CODE]
    found = re.search(r"\b0x([0-9a-f]{1,4})\b", reason, re.IGNORECASE)
    bits = [
        each for bit, each in PSU_STATUS.items() if found and int(found[1], 16) & bit
    ]
    if not bits:
        return meaning
    words, remedies = (dict.fromkeys(each) for each in zip(*bits, strict=True))
    return meaning._replace(
        words=f"PSU: {', '.join(words)}", remedy="; ".join(remedies)
    )


def _meanings() -> Iterator[tuple[int, Meaning]]:
    """Return the table by single codes."""
    for pattern, (words, severity, part, remedy) in ERRORS.items():
        for digits in product(*map(_digits, re.findall(r"\[.+?\]|\d", pattern))):
            numbers = [each for each in digits if len(each) > 1]
            yield (
                int("".join(each[-1] for each in digits)),
                Meaning(
                    words.format(*(each[-1] for each in numbers)),
                    Severity(severity),
                    part,
                    remedy,
                ),
            )


def _digits(element: str) -> list[str]:
    """Return the digits that an element of a pattern stands for."""
    if len(element) == 1:
        return [element]
    first, last = element[1], element[-2]
    # Marked as one of several, so that the words can name it.
    return [f"[{digit}" for digit in "0123456789" if first <= digit <= last]


_MEANINGS = dict(_meanings())
