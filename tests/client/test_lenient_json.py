"""Odd JSON of devices is read; what cannot be read is an error, not a guess."""

from contextlib import suppress
import json
from time import process_time
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.whatsminer.client import InvalidResponse
from custom_components.whatsminer.client.lenient_json import loads, loads_begun


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        pytest.param(b'{"a": 1}', {"a": 1}, id="correct"),
        pytest.param(b'{"a": 1}\0', {"a": 1}, id="NUL at the end"),
        pytest.param(b' \r\n{"a": 1}\n\0\0', {"a": 1}, id="blanks around"),
        pytest.param(b'{"a": [1, 2,], "b": 3,}', {"a": [1, 2], "b": 3}, id="commas"),
        pytest.param(b'{"a": "x\ny"}', {"a": "x y"}, id="newline in a string"),
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
        pytest.param(b'\xef\xbb\xbf{"a": 1}', {"a": 1}, id="byte order mark"),
        pytest.param(b'{"a": 1, "a": 2}', {"a": 2}, id="the same name twice"),
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


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (rb'{"a": "rig7 \ud83d"}', {"a": "rig7 \ufffd"}),
        (rb'{"a": "\ude00 rig7"}', {"a": "\ufffd rig7"}),
        (rb'{"a": "\ude00\ud83d"}', {"a": "\ufffd\ufffd"}),
        (rb'{"a": "rig7 \ud83d\ude00"}', {"a": "rig7 \U0001f600"}),
        (rb'{"\ud83d": {"b\udfff": ["\ud800"]}}', {"\ufffd": {"b\ufffd": ["\ufffd"]}}),
        (b'{"a": "rig\xed\xa0\xbd"}', {"a": "rig\ufffd\ufffd\ufffd"}),
        (
            rb'{"a": "r\u0000i\u001bg\u007f\u009f7"}',
            {"a": "r\ufffdi\ufffdg\ufffd\ufffd7"},
        ),
        (rb'{"a": "1\r\n2\t3\u2028"}', {"a": "1  2 3 "}),
        (
            rb'{"a": "\u202e7gir\u2066\u200f\u061c"}',
            {"a": "\ufffd7gir\ufffd\ufffd\ufffd"},
        ),
        ('{"a": "Grüße 矿机"}'.encode(), {"a": "Grüße 矿机"}),
    ],
)
def test_text_that_nobody_can_store_or_show(raw: bytes, value: dict[str, Any]) -> None:
    """Half characters and what steers a screen are replaced, in names as well."""
    assert loads(raw) == value
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", 2.0**63),
        ("-9223372036854775809", -(2.0**63)),
        ("1" + "0" * 100, 1e100),
        ("1" + "0" * 400, "inf"),
        ("-" + "9" * 10_000, "-inf"),
        ("1e400", "inf"),
        ("-1.5e999", "-inf"),
        ("1.5", 1.5),
        ("-0", 0),
    ],
)
def test_large_numbers(digits: str, value: Any) -> None:
    """A number that is too large to be kept is none; the others stay what they are."""
    read = loads(f'{{"a": {digits}, "b": 1}}'.encode())
    assert read == {"a": value, "b": 1}
    assert type(read["a"]) is type(value)


@pytest.mark.parametrize("part", [b"[]", b"{}", b"[[[]]]"])
@pytest.mark.parametrize("end", [b"]}", b'],"b":'])
def test_too_many_parts(part: bytes, end: bytes) -> None:
    """What would take long to read is not read at all, whole or begun."""
    raw = b'{"a":[' + b",".join([part] * 30_000) + end
    with patch("json.JSONDecoder.raw_decode", side_effect=AssertionError):
        for read in (loads, loads_begun):
            with pytest.raises(InvalidResponse, match="too many parts"):
                read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": [' + b'["1":"x",' * 20_000,
        b'{"a": ["1":"x"' + b',"1":"x"' * 50_000,
        b'{"a"' + b',"",' * 50_000,
        b'{"a"' + b"}" * 100_000 + b" " * 100_000,
        b'{"a"' + b"," * 100_000 + b" " * 100_000,
        b'{"a":"' + rb"\ud83d" * 100_000,
        b'{"error_code":['
        + b",".join(b'"%d":"2026-01-01 00:00:00"' % code for code in range(20_000))
        + b"]}",
    ],
    ids=range(7),
)
def test_long_answers(raw: bytes) -> None:
    """The time that reading takes grows with the length and not with its square."""
    began = process_time()
    with suppress(InvalidResponse):
        loads(raw)
    assert process_time() - began < 30
