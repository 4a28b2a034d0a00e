"""Which manager has which miner, and which it can have: each belongs to one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_MINERS, DOMAIN, is_manager
from ..names import names_apart, shown_name
from .options.pages import OF_MINER

# The manager of each miner, both by the ids of their entries.
_CLAIMS: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_managed")


@dataclass(frozen=True, slots=True)
class Member:
    """Who a miner on a list is: that is known after its entry was deleted, too."""

    title: str
    unique_id: str | None


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
    """Return the names of the miners that a manager, or a new one, can have, by entry.

    Without a password a miner is only read. One that has lost it stays where it is: what
    it draws counts.
    """
    own = [] if entry is None else listed_miners(entry.options)
    taken = {
        miner
        for other in _managers(hass)
        if other is not entry and other.disabled_by is None
        for miner in listed_miners(other.options)
    }
    miners = names_apart(
        hass,
        (
            each
            for each in hass.config_entries.async_entries(DOMAIN)
            if each.source != SOURCE_IGNORE
            and not is_manager(each)
            and (CONF_PASSWORD in each.data or each.entry_id in own)
            and each.entry_id not in taken
        ),
    )
    return dict(sorted(miners.items(), key=lambda each: each[1].lower()))


@callback
def remembered(
    hass: HomeAssistant, listed: Iterable[str], before: Mapping[str, Member]
) -> dict[str, Member]:
    """Return who the miners on a list are, or were when their entries were deleted."""
    members = dict[str, Member]()
    for each in listed:
        if (entry := hass.config_entries.async_get_entry(each)) is not None:
            members[each] = Member(shown_name(hass, entry), entry.unique_id)
        elif each in before:
            members[each] = before[each]
    return members


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


@callback
def async_watch_returns(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Have miners that were added again take their old places, once an entry is loaded.

    That of such a miner, or that of its manager.
    """

    @callback
    def take_back() -> None:
        """Give the managers their miners back."""
        if entry.state is not ConfigEntryState.LOADED:
            return
        for manager in _managers(hass):
            if returned := _returned(hass, manager):
                options = _with_new_ids(manager.options, returned)
                hass.config_entries.async_update_entry(manager, options=options)
                hass.config_entries.async_schedule_reload(manager.entry_id)

    entry.async_on_unload(entry.async_on_state_change(take_back))


@callback
def leave_out(hass: HomeAssistant, miner: str) -> None:
    """Reload the manager of a miner that was deleted: so its entities go, too."""
    for entry in _managers(hass):
        if (
            entry.state is ConfigEntryState.LOADED
            and miner in entry.runtime_data.members
        ):
            hass.config_entries.async_schedule_reload(entry.entry_id)


def _returned(hass: HomeAssistant, manager: ConfigEntry) -> dict[str, str]:
    """Return the miners of a manager that were deleted and added again.

    That is the new id by the old one. Only the unique id says that it is the same miner.
    """
    if manager.state is not ConfigEntryState.LOADED:
        return {}
    # Seldom any: then a farm that starts is not looked through for each of its miners.
    if not (deleted := manager.runtime_data.deleted):
        return {}
    listed = listed_miners(manager.options)
    ids = {
        hass.config_entries.async_get_known_entry(miner).unique_id: miner
        for miner in free_miners(hass, manager)
        if miner not in listed
    }
    return {
        old: ids[member.unique_id]
        for old, member in deleted.items()
        if member.unique_id is not None and member.unique_id in ids
    }


def _with_new_ids(options: Mapping[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a manager with other ids of some of its miners."""
    of_miners = {
        option: {new.get(key, key): value for key, value in options[option].items()}
        for option in OF_MINER
        if option in options
    }
    miners = [new.get(key, key) for key in listed_miners(options)]
    return {**options, **of_miners, CONF_MINERS: miners}


def _managers(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the entries of all managers."""
    return [
        each for each in hass.config_entries.async_entries(DOMAIN) if is_manager(each)
    ]
