"""Reads days from files, and says what is wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import json
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import probatio

from custom_components.whatsminer.power_manager.options.pages import (
    OF_MINER,
    PAGES,
    SENSORS,
)
from tests.power_manager.days import Day
from tests.power_manager.machine import STEP
from tests.simulator.generation import DEFAULT_API
from tests.simulator.profile import MODELS

from .checks import FileError, a_number, an_object, has, numbers
from .reasons import read_prices, read_room

_KEYS: Final = {
    "name", "step", "date", "timezone", "start",
    "pv", "load", "battery", "meter", "miners", "manager", "price", "feed_in", "room",
}  # fmt: skip
_REQUIRED: Final = ("name", "date", "timezone", "start", "pv", "load", "miners")
_BATTERY: Final = {"kwh", "power", "lag", "charge"}
_METER: Final = {"every", "mean"}
_MINER: Final = {"model", "power", "api"}
MODEL: Final = "M50S_VH50"
_APIS: Final = (DEFAULT_API, "2.2.2", "3.0.2")
_STARTS_LOW: Final = "3.0.2"
"""An API with which a miner can start at low power; 2.2 shows only a mean of its power."""
_ROWS: Final = {
    key: row
    for page in PAGES.values()
    for rows in page.values()
    for key, row in rows.items()
    if key not in (*SENSORS, "price_action", "price_name")
}
"""The options that a day can set: it has no entities but those that it makes itself."""


@dataclass(frozen=True, kw_only=True)
class DayFile:
    """A day, and the model and the API of each of its miners."""

    day: Day
    models: tuple[str, ...]
    apis: tuple[str, ...]
    step: float = STEP
    """s for which each number of the file stands."""


def of_day(day: Day) -> DayFile:
    """Return a day with miners of a common model."""
    count = len(day.miners)
    return DayFile(day=day, models=(MODEL,) * count, apis=(DEFAULT_API,) * count)


def with_low_start(file: DayFile) -> DayFile:
    """Return a day with the option *Start at low power*, and miners that can do so.

    Their full power is set: nobody has seen them mine, and one whose full power is not
    known starts as usual.
    """
    day = file.day
    full = {str(number): power for number, power in enumerate(day.miners, 1)}
    full |= day.manager.get("full_power", {})
    manager = {**day.manager, "full_power": full, "low_start": True}
    return replace(
        file,
        day=replace(day, manager=manager),
        apis=(_STARTS_LOW,) * len(day.miners),
    )


def read_file(path: Path) -> DayFile:
    """Read a file; raises a FileError that names it."""
    try:
        return parse(json.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as err:
        raise FileError(f"{path}: cannot be read: {err}") from err
    except json.JSONDecodeError as err:
        raise FileError(f"{path}: is no JSON: {err}") from err
    except FileError as err:
        raise FileError(f"{path}: {err}") from err


def parse(data: Any) -> DayFile:
    """Return the day of a file's content; raises a FileError."""
    data = an_object("the file", data, _KEYS)
    has("", data, _REQUIRED)
    if not isinstance(data["name"], str):
        raise FileError("name must be text")
    step = a_number("step", data.get("step", STEP), STEP, 3600)
    if step % STEP:
        raise FileError("step must be a multiple of 10 s")
    meter = an_object("meter", data.get("meter", {}), _METER)
    if not isinstance(meter.get("mean", False), bool):
        raise FileError("mean of meter must be true or false")
    if a_number("every of meter", meter.get("every", STEP), STEP, 86_400) % STEP:
        raise FileError("every of meter must be a multiple of 10 s")
    miners = _miners(data["miners"])
    day = {
        **data,
        **_time(data),
        **{key: _watts(key, data[key], step) for key in ("pv", "load")},
        "meter": meter,
        "battery": _battery(data.get("battery")),
        "miners": miners,
        "manager": _options(data.get("manager", {}), len(miners)),
    }
    if len(day["pv"]) != len(day["load"]):
        raise FileError("pv and load must have the same length")
    zone = ZoneInfo(day["timezone"])
    return DayFile(
        day=replace(
            Day.from_file(day),
            price=read_prices("price", data.get("price", []), zone),
            feed_in=read_prices("feed_in", data.get("feed_in", []), zone),
            room=read_room(data.get("room"), step),
        ),
        models=tuple(each["model"] for each in miners),
        apis=tuple(each["api"] for each in miners),
        step=step,
    )


def _time(data: Mapping[str, Any]) -> dict[str, str]:
    """Return date, time and time zone as text."""
    try:
        begin = datetime.strptime(f"{data['date']} {data['start']}", "%Y-%m-%d %H:%M")
        zone = ZoneInfo(data["timezone"])
    except (ValueError, TypeError, OSError, ZoneInfoNotFoundError) as err:
        raise FileError(f"date, start or timezone is none: {err}") from err
    return {
        "date": f"{begin:%Y-%m-%d}",
        "start": f"{begin:%H:%M}",
        "timezone": zone.key,
    }


def _watts(name: str, values: Any, step: float) -> list[float]:
    """Return powers for each 10 s."""
    powers = numbers(name, values, 0, 1_000_000)
    return np.repeat(powers, round(step / STEP)).tolist()


def _battery(value: Any) -> dict[str, float] | None:
    """Return the battery, if there is one."""
    if value is None:
        return None
    battery = an_object("battery", value, _BATTERY)
    highest = {"kwh": 1000, "power": 1_000_000, "lag": 3600, "charge": 100}
    lowest = {"kwh": 0.1, "lag": 0.1}
    return {
        key: a_number(
            f"{key} of battery", battery[key], lowest.get(key, 0), highest[key]
        )
        for key in battery
    }


def _miners(value: Any) -> list[dict[str, Any]]:
    """Return the miners; there is at least one."""
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        raise FileError("miners must be a list of 1 to 50")
    miners = []
    for each in value:
        miner = an_object("each of miners", each, _MINER)
        model = miner.get("model", MODEL)
        if not isinstance(model, str) or model not in MODELS:
            raise FileError(f"model is unknown: {model}; known: {', '.join(MODELS)}")
        power = miner.get("power", MODELS[model].normal_power)
        power = a_number("power of a miner", power, 300, 20_000)
        api = miner.get("api", DEFAULT_API)
        if api not in _APIS:
            raise FileError(f"api is unknown: {api}; known: {', '.join(_APIS)}")
        miners.append({"model": model, "power": power, "api": api})
    return miners


def _options(value: Any, miners: int) -> dict[str, Any]:
    """Return the options of the manager, as its form would take them."""
    options = an_object("manager", value, {*_ROWS, *OF_MINER})
    return {
        key: _of_miners(key, option, miners)
        if key in OF_MINER
        else _taken(key, _ROWS[key], option)
        for key, option in options.items()
    }


def _of_miners(key: str, value: Any, miners: int) -> dict[str, Any]:
    """Return an option that each miner has of its own, by its number from 1."""
    numbers = {str(number) for number in range(1, miners + 1)}
    by_number = an_object(f"{key} of manager", value, numbers)
    return {
        number: _taken(key, OF_MINER[key], option)
        for number, option in by_number.items()
    }


def _taken(key: str, row: Any, value: Any) -> Any:
    """Return a value as a field of the form takes it."""
    try:
        return probatio.Schema(row)(value)
    except probatio.Invalid as err:
        raise FileError(f"{key} of manager: {err}") from err
