"""How long what a miner reported stays true when it does not report it again.

These two tables say it for everything. What is in neither of them (hashrate, power,
temperatures, fans, counts ...) is true for the one reading that it came with. Past its
lifetime a value is unknown: an old "no errors" says nothing of today.
"""

from collections.abc import Callable, Collection, Mapping
from math import inf
from operator import attrgetter
from typing import Any

from .known import Known
from .models import (
    NO_POWER_SUPPLY,
    Board,
    Capability,
    MinerData,
    MinerIdentity,
    Pool,
    PowerSupply,
    values_of,
)

ALWAYS = inf
"""Until another miner answers: what is built in."""
A_DAY = 24 * 3600.0
"""What only somebody can change, who may do so elsewhere."""

ANSWERS: Mapping[str, float] = {
    "get_psu": 180.0,
    "get_miner_info": 120.0,
    "get_version": ALWAYS,
    "devdetails": ALWAYS,
    "get.miner.setting": 180.0,
    "get.fan.setting": 180.0,
}
"""Seconds that an answer counts while the miner keeps silent: three askings or so.

One that is refused or cannot be read ends it at once. What is not in this table (errors,
and all that the mining process answers) ends with the first silence.
"""

LASTING: Mapping[type, Mapping[str, float]] = {
    MinerData: {
        "liquid_cooled": ALWAYS,
        # Parts of the summary, which is away while mining is stopped.
        "hashrate_factory": ALWAYS,
        "power_mode": A_DAY,
        "fast_boot": A_DAY,
    },
    MinerIdentity: {
        # Not the MAC address: it proves who answers, so the miner must report it again.
        "model": ALWAYS,
        "serial_number": ALWAYS,
        "firmware": ALWAYS,
        "api_version": ALWAYS,
        "control_board": ALWAYS,
        "hostname": A_DAY,
    },
    Board: {"hashrate_factory": ALWAYS, "serial_number": ALWAYS, "chip_bin": ALWAYS},
    Pool: {"url": A_DAY, "worker": A_DAY},
    PowerSupply: {"model": ALWAYS, "serial_number": ALWAYS, "firmware": ALWAYS},
}
"""Seconds that a part of a reading outlives it, by what it is a part of.

The list of boards itself always stays while mining is stopped, that of the pools for as
long as their addresses. So does the power limit while nothing else was set.
"""

SET_BY: Mapping[Capability, tuple[str, ...]] = {
    Capability.POWER_MODE: ("power_mode", "power_limit"),
    Capability.POWER_LIMIT: ("power_limit",),
    Capability.FAST_BOOT: ("fast_boot",),
    Capability.POOLS: ("pools",),
    Capability.FACTORY_RESET: ("power_mode", "power_limit", "fast_boot", "pools"),
}
"""What is not known any more once something else may have been set."""

# What reads all that lasts of a part; of one name it would return no tuple.
_READERS: Mapping[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*lasting) for kind, lasting in LASTING.items()
}

type _Kept = tuple[tuple[Any, ...], tuple[float, ...]]
"""The lasting values of a part of a reading, and when each of them was reported."""


