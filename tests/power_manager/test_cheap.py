"""Cheap times: blocks that cost hardly more than if one knew everything beforehand."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from statistics import mean
import tracemalloc

import pytest

from custom_components.whatsminer.power_manager.prices.blocks import (
    Block,
    CheapRule,
    Spent,
    plan,
    slots_of,
)
from custom_components.whatsminer.power_manager.prices.cheap import CheapTimes, is_below
from custom_components.whatsminer.power_manager.prices.hash_price import (
    HashPrice,
    break_even,
    read_hash_price,
)
from custom_components.whatsminer.power_manager.prices.points import PricePoint

from .cheap_player import lost, play
from .price_year import BERLIN, SLOT, by_hours, midnight, slots_of_day, year

DAY = date(2026, 5, 14)
FIRST = midnight(DAY)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def _prices(*hours: float) -> dict[int, float]:
    """Return prices for hours from midnight on."""
    return {
        FIRST + n: price for n, price in enumerate(p for p in hours for _ in range(4))
    }


def _plan(
    prices: dict[int, float], rule: CheapRule, spent: Spent = Spent(), at: float = 0
) -> list[tuple[float, float]]:
    """Return the blocks from an hour of the day on, in hours from midnight."""
    return [
        ((block.first - FIRST) / 4, (block.after - FIRST) / 4)
        for block in plan(prices, FIRST + int(at * 4), BERLIN, rule, spent)
    ]


@pytest.mark.parametrize("kind", ["quarters", "hours"])
@pytest.mark.parametrize(
    ("seed", "first", "hours"),
    [
        (1, SPRING - timedelta(days=10), 6),
        (2, AUTUMN - timedelta(days=10), 6),
        (3, date(2026, 1, 5), 2),
        (4, date(2026, 6, 10), 10),
    ],
)
def test_against_the_ideal(kind: str, seed: int, first: date, hours: int) -> None:
    """At most 5 % of what can be saved is not, in blocks, on days of any length."""
    days = list(year(seed, first, 24).values())
    if kind == "hours":
        days = [by_hours(each) for each in days]
    played = play(days, CheapRule(hours=hours))
    assert lost(days, played) <= 0.05
    assert max(played.starts) <= 3
    assert min(played.runs) >= 4
    negative = [sum(price < 0 for price in each.values()) for each in days]
    for slots, below in zip(played.slots, negative, strict=True):
        assert hours * 4 <= len(slots) <= max(hours * 4, below + hours * 4)


@pytest.mark.parametrize("hours", [6, 12, 24])
def test_small_tables(hours: float) -> None:
    """A plan of two days with many starts looks only at what can come to be.

    The loop of Home Assistant waits for it: what it keeps shows what it computes.
    """
    random = Random(1)
    prices = {FIRST + n: random.uniform(-0.1, 0.5) for n in range(192)}
    tracemalloc.start()
    try:
        plan(prices, FIRST, BERLIN, CheapRule(hours=hours, starts=24), Spent())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4_000_000


def test_manufactured_year() -> None:
    """The year has days of all lengths, and hours below zero on some of them."""
    days = year(7)
    lengths = {day: len(each) for day, each in days.items()}
    assert lengths.pop(SPRING) == 92
    assert lengths.pop(AUTUMN) == 100
    assert set(lengths.values()) == {96}
    below = sum(price < 0 for each in days.values() for price in each.values())
    assert 0.01 < below / (365 * 96) < 0.15
    assert days == year(7)
    assert days != year(8)


@pytest.mark.parametrize("seed", range(12))
def test_best_of_all(seed: int) -> None:
    """What is planned is the best of all that could be, tried one by one."""
    random = Random(seed)
    prices = {FIRST + n: round(random.uniform(0.05, 0.4), 3) for n in range(12)}
    rule = CheapRule(
        hours=random.choice([1, 1.5, 2]),
        shortest=2 * SLOT,
        starts=random.choice([1, 2]),
        ramp=1369,
    )
    wanted = round((rule.hours or 0) * 4)
    margin = sorted(prices.values())[wanted - 1]
    parts = [1 - 0.27, 1 - 0.27 * (1369 - SLOT) / SLOT]

    def worth(mask: tuple[int, ...]) -> float | None:
        total, age, starts = 0.0, 0, 0
        for slot, on in enumerate((*mask, 0)):
            if on:
                starts += not age
                part = parts[age] if age < 2 else 1
                total += (prices[FIRST + slot] - margin) * part
                age += 1
            elif age == 1:
                return None
            else:
                age = 0
        return total if starts <= rule.starts and sum(mask) == wanted else None

    masks = product((0, 1), repeat=12)
    best = min(value for mask in masks if (value := worth(mask)) is not None)
    blocks = plan(prices, FIRST, BERLIN, rule, Spent())
    mask = tuple(
        int(any(b.first <= slot < b.after for b in blocks)) for slot in sorted(prices)
    )
    assert worth(mask) == pytest.approx(best)


def test_whole_blocks() -> None:
    """A crumb that is cheap is not worth a start."""
    prices = _prices(*[0.3] * 24)
    for hour in (3, 9, 15):
        prices[FIRST + 4 * hour] = 0.01
    for slot in range(FIRST + 80, FIRST + 88):
        prices[slot] = 0.1
    assert _plan(prices, CheapRule(hours=2)) == [(20, 22)]


def test_equal_prices() -> None:
    """Of equal hours the earlier count, in one block."""
    assert _plan(_prices(*[0.3] * 24), CheapRule(hours=6)) == [(0, 6)]


def test_limit_binds() -> None:
    """Above the limit nothing is cheap, also between two cheap hours."""
    prices = _prices(0.1, 0.31, 0.1, 0.3, *[0.5] * 20)
    assert _plan(prices, CheapRule(hours=6, limit=0.3)) == [(0, 1), (2, 4)]
    assert _plan(prices, CheapRule(hours=6, limit=0.05)) == []


def test_all_below_a_limit() -> None:
    """Without hours all below the limit is cheap, where it is long enough."""
    prices = _prices(0.1, 0.4, *[0.2] * 3, *[0.4] * 19)
    for slot in (FIRST + 40, FIRST + 41):
        prices[slot] = 0.0
    assert _plan(prices, CheapRule(hours=None, limit=0.25)) == [(0, 1), (2, 5)]
    one = CheapRule(hours=None, limit=0.25, starts=1)
    assert _plan(prices, one) == [(2, 5)]


def test_negative_prices_beyond_the_hours() -> None:
    """Negative prices are taken beside a block and where they are long enough."""
    prices = _prices(0.1, -0.05, -0.1, -0.05, *[0.3] * 6, -0.01, -0.01, *[0.3] * 12)
    prices[FIRST + 72] = -0.005
    assert _plan(prices, CheapRule(hours=1)) == [(1, 4), (10, 12)]
    assert _plan(prices, CheapRule(hours=1, starts=1)) == [(1, 4)]
    assert _plan(prices, CheapRule(hours=1, limit=-0.03)) == [(1, 4)]
    # What runs already needs no start: the last one is free for the second block.
    spent = Spent(slots=4, starts=2, is_running=True)
    assert _plan(prices, CheapRule(hours=1), spent, 2) == [(2, 4), (10, 12)]


def test_what_has_been_had() -> None:
    """Hours and starts of today count, and what runs needs no start to go on."""
    prices = _prices(*[0.2] * 12, *[0.1] * 6, *[0.2] * 6)
    rule = CheapRule(hours=4)
    assert _plan(prices, rule, Spent(slots=8), 8) == [(12, 14)]
    assert _plan(prices, rule, Spent(starts=3), 8) == []
    assert _plan(prices, rule, Spent(starts=3, is_running=True), 13) == [(13, 17)]
    assert _plan(prices, rule, Spent(slots=16, is_running=True), 13) == []


def test_short_block_goes_on() -> None:
    """What has begun goes on until it is long enough, but not above the limit."""
    prices = _prices(*[0.3] * 12, *[0.1] * 12)
    spent = Spent(slots=1, starts=1, is_running=True, lacks=3)
    assert _plan(prices, CheapRule(hours=2), spent, 2)[0] == (2, 2.75)
    assert _plan(prices, CheapRule(hours=2, limit=0.2), spent, 2)[0][0] == 12


def test_over_midnight() -> None:
    """A block goes on over midnight without a start, and each day has its hours."""
    prices = _prices(*[0.3] * 22, 0.1, 0.1, 0.1, 0.1, *[0.3] * 22)
    assert _plan(prices, CheapRule(hours=2, starts=1)) == [(22, 26)]


def test_part_of_a_day() -> None:
    """What is not known yet is not planned, and a gap is not bridged."""
    prices = _prices(*[0.1] * 4)
    del prices[FIRST + 6]
    assert _plan(prices, CheapRule(hours=6)) == [(0, 1.5), (1.75, 4)]
    assert _plan({}, CheapRule(hours=6)) == []
    assert _plan(prices, CheapRule(hours=0)) == []
    assert _plan(prices, CheapRule(hours=6), at=5) == []


@pytest.mark.parametrize(("day", "count"), [(SPRING, 92), (AUTUMN, 100)])
def test_hours_of_a_local_day(day: date, count: int) -> None:
    """The day of 23 and that of 25 hours have their hours, no more and no less."""
    days = [
        dict.fromkeys(slots_of_day(day + timedelta(days=n)), 0.2) for n in (-1, 0, 1)
    ]
    assert len(days[1]) == count
    played = play(days, CheapRule(hours=6))
    assert [len(each) for each in played.slots] == [24, 24, 24]
    # An hour of the local clock, whichever it is in UTC.
    assert played.slots[1][0] == min(days[1])


def _step(
    times: CheapTimes,
    prices: dict[int, float],
    hour: float,
    *,
    mining: bool,
    starts: int,
) -> bool:
    """Return whether it is cheap at an hour of the day."""
    now = (FIRST + hour * 4) * SLOT
    return times.step(
        now, prices, CheapRule(hours=2), is_mining=mining, starts_today=starts
    ).is_cheap


def test_what_was_missed_is_had_later() -> None:
    """Cheap hours in which nothing could mine are made up for by the next best."""
    prices = _prices(0.1, 0.1, *[0.3] * 10, 0.2, 0.2, *[0.3] * 10)
    times = CheapTimes(BERLIN)
    assert _step(times, prices, 0, mining=False, starts=0)
    for quarter in range(1, 8):
        _step(times, prices, quarter / 4, mining=False, starts=0)
    assert not _step(times, prices, 2, mining=False, starts=0)
    assert times.blocks == [Block(FIRST + 48, FIRST + 56)]


def test_after_a_restart() -> None:
    """What was had of the day is known after a restart, on another day it is not."""
    prices = _prices(0.1, 0.1, *[0.3] * 22)
    times = CheapTimes(BERLIN)
    for quarter in range(6):
        assert (
            _step(times, prices, quarter / 4, mining=quarter > 0, starts=1)
            or not quarter
        )
        _step(times, prices, quarter / 4 + 0.1, mining=True, starts=1)
    again = CheapTimes(BERLIN, times.dump())
    assert _step(again, prices, 1.5, mining=True, starts=1)
    assert again.blocks == [Block(FIRST + 6, FIRST + 8)]
    later = {slot + 96: price for slot, price in prices.items()}
    tomorrow = CheapTimes(BERLIN, times.dump())
    assert _step(tomorrow, later, 24, mining=False, starts=0)
    assert tomorrow.blocks == [Block(FIRST + 96, FIRST + 104)]


def test_clock_set_back() -> None:
    """What has begun in the future does not go on until then."""
    prices = _prices(*[0.3] * 10, 0.1, 0.1, *[0.3] * 12)
    times = CheapTimes(BERLIN)
    assert _step(times, prices, 10, mining=False, starts=0)
    assert _step(times, prices, 10.1, mining=True, starts=1)
    assert not _step(times, prices, 8, mining=True, starts=0)


def test_answer() -> None:
    """The answer has the end of the block and the next start."""
    prices = _prices(0.1, *[0.3] * 3, 0.1, *[0.3] * 19)
    times, rule = CheapTimes(BERLIN), CheapRule(hours=2)
    answer = times.step(FIRST * SLOT, prices, rule, is_mining=False, starts_today=0)
    assert answer.is_cheap
    assert answer.until == (FIRST + 4) * SLOT
    assert answer.next_start == (FIRST + 16) * SLOT
    unknown = times.step(
        (FIRST + 200) * SLOT, prices, rule, is_mining=False, starts_today=0
    )
    assert (unknown.is_cheap, unknown.until) == (False, None)


def test_slots_of_points() -> None:
    """An hour is four slots, three times five minutes are one, two of them are none."""
    start = datetime(2026, 5, 14, tzinfo=UTC)
    number = int(start.timestamp()) // SLOT
    hour = [PricePoint(start, start + timedelta(hours=1), 0.3)]
    assert slots_of(hour) == dict.fromkeys(range(number, number + 4), 0.3)
    five = [
        PricePoint(
            start + timedelta(minutes=5 * n),
            start + timedelta(minutes=5 * n + 5),
            n / 10,
        )
        for n in range(5)
    ]
    assert slots_of(five) == {number: pytest.approx(mean([0, 0.1, 0.2]))}


def test_price_without_forecast() -> None:
    """A single price is cheap below its limit, and for a margin above once it was."""
    assert is_below(0.2, 0.2, 0.02, was=False)
    assert not is_below(0.21, 0.2, 0.02, was=False)
    assert is_below(0.21, 0.2, 0.02, was=True)
    assert not is_below(0.23, 0.2, 0.02, was=True)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("USD/PH/s/d", 48),
        ("USD/PH/s/day", 48),
        ("usd/PH/day", 48),
        ("USD/TH/s/d", 0.048),
        ("USD/EH/d", 48000),
    ],
)
def test_break_even(unit: str, value: float) -> None:
    """20 J/TH at 48 USD for a PH/s and day earn 10 cents for each kilowatt hour."""
    price = read_hash_price(value, unit)
    assert price is not None
    assert price.currency == "USD"
    assert break_even(price, 20) == pytest.approx(0.1)


def test_break_even_unknown() -> None:
    """A unit or an efficiency that is not known leaves the price unknown."""
    assert read_hash_price(48, None) is None
    assert read_hash_price(48, "USD/BTC") is None
    assert break_even(HashPrice(0.05, "USD"), 0) is None
