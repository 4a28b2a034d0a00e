"""Plays days of prices through the cheap times, with a machine that ramps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import mean
from zoneinfo import ZoneInfo

from custom_components.whatsminer.power_manager.prices.blocks import CheapRule
from custom_components.whatsminer.power_manager.prices.cheap import CheapTimes

from .price_ideal import ideal_cost, ramp_energies
from .price_year import BERLIN, SLOT

FULL = 3.5


@dataclass
class Played:
    """What days have cost, and what was done on each of them."""

    cost: float = 0.0
    energies: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    slots: list[list[int]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    """Lengths of the runs, in slots."""


def play(
    days: Sequence[Mapping[int, float]], rule: CheapRule, zone: ZoneInfo = BERLIN
) -> Played:
    """Return what the cheap times of days cost; tomorrow is known from 13:00 on."""
    times, played = CheapTimes(zone), Played()
    ramp, whole = ramp_energies(FULL, SLOT), FULL * SLOT / 3600
    age: int | None = None
    for number, today in enumerate(days):
        tomorrow = days[number + 1] if number + 1 < len(days) else {}
        energy, starts, slots = 0.0, 0, []
        for slot in sorted(today):
            late = datetime.fromtimestamp(slot * SLOT, zone).hour >= 13
            known = {**today, **(tomorrow if late else {})}
            now = times.step(
                slot * SLOT,
                known,
                rule,
                is_mining=age is not None,
                starts_today=starts,
            )
            if now.is_cheap:
                if age is None:
                    age, starts = 0, starts + 1
                times.step(
                    slot * SLOT + 300, known, rule, is_mining=True, starts_today=starts
                )
                slots.append(slot)
                had = ramp[age] if age < len(ramp) else whole
                energy, age = energy + had, age + 1
                played.cost += had * today[slot]
            elif age is not None:
                played.runs.append(age)
                age = None
        played.energies.append(energy)
        played.starts.append(starts)
        played.slots.append(slots)
    return played


def lost(days: Sequence[Mapping[int, float]], played: Played, starts: int = 3) -> float:
    """Return which part of what can be saved was not."""
    ideal = ideal_cost(days, played.energies, FULL, starts)
    dull = sum(
        energy * mean(prices.values())
        for prices, energy in zip(days, played.energies, strict=True)
    )
    return (played.cost - ideal) / (dull - ideal)
