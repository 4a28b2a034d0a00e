"""Switches of a miner."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import (
    SwitchDeviceClass,
    SwitchEntity,
    SwitchEntityDescription,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF, STATE_ON, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .client import Capability
from .const import is_manager
from .control.commands import START, STOP
from .coordinator import WhatsminerCoordinator
from .entity import (
    SettingDescription,
    WhatsminerEntity,
    WhatsminerSetting,
    async_add_settings,
)
from .power_manager.entities import controls

# Commands wait for each other in their queue, where the newest counts.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerSwitchDescription(SettingDescription, SwitchEntityDescription):
    """Describe a setting that is on or off."""


# The device class sets it apart from the settings, where one is to be selected.
MINING = SwitchEntityDescription(
    key="mining", translation_key="mining", device_class=SwitchDeviceClass.SWITCH
)

SWITCHES: tuple[WhatsminerSwitchDescription, ...] = (
    WhatsminerSwitchDescription(
        key="fast_boot",
        translation_key="fast_boot",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.FAST_BOOT,
    ),
    WhatsminerSwitchDescription(
        key="web_pools",
        translation_key="web_pools",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.WEB_POOLS,
    ),
    WhatsminerSwitchDescription(
        key="mine_at_boot",
        translation_key="mine_at_boot",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.MINE_AT_BOOT,
        # No firmware reports it: the switch shows what was set last.
        needs_read_back=False,
    ),
    WhatsminerSwitchDescription(
        key="led",
        translation_key="led",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.LED,
        needs_read_back=False,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of one miner, or of a power manager."""
    if is_manager(entry):
        await controls.async_setup_switch(hass, entry, async_add_entities)
        return
    coordinator: WhatsminerCoordinator = entry.runtime_data.coordinator
    # Without a password there is nothing to switch with.
    can_switch = Capability.START_STOP in coordinator.known.capabilities
    if coordinator.miner.can_write and can_switch:
        async_add_entities([WhatsminerMiningSwitch(coordinator, MINING)])
    async_add_settings(
        coordinator, Platform.SWITCH, SWITCHES, WhatsminerSwitch, async_add_entities
    )


class WhatsminerMiningSwitch(WhatsminerEntity, SwitchEntity):
    """Starts and stops mining.

    It shows what the miner shows, never what was only asked for: automations go by it.
    What is under way is on the status sensor.
    """

    _unrecorded_attributes = frozenset({"last_start", "last_stop", "starts_today"})

    @override
    def take(self) -> object:
        """Take over whether it mines, and what automations need to treat it well."""
        starts = self.commands.starts
        self._attr_is_on = self.coordinator.data.mining
        self._attr_extra_state_attributes = {
            "last_start": starts.last,
            "last_stop": starts.last_stop,
            "starts_today": starts.today,
        }
        return self._attr_is_on, self._attr_extra_state_attributes

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start mining."""
        await self.async_command(START)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop mining."""
        await self.async_command(STOP)


class WhatsminerSwitch(WhatsminerSetting, SwitchEntity, RestoreEntity):
    """A setting of a miner that is on or off."""

    entity_description: WhatsminerSwitchDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was set last, for miners that do not report it."""
        last = await self.async_get_last_state()
        if last is not None and last.state in (STATE_ON, STATE_OFF):
            self.commands.restore(
                self.entity_description.capability,
                last.state == STATE_ON,
                last.last_changed,
            )
        await super().async_added_to_hass()

    @override
    def take(self) -> object:
        """Take over what the miner reports, else what was set last and is assumed."""
        self._attr_assumed_state = self.reported is None
        self._attr_is_on = self.current
        return self._attr_is_on, self._attr_assumed_state

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch the setting on."""
        await self.async_change(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch the setting off."""
        await self.async_change(False)
