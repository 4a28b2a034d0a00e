"""The WhatsMiner integration."""

from functools import partial

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .control.ranges import Ranges
from .control.starts import Starts
from .issues import delete_issues, update_issues
from .runtime import WhatsminerConfigEntry, make_runtime
from .services import async_setup_services
from .storage import LastKnown, StoredEnergy

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> bool:
    """Set up one miner, as it was last known if it is off now."""
    runtime = make_runtime(hass, entry)
    coordinator = runtime.coordinator
    entry.async_on_unload(runtime.async_close)
    await runtime.commands.async_load()
    try:
        await coordinator.async_config_entry_first_refresh()
    except ConfigEntryNotReady:
        if not coordinator.restore():
            raise
    entry.runtime_data = runtime
    update = partial(update_issues, hass, entry)
    update()
    entry.async_on_unload(coordinator.async_add_listener(update))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> bool:
    """Unload one miner."""
    if entry.disabled_by:
        delete_issues(hass, entry.entry_id)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> None:
    """Forget a miner that was removed."""
    delete_issues(hass, entry.entry_id)
    await LastKnown(hass, entry.entry_id).async_remove()
    await StoredEnergy(hass, entry.entry_id).async_remove()
    await Starts(hass, entry.entry_id, 0).async_remove()
    await Ranges(hass, entry.entry_id, 0).async_remove()
