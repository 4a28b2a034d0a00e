"""Prices reach the manager from entities and actions; what cannot be read is a repair."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN
from tests.blueprints.time_machine import TimeMachine
from tests.power_manager.price_samples import ATTRIBUTES, BERLIN, RESPONSES

from .home import Home, a_calm_home as a_home, kill

pytestmark = pytest.mark.usefixtures("puppet")

PRICE, TOMORROW = "sensor.tariff", "sensor.tariff_of_tomorrow"
PER_KWH = {"unit_of_measurement": "EUR/kWh"}
MINUTE = 60
HOUR = 3600

an_empty_home = partial(a_home, states=())
"""A home without a miner: what electricity costs is shown there as well."""


@pytest.fixture
async def time(hass: HomeAssistant, quiet: None) -> Any:
    """Return the time: five past midnight in Berlin, when the samples begin."""
    with TimeMachine(hass, "2026-05-13T22:05:00.600000+00:00") as machine:
        await hass.config.async_set_time_zone("Europe/Berlin")
        yield machine


def shown(home: Home, key: str = "electricity_price") -> str | None:
    """Return what a sensor of the manager shows."""
    state = home.hass.states.get(f"sensor.power_{key}")
    return None if state is None else state.state


def is_cheap(home: Home) -> bool:
    """Return whether it is cheap."""
    return home.manager.status.rates.is_cheap


def unit(home: Home) -> str | None:
    """Return the unit of the price."""
    state = home.hass.states.get("sensor.power_electricity_price")
    assert state is not None
    found: str | None = state.attributes.get("unit_of_measurement")
    return found


def repair(home: Home) -> str | None:
    """Return what the repair says that cannot be read."""
    issue = ir.async_get(home.hass).async_get_issue(
        DOMAIN, f"prices_unreadable_{home.entry.entry_id}"
    )
    if issue is None:
        return None
    assert issue.translation_placeholders
    return issue.translation_placeholders["which"].replace("\\", "")


def items(
    day: datetime, prices: list[float], step: timedelta = timedelta(hours=1)
) -> list[dict[str, Any]]:
    """Return prices from a moment on as Nord Pool's custom integration has them."""
    return [
        {"start": day + n * step, "end": day + (n + 1) * step, "value": price}
        for n, price in enumerate(prices)
    ]


@pytest.mark.parametrize("name", ATTRIBUTES)
async def test_form(hass: HomeAssistant, time: TimeMachine, name: str) -> None:
    """An entity of each form says the price of now, and that of the next time."""
    step, attributes = ATTRIBUTES[name]
    hass.states.async_set(PRICE, "on", attributes)
    async with an_empty_home(hass, time, options={"price": PRICE}) as home:
        assert float(shown(home) or "nan") == pytest.approx(0.25)
        assert unit(home) == ("NOK/kWh" if name == "tibber" else "EUR/kWh")
        await home.live(int(step.total_seconds()), step=300)
        assert float(shown(home) or "nan") == pytest.approx(-0.015)
        assert repair(home) is None
        # After the last of them nothing is known.
        await home.live(int(step.total_seconds()), step=300)
        assert shown(home) == "unknown"


async def test_source_is_gone(hass: HomeAssistant, time: TimeMachine) -> None:
    """What is known stays known until it is over, over a restart as well."""
    hass.states.async_set(PRICE, "on", ATTRIBUTES["entsoe"][1])
    async with an_empty_home(hass, time, options={"price": PRICE}) as home:
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


async def test_two_entities(hass: HomeAssistant, time: TimeMachine) -> None:
    """Tomorrow may be in another entity, which may come later."""
    today = datetime(2026, 5, 14, tzinfo=BERLIN)
    hass.states.async_set(
        PRICE, "x", {**PER_KWH, "raw_today": items(today, [0.2] * 24)}
    )
    options = {"price": PRICE, "price_tomorrow": TOMORROW, "cheap_hours": 1}
    async with an_empty_home(hass, time, options=options) as home:
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
async def test_odd_numbers(hass: HomeAssistant, time: TimeMachine, odd: Any) -> None:
    """What is no list of numbers breaks nothing."""
    lists = {"today": [0.1] * 24, "tomorrow": odd, "currency": 3}
    hass.states.async_set(PRICE, "x", {**PER_KWH, **lists})
    async with an_empty_home(hass, time, options={"price": PRICE}) as home:
        await home.live(200)
        assert shown(home) == "unknown"
        assert (repair(home) or "").startswith(f"{PRICE}: ")


