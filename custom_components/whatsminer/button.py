"""Buttons of a miner."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import Capability
from .const import DOMAIN, is_manager
from .control.commands import ask
from .coordinator import WhatsminerCoordinator
from .entity import WhatsminerEntity
from .power_manager.entities import controls

# Commands wait for each other in their queue, where the newest counts.
PARALLEL_UPDATES = 0

# So long the LED flashes, in seconds.
IDENTIFY_SECONDS = 10.0
# The errors after which it may flash all the same.
_MAY_FLASH = ("not_changing", "outcome_unknown")
# So long the integration waits for the end of it before it goes.
LEAVE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class WhatsminerButtonDescription(ButtonEntityDescription):
    """Describe a button of a miner."""

    capability: Capability
    """What is asked of the miner, which it has to have among its capabilities."""


BUTTONS: tuple[WhatsminerButtonDescription, ...] = (
    WhatsminerButtonDescription(
        key="restart_mining",
        translation_key="restart_mining",
        entity_category=EntityCategory.CONFIG,
        capability=Capability.RESTART,
    ),
    WhatsminerButtonDescription(
        key="reboot",
        translation_key="reboot",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        capability=Capability.REBOOT,
    ),
    WhatsminerButtonDescription(
        key="restore_power_percent",
        translation_key="restore_power_percent",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.RESTORE_POWER_PERCENT,
    ),
    WhatsminerButtonDescription(
        key="factory_reset",
        translation_key="factory_reset",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.FACTORY_RESET,
    ),
)

IDENTIFY = ButtonEntityDescription(
    key="identify",
    device_class=ButtonDeviceClass.IDENTIFY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of one miner, or of a power manager."""
    if is_manager(entry):
        await controls.async_setup_buttons(hass, entry, async_add_entities)
        return
    coordinator: WhatsminerCoordinator = entry.runtime_data.coordinator
    # Without a password there is nothing to command with.
    if not coordinator.miner.can_write:
        return
    can = coordinator.known.capabilities
    async_add_entities(
        WhatsminerButton(coordinator, description)
        for description in BUTTONS
        if description.capability in can
    )
    if Capability.LED in can:
        async_add_entities([WhatsminerIdentifyButton(coordinator, IDENTIFY)])


class WhatsminerButton(WhatsminerEntity, ButtonEntity):
    """Sends a command to a miner."""

    entity_description: WhatsminerButtonDescription

    @override
    async def async_press(self) -> None:
        """Send the command and wait until the miner obeyed."""
        await self.async_command(ask(self.entity_description.capability))


class WhatsminerIdentifyButton(WhatsminerEntity, ButtonEntity):
    """Lets a miner be found by its flashing LED."""

    def __init__(
        self, coordinator: WhatsminerCoordinator, description: ButtonEntityDescription
    ) -> None:
        """Start without a flashing LED."""
        super().__init__(coordinator, description)
        self._flashing = asyncio.Lock()
        self._removed = asyncio.Event()

    @override
    async def async_added_to_hass(self) -> None:
        """Begin anew: the same entity comes again when it is renamed."""
        self._removed.clear()
        await super().async_added_to_hass()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Set the LED back to automatic before the entity is removed."""
        self._removed.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS), self._flashing:
                pass
        await super().async_will_remove_from_hass()

    @override
    async def async_press(self) -> None:
        """Let the LED flash for a while, then set it back to automatic.

        A pattern that somebody set stays: it could not be put back for certain.
        """
        if self._flashing.locked() or self.coordinator.data.led not in (None, "auto"):
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="led_in_use",
                translation_placeholders={"name": self.coordinator.shown_name},
            )
        async with self._flashing:
            is_ours = True
            try:
                await self.async_command(ask(Capability.LED, True))
                set_at = self.commands.last_set.when(Capability.LED)
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDENTIFY_SECONDS):
                        await self._removed.wait()
                is_ours = self.commands.last_set.when(Capability.LED) == set_at
            except HomeAssistantError as err:
                # Else the miner refused, or somebody has set the LED meanwhile.
                is_ours = err.translation_key in _MAY_FLASH
                raise
            finally:
                if is_ours:
                    await self.async_command(ask(Capability.LED, False))
