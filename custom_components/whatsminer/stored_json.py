"""Values as JSON has them, and back, by their types.

What is stored may come from another version of this integration, or be broken: what does
not fit has its default, or is an error where it has none.
"""

from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from homeassistant.exceptions import HomeAssistantError

from .stored_numbers import is_number

UNREADABLE = (
    HomeAssistantError,
    NotImplementedError,  # an older version, which nothing migrates
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""The errors of a stored file that is broken or from another version."""

# What JSON in Home Assistant cannot hold.
_TOO_LARGE = 2**63


def to_json(value: Any) -> Any:
    """Return a value, such as one of the models, as JSON has it."""
    if is_dataclass(value):
        return {
            field.name: to_json(getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, frozenset):
        return sorted(to_json(each) for each in value)
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    if isinstance(value, dict):
        return {key: to_json(each) for key, each in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        # One half of a pair of surrogates, and nothing of the file could be written.
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and abs(value) >= _TOO_LARGE:
        return None
    return value


def from_json(kind: Any, stored: Any) -> Any:
    """Return the value of a type; raises ValueError if it does not fit."""
    if is_dataclass(kind):
        return _dataclass(kind, stored)
    if isinstance(kind, UnionType):
        if stored is None and NoneType in get_args(kind):
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return from_json(kind, stored)
    if (origin := get_origin(kind)) is dict:
        if not isinstance(stored, dict):
            raise ValueError(f"no object: {stored!r}")
        return {key: from_json(get_args(kind)[1], each) for key, each in stored.items()}
    if origin in (list, tuple, frozenset):
        if not isinstance(stored, list):
            raise ValueError(f"no list: {stored!r}")
        return origin(_fitting(get_args(kind)[0], stored))
    if issubclass(kind, Enum):
        return kind(stored)
    if kind is float and type(stored) is int:
        stored = float(stored)
    if type(stored) is not kind or (kind in (int, float) and not is_number(stored)):
        raise ValueError(f"not of the type {kind}: {stored!r}")
    return stored


def _dataclass(kind: Any, stored: Any) -> Any:
    """Return an object of a dataclass; what does not fit has its default."""
    if type(stored) is not dict:
        raise ValueError(f"no object: {stored!r}")
    types = _types(kind)
    values = {}
    for field in fields(kind):
        try:
            values[field.name] = from_json(types[field.name], stored[field.name])
        except (KeyError, ValueError) as err:
            if field.default is MISSING:
                raise ValueError(f"no {field.name} in {kind.__name__}") from err
    return kind(**values)


@cache
def _types(kind: Any) -> dict[str, Any]:
    """Return the types of the fields of a dataclass, found once in a run."""
    return get_type_hints(kind)


def _fitting(kind: Any, stored: list[Any]) -> list[Any]:
    """Return the items that fit."""
    values = []
    for each in stored:
        with suppress(ValueError):
            values.append(from_json(kind, each))
    return values
