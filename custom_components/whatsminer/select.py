"""Modes that can be chosen on a miner."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import HEAT_MODES, POWER_MODES, Capability
from .const import is_manager
from .entity import SettingDescription, WhatsminerSetting, async_add_settings
from .power_manager.entities import controls

# Commands wait for each other in their queue, where the newest counts.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerSelectDescription(SettingDescription, SelectEntityDescription):
    """Describe a choice of modes."""


SELECTS: tuple[WhatsminerSelectDescription, ...] = (
    WhatsminerSelectDescription(
        key="power_mode",
        translation_key="power_mode",
        entity_category=EntityCategory.CONFIG,
        options=list(POWER_MODES),
        capability=Capability.POWER_MODE,
    ),
    WhatsminerSelectDescription(
        key="heat_mode",
        translation_key="heat_mode",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        options=list(HEAT_MODES),
        capability=Capability.HEAT_MODE,
        # Empty as delivered.
        needs_read_back=False,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the choices of one miner, or of a power manager."""
    if is_manager(entry):
        await controls.async_setup_select(hass, entry, async_add_entities)
        return
    async_add_settings(
        entry.runtime_data.coordinator,
        Platform.SELECT,
        SELECTS,
        WhatsminerSelect,
        async_add_entities,
    )


class WhatsminerSelect(WhatsminerSetting, SelectEntity):
    """A mode that can be chosen on a miner."""

    entity_description: WhatsminerSelectDescription

    @override
    def take(self) -> object:
        """Take over the mode in force, if it is a known one."""
        current = self.current
        self._attr_current_option = current if current in self.options else None
        return self._attr_current_option

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose a mode."""
        await self.async_change(option)
