"""Odd JSON of devices is read; what cannot be read is an error, not a guess."""

from typing import Any

import pytest

from custom_components.whatsminer.client import InvalidResponse
from custom_components.whatsminer.client.lenient_json import loads


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        pytest.param(b'{"a": 1}', {"a": 1}, id="correct"),
        pytest.param(b'{"a": 1}\0', {"a": 1}, id="NUL at the end"),
        pytest.param(b' \r\n{"a": 1}\n\0\0', {"a": 1}, id="blanks around"),
        pytest.param(b'{"a": [1, 2,], "b": 3,}', {"a": [1, 2], "b": 3}, id="commas"),
        pytest.param(b'{"a": "x\ny"}', {"a": "x\ny"}, id="newline in a string"),
        pytest.param(
            b'{"a": [{"b": 1}{"b": 2}]}', {"a": [{"b": 1}, {"b": 2}]}, id="no comma"
        ),
        pytest.param(b'{"a": [,{"b": 1}]}', {"a": [{"b": 1}]}, id="comma first"),
        pytest.param(
            b'{"fan_speed":"6976""temp0":"33.5"}',
            {"fan_speed": "6976", "temp0": "33.5"},
            id="no comma before temp0",
        ),
        pytest.param(
            b'{"error_code":["329":"2022-01-17 11:28:11"]}',
            {"error_code": [{"329": "2022-01-17 11:28:11"}]},
            id="pair in a list",
        ),
        pytest.param(
            b'{"error_code":["329":"2022-01-17 11:28:11","110":"2022-01-18 00:00:01"]}',
            {
                "error_code": [
                    {"329": "2022-01-17 11:28:11"},
                    {"110": "2022-01-18 00:00:01"},
                ]
            },
            id="pairs in a list",
        ),
        pytest.param(
            b'{"fw": "\\\'20200917.22.REL\\\'"}',
            {"fw": "'20200917.22.REL'"},
            id="escaped apostrophe",
        ),
        pytest.param(
            b'{"a": nan, "b": -inf, "c": NaN, "d": Infinity, "e": "inf"}',
            {"a": None, "b": None, "c": None, "d": None, "e": "inf"},
            id="no numbers",
        ),
        pytest.param(b'{"a": "\xff"}', {"a": "�"}, id="not UTF-8"),
    ],
)
def test_read(raw: bytes, value: dict[str, Any]) -> None:
    """The oddities that were seen on devices are read."""
    assert loads(raw) == value


def test_correct_json_is_not_touched() -> None:
    """Text that looks like an oddity stays as it is inside correct JSON."""
    raw = rb'{"user": "a,]}{b", "worker": "[,c\": nan"}'
    assert loads(raw) == {"user": "a,]}{b", "worker": '[,c": nan'}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"hello",
        b'{"a": ',
        b'{"a" 1}',
        b"[1, 2]",
        b'"text"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
    ],
)
def test_unreadable(raw: bytes) -> None:
    """What is no object is an error."""
    with pytest.raises(InvalidResponse):
        loads(raw)
