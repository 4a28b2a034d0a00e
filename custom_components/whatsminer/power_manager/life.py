"""A power manager's entry: set up, unloaded, removed."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN
from .entities.entity import device_info
from .manager import ManagerConfigEntry, PowerManager
from .members import async_release, offer_free_miners
from .options.stored import unreadable
from .problems import Problems
from .settings import Settings
from .store import ManagerStore

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
    settings = Settings.from_options(entry.options)
    manager = await PowerManager.async_load(hass, entry, settings)
    entry.runtime_data = manager
    try:
        # Its decisions are of its device, and its entities begin with what it has decided.
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, **device_info(entry)
        )
        await manager.async_start()
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
    if entry.disabled_by is None and not unreadable(entry.options):
        settings = Settings.from_options(entry.options)
        manager = await PowerManager.async_load(hass, entry, settings)
        await manager.async_hand_back()
    Problems(hass, entry).clear()
    async_release(hass, entry)
    await ManagerStore(hass, entry.entry_id).async_remove()
    offer_free_miners(hass)
