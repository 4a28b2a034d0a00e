"""API v2 between bytes and commands: envelopes, tokens, permissions, joining."""

from dataclasses import replace
from functools import partial
import json
from typing import Any

from . import crypto
from .device import Device, Reply, Wire, without_numbers
from .faults import Faults
from .odd import spoiled
from .traffic import Traffic
from .v2_answers import (
    CGMINER_READS,
    MINING_READS,
    daemon_answer,
    error_answer,
    summary,
)
from .v2_commands import Write
from .v2_daemon import DAEMON_READS, get_token
from .v2_other_commands import find_write
from .v2_params import BadParameterError
from .v2_values import Answer

_PLAIN_ERRORS = {23, 136, 137}


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
        if device.dialect.is_cgminer:
            return self._handle_cgminer(request, client)
        if device.faults.api_silent and not device.api_switch:
            return self._wire(client, None, {}, False, Reply(), aes_key)
        params, encrypted, reply = self._open(request)
        command: str | None = None
        if encrypted and device.faults.false_yes is not None:
            yes = daemon_answer(device, 131, device.success)
            reply = Reply(answer=yes if device.faults.false_yes == "plain" else {})
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
        return self._wire(client, command, params, encrypted, reply, aes_key)

    def _wire(
        self,
        client: str,
        command: str | None,
        params: dict[str, Any],
        encrypted: bool,
        reply: Reply,
        aes_key: bytes,
    ) -> Wire:
        """Note a request and return what goes back."""
        if reply.answer is not None:
            answer, text = spoiled(self.device.faults.odd, command, reply.answer)
            reply = replace(reply, answer=answer, text=text or reply.text)
        wall = self.device.clock.wall()
        self.traffic.note(wall, client, command, params, encrypted, reply)
        data = _encode(reply, aes_key, self.device.faults)
        return Wire(command, reply, data)

    def _handle_cgminer(self, request: bytes, client: str) -> Wire:
        """Return the answer of cgminer itself: no `cmd`, no tokens, a NUL at the end.

        It has a few writing commands of its own, which are not simulated.
        """
        faults = self.device.faults
        params = _parse(request)
        name = (params or {}).get("command")
        command = name if isinstance(name, str) else None
        if params is None:
            reply = self._error(23)
        elif command is None:
            reply = self._error(24)
        elif command in faults.unavailable:
            reply = Reply()
        else:
            parts = command.split("+")
            if command in faults.refuse or any(p not in CGMINER_READS for p in parts):
                reply = self._error(14)
            elif len(parts) == 1:
                reply = self._mining(self._part(command))
            else:
                reply = self._mining(self._join(parts))
        wire = self._wire(client, command, params or {}, False, reply, b"")
        return replace(wire, data=wire.data and wire.data + b"\0")

    def _join(self, names: list[str]) -> Answer:
        """Return several answers in one."""
        joined: Answer = {name: [self._part(name)] for name in names}
        if "summary" in joined:
            joined["summary"] = [summary(self.device, joined=True)]
        return {**joined, "id": 1}

    def _part(self, name: str) -> Answer:
        """Return the answer of a mining command."""
        if name == "edevs" and self.device.faults.odd.edevs_refused:
            return error_answer(self.device, 132)
        return CGMINER_READS[name](self.device)

    def _open(self, request: bytes) -> tuple[dict[str, Any], bool, Reply | None]:
        """Return the parameters, whether they came encrypted, or an error reply."""
        found = _parse(request)
        if found is None:
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
            if faults.token_refused and not device.api_switch:
                return self._error(136)
            return Reply(answer=get_token(device, client))
        # An envelope carries no token id: the key depends on password and salt only,
        # so it is opened first and the sign inside looked up then.
        if encrypted and "token" not in params:
            # The text is an M66S++'s, its code is not recorded.
            return self._error(135, "json token err")
        if encrypted and not device.tokens.check(
            params.get("token"), device.clock.wall()
        ):
            return self._error(135)
        write = find_write(device.dialect, command)
        if write is not None:
            return self._write(command, write, params, encrypted)
        return self._read(command, params)

    def _read(self, command: str, params: dict[str, Any]) -> Reply:
        """Run a read command, or several joined ones."""
        device = self.device
        if command in device.dialect.lacks:
            return self._error(14)
        if command in DAEMON_READS:
            return DAEMON_READS[command](device, params)
        if command in MINING_READS:
            return self._mining(self._part(command))
        if "+" not in command:
            return self._error(14)
        names = command.split("+")
        if any(name not in MINING_READS for name in names):
            # Text and code are those of the v1.3 daemon.
            return self._error(45, "command join err")
        return self._mining(self._join(names))

    def _mining(self, answer: Answer) -> Reply:
        """Return the mining process's answer, if there is one."""
        if self.device.faults.odd.btminer_unknown:
            return self._error(132, "API btminer unknow err")
        how = self.device.faults.mining_down
        if self.device.machine.mining_up or how == "zeros":
            return Reply(answer=answer)
        return Reply() if how == "empty" else self._error(132)

    def _write(
        self, command: str, write: Write, params: dict[str, Any], encrypted: bool
    ) -> Reply:
        """Run a write command.

        One that is not encrypted is refused with 45; the notes are silent about that.
        """
        device = self.device
        if not encrypted or not device.may_write:
            return self._error(45)
        if command in device.faults.disobey:
            return Reply(answer=daemon_answer(device, 131, device.success))
        if device.faults.instead is not None:
            device.faults.instead(partial(write, device, params))
            return Reply(answer=daemon_answer(device, 131, device.success))
        try:
            reply = write(device, params)
        except BadParameterError as err:
            return self._error(132, err.msg)
        how = device.faults.silent.get(command)
        if how is None or (reply.answer or {}).get("Code") != 131:
            return reply
        return Reply(hang=how == "hang")

    def _error(self, code: int, msg: str | None = None) -> Reply:
        """Return an error."""
        return Reply(answer=error_answer(self.device, code, msg))


def _parse(request: bytes) -> dict[str, Any] | None:
    """Return a request, None if it is no JSON object."""
    try:
        found = json.loads(request.strip(b"\0 \r\n\t").decode())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


_ENVELOPE = {"STATUS", "When", "Code", "Description", "id"}


def _encode(reply: Reply, aes_key: bytes, faults: Faults) -> bytes | None:
    """Return a reply's bytes, None if there are none."""
    if reply.answer is None:
        return None
    answer = reply.answer
    if faults.numbers_as_text:
        answer = {
            name: value if name in _ENVELOPE else without_numbers(value)
            for name, value in answer.items()
        }
    text = reply.text or json.dumps(answer, separators=(",", ":"))
    if reply.encrypt:
        enc = crypto.encrypt(aes_key, text.encode(), pkcs7=faults.pkcs7)
        text = json.dumps({"enc": enc}, separators=(",", ":"))
    return text.encode()
