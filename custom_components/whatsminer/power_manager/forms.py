"""What the dialogs of the power manager ask for; each option is one row of a table."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorDeviceClass
from homeassistant.const import (
    PERCENTAGE,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TimeSelector,
)
import probatio

from ..const import (
    BATTERY_POSITIVE,
    CONF_BATTERY,
    CONF_BATTERY_POSITIVE,
    CONF_CHARGE,
    CONF_GRID,
    CONF_GRID_POSITIVE,
    CONF_LOAD,
    CONF_MINERS,
    CONF_PV,
    GRID_POSITIVE,
)
from .members import listed_miners
from .prices import RESPONSES
from .settings import Priority, Settings, WhenLost

CONF_MINER: Final = "miner"

SOURCES: Final = (CONF_GRID, CONF_PV, CONF_LOAD, CONF_BATTERY, CONF_CHARGE)
"""The sensors that an entry holds."""


def _sensor(device_class: SensorDeviceClass) -> EntitySelector:
    """Return the field of a sensor."""
    return EntitySelector(
        EntitySelectorConfig(
            filter={"domain": SENSOR_DOMAIN, "device_class": device_class}
        )
    )


def _entity(domains: list[str]) -> EntitySelector:
    """Return the field of an entity."""
    return EntitySelector(EntitySelectorConfig(filter={"domain": domains}))


def _choice(options: Iterable[str], key: str) -> SelectSelector:
    """Return the field of a choice whose words are translated."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options),
            translation_key=key,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _action() -> SelectSelector:
    """Return the field of an action that returns prices, by its name."""
    return SelectSelector(
        SelectSelectorConfig(options=list(RESPONSES), mode=SelectSelectorMode.DROPDOWN)
    )


