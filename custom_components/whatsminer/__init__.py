"""The WhatsMiner integration."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .coordinator import WhatsminerConfigEntry, WhatsminerCoordinator

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup_entry(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> bool:
    """Set up one miner."""
    coordinator = WhatsminerCoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> bool:
    """Unload one miner."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
