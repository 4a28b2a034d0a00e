"""`scripts/days`: a piece of a day, its sums, and files that are no day."""

from collections.abc import Callable
import json
from math import exp, inf
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from scripts.day_player.__main__ import arguments, main
from scripts.day_player.files import DayFile, parse, with_low_start
from scripts.day_player.play import play, stopped_time

ROOM = {
    "capacity_kwh_per_k": 6,
    "loss_kw_per_k": 0.1,
    "start": 20,
    "outside": [0],
    "target": [21],
}
PRICE = {"start": "2026-05-14T11:00", "end": "2026-05-14T12:00", "value": 0.2}
BATTERY = {"kwh": 0.5, "power": 4000, "lag": 7, "charge": 90}
STEP = 10
KWH = 3_600_000


def a_day(**changes: Any) -> dict[str, Any]:
    """Return the content of a file: 40 minutes of sun, then five of cloud."""
    return {
        "name": "piece",
        "step": STEP,
        "date": "2026-05-14",
        "timezone": "Europe/Berlin",
        "start": "11:00",
        "pv": [4800] * 240 + [1400] * 30,
        "load": [300] * 270,
        "meter": {"every": 10, "mean": False},
        "miners": [{"model": "M50S_VH50", "power": 3300}],
        "manager": {"least_run": 30, "full_power": {"1": 3300}},
        **changes,
    }


def grid_of(
    day: dict[str, Any], power: list[float]
) -> tuple[list[float], float | None]:
    """Return the power from the grid, and the charge of the battery in the end, in kWh."""
    battery = day.get("battery")
    if battery is None:
        both = zip(day["load"], day["pv"], power, strict=True)
        return [load - pv + own for load, pv, own in both], None
    energy, gives, grid = battery["kwh"] * battery["charge"] / 100, 0.0, []
    for load, pv, own in zip(day["load"], day["pv"], power, strict=True):
        missing = load - pv + own
        goal = max(-battery["power"], min(battery["power"], missing))
        gives = goal + (gives - goal) * exp(-STEP / battery["lag"])
        if (energy >= battery["kwh"] and gives < 0) or (energy <= 0 and gives > 0):
            gives = 0.0
        energy -= gives * (1 if gives > 0 else 0.95) * STEP / KWH
        energy = min(battery["kwh"], max(0.0, energy))
        grid.append(missing - gives)
    return grid, energy


