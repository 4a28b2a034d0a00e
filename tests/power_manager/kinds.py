"""Kinds of days: sun, clouds, appliances, meters, batteries.

The shapes are those of houses in central Europe. All chance comes from the seed: the
same kind and seed give the same day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from math import asin, cos, pi, radians, sin
from random import Random
from typing import Final

import numpy as np

from .days import Battery, Day
from .machine import STEP, Watts

LATITUDE = radians(51)


def _clear_sky(day: int, hours: Watts, tilt: float, facing: float) -> Watts:
    """Return the light on a panel, 1 for the brightest, at true solar hours of a day.

    `facing` is the azimuth of the panel from the south, positive to the west.
    """
    declination = radians(-23.4 * cos(2 * pi * (day + 10) / 365))
    angle = (hours - 12) / 12 * pi
    height = np.arcsin(
        sin(LATITUDE) * sin(declination)
        + cos(LATITUDE) * cos(declination) * np.cos(angle)
    )
    east = cos(declination) * np.sin(angle)
    south = sin(LATITUDE) * cos(declination) * np.cos(angle) - cos(LATITUDE) * sin(
        declination
    )
    up = np.maximum(0.0, np.sin(height))
    thick = 1 / (up + 0.05)
    direct = np.where(up > 0, 0.95 * 0.76 ** (thick**0.68), 0.0)
    on_panel = np.maximum(
        0.0,
        sin(tilt) * (cos(facing) * south + sin(facing) * east) + cos(tilt) * up,
    )
    light: Watts = direct * on_panel / 0.68 + 0.12 * np.sqrt(up)
    return light


def _smooth(values: Watts, seconds: float) -> Watts:
    """Return values whose jumps take some time."""
    width = max(1, round(seconds / STEP))
    padded = np.concatenate([np.full(width - 1, values[0]), values])
    mean: Watts = np.convolve(padded, np.full(width, 1 / width), "valid")
    return mean


def _turns(
    random: Random,
    length: int,
    sun: tuple[float, float],
    cloud: tuple[float, float],
    edge: float = 30.0,
    dark: tuple[float, float] = (0.12, 0.45),
) -> Watts:
    """Return the part of the light that passes, sun and cloud taking turns of minutes."""
    light = np.empty(length)
    at, covered = 0, random.random() < 0.5
    while at < length:
        low, high = cloud if covered else sun
        end = at + max(1, round(random.uniform(low, high) * 60 / STEP))
        light[at:end] = random.uniform(*dark) if covered else random.uniform(0.93, 1.06)
        at, covered = end, not covered
    return _smooth(light, edge)


def _wander(
    random: Random, length: int, low: float, high: float, minutes: float
) -> Watts:
    """Return values that wander slowly between two."""
    count = int(length * STEP / 60 / minutes) + 3
    points = [random.uniform(low, high) for _ in range(count)]
    at = np.arange(length) * STEP / 60 / minutes
    wander: Watts = np.interp(at, np.arange(count), points)
    return wander


def _house(random: Random, hours: Watts) -> Watts:
    """Return what a household draws: what is always on, habits, appliances."""
    length = len(hours)
    load = np.full(length, random.uniform(180, 320))
    load += 350 * np.exp(-(((hours - 7.3) / 0.8) ** 2))
    load += 500 * np.exp(-(((hours - 19.5) / 1.3) ** 2))
    period, phase = random.uniform(40, 70) * 60, random.random()
    fridge = (np.arange(length) * STEP / period + phase) % 1 < 0.35
    load += fridge * random.uniform(50, 90)
    for _ in range(random.randint(4, 9)):
        _add(load, hours, random.uniform(7, 20), random.uniform(5, 45), random, 2200)
    for at in (12.2, 18.4):
        if random.random() < 0.7:
            _add(
                load, hours, random.gauss(at, 0.5), random.uniform(15, 40), random, 2800
            )
    load *= 1 + np.array([random.gauss(0, 0.01) for _ in range(length)])
    return load


def _add(
    load: Watts, hours: Watts, at: float, minutes: float, random: Random, power: float
) -> None:
    """Let something run once."""
    during = (hours >= at) & (hours < at + minutes / 60)
    load[during] += power * random.uniform(0.5, 1.2)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What a kind of day begins with."""

    on: str
    hours: Watts
    light: Watts
    """W of a clear sky."""
    load: Watts


