"""The names by which users know their miners and power managers."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .device_text import one_line


@callback
def shown_name(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return the name that the user gave the device of an entry, else that of the entry.

    The dialog that adds a miner asks for the name of the device, and leaves the entry's.
    """
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    given = (each.name_by_user for each in devices if each.name_by_user)
    return one_line(next(given, entry.title))
