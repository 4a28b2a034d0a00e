"""Each form of prices reads as the same points; a broken one is an error with a name."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.whatsminer.power_manager.prices import (
    forms as price_forms,
    points as prices,
)
from custom_components.whatsminer.power_manager.prices.forms import find_form
from custom_components.whatsminer.power_manager.prices.points import (
    Fault,
    PriceError,
    PricePoint,
    join,
    read_attributes,
    read_numbers,
    read_response,
    read_unit,
)

from .price_samples import ATTRIBUTES, BERLIN, FIRST, HOUR, RESPONSES


def _read(name: str, data: dict[str, Any]) -> list[PricePoint]:
    """Return the prices of a form, be it attributes or a response."""
    if name in ATTRIBUTES:
        return read_attributes(name, data)
    return read_response(name, data, RESPONSES[name][2])


SAMPLES = {
    **{name: (each[0], each[1]) for name, each in ATTRIBUTES.items()},
    **{name: (each[0], each[1]) for name, each in RESPONSES.items()},
}


def test_every_form_has_a_sample() -> None:
    """No form stands in a table without a sample of its kind."""
    assert set(ATTRIBUTES) == set(price_forms.ATTRIBUTES)
    assert set(RESPONSES) == set(price_forms.RESPONSES)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(name: str) -> None:
    """A sample reads as its two prices per kilowatt hour."""
    step, data = SAMPLES[name]
    points = _read(name, data)
    assert [(each.start, each.end) for each in points] == [
        (FIRST, FIRST + step),
        (FIRST + step, FIRST + 2 * step),
    ]
    assert [each.price for each in points] == pytest.approx([0.25, -0.015])


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_form_is_found(name: str) -> None:
    """The attributes say by themselves which form they have."""
    assert find_form(ATTRIBUTES[name][1]) == name


@pytest.mark.parametrize(
    "attributes", [{}, {"data": []}, {"data": "x"}, {"prices": [1, 2]}]
)
def test_no_form(attributes: dict[str, Any]) -> None:
    """What has no known form has none."""
    assert find_form(attributes) is None


def _list(data: Any) -> list[dict[str, Any]]:
    """Return the first list with items that stands in a sample."""
    if isinstance(data, list):
        return data if data and isinstance(data[0], dict) else []
    if isinstance(data, dict):
        return next((found for each in data.values() if (found := _list(each))), [])
    return []


def _form(name: str) -> price_forms.Form:
    """Return the form of a name."""
    return {**price_forms.ATTRIBUTES, **price_forms.RESPONSES}[name]


def _without_price(name: str, data: Any) -> None:
    del _list(data)[1][_form(name).price]


def _word_as_price(name: str, data: Any) -> None:
    _list(data)[1][_form(name).price] = "cheap"


def _infinite_price(name: str, data: Any) -> None:
    _list(data)[1][_form(name).price] = float("inf")


def _without_start(name: str, data: Any) -> None:
    del _list(data)[0][_form(name).start]


def _start_without_zone(name: str, data: Any) -> None:
    _list(data)[1][_form(name).start] = "2026-05-14 00:15:00"


def _start_of_words(name: str, data: Any) -> None:
    _list(data)[1][_form(name).start] = "midnight"


def _same_start(name: str, data: Any) -> None:
    rows = _list(data)
    extra = deepcopy(rows[1])
    extra[_form(name).price] = 0.5
    rows.append(extra)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_without_price, Fault.MISSING),
        (_word_as_price, Fault.PRICE),
        (_infinite_price, Fault.PRICE),
        (_without_start, Fault.MISSING),
        (_start_without_zone, Fault.TIME),
        (_start_of_words, Fault.TIME),
        (_same_start, Fault.OVERLAP),
    ],
)
def test_broken_sample(
    name: str, spoil: Callable[[str, Any], None], fault: Fault
) -> None:
    """A broken sample is an error that says what is wrong."""
    data = deepcopy(SAMPLES[name][1])
    spoil(name, data)
    with pytest.raises(PriceError) as error:
        _read(name, data)
    assert error.value.fault is fault


@pytest.mark.parametrize("name", SAMPLES)
def test_unknown_price_is_left_out(name: str) -> None:
    """A price that is given as unknown is no zero and no error."""
    data = deepcopy(SAMPLES[name][1])
    _list(data)[0][_form(name).price] = None
    points = _read(name, data)
    assert [each.price for each in points] == pytest.approx([-0.015])
    assert points[0].start == FIRST + SAMPLES[name][0]


@pytest.mark.parametrize(("hours", "fits"), [(25, True), (26, False)])
def test_price_of_a_day(hours: int, fits: bool) -> None:
    """A price may be that of the longest day, but of no longer time."""
    row = {"start": FIRST, "end": FIRST + timedelta(hours=hours), "value": 0.2}
    data = {"raw_today": [row], "unit_of_measurement": "EUR/kWh"}
    if fits:
        assert [each.price for each in read_attributes("nordpool", data)] == [0.2]
        return
    with pytest.raises(PriceError) as error:
        read_attributes("nordpool", data)
    assert error.value.fault is Fault.TIME


@pytest.mark.parametrize("name", SAMPLES)
def test_no_list(name: str) -> None:
    """Without its list a form is an error; an empty list is no prices."""
    with pytest.raises(PriceError) as error:
        _read(name, {"state": "x", "other": "y"})
    assert error.value.fault in (Fault.MISSING, Fault.CHOICE)
    data = deepcopy(SAMPLES[name][1])
    _list(data).clear()
    assert _read(name, data) == []


@pytest.mark.parametrize(
    ("name", "unit"), [("nordpool", None), ("nordpool", "kWh"), ("entsoe", "EUR/day")]
)
def test_unit_that_is_not_known(name: str, unit: str | None) -> None:
    """Where the source has to say the unit, no other one is taken."""
    data = ATTRIBUTES[name][1] | {"unit_of_measurement": unit}
    with pytest.raises(PriceError) as error:
        read_attributes(name, data)
    assert error.value.fault is Fault.UNIT


@pytest.mark.parametrize(
    ("unit", "factor", "currency"),
    [
        ("EUR/kWh", 1, "EUR"),
        ("€/MWh", 0.001, "EUR"),
        ("Öre/kWh", 0.01, None),
        ("p/kWh", 0.01, None),
        ("sek/Wh", 1000, "SEK"),
        ("$/kWh", 1, "$"),
    ],
)
def test_units(unit: str, factor: float, currency: str | None) -> None:
    """A unit says per which energy, and in which money."""
    assert read_unit(unit) == prices.Unit(factor, currency)


def test_unit_of_the_entity_counts() -> None:
    """An entity that says its unit is believed, whatever its form has usually."""
    data = ATTRIBUTES["energyzero"][1] | {"unit_of_measurement": "ct/kWh"}
    read = [each.price for each in read_attributes("energyzero", data)]
    assert read == pytest.approx([0.0025, -0.00015])


@pytest.mark.parametrize(
    "action", ["nordpool.get_prices_for_date", "tibber.get_prices"]
)
@pytest.mark.parametrize("choice", [None, "Elsewhere"])
def test_choice(action: str, choice: str | None) -> None:
    """Of several areas or homes none is taken by chance, and the error names them."""
    with pytest.raises(PriceError) as error:
        read_response(action, RESPONSES[action][1], choice)
    assert error.value.fault is Fault.CHOICE
    assert error.value.detail in ("SE3, SE4", "Cabin, Home")


def test_only_area() -> None:
    """Where there is one area only, it needs no choice."""
    action = "nordpool.get_prices_for_date"
    response = {"SE3": RESPONSES[action][1]["SE3"]}
    assert len(read_response(action, response)) == 2


def test_gap_stays_unknown() -> None:
    """A price does not last until the next one that is known."""
    data = {
        "prices": [
            {"timestamp": str(FIRST + n * HOUR), "price": n / 10} for n in (0, 1, 3)
        ]
    }
    points = read_attributes("energyzero", data)
    assert [each.end - each.start for each in points] == [HOUR] * 3


def test_single_price_without_end() -> None:
    """How long one price is valid cannot be known without its end."""
    with pytest.raises(PriceError) as error:
        read_attributes(
            "energyzero", {"prices": [{"timestamp": str(FIRST), "price": 1}]}
        )
    assert error.value.fault is Fault.TIME


def test_end_before_start() -> None:
    """A price that ends before it begins is an error."""
    data = deepcopy(ATTRIBUTES["epex_spot"][1])
    data["data"][0]["end_time"] = data["data"][0]["start_time"]
    with pytest.raises(PriceError) as error:
        read_attributes("epex_spot", data)
    assert error.value.fault is Fault.TIME


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 5, 14), 24),
        (date(2026, 3, 29), 23),
        (date(2026, 10, 25), 25),
    ],
)
@pytest.mark.parametrize("per_hour", [1, 2, 4])
def test_numbers_of_a_day(day: date, hours: int, per_hour: int) -> None:
    """A list without dates covers its local day exactly."""
    points = read_numbers(range(hours * per_hour), day, BERLIN, "ct/kWh")
    assert points[0].start == datetime(
        day.year, day.month, day.day, tzinfo=BERLIN
    ).astimezone(UTC)
    assert points[-1].end - points[0].start == timedelta(hours=hours)
    assert {each.end - each.start for each in points} == {HOUR / per_hour}
    assert points[-1].price == pytest.approx((hours * per_hour - 1) / 100)
    assert points[-1].end.astimezone(BERLIN).hour == 0


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2026, 3, 29), 24),
        (date(2026, 3, 29), 96),
        (date(2026, 10, 25), 24),
        (date(2026, 5, 14), 23),
        (date(2026, 5, 14), 0),
        (date(2026, 5, 14), 1),
    ],
)
def test_numbers_that_do_not_fit(day: date, count: int) -> None:
    """Numbers whose count is not that of the day are no prices."""
    with pytest.raises(PriceError) as error:
        read_numbers([0.1] * count, day, BERLIN, "EUR/kWh")
    assert error.value.fault is Fault.COUNT


def test_zone_of_half_an_hour() -> None:
    """Where the clock is half an hour off, a day still begins at midnight."""
    zone = ZoneInfo("Asia/Kolkata")
    points = read_numbers([None, *range(23)], date(2026, 5, 14), zone, "INR/kWh")
    assert points[0].start.astimezone(zone).hour == 1
    assert points[0].start.minute == 30


def test_join() -> None:
    """Lists of several entities become one; where they disagree, it is an error."""
    early, late = (
        PricePoint(FIRST + n * HOUR, FIRST + (n + 1) * HOUR, n) for n in (0, 1)
    )
    assert join([[late], [early, late]]) == [early, late]
    with pytest.raises(PriceError) as error:
        join([[early, late], [PricePoint(late.start, late.end, 9)]])
    assert error.value.fault is Fault.OVERLAP