def _place(
    random: Random,
    on: str,
    kwp: tuple[float, float],
    tilt: float = 32.0,
    facings: tuple[float, ...] = (0.0,),
) -> _Place:
    """Return sun and household of a clear day."""
    day = date.fromisoformat(on).timetuple().tm_yday
    summer = 80 < day < 300
    # Central Europe's noon is at about 13:15 in summer.
    shift = 1.25 if summer else 0.25
    rise = 12 - _half_day(day)
    first = max(0.0, int(rise + shift))
    length = int((2 * _half_day(day) + 1.5) * 3600 / STEP)
    hours = first + np.arange(length) * STEP / 3600
    turn = random.uniform(-15, 15)
    light: Watts = np.zeros(length)
    for facing in facings:
        light += _clear_sky(day, hours - shift, radians(tilt), radians(facing + turn))
    light *= random.uniform(*kwp) * 1000 * 0.92 / len(facings)
    return _Place(on=on, hours=hours, light=light, load=_house(random, hours))


def _half_day(day: int) -> float:
    """Return half of the hours that the sun is up."""
    declination = radians(-23.4 * cos(2 * pi * (day + 10) / 365))
    tangents = sin(LATITUDE) * sin(declination) / cos(LATITUDE) / cos(declination)
    return 6 + asin(max(-1.0, min(1.0, tangents))) * 12 / pi


def _date(random: Random, months: tuple[int, int]) -> str:
    """Return some date of these months."""
    return f"2026-{random.randint(*months):02}-{random.randint(1, 28):02}"


def _make(place: _Place, part: Watts | float = 1.0, extra: Watts | float = 0.0) -> Day:
    """Return the day of a place with such light and so much more load."""
    return Day(
        name="",
        pv=np.round(np.maximum(0, place.light * part)),
        load=np.round(np.maximum(0, place.load + extra)),
        date=place.on,
        start=f"{int(place.hours[0]):02}:00",
    )


def cumulus(random: Random) -> Day:
    """Sun and cloud take turns of 2-4 min from the late morning on."""
    place = _place(random, _date(random, (4, 9)), (8, 12))
    return _make(place, _turns(random, len(place.hours), (2, 4), (2, 4)))


def broken(random: Random) -> Day:
    """Sun and cloud take turns of 5-40 min."""
    place = _place(random, _date(random, (4, 9)), (8, 12))
    return _make(place, _turns(random, len(place.hours), (5, 40), (5, 40)))


def january(random: Random) -> Day:
    """A clear winter day; a heat pump cycles."""
    place = _place(random, _date(random, (1, 1)), (6.5, 10), tilt=45)
    period, on = random.uniform(35, 70) * 60, random.uniform(0.35, 0.55)
    times = np.arange(len(place.hours)) * STEP / period + random.random()
    pump: Watts = np.where(times % 1 < on, random.uniform(1600, 2600), 0.0)
    return _make(place, extra=pump)


def east_west(random: Random) -> Day:
    """Panels to both sides: a flat, long day with some haze."""
    place = _place(random, _date(random, (4, 9)), (8, 12), 25, (-90, 90))
    return _make(place, _wander(random, len(place.hours), 0.75, 1.0, 25))


def thick(random: Random) -> Day:
    """Thick cloud all day: 1.5-4 kW around noon."""
    place = _place(random, _date(random, (4, 9)), (9, 12))
    part = _wander(random, len(place.hours), 1500, 4000, random.uniform(10, 30))
    shape = np.minimum(1.0, place.light / place.light.max() * 1.8)
    return _make(replace(place, light=shape), part)


