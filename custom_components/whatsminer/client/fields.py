"""The fields of an answer, read one by one; what cannot be true is noted."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
import re
from typing import Any

from .ranges import MOST_ROWS, Kind
from .values import parse_boolean, parse_integer, parse_number, parse_text

_MOST_DOUBTS = 20
_LONGEST_DOUBT = 40
_NO_NUMBER = re.compile(r"\d|inf|nan", re.IGNORECASE)


class Doubts:
    """What one reading contained that cannot be true."""

    def __init__(self) -> None:
        """Start without any."""
        self.times = 0
        """How often something was noted."""
        self._found: dict[str, str] = {}

    def note(self, name: str, value: Any) -> None:
        """Note a value, by the miner's own name for it."""
        self.times += 1
        if len(self._found) < _MOST_DOUBTS:
            name = name.lower()[:_LONGEST_DOUBT]
            self._found.setdefault(name, str(value)[:_LONGEST_DOUBT])

    def __iter__(self) -> Iterator[str]:
        """Return what was noted, such as `power: 2147483647`."""
        return (f"{name}: {value}" for name, value in self._found.items())


type Numbers = Mapping[str, tuple[Kind, str]]
"""Kinds and the miner's own names of numbers, by their names in a reading."""


class Fields:
    """Some fields of an answer by the miner's own names; missing ones are None."""

    def __init__(
        self, fields: Mapping[str, Any], doubts: Doubts, prefix: str = ""
    ) -> None:
        """Remember where to read from, and where to note what cannot be true."""
        self.given = fields
        """All fields as they came."""
        self._doubts = doubts
        self._prefix = prefix

    def __contains__(self, name: str) -> bool:
        """Return whether there is such a field."""
        return name in self.given

    def get(self, name: str) -> Any:
        """Return a field as it came."""
        return self.given.get(name)

    def number(self, kind: Kind, name: str) -> float | None:
        """Return a field, which has the unit of its kind, if it can be true."""
        value = self.given.get(name)
        if value is None:
            return None
        # Most are numbers that can be true: the rest takes three times as long. They are
        # rounded as in `to_thousandths`.
        if type(value) is float or type(value) is int:
            if kind.lowest <= value <= kind.highest:
                value = round(value * 1000) / 1000
                if value or kind.zero:
                    return value
        value = self.raw_number(name)
        return value if value is None else self.believed(kind, name, value)

    def numbers(self, table: Numbers) -> dict[str, Any]:
        """Return all fields of a table by their names in a reading."""
        return {
            name: self.integer(kind, field) if kind.whole else self.number(kind, field)
            for name, (kind, field) in table.items()
        }

    def first_number(self, kind: Kind, *names: str) -> float | None:
        """Return the first of the fields that can be true."""
        for name in names:
            if (value := self.number(kind, name)) is not None:
                return value
        return None

    def number_in(self, unit: float, kind: Kind, name: str) -> float | None:
        """Return a field if it can be true; so many of its units are one of the kind's."""
        value = self.raw_number(name)
        if value is None or kind.is_none(value):
            return None
        return self.believed(kind, name, round(value / unit, 6))

    def integer(self, kind: Kind, name: str) -> int | None:
        """Return a field if it can be true, without its fraction."""
        value = self.number(kind, name)
        return None if value is None else int(value)

    def text(self, name: str) -> str | None:
        """Return a field if it is a text with something in it."""
        return parse_text(self.given.get(name))

    def boolean(self, name: str) -> bool | None:
        """Return a field if it is a yes or a no."""
        return parse_boolean(self.given.get(name))

    def raw_number(self, name: str) -> float | None:
        """Return a number whatever its size; a text that means none is noted."""
        given = self.given.get(name)
        if given is None:
            return None
        value = parse_number(given)
        if value is None and isinstance(given, str) and _NO_NUMBER.search(given):
            self._note(name, given)
        return value

    def believed(self, kind: Kind, name: str, value: float) -> float | None:
        """Return a value of a field if it can be true; else note the field."""
        if kind.believes(value):
            return value
        if not kind.is_none(value):
            self._note(name, self.get(name))
        return None

    def _note(self, name: str, value: Any) -> None:
        """Note a field that cannot be true."""
        self._doubts.note(f"{self._prefix}{name}", value)


def by_number(
    rows: Iterable[Mapping[str, Any]], doubts: Doubts, kind: str, *names: str
) -> list[tuple[int, Fields]]:
    """Return rows by their own number, or else by their place in the list, in order."""
    found: dict[int, Fields] = {}
    for place, row in enumerate(islice(rows, MOST_ROWS)):
        number: Any = None
        for name in names:
            if name in row:
                number = row[name]
                break
        if type(number) is not int:
            number = parse_integer(number)
        if number is None or not 0 <= number < MOST_ROWS or number in found:
            number = place
        if number not in found:
            found[number] = Fields(row, doubts, f"{kind} {number} ")
    return [(number, found[number]) for number in sorted(found)]
