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
    ("network", "hostname"),
    ("system", "platform"),
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


NETWORK = {"mac": "ca:0a:18:00:00:01", "hostname": "first"}
ROWS = [{"slot": 0, "freq": 600}, {"slot": 1, "freq": 601}]
POOLS = [{"pool-priority": n, "url": f"stratum+tcp://pool{n}"} for n in range(2)]
MESSAGES: tuple[dict[str, Any], ...] = (
    {"network": NETWORK, "edevs": ROWS, "pools": POOLS},
    {"network": NETWORK | {"hostname": "second"}, "edevs": ROWS, "pools": POOLS[1:]},
    {"network": "stopped", "edevs": "stopped", "pools": "stopped"},
    {"network": {}, "edevs": ROWS[::-1], "pools": POOLS[::-1]},
    {"edevs": [ROWS[0] | {"freq": 602}], "pools": [POOLS[0], *POOLS]},
)


def test_parts_that_come_and_go() -> None:
    """Parts that change, are away, are back or change their places are read anew."""

    def read(message: dict[str, Any], unchanged: Unchanged) -> str:
        system = {"system": {"api": "3.0.2"}}
        return repr(
            v3_fields.parse_v3_data(
                message | system, message, {}, Known(), NOW, unchanged
            )
        )

    alone = [read(message, Unchanged()) for message in MESSAGES]
    assert len(set(alone)) == len(MESSAGES)
    for order in permutations(range(len(MESSAGES))):
        unchanged = Unchanged()
        assert [read(MESSAGES[n], unchanged) for n in order] == [
            alone[n] for n in order
        ]


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