def cooking(random: Random) -> Day:
    """Spikes of 6 kW for 1-3 min, over and over, in fair weather."""
    place = _place(random, _date(random, (4, 9)), (8, 12))
    extra: Watts = np.zeros(len(place.hours))
    for _ in range(random.randint(25, 45)):
        at, minutes = random.uniform(7, 20), random.uniform(1, 3)
        during = (place.hours >= at) & (place.hours < at + minutes / 60)
        extra[during] = random.uniform(5500, 6500)
    return _make(place, _wander(random, len(place.hours), 0.6, 1.0, 40), extra)


def car(random: Random) -> Day:
    """A car takes 11 kW for 2.5 h."""
    place = _place(random, _date(random, (4, 9)), (9, 13))
    extra: Watts = np.zeros(len(place.hours))
    at = random.uniform(8.5, 15)
    extra[(place.hours >= at) & (place.hours < at + 2.5)] = 11000
    return _make(place, _wander(random, len(place.hours), 0.7, 1.0, 30), extra)


def two(random: Random) -> Day:
    """15 kWp and two miners, under broken cloud."""
    place = _place(random, _date(random, (4, 9)), (14, 16))
    day = _make(place, _turns(random, len(place.hours), (5, 40), (5, 40)))
    return replace(day, miners=(3300.0, 3300.0))


def battery(random: Random) -> Day:
    """A battery of 10 kWh, under broken cloud."""
    place = _place(random, _date(random, (4, 9)), (9, 12))
    day = _make(place, _turns(random, len(place.hours), (5, 40), (5, 40)))
    return replace(day, battery=Battery(charge=float(random.randint(15, 45))))


def meter_minute(random: Random) -> Day:
    """Broken cloud and a meter that reports means of 60 s."""
    return replace(broken(random), every=60, mean=True)


def meter_5_minutes(random: Random) -> Day:
    """Broken cloud and a meter that reports means of 5 min."""
    return replace(broken(random), every=300, mean=True)


def tiny(random: Random) -> Day:
    """A surplus of 1-1.5 kW for six hours."""
    place = _place(random, _date(random, (3, 10)), (8, 12))
    from_noon = np.abs(place.hours - 13.25)
    part = np.clip((4.2 - from_noon) / 1.2, 0, 1)
    surplus = part * _wander(random, len(place.hours), 1000, 1500, 15)
    shape = np.where(part > 0, 1.0, 0.0)
    pv = surplus + place.load * shape
    return replace(_make(place), pv=np.round(pv))


def clear(random: Random) -> Day:
    """Not a cloud."""
    return _make(_place(random, _date(random, (3, 10)), (6, 12)))


def fog(random: Random) -> Day:
    """Fog that lifts towards noon, then single clouds."""
    place = _place(random, _date(random, (9, 10)), (8, 12))
    lifts = random.uniform(10.5, 13)
    sky = _turns(random, len(place.hours), (20, 90), (3, 15))
    lifted = np.clip((place.hours - lifts) / 0.5, 0, 1)
    return _make(place, 0.15 + lifted * (sky - 0.15))


def mixed(random: Random) -> Day:
    """A few hours each of clear sky, cumulus and thick cloud."""
    place = _place(random, _date(random, (3, 10)), (8, 12))
    length = len(place.hours)
    part = np.empty(length)
    at = 0
    while at < length:
        end = at + round(random.uniform(1, 4) * 360)
        sky = random.choice([(60, 200, 1, 2), (2, 6, 2, 6), (1, 2, 60, 200)])
        part[at:end] = _turns(random, length, sky[:2], sky[2:])[at:end]
        at = end
    return _make(place, part)


KINDS: Final[dict[str, Callable[[Random], Day]]] = {
    each.__name__: each
    for each in (
        cumulus,
        broken,
        january,
        east_west,
        thick,
        cooking,
        car,
        two,
        battery,
        meter_minute,
        meter_5_minutes,
        tiny,
        clear,
        fog,
        mixed,
    )
}


def make_day(kind: str, seed: int) -> Day:
    """Return the day of a kind and a seed."""
    return replace(KINDS[kind](Random(f"{kind} {seed}")), name=f"{kind}-{seed}")
