"""Prices reach the manager from entities; what cannot be read is a repair."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.blueprints.time_machine import TimeMachine
from tests.power_manager.price_samples import ATTRIBUTES, BERLIN

from .rates import (
    HOUR,
    PER_KWH,
    PRICE,
    TOMORROW,
    an_empty_home,
    is_cheap,
    items,
    repair,
    shown,
    unit,
)

pytestmark = pytest.mark.usefixtures("puppet")


@pytest.mark.parametrize("name", ATTRIBUTES)
async def test_form(hass: HomeAssistant, berlin: TimeMachine, name: str) -> None:
    """An entity of each form says the price of now, and that of the next time."""
    step, attributes = ATTRIBUTES[name]
    hass.states.async_set(PRICE, "on", attributes)
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        assert float(shown(home) or "nan") == pytest.approx(0.25)
        assert unit(home) == ("NOK/kWh" if name == "tibber" else "EUR/kWh")
        await home.live(int(step.total_seconds()), step=300)
        assert float(shown(home) or "nan") == pytest.approx(-0.015)
        assert repair(home) is None
        # After the last of them nothing is known.
        await home.live(int(step.total_seconds()), step=300)
        assert shown(home) == "unknown"


async def test_digits(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """A price is shown as its source has it, without what arithmetic adds."""
    prices = {"unit_of_measurement": "EUR/MWh"}
    hass.states.async_set(PRICE, "284.713", prices)
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        await home.live(10)
        assert shown(home) == "0.284713"


async def test_source_is_gone(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """What is known stays known until it is over, over a restart as well."""
    hass.states.async_set(PRICE, "on", ATTRIBUTES["entsoe"][1])
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        await home.live(10)
        hass.states.async_set(PRICE, "unavailable")
        await home.live(10)
        assert float(shown(home) or "nan") == pytest.approx(0.25)
        await home.reload()
        assert float(shown(home) or "nan") == pytest.approx(0.25)
        await home.live(HOUR, step=300)
        assert float(shown(home) or "nan") == pytest.approx(-0.015)
        await home.live(HOUR, step=300)
        assert shown(home) == "unknown"


async def test_two_entities(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """Tomorrow may be in another entity, which may come later."""
    today = datetime(2026, 5, 14, tzinfo=BERLIN)
    hass.states.async_set(
        PRICE, "x", {**PER_KWH, "raw_today": items(today, [0.2] * 24)}
    )
    options = {"price": PRICE, "price_tomorrow": TOMORROW, "cheap_hours": 1}
    async with an_empty_home(hass, berlin, options=options) as home:
        later = items(today + timedelta(days=1), [0.2, 0.1, *[0.2] * 22])
        hass.states.async_set(TOMORROW, "x", {**PER_KWH, "raw_today": later})
        await home.live(24 * HOUR, step=900)
        assert shown(home) == "0.2"
        # The first hour of today was as cheap as any; of tomorrow it is the second.
        assert shown(home, "next_cheap_time") == "2026-05-14T23:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "hours", "at", "price"),
    [
        ("2026-05-14", 24, "03:30", 3),
        # The clocks go forward: after one comes three.
        ("2026-03-29", 23, "03:30", 2),
        # The clocks go back: the hour from two on comes twice.
        ("2026-10-25", 25, "03:30", 4),
    ],
)
async def test_numbers_without_dates(
    hass: HomeAssistant, day: str, hours: int, at: str, price: float
) -> None:
    """A list of numbers begins at midnight, on days of 23 and 25 hours, too."""
    zone = ZoneInfo("Europe/Berlin")
    moment = datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=zone)
    with TimeMachine(hass, moment.astimezone(ZoneInfo("UTC")).isoformat()) as machine:
        await hass.config.async_set_time_zone("Europe/Berlin")
        lists = {"today": list(range(hours)), "tomorrow": [None] * 24}
        hass.states.async_set(PRICE, "x", {**PER_KWH, **lists})
        async with an_empty_home(hass, machine, options={"price": PRICE}) as home:
            assert float(shown(home) or "nan") == price
            await home.live(200)
            assert repair(home) is None


async def test_wrong_number_of_numbers(hass: HomeAssistant) -> None:
    """24 numbers on a day of 25 hours fit nowhere: nothing is guessed."""
    with TimeMachine(hass, "2026-10-24T23:00:00+00:00") as machine:
        await hass.config.async_set_time_zone("Europe/Berlin")
        hass.states.async_set(PRICE, "x", {**PER_KWH, "today": [0.1] * 24})
        async with an_empty_home(hass, machine, options={"price": PRICE}) as home:
            await home.live(200)
            assert shown(home) == "unknown"
            assert repair(home) == (
                f"{PRICE}: the number of prices does not fit a day (24)"
            )


@pytest.mark.parametrize("odd", [True, 5, "x", [[0.1]], {"a": 1}, ["x"] * 24])
async def test_odd_numbers(hass: HomeAssistant, berlin: TimeMachine, odd: Any) -> None:
    """What is no list of numbers breaks nothing."""
    lists = {"today": [0.1] * 24, "tomorrow": odd, "currency": 3}
    hass.states.async_set(PRICE, "x", {**PER_KWH, **lists})
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        await home.live(200)
        assert shown(home) == "unknown"
        assert (repair(home) or "").startswith(f"{PRICE}: ")


async def test_far_future(
    hass: HomeAssistant, berlin: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Of what lies far ahead nothing is kept."""
    today = datetime(2026, 5, 14, tzinfo=BERLIN)
    years = items(today, [0.2] * 1000, timedelta(hours=12))
    hass.states.async_set(PRICE, "x", {**PER_KWH, "raw_today": years})
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        await home.reload()
        assert shown(home) == "0.2"
        stored = hass_storage[f"{DOMAIN}.{home.entry.entry_id}.manager"]["data"]
        assert len(stored["tariff"]["prices"]["slots"]) == 3 * 96


