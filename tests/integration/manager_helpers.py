"""Small helpers for tests of the power manager."""

from dataclasses import dataclass
from typing import Any

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
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
from custom_components.whatsminer.power_manager.options import pages
from tests.simulator import SimulatedMiner

from .helpers import WORDS


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


async def choose(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Open the options of a manager and choose from the menu."""
    result: Any = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.MENU
    return await hass.config_entries.options.async_configure(
        result["flow_id"], {"next_step_id": step}
    )


def sections(page: str = "manager", **changed: Any) -> dict[str, Any]:
    """Return the sections of a form with what is changed in them."""
    return {
        name: {key: changed[key] for key in rows if key in changed}
        for name, rows in pages.PAGES[page].items()
    }


def opened(result: Any) -> set[str]:
    """Return the sections of a form that are open."""
    return {
        str(key)
        for key, part in result["data_schema"].schema.items()
        if not getattr(part, "options", {"collapsed": True})["collapsed"]
    }


def suggested_in(result: Any, name: str) -> dict[str, Any]:
    """Return what the fields of a section are filled with."""
    (part,) = (
        each for key, each in result["data_schema"].schema.items() if key == name
    )
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in part.schema.schema
    }


def label(page: str, section: str, key: str) -> str:
    """Return the name of a field of the options."""
    words = WORDS["options"]["step"][page]["sections"][section]
    return str(words["data"][key])


@dataclass(frozen=True, kw_only=True)
class Home:
    """A home with two miners and a manager of both."""

    miners: list[SimulatedMiner]
    entries: list[MockConfigEntry]
    manager: MockConfigEntry
    grid: er.RegistryEntry

    @property
    def keys(self) -> list[str]:
        """Return the ids of the miners' entries."""
        return [each.entry_id for each in self.entries]


async def change(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Change options of a manager, as its dialog does."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def owned(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str | None]:
    """Return the entities of an entry, and the device of each."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {each.entity_id: each.device_id for each in entities}
