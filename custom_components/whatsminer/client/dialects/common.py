"""What all generations conclude in the same way from what the miner reports."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..error_codes import Severity
from ..fields import Doubts, Fields
from ..known import Known
from ..models import Board, MinerData, MinerError, MiningState
from ..past_errors import judged
from ..ranges import (
    ABOVE_LIMIT,
    ABOVE_RATING,
    ERROR_CODE,
    HASHRATE,
    POWER,
    POWER_BY_RATING,
    POWER_LIMIT,
    POWER_RATE,
    Kind,
)
from ..values import number, text

# A start, or a change of the limit, leaves the chips dark for up to 90 s; what does
# not hash after five minutes is not just starting.
_START_SECONDS = 300

# For "not set" on firmware 20250214.16.1.
_NO_LIMIT = 2147483647

MOST_ERRORS = 100
POWER_MODES = ("low", "normal", "high")
HEAT_MODES = ("normal", "heating", "anti-freezing")
# Machines with missing boards list two of four at least.
_RATING_BY_BOARDS = 2.5

_SEVERITIES = list(Severity)


def concluded(
    data: MinerData, tuned: Iterable[bool | None], now: float, doubts: Doubts
) -> MinerData:
    """Return a reading with what follows from it: errors that are over, and the state."""
    if data.errors:
        data = replace(data, errors=judged(data, now))
    return replace(data, state=_state(data, tuned), unbelievable=tuple(doubts))


def _state(data: MinerData, tuned: Iterable[bool | None]) -> MiningState | None:
    """Return what the miner is doing, as far as it says."""
    if data.mining is False:
        return MiningState.STOPPED
    if data.hashrate:
        return MiningState.TUNING if False in tuned else MiningState.MINING
    if not data.mining or data.hashrate is None:
        return None
    ran = data.uptime if data.mining_uptime is None else data.mining_uptime
    if ran is None or ran < _START_SECONDS:
        return MiningState.STARTING
    # Errors 20xx are about pools.
    serious = (Severity.ERROR, Severity.CRITICAL)
    if any(
        each.severity in serious and each.code // 100 != 20 and not each.past
        for each in data.errors or ()
    ):
        return MiningState.FAULT
    return MiningState.IDLE


def hashrate_kind(factory: float | None) -> Kind:
    """Return what hashrates can be true for a rating."""
    if factory is None:
        return HASHRATE
    return replace(HASHRATE, highest=min(HASHRATE.highest, ABOVE_RATING * factory))


def power_kind(factory: float | None, limit: float | None) -> Kind:
    """Return what power can be true for a rating and a limit."""
    if factory is None or limit is None:
        return POWER
    most = max(POWER_BY_RATING * factory, ABOVE_LIMIT * limit)
    return replace(POWER, highest=min(POWER.highest, most))


def rating(
    factory: float | None, boards: Iterable[Board], doubts: Doubts
) -> float | None:
    """Return the rating of the miner, unless those of its boards agree on another."""
    rated = [board.hashrate_factory for board in boards if board.hashrate_factory]
    if factory is None or len(rated) < 2 or max(rated) > 2 * min(rated):
        return factory
    if factory <= _RATING_BY_BOARDS * sum(rated):
        return factory
    doubts.note("rating", factory)
    return None


def within(
    factory: float | None, boards: tuple[Board, ...], doubts: Doubts
) -> tuple[Board, ...]:
    """Return the boards without ratings and hashrates that exceed those of the miner."""
    most = hashrate_kind(factory)
    found = []
    for board in boards:
        if factory and (board.hashrate_factory or 0) > factory * 1.01:
            doubts.note(f"rating of board {board.slot}", board.hashrate_factory)
            board = replace(board, hashrate_factory=None)
        for rate in (board.hashrate, board.hashrate_average):
            if rate is not None and not most.believes(rate):
                doubts.note(f"hashrate of board {board.slot}", rate)
                board = replace(board, hashrate=None, hashrate_average=None)
        found.append(board)
    return tuple(found)


def limit_set(fields: Fields, name: str) -> float | None:
    """Return the limit that was asked for, in W; empty and the largest integer are none."""
    if fields.raw_number(name) == _NO_LIMIT:
        return None
    return fields.number(POWER_LIMIT, name)


def efficiency(
    given: float | None, power: float | None, hashrate: float | None
) -> float | None:
    """Return J/TH as the miner gives it, else as it follows; None without hashrate."""
    if not hashrate:
        return None
    if given is None and power:
        given = round(power / hashrate, 2)
    return given if given is not None and POWER_RATE.believes(given) else None


def fans(
    speeds: tuple[int | None, int | None],
    *,
    known: Known,
    hashrate: float | None,
    liquid_cooled: bool | None,
) -> tuple[int | None, int | None]:
    """Return the speeds of intake and exhaust fan in RPM; None without fans.

    Machines without fans report zero for both. So do those with fans while they do not
    hash, and, with a fault, while they do (M30S++): fans that have turned before stand
    still; else only a machine that says that it is cooled by air has any.
    """
    if any(speeds):
        return speeds
    has_fans = known.fans_turned or (liquid_cooled is False and not hashrate)
    return speeds if has_fans and not liquid_cooled else (None, None)


def error_list(listed: Any, doubts: Doubts) -> tuple[MinerError, ...] | None:
    """Return the errors of a list, whatever the form of its items; None for no list.

    An item is an object of codes and times, in API 3 with a `reason` beside them, or of
    `code`, `time` and `cause`, or it is just a code. An object of such items, or of
    codes and times, is read as a list; an empty one says nothing. Of very many only the
    worst are kept.
    """
    if isinstance(listed, dict) and listed:
        rows = [row for row in listed.values() if isinstance(row, dict)]
        listed = rows if len(rows) == len(listed) else [listed]
    if not isinstance(listed, list):
        return None
    found: dict[int, MinerError] = {}
    unreadable = False
    for item in listed:
        reason = None
        pairs = [(item, None)]
        if isinstance(item, dict):
            reason = text(item.get("reason")) or text(item.get("cause"))
            pairs = (
                [(item["code"], item.get("time"))] if "code" in item else _codes(item)
            )
        unreadable |= not pairs
        for given, since in pairs:
            value = number(given)
            if value == 0:
                continue  # no error
            if value is None or value % 1 or not ERROR_CODE.believes(value):
                unreadable = True
                if isinstance(given, (int, float, str)):
                    doubts.note("error", given)
                continue
            error = MinerError(code=int(value), since=text(since), reason=reason)
            before = found.get(error.code)
            if before is None or (error.since or "") > (before.since or ""):
                found[error.code] = error
    if unreadable and not found:
        return None
    return _worst(found.values())


def _codes(item: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return the pairs of code and time of an item."""
    return [pair for pair in item.items() if number(pair[0]) is not None]


def _worst(errors: Iterable[MinerError]) -> tuple[MinerError, ...]:
    """Return the errors, or the worst of them where there are too many."""
    listed = tuple(errors)
    if len(listed) <= MOST_ERRORS:
        return listed
    by_severity = sorted(listed, key=lambda error: -_SEVERITIES.index(error.severity))
    return tuple(by_severity[:MOST_ERRORS])


def total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of the counts that are known; None when none is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def one_of(words: Iterable[str], value: str | None) -> str | None:
    """Return a word if it is one of those that the model knows."""
    word = (value or "").lower()
    return word if word in words else None
