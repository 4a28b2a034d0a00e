"""What electricity costs in a played day, and from when on that is known."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

from .price_year import SLOT


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a kWh costs from one moment to another, in UTC s."""

    start: float
    end: float
    value: float
    known_from: float = -inf


class Tariff:
    """The prices of a day, in order."""

    def __init__(self, prices: Iterable[Price]) -> None:
        """Take prices that do not overlap."""
        self.prices = sorted(prices, key=lambda each: each.start)
        self._starts = [each.start for each in self.prices]

    def at(self, now: float) -> float | None:
        """Return the price of a moment; None: there is none."""
        index = bisect_right(self._starts, now) - 1
        if index < 0 or now >= self.prices[index].end:
            return None
        return self.prices[index].value

    def known(self, now: float, zone: ZoneInfo) -> list[Price]:
        """Return what is known by now of today and later."""
        today = datetime.fromtimestamp(now, zone).date()
        begin = hour_of(today, zone)
        return [
            each for each in self.prices if each.known_from <= now and each.end > begin
        ]

    def news_after(self, now: float) -> float:
        """Return when more becomes known."""
        return min(
            (each.known_from for each in self.prices if each.known_from > now),
            default=inf,
        )


def slots_of(prices: Iterable[Price]) -> dict[int, float]:
    """Return the price of each quarter of an hour."""
    return {
        slot: each.value
        for each in prices
        for slot in range(int(each.start // SLOT), int(each.end // SLOT))
    }


def next_midnight(now: float, zone: ZoneInfo) -> float:
    """Return when the next local day begins."""
    today = datetime.fromtimestamp(now, zone).date()
    return hour_of(today + timedelta(days=1), zone)


def hour_of(day: date, zone: ZoneInfo, hour: int = 0) -> float:
    """Return an hour of a local day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).timestamp()


def by_day(slots: dict[int, float], zone: ZoneInfo) -> dict[date, dict[int, float]]:
    """Return the prices of each local day."""
    days: dict[date, dict[int, float]] = {}
    for slot, value in slots.items():
        day = datetime.fromtimestamp(slot * SLOT, zone).date()
        days.setdefault(day, {})[slot] = value
    return days


def day_ahead(
    days: dict[date, dict[int, float]], zone: ZoneInfo, hour: int = 13
) -> Iterator[Price]:
    """Yield prices that are known from an hour of the day before on."""
    before: date | None = None
    for day, slots in days.items():
        known = -inf
        if before is not None:
            known = hour_of(before, zone, hour)
        before = day
        for slot, value in slots.items():
            start = slot * SLOT
            yield Price(start=start, end=start + SLOT, value=value, known_from=known)
