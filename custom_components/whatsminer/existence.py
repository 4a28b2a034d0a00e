"""Entities exist if the miner has the thing, whatever it happens to do just now."""

from collections.abc import Callable, Iterable

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import EntityDescription

from .const import DOMAIN
from .coordinator import WhatsminerCoordinator
from .entity import unique_base


def async_add_as_told[Description: EntityDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[Description],
    has: Callable[[Description], bool],
    add: Callable[[list[Description]], None],
) -> None:
    """Add what the miner has, now and whenever it tells of more.

    A stopped miner tells less than one that hashes: what it told of in an earlier run
    is added, too, and the rest with the first reading that tells of it.
    """
    entry = coordinator.config_entry
    registry = er.async_get(coordinator.hass)
    known = {
        each.unique_id
        for each in er.async_entries_for_config_entry(registry, entry.entry_id)
        if each.domain == platform and each.platform == DOMAIN
    }
    missing = list(descriptions)

    @callback
    def add_missing() -> None:
        """Add what is known of by now."""
        found = [
            each
            for each in missing
            if f"{unique_base(entry)}_{each.key}" in known or has(each)
        ]
        if found:
            missing[:] = [each for each in missing if each not in found]
            add(found)

    add_missing()
    entry.async_on_unload(coordinator.async_add_listener(add_missing))
