"""Prices reach the manager from actions of other integrations, which sell electricity."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
import logging
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
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.blueprints.time_machine import TimeMachine
from tests.power_manager.price_samples import BERLIN, RESPONSES

from .rates import HOUR, MINUTE, an_empty_home, items, repair, shown, unit

pytestmark = pytest.mark.usefixtures("puppet")


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
    hass: HomeAssistant, berlin: TimeMachine, open_shop: OpenShop, action: str
) -> None:
    """Each action is asked as its integration wants, and its answer is read."""
    step, response, choice = RESPONSES[action]
    options = {"price_action": action, "price_name": choice}
    shop = open_shop(action, response)
    async with an_empty_home(hass, berlin, options=options) as home:
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
    berlin: TimeMachine,
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
    async with an_empty_home(hass, berlin, options=options) as home:
        await home.live(290)
        assert repair(home) == f"{action}: {words}"
        assert shown(home) == "unknown"
        assert len(shop.calls) == 1
        shop.error, shop.response = None, {name or "SE3": RESPONSES[action][1]["SE3"]}
        await home.live(30)
        assert repair(home) is None
        assert float(shown(home) or "nan") == pytest.approx(0.25)


async def test_action_is_broken(
    hass: HomeAssistant,
    berlin: TimeMachine,
    open_shop: OpenShop,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where it broke is in the log of those who want to know, once and without secrets."""
    caplog.set_level(logging.DEBUG, "custom_components.whatsminer")
    action = "nordpool.get_prices_for_date"
    # As a token may be in a message, so is the id here.
    shop = open_shop(action, lambda data: {}[data["config_entry"]])
    async with an_empty_home(hass, berlin, options={"price_action": action}) as home:
        await home.live(HOUR, step=60)
        assert len(shop.calls) > 5
        (said,) = [each for each in caplog.messages if "KeyError" in each]
        assert said.startswith(f"{action}: KeyError\n")
        assert '{}[data["config_entry"]]' in said
        assert shop.entry.entry_id not in said
        shop.response = lambda data: 1 // len(data["date"][:0])
        await home.live(HOUR, step=60)
        assert len([each for each in caplog.messages if "ZeroDivision" in each]) == 1


async def test_action_is_not_set_up(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """An integration that is not there is named."""
    async with an_empty_home(
        hass, berlin, options={"price_action": "tibber.get_prices"}
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
    hass: HomeAssistant, berlin: TimeMachine, open_shop: OpenShop
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
    async with an_empty_home(hass, berlin, options=options) as home:
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


async def test_clock_set_back(
    hass: HomeAssistant, berlin: TimeMachine, open_shop: OpenShop
) -> None:
    """It is asked again for the day that the clock is at by then."""
    _, response, _ = RESPONSES["energyzero.get_energy_prices"]
    shop = open_shop("energyzero.get_energy_prices", response)
    options = {"price_action": "energyzero.get_energy_prices"}
    async with an_empty_home(hass, berlin, options=options) as home:
        await home.live(20)
        assert len(shop.calls) == 1
        berlin.set_clock(timedelta(days=-2))
        await home.live(20)
        assert len(shop.calls) == 2
        assert shop.calls[-1][1]["start"] == "2026-05-12"
