"""Absurd numbers in every field of every generation: none is shown as true.

The readers get recorded answers with one number replaced at a time. What comes out is
walked field by field against the table of ranges.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
import json
import os
import random
from time import process_time
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    InvalidResponse,
    MinerData,
    lenient_json,
    ranges,
)
from custom_components.whatsminer.client.dialects import (
    v2_fields,
    v2_identity,
    v3_fields,
)
from custom_components.whatsminer.client.known import Known
from custom_components.whatsminer.client.ranges import Kind
from tests.replay.cases import all_cases
from tests.replay.recording import Recording

NOW = 1_795_000_000.0
# As a device writes them.
ABSURD = (
    *("2147483647", "-2147483648", "4294967295", "65535", "1000000", "1e11", "-1"),
    *("-273", "-10000000", "1e18", "9223372036854775807", "1e400", "-1e400", "NaN"),
    *("Infinity", "1" + "0" * 400, "9" * 5000, "true", '"2147483647"', '"1e400"'),
    *('"nan"', '"1_000_000"', f'"{"9" * 2000}"', "0.1e-300", "[65535]", '{"a": 65535}'),
)
FUZZ = int(os.environ.get("WHATSMINER_FUZZ", "2000"))

_SLOT = Kind(0, ranges.MOST_ROWS - 1)
KINDS: dict[str, Kind] = {
    "slot": _SLOT,
    "priority": _SLOT,
    "code": ranges.ERROR_CODE,
    "power": ranges.POWER,
    "power_average": ranges.POWER,
    "power_in": ranges.POWER,
    "power_limit": ranges.POWER_LIMIT,
    "power_limit_set": ranges.POWER_LIMIT,
    "energy_lifetime": ranges.ENERGY,
    "energy_since_power_on": ranges.ENERGY,
    "hashrate": ranges.HASHRATE,
    "hashrate_15m": ranges.HASHRATE,
    "hashrate_average": ranges.HASHRATE,
    "hashrate_factory": ranges.RATING,
    "power_rate": ranges.POWER_RATE,
    "efficiency": ranges.POWER_RATE,
    "temperature": ranges.HOT_TEMPERATURE,
    "board_temperature": ranges.HOT_TEMPERATURE,
    "chip_temperature_min": ranges.HOT_TEMPERATURE,
    "chip_temperature_average": ranges.HOT_TEMPERATURE,
    "chip_temperature_max": ranges.HOT_TEMPERATURE,
    "environment_temperature": ranges.ENVIRONMENT,
    "coolant_temperature": ranges.COOLANT,
    "voltage_in": ranges.MAINS_VOLTAGE,
    "voltage_out": ranges.BOARD_VOLTAGE,
    "current_in": ranges.MAINS_CURRENT,
    "fan_speed": ranges.PSU_FAN_SPEED,
    "fan_speed_in": ranges.FAN_SPEED,
    "fan_speed_out": ranges.FAN_SPEED,
    "frequency": ranges.FREQUENCY,
    "target_frequency_percent": ranges.FREQUENCY_PERCENT,
    "power_percent": ranges.POWER_PERCENT,
    "upfreq_speed": ranges.UPFREQ_SPEED,
    "temperature_offset": ranges.TEMPERATURE_OFFSET,
    "uptime": ranges.SECONDS,
    "mining_uptime": ranges.SECONDS,
    "accepted": ranges.COUNT,
    "rejected": ranges.COUNT,
    "stale": ranges.COUNT,
    "rejected_percent": ranges.PERCENT,
    "stale_percent": ranges.PERCENT,
    "last_share": ranges.EPOCH,
    "chips": ranges.CHIPS,
}
# Fields that no recording has.
MORE_V3: dict[str, Any] = {
    "power-on-stats": {"energy-ws": 70_653_003, "reject-percent": 0},
    "cumulative-stats": {"energy-ws": 9_070_653_003, "total-secs": 9_000_000},
}
SETTING: dict[str, Any] = {
    "power-limit": 3500,
    "power-percent": 0,
    "target-freq": 0,
    "upfreq-speed": 2,
    "power-mode": "normal",
    "heat-mode": "normal",
    "fan-temp-offset": -5,
    "btrom-worker-suffix": "x",
}

type Path = tuple[str | int, ...]


@dataclass
class Answers:
    """The answers of one miner, and the reader of its generation."""

    name: str
    parts: dict[str, Any]
    read: Callable[[dict[str, Any]], MinerData]


def recorded() -> Iterator[Answers]:
    """Return the first case of each recording."""
    seen = set()
    for case in all_cases():
        if case.folder in seen or case.refuses:
            continue
        seen.add(case.folder)
        recording = case.recording()
        if recording.v2:
            parts = {
                command: lenient_json.loads(raw)
                for command, raw in recording.v2.items()
                if "+" not in command
            }
            yield Answers(case.title, parts, _read_v2)
        if recording.v3:
            yield Answers(f"{case.title} v3", _parts_v3(recording), _read_v3)


def _parts_v3(recording: Recording) -> dict[str, Any]:
    """Return what the reader of API 3 wants."""
    parts: dict[str, Any] = {"info": {}, "status": {}, "setting": dict(SETTING)}
    for command, raw in recording.v3.items():
        message = lenient_json.loads(raw).get("msg")
        name = command.partition(" ")[0]
        if isinstance(message, dict) and name == "get.device.info":
            parts["info"] |= message
        if isinstance(message, dict) and name == "get.miner.status":
            parts["status"] |= message
    if summary := parts["status"].get("summary"):
        parts["status"]["summary"] = summary | MORE_V3
    return parts


def _read_v2(parts: dict[str, Any]) -> MinerData:
    """Read the answers of API v2."""
    return v2_fields.parse_v2_data(parts, Known(), NOW)


def _read_v3(parts: dict[str, Any]) -> MinerData:
    """Read the answers of API v3."""
    found = (parts.get("info"), parts.get("status"), parts.get("setting"))
    return v3_fields.parse_v3_data(*found, Known(), NOW)


ALL = list(recorded())


def outside(value: Any, name: str = "", rating: float | None = None) -> Iterator[str]:
    """Return what is shown although it cannot be true."""
    if is_dataclass(value):
        if isinstance(value, MinerData):
            rating = value.hashrate_factory
        for field in fields(value):
            yield from outside(getattr(value, field.name), field.name, rating)
    elif isinstance(value, tuple):
        for each in value:
            yield from outside(each, name, rating)
    elif isinstance(value, str):
        if len(value) > 255:
            yield f"{name}: {len(value)} characters"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not KINDS[name].believes(value):
            yield f"{name}: {value}"
        elif name.startswith("hashrate") and rating and value > 3 * rating:
            yield f"{name}: {value} with a rating of {rating}"


@pytest.mark.parametrize("answers", ALL, ids=lambda answers: answers.name)
def test_recorded(answers: Answers) -> None:
    """What real miners report can be true, and nothing of it is doubted."""
    data = answers.read(answers.parts)
    assert list(outside(data)) == []
    assert data.unbelievable == ()


def test_absurd_numbers(record_property: Callable[[str, object], None]) -> None:
    """None of the absurd numbers is shown, whatever field it stands in."""
    given = [lenient_json.loads(f'{{"a": {text}}}'.encode())["a"] for text in ABSURD]
    found = []
    tried = 0
    seen = Counter[tuple[object, Path]]()
    for answers in ALL:
        for path in list(_numbers(answers.parts)):
            # Rows of a list are alike; two miners are enough for each field.
            seen[answers.read, path] += 1
            later_row = any(isinstance(key, int) and key > 0 for key in path)
            if later_row or seen[answers.read, path] > 2:
                continue
            for text, value in zip(ABSURD, given, strict=True):
                data = answers.read(_changed(answers.parts, path, value))
                tried += 1
                found += [
                    f"{answers.name} {path} = {text[:30]}: {line}"
                    for line in outside(data)
                ]
    record_property("absurd values", f"{tried} tried, {len(found)} shown as true")
    assert found == []
    assert tried > 10_000


@pytest.mark.parametrize("answers", ALL, ids=lambda answers: answers.name)
def test_absurd_everywhere(answers: Answers) -> None:
    """With all numbers absurd at once, what is noted stays short."""
    for text in ABSURD:
        value = lenient_json.loads(f'{{"a": {text}}}'.encode())["a"]
        parts = answers.parts
        for path in list(_numbers(parts)):
            parts = _changed(parts, path, value)
        data = answers.read(parts)
        assert list(outside(data)) == []
        assert len(data.unbelievable) <= 20
        assert all(len(each) < 100 for each in data.unbelievable)
        json.dumps(data.unbelievable, ensure_ascii=False).encode()


def test_noted() -> None:
    """What is not believed is listed by the miner's own name for it."""
    total = {
        "Power": 2147483647,
        "Fan Speed In": 65535,
        "Env Temp": -273,
        "Uptime": "9_9",
    }
    data = _read_v2({"summary": {"SUMMARY": [total | {"Chip Temp Max": -1}]}})
    assert sorted(data.unbelievable) == [
        "env temp: -273",
        "fan speed in: 65535",
        "power: 2147483647",
        "uptime: 9_9",
    ]
    assert data.power is None
    summary = {"power-realtime": 4294967295, "power-5min": 3000.0}
    data = _read_v3({"info": {}, "status": {"summary": summary}, "setting": {}})
    assert data.unbelievable == ("power-realtime: 4294967295",)
    assert data.power == 3000


