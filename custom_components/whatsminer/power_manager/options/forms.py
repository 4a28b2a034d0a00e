"""The forms of the power manager's dialogs."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import SelectSelector
import probatio

from ...const import (
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
from ...selectors import choice, choice_of, sensor
from .pages import DEFAULTS, OF_MINER, PAGES

CONF_MINER: Final = "miner"

SOURCES: Final = (CONF_GRID, CONF_PV, CONF_LOAD, CONF_BATTERY, CONF_CHARGE)
"""The sensors that an entry holds."""

_POWER = sensor(SensorDeviceClass.POWER)

GRID = probatio.Schema(
    {
        probatio.Optional(CONF_GRID): _POWER,
        probatio.Required(CONF_GRID_POSITIVE, default=GRID_POSITIVE[0]): choice(
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
            ): choice(BATTERY_POSITIVE, CONF_BATTERY_POSITIVE),
            probatio.Optional(CONF_CHARGE): sensor(SensorDeviceClass.BATTERY),
        }
    )


def one_miner(titles: Mapping[str, str]) -> probatio.Schema:
    """Return the form that asks for one miner."""
    return probatio.Schema({probatio.Required(CONF_MINER): choice_of(titles)})


def _miners(titles: Mapping[str, str]) -> SelectSelector:
    """Return the field of the miners: the order in which they are chosen counts."""
    return choice_of(titles, multiple=True)


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
