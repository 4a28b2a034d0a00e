"""Firmware that speaks API v2 and v3 at once: the best of both."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, override

from ..controls import Control
from ..exceptions import AuthenticationError, WhatsminerError
from ..models import MinerData, MinerIdentity, Pool
from . import Dialect, common
from .v2 import DialectV2
from .v3 import DialectV3

# Only v2 counts shares: seconds between two askings.
_SHARES_PERIOD = 60.0


class DialectBoth(Dialect):
    """Read and steer by v3; use v2 for what v3 does not tell, or does not allow.

    The two have separate accounts, so that a password may fit only one of them: the one
    that takes it is written with.
    """

    def __init__(self, v3: DialectV3, v2: DialectV2) -> None:
        """Join the two."""
        self._v3 = v3
        self._v2 = v2
        self._writer: DialectV3 | DialectV2 | None = None
        self._shares: tuple[Pool, ...] = ()
        self._shares_asked: float | None = None

    @property
    @override
    def write_access(self) -> bool | None:
        """Return whether writing is allowed, as far as the miner has shown."""
        return (self._writer or self._v3).write_access

    @property
    @override
    def answers(self) -> dict[str, Any]:
        """Return the last answers of both, as they came."""
        return self._v2.answers | self._v3.answers

    @override
    async def identify(self) -> MinerIdentity:
        """Ask who the miner is."""
        return await self._v3.identify()

    @override
    async def read(self) -> MinerData:
        """Read by v3, and now and then the counts of shares by v2."""
        data = await self._v3.read()
        now = monotonic()
        if self._shares_asked is None or now - self._shares_asked >= _SHARES_PERIOD:
            self._shares = ()
            with suppress(WhatsminerError):
                self._shares = await self._v2.read_pools()
            self._shares_asked = now
        return _with_shares(data, self._shares)

    @override
    async def check_password(self) -> None:
        """Find out which of the two takes the password."""
        await self._write(lambda dialect: dialect.check_password())

    @override
    async def change(self, control: Control, value: Any) -> bool:
        """Ask for a value of what a row describes; returns whether it was answered."""
        return await self._write(lambda dialect: dialect.change(control, value))

    @override
    def ask_anew(self) -> None:
        """Ask for the settings at the next poll."""
        self._v3.ask_anew()

    @override
    async def change_password(self, old: str, new: str) -> None:
        """Change the password of the account that is written with."""
        await self._write(lambda dialect: dialect.change_password(old, new))

    @override
    async def query(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send any reading command of either; v3's have a dot in their names."""
        return await self._speaker(command).query(command, params)

    @override
    async def execute(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send any writing command of either; v3's have a dot in their names."""
        return await self._speaker(command).execute(command, params)

    def _speaker(self, command: str) -> DialectV3 | DialectV2:
        """Return whose command this is."""
        return self._v3 if "." in command else self._v2

    async def _write[ResultT](
        self, command: Callable[[DialectV3 | DialectV2], Awaitable[ResultT]]
    ) -> ResultT:
        """Do something that needs the password with the one that takes it."""
        if self._writer is not None:
            try:
                return await command(self._writer)
            except AuthenticationError:
                self._writer = None
        writer: DialectV3 | DialectV2 = self._v3
        try:
            result = await command(writer)
        except AuthenticationError:
            writer = self._v2
            result = await command(writer)
        self._writer = writer
        return result


def _with_shares(data: MinerData, counted: tuple[Pool, ...]) -> MinerData:
    """Return a reading with the counts of shares of pools that are the same."""
    known = {(pool.priority, pool.url, pool.worker): pool for pool in counted}
    pools = []
    for pool in data.pools:
        same = known.get((pool.priority, pool.url, pool.worker))
        if same is not None:
            pool = replace(
                pool,
                accepted=same.accepted,
                rejected=same.rejected,
                stale=same.stale,
                stale_percent=same.stale_percent,
            )
        pools.append(pool)
    return replace(
        data,
        pools=tuple(pools),
        accepted=common.total(pool.accepted for pool in pools),
        rejected=common.total(pool.rejected for pool in pools),
    )
