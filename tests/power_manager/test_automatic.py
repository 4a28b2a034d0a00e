"""Days of prices and weeks of heat through the law: what issue 14 promises of them."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from custom_components.whatsminer.power_manager.law.models import Reason

from .account import energy_by_day, saved, starts_by_day
from .days import Day
from .heat_player import on_off, play as play_thermostat, week_of
from .kinds_automatic import FULL, heated, make_automatic, priced
from .machine import HOUR_STEPS, STEP, tuned_power
from .player import Played, play
from .price_year import BERLIN, year
from .room import Room, held
from .tariff import day_ahead

LOWEST, MOST = tuned_power(FULL, 40) / 1000, FULL / 1000
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def _starts(day: Day, played: Played) -> list[int]:
    """Return the starts of each local day."""
    (machine,) = played.machines
    return list(
        starts_by_day(day, [each - day.begin for each in machine.starts]).values()
    )


@pytest.mark.parametrize(
    ("seed", "change", "hourly"),
    [(1, SPRING, False), (2, AUTUMN, True)],
    ids=["quarters", "hours"],
)
def test_prices(seed: int, change: date, *, hourly: bool) -> None:
    """Of what can be saved 5 % are not, at most; days of any length have their hours."""
    first = change - timedelta(days=10)
    day = priced(seed, first, 20, hourly=hourly, cheap_hours=6)
    played = play(day, pace=6)
    assert saved(day, played.power).lost <= 0.05
    assert max(_starts(day, played)) <= 3
    assert min(run for each in played.machines for run in each.runs) >= 3600 - STEP
    energy = list(energy_by_day(day, played.power).values())
    # Six hours at full power, less what a ramp lacks; negative prices are taken as well.
    assert min(energy) >= 6 * MOST - 3 * 0.4


@pytest.mark.parametrize("kind", ["winter", "transition", "tank"])
def test_heat(kind: str) -> None:
    """The target is held with few starts."""
    day = make_automatic(kind, 1)
    played = play(day, pace=3)
    assert day.room is not None
    part = held(day.room, played.temperatures, STEP, LOWEST, MOST)
    assert part is not None
    assert part >= 0.95
    starts = _starts(day, played)
    assert max(starts) <= 2
    # Noise of what is measured, and of a sensor with tenths, is not followed.
    assert played.commands <= 7 * 150
    switched = play_thermostat(week_of(day.room), on_off(0.5))
    assert sum(starts) <= len(switched.starts) / 2


def _sunny(room: Room, **options: Any) -> Day:
    """Return two days with six hours of sun each, and a room."""
    day = heated(date(2026, 5, 14), room, 2, **options)
    hour = np.arange(len(day.pv)) * STEP / 3600 % 24
    return replace(day, pv=np.where((hour >= 10) & (hour < 16), 4500.0, 0.0))


def test_surplus_beyond_the_demand() -> None:
    """Surplus is taken up to the upper temperature, which is passed by 1 K at most."""
    room = Room(2, 0.12, 21, (8.0,), (21.0,))
    free = play(_sunny(room, use_surplus=True), pace=3)
    assert max(free.temperatures) > 24
    day = _sunny(room, use_surplus=True, room_upper=22.5)
    played = play(day, pace=3)
    assert 22.3 < max(played.temperatures) <= 23.5
    assert max(_starts(day, played)) <= 3
    # The next night it heats again.
    assert min(played.temperatures[10 * HOUR_STEPS :]) > 20.5


def test_clouds_do_not_leave_it_cold() -> None:
    """Surplus that comes and goes all day leaves a start for the evening."""
    room = Room(5, 0.13, 18, (6.0,), (16.0,) * 17 + (21.0,) * 5 + (16.0,), every=3600)
    day = heated(date(2026, 5, 14), room, 1, use_surplus=True)
    hour = np.arange(len(day.pv)) * STEP / 3600
    is_sunny = (hour >= 7) & (hour < 17) & (hour % 1.25 < 0.5)
    played = play(replace(day, pv=np.where(is_sunny, 6000.0, 0.0)), pace=3)
    assert _starts(day, played) == [5]
    at_six = played.plans[18 * HOUR_STEPS // 3]
    assert at_six.reason is Reason.HEAT
    assert at_six.target > 0.9 * FULL


def test_all_reasons_in_a_day() -> None:
    """Cheap by night, heat in the morning, surplus by day: each when it is the largest."""
    days = year(1, date(2026, 5, 14), 2)
    night = {
        day: {slot: 0.1 if at < 12 else 0.3 for at, slot in enumerate(slots)}
        for day, slots in days.items()
    }
    room = Room(6, 0.15, 21, (5.0,), (18.0,) * 5 * HOUR_STEPS + (21.0,))
    day = _sunny(room, use_surplus=True, cheap_hours=3, room_upper=23)
    day = replace(day, price=tuple(day_ahead(night, BERLIN)))
    played = play(day, pace=3)
    reasons = [each.reason for each in played.plans for _ in range(3)]
    hours = {at: Counter(reasons[at * 360 : (at + 1) * 360]) for at in range(24)}
    assert hours[1].most_common(1)[0][0] is Reason.CHEAP
    assert hours[8].most_common(1)[0][0] is Reason.HEAT
    assert hours[12].most_common(1)[0][0] is Reason.SURPLUS
    changes = [after for before, after in pairwise(reasons) if after is not before]
    # No fighting: a reason stays for hours.
    assert len(changes) <= 12
    assert max(_starts(day, played)) <= 3
