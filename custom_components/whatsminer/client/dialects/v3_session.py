"""Frames and tokens of API v3 on TCP 4433: how to ask, not what the answers mean."""

import asyncio
import json
from time import time
from typing import Any

from .. import lenient_json
from ..crypto import TokenV3
from ..exceptions import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    NoAnswer,
    PasswordMissing,
    UnknownCommand,
    WriteAccessDisabled,
)
from ..transport import FrameTransport
from ..values import integer

_BUSY_SECONDS = 30.0


class SessionV3:
    """One miner's API v3."""

    def __init__(
        self, transport: FrameTransport, password: str | None, account: str
    ) -> None:
        """Talk over the transport, writing as the account if there is a password."""
        self.write_access: bool | None = None
        self._transport = transport
        self._password = password
        self._account = account
        self._salt: str | None = None
        self._lock = asyncio.Lock()

    async def query(self, command: str, param: Any = None) -> dict[str, Any]:
        """Send a reading command and return the whole answer."""
        request: dict[str, Any] = {"cmd": command}
        if param is not None:
            request["param"] = param
        try:
            return await self._send(request, again=True)
        except WriteAccessDisabled as err:
            # Reading needs no account: a fixture of MicroBT's driver has this code for
            # too many connections. No device has shown it.
            raise MinerBusy(_BUSY_SECONDS) from err

    async def execute(
        self, command: str, param: Any = None, *, encrypted: bool = False
    ) -> dict[str, Any] | None:
        """Send a writing command with a token of its own and return the whole answer.

        None when the miner took it and did not answer. The token hangs on a salt that
        changes with the password: it is asked for again once when writing is refused.
        """
        async with self._lock:
            salt = self._salt
            try:
                return await self._execute(command, param, encrypted)
            except WriteAccessDisabled as err:
                refused = err
            # The miner has one code for all of this: the API switch is off, the account
            # may not do it, or the token does not fit.
            switch = await self._read_switch()
            if salt not in (None, self._salt):
                try:
                    return await self._execute(command, param, encrypted)
                except WriteAccessDisabled as err:
                    refused = err
            if switch == "1":
                raise AuthenticationError(
                    "the miner does not take this account and password"
                ) from refused
            self.write_access = False
            raise refused

    async def _execute(
        self, command: str, param: Any, encrypted: bool
    ) -> dict[str, Any] | None:
        """Send a writing command once."""
        if self._password is None:
            raise PasswordMissing("no password was given")
        if self._salt is None:
            await self._read_switch()
        now = int(time())
        token = TokenV3(command, self._password, self._salt or "", now)
        request: dict[str, Any] = {
            "cmd": command,
            "ts": now,
            "token": token.text,
            "account": self._account,
        }
        if encrypted:
            request["param"] = token.envelope.seal_pkcs7(json.dumps(param))
        elif param is not None:
            request["param"] = param
        try:
            answer = await self._send(request, again=False)
        except NoAnswer:
            return None
        self.write_access = True
        return answer

    async def _read_switch(self) -> str | None:
        """Ask for the salt, keep it, and return the API switch ("1" is on)."""
        answer = await self.query("get.device.info")
        message = answer.get("msg")
        if not isinstance(message, dict) or not isinstance(message.get("salt"), str):
            raise InvalidResponse("get.device.info did not give a salt")
        self._salt = message["salt"]
        system = message.get("system")
        return str(system.get("apiswitch")) if isinstance(system, dict) else None

    async def _send(self, request: dict[str, Any], *, again: bool) -> dict[str, Any]:
        """Send one request and return its answer; raise for an answer with an error."""
        command = request["cmd"]

        def pick(frame: bytes) -> dict[str, Any] | None:
            """Take the frame that names the command; reports are pushed unasked."""
            answer = lenient_json.loads(frame)
            return answer if answer.get("desc", command) == command else None

        answer = await self._transport.exchange(
            json.dumps(request).encode(), pick, again=again
        )
        _raise_for_error(command, answer)
        return answer


def _raise_for_error(command: str, answer: dict[str, Any]) -> None:
    """Raise what a code means.

    0 ok, -1 fail, -2 invalid command, -3 invalid item, -4 no permission, -5 out of
    memory; official web document of API v3.
    """
    code = integer(answer.get("code"))
    if code == 0:
        return
    message = str(answer.get("msg", ""))[:200]
    match code:
        case -2:
            raise UnknownCommand(command, code, message)
        case -4:
            raise WriteAccessDisabled(command, code, message)
    raise CommandFailed(command, code, message)
