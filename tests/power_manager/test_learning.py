"""What is learned of a miner outlasts a restart, also one with a newer version."""

from dataclasses import fields
import json
from typing import Any

import pytest

from custom_components.whatsminer.power_manager.law.learning import Learned
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    MinerReading,
    Order,
    Outcome,
    Reason,
)

# As the first version of the manager has stored it.
STORED: dict[str, Any] = {
    "full": 3300.0,
    "whole": 3310.0,
    "basis": 3400.0,
    "efficiency": 26.5,
    "ramp": 1400.0,
    "floor": 50.0,
    "low": 1500.0,
    "is_low_ignored": False,
    "given_start": 2500.0,
    "day": "2026-05-20",
    "starts": 2,
    "tries": 1.5,
    "dips": [60.0, 300.0],
    "dip_since": 5000.0,
    "had_surplus": True,
    "spent": 0.1,
    "started_at": 4000.0,
    "stopped_at": 3000.0,
    "commanded_at": -1e9,
    "runs_since": 4010.0,
    "start_seen": 4010.0,
    "was_steerable": True,
    "percent": 60.0,
    "percent_since": 4500.0,
    "lowered_at": 4500.0,
    "lowered_to": 60.0,
    "kept": None,
    "kept_since": 4500.0,
    "by_hand": 80.0,
    "lowered_hand": 60.0,
    "lost": 1,
    "returned": 0,
    "refusals": {"stop": 1},
    "retry_at": {"stop": 5100.0},
    "pending": None,
    "pending_value": 60.0,
    "pending_at_once": False,
    "pending_since": 4490.0,
    "sent": 3.0,
    "sent_at": 4490.0,
}


def test_stored() -> None:
    """Nothing that was stored is lost, and it is stored in the same form again."""
    known = Learned.from_json(json.loads(json.dumps(STORED)))
    assert known.as_json() == STORED
    assert known.power.starts_at == 1500
    assert known.runs.starts == 2
    assert known.percents.floor == 50
    assert known.dips.dips == [60, 300]
    assert known.commands.is_refused(Action.STOP, 5000)


def test_a_part_of_it() -> None:
    """What was not stored is as of a new miner, and what is not known is passed over."""
    known = Learned.from_json({"full": 3300, "of_a_newer_version": {}})
    assert known.as_json() == Learned().as_json() | {"full": 3300}


@pytest.mark.parametrize(("action", "low"), [("start", None), ("low_start", 1400.0)])
def test_under_way(action: str, low: float | None) -> None:
    """What was under way may have been done, and is not under way any more."""
    pending = {"pending": action, "pending_value": 1400.0, "pending_since": 100.0}
    known = Learned.from_json(pending)
    assert known.commands.pending is None
    assert known.runs.starts == (action == "start")
    assert known.power.low == low


def test_names() -> None:
    """No two records share a name: they are stored side by side."""
    known = Learned()
    stored = [getattr(known, each.name) for each in fields(known)]
    names = [each.name for record in stored for each in fields(record)]
    assert len(names) == len(set(names))
    assert set(names) == STORED.keys()


def test_clock_set_back() -> None:
    """No time of it lies ahead then."""
    known, now = Learned(), 10_000.0
    order = Order(
        miner="a", action=Action.PERCENT, value=60, reason=Reason.SURPLUS, at_once=True
    )
    known.commands.send(order, now)
    known.note(order, Outcome.CONFIRMED, now)
    known.note(order, Outcome.REFUSED, now)
    known.note_manual(now)
    known.percents.keep(60, now)
    known.dips.observe(0, 1400, now)
    reading = MinerReading(key="a", mining=True, last_start=now, percent=60)
    known.observe(reading, now)
    known.set_back(500)
    found = known.as_json()
    times = [name for each in fields(known) for name in getattr(known, each.name).TIMES]
    assert len(times) == 10
    assert all((found[name] or 0) <= 500 for name in times)
    assert known.commands.retry_at == {"percent": 500}
