"""Which manager has which miner, and which it can have: each belongs to one."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_MINERS, DOMAIN, is_manager

# The manager of each miner, both by the ids of their entries.
_CLAIMS: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_managed")


def listed_miners(options: Mapping[str, Any]) -> list[str]:
    """Return the miners on the list of a manager, by the ids of their entries."""
    listed = options.get(CONF_MINERS, [])
    # Whatever somebody has put there by hand: the other managers read it, too.
    if not isinstance(listed, list):
        return []
    return [each for each in listed if isinstance(each, str)]


@callback
def async_claim(hass: HomeAssistant, miner: str, manager: ConfigEntry[Any]) -> bool:
    """Return whether a manager has a miner from now on: the oldest that lists it has.

    Entries keep their order over restarts; the order in which they load changes. A
    younger one that has it already keeps it until it is reloaded.
    """
    listed = (
        each
        for each in hass.config_entries.async_entries(DOMAIN)
        if is_manager(each)
        and each.disabled_by is None
        and miner in listed_miners(each.options)
    )
    if next(listed, manager) is not manager:
        return False
    claims = hass.data.setdefault(_CLAIMS, {})
    return claims.setdefault(miner, manager.entry_id) == manager.entry_id


@callback
def async_release(hass: HomeAssistant, manager: ConfigEntry[Any]) -> None:
    """Let others have the miners of a manager."""
    claims = hass.data.get(_CLAIMS, {})
    for miner in [each for each, owner in claims.items() if owner == manager.entry_id]:
        del claims[miner]


@callback
def async_is_claimed(hass: HomeAssistant, miner: str) -> bool:
    """Return whether a manager has a miner."""
    return miner in hass.data.get(_CLAIMS, {})


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
