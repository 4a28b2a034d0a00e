"""Prices of electricity, in whatever form they come, as one list of points.

Nothing is guessed: a list whose count does not fit the day, a time without its zone, a
unit that is not known or an item without its price is an error with a name, which a
repair can show. A price that is given as unknown is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from .forms import ATTRIBUTES, RESPONSES, Form

LONGEST: Final = timedelta(hours=25)
"""A price of a whole day, on which the clocks go back."""
MOST: Final = 1000
"""Prices that are read: three days of five minutes each are fewer."""
HIGHEST: Final = 1e12
"""What nothing costs or earns, in any currency and unit: what is more is a slip."""
STEPS: Final = tuple(timedelta(minutes=each) for each in (60, 30, 15, 5))
ENERGIES: Final = {"kwh": 1.0, "mwh": 0.001, "wh": 1000.0}
HUNDREDTHS: Final = frozenset(
    ("c", "ct", "cent", "cents", "¢", "öre", "øre", "p", "pence")
)
SYMBOLS: Final = {"€": "EUR", "£": "GBP", "A$": "AUD"}


@dataclass(frozen=True, slots=True)
class PricePoint:
    """What a kilowatt hour costs from one moment to another, both in UTC."""

    start: datetime
    end: datetime
    price: float


class Fault(StrEnum):
    """What is wrong with prices."""

    FORM = "form"
    MISSING = "missing"
    CHOICE = "choice"
    UNIT = "unit"
    TIME = "time"
    PRICE = "price"
    COUNT = "count"
    OVERLAP = "overlap"
    FORECAST = "forecast"
    CURRENCY = "currency"
    SILENT = "silent"
    ACTION = "action"


WORDS: Final[Mapping[Fault, str]] = {
    Fault.FORM: "the prices have a form that is not known",
    Fault.MISSING: "a field is missing",
    Fault.CHOICE: "enter one of these as area or home",
    Fault.UNIT: "the unit is not known",
    Fault.TIME: "a time cannot be read, or has no time zone",
    Fault.PRICE: "a price is no number",
    Fault.COUNT: "the number of prices does not fit a day",
    Fault.OVERLAP: "two prices are valid at the same time",
    Fault.FORECAST: "it has no future prices, so the cheapest hours are not known",
    Fault.CURRENCY: "its currency is not that of the price",
    Fault.SILENT: "it has reported nothing for a day; for a fixed price, use a number helper",
    Fault.ACTION: "the action failed",
}
"""What is wrong, for a repair."""


class PriceError(ValueError):
    """Prices that cannot be read; `fault` says why and `detail` where."""

    def __init__(self, fault: Fault, detail: object) -> None:
        """Keep what a repair shows."""
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = str(detail)[:100]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a price: what makes it a price of one kilowatt hour."""

    factor: float
    currency: str | None
    """As a code, or in the source's own words; None for hundredths of one."""


def read_unit(text: object) -> Unit:
    """Return what a unit such as `EUR/MWh` or `Öre/kWh` means."""
    money, _, energy = str(text).strip().partition("/")
    factor = ENERGIES.get(energy.strip().lower())
    if factor is None or not money:
        raise PriceError(Fault.UNIT, text)
    if money.lower() in HUNDREDTHS:
        return Unit(factor / 100, None)
    return Unit(factor, code_of(money))


def code_of(money: str) -> str:
    """Return the code of a currency, or what the source calls it."""
    return SYMBOLS.get(money, money.upper())


def read_price(value: object) -> float:
    """Return a price as a number; raises a PriceError for anything else."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not abs(value) <= HIGHEST
    ):
        raise PriceError(Fault.PRICE, value)
    return float(value)


def read_attributes(name: str, attributes: Mapping[str, Any]) -> list[PricePoint]:
    """Return the prices that the attributes of an entity have."""
    return _read(ATTRIBUTES[name], attributes, attributes.get("unit_of_measurement"))


def read_response(
    action: str, response: Mapping[str, Any], choice: str | None = None
) -> list[PricePoint]:
    """Return the prices of an action's response; `choice` is the area or the home."""
    form = RESPONSES[action]
    for key in form.lists:
        response = _taken(response, key)
    if not form.by_name:
        return _read_items(form, response)
    if not isinstance(response, Mapping):
        raise PriceError(Fault.FORM, action)
    if choice is None and len(response) == 1:
        (choice,) = response
    if choice is None or choice not in response:
        raise PriceError(Fault.CHOICE, ", ".join(map(str, response)))
    return _read_items(form, response[choice])


