"""Read the JSON that some firmware gets wrong.

Correct JSON is never touched. What is repaired was seen on devices; a value is
never made up, and what stays unreadable is an error.
"""

from collections.abc import Callable, Iterator
import json
import re
from typing import Any

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


def loads(raw: bytes) -> dict[str, Any]:
    """Return the object that the bytes of an answer hold.

    Raises InvalidResponse when they hold none. Numbers that JSON does not know
    (NaN, Infinity) become None.
    """
    text = raw.decode("utf-8", errors="replace").strip("\0 \r\n\t")
    try:
        answer = _loads(text)
    except ValueError:
        for repair in _REPAIRS:
            text = repair(text)
        try:
            answer = _loads(text)
        except (ValueError, RecursionError) as err:
            raise InvalidResponse("the answer is not JSON") from err
    except RecursionError as err:
        raise InvalidResponse("the answer is nested too deep") from err
    if _is_deeper(answer, _LEVELS):
        raise InvalidResponse("the answer is nested too deep")
    if not isinstance(answer, dict):
        raise InvalidResponse("the answer is not a JSON object")
    return answer


def loads_begun(raw: bytes) -> dict[str, Any]:
    """Return the object, or of one that is cut off the parts that came whole.

    Only objects and lists show that they are whole.
    """
    try:
        return loads(raw)
    except InvalidResponse:
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


def _loads(text: str) -> Any:
    """Read JSON, allowing control characters in strings (version has newlines)."""
    return json.loads(text, strict=False, parse_constant=lambda _: None)


def _is_deeper(value: Any, levels: int) -> bool:
    """Tell whether there are more than so many levels in a value."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in value)


def _pairs(match: re.Match[str]) -> str:
    """Turn the pairs of a list into one object each."""
    pairs = re.findall(r'"\w+":"[^"]*"', match[1])
    return "[" + ",".join(f"{{{pair}}}" for pair in pairs) + "]"
