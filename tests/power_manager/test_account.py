"""What played days have cost, and in which part of them a room was as it should be."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from scripts.day_player.automatic_table import AutomaticTable
from scripts.day_player.outcome import Outcome, Switched

from .account import account, energy_by_day, saved, starts_by_day
from .days import Day
from .kinds_automatic import make_automatic, priced
from .machine import HOUR_STEPS
from .player import play
from .price_year import midnight
from .room import Air, Room, counted, held
from .tariff import Price, Tariff, day_ahead, slots_of

BERLIN = ZoneInfo("Europe/Berlin")
ROOM = Room(6, 0.1, 20, (0.0,), (20.0, 21.0), every=3600)


def _two_hours() -> Day:
    """Return an hour of sun and one without, each with a price of its own."""
    flat = np.ones(2 * HOUR_STEPS)
    pv = 2000 * flat
    pv[HOUR_STEPS:] = 0
    day = Day(name="two", pv=pv, load=0 * flat)
    first, second = day.begin, day.begin + 3600
    return replace(
        day,
        price=(
            Price(start=first, end=second, value=0.3),
            Price(start=second, end=second + 3600, value=0.2),
        ),
        feed_in=(Price(start=first, end=second + 3600, value=0.08),),
    )


def test_cost() -> None:
    """What came from the grid has its price, and what was not fed in is not earned."""
    day, power = _two_hours(), np.full(2 * HOUR_STEPS, 3000.0)
    without = day.load - day.pv
    found = account(day, power, without + power, without)
    # 1 kWh at 30 ct and 2 kWh not fed in at 8 ct, then 3 kWh at 20 ct.
    assert found.cost == pytest.approx(0.30 + 0.16 + 0.60)
    assert found.mean_price == pytest.approx(0.25)
    dear = account(replace(day, feed_in=()), power, without + power, without)
    assert dear.cost == pytest.approx(0.90)


def test_cost_that_is_not_known() -> None:
    """A missing price leaves the cost unknown, unless nothing was drawn then."""
    day = _two_hours()
    day = replace(day, price=day.price[:1])
    power = np.full(2 * HOUR_STEPS, 3000.0)
    without = day.load - day.pv
    found = account(day, power, without + power, without)
    assert (found.cost, found.mean_price) == (None, None)
    power[HOUR_STEPS:] = 0
    assert account(day, power, without + power, without).cost == pytest.approx(0.46)
    with pytest.raises(ValueError, match="not all prices"):
        saved(day, np.full(2 * HOUR_STEPS, 3000.0))


def test_local_days() -> None:
    """Energies and starts count by local days, also by that of 23 hours."""
    day = make_automatic("quarter_hours", 1)
    energies = energy_by_day(day, np.full(len(day.pv), 1000.0))
    assert list(energies.values()) == [pytest.approx(each) for each in (24, 23, 24)]
    starts = starts_by_day(day, [0.0, 86_399.0, 86_400.0, 86_400 + 23 * 3600.0])
    assert list(starts) == [date(2026, 3, each) for each in (28, 29, 30)]
    assert list(starts.values()) == [2, 1, 1]


def test_tariff() -> None:
    """A price counts from its start to before its end, and tomorrow is known at 13:00."""
    today, tomorrow = date(2026, 5, 14), date(2026, 5, 15)
    first, second = midnight(today), midnight(tomorrow)
    days = {today: {first: 0.1, first + 1: 0.2}, tomorrow: {second: 0.3}}
    tariff = Tariff(day_ahead(days, BERLIN))
    start = first * 900.0
    assert [tariff.at(start + each) for each in (-1, 0, 899, 900, 1800)] == [
        None, 0.1, 0.1, 0.2, None,
    ]  # fmt: skip
    noon = start + 13 * 3600
    assert [each.value for each in tariff.known(noon - 1, BERLIN)] == [0.1, 0.2]
    assert tariff.news_after(start) == noon
    assert [each.value for each in tariff.known(noon, BERLIN)] == [0.1, 0.2, 0.3]
    assert slots_of(tariff.known(noon + 86_400, BERLIN)) == {second: 0.3}


def test_room_loses_what_it_gets() -> None:
    """A room keeps its temperature with the power of its demand; the sensor follows."""
    air = Air(ROOM)
    for _ in range(30):
        air.step(ROOM.demand(0), 10)
    assert air.temperature == pytest.approx(20)
    air.step(8.0, 3600)
    assert air.temperature == pytest.approx(21)
    assert air.target == 21
    assert air.shown == 21.0
    air.step(2.1 - 36, 300)
    assert air.temperature == pytest.approx(20.5)
    assert air.shown == pytest.approx(21 - 0.5 * (1 - 0.3679), abs=0.05)


def test_time_that_counts() -> None:
    """A new target has the time to be reached and two hours; what cannot be does not count."""
    # From 20 to 21 degrees with 3.5 kW and 2 to 2.1 kW lost: a bit more than four hours.
    steps = counted(ROOM, 12 * 60, 60, 1.4, 3.5)
    assert steps[0] == pytest.approx(60 * (1 + 4.1 + 2), abs=5)
    assert steps[-1] == 12 * 60 - 1
    assert counted(replace(ROOM, outside=(-30.0,)), 720, 60, 1.4, 3.5) == []
    assert counted(replace(ROOM, outside=(15.0,)), 720, 60, 1.4, 3.5) == []
    assert held(ROOM, [21.4] * 720, 60, 1.4, 3.5) == 1
    assert held(ROOM, [21.6] * 720, 60, 1.4, 3.5) == 0
    assert held(replace(ROOM, outside=(15.0,)), [21.0] * 720, 60, 1.4, 3.5) is None


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A row has what there is: prices, or temperatures."""
    table = AutomaticTable()
    cheap = priced(1, date(2026, 5, 14), 2)
    warm = replace(cheap, price=(), room=Room(6, 0.1, 20, (0.0,), (20.0,)))
    for kind, day in (("cheap", cheap), ("warm", replace(warm, manager={}))):
        played = play(day, pace=6)
        (machine,) = played.machines
        starts = [each - day.begin for each in machine.starts]
        outcome = Outcome(
            day=day,
            power=played.power,
            grid=played.with_miners,
            without=played.without,
            missing=0.0,
            switched=[Switched(starts=starts, stops=[])],
            commands=played.commands,
            temperatures=played.temperatures,
        )
        table.add(kind, outcome)
    table.finish()
    _, _, of_prices, of_heat = capsys.readouterr().out.splitlines()
    cells = [each.strip() for each in of_prices.split("|")[1:-1]]
    assert cells[0] == "cheap"
    assert 95 < float(cells[6].removesuffix(" %")) <= 100
    assert cells[7:] == ["-"] * 3
    cells = [each.strip() for each in of_heat.split("|")[1:-1]]
    assert cells[4:7] == ["-"] * 3
    assert cells[9] == "100.0 %"
