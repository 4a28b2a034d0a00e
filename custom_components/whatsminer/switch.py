"""Switches of a miner."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import START, STOP
from .coordinator import WhatsminerConfigEntry
from .entity import WhatsminerEntity

PARALLEL_UPDATES = 1

MINING = SwitchEntityDescription(key="mining", translation_key="mining")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of one miner, if there is a password to switch with."""
    coordinator = entry.runtime_data
    if coordinator.miner.can_write:
        async_add_entities([WhatsminerMiningSwitch(coordinator, MINING)])


class WhatsminerMiningSwitch(WhatsminerEntity, SwitchEntity):
    """Starts and stops mining."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether mining is switched on, or is just being switched."""
        if self.coordinator.pending is START:
            return True
        if self.coordinator.pending is STOP:
            return False
        return self.coordinator.data.mining

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start mining."""
        await self.coordinator.async_command(START)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop mining."""
        await self.coordinator.async_command(STOP)
