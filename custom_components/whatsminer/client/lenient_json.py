"""Read the JSON that some firmware gets wrong.

What is repaired was seen on devices; a value is never made up, and what stays unreadable
is an error. Whatever was read can be shown, and stored as JSON in UTF-8: text has no half
characters and nothing that steers a screen, and no number is too large.

Most answers are JSON to the letter: orjson, which Home Assistant brings, reads them five
times as fast as Python does.
"""

from collections.abc import Callable, Iterator
import json
import math
import re
from typing import Any

import orjson

from .exceptions import InvalidResponse

_REPAIRS: tuple[Callable[[str], str], ...] = (
    # The error list of API 2.0.4: ["329":"2022-01-17 11:28:11"], a pair in a list.
    lambda text: re.sub(r'\[("\w+":"[^"]*"(?:,"\w+":"[^"]*")*)\]', _pairs, text),
    # A comma before the end of an object or list; btminer.
    lambda text: re.sub(r",(\s*[}\]])", r"\1", text),
    # A comma at the start of a list.
    lambda text: re.sub(r"\[\s*,", "[", text),
    # No comma between two objects.
    lambda text: re.sub(r"}\s*{", "},{", text),
    # get_psu of 2023-01: no comma before the next key.
    lambda text: re.sub(r'""(\w+)"\s*:', r'","\1":', text),
    # An apostrophe escaped as only JavaScript allows it; M20S.
    lambda text: text.replace("\\'", "'"),
    # Numbers that are none.
    lambda text: re.sub(r":\s*[-+]?(?:nan|inf)\b", ":null", text, flags=re.IGNORECASE),
)

# From the start of an object, or the end of one of its parts, to the next value.
_KEY = re.compile(r'\s*[{,]\s*("(?:[^"\\]|\\.)*"\s*:)\s*')

# Deeper than any answer is nested.
_LEVELS = 50
# Objects and lists of an answer; recorded ones have 21 at most. Nothing else is done while
# one is read, and the longest could be made of ten times as many.
_MOST_PARTS = 25_000

# Others than these cannot be stored by everything that stores JSON.
_INTEGERS = range(-(2**63), 2**63)
_DIGITS = 20
# The shape of an answer: each digit is 0, and each byte that may not be shown, or stands
# for such a one, is NUL. The rest stays.
_UNCLEAR = bytes({*range(32), *range(127, 256), ord("\\")})
_SHAPE = bytes.maketrans(b"123456789" + _UNCLEAR, b"000000000" + bytes(len(_UNCLEAR)))

_BLANKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]")
# Half of an emoji (a JSON escape can make it), control characters, and what changes the
# direction of writing, so that one name looks like another.
_UNFIT = re.compile(
    r"[\ud800-\udfff\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def loads(raw: bytes) -> dict[str, Any]:
    """Return the object that the bytes of an answer hold.

    Raises InvalidResponse when they hold none. Numbers that JSON does not know
    (NaN, Infinity) become None.
    """
    parts = _parts(raw)
    if parts > _MOST_PARTS:
        raise InvalidResponse("the answer has too many parts")
    raw = raw.strip(b"\0 \r\n\t")
    shape = raw.translate(_SHAPE)
    try:
        is_strict = _has_small_numbers(shape)
        answer = loads_strictly(raw) if is_strict else loads_repaired(raw)
    except orjson.JSONDecodeError:
        answer = loads_repaired(raw)
    if not isinstance(answer, dict):
        raise InvalidResponse("the answer is not a JSON object")
    # What is opened less than fifty times is not nested deeper, nor is what a repair made
    # of it: that nests one deeper at most.
    if parts < _LEVELS and _is_fit(shape):
        return answer
    fitted: dict[str, Any] = fit(answer, _LEVELS)
    return fitted


def loads_strictly(raw: bytes) -> Any:
    """Return what the bytes hold that are JSON to the letter."""
    return orjson.loads(raw)


def loads_repaired(raw: bytes) -> Any:
    """Return what Python reads, which limits long numbers; repaired, if need be."""
    text = raw.decode("utf-8", errors="replace").strip("\0 \r\n\t\ufeff")
    try:
        return decode(text)
    except ValueError:
        for repair in _REPAIRS:
            text = repair(text)
    except RecursionError as err:
        raise InvalidResponse("the answer is nested too deep") from err
    try:
        return decode(text)
    except (ValueError, RecursionError) as err:
        raise InvalidResponse("the answer is not JSON") from err


def loads_begun(raw: bytes) -> dict[str, Any]:
    """Return the object, or of one that is cut off the parts that came whole.

    Only objects and lists show that they are whole.
    """
    try:
        return loads(raw)
    except InvalidResponse:
        if _parts(raw) > _MOST_PARTS:
            raise
        text = raw.decode("utf-8", errors="replace")
        whole = ",".join(_whole_parts(text))
        if not whole:
            raise
    return loads(f"{{{whole}}}".encode())


def _whole_parts(text: str) -> Iterator[str]:
    """Return the parts of an object, as they stand there, up to the first broken one."""
    decoder = json.JSONDecoder(strict=False)
    position = 0
    while found := _KEY.match(text, position):
        try:
            value, position = decoder.raw_decode(text, found.end())
        except ValueError, RecursionError:
            return
        if isinstance(value, (dict, list)):
            yield text[found.start(1) : position]


def _integer(digits: str) -> int | float | str:
    """Return an integer; one that is too large as a number with a fraction, or text."""
    if len(digits) <= _DIGITS and (number := int(digits)) in _INTEGERS:
        return number
    return _number(digits)


def _number(digits: str) -> float | str:
    """Return a number; one that is too large as short text, which is no reading."""
    number = float(digits)
    return number if math.isfinite(number) else f"{number}"


# Control characters in strings are allowed: version has newlines.
decode = json.JSONDecoder(
    strict=False,
    parse_constant=lambda _: None,
    parse_int=_integer,
    parse_float=_number,
).decode


def _has_small_numbers(shape: bytes) -> bool:
    """Return whether no number can be too large: none is long.

    Of those with an exponent orjson itself refuses the ones that are.
    """
    return b"0" * (_DIGITS - 1) not in shape


def _is_fit(shape: bytes) -> bool:
    """Return whether no text that was read can be unfit, as in most answers.

    To look at each value takes longer than to read them all. The shape shows what is
    unfit; an escape could hide it, so a backslash counts as unfit, too.
    """
    return b"\0" not in shape


def _parts(raw: bytes) -> int:
    """Return how many objects and lists are opened."""
    return raw.count(b"{") + raw.count(b"[")


def fit(value: Any, levels: int) -> Any:
    """Return a value with fit text; raises InvalidResponse when it is nested too deep."""
    if isinstance(value, str):
        return _UNFIT.sub("\ufffd", _BLANKS.sub(" ", value))
    if not isinstance(value, (dict, list)):
        return value
    if levels == 0:
        raise InvalidResponse("the answer is nested too deep")
    if isinstance(value, list):
        return [fit(each, levels - 1) for each in value]
    return {fit(key, 1): fit(each, levels - 1) for key, each in value.items()}


def _pairs(match: re.Match[str]) -> str:
    """Turn the pairs of a list into one object each."""
    pairs = re.findall(r'"\w+":"[^"]*"', match[1])
    return "[" + ",".join(f"{{{pair}}}" for pair in pairs) + "]"
