"""Firmware that speaks API v2 and v3 at once: the best of both."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from math import inf
from time import monotonic
from typing import Any, override

from ..controls import Control
from ..exceptions import AuthenticationError, MinerBusy, WhatsminerError, WrongDevice
from ..models import MinerData, MinerError, MinerIdentity, Pool, values_of
from ..past_errors import judged
from . import Dialect, common
from .v2 import DialectV2
from .v3 import DialectV3

# Seconds that must not pass between two askings of v2: for the pools, of which only it
# counts shares and lists all; and for errors while v3 does not report them.
_POOLS_PERIOD = 70.0
_ERRORS_PERIOD = 35.0


class DialectDual(Dialect):
    """Read and control by v3; use v2 for what v3 does not report or does not allow.

    The two have separate accounts, so that a password may fit only one of them: the one
    that takes it is written with.
    """

    def __init__(self, v3: DialectV3, v2: DialectV2) -> None:
        """Join the two."""
        self._v3 = v3
        self._v2 = v2
        self._writer: DialectV3 | DialectV2 | None = None
        self._reset()

    def _reset(self) -> None:
        """Begin without an answer of v2."""
        self._mac: str | None = None
        self._pools_given: tuple[tuple[Pool, ...], tuple[Pool, ...]] | None = None
        self._pools_joined = common.without_counts(())
        self._read_at: float | None = None
        self._next_poll = -inf
        self._pools: tuple[Pool, ...] = ()
        self._pools_asked = -inf
        self._errors: tuple[MinerError, ...] | None = None
        self._errors_asked = -inf

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
        """Read by v3, and now and then by v2 what v3 does not report."""
        data = await self._v3.read(self._ask_pools)
        if data.errors is not None:
            return data
        errors = await self._read_errors(self._next_poll)
        if errors is None:
            return data
        return replace(
            data, errors=judged(replace(data, errors=errors), self._v3.now())
        )

    async def _ask_pools(self, identity: MinerIdentity) -> common.Join:
        """Ask for the pools by v2, if that is due; return what joins them with v3's."""
        if identity.mac != self._mac:
            self._reset()
            self._mac = identity.mac
        now = monotonic()
        gap = 0.0 if self._read_at is None else now - self._read_at
        self._read_at, self._next_poll = now, now + gap
        if self._next_poll - self._pools_asked > _POOLS_PERIOD:
            self._pools_asked, self._pools = now, ()
            with suppress(WhatsminerError):
                self._pools = await self._v2.read_pools()
        return self._join

    def _join(self, pools: tuple[Pool, ...]) -> common.Pools:
        """Return pools with what v2 knows of them: counts, and those at rest."""
        given = (pools, self._pools)
        if given != self._pools_given:
            self._pools_given, self._pools_joined = given, _joined(*given)
        return self._pools_joined

    async def _read_errors(self, next_poll: float) -> tuple[MinerError, ...] | None:
        """Return the errors by v2: v3 has a text for them while mining is stopped."""
        if next_poll - self._errors_asked > _ERRORS_PERIOD:
            self._errors_asked, self._errors = monotonic(), None
            with suppress(WhatsminerError):
                self._errors = await self._v2.read_errors()
        return self._errors

    @override
    async def check_password(self) -> bool:
        """Find out which of the two takes the password.

        Where none shows that it does, v3 is written with.
        """
        wrong: AuthenticationError | None = None
        try:
            proven = await self._v3.check_password()
        except AuthenticationError as err:
            wrong, proven = err, False
        if proven or (wrong is None and self._v3.write_access is False):
            self._writer = self._v3
            return proven
        try:
            proven = await self._v2.check_password()
        except WhatsminerError as err:
            if wrong is not None or isinstance(err, WrongDevice):
                raise
            if isinstance(err, MinerBusy):
                return False  # to be asked again
        self._writer = self._v2 if proven or wrong is not None else self._v3
        return proven

    @override
    async def change(
        self, control: Control, value: Any, data: MinerData | None
    ) -> bool:
        """Ask for a value of what a row describes; returns whether it said yes."""
        return await self._write(lambda dialect: dialect.change(control, value, data))

    @override
    def ask_anew(self) -> None:
        """Ask for the settings at the next poll; v2 has the pools that are at rest."""
        self._v3.ask_anew()
        self._pools_asked = -inf

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
        await self.check_password()
        return await command(self._writer or self._v3)


def _joined(pools: tuple[Pool, ...], listed: tuple[Pool, ...]) -> common.Pools:
    """Return the pools as both have them, and their shares."""
    rest = list(listed)
    found = []
    for pool in pools:
        if (same := _same(pool, rest)) is not None:
            rest.remove(same)
            pool = _completed(pool, same)
        found.append(pool)
    found += rest
    return {
        "pools": tuple(sorted(found, key=lambda pool: pool.priority)),
        "accepted": common.total(pool.accepted for pool in found),
        "rejected": common.total(pool.rejected for pool in found),
    }


def _same(pool: Pool, listed: list[Pool]) -> Pool | None:
    """Return the same pool of a list: two can have one address, but not one place."""
    same = [
        each for each in listed if (each.url, each.worker) == (pool.url, pool.worker)
    ]
    in_place = [each for each in same if each.priority == pool.priority]
    return next(iter(in_place or same), None)


def _completed(pool: Pool, same: Pool) -> Pool:
    """Return a pool with what it leaves out as another has it."""
    values = values_of(same)
    for name, value in values_of(pool).items():
        # v3 numbers what is at work, v2 what is set.
        if value is not None and name != "priority":
            values[name] = value
    return Pool(**values)
