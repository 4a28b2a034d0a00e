"""Buttons of a miner."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import REBOOT, RESTART, Command
from .coordinator import WhatsminerConfigEntry
from .entity import WhatsminerEntity

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class WhatsminerButtonDescription(ButtonEntityDescription):
    """Describe a button of a miner."""

    command: Command


BUTTONS: tuple[WhatsminerButtonDescription, ...] = (
    WhatsminerButtonDescription(
        key="restart_mining",
        translation_key="restart_mining",
        entity_category=EntityCategory.CONFIG,
        command=RESTART,
    ),
    WhatsminerButtonDescription(
        key="reboot",
        translation_key="reboot",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        command=REBOOT,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of one miner, if there is a password to command with."""
    coordinator = entry.runtime_data
    if coordinator.miner.can_write:
        async_add_entities(
            WhatsminerButton(coordinator, description) for description in BUTTONS
        )


class WhatsminerButton(WhatsminerEntity, ButtonEntity):
    """Sends a command to a miner."""

    entity_description: WhatsminerButtonDescription

    @override
    async def async_press(self) -> None:
        """Send the command and wait until the miner obeyed."""
        await self.coordinator.async_command(self.entity_description.command)
