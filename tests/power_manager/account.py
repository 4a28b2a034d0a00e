"""What prices and a room come to in a played day."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from .days import Day
from .machine import STEP, Watts
from .price_ideal import ideal_cost
from .tariff import Tariff, by_day, slots_of

_KWH = 3_600_000.0
IDEAL_STARTS = 3


@dataclass(frozen=True, kw_only=True)
class Account:
    """Money, in the currency of the prices; None: some of it is not known."""

    cost: float | None
    """By how much the bill is higher with the miners than without."""
    mean_price: float | None
    """Of a kWh that they drew."""


def account(day: Day, power: Watts, grid: Watts, without: Watts) -> Account:
    """Return what the power of the miners has cost."""
    if not day.price:
        return Account(cost=None, mean_price=None)
    prices = _each_step(Tariff(day.price), day)
    earns = _each_step(Tariff(day.feed_in), day) if day.feed_in else 0.0 * prices
    taken = np.maximum(0, grid) - np.maximum(0, without)
    kept = np.maximum(0, -without) - np.maximum(0, -grid)
    cost = _sum(taken, prices), _sum(kept, earns)
    energy, worth = float(power.sum()) * STEP / _KWH, _sum(power, prices)
    return Account(
        cost=None if None in cost else sum(each or 0.0 for each in cost),
        mean_price=worth / energy if worth is not None and energy else None,
    )


def _each_step(tariff: Tariff, day: Day) -> Watts:
    """Return the price of each step; one that is not known is no number."""
    begin = day.begin
    found = [tariff.at(begin + index * STEP) for index in range(len(day.pv))]
    return np.array([np.nan if each is None else each for each in found])


def _sum(power: Watts, prices: Watts) -> float | None:
    """Return the worth of some power; None: the price of some of it is not known."""
    if np.isnan(prices[power != 0]).any():
        return None
    return float(np.nansum(power * prices)) * STEP / _KWH


def starts_by_day(day: Day, starts: list[float]) -> dict[date, int]:
    """Return the starts of each local day, given in s from the beginning."""
    first, last = day.on(0), day.on((len(day.pv) - 1) * STEP)
    days = range(first.toordinal(), last.toordinal() + 1)
    found = dict.fromkeys(map(date.fromordinal, days), 0)
    for each in starts:
        found[day.on(each)] += 1
    return found


def energy_by_day(day: Day, power: Watts) -> dict[date, float]:
    """Return the kWh of each local day."""
    found: dict[date, float] = {}
    quarter = round(900 / STEP)
    for index in range(0, len(power), quarter):
        on = day.on(index * STEP)
        energy = float(power[index : index + quarter].sum()) * STEP / _KWH
        found[on] = found.get(on, 0.0) + energy
    return found


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What cheap times have saved of what could be saved with the same energy."""

    cost: float
    ideal: float
    dull: float
    """At the mean price of each day."""

    @property
    def lost(self) -> float:
        """Return which part was not saved."""
        return (self.cost - self.ideal) / (self.dull - self.ideal)


def saved(day: Day, power: Watts) -> Saved:
    """Compare with somebody who knows all prices; all energy is from the grid."""
    days = by_day(slots_of(day.price), day.zone)
    energies = energy_by_day(day, power)
    costs = _sum(power, _each_step(Tariff(day.price), day))
    if costs is None:
        raise ValueError("not all prices are known")
    full = sum(day.miners) / 1000
    prices = [days[each] for each in energies]
    ideal = ideal_cost(prices, list(energies.values()), full, IDEAL_STARTS)
    means = [sum(each.values()) / len(each) for each in prices]
    dull = sum(a * b for a, b in zip(energies.values(), means, strict=True))
    return Saved(cost=costs, ideal=ideal, dull=dull)
