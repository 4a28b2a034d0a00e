"""Sensors of a miner."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    Platform,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfRatio,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import utc_from_timestamp, utcnow

from . import faults
from .client import Board, MinerData, MiningState, Pool, PowerSupply
from .commands import REBOOT, RESTART, START, STOP
from .coordinator import WhatsminerConfigEntry, WhatsminerCoordinator
from .energy import EnergyMeter
from .entity import WhatsminerEntity
from .existence import async_add_as_told
from .limits import LimitedBy, limited_by

PARALLEL_UPDATES = 0

# Home Assistant has no device classes for these.
UNIT_TERAHASHES = "TH/s"
UNIT_EFFICIENCY = "J/TH"

POWER_MODES = ["low", "normal", "high"]

# In error codes a board has one digit.
MOST_BOARDS = 10

# Energy is not guessed over more than so many polls.
LONGEST_GAP = 3


@dataclass(frozen=True, kw_only=True)
class WhatsminerSensorDescription(SensorEntityDescription):
    """Describe a sensor of a miner."""

    value_fn: Callable[[MinerData], StateType | datetime]
    attributes_fn: Callable[[MinerData], dict[str, Any]] | None = None
    placeholders: Mapping[str, str] = field(default_factory=dict)
    has_fn: Callable[[MinerData], bool] | None = None
    """Whether the miner has it; without it, whether the miner told of it once."""

    def has(self, data: MinerData) -> bool:
        """Return whether the miner has it, by what is known of it."""
        if self.has_fn is not None:
            return self.has_fn(data)
        return self.value_fn(data) is not None


def _every_miner(_: MinerData) -> bool:
    """Return that every miner has it, told or not."""
    return True


def _ago(seconds: int | None) -> datetime | None:
    """Return the time that lies so many seconds back."""
    if seconds is not None:
        with suppress(OverflowError):
            return utcnow() - timedelta(seconds=seconds)
    return None


def _mining_since(data: MinerData) -> datetime | None:
    """Return when the mining process started; None while there is none."""
    return _ago(data.mining_uptime or None) if data.mining is not False else None


def _last_share(data: MinerData) -> datetime | None:
    """Return when a pool last got a share."""
    with suppress(OverflowError, ValueError, OSError):
        return utc_from_timestamp(
            max(pool.last_share for pool in data.pools if pool.last_share is not None)
        )
    return None


def _percent(part: float | None, whole: float | None) -> float | None:
    """Return how much of the whole a part is, in %."""
    return None if part is None or not whole else part / whole * 100


def _of_psu[T](
    data: MinerData, value_fn: Callable[[PowerSupply], T | None]
) -> T | None:
    """Return what is told of the power supply, if one is."""
    return None if data.power_supply is None else value_fn(data.power_supply)


def _of_pool[T](data: MinerData, value_fn: Callable[[Pool], T | None]) -> T | None:
    """Return what is told of the pool that is mined for, if there is one."""
    return next((value_fn(pool) for pool in data.pools if pool.active), None)


def _pool_address(pool: Pool) -> str | None:
    """Return a pool's URL without user, password and what else is after a `?`."""
    if pool.url is None:
        return None
    scheme, separator, rest = pool.url.partition("?")[0].rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _stale(data: MinerData) -> int | None:
    """Return the stale shares of all pools; None when no pool tells them."""
    known = [pool.stale for pool in data.pools if pool.stale is not None]
    return sum(known) if known else None


def _error(data: MinerData) -> str | None:
    """Return the most severe error in words; None without errors."""
    worst = faults.worst(data.errors)
    return None if worst is None else faults.words(worst)


def _board_sensor(
    slot: int,
    key: str,
    value_fn: Callable[[Board], StateType],
    **settings: Any,
) -> WhatsminerSensorDescription:
    """Describe a sensor of one board; boards are counted from 1 in names."""
    return WhatsminerSensorDescription(
        key=f"board_{slot}_{key}",
        translation_key=f"board_n_{key}",
        placeholders={"board": str(slot + 1)},
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: next(
            (value_fn(board) for board in data.boards if board.slot == slot), None
        ),
        **settings,
    )


def _board_sensors(slot: int) -> tuple[WhatsminerSensorDescription, ...]:
    """Describe the sensors of one board."""
    return (
        _board_sensor(
            slot,
            "hashrate",
            lambda board: board.hashrate,
            native_unit_of_measurement=UNIT_TERAHASHES,
            suggested_display_precision=1,
        ),
        _board_sensor(
            slot,
            "temperature",
            lambda board: board.temperature,
            device_class=SensorDeviceClass.TEMPERATURE,
            native_unit_of_measurement=UnitOfTemperature.CELSIUS,
            suggested_display_precision=1,
        ),
        _board_sensor(
            slot,
            "chip_temperature_max",
            lambda board: board.chip_temperature_max,
            device_class=SensorDeviceClass.TEMPERATURE,
            native_unit_of_measurement=UnitOfTemperature.CELSIUS,
            suggested_display_precision=1,
        ),
        _board_sensor(
            slot,
            "frequency",
            lambda board: board.frequency,
            device_class=SensorDeviceClass.FREQUENCY,
            native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
            suggested_display_precision=0,
        ),
        _board_sensor(slot, "chips", lambda board: board.chips),
    )


