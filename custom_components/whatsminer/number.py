"""Numbers that can be set on a miner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntityDescription,
    NumberMode,
    RestoreNumber,
)
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
from .commands import percent
from .const import CONF_GENTLE
from .coordinator import WhatsminerConfigEntry, WhatsminerCoordinator
from .settings import SettingDescription, WhatsminerSetting, async_add_settings

# Commands wait for each other in the coordinator, where the newest counts.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerNumberDescription(SettingDescription, NumberEntityDescription):
    """Describe a number."""

    max_fn: Callable[[WhatsminerCoordinator], float]


NUMBERS: tuple[WhatsminerNumberDescription, ...] = (
    WhatsminerNumberDescription(
        key="power_limit",
        translation_key="power_limit",
        device_class=NumberDeviceClass.POWER,
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfPower.WATT,
        mode=NumberMode.BOX,
        native_min_value=0,
        native_step=1,
        what=Capability.POWER_LIMIT,
        shown_fn=lambda data: data.power_limit_set or data.power_limit,
        needs_telling=False,
        # The limit reads 0 for 60 to 90 s after a change, while mining restarts.
        timeout=240,
        # What the protocol takes: the miner alone knows its ceiling, and refuses more.
        max_fn=lambda _: 99999,
    ),
    WhatsminerNumberDescription(
        key="power_percent",
        translation_key="power_percent",
        entity_category=EntityCategory.CONFIG,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        mode=NumberMode.SLIDER,
        native_min_value=0,
        native_step=1,
        what=Capability.POWER_PERCENT,
        shown_fn=lambda data: data.power_percent,
        needs_telling=False,
        max_fn=lambda _: 100,
    ),
    WhatsminerNumberDescription(
        key="target_frequency",
        translation_key="target_frequency",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        mode=NumberMode.BOX,
        native_min_value=-100,
        native_step=1,
        what=Capability.TARGET_FREQUENCY,
        shown_fn=lambda data: data.target_frequency_percent,
        timeout=120,
        # Cooled by air, only downwards: manual 2.0.5 and API 3.
        max_fn=lambda coordinator: 100 if coordinator.data.liquid_cooled else 0,
    ),
    WhatsminerNumberDescription(
        key="upfreq_speed",
        translation_key="upfreq_speed",
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        mode=NumberMode.SLIDER,
        native_min_value=0,
        native_step=1,
        what=Capability.UPFREQ_SPEED,
        shown_fn=lambda data: data.upfreq_speed,
        max_fn=lambda coordinator: 10 if coordinator.miner.speaks_v3 else 9,
    ),
    WhatsminerNumberDescription(
        key="temperature_offset",
        translation_key="temperature_offset",
        device_class=NumberDeviceClass.TEMPERATURE_DELTA,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        mode=NumberMode.SLIDER,
        native_min_value=-30,
        native_step=1,
        what=Capability.TEMPERATURE_OFFSET,
        shown_fn=lambda data: data.temperature_offset,
        max_fn=lambda _: 0,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of one miner."""
    async_add_settings(
        entry.runtime_data,
        Platform.NUMBER,
        NUMBERS,
        WhatsminerNumber,
        async_add_entities,
    )


class WhatsminerNumber(WhatsminerSetting, RestoreNumber):
    """A number that can be set on a miner."""

    entity_description: WhatsminerNumberDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Remember what was set last, for miners that do not tell.

        A share of the power does not outlast a start of mining.
        """
        await super().async_added_to_hass()
        last = await self.async_get_last_number_data()
        state = await self.async_get_last_state()
        if last is None or state is None:
            return
        start = self.coordinator.starts.last
        is_share = self.entity_description.what is Capability.POWER_PERCENT
        if not is_share or start is None or start <= state.last_changed:
            key = self.entity_description.key
            self.coordinator.last_set.setdefault(key, last.native_value)

    @property
    @override
    def native_max_value(self) -> float:
        """Return the ceiling."""
        return self.entity_description.max_fn(self.coordinator)

    @property
    @override
    def native_value(self) -> float | None:
        """Return the number that the miner tells, else the one that was set last."""
        value: float | None = self.setting
        return self.last_set if value is None else value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the number; the miner knows whole ones only."""
        coordinator = self.coordinator
        if (
            self.entity_description.what is Capability.POWER_PERCENT
            and coordinator.config_entry.options.get(CONF_GENTLE)
            and Capability.POWER_PERCENT_GENTLE in coordinator.known.capabilities
        ):
            await coordinator.async_command(percent(int(value), gentle=True))
        else:
            await self.async_change(int(value))
