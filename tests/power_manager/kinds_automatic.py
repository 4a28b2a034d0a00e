"""Kinds of days for the mode *Automatic*: prices, and rooms and tanks to be heated.

No sun shines on them: what is saved, and what is held, is by prices and heat alone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from math import cos, pi
from random import Random
from typing import Any, Final

import numpy as np

from .days import Day
from .machine import STEP
from .price_year import BERLIN, SLOT, by_hours, year
from .room import Room
from .tariff import day_ahead

FULL = 3500.0
_LOAD = 300.0
_DAY = 86_400
_QUARTER = 900
_TAP = 30
_PRICE_DAYS = 3
_CLOCK_CHANGES = (date(2026, 3, 29), date(2026, 10, 25))
CHEAP: Final = {"cheap_hours": 6, "use_surplus": False}


def _dark(on: date, seconds: float, **more: Any) -> Day:
    """Return some time without sun."""
    steps = round(seconds / STEP)
    return Day(
        name="",
        pv=np.zeros(steps),
        load=np.full(steps, _LOAD),
        date=on.isoformat(),
        start="00:00",
        every=60,
        miners=(FULL,),
        **more,
    )


def priced(
    seed: int, first: date, count: int, *, hourly: bool = False, **options: Any
) -> Day:
    """Return days of a manufactured year, each known from 13:00 of the day before on."""
    days = year(seed, first, count)
    if hourly:
        days = {day: by_hours(prices) for day, prices in days.items()}
    slots = sum(map(len, days.values()))
    return _dark(
        first,
        slots * SLOT,
        price=tuple(day_ahead(days, BERLIN)),
        manager={**CHEAP, **options},
    )


def _some(seed: int) -> date:
    """Return a first day; of seeds 1 and 2 the clock is changed on the second."""
    if seed <= len(_CLOCK_CHANGES):
        return _CLOCK_CHANGES[seed - 1] - timedelta(days=1)
    return date(2026, 1, 1) + timedelta(days=Random(seed).randrange(362))


def quarter_hours(seed: int) -> Day:
    """Three days with a price for each quarter of an hour; six hours are to be cheap."""
    return priced(seed, _some(seed), _PRICE_DAYS)


def hours(seed: int) -> Day:
    """The same with hourly prices."""
    return priced(seed, _some(seed), _PRICE_DAYS, hourly=True)


def _outside(random: Random, mean: float, swing: float, cloud: float) -> list[float]:
    """Return a week of temperatures outside, one for each quarter of an hour."""
    drift, values = 0.0, []
    count = _DAY // _QUARTER
    for index in range(7 * count):
        if index % (count // 8) == 0:
            drift = 0.85 * drift + random.gauss(0, cloud)
        values.append(mean + drift + swing * cos(2 * pi * (index / count - 15 / 24)))
    return values


def _targets(day: float, night: float) -> list[float]:
    """Return a target by day from 6:00 to 22:00, and another by night."""
    count = _DAY // _QUARTER
    return [
        day if count // 4 <= index % count < count * 22 // 24 else night
        for index in range(7 * count)
    ]


def heated(on: date, room: Room, days: int = 7, **options: Any) -> Day:
    """Return some days of a room; surplus is no reason to mine."""
    options = {"use_surplus": False, **options}
    return _dark(on, days * _DAY, room=room, manager=options)


def winter(seed: int) -> Day:
    """A cold week in a house whose nights may be cooler."""
    random = Random(seed)
    outside = _outside(random, -1, 3, 0.7)
    room = Room(6, 0.11, 19.5, outside, _targets(21, 20), every=_QUARTER)
    return heated(date(2026, 1, 12), room)


def transition(seed: int) -> Day:
    """A week whose afternoons need less than the lowest power."""
    random = Random(seed)
    outside = _outside(random, 8.5, 4.5, 0.8)
    return heated(
        date(2026, 4, 13), Room(6, 0.13, 21, outside, (21.0,), every=_QUARTER)
    )


def tank(seed: int) -> Day:
    """A tank of a house with several flats: circulation, and three times of taps."""
    return heated(date(2026, 2, 9), tank_room(seed))


def tank_room(seed: int, standby: float = 0.3, part: float = 0.6) -> Room:
    """Return a tank from which so many kW are drawn always, and such a part at taps."""
    random, draw = Random(seed), list[float]()
    for _ in range(7):
        taps = [
            (random.gauss(hour, 0.4), length, power * part)
            for hour, length, power in (
                (6.8, 1.6, 2.4),
                (12.5, 0.8, 1.5),
                (19.5, 2.2, 2.2),
            )
        ]
        for at in range(0, _DAY, _TAP):
            hour = at / 3600
            flow = sum(
                power * random.uniform(0.6, 1.4)
                for begin, length, power in taps
                if begin <= hour < begin + length
            )
            draw.append(standby + flow)
    return Room(2.5, 0.045, 50, (18.0,), (50.0,), draw, every=_TAP)


AUTOMATIC_KINDS: Final[dict[str, Callable[[int], Day]]] = {
    each.__name__: each for each in (quarter_hours, hours, winter, transition, tank)
}


def make_automatic(kind: str, seed: int) -> Day:
    """Return the days of a kind and a seed."""
    return replace(AUTOMATIC_KINDS[kind](seed), name=f"{kind}-{seed}")