STATUS = WhatsminerSensorDescription(
    key="status",
    translation_key="status",
    device_class=SensorDeviceClass.ENUM,
    options=[
        *MiningState,
        *(each.key for each in (START, STOP, RESTART, REBOOT) if each is not START),
    ],
    has_fn=_every_miner,
    value_fn=lambda data: data.state,
)
LIMITED_BY = WhatsminerSensorDescription(
    key="limited_by",
    translation_key="limited_by",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=list(LimitedBy),
    has_fn=_every_miner,
    value_fn=limited_by,
)
ENERGY = WhatsminerSensorDescription(
    key="energy",
    device_class=SensorDeviceClass.ENERGY,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    state_class=SensorStateClass.TOTAL_INCREASING,
    suggested_display_precision=2,
    has_fn=_every_miner,
    value_fn=lambda data: data.power,
)

SENSORS: tuple[WhatsminerSensorDescription, ...] = (
    WhatsminerSensorDescription(
        key="hashrate",
        translation_key="hashrate",
        native_unit_of_measurement=UNIT_TERAHASHES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        has_fn=_every_miner,
        value_fn=lambda data: data.hashrate,
    ),
    WhatsminerSensorDescription(
        key="hashrate_15m",
        translation_key="hashrate_15m",
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UNIT_TERAHASHES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.hashrate_15m,
    ),
    WhatsminerSensorDescription(
        key="hashrate_average",
        translation_key="hashrate_average",
        native_unit_of_measurement=UNIT_TERAHASHES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        has_fn=_every_miner,
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
        key="hashrate_percent",
        translation_key="hashrate_percent",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: _percent(data.hashrate, data.hashrate_factory),
    ),
    WhatsminerSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        has_fn=_every_miner,
        value_fn=lambda data: data.power,
    ),
    WhatsminerSensorDescription(
        key="power_average",
        translation_key="power_average",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_average,
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
        key="power_limit_set",
        translation_key="power_limit_set",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_limit_set,
    ),
    WhatsminerSensorDescription(
        key="power_mode",
        translation_key="power_mode",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=POWER_MODES,
        value_fn=lambda data: (
            data.power_mode if data.power_mode in POWER_MODES else None
        ),
    ),
    WhatsminerSensorDescription(
        key="power_percent",
        translation_key="power_percent",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_percent,
    ),
    WhatsminerSensorDescription(
        key="efficiency",
        translation_key="efficiency",
        native_unit_of_measurement=UNIT_EFFICIENCY,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        has_fn=_every_miner,
        value_fn=lambda data: data.efficiency,
    ),
    WhatsminerSensorDescription(
        key="board_temperature",
        translation_key="board_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        has_fn=_every_miner,
        value_fn=lambda data: data.board_temperature,
    ),
    WhatsminerSensorDescription(
        key="chip_temperature_min",
        translation_key="chip_temperature_min",
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.chip_temperature_min,
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
        key="chip_temperature_max",
        translation_key="chip_temperature_max",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: data.chip_temperature_max,
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
        key="coolant_temperature",
        translation_key="coolant_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        # Of a machine with fans, too, some firmware tells one while they stand still.
        has_fn=lambda data: (
            bool(data.liquid_cooled and data.hashrate)
            and data.coolant_temperature is not None
        ),
        value_fn=lambda data: data.coolant_temperature,
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
        key="psu_temperature",
        translation_key="psu_temperature",
        entity_category=EntityCategory.DIAGNOSTIC,
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: _of_psu(data, lambda psu: psu.temperature),
    ),
    WhatsminerSensorDescription(
        key="psu_fan_speed",
        translation_key="psu_fan_speed",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda data: _of_psu(data, lambda psu: psu.fan_speed),
    ),
    WhatsminerSensorDescription(
        key="psu_voltage_in",
        translation_key="psu_voltage_in",
        device_class=SensorDeviceClass.VOLTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda data: _of_psu(data, lambda psu: psu.voltage_in),
    ),
    WhatsminerSensorDescription(
        key="psu_current_in",
        translation_key="psu_current_in",
        device_class=SensorDeviceClass.CURRENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: _of_psu(data, lambda psu: psu.current_in),
    ),
    WhatsminerSensorDescription(
        key="psu_power_in",
        translation_key="psu_power_in",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda data: _of_psu(data, lambda psu: psu.power_in),
    ),
    WhatsminerSensorDescription(
        key="psu_voltage_out",
        translation_key="psu_voltage_out",
        device_class=SensorDeviceClass.VOLTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda data: _of_psu(data, lambda psu: psu.voltage_out),
    ),
    WhatsminerSensorDescription(
        key="frequency",
        translation_key="frequency",
        device_class=SensorDeviceClass.FREQUENCY,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfFrequency.MEGAHERTZ,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda data: data.frequency,
    ),
    WhatsminerSensorDescription(
        key="upfreq_speed",
        translation_key="upfreq_speed",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.upfreq_speed,
    ),
    WhatsminerSensorDescription(
        key="uptime",
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=_every_miner,
        value_fn=lambda data: _ago(data.uptime),
    ),
    WhatsminerSensorDescription(
        key="mining_uptime",
        translation_key="mining_uptime",
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=_every_miner,
        value_fn=_mining_since,
    ),
    WhatsminerSensorDescription(
        key="pool",
        translation_key="pool",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda data: _of_pool(data, _pool_address),
    ),
    WhatsminerSensorDescription(
        key="worker",
        translation_key="worker",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: _of_pool(data, lambda pool: pool.worker),
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
    WhatsminerSensorDescription(
        key="stale",
        translation_key="stale",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=_stale,
    ),
    WhatsminerSensorDescription(
        key="rejected_percent",
        translation_key="rejected_percent",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda data: _of_pool(data, lambda pool: pool.rejected_percent),
    ),
    WhatsminerSensorDescription(
        key="stale_percent",
        translation_key="stale_percent",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda data: _of_pool(data, lambda pool: pool.stale_percent),
    ),
    WhatsminerSensorDescription(
        key="last_share",
        translation_key="last_share",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_last_share,
    ),
    WhatsminerSensorDescription(
        key="error_count",
        translation_key="error_count",
        entity_category=EntityCategory.DIAGNOSTIC,
        state_class=SensorStateClass.MEASUREMENT,
        has_fn=_every_miner,
        value_fn=lambda data: None if data.errors is None else len(data.errors),
    ),
    WhatsminerSensorDescription(
        key="error",
        translation_key="error",
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=_every_miner,
        value_fn=_error,
        attributes_fn=lambda data: {
            "errors": [faults.attributes(error) for error in data.errors or ()]
        },
    ),
    WhatsminerSensorDescription(
        key="stop_reason",
        translation_key="stop_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda data: data.stop_reason,
    ),
    WhatsminerSensorDescription(
        key="firmware",
        translation_key="firmware",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        has_fn=_every_miner,
        value_fn=lambda data: data.identity.firmware,
    ),
    *(each for slot in range(MOST_BOARDS) for each in _board_sensors(slot)),
    STATUS,
    LIMITED_BY,
    ENERGY,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of one miner."""
    coordinator = entry.runtime_data
    async_add_as_told(
        coordinator,
        Platform.SENSOR,
        SENSORS,
        lambda each: each.has(coordinator.known),
        lambda found: async_add_entities(
            _CLASSES.get(description.key, WhatsminerSensor)(coordinator, description)
            for description in found
        ),
    )


class WhatsminerSensor(WhatsminerEntity, SensorEntity):
    """A reading of a miner."""

    entity_description: WhatsminerSensorDescription
    _unrecorded_attributes = frozenset({"errors"})

    def __init__(
        self,
        coordinator: WhatsminerCoordinator,
        description: WhatsminerSensorDescription,
    ) -> None:
        """Name it after the part of the miner."""
        super().__init__(coordinator, description)
        self._attr_translation_placeholders = description.placeholders

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the reading."""
        value = self.entity_description.value_fn(self.coordinator.data)
        return value[:MAX_LENGTH_STATE_STATE] if isinstance(value, str) else value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what more there is to the reading."""
        if (attributes_fn := self.entity_description.attributes_fn) is None:
            return None
        return attributes_fn(self.coordinator.data)


class WhatsminerStatusSensor(WhatsminerSensor):
    """What a miner is doing, or about to do."""

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the command under way, else what the miner says."""
        pending = self.coordinator.pending
        if pending is not None and pending.key in (STATUS.options or ()):
            return pending.key
        return super().native_value


class WhatsminerEnergySensor(WhatsminerSensor, RestoreSensor):
    """The energy that a miner has used, added up from its power."""

    def __init__(
        self,
        coordinator: WhatsminerCoordinator,
        description: WhatsminerSensorDescription,
    ) -> None:
        """Begin at zero, unless something is restored."""
        super().__init__(coordinator, description)
        self._meter = EnergyMeter()
        self._seen: MinerData | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Go on where the last run ended; what was used since is not known."""
        await super().async_added_to_hass()
        last = await self.async_get_last_sensor_data()
        if last is not None and isinstance(last.native_value, int | float):
            self._meter.total = max(0.0, float(last.native_value))
        self._take()

    @property
    @override
    def native_value(self) -> float:
        """Return the energy, to the mWh."""
        return round(self._meter.total, 6)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Count up to the new reading."""
        self._take()
        super()._handle_coordinator_update()

    def _take(self) -> None:
        """Give the meter a new reading, or a gap while the miner does not answer."""
        data = self.coordinator.data
        if not self.coordinator.last_update_success:
            power = None
        elif data is self._seen:
            return
        else:
            self._seen = data
            power = data.power
        interval = self.coordinator.update_interval or timedelta()
        self._meter.take(
            power, moment=monotonic(), longest=LONGEST_GAP * interval.total_seconds()
        )


_CLASSES: dict[str, type[WhatsminerSensor]] = {
    STATUS.key: WhatsminerStatusSensor,
    ENERGY.key: WhatsminerEnergySensor,
}
