"""What all generations conclude in the same way from what the miner reports."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypedDict

from ..error_codes import Severity
from ..fields import Doubts, Fields
from ..known import Known
from ..models import Board, MinerData, MinerError, MiningState, Pool, PowerSupply
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
    SECONDS,
    Kind,
)
from ..values import parse_number, parse_text

# A start, or a change of the limit, leaves the chips dark for up to 90 s; what does
# not hash after five minutes is not just starting.
_START_SECONDS = 300

# For "not set" on firmware 20250214.16.1.
_NO_LIMIT = 2147483647

MOST_ERRORS = 100
# Machines with missing boards list two of four at least.
_RATING_BY_BOARDS = 2.5

_SEVERITIES = list(Severity)


class BoardParts(TypedDict):
    """What a hash board is made of, as `Board` has it."""

    serial_number: str | None
    chip_bin: str | None


class Running(TypedDict):
    """What a miner is doing, and for how long it has, as `MinerData` has it."""

    state: MiningState | None
    uptime: int | None
    mining_uptime: int | None


class Cooling(TypedDict):
    """How a machine is cooled, as `MinerData` has it."""

    liquid_cooled: bool | None
    coolant_temperature: float | None
    fan_speed_in: int | None
    fan_speed_out: int | None


class Power(TypedDict):
    """What a machine draws, as `MinerData` has it."""

    power: float | None
    power_average: float | None
    power_limit: float | None
    power_rate: float | None
    efficiency: float | None
    power_supply: PowerSupply | None


class Pools(TypedDict):
    """The pools of a miner, and its shares, as `MinerData` has them."""

    pools: tuple[Pool, ...]
    accepted: int | None
    rejected: int | None


type Join = Callable[[tuple[Pool, ...]], Pools]
"""What adds to pools what is known of them elsewhere."""


class Settings(TypedDict, total=False):
    """What a miner is set to, as `MinerData` has it."""

    power_limit_set: float | None
    power_mode: str | None
    power_percent: float | None
    target_frequency_percent: int | None
    fast_boot: bool | None
    upfreq_speed: int | None
    temperature_offset: int | None
    heat_mode: str | None
    web_pools: bool | None
    led: str | None
    worker_suffix: str | None


def running(
    total: Fields,
    mining: bool | None,
    hashrate: float | None,
    tuned: Iterable[str],
    uptime: str,
    mining_uptime: str,
) -> Running:
    """Return what a miner is doing, and for how long; given the names of the fields."""
    seconds = total.integer(SECONDS, uptime)
    mined = total.integer(SECONDS, mining_uptime)
    ran = seconds if mined is None else mined
    has_tuned = [total.boolean(name) for name in tuned]
    return {
        "state": _state(mining, hashrate, has_tuned, ran),
        "uptime": seconds,
        "mining_uptime": mined,
    }


def _state(
    mining: bool | None,
    hashrate: float | None,
    tuned: Iterable[bool | None],
    ran: int | None,
) -> MiningState | None:
    """Return what a miner is doing that has run for so many seconds, as far as it says.

    Whether it is at fault, and does not just idle, its errors show.
    """
    if mining is False:
        return MiningState.STOPPED
    if hashrate:
        return MiningState.TUNING if False in tuned else MiningState.MINING
    if not mining or hashrate is None:
        return None
    if ran is None or ran < _START_SECONDS:
        return MiningState.STARTING
    return MiningState.IDLE


def with_errors_judged(data: MinerData, now: float) -> MinerData:
    """Return a reading with what its errors show: which are over, and a fault."""
    if not data.errors:
        return data
    errors = judged(data, now)
    # Errors 20xx are those of pools.
    serious = (Severity.ERROR, Severity.CRITICAL)
    at_fault = data.state is MiningState.IDLE and any(
        each.severity in serious and each.code // 100 != 20 and not each.past
        for each in errors
    )
    return replace(
        data, errors=errors, state=MiningState.FAULT if at_fault else data.state
    )


@lru_cache(maxsize=64)
def hashrate_kind(factory: float | None) -> Kind:
    """Return what hashrates can be true for a rating."""
    if factory is None:
        return HASHRATE
    return HASHRATE.up_to(ABOVE_RATING * factory)


@lru_cache(maxsize=64)
def power_kind(factory: float | None, limit: float | None) -> Kind:
    """Return what power can be true for a rating and a limit."""
    if factory is None or limit is None:
        return POWER
    return POWER.up_to(max(POWER_BY_RATING * factory, ABOVE_LIMIT * limit))


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


def parse_limit_set(fields: Fields, name: str) -> float | None:
    """Return the limit that was asked for, in W; empty and the largest integer are none."""
    if fields.raw_number(name) == _NO_LIMIT:
        return None
    return fields.number(POWER_LIMIT, name)


def powered(
    power: float | None,
    mean: float | None,
    limit: float | None,
    rate: float | None,
    supply: PowerSupply | None,
    hashrate: float | None,
) -> Power:
    """Return what a machine draws, and J/TH as the miner gives it or as it follows.

    The summary is away while mining is stopped, the power supply is not.
    """
    if power is None and supply is not None:
        power = supply.power_in
    power = mean if power is None else power
    efficiency = rate
    if efficiency is None and power and hashrate:
        efficiency = round(power / hashrate, 2)
    if not hashrate or efficiency is None or not POWER_RATE.believes(efficiency):
        efficiency = None
    return {
        "power": power,
        "power_average": mean,
        "power_limit": limit,
        "power_rate": rate,
        "efficiency": efficiency,
        "power_supply": supply,
    }


def cooling(
    known: Known,
    fans: tuple[int | None, int | None],
    coolant: float | None,
    hashrate: float | None,
    *,
    liquid: bool | None,
) -> Cooling:
    """Return the cooling of a machine; a fan that turns outweighs all signs of liquid.

    Machines without fans report zero for both. So do those with fans while they do not
    hash, and, with a fault, while they do (M30S++): fans that have turned before stand
    still; else only a machine that says that it is cooled by air has any.
    """
    if any(fans):
        liquid = False
    else:
        liquid = known.liquid_cooled if liquid is None else liquid
        has_fans = known.fans_turned or (liquid is False and not hashrate)
        fans = fans if has_fans and not liquid else (None, None)
    return {
        "liquid_cooled": liquid,
        "coolant_temperature": None if liquid is False else coolant,
        "fan_speed_in": fans[0],
        "fan_speed_out": fans[1],
    }


def parse_errors(listed: Any, doubts: Doubts) -> tuple[MinerError, ...] | None:
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
            reason = parse_text(item.get("reason")) or parse_text(item.get("cause"))
            pairs = (
                [(item["code"], item.get("time"))] if "code" in item else _codes(item)
            )
        unreadable |= not pairs
        for given, since in pairs:
            value = parse_number(given)
            if value == 0:
                continue  # no error
            if value is None or value % 1 or not ERROR_CODE.believes(value):
                unreadable = True
                if isinstance(given, (int, float, str)):
                    doubts.note("error", given)
                continue
            error = MinerError(code=int(value), since=parse_text(since), reason=reason)
            before = found.get(error.code)
            if before is None or (error.since or "") > (before.since or ""):
                found[error.code] = error
    if unreadable and not found:
        return None
    return _worst(found.values())


def _codes(item: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Return the pairs of code and time of an item."""
    return [pair for pair in item.items() if parse_number(pair[0]) is not None]


def _worst(errors: Iterable[MinerError]) -> tuple[MinerError, ...]:
    """Return the errors, or the worst of them where there are too many."""
    listed = tuple(errors)
    if len(listed) <= MOST_ERRORS:
        return listed
    by_severity = sorted(listed, key=lambda error: -_SEVERITIES.index(error.severity))
    return tuple(by_severity[:MOST_ERRORS])


def without_counts(pools: tuple[Pool, ...]) -> Pools:
    """Return pools of which nothing else is known."""
    return {"pools": pools, "accepted": None, "rejected": None}


def total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of the counts that are known; None when none is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def one_of(words: Iterable[str], value: str | None) -> str | None:
    """Return a word if it is one of those that the model knows."""
    word = (value or "").lower()
    return word if word in words else None
