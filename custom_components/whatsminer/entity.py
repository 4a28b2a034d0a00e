"""What all entities of a miner share, and those that change a setting of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .client import CONTROLS, Capability
from .const import DOMAIN
from .control.commands import ask
from .control.queue import CommandQueue
from .coordinator import WhatsminerCoordinator


def unique_base(entry: ConfigEntry[Any]) -> str:
    """Return the base of the unique IDs of a miner's device and entities.

    The MAC address, as far as the miner has one to give.
    """
    return entry.unique_id or entry.entry_id


class WhatsminerEntity(CoordinatorEntity[WhatsminerCoordinator]):
    """An entity of one miner."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: WhatsminerCoordinator, description: EntityDescription
    ) -> None:
        """Name it after the miner that it belongs to."""
        super().__init__(coordinator)
        self.entity_description = description
        entry = coordinator.config_entry
        self.commands: CommandQueue = entry.runtime_data.commands
        base = unique_base(entry)
        mac = entry.unique_id
        self._attr_unique_id = f"{base}_{description.key}"
        identity = coordinator.data.identity
        host = entry.data[CONF_HOST]
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, base)},
            connections={(CONNECTION_NETWORK_MAC, mac)} if mac else set(),
            configuration_url=f"http://[{host}]" if ":" in host else f"http://{host}",
            manufacturer="MicroBT",
            model=f"WhatsMiner {identity.model or ''}".strip().replace("_", " "),
            name=entry.title,
            serial_number=identity.serial_number,
            sw_version=identity.firmware,
            hw_version=identity.control_board,
        )


@dataclass(frozen=True, kw_only=True)
class SettingDescription(EntityDescription):
    """Describe a setting."""

    capability: Capability
    """What is asked of the miner, which it has to have among its capabilities."""
    needs_read_back: bool = True
    """Whether the entity makes sense only on miners that report the setting."""


class WhatsminerSetting(WhatsminerEntity):
    """A setting: what the miner reports, else what was set last."""

    entity_description: SettingDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the current command."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.commands.async_add_listener(self.async_write_ha_state)
        )

    @property
    def reported(self) -> Any:
        """Return the reported value; None if the miner does not report it."""
        return CONTROLS[self.entity_description.capability].read(self.coordinator.data)

    @property
    def current(self) -> Any:
        """Return what the miner reports, else what was set last."""
        reported = self.reported
        if reported is not None:
            return reported
        return self.commands.last_set.get(self.entity_description.capability)

    @property
    def target(self) -> Any:
        """Return the value that is being set, else the current one."""
        pending = self.commands.pending
        if pending is not None and pending.target is not None:
            setting, value = pending.target
            if setting is self.entity_description.capability:
                return value
        return self.current

    async def async_change(self, value: Any) -> None:
        """Change the setting and wait until the miner shows it."""
        await self.commands.async_send(ask(self.entity_description.capability, value))


def async_add_known[Description: EntityDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[Description],
    has_fn: Callable[[Description], bool],
    add: Callable[[list[Description]], None],
) -> None:
    """Add the entities of a miner, now and when a reading shows more.

    Entities exist if the miner has the thing, whatever it happens to do just now. A
    stopped one reports less than one that hashes: what it has reported in an earlier run
    is added, too.
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
        """Add the entities that are known so far."""
        found = [
            each
            for each in missing
            if f"{unique_base(entry)}_{each.key}" in known or has_fn(each)
        ]
        if found:
            missing[:] = [each for each in missing if each not in found]
            add(found)

    add_missing()
    entry.async_on_unload(coordinator.async_add_listener(add_missing))


def async_add_settings[DescriptionT: SettingDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[DescriptionT],
    make: Callable[[WhatsminerCoordinator, DescriptionT], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the settings that a miner has, if there is a password to change them with."""

    def has_setting(description: DescriptionT) -> bool:
        """Return whether the miner has the setting."""
        known = coordinator.known
        return description.capability in known.capabilities and (
            not description.needs_read_back
            or CONTROLS[description.capability].read(known) is not None
        )

    if coordinator.miner.can_write:
        async_add_known(
            coordinator,
            platform,
            descriptions,
            has_setting,
            lambda found: async_add_entities(make(coordinator, each) for each in found),
        )
