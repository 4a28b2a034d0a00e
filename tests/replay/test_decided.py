"""Each reading of the model is decided by a recorded answer, of either protocol.

So a reading that only one dialect takes from its answers does not go unnoticed: what the
other protocol does not report, or nobody has recorded yet, has to be named here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Board,
    MinerData,
    MinerIdentity,
    Pool,
    PowerSupply,
)

from .cases import Case, all_cases

# What follows from other readings, or is none.
_NO_READINGS = {"identity", "capabilities", "fans_turned", "unbelievable"}
# Read, as the protocol describes it, but in no capture yet.
_NOT_RECORDED = {"energy_lifetime", "temperature_offset", "worker_suffix"}
# What the one protocol does not report, or no capture of it has.
_WITHOUT = {
    "v2": {
        "energy_since_power_on",
        "heat_mode",
        "web_pools",
    },
    "v3": {
        "accepted",
        "boards.serial_number",
        "boards.tuned",
        "hash_stable",
        "pools.accepted",
        "pools.rejected",
        "pools.stale",
        "pools.stale_percent",
        "rejected",
        "stop_reason",
        "stopped_at",
    },
}


def _readings() -> set[str]:
    """Return the names of all readings; parts of the machine have their own."""
    parts = {"boards": Board, "pools": Pool, "power_supply": PowerSupply}
    named = {each.name for kind in (MinerData, MinerIdentity) for each in fields(kind)}
    for part, kind in parts.items():
        named |= {f"{part}.{each.name}" for each in fields(kind)}
    return named - _NO_READINGS


def _decided(case: Case) -> Iterator[str]:
    """Yield the names of what a case says, and does not just leave unknown."""
    for name, value in case.says.items():
        if value is not None:
            yield name
        for row in value if isinstance(value, list) else [value]:
            if isinstance(row, Mapping):
                yield from (
                    f"{name}.{key}" for key, of in row.items() if of is not None
                )


@pytest.mark.parametrize("protocol", ["v2", "v3"])
def test_each_reading_is_decided(protocol: str) -> None:
    """Some `expected.json` of each protocol has a value for each reading."""
    decided: set[Any] = set()
    for case in all_cases():
        if (case.generation == "3") is (protocol == "v3"):
            decided |= set(_decided(case))
    missing = _readings() - _NOT_RECORDED - _WITHOUT[protocol] - decided
    assert missing == set(), "put these into an expected.json, or into a set above"
    assert (_NOT_RECORDED | _WITHOUT[protocol]) & decided == set(), "these are decided"
