"""A power manager's entry: set up, unloaded, removed."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN
from .entity import device_info
from .forms import unreadable
from .manager import ManagerConfigEntry, PowerManager
from .members import offer_free_miners
from .settings import Settings

PLATFORMS = [
    Platform.BUTTON,
    Platform.CLIMATE,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, entry: ManagerConfigEntry) -> bool:
    """Set up a manager; it goes on where it was.

    Not without what cannot be read: it may be a ceiling.
    """
    if wrong := unreadable(entry.options):
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="options_unreadable",
            translation_placeholders={"options": ", ".join(wrong)},
        )
    manager = PowerManager(hass, entry, Settings.from_options(entry.options))
    await manager.async_load()
    entry.runtime_data = manager
    # Its decisions are of its device, and its entities begin with what it has decided.
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **device_info(entry)
    )
    await manager.async_start()
    try:
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await manager.async_stop(hand_back=False)
        raise
    offer_free_miners(hass)
    return True


async def async_unload(hass: HomeAssistant, entry: ManagerConfigEntry) -> bool:
    """Unload a manager; one that is disabled hands its miners back."""
    if not await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        return False
    await entry.runtime_data.async_stop(hand_back=entry.disabled_by is not None)
    if entry.disabled_by is not None:
        offer_free_miners(hass)
    return True


async def async_remove(hass: HomeAssistant, entry: ManagerConfigEntry) -> None:
    """Hand the miners of a removed manager back, and forget it.

    A disabled one has done so. Its miners are still there, but for those removed.
    """
    is_readable = not unreadable(entry.options)
    settings = Settings.from_options(entry.options) if is_readable else Settings()
    manager = PowerManager(hass, entry, settings)
    if is_readable:
        await manager.async_load()
        if entry.disabled_by is None:
            await manager.async_hand_back()
    await manager.async_remove()
    offer_free_miners(hass)
