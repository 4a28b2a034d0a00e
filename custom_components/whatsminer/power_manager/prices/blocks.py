"""Which times are cheap: blocks of a local day that are long enough to be worth a start.

A miner that starts tunes for 20 minutes and more. So the cheapest quarters of an hour are
of no use one by one: what is wanted are a few blocks, the cheapest together. They are found
exactly, by going back from the end of what is known, only through what can still be had
of each day: the loop of Home Assistant waits for it. Taken first are as many of the hours as can be had, of these the cheapest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby, pairwise
from math import ceil, inf
from typing import Final

from ..law.machine import RAMP, RAMP_PART
from .points import PricePoint

SLOT: Final = 900
"""Seconds; prices of a whole hour are four slots of the same price."""
LONGEST: Final = 200
"""Slots that are planned: two days, one of them with 25 hours."""
AN_HOUR_MORE: Final = 1e6
"""What one more of the wanted slots is worth: more than any difference in price."""

type Row = list[float]
type Table = list[list[Row]]
type Prices = Mapping[int, float]
"""What a kilowatt hour costs in each slot, by its number since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheapRule:
    """Which times count as cheap."""

    hours: float | None = 6.0
    """So many of each local day; None is all that is below the limit."""
    limit: float | None = None
    """Above it nothing is cheap."""
    shortest: float = 3600
    """Seconds that a block has at least."""
    starts: int = 3
    """So many of each local day at most."""
    ramp: float = RAMP
    """Seconds from a start until the miner is tuned, and ..."""
    ramp_part: float = RAMP_PART
    """... which part of its full power it takes in the mean until then."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What has been had of today."""

    slots: int = 0
    starts: int = 0
    is_running: bool = False
    lacks: int = 0
    """Slots that the block that runs still needs to be long enough."""


@dataclass(frozen=True, slots=True)
class Block:
    """A cheap time: its first slot, and the one after its last."""

    first: int
    after: int


