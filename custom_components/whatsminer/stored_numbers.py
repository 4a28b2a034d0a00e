"""Numbers that outlast a restart, as they are in a file that something may have spoiled."""

from typing import Any, Final

_MOST: Final = 1e11
"""No number that is stored is larger; as a time it is the year 5138."""


def is_number(stored: Any) -> bool:
    """Return whether a number was stored.

    Text is none: Python makes a number of `nan`, too, and JSON does not.
    """
    return type(stored) in (int, float) and abs(stored) <= _MOST


def stored_number(stored: Any) -> float:
    """Return a number that was stored; raises ValueError if it is none."""
    if not is_number(stored):
        raise ValueError(f"no number: {stored!r}")
    return float(stored)


def stored_if_any(stored: Any) -> float | None:
    """Return a number that was stored, or None where there was none."""
    return None if stored is None else stored_number(stored)
