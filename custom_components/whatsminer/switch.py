"""Switches of a miner."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import (
    SwitchDeviceClass,
    SwitchEntity,
    SwitchEntityDescription,
)
from homeassistant.const import STATE_OFF, STATE_ON, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .client import Capability
from .commands import START, STOP
from .coordinator import WhatsminerConfigEntry
from .entity import WhatsminerEntity
from .settings import SettingDescription, WhatsminerSetting, async_add_settings

# Commands wait for each other in the coordinator, where the newest counts.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerSwitchDescription(SettingDescription, SwitchEntityDescription):
    """Describe a setting that is on or off."""


# The device class tells it from the settings, where one of them is to be selected.
MINING = SwitchEntityDescription(
    key="mining", translation_key="mining", device_class=SwitchDeviceClass.SWITCH
)

SWITCHES: tuple[WhatsminerSwitchDescription, ...] = (
    WhatsminerSwitchDescription(
        key="fast_boot",
        translation_key="fast_boot",
        entity_category=EntityCategory.CONFIG,
        what=Capability.FAST_BOOT,
        shown_fn=lambda data: data.fast_boot,
    ),
    WhatsminerSwitchDescription(
        key="web_pools",
        translation_key="web_pools",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        what=Capability.WEB_POOLS,
        shown_fn=lambda data: data.web_pools,
    ),
    WhatsminerSwitchDescription(
        key="mine_at_boot",
        translation_key="mine_at_boot",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        what=Capability.MINE_AT_BOOT,
        # No firmware tells it: the switch shows what was set last.
        needs_telling=False,
    ),
    WhatsminerSwitchDescription(
        key="led",
        translation_key="led",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        what=Capability.LED,
        shown_fn=lambda data: None if data.led is None else data.led != "auto",
        needs_telling=False,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of one miner, if there is a password to switch with."""
    coordinator = entry.runtime_data
    can_switch = Capability.START_STOP in coordinator.known.capabilities
    if coordinator.miner.can_write and can_switch:
        async_add_entities([WhatsminerMiningSwitch(coordinator, MINING)])
    async_add_settings(
        coordinator, Platform.SWITCH, SWITCHES, WhatsminerSwitch, async_add_entities
    )


class WhatsminerMiningSwitch(WhatsminerEntity, SwitchEntity):
    """Starts and stops mining."""

    _unrecorded_attributes = frozenset({"last_start", "last_stop", "starts_today"})

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether mining is switched on, or is just being switched."""
        if self.coordinator.pending is START:
            return True
        if self.coordinator.pending is STOP:
            return False
        return self.coordinator.data.mining

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what automations need to treat the machine well."""
        coordinator = self.coordinator
        starts, pending = coordinator.starts, coordinator.pending
        is_starting = pending is not None and pending.starts(coordinator.data)
        return {
            "last_start": coordinator.pending_since if is_starting else starts.last,
            "last_stop": starts.last_stop,
            "starts_today": starts.today,
        }

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start mining."""
        await self.coordinator.async_command(START)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop mining."""
        await self.coordinator.async_command(STOP)


class WhatsminerSwitch(WhatsminerSetting, SwitchEntity, RestoreEntity):
    """A setting of a miner that is on or off."""

    entity_description: WhatsminerSwitchDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was set last, for miners that do not tell."""
        await super().async_added_to_hass()
        if (last := await self.async_get_last_state()) is not None:
            on = {STATE_ON: True, STATE_OFF: False}.get(last.state)
            self.coordinator.last_set.setdefault(self.entity_description.key, on)

    @property
    @override
    def assumed_state(self) -> bool:
        """Return whether the state is only what was set last."""
        return self.entity_description.shown_fn(self.coordinator.data) is None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the miner tells, else what was set last."""
        value: bool | None = self.setting
        return self.last_set if value is None else value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch the setting on."""
        await self.async_change(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch the setting off."""
        await self.async_change(False)