@pytest.mark.parametrize(
    ("given", "reading"), [(0.0, None), ("0.00", None), (-0.5, -0.5), (0.5, 0.5)]
)
def test_no_sensor_at_the_control_board(given: Any, reading: float | None) -> None:
    """Boards without a sensor report zero degrees; this says nothing of hot air."""
    error = {"600": "2022-03-25 10:00:00"}
    data = _read_v2(
        {
            "summary": {"SUMMARY": [{"Env Temp": given, "HS RT": 70_000_000}]},
            "get_error_code": {"Msg": {"error_code": [error]}},
        }
    )
    assert data.environment_temperature == reading
    assert data.unbelievable == ()
    assert data.errors is not None
    assert [each.past for each in data.errors] == [reading is not None]
    v3 = {"info": {}, "status": {"summary": {"environment-temperature": given}}}
    assert _read_v3(v3 | {"setting": {}}).environment_temperature == reading


def test_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Each field that cannot be true is logged once, at debug."""
    caplog.set_level("DEBUG")
    known = Known()
    for power in (2147483647, 65535, 3000, 1e11):
        total = {"Power": power, "Env Temp": 25}
        data = v2_fields.parse_v2_data({"summary": {"SUMMARY": [total]}}, known, NOW)
        known = known.after(data)
    said = [each for each in caplog.records if "cannot be true" in each.getMessage()]
    assert len(said) == 1
    assert said[0].levelname == "DEBUG"
    assert "power: 2147483647" in said[0].getMessage()


def test_power_and_rating() -> None:
    """No machine draws many times what its rating and its limit allow."""
    total = {"Power": 15_000, "Power Limit": 3300, "Factory GHS": 102_000}
    assert _read_v2({"summary": {"SUMMARY": [total]}}).power is None
    assert _read_v2({"summary": {"SUMMARY": [total | {"Power": 3650}]}}).power == 3650
    # The limit was lowered just now.
    total |= {"Power Limit": 500, "Power": 3600}
    assert _read_v2({"summary": {"SUMMARY": [total]}}).power == 3600


def test_rating_and_boards() -> None:
    """A rating that three boards contradict is none; so is one of a board above it."""
    rows = [{"Slot": slot, "Factory GHS": 34_000, "MHS 1m": 34e6} for slot in range(3)]
    total = {"Factory GHS": 1_000_000, "MHS 1m": 102e6}
    parts: dict[str, Any] = {"summary": {"SUMMARY": [total]}, "edevs": {"DEVS": rows}}
    data = _read_v2(parts)
    assert data.hashrate_factory is None
    assert data.hashrate == 102
    total["Factory GHS"] = 102_000
    rows[1]["Factory GHS"] = 1_000_000
    data = _read_v2(parts)
    assert [board.hashrate_factory for board in data.boards] == [34, None, 34]
    assert data.hashrate_factory == 102


def test_fuzz(record_property: Callable[[str, object], None]) -> None:
    """Mutated recordings raise nothing but the client's own error, and take no time."""
    dice = random.Random(20261126)
    slowest = 0.0
    refused = 0
    for _ in range(FUZZ):
        answers = dice.choice(ALL)
        parts = {}
        began = process_time()
        for command, answer in answers.parts.items():
            raw = json.dumps(answer).encode()
            try:
                parts[command] = lenient_json.loads(_mutated(raw, dice))
            except InvalidResponse:
                refused += 1
        if answers.read is _read_v2:
            v2_identity.is_v2_whatsminer(parts)
            v2_identity.parse_v2_identity(parts)
        else:
            v3_fields.is_v3_whatsminer(parts.get("info"))
            v3_fields.parse_v3_identity(parts.get("info"))
        data = answers.read(parts)
        slowest = max(slowest, process_time() - began)
        assert list(outside(data)) == []
        json.dumps(_plain(data), ensure_ascii=False, allow_nan=False).encode()
        json.dumps(parts, ensure_ascii=False, allow_nan=False).encode()
        for error in data.errors or ():
            assert error.severity
            assert error.words is None or error.words
    record_property(
        "fuzz", f"{FUZZ} readings, {refused} answers refused, {slowest:.3f} s"
    )
    assert slowest < 10


