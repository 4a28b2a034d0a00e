"""Numbers that can be set on a miner."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    EntityCategory,
    Platform,
    UnitOfPower,
    UnitOfRatio,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import Capability
from .const import CONF_GENTLE, is_manager
from .control.commands import ask
from .coordinator import WhatsminerCoordinator
from .entity import SettingDescription, WhatsminerSetting, async_add_settings
from .power_manager.entities import controls

# Commands wait for each other in their queue, where the newest counts.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerNumberDescription(SettingDescription, NumberEntityDescription):
    """Describe a number."""

    # A slider shows 0 where nothing is known, sets it at a touch, and cuts the name.
    mode: NumberMode | None = NumberMode.BOX


NUMBERS: tuple[WhatsminerNumberDescription, ...] = (
    WhatsminerNumberDescription(
        key="power_limit",
        translation_key="power_limit",
        device_class=NumberDeviceClass.POWER,
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=1,
        capability=Capability.POWER_LIMIT,
        needs_read_back=False,
    ),
    WhatsminerNumberDescription(
        key="power_percent",
        translation_key="power_percent",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_step=1,
        capability=Capability.POWER_PERCENT,
        needs_read_back=False,
    ),
    WhatsminerNumberDescription(
        key="target_frequency",
        translation_key="target_frequency",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        native_step=1,
        capability=Capability.TARGET_FREQUENCY,
        # Some machines report an empty one (M30S++, M50).
        needs_read_back=False,
    ),
    WhatsminerNumberDescription(
        key="upfreq_speed",
        translation_key="upfreq_speed",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_step=1,
        capability=Capability.UPFREQ_SPEED,
    ),
    WhatsminerNumberDescription(
        key="temperature_offset",
        translation_key="temperature_offset",
        device_class=NumberDeviceClass.TEMPERATURE_DELTA,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        native_step=1,
        capability=Capability.TEMPERATURE_OFFSET,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of one miner, or of a power manager."""
    if is_manager(entry):
        await controls.async_setup_numbers(hass, entry, async_add_entities)
        return
    async_add_settings(
        entry.runtime_data.coordinator,
        Platform.NUMBER,
        NUMBERS,
        WhatsminerNumber,
        async_add_entities,
    )


class WhatsminerNumber(WhatsminerSetting, RestoreNumber):
    """A number that can be set on a miner."""

    entity_description: WhatsminerNumberDescription

    def __init__(
        self,
        coordinator: WhatsminerCoordinator,
        description: WhatsminerNumberDescription,
    ) -> None:
        """Have the range at once: it is registered, and each change of it stored."""
        super().__init__(coordinator, description)
        self.take()

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was set last, for miners that do not report it."""
        last = await self.async_get_last_number_data()
        state = await self.async_get_last_state()
        if last is not None and state is not None:
            self.commands.restore(
                self.entity_description.capability,
                last.native_value,
                state.last_changed,
            )
        await super().async_added_to_hass()

    @property
    def capability(self) -> Capability:
        """Return what is asked of the miner: a percent may be changed gently."""
        what, coordinator = self.entity_description.capability, self.coordinator
        gentle = Capability.POWER_PERCENT_GENTLE
        if (
            what is Capability.POWER_PERCENT
            and coordinator.config_entry.options.get(CONF_GENTLE)
            and gentle in coordinator.known.capabilities
        ):
            return gentle
        return what

    @override
    def take(self) -> object:
        """Take over the number in force, and its range."""
        limits = self.commands.find_range(self.capability)
        assert limits is not None
        self._attr_native_min_value, self._attr_native_max_value = limits
        current = self.current
        self._attr_native_value = None if current is None else float(current)
        return self._attr_native_value, limits

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the number; the miner knows whole ones only.

        Home Assistant lets through what is no number at all; it is in no range.
        """
        number = int(value) if isfinite(value) else value
        await self.async_command(ask(self.capability, number))
