"""API v3 between frames and commands: accounts, tokens, permissions."""

from dataclasses import replace
from functools import partial
import json
from typing import Any

from .device import Device, Reply, Wire, without_numbers
from .odd import spoiled
from .traffic import Traffic
from .v2_params import BadParameterError
from .v3_commands import SETS, may
from .v3_reads import READS
from .v3_status import V3Error, miner_status

TEXTS = {
    -1: "fail",
    -2: "invalid command",
    -3: "invalid JSON item",
    -4: "no permission",
    -5: "out of memory",
}
"""Texts of the codes; those of -3 (without a parameter's name) and -5 are the names
the document gives these codes."""
REPORT = "get.miner.report"


def frame(content: dict[str, Any] | bytes) -> bytes:
    """Return an answer with its length before it; text is ASCII."""
    if not isinstance(content, bytes):
        content = json.dumps(content, separators=(",", ":")).encode()
    return len(content).to_bytes(4, "little") + content


class V3Protocol:
    """Answer requests to one device."""

    def __init__(self, device: Device, traffic: Traffic) -> None:
        """Remember the device and where to note the traffic."""
        self.device = device
        self.traffic = traffic

    def handle(self, request: bytes, client: str) -> Wire:
        """Return the answer to one request."""
        device = self.device
        device.machine.advance()
        try:
            found = json.loads(request)
        except ValueError:
            found = None
        params: dict[str, Any] = found if isinstance(found, dict) else {}
        name = params.get("cmd")
        command = name if isinstance(name, str) else None
        reply = self._run(command or "", params, found is not None)
        if reply.answer is not None:
            answer, _ = spoiled(device.faults.odd, command, reply.answer)
            reply = replace(reply, answer=answer)
        encrypted = bool(command and command in SETS and SETS[command].encrypted)
        shown = (
            {"param": params["param"]} if "param" in params and not encrypted else {}
        )
        wall = device.clock.wall()
        self.traffic.note(wall, client, command, shown, encrypted, reply)
        data = None if reply.answer is None else frame(reply.answer)
        return Wire(command, reply, data)

    def answer(self, command: str, code: int, msg: Any = None) -> dict[str, Any]:
        """Return an answer."""
        shown = TEXTS.get(code, "") if msg is None else msg
        if self.device.faults.numbers_as_text:
            shown = without_numbers(shown)
        return {
            "code": code,
            "when": int(self.device.clock.wall()),
            "msg": shown,
            "desc": command,
        }

    def report(self) -> dict[str, Any]:
        """Return a report: what it holds is not recorded, all of the status here."""
        self.device.machine.advance()
        return self.answer(REPORT, 0, miner_status(self.device, None))

    def _run(self, command: str, params: dict[str, Any], readable: bool) -> Reply:
        """Run one command."""
        faults = self.device.faults
        if not readable or not params:
            return self._error(command, -3)
        if command in faults.refuse:
            return self._error(command, faults.refuse[command])
        if command in faults.unavailable:
            return Reply()
        try:
            if command in READS:
                msg, tail = READS[command](self.device, params.get("param"))
                return Reply(answer=self.answer(command, 0, msg), tail=tail)
            if command == REPORT:
                return Reply(answer=self.report())
            if command in SETS:
                return self._set(command, params)
        except V3Error as err:
            return self._error(command, err.code, err.msg)
        except BadParameterError:
            return self._error(command, -1, "invalid param")
        return self._error(command, -2)

    def _set(self, command: str, params: dict[str, Any]) -> Reply:
        """Run a write command.

        Code -4 is recorded for the API switch. That an unknown account (`admin` is one)
        and a missing permission give the same is the simulator's reading of "no
        permission"; so it is of a wrong token, but a fault gives another code.
        """
        device = self.device
        users = device.users
        account = params.get("account")
        if device.faults.false_yes is not None:
            # API v3 has no sealed yes: what is wrong with the plain one is its name.
            plain = {"code": 0, "msg": "ok"}
            return Reply(answer=plain if device.faults.false_yes == "plain" else {})
        digest = users.digest(account, command, params.get("ts"))
        if digest is None or not users.check(digest, params.get("token")):
            return self._error(command, device.faults.v3_wrong_token)
        if not may(device, str(account), command) or not device.may_write:
            return self._error(command, -4)
        answer = self.answer(command, 0, "ok")
        if command in device.faults.disobey:
            return Reply(answer=answer)
        run = partial(SETS[command].run, device, params.get("param"), digest)
        if device.faults.instead is not None:
            device.faults.instead(run)
            return Reply(answer=answer)
        reply = run()
        how = device.faults.silent.get(command)
        if how is not None:
            return Reply(hang=how == "hang")
        msg = "ready" if reply.upload else "ok"
        return Reply(
            answer=answer | {"msg": msg},
            close=reply.close,
            upload=reply.upload,
            gap=reply.gap,
        )

    def _error(self, command: str, code: int, msg: str | None = None) -> Reply:
        """Return an error."""
        return Reply(answer=self.answer(command, code, msg))
