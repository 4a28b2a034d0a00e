"""What prices mean: the price at which mining pays, the costs of a day, the feed-in."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_calm_home as a_home, kill
from .rates import HOUR, MINUTE, PER_KWH, PRICE, is_cheap, repair, shown

LIMIT, FEED_IN = "sensor.limit", "sensor.feed_in"

pytestmark = pytest.mark.usefixtures("puppet")


async def test_hash_price(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """The break-even price is in the hash price's money; another unit is a repair."""
    hass.states.async_set(PRICE, "0.2", PER_KWH)
    hashes = "sensor.hash_price"
    hass.states.async_set(hashes, "45", {"unit_of_measurement": "USD/PH/day"})
    options = {"price": PRICE, "hash_price": hashes, "cheap_break_even": True}
    async with a_home(hass, berlin, options=options) as home:
        await home.live(200)
        data = home.entries[0].runtime_data.coordinator.data
        expected = 0.045 / (data.efficiency * 24 / 1000)
        assert float(shown(home, "break_even_price") or "nan") == pytest.approx(
            expected, rel=0.02
        )
        # 45 USD are not 45 EUR: that is no limit.
        assert repair(home) == (
            f"{hashes}: its currency is not that of the price (USD, EUR)"
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


async def test_never_measured(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """As long as no miner was tuned, what mining earns is not known, and never cheap."""
    hass.states.async_set(PRICE, "0.01", PER_KWH)
    hass.states.async_set("sensor.hash", "45", {"unit_of_measurement": "EUR/PH/day"})
    options = {"price": PRICE, "hash_price": "sensor.hash", "cheap_break_even": True}
    async with a_home(hass, berlin, states=["stopped"], options=options) as home:
        await home.live(60)
        assert shown(home, "break_even_price") == "unknown"
        assert not is_cheap(home)
        assert repair(home) is None


async def test_sensors_come_with_their_options(
    hass: HomeAssistant, berlin: TimeMachine
) -> None:
    """Without a price there is no sensor of it; they go with the option."""
    async with a_home(hass, berlin) as home:
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
    hass: HomeAssistant, berlin: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """The grid costs its price, surplus what it would earn; midnight begins anew."""
    hass.states.async_set(PRICE, "0.30", PER_KWH)
    hass.states.async_set("sensor.feed_in", "8", {"unit_of_measurement": "ct/kWh"})
    hass.states.async_set("sensor.hash", "45", {"unit_of_measurement": "EUR/PH/day"})
    options = {"price": PRICE, "feed_in": "sensor.feed_in", "hash_price": "sensor.hash"}
    async with a_home(hass, berlin, options=options) as home:
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
        hass.states.async_set(FEED_IN, "8", {"unit_of_measurement": "ct/kWh"})
        await home.live(23 * HOUR, step=300)
        hass.states.async_set(PRICE, "0.31", PER_KWH)
        await home.live(20)
        assert float(shown(home, "cost_today") or "nan") < expected
        state = hass.states.get("sensor.power_cost_today")
        assert state is not None
        assert state.attributes["last_reset"] == "2026-05-15T00:00:00+02:00"


async def test_costs_of_the_first_day(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """With a price that is entered during the day, costs count from then on."""
    hass.states.async_set(PRICE, "0.30", PER_KWH)
    async with a_home(hass, berlin) as home:
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
    berlin: TimeMachine,
    tariff: str,
    unit_of_it: str | None,
    wanted: bool,
) -> None:
    """Surplus is a reason only while it would earn less than the limit."""
    hass.states.async_set("sensor.feed_in", tariff, {"unit_of_measurement": unit_of_it})
    options = {"feed_in": "sensor.feed_in", "feed_in_limit": 0.08}
    async with a_home(hass, berlin, options=options) as home:
        await home.live(10)
        assert home.manager.status.rates.is_surplus_wanted is wanted


def feed_in(home: Home) -> float | None:
    """Return what a kilowatt hour that is fed in earns."""
    return home.manager.status.rates.feed_in


@pytest.mark.parametrize(
    ("unit_of_it", "problem"),
    [
        ("EUR/kWh", None),
        ("€/kWh", None),
        ("cent/kWh", None),
        ("SEK/kWh", "its currency is not that of the price (SEK, EUR)"),
    ],
)
async def test_currency(
    hass: HomeAssistant, berlin: TimeMachine, unit_of_it: str, problem: str | None
) -> None:
    """A limit and a tariff count in the money of the price; another one is a repair."""
    value = "30" if unit_of_it == "cent/kWh" else "0.3"
    for each in (LIMIT, FEED_IN):
        hass.states.async_set(each, value, {"unit_of_measurement": unit_of_it})
    hass.states.async_set(PRICE, "0.2", PER_KWH)
    options = {"price": PRICE, "cheap_limit_entity": LIMIT, "feed_in": FEED_IN}
    async with a_home(hass, berlin, options=options) as home:
        await home.live(200)
        is_same = problem is None
        assert is_cheap(home) is is_same
        assert feed_in(home) == (0.3 if is_same else None)
        said = None if is_same else f"{FEED_IN}: {problem}, {LIMIT}: {problem}"
        assert repair(home) == said


async def test_currency_without_a_price(
    hass: HomeAssistant, berlin: TimeMachine
) -> None:
    """Where nothing else is money, a tariff has any currency."""
    hass.states.async_set(FEED_IN, "0.3", {"unit_of_measurement": "SEK/kWh"})
    async with a_home(hass, berlin, options={"feed_in": FEED_IN}) as home:
        await home.live(10)
        assert feed_in(home) == 0.3


async def test_limit_is_exact(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """A maximum price that was entered counts to its last digit."""
    hass.states.async_set(PRICE, "0.4", PER_KWH)
    options = {"price": PRICE, "cheap_limit": 0.3}
    async with a_home(hass, berlin, options=options) as home:
        await home.live(10)
        options = {**home.entry.options, "cheap_limit": 0.298}
        hass.config_entries.async_update_entry(home.entry, options=options)
        await home.reload()
        hass.states.async_set(PRICE, "0.299", PER_KWH)
        await home.live(10)
        assert not is_cheap(home)
        hass.states.async_set(PRICE, "0.298", PER_KWH)
        await home.live(10)
        assert is_cheap(home)


PER_DAY = {"unit_of_measurement": "EUR/PH/day"}


@pytest.mark.parametrize("at_start", [False, True])
@pytest.mark.parametrize(
    ("entity_id", "state", "attributes", "options"),
    [
        (LIMIT, "0.3", PER_KWH, {"cheap_limit_entity": LIMIT}),
        (
            "sensor.hash",
            "450",
            PER_DAY,
            {"hash_price": "sensor.hash", "cheap_break_even": True},
        ),
        (
            "schedule.nights",
            "on",
            {},
            {"cheap_while": "schedule.nights", "cheap_limit": 0.3},
        ),
    ],
)
async def test_unavailable_limit(
    hass: HomeAssistant,
    berlin: TimeMachine,
    entity_id: str,
    state: str,
    attributes: dict[str, Any],
    options: dict[str, Any],
    at_start: bool,
) -> None:
    """What makes it cheap may be unavailable for three minutes, as after a start."""
    hass.states.async_set(PRICE, "0.2", PER_KWH)
    hass.states.async_set(entity_id, state, attributes)
    async with a_home(hass, berlin, options={"price": PRICE, **options}) as home:
        await home.live(200)
        assert is_cheap(home)
        if at_start:
            hass.states.async_remove(entity_id)
            await home.reload()
        else:
            hass.states.async_set(entity_id, "unavailable")
        await home.live(160)
        assert is_cheap(home)
        await home.live(40)
        assert not is_cheap(home)


async def test_unavailable_tariff(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """Surplus stays a reason to mine while its tariff is away for three minutes."""
    hass.states.async_set(FEED_IN, "0.05", PER_KWH)
    options = {"feed_in": FEED_IN, "feed_in_limit": 0.08}
    async with a_home(hass, berlin, options=options) as home:
        await home.live(10)
        hass.states.async_set(FEED_IN, "unavailable")
        await home.live(160)
        assert home.manager.status.rates.is_surplus_wanted
        await home.live(40)
        assert not home.manager.status.rates.is_surplus_wanted


async def test_silent_limit_and_tariff(
    hass: HomeAssistant, berlin: TimeMachine
) -> None:
    """They grow as old as the price; what users set themselves stays."""
    hass.states.async_set(PRICE, "0.2", PER_KWH)
    for each in (LIMIT, FEED_IN, "input_number.limit"):
        hass.states.async_set(each, "0.3", PER_KWH)
    options = {"price": PRICE, "cheap_limit_entity": LIMIT, "feed_in": FEED_IN}
    async with a_home(hass, berlin, options=options) as home:
        await home.live(23 * HOUR, step=600)
        assert is_cheap(home)
        assert feed_in(home) == 0.3
        await home.live(2 * HOUR, step=600)
        hass.states.async_set(PRICE, "0.21", PER_KWH)
        assert not is_cheap(home)
        assert feed_in(home) is None
        silent = (
            "it has reported nothing for a day; for a fixed price, use a number helper"
        )
        assert repair(home) == f"{FEED_IN}: {silent} (0.3), {LIMIT}: {silent} (0.3)"
        by_hand = {**home.entry.options, "cheap_limit_entity": "input_number.limit"}
        hass.config_entries.async_update_entry(home.entry, options=by_hand)
        await home.reload()
        assert is_cheap(home)
