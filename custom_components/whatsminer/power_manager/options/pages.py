"""The options of a power manager: one row for each, by the pages of the dialog."""

from dataclasses import fields
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import (
    PERCENTAGE,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TimeSelector,
)

from ...selectors import choice, entity, minutes, number, sensor, watts, whole
from ..prices.forms import RESPONSES
from ..settings import Priority, Settings, WhenLost

_PRICE = number(-1000, 1000, None, step=0.001)
_CELSIUS = number(-50, 150, UnitOfTemperature.CELSIUS, step=0.1)
_TARGET = number(5, 100, UnitOfTemperature.CELSIUS, step=0.1)
_TIME = TimeSelector()
_SWITCHED = entity(["binary_sensor", "input_boolean", "schedule", "switch"])
_NUMBERED = entity(["sensor", "number", "input_number"])
_PRICED = entity(["sensor", "event", "binary_sensor", "number", "input_number"])
_ACTION = SelectSelector(
    SelectSelectorConfig(options=list(RESPONSES), mode=SelectSelectorMode.DROPDOWN)
)

_MANAGER: Final[dict[str, dict[str, Any]]] = {
    "starts": {
        "priority": choice(Priority, "priority"),
        "minimum_all": BooleanSelector(),
        "start_mean": minutes(1, 60),
        "least_run": minutes(0, 24 * 60),
        "least_rest": minutes(0, 24 * 60),
        "starts_per_day": whole(0, 100),
        "between_starts": minutes(0, 60),
        "low_start": BooleanSelector(),
    },
    "following": {
        "residual": watts(-100_000, 100_000),
        "deadband": watts(0, 10_000),
        "grid_budget": number(0, 100, UnitOfEnergy.KILO_WATT_HOUR, step=0.05),
    },
    "battery": {
        "fill_first": number(0, 100, PERCENTAGE),
        "empty_to": number(0, 100, PERCENTAGE),
        "charge_lost_after": minutes(1, 7 * 24 * 60),
    },
    "lost": {
        "when_lost": choice(WhenLost, "when_lost"),
        "lost_after": minutes(1, 24 * 60),
    },
    "hands": {
        "hold_lasts": minutes(1, 7 * 24 * 60),
    },
    "grid": {
        "grid_cap": watts(0, 1_000_000),
        "reserve": _NUMBERED,
        "fuse": number(0, 1000, UnitOfElectricCurrent.AMPERE),
        "phase_1": sensor(SensorDeviceClass.CURRENT),
        "phase_2": sensor(SensorDeviceClass.CURRENT),
        "phase_3": sensor(SensorDeviceClass.CURRENT),
    },
    "permission": {
        "allowed": _SWITCHED,
        "allowed_when_lost": BooleanSelector(),
        "allowed_from": _TIME,
        "allowed_until": _TIME,
    },
    "heat": {
        "chip_temperature": number(0, 150, UnitOfTemperature.CELSIUS),
        "coolant_temperature": number(0, 150, UnitOfTemperature.CELSIUS),
        "temperature": sensor(SensorDeviceClass.TEMPERATURE),
        "temperature_limit": _CELSIUS,
        "temperature_lost_after": minutes(1, 7 * 24 * 60),
    },
    "requests": {
        "request_lasts": minutes(0, 7 * 24 * 60),
        "evcc": BooleanSelector(),
        "evcc_phases": whole(1, 3),
    },
}

_PRICES: Final[dict[str, dict[str, Any]]] = {
    "electricity": {
        "price": _PRICED,
        "price_tomorrow": _PRICED,
        "price_action": _ACTION,
        "price_name": TextSelector(),
    },
    "cheap": {
        "cheap_hours": number(0, 24, UnitOfTime.HOURS, step=0.25),
        "cheap_limit": _PRICE,
        "cheap_limit_entity": _NUMBERED,
        "cheap_break_even": BooleanSelector(),
        "cheap_block": minutes(15, 24 * 60),
        "cheap_starts": whole(1, 24),
        "cheap_power": watts(0, 1_000_000),
        "cheap_charge": number(0, 100, PERCENTAGE),
        "cheap_while": _SWITCHED,
    },
    "earnings": {
        "hash_price": _NUMBERED,
        "feed_in": _NUMBERED,
        "feed_in_limit": _PRICE,
    },
    "also": {
        "use_surplus": BooleanSelector(),
        "use_minimum": BooleanSelector(),
    },
}

_HEATING: Final[dict[str, dict[str, Any]]] = {
    "room": {
        "room": sensor(SensorDeviceClass.TEMPERATURE),
        "room_upper": _TARGET,
        "room_lost_after": minutes(5, 24 * 60),
        "target_away": _TARGET,
        "target_eco": _TARGET,
        "target_comfort": _TARGET,
        "target_sleep": _TARGET,
    },
    "control": {
        "heat_pace": minutes(1, 60),
        "heat_settle": minutes(10, 24 * 60),
    },
    "quiet": {
        "quiet_from": _TIME,
        "quiet_until": _TIME,
        "quiet_power": watts(0, 1_000_000),
    },
    "coolant": {
        "inlet": sensor(SensorDeviceClass.TEMPERATURE),
        "inlet_limit": _CELSIUS,
        "outlet": sensor(SensorDeviceClass.TEMPERATURE),
        "outlet_limit": _CELSIUS,
        "pump": _SWITCHED,
    },
}

PAGES: Final = {"manager": _MANAGER, "prices": _PRICES, "heating": _HEATING}
"""The options of a manager, by the forms and their sections."""

OF_MINER: Final[dict[str, Any]] = {
    "full_power": watts(0, 20_000),
    "phases": choice(["1", "2", "3", "12", "13", "23", "123"], "phases"),
}
"""The options that each miner has a value of its own for."""

SENSORS: Final = tuple(
    key
    for sections in PAGES.values()
    for rows in sections.values()
    for key, selector in rows.items()
    if isinstance(selector, EntitySelector)
)
"""The options that are entities."""

POWERS: Final = (UnitOfPower.WATT, UnitOfPower.KILO_WATT, UnitOfPower.MEGA_WATT)
"""The units that a power may have."""
CHARGES: Final = (PERCENTAGE,)
"""The unit of a charge, which may have none, too."""
_CURRENTS: Final = (UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE)
UNITS: Final[dict[str, tuple[str, ...]]] = {
    "reserve": POWERS,
    **dict.fromkeys(("phase_1", "phase_2", "phase_3"), _CURRENTS),
    **dict.fromkeys(
        ("temperature", "room", "inlet", "outlet"), tuple(UnitOfTemperature)
    ),
}
"""The units that the entities of the options may have."""

DEFAULTS: Final[dict[str, Any]] = {
    each.name: getattr(Settings(), each.name) for each in fields(Settings)
}
