"""What an answer says does not depend on the answers before it."""

from functools import partial
from itertools import permutations
from typing import Any

import pytest

from custom_components.whatsminer.client.dialects import v2_fields, v3_fields
from custom_components.whatsminer.client.fields import Doubts
from custom_components.whatsminer.client.known import Known
from custom_components.whatsminer.client.models import MinerData
from custom_components.whatsminer.client.unchanged import Unchanged

NOW = 1_784_476_800.0

# Equal in Python, or the same but for a doubt; no two mean the same everywhere.
FORMS = (True, 1, 1.0, "1", False, 0, 0.0, "0", None, -5, "none", 10**9)
V2 = (
    ("summary", "Power Voltage Input"),
    ("summary", "Btminer Fast Boot"),
    ("status", "power_pct"),
    ("status", "hash_percent"),
    ("get_miner_info", "upfreq_speed"),
    ("get_psu", "vin"),
    ("pools", "Accepted"),
    ("pools", "Stratum Active"),
)
V3 = (
    ("miner", "working"),
    ("miner", "hash-percent"),
    ("miner", "web-pool"),
    ("power", "mode"),
    ("setting", "power-percent"),
    ("setting", "upfreq-speed"),
    ("pools", "stratum-active"),
    ("pools", "reject-rate"),
)


def read_v2(place: tuple[str, str], value: Any, unchanged: Unchanged) -> MinerData:
    """Read answers that have a value in one place."""
    command, name = place
    rows = {"SUMMARY": [{name: value}], "POOLS": [{"Priority": 1, name: value}]}
    answers = {command: {"Msg": {name: value}} | rows}
    return v2_fields.parse_v2_data(answers, Known(), NOW, unchanged)


def read_v3(place: tuple[str, str], value: Any, unchanged: Unchanged) -> MinerData:
    """Read messages that have a value in one place."""
    section, name = place
    info = {section: {name: value}}
    status = {"pools": [{"pool-priority": 1, name: value}]}
    return v3_fields.parse_v3_data(
        info, status, info.get("setting", {}), Known(), NOW, unchanged
    )


@pytest.mark.parametrize(
    ("read", "place"),
    [*((read_v2, place) for place in V2), *((read_v3, place) for place in V3)],
)
def test_each_answer_by_itself(read: Any, place: tuple[str, str]) -> None:
    """Whatever was said before, a value is read as it stands now."""
    alone = {repr(form): repr(read(place, form, Unchanged())) for form in FORMS}
    for first, second in permutations(FORMS, 2):
        unchanged = Unchanged()
        for form in (first, second, second, first):
            assert repr(read(place, form, unchanged)) == alone[repr(form)]


def test_read_once() -> None:
    """A part that stays as it was is read once, and again when it changes."""
    unchanged, read = Unchanged(), list[Any]()

    def ask(part: str, given: Any) -> Any:
        def note() -> Any:
            read.append((part, given))
            return given

        return unchanged.read(part, given, Doubts(), note)

    first = {"a": [1, 2.5]}
    assert ask("x", first) is first
    assert ask("x", {"a": [1, 2.5]}) is first
    assert ask("y", first) is first
    assert ask("x", {"a": [1, 2]}) == {"a": [1, 2]}
    assert [part for part, _ in read] == ["x", "y", "x"]


def test_doubts_are_noted_each_time() -> None:
    """What cannot be true is no less so the second time."""
    unchanged = Unchanged()
    for _ in range(2):
        doubts = Doubts()
        unchanged.read("x", 1, doubts, partial(doubts.note, "x", 1))
        assert list(doubts) == ["x: 1"]
