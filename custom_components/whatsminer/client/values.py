"""Read single values: firmware writes numbers as text, booleans as words.

Each function returns None for whatever it cannot read for certain.
"""

from math import isfinite
import re
from typing import Any

from .ranges import ABOVE_RATING

_WORDS = {
    "true": True,
    "false": False,
    "1": True,
    "0": False,
    "enable": True,
    "disable": False,
}
_LONGEST = 255
_MAC = re.compile("[0-9a-f]{12}")
_NO_MARKS = str.maketrans("", "", "-:.")
# More than any WhatsMiner reaches, less than a hashing one gives in MH/s.
_MOST_TERAHASHES = 1000.0


def parse_number(value: Any) -> float | None:
    """Return a finite number, also from text, to a thousandth.

    Firmware with API 2.2 prints single precision with many more digits.
    """
    kind = type(value)  # bool is an int, but no number
    if kind is str and "_" not in value:  # Python reads it, no device means it
        try:
            value = float(value)
        except ValueError:
            return None
    elif kind is int:
        try:
            return float(value)
        except OverflowError:
            return None
    elif kind is not float:
        return None
    return to_thousandths(value) if isfinite(value) else None


def to_thousandths(value: float) -> float:
    """Return a finite number to a thousandth; zero has no sign where it is shown.

    `round(value, 3)` takes twice as long, and differs only where half of one is left.
    """
    try:
        return round(value * 1000) / 1000
    except OverflowError:
        return value


def parse_integer(value: Any) -> int | None:
    """Return a number without its fraction: some firmware writes 2648 as 2648.0."""
    result = parse_number(value)
    return None if result is None else int(result)


def parse_boolean(value: Any) -> bool | None:
    """Return a boolean, also from the words and digits that firmware uses."""
    if isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    return _WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def parse_text(value: Any) -> str | None:
    """Return text without the blanks and extra quotes that old firmware adds.

    A state of Home Assistant holds so much of it; no name of a miner is as long.
    """
    if not isinstance(value, str):
        return None
    if not value.isalnum():
        value = value.strip().strip("'\"").strip()
    return value[:_LONGEST].strip() or None


def parse_mac(value: Any) -> str | None:
    """Return a MAC address in lower case with colons, but not one that means none.

    Other signs between the digits, or none, were not seen yet.
    """
    if not isinstance(value, str):
        return None
    digits = value.strip().lower().translate(_NO_MARKS)
    if not _MAC.fullmatch(digits) or digits in ("0" * 12, "f" * 12):
        return None
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def to_terahashes(value: float, factory: float | None) -> float | None:
    """Return a rate in TH/s, given in MH/s or, by some firmware, in TH/s; None below zero.

    `factory` is the rated hashrate in TH/s. No miner runs so far above its rating, and
    none hashes with as few MH/s.
    """
    if value < 0:
        return None
    if value <= (ABOVE_RATING * factory if factory else _MOST_TERAHASHES):
        return value
    return round(value) / 1e6
