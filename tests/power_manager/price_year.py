"""A year of quarter-hour prices that never was: seeded, with negative hours.

Prices of a day ahead have two peaks, a valley at noon that is deep on sunny days and at
weekends, wind that lasts for days, and a saw's teeth within the hours at dusk and dawn. A
price is that of the exchange and what is paid on top of it, in EUR per kilowatt hour.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import cos, exp, pi
from random import Random
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
SLOT = 900


def midnight(day: date, zone: ZoneInfo = BERLIN) -> int:
    """Return the first slot of a local day."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int(start.astimezone(UTC).timestamp()) // SLOT


def slots_of_day(day: date, zone: ZoneInfo = BERLIN) -> range:
    """Return the slots of a local day: 92, 96 or 100."""
    return range(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def _bump(hour: float, centre: float, width: float) -> float:
    """Return a hill of height one."""
    return exp(-(((hour - centre) / width) ** 2))


def _days(
    random: Random, first: date, count: int
) -> Iterator[tuple[date, dict[int, float]]]:
    """Yield the prices of each day."""
    wind = random.gauss(0, 1)
    for number in range(count):
        day = first + timedelta(days=number)
        season = cos(2 * pi * (day.timetuple().tm_yday - 15) / 365)
        wind = 0.75 * wind + 0.66 * random.gauss(0, 1)
        sun = (0.55 - 0.45 * season) * random.uniform(0.3, 1.15)
        weekend = day.weekday() >= 5
        base = 0.085 + 0.025 * season - 0.028 * wind - (0.02 if weekend else 0)
        morning = random.uniform(0.03, 0.06) * (0.4 if weekend else 1)
        evening = random.uniform(0.04, 0.1)
        dusk = random.uniform(18, 20.5)
        prices = {}
        for slot in slots_of_day(day):
            local = datetime.fromtimestamp(slot * SLOT, BERLIN)
            hour = local.hour + local.minute / 60
            slope = 0.012 * ((local.minute - 22.5) / 22.5)
            price = (
                base
                - 0.02 * _bump(hour, 3.2, 2.5)
                + morning * _bump(hour, 7.6, 1.6)
                + evening * _bump(hour, dusk, 1.9)
                - 0.19 * sun * _bump(hour, 13.2, 2.9)
                + slope * (_bump(hour, 19, 3) - _bump(hour, 8.5, 2))
                + random.gauss(0, 0.003)
            )
            prices[slot] = round(price, 5)
        yield day, prices


def year(
    seed: int, first: date = date(2026, 1, 1), count: int = 365
) -> dict[date, dict[int, float]]:
    """Return prices by quarters of an hour, each day by itself."""
    return dict(_days(Random(seed), first, count))


def by_hours(prices: dict[int, float]) -> dict[int, float]:
    """Return the prices of a day with one price for each hour."""
    return {
        slot: round(sum(prices[slot // 4 * 4 + n] for n in range(4)) / 4, 5)
        for slot in prices
    }
