"""API v2 between bytes and commands: envelopes, tokens, permissions, joining."""

from dataclasses import dataclass, replace
import json
from typing import Any

from . import crypto
from .device import Device, Reply
from .traffic import Traffic
from .v2_answers import MINING_READS, Answer, daemon_answer, error_answer
from .v2_commands import WRITES
from .v2_daemon import DAEMON_READS, get_token
from .v2_params import BadParameterError

_PLAIN_ERRORS = {23, 136, 137}


@dataclass(frozen=True, slots=True)
class Wire:
    """Hold the bytes that go back, and what went into them."""

    command: str | None
    reply: Reply
    data: bytes | None


def request_complete(buffer: bytes) -> bool:
    """Tell whether a whole request is there, by counting brackets."""
    stripped = buffer.lstrip(b"\0 \r\n\t")
    if not stripped:
        return False
    if not stripped.startswith(b"{"):
        return True
    depth = 0
    in_string = escaped = False
    for char in stripped:
        if in_string:
            if escaped:
                escaped = False
            elif char == ord("\\"):
                escaped = True
            elif char == ord('"'):
                in_string = False
        elif char == ord('"'):
            in_string = True
        elif char == ord("{"):
            depth += 1
        elif char == ord("}"):
            depth -= 1
            if depth == 0:
                return True
    return False


class V2Protocol:
    """Answer requests to one device."""

    def __init__(self, device: Device, traffic: Traffic) -> None:
        """Remember the device and where to note the traffic."""
        self.device = device
        self.traffic = traffic

    def handle(self, request: bytes, client: str) -> Wire:
        """Return the answer to one request."""
        device = self.device
        device.machine.advance()
        aes_key = device.tokens.aes_key
        params, encrypted, reply = self._open(request)
        command: str | None = None
        if reply is None:
            name = params.get("cmd", params.get("command"))
            command = name if isinstance(name, str) else ""
            reply = self._run(command, params, encrypted, client)
            if encrypted and command != "get_token":
                code = (reply.answer or {}).get("Code")
                plain = code in _PLAIN_ERRORS or (
                    code == 135 and not device.faults.encrypt_token_error
                )
                reply = replace(reply, encrypt=not plain)
            else:
                reply = replace(reply, encrypt=False)
        self.traffic.note(
            device.clock.wall(), client, command, params, encrypted, reply
        )
        return Wire(command, reply, _encode(reply, aes_key))

    def _open(self, request: bytes) -> tuple[dict[str, Any], bool, Reply | None]:
        """Return the parameters, whether they came encrypted, or an error reply."""
        try:
            found = json.loads(request.strip(b"\0 \r\n\t").decode())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            # This text is a mock's.
            return {}, False, self._error(23, "json cmd err")
        if "enc" not in found:
            return found, False, None
        data = found.get("data")
        if not isinstance(data, str):
            return {}, True, self._error(23)
        try:
            plain = crypto.decrypt(self.device.tokens.aes_key, data)
        except crypto.BlockError:
            return {}, True, self._error(23)
        except ValueError:
            return {}, True, self._error(137)
        params = crypto.parse_plain(plain)
        if params is None:
            return {}, True, self._error(23)
        return params, True, None

    def _run(
        self, command: str, params: dict[str, Any], encrypted: bool, client: str
    ) -> Reply:
        """Run one command."""
        device = self.device
        faults = device.faults
        if command in faults.refuse:
            return self._error(faults.refuse[command])
        if command in faults.unavailable:
            return Reply()
        if command == "get_token":
            return Reply(answer=get_token(device, client))
        # An envelope carries no token id: the key depends on password and salt only,
        # so it is opened first and the sign inside looked up then.
        if encrypted and not device.tokens.check(
            params.get("token"), device.clock.wall()
        ):
            return self._error(135)
        if command in WRITES:
            return self._write(command, params, encrypted)
        return self._read(command, params)

    def _read(self, command: str, params: dict[str, Any]) -> Reply:
        """Run a read command, or several joined ones."""
        device = self.device
        if command in DAEMON_READS:
            return DAEMON_READS[command](device, params)
        if command in MINING_READS:
            return self._mining(MINING_READS[command](device))
        if "+" not in command:
            return self._error(14)
        names = command.split("+")
        if any(name not in MINING_READS for name in names):
            # Text and code are those of the v1.3 daemon.
            return self._error(45, "command join err")
        joined: Answer = {name: [MINING_READS[name](device)] for name in names}
        return self._mining({**joined, "id": 1})

    def _mining(self, answer: Answer) -> Reply:
        """Return the mining process's answer, if there is one."""
        how = self.device.faults.mining_down
        if self.device.machine.mining_up or how == "zeros":
            return Reply(answer=answer)
        return Reply() if how == "empty" else self._error(132)

    def _write(self, command: str, params: dict[str, Any], encrypted: bool) -> Reply:
        """Run a write command.

        One that is not encrypted is refused with 45; the notes are silent about that.
        """
        device = self.device
        if not encrypted or not device.may_write:
            return self._error(45)
        if command in device.faults.disobey:
            return Reply(answer=daemon_answer(device, 131, "API command OK"))
        try:
            reply = WRITES[command](device, params)
        except BadParameterError as err:
            return self._error(132, err.msg)
        how = device.faults.silent.get(command)
        if how is None or (reply.answer or {}).get("Code") != 131:
            return reply
        return Reply(hang=how == "hang")

    def _error(self, code: int, msg: str | None = None) -> Reply:
        """Return an error."""
        return Reply(answer=error_answer(self.device, code, msg))


def _encode(reply: Reply, aes_key: bytes) -> bytes | None:
    """Return a reply's bytes, None if there are none."""
    if reply.answer is None:
        return None
    text = reply.text or json.dumps(reply.answer, separators=(",", ":"))
    if reply.encrypt:
        enc = crypto.encrypt(aes_key, text.encode())
        text = json.dumps({"enc": enc}, separators=(",", ":"))
    return text.encode()
