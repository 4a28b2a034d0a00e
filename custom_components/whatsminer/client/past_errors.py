"""Which of the listed errors are over.

Firmware keeps the last occurrence of each error in its list, for days after it is over
(205 and 206 of yesterday beside a healthy 102 TH/s). Age alone does not prove that one
is over (560 of a dead machine, three days old, was true). So an error is past only when
it is older than a time zone can make it look, and either the readings show the opposite,
or the mining process has started since and ran for long without it. Whatever cannot be
known is current. A clock that is ahead must not make an error
look old: the earlier of two counts, ours and the miner's own, which its times are of.
The families of codes are those of the maker's lists; that an error
comes again with a new time after a start is what the lists of real machines show.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from .models import Board, MinerData, MinerError
from .ranges import EPOCH
from .values import parse_number

# Times are local and name no zone; the miner's may be another than that of UTC.
_ZONE = 14 * 3600.0
_HOUR = 3600.0
# A miner reaches its rating, or its limit, within this.
_FULL = 0.9
_BOARD_FULL = 0.95
_START_SECONDS = 300
# RPM by which a fan that is off target differs from the other one.
_OFF_TARGET = 2000
# Degrees Celsius that MicroBT's list calls cool enough for High mode.
_COOL = 30
# % of rejected shares without a complaint of the pool.
_FEW_REJECTED = 1.0


def earlier(now: float, answered: object) -> float:
    """Return the earlier of two Unix times: ours, and when the miner says it answered.

    Some miners count from their start, or in ms: that is no time.
    """
    clock = parse_number(answered)
    return min(now, clock) if clock is not None and EPOCH.believes(clock) else now


def judged(data: MinerData, now: float) -> tuple[MinerError, ...]:
    """Return the errors of a reading, marked as past where they are over.

    `now` is the Unix time of the reading.
    """
    return tuple(
        replace(error, past=_is_past(error, data, now)) for error in data.errors or ()
    )


def _is_past(error: MinerError, data: MinerData, now: float) -> bool:
    """Return whether an error is known to be over."""
    then = _time(error.since, data, now)
    if then is None or then > now - _HOUR:
        return False
    if (shown := _shown(error.code, data)) is not None:
        return not shown
    ran = data.uptime if data.mining_uptime is None else data.mining_uptime
    return (
        ran is not None
        and ran >= _HOUR
        and then < now - ran
        and not _is_lasting(error.code)
    )


def _time(since: str | None, data: MinerData, now: float) -> float | None:
    """Return the latest Unix time at which an error can have been; None if unknown."""
    try:
        time = datetime.fromisoformat(since or "")
    except ValueError:
        return None
    if time.year > 1970:
        then = time.replace(tzinfo=time.tzinfo or UTC).timestamp() + _ZONE
        return then if EPOCH.believes(then) else None
    # The clock was lost, as after each start until the network gives the time. If it is
    # right now, as the last share shows, the error is from soon after the start.
    right = any(abs(now - (pool.last_share or 0)) < 2 * _ZONE for pool in data.pools)
    return now - data.uptime if right and data.uptime is not None else None


def _is_lasting(code: int) -> bool:
    """Return whether an error does not go away by itself, so that no start clears it.

    EEPROMs, hardware that does not fit, checksums, factory data and security.
    """
    of_board = 400 <= code < 460 or 510 <= code < 530
    of_firmware = 700 <= code < 704 or 100_000 <= code < 200_000
    return of_board or of_firmware or code // 100 in {8, 21, *range(80, 88)}


def _shown(code: int, data: MinerData) -> bool | None:
    """Return whether the readings show an error, or its opposite; None for neither."""
    for codes, judge in _JUDGES:
        if code in codes:
            return judge(data, code)
    return None


def _fan(data: MinerData, code: int) -> bool | None:
    """Judge errors of fans: even ones are those of the intake, odd ones of the exhaust."""
    speed, other = data.fan_speed_in, data.fan_speed_out
    if code % 10:
        speed, other = other, speed
    if speed is None or other is None:
        return None
    if speed == 0:
        return True if data.hashrate else None
    # Both fans have the same target.
    return code >= 120 and abs(speed - other) >= _OFF_TARGET


def _power(data: MinerData, _: int) -> bool | None:
    """Judge errors of the power supply: with one, a miner does not reach its power."""
    if not data.hashrate:
        return None
    if data.hashrate_factory is None and data.hash_stable:
        return False
    percent = 100.0 if data.power_percent is None else data.power_percent
    allowed = (data.power_limit or 0) * min(percent, 100) / 100
    limited = bool(allowed) and (data.power or 0) >= _FULL * allowed
    return False if limited or _reaches(data, _FULL) else None


def _hashrate(data: MinerData, _: int) -> bool | None:
    """Judge errors of a low hashrate."""
    return False if _reaches(data, _BOARD_FULL) else None


def _reaches(data: MinerData, share: float) -> bool:
    """Return whether the miner hashes now, and by a mean with this share of its rating."""
    if not data.hashrate or data.hashrate_factory is None:
        return False
    return max(data.hashrate, data.hashrate_15m or 0) >= share * data.hashrate_factory


def _surroundings(data: MinerData, _: int) -> bool | None:
    """Judge errors of hot air."""
    environment = data.environment_temperature
    return False if environment is not None and environment <= _COOL else None


def _environment_sensor(data: MinerData, _: int) -> bool | None:
    """Judge errors of the sensor at the control board."""
    return None if data.environment_temperature is None else False


def _coolant_sensor(data: MinerData, _: int) -> bool | None:
    """Judge errors of the sensor in the liquid."""
    return None if data.coolant_temperature is None else False


def _pool(data: MinerData, code: int) -> bool | None:
    """Judge errors of pools."""
    if not data.pools:
        return None
    if code == 2000:
        return False
    if code == 2010:
        return not any(pool.alive for pool in data.pools)
    if code in range(2020, 2023):
        alive = [pool.alive for pool in data.pools if pool.priority == code % 10]
        return not alive[0] if alive and alive[0] is not None else None
    at_work = [pool for pool in data.pools if pool.alive and pool.active]
    if not at_work or not data.hashrate:
        return None
    if code != 2030:
        return False
    rejected = at_work[0].rejected_percent
    return False if rejected is not None and rejected < _FEW_REJECTED else None


def _board_sensor(data: MinerData, code: int) -> bool | None:
    """Judge errors of the temperature sensor of a board."""
    board = _board(data, code)
    return False if board is not None and board.temperature is not None else None


def _dark_board(data: MinerData, code: int) -> bool | None:
    """Decide about errors with which a board does not hash."""
    return _hashing(data, code, 0.5)


def _weak_board(data: MinerData, code: int) -> bool | None:
    """Judge errors with which a board hashes less than it should."""
    return _hashing(data, code, _BOARD_FULL)


def _any_board(data: MinerData, _: int) -> bool | None:
    """Judge errors that name no board."""
    seen = {_hashing(data, slot, 0.5) for slot in range(len(data.boards))}
    return True if True in seen else False if seen == {False} else None


def _hashing(data: MinerData, code: int, share: float) -> bool | None:
    """Judge by whether a board hashes with this share of its rating."""
    if not _should_hash(data):
        return None
    if not data.hashrate:
        return True
    if not data.boards:
        return None
    board = _board(data, code)
    if board is None or board.hashrate == 0:
        return True
    rated = board.hashrate_factory
    if board.hashrate is None or rated is None or board.hashrate < 0.5 * rated:
        return None
    best = max(board.hashrate, board.hashrate_average or 0)
    return False if best >= share * rated else None


def _should_hash(data: MinerData) -> bool:
    """Return whether nothing but an error explains that a board does not hash."""
    no_pool = bool(data.pools) and not any(pool.alive for pool in data.pools)
    ran = data.mining_uptime
    starting = ran is not None and ran < _START_SECONDS
    return data.mining is not False and not no_pool and not starting


def _board(data: MinerData, code: int) -> Board | None:
    """Return the board that a code names, if it is there."""
    if code >= 100_000:
        slot = code // 1000 % 10
    elif code in range(5200, 5700) and code not in (5410, 5431):
        slot = code // 10 % 10
    else:
        slot = code % 10
    return next((board for board in data.boards if board.slot == slot), None)


# The first that holds a code judges it.
_JUDGES: tuple[
    tuple[range | frozenset[int], Callable[[MinerData, int], bool | None]], ...
] = (
    (frozenset({110, 111, 120, 121, 130, 131}), _fan),
    (frozenset({140, 600, 610}), _surroundings),
    (range(200, 300), _power),
    (range(300, 304), _board_sensor),
    (range(320, 324), _board_sensor),
    (frozenset({326, 335}), _coolant_sensor),
    (frozenset({330}), _environment_sensor),
    (range(340, 344), _weak_board),
    (range(350, 354), _dark_board),
    (frozenset({360}), _any_board),
    (range(361, 364), _dark_board),
    (range(410, 424), _dark_board),
    (range(450, 454), _dark_board),
    (range(530, 544), _dark_board),
    (range(550, 554), _weak_board),
    (range(560, 564), _dark_board),
    (range(570, 574), _weak_board),
    (range(580, 584), _dark_board),
    (range(590, 594), _weak_board),
    (range(2000, 2060), _pool),
    (range(2300, 2360), _hashrate),
    (range(5010, 5050), _weak_board),
    (range(5050, 5054), _dark_board),
    (range(5070, 5074), _weak_board),
    (range(5090, 5180), _weak_board),
    (frozenset({5410, 5431}), _dark_board),
    (range(5200, 5730), _weak_board),
    (frozenset({6010}), _weak_board),
    (range(520_000, 590_000), _weak_board),
)
