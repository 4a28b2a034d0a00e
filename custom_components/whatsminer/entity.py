"""What all entities of a miner share."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .control.queue import CommandQueue
from .coordinator import WhatsminerCoordinator


def unique_base(entry: ConfigEntry[Any]) -> str:
    """Return what the unique ids of a miner's device and entities are made of.

    The MAC address, as far as the miner has one to give.
    """
    return entry.unique_id or entry.entry_id


class WhatsminerEntity(CoordinatorEntity[WhatsminerCoordinator]):
    """An entity of one miner."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: WhatsminerCoordinator, description: EntityDescription
    ) -> None:
        """Tell which miner it belongs to."""
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
