"""Which listed errors are over: the list keeps the last occurrence of each for days."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Board,
    MinerData,
    MinerError,
    MinerIdentity,
    MiningState,
    Pool,
)
from custom_components.whatsminer.client.dialects import (
    v2_fields,
    v2_identity,
    v3_fields,
)
from custom_components.whatsminer.client.known import Known
from custom_components.whatsminer.client.past_errors import judged

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
MONTHS_AGO = "2026-09-17 10:05:47"
DAYS_AGO = "2026-11-23 12:00:00"
YESTERDAY = "2026-11-25 10:00:00"
TONIGHT = "2026-11-26 01:00:00"
JUST_NOW = "2026-11-26 11:59:00"
CLOCK_LOST = "1970-01-01 00:01:12"

ALIVE = Pool(priority=0, alive=True, active=True, last_share=int(NOW) - 20)
DEAD = Pool(priority=0, alive=False, active=False)


def board(slot: int, share: float = 1.0, **more: Any) -> Board:
    """Return a board that hashes with this share of its rating."""
    return Board(slot=slot, hashrate=34 * share, hashrate_factory=34, **more)


BOARDS = tuple(board(slot, temperature=70) for slot in range(3))
HEALTHY: dict[str, Any] = {
    "mining": True,
    "hashrate": 102.0,
    "hashrate_factory": 102.0,
    "mining_uptime": 250_305,
    "boards": BOARDS,
    "pools": (ALIVE,),
    "fan_speed_in": 5400,
    "fan_speed_out": 5300,
    "environment_temperature": 25.0,
}
DARK = tuple(board(slot, 0) for slot in range(3))
STANDING: dict[str, Any] = HEALTHY | {"hashrate": 0.0, "boards": DARK}
NO_POOL: dict[str, Any] = STANDING | {"pools": (DEAD,)}
SLOW: dict[str, Any] = HEALTHY | {"hashrate": 60.0, "mining_uptime": 864_000}
ONE_DARK: dict[str, Any] = HEALTHY | {
    "hashrate": 68.0,
    "boards": (board(0, 0), *BOARDS[1:]),
}


@pytest.mark.parametrize(
    ("code", "since", "readings", "past"),
    [
        # A miner at its rating has no current power fault.
        (205, YESTERDAY, HEALTHY, True),
        (206, MONTHS_AGO, HEALTHY, True),
        (205, JUST_NOW, HEALTHY, False),
        # A time zone can make it look so old.
        (205, TONIGHT, HEALTHY, False),
        (205, YESTERDAY, HEALTHY | {"hashrate": 93.0}, True),
        (205, YESTERDAY, HEALTHY | {"hashrate": 90.0, "hashrate_15m": 95.0}, True),
        (205, YESTERDAY, SLOW, False),
        (205, YESTERDAY, HEALTHY | {"hashrate_factory": None}, False),
        (205, YESTERDAY, HEALTHY | {"hashrate_factory": None, "hash_stable": True}, True),
        # Its limit is lower than its rating, and it draws what it may.
        (205, YESTERDAY, SLOW | {"power": 1980, "power_limit": 2000}, True),
        (205, YESTERDAY, SLOW | {"power": 1200, "power_limit": 2000}, False),
        (205, YESTERDAY, SLOW | {"power_limit": 2000}, False),
        (205, YESTERDAY, SLOW | {"power": 990, "power_limit": 2000, "power_percent": 50}, True),
        (205, YESTERDAY, NO_POOL | {"power": 1980, "power_limit": 2000}, False),
        # Older than the mining process, which ran for long without it.
        (205, MONTHS_AGO, NO_POOL, True),
        (206, MONTHS_AGO, STANDING, True),
        (205, MONTHS_AGO, STANDING | {"mining_uptime": 120}, False),
        (205, MONTHS_AGO, STANDING | {"mining_uptime": None}, False),
        (205, MONTHS_AGO, STANDING | {"mining_uptime": None, "uptime": 90_000}, True),
        (205, DAYS_AGO, STANDING | {"mining_uptime": 300_000}, False),
        (205, DAYS_AGO, STANDING | {"mining_uptime": 259_000}, False),
        (264, MONTHS_AGO, {"mining": True}, False),
        # Age alone does not prove that it is over.
        (560, DAYS_AGO, STANDING, False),
        (560, MONTHS_AGO, STANDING, False),
        (560, MONTHS_AGO, STANDING | {"boards": ()}, False),
        (560, MONTHS_AGO, HEALTHY | {"hashrate": None, "boards": ()}, False),
        (542, "2026-08-25 19:17:16", {"mining": True}, False),
        # Without a pool no board hashes: that shows nothing.
        (560, MONTHS_AGO, NO_POOL, True),
        (560, DAYS_AGO, NO_POOL, False),
        # Boards by themselves.
        (540, YESTERDAY, HEALTHY, True),
        (540, YESTERDAY, ONE_DARK, False),
        (541, YESTERDAY, ONE_DARK, True),
        (540, MONTHS_AGO, ONE_DARK, False),
        (533, MONTHS_AGO, HEALTHY, False),
        (350, YESTERDAY, HEALTHY, True),
        (363, YESTERDAY, HEALTHY, False),
        (360, YESTERDAY, HEALTHY, True),
        (360, YESTERDAY, ONE_DARK, False),
        (340, YESTERDAY, HEALTHY | {"boards": (board(0, 0.8),)}, False),
        (350, YESTERDAY, HEALTHY | {"boards": (board(0, 0.8),)}, True),
        (550, YESTERDAY, HEALTHY, True),
        (5410, YESTERDAY, ONE_DARK, False),
        (5431, YESTERDAY, ONE_DARK, True),
        (5720, YESTERDAY, ONE_DARK, False),
        (5110, YESTERDAY, HEALTHY, True),
        (5321, YESTERDAY, HEALTHY, True),
        (5321, YESTERDAY, HEALTHY | {"boards": (*BOARDS[:2], board(2, 0.7))}, False),
        (531007, YESTERDAY, HEALTHY | {"boards": (BOARDS[0], board(1, 0.7))}, False),
        (531007, YESTERDAY, HEALTHY, True),
        (300, YESTERDAY, HEALTHY, True),
        (320, YESTERDAY, HEALTHY | {"boards": (board(0),)}, False),
        # Fans.
        (110, YESTERDAY, HEALTHY, True),
        (111, YESTERDAY, HEALTHY, True),
        (110, YESTERDAY, HEALTHY | {"fan_speed_in": 0}, False),
        (111, YESTERDAY, HEALTHY | {"fan_speed_in": 0}, True),
        (110, MONTHS_AGO, HEALTHY | {"fan_speed_in": 0, "fan_speed_out": 0}, False),
        (120, YESTERDAY, HEALTHY, True),
        (121, YESTERDAY, HEALTHY | {"fan_speed_out": 2900}, False),
        (110, YESTERDAY, HEALTHY | {"fan_speed_in": None}, False),
        (140, YESTERDAY, HEALTHY, True),
        (600, YESTERDAY, HEALTHY | {"environment_temperature": 38.0}, False),
        (600, YESTERDAY, HEALTHY | {"environment_temperature": None}, False),
        (330, YESTERDAY, HEALTHY, True),
        (330, YESTERDAY, HEALTHY | {"environment_temperature": None}, False),
        (326, YESTERDAY, HEALTHY | {"coolant_temperature": 40.0}, True),
        (326, YESTERDAY, HEALTHY, False),
        # Pools.
        (2000, YESTERDAY, HEALTHY, True),
        (2010, YESTERDAY, HEALTHY, True),
        (2010, MONTHS_AGO, NO_POOL, False),
        (2020, YESTERDAY, HEALTHY, True),
        (2020, MONTHS_AGO, HEALTHY | {"pools": (DEAD,)}, False),
        (2021, YESTERDAY, HEALTHY, False),
        (2040, YESTERDAY, HEALTHY, True),
        (2030, YESTERDAY, HEALTHY, False),
        (2030, YESTERDAY, HEALTHY | {"pools": (replace(ALIVE, rejected_percent=0.4),)}, True),
        (2030, YESTERDAY, HEALTHY | {"pools": (replace(ALIVE, rejected_percent=4.0),)}, False),
        # Hashrate.
        (2310, YESTERDAY, HEALTHY, True),
        (2310, YESTERDAY, SLOW, False),
        # What does not go away by itself.
        (430, MONTHS_AGO, HEALTHY, False),
        (510, MONTHS_AGO, HEALTHY, False),
        (701, MONTHS_AGO, HEALTHY, False),
        (704, MONTHS_AGO, HEALTHY, True),
        (800, MONTHS_AGO, HEALTHY, False),
        (8700, MONTHS_AGO, HEALTHY, False),
        (100001, MONTHS_AGO, HEALTHY, False),
        (712, MONTHS_AGO, HEALTHY, True),
        (9000, MONTHS_AGO, HEALTHY, True),
        # Times that say nothing.
        (205, None, HEALTHY, False),
        (205, "", HEALTHY, False),
        (205, "soon", HEALTHY, False),
        (205, "2026-13-45 99:00:00", HEALTHY, False),
        (205, "9999-12-31 23:59:59", HEALTHY, False),
        (205, "0001-01-01 00:00:00", HEALTHY, False),
        (205, "2000-01-01 00:00:00", HEALTHY, False),
        (205, "2027-01-01 00:00:00", HEALTHY, False),
        # The clock was lost at the start; a share shows that it is right now.
        (205, CLOCK_LOST, HEALTHY | {"uptime": 260_000}, True),
        (205, CLOCK_LOST, HEALTHY | {"uptime": 600}, False),
        (205, CLOCK_LOST, HEALTHY, False),
        (205, CLOCK_LOST, HEALTHY | {"uptime": 260_000, "pools": (DEAD,)}, False),
        (560, CLOCK_LOST, STANDING | {"uptime": 260_000}, False),
        (4711, MONTHS_AGO, HEALTHY, True),
        (4711, YESTERDAY, HEALTHY, False),
    ],
)  # fmt: skip
def test_judgement(
    code: int, since: str | None, readings: dict[str, Any], past: bool
) -> None:
    """An error is past only where the readings, or a start since, show it."""
    error = MinerError(code=code, since=since)
    data = MinerData(identity=MinerIdentity(), errors=(error,), **readings)
    assert [each.past for each in judged(data, NOW)] == [past]


def test_every_code() -> None:
    """No code and no reading makes the judgement raise."""
    errors = tuple(
        MinerError(code=code, since=YESTERDAY)
        for code in (*range(10_000), *range(100_000, 600_000, 97))
    )
    for readings in ({}, HEALTHY, STANDING, NO_POOL, SLOW, ONE_DARK):
        data = MinerData(identity=MinerIdentity(), errors=errors, **readings)
        assert len(judged(data, NOW)) == len(errors)


def answers_v2(pool: str, *errors: dict[str, str], **total: Any) -> v2_identity.Answers:
    """Return the answers of a miner that is on and does not hash."""
    summary = {"MHS 1m": 0, "Elapsed": 250_305, "Factory GHS": 102_000} | total
    return {
        "status": {"Msg": {"mineroff": "false"}},
        "summary": {"SUMMARY": [summary]},
        "pools": {"POOLS": [{"Priority": 0, "Status": pool}]},
        "get_error_code": {"Msg": {"error_code": list(errors)}},
    }


STALE = ({"205": MONTHS_AGO}, {"206": "2026-09-16 11:15:44"})


def test_stale_errors_are_no_fault() -> None:
    """A miner without a pool is idle, whatever it complained about two months ago."""
    data = v2_fields.parse_v2_data(answers_v2("Dead", *STALE), Known(), NOW)
    assert [error.code for error in data.errors or ()] == [205, 206]
    assert all(error.past for error in data.errors or ())
    assert data.state is MiningState.IDLE


def test_current_errors_are_a_fault() -> None:
    """A dead board three days ago is one, and so is what was said just now."""
    dead = answers_v2("Alive", *STALE, {"560": DAYS_AGO})
    assert v2_fields.parse_v2_data(dead, Known(), NOW).state is MiningState.FAULT
    new = answers_v2("Dead", {"206": JUST_NOW})
    assert v2_fields.parse_v2_data(new, Known(), NOW).state is MiningState.FAULT


def test_api_3() -> None:
    """API 3 is judged in the same way."""
    info = {"miner": {"working": "true"}, "error-code": [*STALE]}
    summary = {"hash-1min": 0, "elapsed": 250_305, "factory-hash": 102}
    status = {"summary": summary, "pools": [{"id": 1, "status": "dead"}]}
    data = v3_fields.parse_v3_data(info, status, {}, Known(), NOW)
    assert [error.past for error in data.errors or ()] == [True, True]
    assert data.state is MiningState.IDLE
