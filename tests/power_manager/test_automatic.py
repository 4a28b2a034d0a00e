"""Days of prices and weeks of heat through the law: what issue 14 promises of them."""

from datetime import date, timedelta
from functools import cache

import pytest

from .account import saved, starts_by_day
from .days import Day
from .heat_player import on_off, play as play_thermostat, week_of
from .kinds_automatic import FULL, make_automatic, priced
from .machine import STEP, tuned_power
from .player import Played, play
from .room import held

LOWEST, MOST = tuned_power(FULL, 40) / 1000, FULL / 1000
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def _starts(day: Day, played: Played) -> list[int]:
    """Return the starts of each local day."""
    (machine,) = played.machines
    return list(
        starts_by_day(day, [each - day.begin for each in machine.starts]).values()
    )


@pytest.mark.parametrize("hourly", [False, True], ids=["quarters", "hours"])
@pytest.mark.parametrize(
    ("seed", "first", "hours"),
    [(1, SPRING, 6), (2, AUTUMN, 6), (3, date(2026, 1, 12), 3)],
)
def test_prices(seed: int, first: date, hours: float, *, hourly: bool) -> None:
    """Of what can be saved 5 % are not, at most; and a day has its hours."""
    day = priced(seed, first - timedelta(days=10), 20, hourly=hourly, cheap_hours=hours)
    played = play(day)
    assert saved(day, played.power).lost <= 0.05
    assert max(_starts(day, played)) <= 3
    assert min(run for each in played.machines for run in each.runs) >= 3590


@cache
def _week(kind: str, seed: int) -> tuple[Day, Played]:
    """Return a week of heat, and how it went."""
    day = make_automatic(kind, seed)
    return day, play(day)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["winter", "transition", "tank"])
def test_heat(kind: str, seed: int) -> None:
    """The target is held with few starts."""
    day, played = _week(kind, seed)
    assert day.room is not None
    part = held(day.room, played.temperatures, STEP, LOWEST, MOST)
    assert part is not None
    assert part >= 0.95
    starts = _starts(day, played)
    assert max(starts) <= 2
    switched = play_thermostat(week_of(day.room), on_off(0.5))
    assert sum(starts) <= len(switched.starts) / 2
