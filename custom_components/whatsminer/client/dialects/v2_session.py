"""Plain and encrypted requests of API v2 on TCP 4028: envelopes, tokens, codes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import json
from time import monotonic
from typing import Any

from .. import lenient_json
from ..crypto import Envelope, md5crypt, sign_token
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
from ..transport import Transport, ask_first
from ..values import parse_integer, parse_text

# A token lives for 30 minutes; it is given up a little earlier.
_TOKEN_LIFE = 25 * 60.0
# After "over max connect" the next token is asked for after 30 s, then after twice as
# long each time. An M60S refuses for about 180 s, and counts anew from each asking, so
# the longest wait has to be longer than that.
_BACK_OFF_FIRST = 30.0
_BACK_OFF_MOST = 200.0
# A yes that has one of these codes is none.
_ERRORS = (14, 23, 45, 132, 135, 136)

type _Loads = Callable[[bytes], dict[str, Any]]


@dataclass(slots=True)
class _Token:
    """A sign that the miner accepts, and the envelope that belongs to it."""

    sign: str
    envelope: Envelope
    expires: float


class _TokenRefused(CommandFailed):
    """The miner does not know this token any more, or cannot read the envelope."""


class Session:
    """One miner's API v2: knows how to ask, not what the answers mean."""

    def __init__(
        self,
        transport: Transport,
        password: str | None,
        prove: Callable[[], Awaitable[object]],
    ) -> None:
        """Talk over the transport, writing with the password if there is one.

        `prove` raises if another miner answers: who refuses a token may be one.
        """
        self._prove = prove
        self.write_access: bool | None = None
        self._transport = transport
        self._password = password
        self._token: _Token | None = None
        self._back_off = 0.0
        self._busy_until = 0.0
        self._lock = asyncio.Lock()
        self._key = "cmd"

    @property
    def speaks_to_cgminer(self) -> bool:
        """Return whether the miner refused the key of MicroBT's own daemon."""
        return self._key == "command"

    async def query(
        self,
        command: str,
        params: dict[str, Any] | None = None,
        *,
        loads: _Loads = lenient_json.loads,
    ) -> dict[str, Any]:
        """Send a reading command in plain text and return the whole answer."""
        try:
            return await self._query(command, params or {}, loads)
        except CommandFailed as err:
            # Plain cgminer calls it otherwise, and says so.
            if err.code != 24 or self._key == "command":
                raise
        self._key = "command"
        return await self._query(command, params or {}, loads)

    async def _query(
        self, command: str, params: dict[str, Any], loads: _Loads
    ) -> dict[str, Any]:
        """Send a reading command once."""
        if params:
            request = json.dumps({**params, self._key: command}).encode()
        else:
            request = question(self._key, command)
        return await logged(
            self._transport.host, command, self._send_plain(command, request, loads)
        )

    async def _send_plain(
        self, command: str, request: bytes, loads: _Loads
    ) -> dict[str, Any]:
        """Send a request in plain text and return its answer."""
        answer = loads(await self._transport.exchange(request))
        _raise_for_error(command, answer)
        return answer

    async def execute(
        self, command: str, params: dict[str, Any] | None = None, *, writes: bool = True
    ) -> dict[str, Any] | None:
        """Send a command encrypted with a token and return the whole answer.

        That is an encrypted yes: only who has the password can give it. None when it is
        not known whether the miner did it, because it did not answer, or neither yes
        nor no. A token that it refuses is renewed once: the command was not carried out
        then.
        """
        # Tokens that are asked for at the same time can spoil each other.
        async with self._lock:
            try:
                answer = await logged(
                    self._transport.host,
                    command,
                    self._send_renewing(command, params or {}),
                )
            except WriteAccessDisabled:
                self.write_access = False
                raise
            if writes and answer is not None:
                self.write_access = True
            return answer

    async def _send_renewing(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send with the token that is there, or else with a new one."""
        fresh = self._token is None or self._token.expires <= monotonic()
        try:
            return await self._send_sealed(command, params)
        except _TokenRefused as err:
            self._token = None
            if fresh:
                raise _final(err) from None
        await self._prove()
        try:
            return await self._send_sealed(command, params)
        except _TokenRefused as err:
            self._token = None
            raise _final(err) from None

    async def _send_sealed(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send one envelope and open what comes back."""
        token = await self._current_token()
        # ASCII only: whether firmware understands raw UTF-8 is not known.
        plain = json.dumps({**params, "cmd": command, "token": token.sign})
        request = json.dumps({"enc": 1, "data": token.envelope.seal(plain)})
        try:
            raw = await self._transport.exchange(request.encode())
            answer = lenient_json.loads(raw)
            # Errors come plain as well as encrypted.
            _raise_for_error(command, answer)
            sealed = _sealed(answer)
            if sealed is None:
                return None
            answer = lenient_json.loads(token.envelope.open(sealed))
        except NoAnswer, InvalidResponse:
            return None
        _raise_for_error(command, answer, sealed=True)
        status = _status(answer)
        contradicts = parse_integer(status.get("Code")) in _ERRORS
        return answer if status.get("STATUS") == "S" and not contradicts else None

    async def _current_token(self) -> _Token:
        """Return a token that should still be good, asking for one if need be."""
        if self._password is None:
            raise PasswordMissing("no password was given")
        if self._token is not None and self._token.expires > monotonic():
            return self._token
        if (wait := self._busy_until - monotonic()) > 0:
            raise MinerBusy(wait)
        self._token = None
        try:
            answer = await ask_first(self.query("get_token"))
        except MinerBusy:
            self._back_off = min(
                max(2 * self._back_off, _BACK_OFF_FIRST), _BACK_OFF_MOST
            )
            self._busy_until = monotonic() + self._back_off
            raise MinerBusy(self._back_off) from None
        self._back_off = 0.0
        self._token = _make_token(answer.get("Msg"), self._password)
        return self._token


def _make_token(message: Any, password: str) -> _Token:
    """Make a token of what get_token answered."""
    fields = message if isinstance(message, dict) else {}
    time, salt, newsalt = (
        str(found) if type(found := fields.get(field)) in (str, int) else ""
        for field in ("time", "salt", "newsalt")
    )
    if not (time and salt and newsalt):
        raise InvalidResponse("get_token did not give a token")
    key = md5crypt(password, salt)
    return _Token(
        sign=sign_token(key, time, newsalt),
        envelope=Envelope.of_key(key),
        expires=monotonic() + _TOKEN_LIFE,
    )


def _final(refused: _TokenRefused) -> Exception:
    """Return what it means that even a fresh token was refused."""
    # Who seals an answer has read what was sealed, and shares the password.
    if refused.code == 23 and not refused.sealed:
        return AuthenticationError("the miner cannot read what this password encrypts")
    return CommandFailed(
        refused.command, refused.code, refused.message, sealed=refused.sealed
    )


def _sealed(answer: dict[str, Any]) -> str | None:
    """Return what is encrypted in an answer; some firmware has it in "data"."""
    found = (answer.get(name) for name in ("enc", "data"))
    return next((text for text in found if text and isinstance(text, str)), None)


def _status(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the part of an answer that says how it went.

    Mining commands answer with a list of one status, the daemon with bare fields.
    """
    status = answer.get("STATUS")
    if isinstance(status, list):
        status = status[0] if status else None
    return status if isinstance(status, dict) else answer


def _raise_for_error(
    command: str, answer: dict[str, Any], *, sealed: bool = False
) -> None:
    """Raise what an answer with an error means; do nothing for a good one.

    14 invalid command, 23 not readable, 45 no permission, 135 bad token, 136 too many
    connections or tokens; manual 2.0.5, chapter 2.
    """
    status = _status(answer)
    code = parse_integer(status.get("Code"))
    # A mock of a mining company has the code of a full house alone.
    if status.get("STATUS") not in ("E", "F") and ("STATUS" in status or code != 136):
        return
    # What is no text is a whole answer, with names in it: it is not quoted.
    message = parse_text(status.get("Msg")) or ""
    match code:
        case 14:
            raise UnknownCommand(command, code, message, sealed=sealed)
        case 23 | 135:
            raise _TokenRefused(command, code, message, sealed=sealed)
        case 45:
            raise WriteAccessDisabled(command, code, message, sealed=sealed)
        case 136:
            raise MinerBusy(_BACK_OFF_FIRST)
    raise CommandFailed(command, code, message, sealed=sealed)