def slots_of(points: Iterable[PricePoint]) -> dict[int, float]:
    """Return the price of each slot that is known from its beginning to its end."""
    known: dict[int, float] = {}
    sums: dict[int, float] = {}
    for point in points:
        start, end = point.start.timestamp(), point.end.timestamp()
        for slot in range(int(start // SLOT), ceil(end / SLOT)):
            seconds = min(end, (slot + 1) * SLOT) - max(start, slot * SLOT)
            known[slot] = known.get(slot, 0) + seconds
            sums[slot] = sums.get(slot, 0) + seconds * point.price
    return {slot: sums[slot] / SLOT for slot in sums if known[slot] >= SLOT}


def plan(
    prices: Prices, first: int, zone: tzinfo, rule: CheapRule, spent: Spent
) -> list[Block]:
    """Return the cheap blocks from a slot on."""
    last = max((slot for slot in prices if slot < first + LONGEST), default=first - 1)
    if last < first:
        return []
    search = _Search(prices, first, last + 1, zone, rule, spent)
    chosen = search.chosen()
    search.add_negative(chosen)
    ordered = sorted(chosen)
    breaks = [after for before, after in pairwise(ordered) if after > before + 1]
    starts = [*ordered[:1], *breaks]
    ends = [slot + 1 for slot in ordered if slot + 1 not in chosen]
    return [Block(*each) for each in zip(starts, ends, strict=True)]


class _Search:
    """Find the best blocks of what is known.

    `run` and `off` hold for each slot, each number of starts and each number of slots that
    may still be had of its day, what the best way from there on is worth. `left` has these
    numbers for each slot: fewer cannot be left by then, and more can no longer be had. Each slot is
    worth its price less what an hour costs at the margin, the dearest of the hours that
    would be the cheapest one by one: what a ramp does not mine has to be bought there.
    """

    def __init__(
        self,
        prices: Prices,
        first: int,
        after: int,
        zone: tzinfo,
        rule: CheapRule,
        spent: Spent,
    ) -> None:
        """Prepare the slots."""
        self.prices, self.first, self.count = prices, first, after - first
        self.rule, self.spent = rule, spent
        self.is_counted = rule.hours is not None
        self.most = round((rule.hours or 0) * 3600 / SLOT)
        self.least = max(1, ceil(rule.shortest / SLOT))
        if self.is_counted:
            self.least = min(self.least, max(1, self.most))
        self.days = [_day(slot, zone) for slot in range(first, after + 1)]
        self.left = self._find_left()
        self.starts_left = {self.days[0]: max(0, rule.starts - spent.starts)}
        # No day has room for more.
        blocks = ceil(self.most / self.least)
        self.starts = min(rule.starts, blocks) if self.is_counted else rule.starts
        margins = self._margins(zone)
        self.worth: list[float] = []
        for index in range(self.count):
            price = prices.get(first + index)
            if price is None or (rule.limit is not None and price > rule.limit):
                self.worth.append(inf)
            else:
                self.worth.append(price - margins[self.days[index]])
        self.bonus = AN_HOUR_MORE if self.is_counted else 0.0
        self.begun = [self._start_worth(index) for index in range(self.count)]
        self.run: Table = []
        self.off: Table = []

    def _find_left(self) -> list[range]:
        """Return how many slots may be left to be had of its day, for each slot."""
        left: list[range] = []
        most = max(0, self.most - self.spent.slots)
        for _, day in groupby(self.days):
            slots = len(list(day))
            for number in range(slots):
                highest = min(self.most, slots - number)
                lowest = min(max(0, most - number), highest)
                left.append(range(lowest, highest + 1))
            most = self.most
        return left

    def _margins(self, zone: tzinfo) -> dict[int, float]:
        """Return what the dearest of the cheapest hours costs, for each day."""
        rule = self.rule
        if rule.hours is None:
            return dict.fromkeys(self.days, 0.0 if rule.limit is None else rule.limit)
        of_day: dict[int, list[float]] = {day: [] for day in self.days}
        for slot, price in self.prices.items():
            if rule.limit is None or price <= rule.limit:
                of_day.setdefault(_day(slot, zone), []).append(price)
        return {
            day: sorted(each)[: max(1, self.most)][-1] if each else 0.0
            for day, each in of_day.items()
        }

    def _start_worth(self, index: int) -> float:
        """Return what the shortest block from a slot on is worth; its ramp takes less."""
        if index + self.least > self.count:
            return inf
        total = 0.0
        for age in range(self.least):
            ramp = min(max(self.rule.ramp - age * SLOT, 0), SLOT) / SLOT
            part = 1 - (1 - self.rule.ramp_part) * ramp
            total += self.worth[index + age] * part - self.bonus
        return total

    def _after(self, table: Table, index: int, slots: int, starts: int) -> Row:
        """Return what it is worth to take some slots, without these themselves.

        They are taken from those of the day; at midnight there are new ones, and starts.
        """
        to, left = index + slots, self.left[index]
        if self.days[to] == self.days[index]:
            return self._shifted(table[to][starts], left, self.left[to], slots)
        today = next(
            n for n in range(1, slots + 1) if self.days[index + n] != self.days[index]
        )
        then = max(0, self.most - (slots - today))
        worth = _at(table[to][self.starts], self.left[to], then)
        return [inf if self.is_counted and n < today else worth for n in left]

    def _shifted(self, row: Row, left: range, then: range, slots: int) -> Row:
        """Return a row as one by what is left before some slots are taken."""
        if not self.is_counted:
            return row
        too_few = min(max(0, slots - left.start), len(left))
        first = left.start + too_few - slots - then.start
        enough = row[first : first + len(left) - too_few]
        more = len(left) - too_few - len(enough)
        return [inf] * too_few + enough + row[-1:] * more

    def _skip(self, index: int, starts: int) -> Row:
        """Return what it is worth not to mine in a slot."""
        after, left, then = self.off[index + 1], self.left[index], self.left[index + 1]
        if self.days[index + 1] == self.days[index]:
            return self._shifted(after[starts], left, then, 0)
        return [_at(after[self.starts], then, self.most)] * len(left)

    def _go_on(self, index: int, starts: int) -> Row:
        """Return what it is worth to go on for a slot."""
        worth = self.worth[index] - self.bonus
        return [worth + each for each in self._after(self.run, index, 1, starts)]

    def _begin(self, index: int, starts: int) -> Row:
        """Return what it is worth to begin a block."""
        worth = self.begun[index]
        if not starts or worth == inf:
            return [inf] * len(self.left[index])
        row = self._after(self.run, index, self.least, starts - 1)
        return [worth + each for each in row]

    def _fill(self) -> None:
        """Go back from the end of what is known."""
        starts = range(self.starts + 1)
        end = [[0.0] * len(self.left[-1]) for _ in starts]
        self.run = [end] * (self.count + 1)
        self.off = [end] * (self.count + 1)
        for index in reversed(range(self.count)):
            run, off = [], []
            for left in starts:
                skip = self._skip(index, left)
                run.append(list(map(min, skip, self._go_on(index, left), strict=True)))
                off.append(list(map(min, skip, self._begin(index, left), strict=True)))
            self.run[index], self.off[index] = run, off

    def chosen(self) -> set[int]:
        """Return the slots of the best blocks; of equal ones the earlier."""
        self._fill()
        found: set[int] = set()
        starts = min(self.starts, self.starts_left[self.days[0]])
        had, index = self.spent.slots, 0
        is_running, lacks = self.spent.is_running, self.spent.lacks
        while index < self.count:
            left, of_slot = max(0, self.most - had), self.left[index]
            skip = _at(self._skip(index, starts), of_slot, left)
            slots = 0
            if is_running and self.worth[index] < inf:
                best = _at(self._go_on(index, starts), of_slot, left)
                slots = 1 if lacks > 0 or best <= skip else 0
            elif (
                not is_running
                and _at(self._begin(index, starts), of_slot, left) <= skip
            ):
                slots, starts = self.least, starts - 1
            is_running = slots > 0
            lacks -= 1
            for _ in range(max(1, slots)):
                if is_running:
                    found.add(self.first + index)
                    had += 1
                index += 1
                if self.days[index] != self.days[index - 1]:
                    starts, had = self.starts, 0
        return found

    def add_negative(self, chosen: set[int]) -> None:
        """Add times with a negative price: beside a block, or long enough for one."""
        negative = [
            slot
            for slot in range(self.first, self.first + self.count)
            if self.worth[slot - self.first] < inf and self.prices[slot] < 0
        ]
        if self.spent.is_running and self.first in negative:
            chosen.add(self.first)
        for slot in negative:
            if slot - 1 in chosen:
                chosen.add(slot)
        for slot in reversed(negative):
            if slot + 1 in chosen:
                chosen.add(slot)
        free = [slot for slot in negative if slot not in chosen]
        for slots in sorted(
            _runs(free), key=lambda run: sum(self.prices[slot] for slot in run)
        ):
            day = self.days[slots[0] - self.first]
            begun = {
                slot
                for slot in chosen
                if slot - 1 not in chosen and self.days[slot - self.first] == day
            }
            if self.spent.is_running:
                begun.discard(self.first)
            starts = self.starts_left.get(day, self.rule.starts)
            if len(slots) >= self.least and len(begun) < starts:
                chosen.update(slots)


def _day(slot: int, zone: tzinfo) -> int:
    """Return the local day of a slot, as a number."""
    return datetime.fromtimestamp(slot * SLOT, zone).toordinal()


def _at(row: Row, left: range, slots: int) -> float:
    """Return what a row has for so many slots that are left."""
    return row[min(slots, left[-1]) - left.start]


def _runs(slots: list[int]) -> list[list[int]]:
    """Return slots in order as lists without a gap."""
    runs: list[list[int]] = []
    for slot in slots:
        if runs and slot == runs[-1][-1] + 1:
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return runs
