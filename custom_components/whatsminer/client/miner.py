"""A WhatsMiner, as a caller sees it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from . import values
from .controls import CONTROLS, Control, offered
from .dialects import Dialect
from .dialects.dual import DialectDual
from .dialects.v2 import DialectV2
from .dialects.v3 import DialectV3
from .exceptions import (
    CommandFailed,
    InvalidResponse,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    NotNow,
    PasswordMissing,
    WhatsminerError,
    WrongDevice,
)
from .lifetimes import Memory
from .models import Capability, MinerData, MinerIdentity
from .protocol import DEFAULT_ACCOUNT, asked_by, default_passwords, is_newer_than_known
from .transport import FrameTransport, Transport, ask_first

DEFAULT_PORT = 4028
DEFAULT_PORT_V3 = 4433

IDENTIFY_TIMEOUT = 20.0
"""Seconds to find out who the miner is, in all that is asked for that."""

# API v3 came with firmware of May 2024; older firmware is not knocked at.
_FIRST_WITH_V3 = "202405"
# Seconds after which it is knocked at again: its port may have been closed, or busy.
_V3_AGAIN = 600.0


class Miner:
    """One miner at an address: read it without a password, control it with one.

    Which generation of the protocol it speaks is found out at the first contact, and
    again after its firmware changed or it stopped answering. Every method raises a
    WhatsminerError when it cannot do what it says: MinerUnreachable, MinerBusy,
    InvalidResponse and, where a password is needed, PasswordMissing,
    AuthenticationError, WriteAccessDisabled or another CommandFailed. A miner can
    carry out a command later than it confirms it, or never: read it afterwards. Call
    `close` at the end.
    """

    def __init__(
        self,
        host: str,
        password: str | None = None,
        *,
        port: int = DEFAULT_PORT,
        port_v3: int = DEFAULT_PORT_V3,
        account: str = DEFAULT_ACCOUNT,
        mac: str | None = None,
    ) -> None:
        """Keep the address; without a password the miner can only be read.

        The password is that of `admin` on API v2, and that of the account on v3. With a
        MAC address, who the miner is is proven before anything is written to it.
        """
        self.host = host
        self._mac = None if mac is None else values.parse_mac(mac) or mac
        self._percent_forms: dict[str | None, int] = {}
        self._last: MinerData | None = None
        self._identity: MinerIdentity | None = None
        self._transport = Transport(host, port)
        self._transport_v3 = FrameTransport(host, port_v3)
        self._memory = Memory()
        self._poll = asyncio.Lock()
        self._account = account
        self._firmware: str | None = None
        self._v3_again = inf
        self.set_password(password)

    def set_password(self, password: str | None, account: str | None = None) -> None:
        """Use another password from now on, or none; and another account, if given."""
        self._account = account or self._account
        self._password = password or None
        self._v2 = DialectV2(self._transport, self._password, self._memory, self._mac)
        self._v3 = DialectV3(
            self._transport_v3,
            self._password,
            self._account,
            self._memory,
            self._mac,
            self._percent_forms,
        )
        self._dual = DialectDual(self._v3, self._v2)
        self._dialect: Dialect | None = None
        self._doubtful = True

    @property
    def can_write(self) -> bool:
        """Return whether there is a password for commands."""
        return self._password is not None

    @property
    def write_access(self) -> bool | None:
        """Return whether the miner takes commands; None until it has shown it."""
        return None if self._dialect is None else self._dialect.write_access

    @property
    def has_accounts(self) -> bool | None:
        """Return whether the miner has several accounts; None before the first contact."""
        return None if self._dialect is None else self._dialect is not self._v2

    @property
    def has_default_password(self) -> bool:
        """Return whether the password is one that every new miner has."""
        account = self._account if self.has_accounts else None
        return self._password in default_passwords(account)

    @property
    def is_newer_than_known(self) -> bool:
        """Return whether the API is newer than all known ones."""
        last = self._last
        return last is not None and is_newer_than_known(last.identity.api_version)

    @property
    def is_plain_cgminer(self) -> bool:
        """Return whether the firmware, of 2018 to 2020, has no commands.

        Some of it has no MAC address to give either.
        """
        return self._dialect is self._v2 and self._v2.is_plain_cgminer

    @property
    def identified(self) -> MinerData | None:
        """Return what follows from who the miner is; None before it has said so.

        That is all that is known of a miner which is too slow to be read in time.
        """
        if (who := self._identity) is None:
            return None
        can = offered(who.api_version or "0", None)
        return MinerData(identity=who, capabilities=can)

    @property
    def last_mac(self) -> str | None:
        """Return the MAC address that was reported last, by whoever has the address.

        A miner that does not report it in each reading is still taken for that one.
        """
        return self._memory.mac

    @property
    def answers(self) -> dict[str, Any]:
        """Return the last raw answers of the miner, including all secrets."""
        return {} if self._dialect is None else self._dialect.answers

    async def identify(self) -> MinerIdentity:
        """Ask who the miner is; at most IDENTIFY_TIMEOUT seconds.

        What it does not say in that time is not known. Raises NotAWhatsminer when
        something else answers.
        """
        async with self._poll:
            return await self._detect()

    async def read(self) -> MinerData:
        """Read everything of a poll."""
        async with self._poll:
            if self._dialect is self._v2 and monotonic() >= self._v3_again:
                await self._find_v3(IDENTIFY_TIMEOUT)
            try:
                data = await self._speak(lambda dialect: dialect.read())
            except CommandFailed, InvalidResponse, NotAWhatsminer:
                # What one generation refuses the other may answer.
                self._doubtful = True
                raise
            firmware = data.identity.firmware
            if self._firmware not in (None, firmware):
                self._doubtful = True
            self._firmware = firmware
            self._last = data
            return data

    def remember(self, data: MinerData) -> None:
        """Take the readings of an earlier run, before the first reading.

        Only what always stays true of one miner is taken over: its identity, its rating,
        its cooling. It is given up if another miner answers.
        """
        self._memory.remember(data, monotonic())

    async def check_password(self) -> bool:
        """Check the password and find out `write_access`; this changes nothing.

        Returns whether it is proven: False when the miner shows neither that it takes
        it nor that it does not. Raises AuthenticationError when the password is wrong.
        """
        return await self._speak(lambda dialect: dialect.check_password())

    async def start(self) -> bool:
        """Turn mining on."""
        return await self.change(Capability.START_STOP, True)

    async def stop(self) -> bool:
        """Turn mining off; the miner still answers."""
        return await self.change(Capability.START_STOP, False)

    async def restart(self) -> bool:
        """Restart mining; the control board stays up. Raises NotNow if it is stopped."""
        return await self.change(Capability.RESTART)

    async def reboot(self) -> bool:
        """Restart the whole miner; it does not answer for about a minute."""
        return await self.change(Capability.REBOOT)

    async def change(self, what: Capability, value: Any = None) -> bool:
        """Set one of the miner's capabilities.

        `Capability` has the values, `CONTROLS` their ranges and what restarts mining.

        Returns whether the miner said yes: False when it is not known what it did, and
        what it reports afterwards has to show it. Where it reports nothing of it,
        NoAnswer is raised then. Raises NotNow, before anything is sent, for what it
        does not take in its present state.
        """
        control = CONTROLS[what]
        now = await self._refuse_blocked(control) if control.can_be_blocked else None
        confirmed = await self._set(
            what, lambda dialect: dialect.change(control, value, now)
        )
        last = self._last
        is_shown = last is not None and control.read(last) is not None
        if not (confirmed or is_shown or control.silent):
            raise NoAnswer(f"{what}: not known whether the miner did it")
        return confirmed

    async def _refuse_blocked(self, control: Control) -> MinerData | None:
        """Raise NotNow if the miner does not accept the command in its current state.

        Returns the reading that shows this, if there is one.
        """
        if not self.can_write:
            raise PasswordMissing("no password was given")
        try:
            data = await self.read()
        except WhatsminerError:
            return None  # the miner itself decides
        if self._mac is not None and self.last_mac not in (None, self._mac):
            raise WrongDevice(f"{self.last_mac} is at the address of {self._mac}")
        if (reason := control.blocked(data)) is not None:
            raise NotNow(control.capability, reason)
        return data

    def ask_anew(self) -> None:
        """Read the settings with the next reading, which is not done each time."""
        if self._dialect is not None:
            self._dialect.ask_anew()

    async def change_password(self, new: str) -> None:
        """Change the password for commands, and use the new one.

        Up to 8 letters, digits and `_`: that is what the protocol allows. Where the
        miner does not answer, only trying shows which of the two it takes.
        """
        if self._password is None:
            raise PasswordMissing("no password was given")
        old = self._password
        try:
            await self._speak(lambda dialect: dialect.change_password(old, new))
        except NoAnswer:
            self.set_password(new)
            taken = False
            try:
                taken = await self.check_password()
            except WhatsminerError:
                pass
            finally:
                if not taken:
                    self.set_password(old)
            if not taken:
                raise
        self.set_password(new)

    async def query(self, command: str, /, **params: Any) -> dict[str, Any]:
        """Send any command that reads, and return the whole answer.

        What a command of API v3 takes is given as `param`.
        """
        return await self._speak(lambda dialect: dialect.query(command, params))

    async def execute(self, command: str, /, **params: Any) -> dict[str, Any] | None:
        """Send any command that writes, and return the whole answer, which confirms it.

        None when the miner did not answer one that restarts it, which is to be
        expected; NoAnswer is raised for others: it is not known then whether it did it.
        What a command of API v3 takes is given as `param`.
        """
        asked = asked_by(command, params)
        # Of another one it is not known what it sets.
        what = asked[0] if asked else Capability.FACTORY_RESET
        return await self._set(what, lambda dialect: dialect.execute(command, params))

    async def close(self) -> None:
        """Close the connections; the next call connects again."""
        await self._transport_v3.close()

    async def _set[ResultT](
        self, what: Capability, say: Callable[[Dialect], Awaitable[ResultT]]
    ) -> ResultT:
        """Send what sets something: unless nothing was set, it has to be read anew."""
        is_unset = False
        try:
            return await self._speak(say)
        except WhatsminerError as err:
            # Only after a silence it is not known whether the miner did it.
            is_unset = not isinstance(err, NoAnswer)
            raise
        finally:
            if not is_unset:
                self._memory.forget_what_sets(what)
                self.ask_anew()

    async def _speak[ResultT](
        self, say: Callable[[Dialect], Awaitable[ResultT]]
    ) -> ResultT:
        """Talk in the generation of the protocol that the miner uses."""
        if self._doubtful or self._dialect is None:
            await ask_first(self._detect())
        assert self._dialect is not None
        try:
            return await say(self._dialect)
        except MinerUnreachable, WrongDevice:
            # It may come back with another firmware.
            self._doubtful = True
            raise

    async def _detect(self) -> MinerIdentity:
        """Find out in time which generation the miner speaks, by asking who it is.

        Raises MinerUnreachable when neither port answers, NotAWhatsminer when something
        else does.
        """
        end = asyncio.get_running_loop().time() + IDENTIFY_TIMEOUT
        try:
            identity = await self._v2.identify()
        except (MinerUnreachable, NotAWhatsminer, InvalidResponse) as problem:
            try:
                async with asyncio.timeout_at(end):
                    identity = await self._v3.identify()
            except MinerUnreachable, CommandFailed, TimeoutError:
                raise problem from None
            self._settle(self._v3, identity)
            return identity
        self._settle(self._v2, identity)
        self._v3_again = inf
        if (identity.firmware or _FIRST_WITH_V3) >= _FIRST_WITH_V3:
            seconds = end - asyncio.get_running_loop().time()
            identity = await self._find_v3(seconds) or identity
        return identity

    async def _find_v3(self, seconds: float) -> MinerIdentity | None:
        """Speak both if the miner says by API v3, too, who it is."""
        self._v3_again = monotonic() + _V3_AGAIN
        with suppress(WhatsminerError, TimeoutError):
            async with asyncio.timeout(seconds):
                identity = await self._v3.identify()
            self._settle(self._dual, identity)
            return identity
        return None

    def _settle(self, dialect: Dialect, identity: MinerIdentity) -> None:
        """Speak this from now on, to the miner that said who it is."""
        self._dialect = dialect
        self._identity = identity
        self._doubtful = False
