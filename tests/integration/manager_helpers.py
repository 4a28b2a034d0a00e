"""Small helpers for tests of the power manager."""

from typing import Any

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import (
    BATTERY_POSITIVE,
    CONF_BATTERY_POSITIVE,
    CONF_GRID,
    CONF_GRID_POSITIVE,
    CONF_KIND,
    CONF_MINERS,
    DOMAIN,
    GRID_POSITIVE,
    KIND_POWER_MANAGER,
)


def add_sensor(
    hass: HomeAssistant, name: str, state: str = "0", unit: str = "W"
) -> er.RegistryEntry:
    """Add a sensor of the house, as another integration would have it."""
    entry = er.async_get(hass).async_get_or_create(
        "sensor", "house", name, suggested_object_id=name, unit_of_measurement=unit
    )
    hass.states.async_set(entry.entity_id, state, {ATTR_UNIT_OF_MEASUREMENT: unit})
    return entry


def make_manager(
    grid: er.RegistryEntry, *miners: str, title: str = "Power manager", **options: Any
) -> MockConfigEntry:
    """Return what the flow would have stored of a manager."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id=grid.id,
        data={
            CONF_KIND: KIND_POWER_MANAGER,
            CONF_GRID: grid.id,
            CONF_GRID_POSITIVE: GRID_POSITIVE[0],
            CONF_BATTERY_POSITIVE: BATTERY_POSITIVE[0],
        },
        options={CONF_MINERS: list(miners), **options},
    )
