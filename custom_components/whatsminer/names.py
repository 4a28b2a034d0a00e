"""The names by which users know their miners and power managers."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
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


@callback
def names_apart(
    hass: HomeAssistant, entries: Iterable[ConfigEntry[Any]]
) -> dict[str, str]:
    """Return the names of miners by the ids of their entries, no two alike.

    Those that a user has named alike have their address, too.
    """
    hosts = {each: each.data.get(CONF_HOST) for each in entries}
    names = {each: shown_name(hass, each) for each in hosts}
    times = Counter(names.values())
    return {
        each.entry_id: f"{name} ({hosts[each]})" if times[name] > 1 else name
        for each, name in names.items()
    }
