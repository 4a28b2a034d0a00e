"""What all entities of a miner share."""

from homeassistant.const import CONF_HOST
from homeassistant.helpers.device_registry import CONNECTION_NETWORK_MAC, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .control.queue import CommandQueue
from .coordinator import WhatsminerCoordinator


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
        # The flow makes no entry without the miner's MAC address.
        mac = entry.unique_id
        assert mac is not None
        self._attr_unique_id = f"{mac}_{description.key}"
        identity = coordinator.data.identity
        host = entry.data[CONF_HOST]
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, mac)},
            connections={(CONNECTION_NETWORK_MAC, mac)},
            configuration_url=f"http://[{host}]" if ":" in host else f"http://{host}",
            manufacturer="MicroBT",
            model=f"WhatsMiner {identity.model or ''}".strip().replace("_", " "),
            name=entry.title,
            serial_number=identity.serial_number,
            sw_version=identity.firmware,
            hw_version=identity.control_board,
        )
