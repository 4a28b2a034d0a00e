"""Days of prices and weeks of heat through the law: what issue 14 promises of them."""

from datetime import date, timedelta

import pytest

from .account import energy_by_day, saved, starts_by_day
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
    switched = play_thermostat(week_of(day.room), on_off(0.5))
    assert sum(starts) <= len(switched.starts) / 2
