"""The options of a power manager: prices that are of no use, or needed."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .manager_helpers import choose, label, make_manager, opened, sections

pytestmark = pytest.mark.usefixtures("set_up_entry")


@pytest.mark.parametrize(
    ("stored", "changed", "errors"),
    [
        (
            {"price": "sensor.price", "cheap_limit": 0.2},
            {"price": None},
            {"electricity": "no_price"},
        ),
        (
            {"price_action": "tibber.get_prices", "cheap_hours": 6},
            {"price_action": None, "cheap_hours": 7},
            {"electricity": "no_price"},
        ),
        (
            {
                "price": "sensor.price",
                "hash_price": "sensor.hash_price",
                "cheap_break_even": True,
            },
            {"hash_price": None},
            {"earnings": "no_hash_price"},
        ),
        (
            {"price": "sensor.gone", "cheap_hours": 6},
            {"price": "sensor.price"},
            {"electricity": "no_forecast"},
        ),
    ],
)
async def test_taken_away_what_another_needs(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    stored: dict[str, Any],
    changed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """The error stands once: at what was changed, which is what the screen shows."""
    hass.states.async_set("sensor.price", "0.3", {"unit_of_measurement": "EUR/kWh"})
    entry = make_manager(grid, *miners, **stored)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "prices")
    entered = {k: v for k, v in (stored | changed).items() if v is not None}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], sections("prices", **entered)
    )
    assert result["errors"] == errors
    assert opened(result) >= errors.keys()


async def test_entity_and_action(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Prices come from one of the two: the other would be ignored."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "prices")
    both = {"price": "sensor.price", "price_action": "tibber.get_prices"}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], sections("prices", **both)
    )
    assert result["errors"] == {"electricity": "entity_or_action"}


async def test_action_of_nobody(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """An action gives no prices as long as its integration is not set up."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "prices")
    entered = sections("prices", price_action="tibber.get_prices")
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    assert result["errors"] == {"electricity": "price_unreadable"}
    named = result["description_placeholders"] or {}
    assert named["entity"] == "tibber.get_prices"
    assert named["detail"] == "tibber is not set up"
    MockConfigEntry(domain="tibber").add_to_hass(hass)
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("state", "unit", "more", "error"),
    [
        ("0.3", "EUR/kWh", {"cheap_hours": 6}, "no_forecast"),
        ("0.3", "EUR/kWh", {"cheap_limit": 0.2}, None),
        ("0.3", "EUR", {"cheap_limit": 0.2}, "price_unreadable"),
        ("unavailable", None, {"cheap_hours": 6}, None),
    ],
)
async def test_price_without_use(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    state: str,
    unit: str | None,
    more: dict[str, Any],
    error: str | None,
) -> None:
    """A price that can be seen to be of no use is refused, and one from before is not."""
    hass.states.async_set("sensor.price", state, {"unit_of_measurement": unit})
    options = {"price": "sensor.price", **more}
    for before in ({}, options):
        entry = make_manager(grid, *miners, **before)
        entry.add_to_hass(hass)
        result = await choose(hass, entry, "prices")
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], sections("prices", **options)
        )
        if before or error is None:
            assert result["type"] is FlowResultType.CREATE_ENTRY
            continue
        # At what is new: the hours, or the entity alone.
        section = "cheap" if error == "no_forecast" else "electricity"
        assert result["errors"] == {section: error}
        named = result["description_placeholders"] or {}
        assert named["field"] == label("prices", "electricity", "price")
        assert named["entity"] == "sensor.price"


@pytest.mark.parametrize(
    ("section", "key", "unit"),
    [
        ("cheap", "cheap_limit_entity", "EUR"),
        ("earnings", "hash_price", "EUR/kWh"),
        ("earnings", "feed_in", "ct"),
    ],
)
async def test_money_without_use(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    section: str,
    key: str,
    unit: str,
) -> None:
    """The other entities of the form must have a price that can be read, too."""
    entry = make_manager(grid, *miners, price_action="tibber.get_prices")
    entry.add_to_hass(hass)
    hass.states.async_set("sensor.money", "0.3", {"unit_of_measurement": unit})
    result = await choose(hass, entry, "prices")
    entered = {"price_action": "tibber.get_prices", key: "sensor.money"}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], sections("prices", **entered)
    )
    assert result["errors"] == {section: "price_unreadable"}
    named = result["description_placeholders"] or {}
    assert named["field"] == label("prices", section, key)
    assert named["problem"] == "the unit is not known"