def read_numbers(
    values: object, day: date, zone: tzinfo, unit: object
) -> list[PricePoint]:
    """Return the prices of a local day that is given as numbers from midnight on.

    Their count says how long each is valid. A day of 23 hours has 23, 46 or 92 of them:
    24 on such a day would put each price after two o'clock into a wrong hour.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    items = _items(values)
    count = len(items)
    if not count or (step := (end - start) / count) not in STEPS[:3]:
        raise PriceError(Fault.COUNT, count)
    factor = read_unit(unit).factor
    return [
        PricePoint(start + index * step, start + (index + 1) * step, price * factor)
        for index, value in enumerate(items)
        if (price := _price(value)) is not None
    ]


def join(lists: Iterable[Iterable[PricePoint]]) -> list[PricePoint]:
    """Return the points of several lists in order, each once.

    Today's and tomorrow's may come from different entities, and may overlap where they
    agree. Where they do not, none is better than the other.
    """
    points = sorted(
        {each for one in lists for each in one}, key=lambda each: each.start
    )
    for before, after in pairwise(points):
        if after.start < before.end:
            raise PriceError(Fault.OVERLAP, after.start.isoformat())
    return points


def _taken(data: object, key: str) -> Any:
    """Return what stands under a key that has to be there."""
    if not isinstance(data, Mapping):
        raise PriceError(Fault.FORM, key)
    if data.get(key) is None:
        raise PriceError(Fault.MISSING, key)
    return data[key]


def _read(form: Form, data: Mapping[str, Any], unit: object) -> list[PricePoint]:
    """Return the prices of all lists of a form."""
    items = list(_items(_taken(data, form.lists[0])))
    for key in form.lists[1:]:
        items += _items(data.get(key) or ())
    return _read_items(form, items, unit)


def _items(items: object) -> Sequence[Any]:
    """Return a list that has to be one."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise PriceError(Fault.FORM, type(items).__name__)
    if len(items) > MOST:
        raise PriceError(Fault.COUNT, len(items))
    return items


def _read_items(form: Form, items: object, unit: object = None) -> list[PricePoint]:
    """Return the prices of a list of items, in order and without overlap."""
    rows = [_read_item(form, each, unit) for each in _items(items)]
    length = _length([start for start, _, _ in rows]) if form.end is None else None
    points = []
    for start, end, price in rows:
        until = start + length if length else end
        if until is None or not timedelta() < until - start <= LONGEST:
            raise PriceError(Fault.TIME, start.isoformat())
        if price is not None:
            points.append(PricePoint(start, until, price))
    return join([points])


def _read_item(
    form: Form, item: object, unit: object
) -> tuple[datetime, datetime | None, float | None]:
    """Return start, end and price of an item."""
    start = _time(_taken(item, form.start))
    end = _time(_taken(item, form.end)) if form.end else None
    if not isinstance(item, Mapping) or form.price not in item:
        raise PriceError(Fault.MISSING, form.price)
    price = _price(item[form.price])
    if form.item_unit:
        unit = _taken(item, form.item_unit)
    return start, end, None if price is None else price * _factor(form, unit)


def _factor(form: Form, unit: object) -> float:
    """Return what makes a price of a form one of a kilowatt hour.

    A currency alone is the unit of a sensor that does not say per what; its form knows.
    """
    if form.per and (unit is None or "/" not in str(unit)):
        return ENERGIES[form.per]
    return read_unit(unit).factor


def _length(starts: Iterable[datetime]) -> timedelta | None:
    """Return how long each price is valid where only starts are given.

    It is the shortest step: a longer one is a gap, whose price is not known.
    """
    ordered = sorted(set(starts))
    if not ordered:
        return None
    steps = [after - before for before, after in pairwise(ordered)]
    if not steps or min(steps) not in STEPS:
        raise PriceError(Fault.TIME, ordered[-1].isoformat())
    return min(steps)


def _price(value: object) -> float | None:
    """Return a price as a number, None for one that is not known."""
    return None if value is None else read_price(value)


def _time(value: object) -> datetime:
    """Return a moment in UTC, to the minute: Amber's begin a second late.

    Nothing can be added to one in the last year that there is.
    """
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, (int, float)):
            moment = datetime.fromtimestamp(value / 1000, UTC)
        else:
            moment = datetime.fromisoformat(str(value))
        is_clear = moment.tzinfo is not None
        moment = moment.astimezone(UTC).replace(second=0, microsecond=0)
    except (ValueError, OverflowError, OSError) as err:
        raise PriceError(Fault.TIME, value) from err
    if not is_clear or moment.year == MAXYEAR:
        raise PriceError(Fault.TIME, value)
    return moment