def _number(
    lowest: float, highest: float, unit: str | None, step: float = 1
) -> NumberSelector:
    """Return the field of a number."""
    config = NumberSelectorConfig(
        min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _whole(lowest: int, highest: int) -> probatio.All[int]:
    """Return the field of a whole number."""
    return probatio.All(_number(lowest, highest, None), probatio.Coerce(int))


def _minutes(lowest: float, highest: float) -> NumberSelector:
    """Return the field of a time."""
    return _number(lowest, highest, UnitOfTime.MINUTES)


def _watts(lowest: float, highest: float) -> NumberSelector:
    """Return the field of a power."""
    return _number(lowest, highest, UnitOfPower.WATT)


_POWER = _sensor(SensorDeviceClass.POWER)

GRID = probatio.Schema(
    {
        probatio.Optional(CONF_GRID): _POWER,
        probatio.Required(CONF_GRID_POSITIVE, default=GRID_POSITIVE[0]): _choice(
            GRID_POSITIVE, CONF_GRID_POSITIVE
        ),
        probatio.Optional(CONF_PV): _POWER,
        probatio.Optional(CONF_LOAD): _POWER,
    }
)


def miners_and_battery(titles: Mapping[str, str]) -> probatio.Schema:
    """Return the second form, with the miners that can be chosen."""
    return probatio.Schema(
        {
            probatio.Required(CONF_MINERS, default=list): _miners(titles),
            probatio.Optional(CONF_BATTERY): _POWER,
            probatio.Required(
                CONF_BATTERY_POSITIVE, default=BATTERY_POSITIVE[0]
            ): _choice(BATTERY_POSITIVE, CONF_BATTERY_POSITIVE),
            probatio.Optional(CONF_CHARGE): _sensor(SensorDeviceClass.BATTERY),
        }
    )


def one_miner(titles: Mapping[str, str]) -> probatio.Schema:
    """Return the form that asks for one miner."""
    return probatio.Schema({probatio.Required(CONF_MINER): _of_titles(titles)})


def _miners(titles: Mapping[str, str]) -> SelectSelector:
    """Return the field of the miners: the order in which they are chosen counts."""
    return _of_titles(titles, multiple=True)


def _of_titles(titles: Mapping[str, str], *, multiple: bool = False) -> SelectSelector:
    """Return the field of one miner or several, by their titles."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=key, label=title)
                for key, title in titles.items()
            ],
            multiple=multiple,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


_PRICE = _number(-1000, 1000, None, step=0.001)
_CELSIUS = _number(-50, 150, UnitOfTemperature.CELSIUS, step=0.1)
_TARGET = _number(5, 100, UnitOfTemperature.CELSIUS, step=0.1)
_TIME = TimeSelector()
_SWITCHED = _entity(["binary_sensor", "input_boolean", "schedule", "switch"])
_NUMBERED = _entity(["sensor", "number", "input_number"])
_PRICED = _entity(["sensor", "event", "binary_sensor", "number", "input_number"])

_MANAGER: Final[dict[str, dict[str, Any]]] = {
    "starts": {
        "priority": _choice(Priority, "priority"),
        "minimum_all": BooleanSelector(),
        "start_mean": _minutes(1, 60),
        "least_run": _minutes(0, 24 * 60),
        "least_rest": _minutes(0, 24 * 60),
        "starts_per_day": _whole(0, 100),
        "between_starts": _minutes(0, 60),
        "low_start": BooleanSelector(),
    },
    "following": {
        "residual": _watts(-100_000, 100_000),
        "deadband": _watts(0, 10_000),
        "grid_budget": _number(0, 100, UnitOfEnergy.KILO_WATT_HOUR, step=0.05),
    },
    "battery": {
        "fill_first": _number(0, 100, PERCENTAGE),
        "empty_to": _number(0, 100, PERCENTAGE),
        "charge_lost_after": _minutes(1, 7 * 24 * 60),
    },
    "lost": {
        "when_lost": _choice(WhenLost, "when_lost"),
        "lost_after": _minutes(1, 24 * 60),
    },
    "hands": {
        "hold_lasts": _minutes(1, 7 * 24 * 60),
    },
    "grid": {
        "grid_cap": _watts(0, 1_000_000),
        "reserve": _NUMBERED,
        "fuse": _number(0, 1000, UnitOfElectricCurrent.AMPERE),
        "phase_1": _sensor(SensorDeviceClass.CURRENT),
        "phase_2": _sensor(SensorDeviceClass.CURRENT),
        "phase_3": _sensor(SensorDeviceClass.CURRENT),
    },
    "permission": {
        "allowed": _SWITCHED,
        "allowed_when_lost": BooleanSelector(),
        "allowed_from": _TIME,
        "allowed_until": _TIME,
    },
    "heat": {
        "chip_temperature": _number(0, 150, UnitOfTemperature.CELSIUS),
        "coolant_temperature": _number(0, 150, UnitOfTemperature.CELSIUS),
        "temperature": _sensor(SensorDeviceClass.TEMPERATURE),
        "temperature_limit": _CELSIUS,
    },
    "requests": {
        "request_lasts": _minutes(0, 7 * 24 * 60),
        "evcc": BooleanSelector(),
        "evcc_phases": _whole(1, 3),
    },
}

_PRICES: Final[dict[str, dict[str, Any]]] = {
    "electricity": {
        "price": _PRICED,
        "price_tomorrow": _PRICED,
        "price_action": _action(),
        "price_name": TextSelector(),
    },
    "cheap": {
        "cheap_hours": _number(0, 24, UnitOfTime.HOURS, step=0.25),
        "cheap_limit": _PRICE,
        "cheap_limit_entity": _NUMBERED,
        "cheap_break_even": BooleanSelector(),
        "cheap_block": _minutes(15, 24 * 60),
        "cheap_starts": _whole(1, 24),
        "cheap_power": _watts(0, 1_000_000),
        "cheap_charge": _number(0, 100, PERCENTAGE),
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
        "room": _sensor(SensorDeviceClass.TEMPERATURE),
        "room_upper": _TARGET,
        "room_lost_after": _minutes(5, 24 * 60),
        "target_away": _TARGET,
        "target_eco": _TARGET,
        "target_comfort": _TARGET,
        "target_sleep": _TARGET,
    },
    "control": {
        "heat_pace": _minutes(1, 60),
        "heat_settle": _minutes(10, 24 * 60),
    },
    "quiet": {
        "quiet_from": _TIME,
        "quiet_until": _TIME,
        "quiet_power": _watts(0, 1_000_000),
    },
    "coolant": {
        "inlet": _sensor(SensorDeviceClass.TEMPERATURE),
        "inlet_limit": _CELSIUS,
        "outlet": _sensor(SensorDeviceClass.TEMPERATURE),
        "outlet_limit": _CELSIUS,
        "pump": _SWITCHED,
    },
}

PAGES: Final = {"manager": _MANAGER, "prices": _PRICES, "heating": _HEATING}
"""The options of a manager, by the forms and their sections."""

OF_MINER: Final[dict[str, Any]] = {
    "full_power": _watts(0, 20_000),
    "phases": _choice(["1", "2", "3", "12", "13", "23", "123"], "phases"),
}
"""The options that each miner has a value of its own for."""

SENSORS: Final = (
    "reserve",
    "phase_1",
    "phase_2",
    "phase_3",
    "allowed",
    "temperature",
    "price",
    "price_tomorrow",
    "cheap_limit_entity",
    "cheap_while",
    "hash_price",
    "feed_in",
    "room",
    "inlet",
    "outlet",
    "pump",
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

MINER: Final = probatio.Schema(
    {probatio.Optional(key): selector for key, selector in OF_MINER.items()}
)


def options(titles: Mapping[str, str]) -> probatio.Schema:
    """Return what the first form of the options has before its sections."""
    return probatio.Schema({probatio.Required(CONF_MINERS): _miners(titles)})


def page(
    name: str, shown: Mapping[str, Any], wrong: Collection[str] = ()
) -> probatio.Schema:
    """Return the sections of a form of options; what has no default may stay empty.

    Open are the first one, those that hold something, and those that are wrong.
    """
    schema: dict[Any, Any] = {}
    first, *_ = PAGES[name]
    for part, rows in PAGES[name].items():
        values = shown.get(part, {})
        is_set = any(values.get(key, DEFAULTS[key]) != DEFAULTS[key] for key in rows)
        is_open = part == first or part in wrong or is_set
        inner = {
            probatio.Optional(key)
            if DEFAULTS[key] is None
            else probatio.Required(key, default=DEFAULTS[key]): selector
            for key, selector in rows.items()
        }
        schema[probatio.Required(part)] = section(
            probatio.Schema(inner), {"collapsed": not is_open}
        )
    return probatio.Schema(schema)


def unreadable(stored: Mapping[str, Any]) -> list[str]:
    """Return the stored options that no form can have left, as after an edit by hand."""
    wrong = [
        key
        for rows in (rows for parts in PAGES.values() for rows in parts.values())
        for key, selector in rows.items()
        if stored.get(key, DEFAULTS[key]) != DEFAULTS[key]
        and not _accepts(selector, stored[key])
    ]
    for key, selector in OF_MINER.items():
        values = stored.get(key, {})
        if not isinstance(values, Mapping) or not all(
            _accepts(selector, each) for each in values.values()
        ):
            wrong.append(key)
    if stored.get(CONF_MINERS, []) != listed_miners(stored):
        wrong.append(CONF_MINERS)
    return wrong


def _accepts(selector: Any, value: Any) -> bool:
    """Return whether the field of an option can have left a value."""
    try:
        return bool(selector(value) == value)
    except probatio.Invalid, TypeError, ValueError:
        return False


def in_sections(page: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored options as a form has them."""
    return {
        name: {key: stored[key] for key in rows if key in stored}
        for name, rows in PAGES[page].items()
    }


def section_of(page: str, option: str) -> str:
    """Return the section of a form that has an option."""
    return next(name for name, rows in PAGES[page].items() if option in rows)


def replaced(
    page: str, stored: Mapping[str, Any], entered: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is stored with what was entered in a form in its place.

    Only what differs from the default is stored: one that becomes better reaches all who
    never changed it.
    """
    asked = {key for rows in PAGES[page].values() for key in rows}
    kept = {key: value for key, value in stored.items() if key not in asked}
    changed = {
        key: value
        for name in PAGES[page]
        for key, value in entered[name].items()
        if value != DEFAULTS[key]
    }
    return {**kept, **changed}