async def test_far_future(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Of what lies far ahead nothing is kept."""
    today = datetime(2026, 5, 14, tzinfo=BERLIN)
    years = items(today, [0.2] * 1000, timedelta(hours=12))
    hass.states.async_set(PRICE, "x", {**PER_KWH, "raw_today": years})
    async with an_empty_home(hass, time, options={"price": PRICE}) as home:
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
    hass: HomeAssistant, time: TimeMachine, spoil: Any, words: str
) -> None:
    """A broken form is a repair with its fault and its entity; mended, it goes."""
    good = ATTRIBUTES["entsoe"][1]
    broken = deepcopy(good)
    spoil(broken)
    hass.states.async_set(PRICE, "0.1", broken)
    async with an_empty_home(hass, time, options={"price": PRICE}) as home:
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
    time: TimeMachine,
    entity_id: str,
    state: str,
    attributes: dict[str, Any],
    price: str,
) -> None:
    """A price without those to come counts as long as it is there."""
    hass.states.async_set(entity_id, state, attributes)
    async with an_empty_home(hass, time, options={"price": entity_id}) as home:
        await home.live(200)
        assert shown(home) == price
        is_there = price != "unknown" or state == "unavailable"
        assert (repair(home) is None) == is_there
        hass.states.async_set(entity_id, "unavailable")
        await home.live(170)
        assert shown(home) == price
        await home.live(20)
        assert shown(home) == "unknown"


async def test_silent_price(hass: HomeAssistant, time: TimeMachine) -> None:
    """A sensor that reports nothing for a day has no price any more."""
    hass.states.async_set(PRICE, "0.25", PER_KWH)
    async with an_empty_home(hass, time, options={"price": PRICE}) as home:
        await home.live(23 * HOUR, step=600)
        assert shown(home) == "0.25"
        await home.live(2 * HOUR, step=600)
        assert shown(home) == "unknown"
        hass.states.async_set(PRICE, "0.25", PER_KWH)
        await home.live(10)
        assert shown(home) == "0.25"


async def test_no_forecast(hass: HomeAssistant, time: TimeMachine) -> None:
    """The cheapest hours cannot be found in a price of now, which a repair says."""
    hass.states.async_set(PRICE, "0.01", PER_KWH)
    async with an_empty_home(
        hass, time, options={"price": PRICE, "cheap_hours": 6}
    ) as home:
        await home.live(200)
        assert repair(home) == (
            f"{PRICE}: it has no prices to come, so the cheapest hours are not known (0.01)"
        )
        assert not is_cheap(home)


class Shop:
    """An integration that sells electricity: its action, and what it was asked."""

    def __init__(self, hass: HomeAssistant, action: str, response: Any) -> None:
        """Register the action, and an entry that is set up."""
        self.calls: list[tuple[datetime, dict[str, Any]]] = []
        self.response = response
        self.error: Exception | None = None
        domain, _, service = action.partition(".")
        self.entry = MockConfigEntry(
            domain=domain,
            title="Home",
            data={"currency": "SEK"},
            state=ConfigEntryState.LOADED,
        )
        self.entry.add_to_hass(hass)
        hass.services.async_register(
            domain, service, self._answer, supports_response=SupportsResponse.ONLY
        )

    async def _answer(self, call: ServiceCall) -> ServiceResponse:
        """Answer as the integration does."""
        self.calls.append((datetime.now(BERLIN), dict(call.data)))
        if self.error is not None:
            raise self.error
        found: ServiceResponse = (
            self.response(call.data) if callable(self.response) else self.response
        )
        return found


type OpenShop = Callable[[str, Any], Shop]


@pytest.fixture
def open_shop(hass: HomeAssistant) -> Iterator[OpenShop]:
    """Return how to open a shop; at the end there is nothing to unload."""
    shops: list[Shop] = []

    def opened(action: str, response: Any) -> Shop:
        """Open one."""
        shops.append(Shop(hass, action, response))
        return shops[-1]

    yield opened
    for each in shops:
        each.entry.mock_state(hass, ConfigEntryState.NOT_LOADED)


# What each action is asked for, but for the id of its entry.
ASKED: dict[str, dict[str, Any]] = {
    "nordpool.get_prices_for_date": {"date": "2026-05-14"},
    "energyzero.get_energy_prices": {
        "incl_vat": True,
        "price_type": "all_in",
        "start": "2026-05-14",
        "end": "2026-05-14",
    },
    "tibber.get_prices": {"start": "2026-05-14 00:00:00", "end": "2026-05-16 00:00:00"},
    "easyenergy.get_energy_usage_prices": {
        "incl_vat": True,
        "price_type": "invoice",
        "start": "2026-05-14",
        "end": "2026-05-14",
    },
    "amberelectric.get_forecasts": {"channel_type": "general"},
}
ENTRY_FIELDS = {"tibber": None, "amberelectric": "config_entry_id"}
CURRENCIES = {"energyzero": "EUR", "easyenergy": "EUR", "amberelectric": "AUD"}


@pytest.mark.parametrize("action", RESPONSES)
async def test_action(
    hass: HomeAssistant, time: TimeMachine, open_shop: OpenShop, action: str
) -> None:
    """Each action is asked as its integration wants, and its answer is read."""
    step, response, choice = RESPONSES[action]
    options = {"price_action": action, "price_name": choice}
    shop = open_shop(action, response)
    async with an_empty_home(hass, time, options=options) as home:
        await home.live(20)
        expected = dict(ASKED[action])
        domain = action.partition(".")[0]
        if field := ENTRY_FIELDS.get(domain, "config_entry"):
            expected[field] = shop.entry.entry_id
        assert [each for _, each in shop.calls] == [expected]
        assert float(shown(home) or "nan") == pytest.approx(0.25)
        assert unit(home) == f"{CURRENCIES.get(domain, 'SEK')}/kWh"
        await home.live(int(step.total_seconds()), step=300)
        assert float(shown(home) or "nan") == pytest.approx(-0.015)
        assert repair(home) is None


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (ServiceValidationError("no way"), "the action failed (no way)"),
        (KeyError("secret"), "the action failed (KeyError)"),
        (TimeoutError(), "the action failed (TimeoutError)"),
        ({"prices": "x"}, "enter one of these as area or home (prices)"),
        ({"SE3": [], "SE4": []}, "enter one of these as area or home (SE3, SE4)"),
        ({"SE3": {}}, "the prices have a form that is not known (dict)"),
    ],
)
async def test_action_fails(
    hass: HomeAssistant,
    time: TimeMachine,
    open_shop: OpenShop,
    problem: Any,
    words: str,
) -> None:
    """What comes to nothing is a repair, and is tried again soon."""
    action = "nordpool.get_prices_for_date"
    name = "SE1" if problem == {"prices": "x"} else None
    options = {"price_action": action, "price_name": name}
    shop = open_shop(action, problem)
    if isinstance(problem, Exception):
        shop.error = problem
    async with an_empty_home(hass, time, options=options) as home:
        await home.live(290)
        assert repair(home) == f"{action}: {words}"
        assert shown(home) == "unknown"
        assert len(shop.calls) == 1
        shop.error, shop.response = None, {name or "SE3": RESPONSES[action][1]["SE3"]}
        await home.live(30)
        assert repair(home) is None
        assert float(shown(home) or "nan") == pytest.approx(0.25)


async def test_action_is_not_set_up(hass: HomeAssistant, time: TimeMachine) -> None:
    """An integration that is not there is named."""
    async with an_empty_home(
        hass, time, options={"price_action": "tibber.get_prices"}
    ) as home:
        await home.live(200)
        assert repair(home) == (
            "tibber.get_prices: the action failed (tibber is not set up)"
        )


async def test_days_of_the_market(hass: HomeAssistant, open_shop: OpenShop) -> None:
    """A day of Nord Pool begins at midnight in Brussels: in Helsinki it is one o'clock."""
    action = "nordpool.get_prices_for_date"

    def prices(data: dict[str, Any]) -> dict[str, Any]:
        """Return the prices of a day of the market."""
        start = datetime.fromisoformat(data["date"]).replace(
            tzinfo=ZoneInfo("Europe/Brussels")
        )
        end = start + timedelta(days=1)
        price = 100.0 + start.day
        row = {"start": start.isoformat(), "end": end.isoformat(), "price": price}
        return {"FI": [row]}

    with TimeMachine(hass, "2026-05-13T21:30:00.600000+00:00") as machine:
        await hass.config.async_set_time_zone("Europe/Helsinki")
        shop = open_shop(action, prices)
        async with an_empty_home(
            hass, machine, options={"price_action": action}
        ) as home:
            await home.live(20)
            assert [each["date"] for _, each in shop.calls] == ["2026-05-13"]
            assert shown(home) == "0.113"
            await home.live(31 * MINUTE, step=60)
            assert shown(home) == "0.114"


async def test_tomorrow(
    hass: HomeAssistant, time: TimeMachine, open_shop: OpenShop
) -> None:
    """Asked for hourly, from 13:00 on each quarter until tomorrow is known."""
    published = datetime(2026, 5, 14, 13, 40, tzinfo=BERLIN)

    def prices(data: dict[str, Any]) -> dict[str, Any]:
        """Return the prices of a day, if they are known."""
        day = datetime.fromisoformat(data["date"]).replace(tzinfo=BERLIN)
        if day.day > 14 and datetime.now(BERLIN) < published:
            return {"SE3": []}
        hours = items(day, [100.0 + day.day] * 24)
        return {
            "SE3": [
                {
                    "start": each["start"].isoformat(),
                    "end": each["end"].isoformat(),
                    "price": each["value"],
                }
                for each in hours
            ]
        }

    action = "nordpool.get_prices_for_date"
    options = {"price_action": action, "cheap_hours": 3}
    shop = open_shop(action, prices)
    async with an_empty_home(hass, time, options=options) as home:
        await home.live(12 * HOUR, step=300)
        await home.live(4 * HOUR, step=60)
        late = [
            at.strftime("%H:%M") for at, each in shop.calls if each["date"][-2:] == "15"
        ]
        assert late[:4] == ["13:00", "13:15", "13:30", "13:45"]
        assert late[4:] == ["14:45", "15:45"]
        # A shop that fails now takes nothing of what is known.
        shop.error = ServiceValidationError("closed")
        await home.live(12 * HOUR, step=300)
        assert shown(home) == "0.115"
        assert repair(home) is None
        await home.live(20 * HOUR, step=300)
        assert shown(home) == "unknown"
        assert repair(home) is not None


async def test_hash_price(hass: HomeAssistant, time: TimeMachine) -> None:
    """The break-even price is in the hash price's money; another unit is a repair."""
    hass.states.async_set(PRICE, "0.2", PER_KWH)
    hashes = "sensor.hash_price"
    hass.states.async_set(hashes, "45", {"unit_of_measurement": "USD/PH/day"})
    options = {"price": PRICE, "hash_price": hashes, "cheap_break_even": True}
    async with a_home(hass, time, options=options) as home:
        await home.live(200)
        data = home.entries[0].runtime_data.coordinator.data
        expected = 0.045 / (data.efficiency * 24 / 1000)
        assert float(shown(home, "break_even_price") or "nan") == pytest.approx(
            expected, rel=0.02
        )
        # 45 USD are not 45 EUR: that is no limit.
        assert repair(home) == (
            f"{hashes}: the hash price and the price have different currencies (USD, EUR)"
        )
        assert not is_cheap(home)
        hass.states.async_set(hashes, "450", {"unit_of_measurement": "EUR/PH/day"})
        await home.live(20)
        assert repair(home) is None
        assert is_cheap(home)
        hass.states.async_set(hashes, "450", {"unit_of_measurement": "EUR/BTC"})
        await home.live(20)
        assert repair(home) == f"{hashes}: the unit is not known (EUR/BTC)"
        assert shown(home, "break_even_price") == "unknown"
        assert not is_cheap(home)


async def test_never_measured(hass: HomeAssistant, time: TimeMachine) -> None:
    """As long as no miner was tuned, what mining earns is not known, and never cheap."""
    hass.states.async_set(PRICE, "0.01", PER_KWH)
    hass.states.async_set("sensor.hash", "45", {"unit_of_measurement": "EUR/PH/day"})
    options = {"price": PRICE, "hash_price": "sensor.hash", "cheap_break_even": True}
    async with a_home(hass, time, states=["stopped"], options=options) as home:
        await home.live(60)
        assert shown(home, "break_even_price") == "unknown"
        assert not is_cheap(home)
        assert repair(home) is None


async def test_sensors_come_with_their_options(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """Without a price there is no sensor of it; they go with the option."""
    async with a_home(hass, time) as home:
        keys = ("electricity_price", "cost_today", "next_cheap_time", "earned_today")
        assert [shown(home, each) for each in keys] == [None] * 4
        options = dict(home.entry.options)
        hass.config_entries.async_update_entry(
            home.entry, options={**options, "price": PRICE}
        )
        await home.reload()
        assert shown(home) == "unknown"
        assert shown(home, "cost_today") is not None
        assert shown(home, "next_cheap_time") is None
        hass.config_entries.async_update_entry(home.entry, options=options)
        await home.reload()
        assert [shown(home, each) for each in keys] == [None] * 4


async def test_costs(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """The grid costs its price, surplus what it would earn; midnight begins anew."""
    hass.states.async_set(PRICE, "0.30", PER_KWH)
    hass.states.async_set("sensor.feed_in", "8", {"unit_of_measurement": "ct/kWh"})
    hass.states.async_set("sensor.hash", "45", {"unit_of_measurement": "EUR/PH/day"})
    options = {"price": PRICE, "feed_in": "sensor.feed_in", "hash_price": "sensor.hash"}
    async with a_home(hass, time, options=options) as home:
        home.load, home.pv = 0, home.power / 2
        await home.live(HOUR, step=30)
        status = home.manager.status
        assert status.energy_grid_today
        assert status.energy_surplus_today
        expected = 0.3 * status.energy_grid_today + 0.08 * status.energy_surplus_today
        assert status.cost_today == pytest.approx(expected, rel=0.01)
        assert status.hashrate
        earned = 0.045 * status.hashrate / 24
        assert status.earned_today == pytest.approx(earned, rel=0.03)
        await kill(home, hass_storage)
        assert home.manager.status.cost_today == pytest.approx(expected, rel=0.05)
        state = hass.states.get("sensor.power_cost_today")
        assert state is not None
        assert state.attributes["unit_of_measurement"] == "EUR"
        # The first day begins with its first price, the others at midnight.
        assert state.attributes["last_reset"] == "2026-05-14T00:05:00.600000+02:00"
        # Without a price for long the sum is not known; the next day it is again.
        hass.states.async_set(PRICE, "unavailable")
        await home.live(20 * MINUTE)
        assert shown(home, "cost_today") == "unknown"
        hass.states.async_set(PRICE, "0.30", PER_KWH)
        await home.live(23 * HOUR, step=300)
        hass.states.async_set(PRICE, "0.31", PER_KWH)
        await home.live(20)
        assert float(shown(home, "cost_today") or "nan") < expected
        state = hass.states.get("sensor.power_cost_today")
        assert state is not None
        assert state.attributes["last_reset"] == "2026-05-15T00:00:00+02:00"


async def test_costs_of_the_first_day(hass: HomeAssistant, time: TimeMachine) -> None:
    """With a price that is entered during the day, costs count from then on."""
    hass.states.async_set(PRICE, "0.30", PER_KWH)
    async with a_home(hass, time) as home:
        home.load = 0
        await home.live(HOUR)
        options = {**home.entry.options, "price": PRICE}
        hass.config_entries.async_update_entry(home.entry, options=options)
        await home.reload()
        assert float(shown(home, "cost_today") or "nan") == 0
        before = home.manager.status.energy_grid_today or 0
        await home.live(HOUR)
        used = (home.manager.status.energy_grid_today or 0) - before
        assert used > 1
        assert home.manager.status.cost_today == pytest.approx(0.3 * used, rel=0.01)


@pytest.mark.parametrize(
    ("tariff", "unit_of_it", "wanted"),
    [
        ("0.05", "EUR/kWh", True),
        ("12", "ct/kWh", False),
        ("unavailable", None, False),
        ("0.05", "EUR", False),
    ],
)
async def test_feed_in(
    hass: HomeAssistant,
    time: TimeMachine,
    tariff: str,
    unit_of_it: str | None,
    wanted: bool,
) -> None:
    """Surplus is a reason only while it would earn less than the limit."""
    hass.states.async_set("sensor.feed_in", tariff, {"unit_of_measurement": unit_of_it})
    options = {"feed_in": "sensor.feed_in", "feed_in_limit": 0.08}
    async with a_home(hass, time, options=options) as home:
        await home.live(10)
        assert home.manager.status.rates.is_surplus_wanted is wanted
