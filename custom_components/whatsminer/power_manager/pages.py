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
from homeassistant.helpers.selector import BooleanSelector, EntitySelector, TextSelector

from .selectors import (
    CELSIUS,
    NUMBERED,
    PRICE,
    PRICED,
    SWITCHED,
    TARGET,
    TIME,
    action,
    choice,
    minutes,
    number,
    sensor,
    watts,
    whole,
)
from .settings import Priority, Settings, WhenLost

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
        "reserve": NUMBERED,
        "fuse": number(0, 1000, UnitOfElectricCurrent.AMPERE),
        "phase_1": sensor(SensorDeviceClass.CURRENT),
        "phase_2": sensor(SensorDeviceClass.CURRENT),
        "phase_3": sensor(SensorDeviceClass.CURRENT),
    },
    "permission": {
        "allowed": SWITCHED,
        "allowed_when_lost": BooleanSelector(),
        "allowed_from": TIME,
        "allowed_until": TIME,
    },
    "heat": {
        "chip_temperature": number(0, 150, UnitOfTemperature.CELSIUS),
        "coolant_temperature": number(0, 150, UnitOfTemperature.CELSIUS),
        "temperature": sensor(SensorDeviceClass.TEMPERATURE),
        "temperature_limit": CELSIUS,
    },
    "requests": {
        "request_lasts": minutes(0, 7 * 24 * 60),
        "evcc": BooleanSelector(),
        "evcc_phases": whole(1, 3),
    },
}

_PRICES: Final[dict[str, dict[str, Any]]] = {
    "electricity": {
        "price": PRICED,
        "price_tomorrow": PRICED,
        "price_action": action(),
        "price_name": TextSelector(),
    },
    "cheap": {
        "cheap_hours": number(0, 24, UnitOfTime.HOURS, step=0.25),
        "cheap_limit": PRICE,
        "cheap_limit_entity": NUMBERED,
        "cheap_break_even": BooleanSelector(),
        "cheap_block": minutes(15, 24 * 60),
        "cheap_starts": whole(1, 24),
        "cheap_power": watts(0, 1_000_000),
        "cheap_charge": number(0, 100, PERCENTAGE),
        "cheap_while": SWITCHED,
    },
    "earnings": {
        "hash_price": NUMBERED,
        "feed_in": NUMBERED,
        "feed_in_limit": PRICE,
    },
    "also": {
        "use_surplus": BooleanSelector(),
        "use_minimum": BooleanSelector(),
    },
}

_HEATING: Final[dict[str, dict[str, Any]]] = {
    "room": {
        "room": sensor(SensorDeviceClass.TEMPERATURE),
        "room_upper": TARGET,
        "room_lost_after": minutes(5, 24 * 60),
        "target_away": TARGET,
        "target_eco": TARGET,
        "target_comfort": TARGET,
        "target_sleep": TARGET,
    },
    "control": {
        "heat_pace": minutes(1, 60),
        "heat_settle": minutes(10, 24 * 60),
    },
    "quiet": {
        "quiet_from": TIME,
        "quiet_until": TIME,
        "quiet_power": watts(0, 1_000_000),
    },
    "coolant": {
        "inlet": sensor(SensorDeviceClass.TEMPERATURE),
        "inlet_limit": CELSIUS,
        "outlet": sensor(SensorDeviceClass.TEMPERATURE),
        "outlet_limit": CELSIUS,
        "pump": SWITCHED,
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
_CURRENTS: Final = (UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE)
UNITS: Final[dict[str, tuple[str, ...]]] = {
    "reserve": POWERS,
    "phase_1": _CURRENTS,
    "phase_2": _CURRENTS,
    "phase_3": _CURRENTS,
    "temperature": tuple(UnitOfTemperature),
}
"""The units that the entities of the options may have."""

DEFAULTS: Final[dict[str, Any]] = {each.name: each.default for each in fields(Settings)}