@pytest.mark.parametrize("battery", [None, BATTERY])
async def test_piece_of_a_day(
    hass: HomeAssistant, battery: dict[str, float] | None
) -> None:
    """The miner starts, follows, and the sums are those of what it drew."""
    content = a_day(battery=battery)
    day: DayFile = parse(content)
    with stopped_time(hass, day) as time:
        line = (await play(hass, time, day)).as_json(day.step)
    assert list(line) == [
        "name",
        "mined_kwh",
        "used_kwh",
        "grid_kwh",
        "starts",
        "starts_by_day",
        "shortest_run_s",
        "shortest_rest_s",
        "longest_import_s",
        "commands",
        "power",
    ]
    power = line["power"]
    assert (line["name"], len(power), line["starts"]) == ("piece", 270, [1])
    assert line["starts_by_day"] == {"2026-05-14": [1]}
    assert line["commands"] >= 2
    assert power[0] == pytest.approx(13.5, abs=1)
    # Tuned, with more surplus than it takes; then at its lowest, under the cloud.
    assert power[239] == pytest.approx(3300, rel=0.03)
    assert power[260] == pytest.approx(262 + 0.4 * (3300 - 262), rel=0.05)
    with_miner, charge = grid_of(content, power)
    without, charge_without = grid_of(content, [0.0] * 270)
    taken = sum(max(0, each) for each in with_miner)
    taken -= sum(max(0, each) for each in without)
    missing = max(0.0, (charge_without or 0.0) - (charge or 0.0))
    assert line["mined_kwh"] == pytest.approx(sum(power) * STEP / KWH, abs=0.001)
    assert line["grid_kwh"] == pytest.approx(taken * STEP / KWH + missing, abs=0.001)
    used = line["mined_kwh"] - line["grid_kwh"]
    assert line["used_kwh"] == pytest.approx(used, abs=2e-4)
    assert (missing > 0) is (battery is not None)


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2", "3.0.2"])
async def test_low_start(hass: HomeAssistant, api: str) -> None:
    """Who can start low uses a surplus that no other starts with; later it draws all."""
    minute = 60 // STEP
    low = with_low_start(parse(a_day(manager={"least_run": 20})))
    assert low.apis == ("3.0.2",)
    day = parse(
        a_day(
            pv=[1900] * 10 * minute + [4800] * 30 * minute,
            load=[300] * 40 * minute,
            miners=[{"power": 3300, "api": api}],
            manager=low.day.manager,
        )
    )
    with stopped_time(hass, day) as time:
        line = (await play(hass, time, day)).as_json(day.step)
    power = line["power"]
    if api == "2.0.5":
        assert max(power[: 10 * minute]) < 20
        return
    assert line["starts"] == [1]
    assert min(power[6 * minute : 10 * minute]) > 200
    # Until it is tuned, it draws no more than its lowest power.
    assert max(power[: 20 * minute]) < 1.05 * (262 + 0.4 * (3300 - 262))
    assert power[-1] == pytest.approx(3300, rel=0.03)
    assert line["grid_kwh"] == pytest.approx(0, abs=0.005)
    assert sum(power) * STEP / KWH == pytest.approx(line["mined_kwh"], abs=0.001)


