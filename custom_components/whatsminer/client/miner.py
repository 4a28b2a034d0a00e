"""A WhatsMiner, as a caller sees it."""

import asyncio
from typing import Any

from .dialects.v2 import DialectV2
from .models import MinerData, MinerIdentity
from .transport import Transport

DEFAULT_PORT = 4028


class Miner:
    """One miner at an address: read it with the address alone, steer it with a password.

    Nothing is connected between two calls. Every method raises a WhatsminerError when
    it cannot do what it says: MinerUnreachable, MinerBusy, InvalidResponse and, where a
    password is needed, PasswordMissing, AuthenticationError, WriteAccessDisabled or
    another CommandFailed. A miner may obey a command later than it answers, or not at
    all: what it did is seen in what it reads afterwards.
    """

    def __init__(
        self, host: str, password: str | None = None, *, port: int = DEFAULT_PORT
    ) -> None:
        """Remember where the miner is; without a password it can only be read."""
        self.host = host
        self.port = port
        self._transport = Transport(host, port)
        self._poll = asyncio.Lock()
        self.set_password(password)

    def set_password(self, password: str | None) -> None:
        """Use another admin password from now on, or none."""
        self._has_password = bool(password)
        self._dialect = DialectV2(self._transport, password or None)

    @property
    def can_write(self) -> bool:
        """Return whether a password is there to write with."""
        return self._has_password

    @property
    def write_access(self) -> bool | None:
        """Return whether the miner lets write; None as long as it has not shown it."""
        return self._dialect.write_access

    async def identify(self) -> MinerIdentity:
        """Ask who the miner is.

        Raises NotAWhatsminer when something else answers.
        """
        async with self._poll:
            return await self._dialect.identify()

    async def read(self) -> MinerData:
        """Read everything of a poll."""
        async with self._poll:
            return await self._dialect.read()

    async def check_password(self) -> None:
        """Prove the password and find out `write_access`; changes nothing.

        Raises AuthenticationError when the password is wrong.
        """
        await self._dialect.check_password()

    async def start(self) -> None:
        """Switch mining on."""
        await self._dialect.start()

    async def stop(self) -> None:
        """Switch mining off; the miner goes on answering."""
        await self._dialect.stop()

    async def restart(self) -> None:
        """Restart mining; the control board stays up."""
        await self._dialect.restart()

    async def reboot(self) -> None:
        """Restart the whole miner; it is away for about a minute."""
        await self._dialect.reboot()

    async def query(self, command: str, **params: Any) -> dict[str, Any]:
        """Send any reading command and return the miner's whole answer."""
        return await self._dialect.query(command, params)

    async def execute(self, command: str, **params: Any) -> dict[str, Any] | None:
        """Send any writing command and return the miner's whole answer.

        None when the miner took the command and did not answer, as with many that
        restart something.
        """
        return await self._dialect.execute(command, params)
