"""What all generations conclude in the same way from what the miner tells."""

from collections.abc import Iterable
from typing import Any

from ..error_codes import Severity
from ..known import Known
from ..models import MinerError, MiningState, Pool
from ..values import boolean, integer, not_negative, positive, text

# A start, or a change of the limit, leaves the chips dark for up to 90 s; what does
# not hash after five minutes is not just starting.
_START_SECONDS = 300

# For "not set" on firmware 20250214.16.1.
_NO_LIMIT = 2147483647


def mining_state(
    *,
    mining: bool | None,
    hashrate: float | None,
    tuned: Iterable[bool | None],
    mining_uptime: int | None,
    pools: Iterable[Pool],
    errors: Iterable[MinerError],
) -> MiningState | None:
    """Say what the miner is doing, as far as it tells."""
    if mining is False:
        return MiningState.STOPPED
    if hashrate:
        return MiningState.TUNING if False in tuned else MiningState.MINING
    if not mining or hashrate is None:
        return None
    if mining_uptime is None or mining_uptime < _START_SECONDS:
        return MiningState.STARTING
    # Errors 20xx are about pools.
    serious = (Severity.ERROR, Severity.CRITICAL)
    if any(each.severity in serious and each.code // 100 != 20 for each in errors):
        return MiningState.FAULT
    return MiningState.IDLE


def fans(
    speeds: tuple[Any, Any],
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
    intake, exhaust = (integer(not_negative(speed)) for speed in speeds)
    if intake or exhaust:
        return intake, exhaust
    has_fans = known.fans_turned or (liquid_cooled is False and not hashrate)
    return (intake, exhaust) if has_fans and not liquid_cooled else (None, None)


def error_list(listed: Any) -> tuple[MinerError, ...] | None:
    """Return the errors of a list, whatever the form of its items; None for no list.

    An item is an object of code and time, in API 3 with a `reason` beside it, or of
    `code`, `time` and `cause`, or it is just a code.
    """
    if not isinstance(listed, list):
        return None
    found: dict[int, MinerError] = {}
    unreadable = False
    for item in listed:
        since = reason = None
        code: Any = item
        if isinstance(item, dict):
            reason = text(item.get("reason")) or text(item.get("cause"))
            if "code" in item:
                code, since = item["code"], item.get("time")
            else:
                code, since = next(
                    (pair for pair in item.items() if integer(pair[0]) is not None),
                    (None, None),
                )
        number = integer(code)
        unreadable |= number is None
        if number is not None and number > 0:
            error = MinerError(code=number, since=text(since), reason=reason)
            found.setdefault(number, error)
    return None if unreadable and not found else tuple(found.values())


def limit_set(value: Any) -> float | None:
    """Return the limit that was asked for, in W; empty and the largest integer are none."""
    limit = positive(value)
    return None if limit is None or limit >= _NO_LIMIT else limit


def total(counts: Iterable[int | None]) -> int | None:
    """Return the sum of the counts that are known; None when none is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def off_switch(value: Any) -> bool | None:
    """Return whether mining is on, from a field that says whether it is off."""
    off = boolean(value)
    return None if off is None else not off
