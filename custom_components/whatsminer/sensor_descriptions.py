"""All sensors of a miner, and how each finds its value in a reading."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfRatio,
    UnitOfTemperature,
)
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import utc_from_timestamp, utcnow

from .client import (
    POWER_MODES,
    Board,
    Capability,
    MinerData,
    MiningState,
    Pool,
    PowerSupply,
)
from .control.commands import REBOOT, RESTART, START, STOP
from .deadband import Deadband
from .derived import LimitedBy, current_faults, fault_in_words, faults
from .entity import ReadingDescription

# Home Assistant has no device classes for these.
UNIT_TERAHASHES = "TH/s"
UNIT_EFFICIENCY = "J/TH"

# In error codes a board has one digit.
MOST_BOARDS = 10

NOT_STOPPED = "Not stopped"

# What moves a little with each reading, and what only goes up.
RATE = Deadband(digits=1, part=0.005)
COUNT = Deadband(seconds=60)
PERCENT_OF_COUNT = Deadband(digits=2, seconds=60)

# What readings of one kind have in common.
TEMPERATURE: dict[str, Any] = {
    "device_class": SensorDeviceClass.TEMPERATURE,
    "native_unit_of_measurement": UnitOfTemperature.CELSIUS,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 1,
    "deadband": Deadband(digits=1, step=0.5),
}
POWER: dict[str, Any] = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
    "deadband": Deadband(digits=0, part=0.005),
}
SPEED: dict[str, Any] = {
    "native_unit_of_measurement": REVOLUTIONS_PER_MINUTE,
    "state_class": SensorStateClass.MEASUREMENT,
    "deadband": Deadband(digits=-1, step=50),
}
FREQUENCY: dict[str, Any] = {
    "device_class": SensorDeviceClass.FREQUENCY,
    "native_unit_of_measurement": UnitOfFrequency.MEGAHERTZ,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
    "deadband": Deadband(digits=0, part=0.005),
}
TERAHASHES: dict[str, Any] = {
    "native_unit_of_measurement": UNIT_TERAHASHES,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 1,
    "deadband": RATE,
}
# For who looks closely: a user has to enable it.
DETAIL: dict[str, Any] = {
    "entity_category": EntityCategory.DIAGNOSTIC,
    "entity_registry_enabled_default": False,
}
SHARES: dict[str, Any] = {
    **DETAIL,
    "deadband": COUNT,
    "state_class": SensorStateClass.TOTAL_INCREASING,
}


@dataclass(frozen=True, kw_only=True)
class WhatsminerSensorDescription(ReadingDescription, SensorEntityDescription):
    """Describe a sensor of a miner."""

    value_fn: Callable[[MinerData], StateType | datetime]
    deadband: Deadband | None = None
    """When a value is written; without it, whenever it is another one."""
    attributes_fn: Callable[[MinerData], dict[str, Any]] | None = None
    has_fn: Callable[[MinerData], bool] | None = None
    """Whether the miner has it; without it, whether the miner has reported it once."""

    def has(self, data: MinerData) -> bool:
        """Return whether the miner has it."""
        if self.has_fn is not None:
            return self.has_fn(data)
        return self.value_fn(data) is not None


def every_miner(_: MinerData) -> bool:
    """Return that every miner has it."""
    return True


def ago(seconds: int | None) -> datetime | None:
    """Return the time of so many seconds ago."""
    if seconds is not None:
        with suppress(OverflowError):
            return utcnow() - timedelta(seconds=seconds)
    return None


def mining_since(data: MinerData) -> datetime | None:
    """Return when the mining process started; None while there is none."""
    return ago(data.mining_uptime or None) if data.mining is not False else None


def last_share(data: MinerData) -> datetime | None:
    """Return when a pool last got a share."""
    with suppress(OverflowError, ValueError, OSError):
        return utc_from_timestamp(
            max(pool.last_share for pool in data.pools if pool.last_share is not None)
        )
    return None


def percent(part: float | None, whole: float | None) -> float | None:
    """Return a part in % of the whole."""
    return None if part is None or not whole else part / whole * 100


def of_psu[T](data: MinerData, value_fn: Callable[[PowerSupply], T | None]) -> T | None:
    """Return the readings of the power supply, if there are any."""
    return None if data.power_supply is None else value_fn(data.power_supply)


def of_pool[T](data: MinerData, value_fn: Callable[[Pool], T | None]) -> T | None:
    """Return the pool in use, if there is one."""
    return next((value_fn(pool) for pool in data.pools if pool.active), None)


def of_first_pool[T](data: MinerData, value_fn: Callable[[Pool], T | None]) -> T | None:
    """Return the same; while mining is stopped, of the pool that is tried first."""
    if data.mining is not False or any(pool.active for pool in data.pools):
        return of_pool(data, value_fn)
    first = min(data.pools, key=lambda pool: pool.priority, default=None)
    return None if first is None else value_fn(first)


def pool_address(pool: Pool) -> str | None:
    """Return host and port of a pool, without its scheme, user, password and path."""
    if pool.url is None:
        return None
    address = pool.url.partition("?")[0].rpartition("://")[2].rpartition("@")[2]
    return address.partition("/")[0]


def stop_reason(data: MinerData) -> str | None:
    """Return why mining is switched off, in the words of firmware that says so."""
    if data.stop_reason is None:
        return None
    return NOT_STOPPED if data.mining else data.stop_reason or None


def stale(data: MinerData) -> int | None:
    """Return the stale shares of all pools; None when no pool reports them."""
    known = [pool.stale for pool in data.pools if pool.stale is not None]
    return sum(known) if known else None


def _error_count(data: MinerData) -> int | None:
    """Return how many faults there are now."""
    found = current_faults(data)
    return None if found is None else len(found)


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
        translation_placeholders={"board": str(slot + 1)},
        **DETAIL,
        value_fn=lambda data: next(
            (value_fn(board) for board in data.boards if board.slot == slot), None
        ),
        **settings,
    )


def _board_sensors(slot: int) -> tuple[WhatsminerSensorDescription, ...]:
    """Describe the sensors of one board."""
    return (
        _board_sensor(slot, "hashrate", lambda board: board.hashrate, **TERAHASHES),
        _board_sensor(
            slot, "temperature", lambda board: board.temperature, **TEMPERATURE
        ),
        _board_sensor(
            slot,
            "chip_temperature_max",
            lambda board: board.chip_temperature_max,
            **TEMPERATURE,
        ),
        _board_sensor(slot, "frequency", lambda board: board.frequency, **FREQUENCY),
        _board_sensor(
            slot,
            "chips",
            lambda board: board.chips,
            state_class=SensorStateClass.MEASUREMENT,
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
    has_fn=every_miner,
    value_fn=lambda data: data.state,
)
LIMITED_BY = WhatsminerSensorDescription(
    key="limited_by",
    translation_key="limited_by",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=list(LimitedBy),
    has_fn=every_miner,
    # What was set last counts, too.
    value_fn=lambda _: None,
)
ENERGY = WhatsminerSensorDescription(
    key="energy",
    device_class=SensorDeviceClass.ENERGY,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
    state_class=SensorStateClass.TOTAL_INCREASING,
    suggested_display_precision=2,
    deadband=Deadband(digits=6, seconds=60),
    has_fn=every_miner,
    value_fn=lambda data: data.power,
)
IP_ADDRESS = WhatsminerSensorDescription(
    key="ip_address",
    translation_key="ip_address",
    entity_category=EntityCategory.DIAGNOSTIC,
    # It is in the entry, not in a reading.
    value_fn=lambda _: None,
    has_fn=every_miner,
)
STARTS_TODAY = WhatsminerSensorDescription(
    key="starts_today",
    translation_key="starts_today",
    **DETAIL,
    state_class=SensorStateClass.TOTAL_INCREASING,
    # It is noted here, from one reading to the next.
    value_fn=lambda _: None,
    has_fn=every_miner,
)
SENSORS: tuple[WhatsminerSensorDescription, ...] = (
    WhatsminerSensorDescription(
        key="hashrate",
        translation_key="hashrate",
        **TERAHASHES,
        has_fn=every_miner,
        value_fn=lambda data: data.hashrate,
    ),
    WhatsminerSensorDescription(
        key="hashrate_15m",
        translation_key="hashrate_15m",
        entity_registry_enabled_default=False,
        **TERAHASHES,
        value_fn=lambda data: data.hashrate_15m,
    ),
    WhatsminerSensorDescription(
        key="hashrate_average",
        translation_key="hashrate_average",
        entity_registry_enabled_default=False,
        **TERAHASHES,
        has_fn=every_miner,
        value_fn=lambda data: data.hashrate_average,
    ),
    WhatsminerSensorDescription(
        key="hashrate_factory",
        translation_key="hashrate_factory",
        **DETAIL,
        native_unit_of_measurement=UNIT_TERAHASHES,
        suggested_display_precision=1,
        value_fn=lambda data: data.hashrate_factory,
    ),
    WhatsminerSensorDescription(
        key="hashrate_percent",
        translation_key="hashrate_percent",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        deadband=RATE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: percent(data.hashrate, data.hashrate_factory),
    ),
    WhatsminerSensorDescription(
        key="power",
        **POWER,
        has_fn=every_miner,
        value_fn=lambda data: data.power,
    ),
    WhatsminerSensorDescription(
        key="power_average",
        translation_key="power_average",
        entity_registry_enabled_default=False,
        **POWER,
        value_fn=lambda data: data.power_average,
    ),
    WhatsminerSensorDescription(
        key="power_limit",
        translation_key="power_limit",
        control=Capability.POWER_LIMIT,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_limit,
    ),
    WhatsminerSensorDescription(
        key="power_limit_set",
        translation_key="power_limit_set",
        **DETAIL,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_limit_set,
    ),
    WhatsminerSensorDescription(
        key="power_mode",
        translation_key="power_mode",
        control=Capability.POWER_MODE,
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=list(POWER_MODES),
        value_fn=lambda data: (
            data.power_mode if data.power_mode in POWER_MODES else None
        ),
    ),
    WhatsminerSensorDescription(
        key="power_percent",
        translation_key="power_percent",
        control=Capability.POWER_PERCENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda data: data.power_percent,
    ),
    WhatsminerSensorDescription(
        key="efficiency",
        translation_key="efficiency",
        native_unit_of_measurement=UNIT_EFFICIENCY,
        deadband=RATE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        has_fn=every_miner,
        value_fn=lambda data: data.efficiency,
    ),
    WhatsminerSensorDescription(
        key="board_temperature",
        translation_key="board_temperature",
        **TEMPERATURE,
        has_fn=every_miner,
        value_fn=lambda data: data.board_temperature,
    ),
    WhatsminerSensorDescription(
        key="chip_temperature_min",
        translation_key="chip_temperature_min",
        entity_registry_enabled_default=False,
        **TEMPERATURE,
        value_fn=lambda data: data.chip_temperature_min,
    ),
    WhatsminerSensorDescription(
        key="chip_temperature_average",
        translation_key="chip_temperature_average",
        entity_registry_enabled_default=False,
        **TEMPERATURE,
        value_fn=lambda data: data.chip_temperature_average,
    ),
    WhatsminerSensorDescription(
        key="chip_temperature_max",
        translation_key="chip_temperature_max",
        **TEMPERATURE,
        value_fn=lambda data: data.chip_temperature_max,
    ),
    WhatsminerSensorDescription(
        key="environment_temperature",
        translation_key="environment_temperature",
        **TEMPERATURE,
        value_fn=lambda data: data.environment_temperature,
    ),
    WhatsminerSensorDescription(
        key="coolant_temperature",
        translation_key="coolant_temperature",
        **TEMPERATURE,
        # Of a machine with fans, too, some firmware reports one while they stand still.
        has_fn=lambda data: (
            bool(data.liquid_cooled and data.hashrate)
            and data.coolant_temperature is not None
        ),
        value_fn=lambda data: data.coolant_temperature,
    ),
    WhatsminerSensorDescription(
        key="fan_speed_in",
        translation_key="fan_speed_in",
        **SPEED,
        value_fn=lambda data: data.fan_speed_in,
    ),
    WhatsminerSensorDescription(
        key="fan_speed_out",
        translation_key="fan_speed_out",
        **SPEED,
        value_fn=lambda data: data.fan_speed_out,
    ),
    WhatsminerSensorDescription(
        key="psu_temperature",
        translation_key="psu_temperature",
        **DETAIL,
        **TEMPERATURE,
        value_fn=lambda data: of_psu(data, lambda psu: psu.temperature),
    ),
    WhatsminerSensorDescription(
        key="psu_fan_speed",
        translation_key="psu_fan_speed",
        **DETAIL,
        **SPEED,
        value_fn=lambda data: of_psu(data, lambda psu: psu.fan_speed),
    ),
    WhatsminerSensorDescription(
        key="psu_voltage_in",
        translation_key="psu_voltage_in",
        device_class=SensorDeviceClass.VOLTAGE,
        **DETAIL,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        deadband=RATE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda data: of_psu(data, lambda psu: psu.voltage_in),
    ),
    WhatsminerSensorDescription(
        key="psu_current_in",
        translation_key="psu_current_in",
        device_class=SensorDeviceClass.CURRENT,
        **DETAIL,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        deadband=RATE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda data: of_psu(data, lambda psu: psu.current_in),
    ),
    WhatsminerSensorDescription(
        key="psu_power_in",
        translation_key="psu_power_in",
        **DETAIL,
        **POWER,
        value_fn=lambda data: of_psu(data, lambda psu: psu.power_in),
    ),
    WhatsminerSensorDescription(
        key="psu_voltage_out",
        translation_key="psu_voltage_out",
        device_class=SensorDeviceClass.VOLTAGE,
        **DETAIL,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        deadband=Deadband(digits=2, part=0.005),
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda data: of_psu(data, lambda psu: psu.voltage_out),
    ),
    WhatsminerSensorDescription(
        key="frequency",
        translation_key="frequency",
        **DETAIL,
        **FREQUENCY,
        value_fn=lambda data: data.frequency,
    ),
    WhatsminerSensorDescription(
        key="upfreq_speed",
        translation_key="upfreq_speed",
        **DETAIL,
        value_fn=lambda data: data.upfreq_speed,
    ),
    WhatsminerSensorDescription(
        key="uptime",
        device_class=SensorDeviceClass.UPTIME,
        **DETAIL,
        deadband=COUNT,
        has_fn=every_miner,
        value_fn=lambda data: ago(data.uptime),
    ),
    WhatsminerSensorDescription(
        key="mining_uptime",
        translation_key="mining_uptime",
        device_class=SensorDeviceClass.UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        deadband=COUNT,
        has_fn=every_miner,
        value_fn=mining_since,
    ),
    WhatsminerSensorDescription(
        key="pool",
        translation_key="pool",
        **DETAIL,
        value_fn=lambda data: of_first_pool(data, pool_address),
    ),
    WhatsminerSensorDescription(
        key="worker",
        translation_key="worker",
        **DETAIL,
        value_fn=lambda data: of_first_pool(data, lambda pool: pool.worker),
    ),
    STARTS_TODAY,
    WhatsminerSensorDescription(
        key="accepted",
        translation_key="accepted",
        **SHARES,
        value_fn=lambda data: data.accepted,
    ),
    WhatsminerSensorDescription(
        key="rejected",
        translation_key="rejected",
        **SHARES,
        value_fn=lambda data: data.rejected,
    ),
    WhatsminerSensorDescription(
        key="stale",
        translation_key="stale",
        **SHARES,
        value_fn=stale,
    ),
    WhatsminerSensorDescription(
        key="rejected_percent",
        translation_key="rejected_percent",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        deadband=PERCENT_OF_COUNT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda data: of_first_pool(data, lambda pool: pool.rejected_percent),
    ),
    WhatsminerSensorDescription(
        key="stale_percent",
        translation_key="stale_percent",
        **DETAIL,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        deadband=PERCENT_OF_COUNT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value_fn=lambda data: of_first_pool(data, lambda pool: pool.stale_percent),
    ),
    WhatsminerSensorDescription(
        key="last_share",
        translation_key="last_share",
        device_class=SensorDeviceClass.TIMESTAMP,
        **DETAIL,
        deadband=COUNT,
        value_fn=last_share,
    ),
    WhatsminerSensorDescription(
        key="error_count",
        translation_key="error_count",
        **DETAIL,
        state_class=SensorStateClass.MEASUREMENT,
        has_fn=every_miner,
        value_fn=_error_count,
    ),
    WhatsminerSensorDescription(
        key="error",
        translation_key="error",
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=every_miner,
        value_fn=fault_in_words,
        attributes_fn=lambda data: {
            "errors": [each.attributes() for each in faults(data) or ()]
        },
    ),
    WhatsminerSensorDescription(
        key="stop_reason",
        translation_key="stop_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda data: data.stop_reason is not None,
        value_fn=stop_reason,
    ),
    WhatsminerSensorDescription(
        key="firmware",
        translation_key="firmware",
        **DETAIL,
        has_fn=every_miner,
        value_fn=lambda data: data.identity.firmware,
    ),
    *(each for slot in range(MOST_BOARDS) for each in _board_sensors(slot)),
    STATUS,
    LIMITED_BY,
    ENERGY,
    IP_ADDRESS,
)
