"""Frames and tokens of API v3 on TCP 4433: how to ask, not what the answers mean."""

import json
from time import time
from typing import Any

from .. import lenient_json
from ..crypto import TokenV3
from ..debug_log import logged
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
from ..protocol import question
from ..transport import FrameTransport
from ..values import parse_number, parse_text

type _Answer = dict[str, Any]

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
        self._proven_salt: str | None = None

    def forget_proof(self) -> None:
        """Do not go by what the miner took before: the password may be another one."""
        self._proven_salt = None

    async def query(
        self, command: str, param: Any = None, *, kept: bool = True
    ) -> _Answer:
        """Send a reading command and return the whole answer.

        Over the kept connection, or over one of its own.
        """
        return await logged(
            self._transport.host, command, self._query(command, param, kept)
        )

    async def execute(
        self, command: str, param: Any, info: _Answer, *, encrypted: bool = False
    ) -> _Answer | None:
        """Send a writing command with a token of its own and return the whole answer.

        `info` is what `get.device.info` has just said: the token hangs on its salt,
        which changes with the password. None when it is not known whether the miner did
        it, because it did not answer, or neither yes nor no.
        """
        return await logged(
            self._transport.host,
            command,
            self._execute(command, param, info, encrypted),
        )

    async def _query(self, command: str, param: Any, kept: bool) -> _Answer:
        """Send a reading command."""
        if param is None or isinstance(param, str):
            request = question("cmd", command, param)
        else:
            request = json.dumps({"cmd": command, "param": param}).encode()
        answer = await self._send(command, request, kept=kept)
        if parse_number(answer.get("code")) != 0:
            refused = _refusal(command, answer)
            if isinstance(refused, WriteAccessDisabled):
                # Reading needs no permission: a fixture of MicroBT's driver has this
                # code for too many connections. No device has shown it.
                raise MinerBusy(_BUSY_SECONDS)
            raise refused
        return answer

    async def _execute(
        self, command: str, param: Any, info: _Answer, encrypted: bool
    ) -> _Answer | None:
        """Send a writing command."""
        if self._password is None:
            raise PasswordMissing("no password was given")
        if not isinstance(salt := info.get("salt"), str):
            raise InvalidResponse("get.device.info did not give a salt")
        now = int(time())
        token = TokenV3(command, self._password, salt, now)
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
            answer = await self._send(command, json.dumps(request).encode(), kept=False)
        except NoAnswer, InvalidResponse:
            return None
        if parse_number(answer.get("code")) == 0:
            if answer.get("desc") != command:
                return None
            self.write_access = True
            self._proven_salt = salt
            return answer
        if parse_number(answer.get("code")) is None:
            return None
        refused = _refusal(command, answer)
        if isinstance(refused, WriteAccessDisabled):
            # The miner has one code for all of this: the API switch is off, the account
            # may not do it, or the token does not fit.
            system = info.get("system")
            if isinstance(system, dict) and str(system.get("apiswitch")) == "1":
                if salt == self._proven_salt:
                    # The password has not changed: the account may not do this.
                    raise refused
                raise AuthenticationError(
                    "the miner does not take this account and password"
                ) from refused
            self.write_access = False
        raise refused

    async def _send(self, command: str, request: bytes, *, kept: bool) -> _Answer:
        """Send one request and return its answer, be it a refusal."""

        def pick(frame: bytes) -> _Answer | None:
            """Take the frame that names the command; reports are pushed unasked."""
            answer = lenient_json.loads(frame)
            return answer if (answer.get("desc") or command) == command else None

        return await self._transport.exchange(request, pick, kept=kept)


def _refusal(command: str, answer: _Answer) -> CommandFailed:
    """Return what a code means that is not 0.

    -1 fail, -2 invalid command, -3 invalid item, -4 no permission, -5 out of memory;
    official web document of API v3.
    """
    found = parse_number(answer.get("code"))
    code = None if found is None else int(found)
    # What is no text is a whole answer, with salts and names in it: it is not quoted.
    message = parse_text(answer.get("msg")) or ""
    match code:
        case -2:
            return UnknownCommand(command, code, message)
        case -4:
            return WriteAccessDisabled(command, code, message)
    return CommandFailed(command, code, message)
