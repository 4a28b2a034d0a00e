"""Which miners a manager can have: a miner belongs to one manager."""

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN, is_manager
from .problems import async_is_claimed, listed_miners


@callback
def free_miners(hass: HomeAssistant, entry: ConfigEntry | None) -> dict[str, str]:
    """Return the titles of the miners that a manager, or a new one, can have, by entry.

    Without a password a miner is only read.
    """
    taken = {
        miner
        for other in _managers(hass)
        if other is not entry and other.disabled_by is None
        for miner in listed_miners(other.options)
    }
    miners = {
        each.entry_id: each.title
        for each in hass.config_entries.async_entries(DOMAIN)
        if each.source != SOURCE_IGNORE
        and not is_manager(each)
        and CONF_PASSWORD in each.data
        and each.entry_id not in taken
    }
    return dict(sorted(miners.items(), key=lambda each: each[1].lower()))


@callback
def offer_free_miners(hass: HomeAssistant) -> None:
    """Reload the managers that were refused a miner which is free by now."""
    for entry in _managers(hass):
        if entry.state is ConfigEntryState.LOADED and any(
            miner not in entry.runtime_data.members
            and not async_is_claimed(hass, miner)
            for miner in listed_miners(entry.options)
        ):
            hass.config_entries.async_schedule_reload(entry.entry_id)


def _managers(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the entries of all managers."""
    return [
        each for each in hass.config_entries.async_entries(DOMAIN) if is_manager(each)
    ]