async def test_hours_of_prices(hass: HomeAssistant) -> None:
    """The miner runs in the hour that is cheap, not before its price is known."""
    steps = 3 * 3600 // STEP
    hours = [f"2026-05-14T{hour}:00" for hour in (11, 12, 13, 14)]
    values = (0.3, 0.1, 0.3)
    prices = [
        {"start": start, "end": end, "value": value}
        for start, end, value in zip(hours, hours[1:], values, strict=False)
    ]
    prices[1]["known_from"] = "2026-05-14T11:30"
    day = parse(
        a_day(
            pv=[0] * steps,
            load=[300] * steps,
            price=prices,
            meter={"every": 60},
            manager={"cheap_limit": 0.15},
        )
    )
    with stopped_time(hass, day) as time:
        line = (await play(hass, time, day)).as_json(day.step)
    power = line["power"]
    assert max(power[: steps // 3]) < 20
    # A start and a stop take their moment.
    assert min(power[steps // 3 + 3 : steps * 2 // 3]) > 200
    assert max(power[steps * 2 // 3 + 6 :]) < 20
    assert line["shortest_run_s"] == pytest.approx(3600, abs=20)
    worth = [
        sum(power[at : at + steps // 3]) * STEP / KWH * value
        for at, value in zip(range(0, steps, steps // 3), values, strict=True)
    ]
    assert line["cost"] == pytest.approx(sum(worth), abs=1e-4)
    assert line["mean_price"] == pytest.approx(sum(worth) / line["mined_kwh"], abs=1e-4)


async def test_start_at_its_end(hass: HomeAssistant) -> None:
    """What begins at the midnight that ends it is of no day that was played."""
    steps = 1800 // STEP
    cheap = {"start": "2026-05-15T00:00", "end": "2026-05-15T02:00", "value": 0.1}
    day = parse(
        a_day(
            start="23:30",
            pv=[0] * steps,
            load=[300] * steps,
            price=[cheap],
            manager={"cheap_limit": 0.15},
        )
    )
    with stopped_time(hass, day) as time:
        line = (await play(hass, time, day)).as_json(day.step)
    assert line["commands"] == 1
    assert line["starts_by_day"] == {"2026-05-14": [0]}


async def test_hours_of_heat(hass: HomeAssistant) -> None:
    """A room comes to its target, and stays there."""
    steps = 3 * 3600 // STEP
    room = {**ROOM, "capacity_kwh_per_k": 2, "start": 20.6}
    day = parse(
        a_day(
            pv=[0] * steps,
            load=[300] * steps,
            room=room,
            meter={"every": 60},
            manager={"use_surplus": False},
        )
    )
    with stopped_time(hass, day) as time:
        line = (await play(hass, time, day)).as_json(day.step)
    warmth = [20.6]
    for power in line["power"]:
        gained = (power / 1000 - 0.1 * warmth[-1]) * STEP / 3600 / 2
        warmth.append(warmth[-1] + gained)
    assert line["coldest"] == pytest.approx(min(warmth[1:]), abs=0.02)
    assert line["warmest"] == pytest.approx(max(warmth), abs=0.02)
    assert line["starts"] == [1]
    assert line["held"] == 1
    assert abs(warmth[-1] - 21) < 0.25
    # It throttles: it neither stands nor takes all.
    assert 1500 < line["power"][-1] < 3000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pvs": []}, "unknown keys: pvs"),
        ({"pv": [1, 2]}, "same length"),
        ({"pv": []}, "pv must be a list"),
        ({"pv": [float("nan")] * 270}, "each of pv must be from"),
        ({"load": ["300"] * 270}, "each of load must be a number"),
        ({"name": 3}, "name must be text"),
        ({"date": "2026-02-30"}, "date, start or timezone"),
        ({"timezone": "Europe/Nowhere"}, "date, start or timezone"),
        ({"step": 15}, "multiple of 10 s"),
        ({"meter": {"every": 5}}, "every of meter must be from"),
        ({"meter": {"mean": 1}}, "mean of meter"),
        ({"miners": []}, "miners must be"),
        ({"miners": [{"model": "M1"}]}, "model is unknown: M1"),
        ({"miners": [{"model": ["M1"]}]}, "model is unknown: ['M1']"),
        ({"miners": [{"api": "2.0"}]}, "api is unknown: 2.0; known: 2.0.5"),
        ({"miners": [{"power": 10}]}, "power of a miner must be from"),
        ({"battery": {"kwh": 10, "size": 1}}, "battery has unknown keys: size"),
        ({"battery": {"charge": 101}}, "charge of battery must be from"),
        ({"manager": {"budget": 1}}, "manager has unknown keys: budget"),
        ({"manager": {"grid_budget": -1}}, "grid_budget of manager"),
        ({"manager": {"full_power": {"2": 3000}}}, "full_power of manager has unknown"),
        ({"manager": {"price": "sensor.x"}}, "manager has unknown keys: price"),
        ({"manager": {"price_action": "x.y"}}, "manager has unknown keys: price_ac"),
        ({"price": 0.3}, "price must be a list"),
        ({"price": [0.3]}, "each of price must be an object"),
        ({"price": [{**PRICE, "unit": "ct"}]}, "each of price has unknown keys: unit"),
        ({"price": [{"start": "2026-05-14T11:00"}]}, "end of price is missing"),
        ({"price": [{**PRICE, "start": 3}]}, "start of price is no time"),
        (
            {"price": [{**PRICE, "start": "2026-05-14T12:00"}]},
            "must be after its start",
        ),
        ({"price": [{**PRICE, "start": "2025-05-12T12:00"}]}, "a year at most"),
        ({"price": [{**PRICE, "value": None}]}, "value of price must be a number"),
        ({"price": [{**PRICE, "known_from": "noon"}]}, "known_from of price is no"),
        ({"price": [PRICE, PRICE]}, "two of price overlap at 2026-05-14T11:00"),
        (
            {"feed_in": [{**PRICE, "start": "2026-10-25T02:30"}]},
            "start of feed_in needs its offset",
        ),
        ({"room": 20}, "room must be an object"),
        ({"room": {}}, "capacity_kwh_per_k of room is missing"),
        ({"room": {**ROOM, "loss": 1}}, "room has unknown keys: loss"),
        ({"room": {**ROOM, "target": []}}, "target of room must be a list"),
        ({"room": {**ROOM, "outside": [0, "x"]}}, "each of outside of room must be a"),
        ({"room": {**ROOM, "draw": 1}}, "draw of room must be a list"),
        ({"room": {**ROOM, "capacity_kwh_per_k": 0}}, "capacity_kwh_per_k of room mus"),
    ],
)
def test_no_day(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    words: str,
) -> None:
    """A file that is no day is one line of error, and nothing is played."""
    path = tmp_path / "day.json"
    path.write_text(json.dumps(a_day(**changes)))
    assert main(["--json", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(path) in err
    assert words in err


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("{"),
        lambda path: path.write_bytes(b"\xff"),
        Path.mkdir,
    ],
    ids=["no JSON", "no text", "no file"],
)
def test_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    """A file that cannot be read is the same."""
    path = tmp_path / "day.json"
    spoil(path)
    assert main(["--from", str(tmp_path), "day.json"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_examples_of_the_document() -> None:
    """The days in docs/days.md are days, and its commands are understood."""
    text = (Path(__file__).parents[2] / "docs" / "days.md").read_text("utf-8")
    commands, *days = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    parsed = [parse(json.loads(each)).day for each in days]
    assert [each.name for each in parsed] == ["my-day", "cold-night"]
    assert [each.is_automatic for each in parsed] == [False, True]
    lines = [re.split(r" {2,}", line)[0].split() for line in commands.splitlines()]
    assert {line[0] for line in lines} == {"scripts/days"}
    for line in lines:
        arguments(line[1:])


def test_defaults() -> None:
    """What a file may leave out; longer steps stand for all of their time."""
    content = a_day(step=60, pv=[1000, 2000], load=[300, 400], miners=[{}])
    del content["meter"], content["manager"]
    day = parse(content)
    assert day.day.pv.tolist() == [1000] * 6 + [2000] * 6
    assert list(day.day.miners) == [3300]
    assert (day.day.every, day.day.mean, day.day.battery) == (10, False, None)
    assert (day.day.price, day.day.feed_in, day.day.room) == ((), (), None)


def test_prices_and_room() -> None:
    """Times are of the local clock, or have their offset; values stand for each step."""
    later = {**PRICE, "start": "2026-05-14T10:00Z", "end": "2026-05-14T13:00+02:00"}
    later["known_from"] = "2026-05-14T11:30"
    content = a_day(step=60, price=[later, PRICE], room={**ROOM, "target": [21, 19]})
    day = parse(content).day
    assert [each.start for each in day.price] == [day.begin, day.begin + 3600]
    assert [each.known_from for each in day.price] == [-inf, day.begin + 1800]
    assert day.room is not None
    assert [day.room.value(day.room.target, each) for each in (59, 60, 900)] == [
        21,
        19,
        19,
    ]
    assert day.room.draw == [0]


def test_one_price_for_days() -> None:
    """A price may be valid for several days; no source lists one that is."""
    flat = {"start": "2026-05-14T00:00", "end": "2026-05-16T12:00", "value": 0.08}
    prices = parse(a_day(price=[flat], feed_in=[flat])).day.price
    assert [(each.end - each.start) / 3600 for each in prices] == [24, 24, 12]
    assert {each.value for each in prices} == {0.08}


def test_hour_that_the_clock_skips() -> None:
    """Its begin is the end of the hour before, as a list of local hours has it."""
    hours = ["01:00", "02:00"], ["03:00", "04:00"]
    date = "2026-03-29"
    prices = parse(
        a_day(
            date=date,
            price=[
                {**PRICE, "start": f"{date}T{start}", "end": f"{date}T{end}"}
                for start, end in hours
            ],
        )
    ).day.price
    assert [each.end - each.start for each in prices] == [3600, 3600]
    assert prices[0].end == prices[1].start
