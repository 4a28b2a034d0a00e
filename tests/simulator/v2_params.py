"""Checking the parameters of write commands."""

from ipaddress import AddressValueError, IPv4Address
import re
from typing import Any

type Params = dict[str, Any]


class BadParameterError(Exception):
    """A parameter is missing or wrong: code 132 unless another one is known."""

    def __init__(self, msg: str | None = None) -> None:
        """Keep the text of the answer, if it is known."""
        super().__init__(msg)
        self.msg = msg


def text(params: Params, key: str, pattern: str = r"[^\0]*") -> str:
    """Return a text that matches a pattern as a whole."""
    value = params.get(key)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise BadParameterError
    return value


def integer(params: Params, key: str, low: int, high: int) -> int:
    """Return a number in a range; it may come as text or as a JSON number."""
    value = params.get(key)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadParameterError
    if not low <= value <= high:
        raise BadParameterError
    return value


def flag(params: Params, key: str, default: bool | None = None) -> bool:
    """Return "true"/"false", which may also come as a JSON boolean."""
    value = params.get(key, default)
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    if isinstance(value, bool):
        return value
    raise BadParameterError


def address(params: Params, key: str) -> str:
    """Return an IPv4 address."""
    try:
        return str(IPv4Address(text(params, key)))
    except AddressValueError:
        raise BadParameterError from None


def addresses(params: Params, key: str) -> str:
    """Return IPv4 addresses separated by blanks."""
    parts = text(params, key).split()
    return " ".join(address({key: part}, key) for part in parts)
