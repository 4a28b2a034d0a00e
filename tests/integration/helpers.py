"""Small helpers for tests of the integration."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util.dt import utcnow
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def poll(hass: HomeAssistant, seconds: float = 16) -> None:
    """Let the time of the next poll come."""
    async_fire_time_changed(hass, utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


async def later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 16
) -> None:
    """Let time pass, then read."""
    freezer.tick(seconds)
    await poll(hass)


def device_id(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the id of a miner's device."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, f"there is no {entity_id}"
    return state.state
