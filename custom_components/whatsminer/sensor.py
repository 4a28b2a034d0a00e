"""Sensors of a miner."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import utcnow

from .client import MinerData, MiningState
from .commands import REBOOT, RESTART, START, STOP
from .coordinator import WhatsminerConfigEntry
from .entity import WhatsminerEntity

PARALLEL_UPDATES = 0

# Home Assistant has no device classes for these.
UNIT_TERAHASHES = "TH/s"
UNIT_EFFICIENCY = "J/TH"


@dataclass(frozen=True, kw_only=True)
class WhatsminerSensorDescription(SensorEntityDescription):
    """Describe a sensor of a miner."""

    value_fn: Callable[[MinerData], StateType | datetime]


def _ago(seconds: int | None) -> datetime | None:
    """Return the time that lies so many seconds back."""
    return None if seconds is None else utcnow() - timedelta(seconds=seconds)


SENSORS: tuple[WhatsminerSensorDescription, ...] = (
    WhatsminerSensorDescription(
        key="hashrate",
        translation_key="hashrate",
        native_unit_of_measurement=UNIT_TERAHASHES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.hashrate,
    ),
    WhatsminerSensorDescription(
        key="hashrate_average",
        translation_key="hashrate_average",
        native_unit_of_measurement=UNIT_TERAHASHES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.hashrate_average,
    ),
    WhatsminerSensorDescription(
        key="hashrate_factory",
        translation_key="hashrate_factory",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UNIT_TERAHASHES,
        suggested_display_precision=1,
        value_fn=lambda data: data.hashrate_factory,
    ),
    WhatsminerSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda data: data.power,
    ),
    WhatsminerSensorDescription(
        key="power_limit",
        translation_key="power_limit",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_limit,
    ),
    WhatsminerSensorDescription(
        key="efficiency",
        translation_key="efficiency",
        native_unit_of_measurement=UNIT_EFFICIENCY,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.efficiency,
    ),
    WhatsminerSensorDescription(
        key="board_temperature",
        translation_key="board_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.board_temperature,
    ),
    WhatsminerSensorDescription(
        key="chip_temperature_max",
        translation_key="chip_temperature_max",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.chip_temperature_max,
    ),
    WhatsminerSensorDescription(
        key="chip_temperature_average",
        translation_key="chip_temperature_average",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.chip_temperature_average,
    ),
    WhatsminerSensorDescription(
        key="environment_temperature",
        translation_key="environment_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.environment_temperature,
    ),
    WhatsminerSensorDescription(
        key="fan_speed_in",
        translation_key="fan_speed_in",
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: data.fan_speed_in,
    ),
    WhatsminerSensorDescription(
        key="fan_speed_out",
        translation_key="fan_speed_out",
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: data.fan_speed_out,
    ),
    WhatsminerSensorDescription(
        key="uptime",
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: _ago(data.uptime),
    ),
    WhatsminerSensorDescription(
        key="accepted",
        translation_key="accepted",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda data: data.accepted,
    ),
    WhatsminerSensorDescription(
        key="rejected",
        translation_key="rejected",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda data: data.rejected,
    ),
)

STATUS = WhatsminerSensorDescription(
    key="status",
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=[
        *MiningState,
        *(each.key for each in (START, STOP, RESTART, REBOOT) if each is not START),
    ],
    value_fn=lambda data: data.state,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of one miner."""
    coordinator = entry.runtime_data
    async_add_entities(
        WhatsminerSensor(coordinator, description) for description in SENSORS
    )
    async_add_entities([WhatsminerStatusSensor(coordinator, STATUS)])


class WhatsminerSensor(WhatsminerEntity, SensorEntity):
    """A reading of a miner."""

    entity_description: WhatsminerSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the reading."""
        return self.entity_description.value_fn(self.coordinator.data)


class WhatsminerStatusSensor(WhatsminerSensor):
    """What a miner is doing, or about to do."""

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the command under way, else what the miner says."""
        if (pending := self.coordinator.pending) is not None:
            return pending.key
        return super().native_value
