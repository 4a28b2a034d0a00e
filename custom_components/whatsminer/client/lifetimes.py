"""How long what a miner reported stays true when it does not report it again.

These two tables say it for everything. What is in neither of them (hashrate, power,
temperatures, fans, counts ...) is true for the one reading that it came with. Past its
lifetime a value is unknown: an old "no errors" says nothing of today.
"""

from collections.abc import Collection, Container, Mapping
from math import inf
from typing import Any

from .known import Known
from .models import (
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
"""What is not known any more once somebody asked for something else."""

type _Path = tuple[str | int, ...]
"""Where a part of a reading is, such as `("boards", 2)`; that of the whole is empty."""
type _Kept = tuple[Any, float, float]
"""A value that was reported, at what time, and how long that is true."""

_NO_SUPPLY = PowerSupply()


class Memory:
    """What is still true of the last readings of one miner."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.forget()

    def forget(self) -> None:
        """Start again, because another miner has the address."""
        self.mac: str | None = None
        self.known = Known()
        self._kept: dict[_Path, dict[str, _Kept]] = {}

    def is_other(self, mac: str | None) -> bool:
        """Return whether this is the address of another miner than before."""
        return None not in (mac, self.mac) and mac != self.mac

    def forget_what_sets(self, what: Capability) -> None:
        """Start again with the values that were just changed."""
        for name in SET_BY.get(what, ()):
            self._kept.get((), {}).pop(name, None)
            self._drop(name)

    def remember(self, data: MinerData, now: float) -> None:
        """Take over from an earlier run what always stays true."""
        self.complete(data, now)
        for part in self._kept.values():
            for name in [each for each, kept in part.items() if kept[2] < ALWAYS]:
                del part[name]

    def complete(
        self, data: MinerData, now: float, unlisted: Collection[str] = ()
    ) -> MinerData:
        """Keep a reading, and return it with what it leaves out and is still true.

        Why: a stopped or starting miner reports neither boards nor pools nor its rating,
        which it has all the same; with gaps every entity would flap at each stop. What
        was measured is never completed: an old value would be a lie.

        `unlisted` names the lists (`boards`, `pools`) that mining is too far away for.
        """
        boards, pools = data.boards, data.pools
        if "boards" in unlisted:
            rate = 0.0 if data.mining is False else None
            boards = tuple(Board(slot=n, hashrate=rate) for n in self._listed("boards"))
        elif boards:
            self._drop("boards", {board.slot for board in boards})
        if "pools" in unlisted:
            pools = tuple(Pool(priority=n) for n in self._listed("pools"))
        else:
            self._drop("pools")
        psu = self._filled(data.power_supply or _NO_SUPPLY, now, "power_supply")
        data = self._filled(data, now)
        self.mac = data.identity.mac or self.mac
        self.known = self.known.after(data)
        completed: dict[str, Any] = {
            "fans_turned": self.known.fans_turned or None,
            "identity": self._filled(data.identity, now, "identity"),
            "power_limit": self._power_limit(data, now),
            "boards": tuple(
                self._filled(each, now, "boards", each.slot) for each in boards
            ),
            "pools": tuple(
                pool
                for each in pools
                if (pool := self._filled(each, now, "pools", each.priority)).url
                or "pools" not in unlisted
            ),
            "power_supply": None if psu == _NO_SUPPLY else psu,
        }
        # Most readings leave nothing out, and need no copy.
        missing = {
            name: value
            for name, value in completed.items()
            if getattr(data, name) != value
        }
        return MinerData(**values_of(data) | missing) if missing else data

    def _filled[PartT](self, part: PartT, now: float, *path: str | int) -> PartT:
        """Keep what a part of a reading gives; return it with the rest as it was."""
        kept = self._kept.setdefault(path, {})
        values = {}
        for name, lifetime in LASTING[type(part)].items():
            if (value := getattr(part, name)) is not None:
                kept[name] = value, now, lifetime
            elif (value := _recalled(kept, name, now)) is not None:
                values[name] = value
        return type(part)(**values_of(part) | values) if values else part

    def _power_limit(self, data: MinerData, now: float) -> float | None:
        """Return the limit in force, which a stopped miner gives as 0.

        It stays what it was as long as nothing else was asked for.
        """
        kept = self._kept[()]
        asked_for = (data.power_limit_set, data.power_mode)
        if data.power_limit is not None:
            kept["power_limit"] = (data.power_limit, asked_for), now, A_DAY
        elif data.mining is False:
            limit, before = _recalled(kept, "power_limit", now) or (None, None)
            return limit if before == asked_for else None
        return data.power_limit

    def _listed(self, name: str) -> list[int]:
        """Return the numbers of the boards or pools that are known."""
        return sorted(
            int(path[1])
            for path, kept in self._kept.items()
            if kept and path[:1] == (name,)
        )

    def _drop(self, name: str, but: Container[str | int] = ()) -> None:
        """Forget the boards or pools, but for those with these numbers."""
        for path in list(self._kept):
            if path[:1] == (name,) and path[1] not in but:
                del self._kept[path]


def _recalled(kept: Mapping[str, _Kept], name: str, now: float) -> Any:
    """Return a value that is still true; None when none is."""
    value, time, lifetime = kept.get(name, (None, now, ALWAYS))
    return value if now - time <= lifetime else None
