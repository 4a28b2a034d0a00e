"""What happens in a household from minute to minute: sun, appliances, prices.

The shapes are those of a house in central Europe in May with 10 kW of panels; all
chance comes from the seed, so the same seed always gives the same day.
"""

from math import cos, exp, pi, sin
from random import Random
from typing import Literal, NamedTuple

MINUTES = 24 * 60
PEAK = 9000.0
"""W that the panels give at noon of a clear day."""
SUNRISE, SUNSET = 5.5, 20.5
"""Hours."""

type Kind = Literal["sunny", "cloudy"]
KINDS: tuple[Kind, ...] = ("sunny", "cloudy")


class Minute(NamedTuple):
    """One minute of the day; powers are means over the minute."""

    time: str
    """Local time, such as 14:05."""
    pv: float
    """W from the panels."""
    load: float
    """W that the house draws without miners."""
    price: float
    """Price in ct/kWh, constant over each hour."""
    outside: float
    """Degrees Celsius."""


def make_day(kind: Kind, seed: int = 1) -> list[Minute]:
    """Return the minutes of one day."""
    random = Random(f"{kind} {seed}")
    clouds = _clouds(kind, random)
    loads = _loads(random)
    prices = _prices(random)
    return [
        Minute(
            time=f"{minute // 60:02}:{minute % 60:02}",
            pv=round(_clear_sky(minute / 60) * clouds[minute]),
            load=round(loads[minute]),
            price=prices[minute // 60],
            outside=round(9 - 5 * cos(2 * pi * (minute / 60 - 3) / 24), 1),
        )
        for minute in range(MINUTES)
    ]


def _clear_sky(hour: float) -> float:
    """Return what the panels give without clouds."""
    day = (hour - SUNRISE) / (SUNSET - SUNRISE)
    return PEAK * sin(pi * day) ** 1.4 if 0 < day < 1 else 0.0


def _clouds(kind: Kind, random: Random) -> list[float]:
    """Return the share of light that passes in each minute.

    Clouds come and go within minutes to half an hour, with flicker at their edges.
    """
    if kind == "sunny":
        return [random.uniform(0.97, 1.0) for _ in range(MINUTES)]
    shares: list[float] = []
    covered, share = False, 1.0
    left = 0
    while len(shares) < MINUTES:
        if left <= 0:
            covered = not covered
            left = round(random.expovariate(1 / (14 if covered else 18))) + 2
            goal = random.uniform(0.12, 0.4) if covered else random.uniform(0.85, 1.05)
        share += (goal - share) * 0.6
        flicker = random.uniform(0.6, 1.0) if random.random() < 0.15 else 1.0
        shares.append(min(1.05, max(0.08, share * flicker)))
        left -= 1
    return shares


def _loads(random: Random) -> list[float]:
    """Return what the house draws: what is always on, habits, and single appliances."""
    loads = []
    fridge = random.randrange(45)
    for minute in range(MINUTES):
        hour = minute / 60
        habits = 350 * _bump(hour, 7.2, 0.7) + 700 * _bump(hour, 19.0, 1.6)
        cycle = 90.0 if (minute + fridge) % 45 < 17 else 0.0
        loads.append(220 + cycle + habits + random.uniform(-20, 20))
    for earliest, latest, watts, length in (
        (6.6, 7.4, 2100, 4),  # kettle
        (9.0, 11.0, 2000, 20),  # washing machine, heating up
        (12.0, 12.6, 3200, 25),  # cooking
        (13.5, 15.0, 1900, 18),  # dishwasher
        (16.0, 16.4, 2100, 4),  # kettle
        (18.2, 18.9, 3600, 35),  # cooking
    ):
        start = round(random.uniform(earliest, latest) * 60)
        for minute in range(start, start + length):
            loads[minute] += watts
    return loads


def _prices(random: Random) -> list[float]:
    """Return the price of each hour: dear in the morning and evening, cheap at night and at noon."""
    return [
        round(
            27
            + 9 * _bump(hour, 8, 1.5)
            + 14 * _bump(hour, 19.5, 2)
            - 17 * _bump(hour, 13, 2.5)
            - 12 * _bump(hour, 3, 2.5)
            + random.uniform(-1.5, 1.5),
            1,
        )
        for hour in range(24)
    ]


def _bump(hour: float, middle: float, width: float) -> float:
    """Return how near it is to the middle of something, 0 to 1."""
    return exp(-(((hour - middle) / width) ** 2))
