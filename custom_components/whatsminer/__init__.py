"""The WhatsMiner integration."""

from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, is_manager
from .control.ranges import Ranges
from .control.starts import Starts
from .entity import async_register_device
from .event import forget_faults
from .issues import delete_issues, update_issues
from .names import shown_name
from .power_manager import life
from .power_manager.members import async_watch_returns, leave_out
from .runtime import WhatsminerConfigEntry, make_runtime
from .services import async_setup_services
from .storage import LastKnown, stored_energy
from .stored_entry import unreadable

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


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Set up a miner or a power manager."""
    async_watch_returns(hass, entry)
    if is_manager(entry):
        return await life.async_setup(hass, entry)
    return await _async_setup_miner(hass, entry)


async def _async_setup_miner(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> bool:
    """Set up one miner, as it was last known if it is off now.

    Not with what cannot be read: it may be a limit, or how often the miner may start.
    """
    if wrong := unreadable(entry):
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="entry_unreadable",
            translation_placeholders={
                "name": shown_name(hass, entry),
                "settings": ", ".join(wrong),
            },
        )
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
    async_register_device(coordinator)
    update = partial(update_issues, hass, entry)
    update()
    # After the listener is gone, which may still be called while the entry is unloaded.
    entry.async_on_unload(partial(_withdraw_issues, hass, entry))
    entry.async_on_unload(coordinator.async_add_listener(update))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Unload a miner or a power manager."""
    if is_manager(entry):
        return await life.async_unload(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


@callback
def _withdraw_issues(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> None:
    """Withdraw the issues of an entry that was unloaded, if that is disabled."""
    if entry.disabled_by:
        delete_issues(hass, entry.entry_id)


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Forget a miner or a power manager that was removed."""
    if is_manager(entry):
        await life.async_remove(hass, entry)
        return
    delete_issues(hass, entry.entry_id)
    forget_faults(hass, entry.entry_id)
    await LastKnown(hass, entry.entry_id).async_remove()
    await stored_energy(hass).async_remove(entry.entry_id)
    await Starts(hass, entry.entry_id, 0).async_remove()
    await Ranges(hass, entry.entry_id, 0).async_remove()
    leave_out(hass, entry.entry_id)
