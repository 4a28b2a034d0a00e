"""Small helpers for tests of the power manager."""

from collections.abc import Mapping
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
from custom_components.whatsminer.power_manager.models import (
    MinerReading,
    Order,
    Outcome,
    Part,
    Plan,
    Readings,
)
from custom_components.whatsminer.power_manager.settings import Settings


class StandInLaw:
    """Decides nothing: each miner is to draw what it draws, or its ceiling.

    What is shown must not depend on how the law decides.
    """

    def __init__(
        self, settings: Settings, stored: Mapping[str, Any] | None = None
    ) -> None:
        """Need nothing."""

    def as_learned(self, reading: MinerReading, now: float) -> MinerReading:
        """Learn nothing."""
        return reading

    def step(self, readings: Readings) -> Plan:
        """Plan what is, as far as it may be."""
        parts = {each.key: _part(each, readings) for each in readings.miners}
        power = sum(each.power or 0 for each in readings.miners)
        grid = readings.source.grid
        return Plan(
            target=sum(each.power for each in parts.values()),
            available=None if grid is None else power - grid,
            mean=None,
            reason=readings.want.reason,
            orders=(),
            parts=parts,
        )

    def note(self, order: Order, outcome: Outcome, now: float) -> None:
        """Remember nothing."""

    def dump(self) -> dict[str, Any]:
        """Return nothing to remember."""
        return {}


def _part(miner: MinerReading, readings: Readings) -> Part:
    """Return what a miner is to draw."""
    if miner.ceiling is not None:
        return Part(power=miner.ceiling.power, reason=miner.ceiling.limit)
    return Part(power=miner.power or 0, reason=readings.want.reason)


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