class Memory:
    """What is still true of the last readings of one miner."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.forget()

    def forget(self, mac: str | None = None) -> None:
        """Start again, because another miner has the address: who it said it is."""
        self.mac = mac
        """Who said last who it is; who says nothing is taken for that one."""
        self.known = Known()
        self._parts: dict[type, _Kept] = {}
        self._boards: dict[int, _Kept] = {}
        self._pools: dict[int, _Kept] = {}
        self._limit: tuple[float, tuple[float | None, str | None], float] | None = None

    @property
    def has_serial_number(self) -> bool:
        """Whether the miner has reported its serial number, in an earlier run, too."""
        if (kept := self._parts.get(MinerIdentity)) is None:
            return False
        named = dict(zip(LASTING[MinerIdentity], kept[0], strict=True))
        return named["serial_number"] is not None

    def is_other(self, mac: str | None) -> bool:
        """Return whether this is the address of another miner than before."""
        return None not in (mac, self.mac) and mac != self.mac

    def forget_what_sets(self, what: Capability) -> None:
        """Start again with the values that were just changed."""
        names = SET_BY.get(what, ())
        if kept := self._parts.get(MinerData):
            self._parts[MinerData] = _without(MinerData, kept, names)
        if "power_limit" in names:
            self._limit = None
        if "pools" in names:
            self._pools = {}

    def remember(self, data: MinerData, now: float) -> None:
        """Take over from an earlier run what always stays true."""
        self.complete(data, now)
        self._parts = {
            kind: _lasting_always(kind, kept) for kind, kept in self._parts.items()
        }
        self._boards = {
            slot: _lasting_always(Board, kept) for slot, kept in self._boards.items()
        }
        self._pools = {}
        self._limit = None

    def complete(
        self, data: MinerData, now: float, unlisted: Collection[str] = ()
    ) -> MinerData:
        """Keep a reading, and return it with what it leaves out and is still true.

        Why: a stopped or starting miner reports neither boards nor pools nor its rating,
        which it has all the same; with gaps every entity would flap at each stop. What
        was measured is never completed: an old value would be a lie.

        `unlisted` names the lists (`boards`, `pools`) that mining is too far away for.
        """
        supply = self._completed(data.power_supply or NO_POWER_SUPPLY, now)
        data = self._completed(data, now)
        self.mac = data.identity.mac or self.mac
        self.known = self.known.after(data)
        completed: dict[str, Any] = {
            "fans_turned": self.known.fans_turned or None,
            "identity": self._completed(data.identity, now),
            "power_limit": self._power_limit(data, now),
            "boards": self._completed_boards(data, now, unlisted=unlisted),
            "pools": self._completed_pools(data.pools, now, unlisted=unlisted),
            "power_supply": None if supply == NO_POWER_SUPPLY else supply,
        }
        # Most readings leave nothing out, and need no copy.
        missing = {
            name: value
            for name, value in completed.items()
            if getattr(data, name) != value
        }
        return MinerData(**values_of(data) | missing) if missing else data

    def _completed[PartT](self, part: PartT, now: float) -> PartT:
        """Keep a part that there is one of; return it with what it leaves out."""
        kind = type(part)
        part, self._parts[kind] = _filled(part, self._parts.get(kind), now)
        return part

    def _completed_boards(
        self, data: MinerData, now: float, *, unlisted: Collection[str]
    ) -> tuple[Board, ...]:
        """Keep the boards that are listed, or return those that are known."""
        boards = data.boards
        if "boards" in unlisted:
            rate = 0.0 if data.mining is False else None
            known = [n for n in sorted(self._boards) if _has_any(self._boards[n])]
            boards = tuple(Board(slot=slot, hashrate=rate) for slot in known)
        elif not boards:
            return boards
        filled = {
            each.slot: _filled(each, self._boards.get(each.slot), now)
            for each in boards
        }
        self._boards = {slot: kept for slot, (_, kept) in filled.items()}
        return tuple(board for board, _ in filled.values())

    def _completed_pools(
        self, pools: tuple[Pool, ...], now: float, *, unlisted: Collection[str]
    ) -> tuple[Pool, ...]:
        """Keep the pools that are listed, or return those that are known."""
        if "pools" in unlisted:
            known = [n for n in sorted(self._pools) if _has_any(self._pools[n])]
            filled = [_filled(Pool(priority=n), self._pools[n], now) for n in known]
            self._pools = {pool.priority: kept for pool, kept in filled}
            return tuple(pool for pool, _ in filled if pool.url)
        self._pools = {each.priority: _filled(each, None, now)[1] for each in pools}
        return pools

    def _power_limit(self, data: MinerData, now: float) -> float | None:
        """Return the limit in force, which a stopped miner gives as 0.

        It stays what it was as long as nothing else was asked for.
        """
        asked_for = (data.power_limit_set, data.power_mode)
        if data.power_limit is not None:
            self._limit = data.power_limit, asked_for, now
        elif data.mining is False and self._limit is not None:
            limit, before, then = self._limit
            if before == asked_for and now - then <= A_DAY:
                return limit
        return data.power_limit


def _filled[PartT](part: PartT, kept: _Kept | None, now: float) -> tuple[PartT, _Kept]:
    """Return a part of a reading with what it leaves out, and what to keep of it."""
    kind: Any = type(part)
    given = _READERS[kind](part)
    if kept is None or None not in given:
        return part, (given, (now,) * len(given))
    found = []
    missing = {}
    for (name, lifetime), value, before, then in zip(
        LASTING[kind].items(), given, *kept, strict=True
    ):
        if value is not None:
            found.append((value, now))
        elif before is not None and now - then <= lifetime:
            found.append((before, then))
            missing[name] = before
        else:
            found.append((None, now))
    if missing:
        part = kind(**values_of(part) | missing)
    return part, (tuple(each[0] for each in found), tuple(each[1] for each in found))


def _without(kind: type, kept: _Kept, names: Collection[str]) -> _Kept:
    """Return what is kept of a part, but for what has one of these names."""
    values = zip(LASTING[kind], kept[0], strict=True)
    return tuple(None if name in names else value for name, value in values), kept[1]


def _lasting_always(kind: type, kept: _Kept) -> _Kept:
    """Return of what is kept of a part only what always stays true."""
    passing = [name for name, life in LASTING[kind].items() if life < ALWAYS]
    return _without(kind, kept, passing)


def _has_any(kept: _Kept) -> bool:
    """Return whether anything is known of a part."""
    return any(value is not None for value in kept[0])