_SNIPPETS = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\0", b"null", b"true", b"-1"),
    *(b"1e400", b"NaN", b"9" * 30, b"\\ud83d", b"\\u202e", b"\xff", b"\xed\xa0\xbd"),
    *(b'"Msg":', b'"code":', b'"205":"2026-01-01 00:00:00"', b"[]", b"{}", b'""'),
)


def _mutated(raw: bytes, dice: random.Random) -> bytes:
    """Return bytes that are changed in some places."""
    for _ in range(dice.choice((0, 0, 1, 1, 2, 5))):
        at = dice.randrange(len(raw) + 1)
        until = min(len(raw), at + dice.choice((0, 1, 1, 3, 20, 400)))
        piece = dice.choice(
            (b"", dice.choice(_SNIPPETS), raw[at:until] * 2, dice.randbytes(3))
        )
        raw = raw[:at] + piece + raw[until:]
    values = (b"-1", b"2147483647", b"1e18", b'"x"', b"[]", b"{}", b"null", b"1e400")
    if dice.random() < 0.5 and (places := raw.count(b": ")):
        at = -1
        for _ in range(dice.randint(1, places)):
            at = raw.index(b": ", at + 1)
        until = min((raw + b",}").index(b",", at), (raw + b",}").index(b"}", at))
        raw = raw[: at + 2] + dice.choice(values) + raw[until:]
    return raw


def _plain(value: Any) -> Any:
    """Return a reading as JSON has it."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return sorted(value) if isinstance(value, frozenset) else value


def _numbers(value: Any, path: Path = ()) -> Iterator[Path]:
    """Return the way to each number, also to one in a text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _numbers(inner, (*path, place))
    elif not isinstance(value, bool) and value is not None:
        try:
            float(value)
        except ValueError:
            return
        yield path


def _changed(value: Any, path: Path, new: Any) -> Any:
    """Return a copy with one value replaced; what is not on the way is shared."""
    if not path:
        return new
    key, *rest = path
    copy = value.copy()
    copy[key] = _changed(value[key], tuple(rest), new)
    return copy
