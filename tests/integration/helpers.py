"""Small helpers for tests of the integration."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util.dt import utcnow
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def poll(hass: HomeAssistant, seconds: float = 16) -> None:
    """Let the time of the next poll come."""
    async_fire_time_changed(hass, utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


def value(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, f"there is no {entity_id}"
    return state.state
