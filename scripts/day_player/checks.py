"""What is checked of the content of a file, each with its own words."""

from collections.abc import Mapping
from math import isfinite
from typing import Any


class FileError(Exception):
    """A file that is no day, and why."""


def an_object(name: str, value: Any, keys: set[str]) -> Mapping[str, Any]:
    """Return an object that has no other keys than these."""
    if not isinstance(value, dict):
        raise FileError(f"{name} must be an object")
    if unknown := sorted(value.keys() - keys):
        raise FileError(f"{name} has unknown keys: {', '.join(unknown)}")
    return value


def has(name: str, value: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    """Check that an object has these keys."""
    for key in keys:
        if key not in value:
            raise FileError(f"{key}{name} is missing")


def a_number(name: str, value: Any, lowest: float, highest: float) -> float:
    """Return a number between two."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FileError(f"{name} must be a number")
    if not (isfinite(value) and lowest <= value <= highest):
        raise FileError(f"{name} must be from {lowest:g} to {highest:g}")
    return float(value)


def numbers(name: str, values: Any, lowest: float, highest: float) -> list[float]:
    """Return a list of numbers that is not empty."""
    if not isinstance(values, list) or not values:
        raise FileError(f"{name} must be a list of numbers")
    return [a_number(f"each of {name}", each, lowest, highest) for each in values]