def _without_unit(attributes: dict[str, Any]) -> None:
    del attributes["unit_of_measurement"]


def _without_zone(attributes: dict[str, Any]) -> None:
    attributes["prices_today"][0]["time"] = "2026-05-14 00:00:00"


def _words(attributes: dict[str, Any]) -> None:
    attributes["prices_today"][1]["price"] = "cheap"


def _endless(attributes: dict[str, Any]) -> None:
    attributes["prices_today"] *= 100_000


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_without_unit, "the unit is not known (None)"),
        (
            _without_zone,
            "a time cannot be read, or has no time zone (2026-05-14 00:00:00)",
        ),
        (_words, "a price is no number (cheap)"),
        (_endless, "the number of prices does not fit a day (200000)"),
    ],
)
async def test_broken_form(
    hass: HomeAssistant, berlin: TimeMachine, spoil: Any, words: str
) -> None:
    """A broken form is a repair with its fault and its entity; mended, it goes."""
    good = ATTRIBUTES["entsoe"][1]
    broken = deepcopy(good)
    spoil(broken)
    hass.states.async_set(PRICE, "0.1", broken)
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        await home.live(200)
        assert repair(home) == f"{PRICE}: {words}"
        assert shown(home) == "unknown"
        hass.states.async_set(PRICE, "0.1", good)
        await home.live(10)
        assert repair(home) is None
        assert float(shown(home) or "nan") == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("entity_id", "state", "attributes", "price"),
    [
        ("sensor.tariff", "25", {"unit_of_measurement": "ct/kWh"}, "0.25"),
        ("sensor.tariff", "250", {"unit_of_measurement": "EUR/MWh"}, "0.25"),
        ("input_number.tariff", "0.25", {}, "0.25"),
        ("sensor.tariff", "0.25", {}, "unknown"),
        ("sensor.tariff", "nan", {"unit_of_measurement": "EUR/kWh"}, "unknown"),
        ("sensor.tariff", "unavailable", {}, "unknown"),
    ],
)
async def test_price_of_now(
    hass: HomeAssistant,
    berlin: TimeMachine,
    entity_id: str,
    state: str,
    attributes: dict[str, Any],
    price: str,
) -> None:
    """A price without those to come counts as long as it is there."""
    hass.states.async_set(entity_id, state, attributes)
    async with an_empty_home(hass, berlin, options={"price": entity_id}) as home:
        await home.live(200)
        assert shown(home) == price
        is_there = price != "unknown" or state == "unavailable"
        assert (repair(home) is None) == is_there
        hass.states.async_set(entity_id, "unavailable")
        await home.live(170)
        assert shown(home) == price
        await home.live(20)
        assert shown(home) == "unknown"


async def test_silent_price(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """A sensor that reports nothing for a day has no price any more."""
    hass.states.async_set(PRICE, "0.25", PER_KWH)
    async with an_empty_home(hass, berlin, options={"price": PRICE}) as home:
        await home.live(23 * HOUR, step=600)
        assert shown(home) == "0.25"
        await home.live(2 * HOUR, step=600)
        assert shown(home) == "unknown"
        hass.states.async_set(PRICE, "0.25", PER_KWH)
        await home.live(10)
        assert shown(home) == "0.25"


async def test_no_forecast(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """The cheapest hours cannot be found in a price of now, which a repair says."""
    hass.states.async_set(PRICE, "0.01", PER_KWH)
    async with an_empty_home(
        hass, berlin, options={"price": PRICE, "cheap_hours": 6}
    ) as home:
        await home.live(200)
        assert repair(home) == (
            f"{PRICE}: it has no future prices, so the cheapest hours are not known (0.01)"
        )
        assert not is_cheap(home)
