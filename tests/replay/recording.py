"""A folder of recorded answers: which file answers which command.

`summary.json` answers `summary`; `get.miner.status_summary.json` answers API v3's
`get.miner.status` with the parameter `summary`; `pools_plus_summary.json` answers the two
joined, and each alone; `status_msg-only.json` lacks its envelope. Whatever else a file
is called, nobody asks for it, unless `expected.json` says what it answers.
"""

from collections.abc import Mapping
from contextlib import suppress
import json
from pathlib import Path
import re
from typing import Any, Self

CAPTURES = Path(__file__).parent.parent / "captures"

_STATUS = "get.miner.status"


class Recording:
    """Hold the answers of one miner, by command, as bytes."""

    def __init__(self, generation: str = "2.0") -> None:
        """Start without answers; the generation says how unknown commands are refused."""
        self.generation = generation
        self.v2: dict[str, bytes] = {}
        self.v3: dict[str, bytes] = {}
        """By command, with its parameter after a blank if it has one."""
        self.sealed: bytes | None = None
        """The answer to everything that comes encrypted."""

    @classmethod
    def load(
        cls,
        folder: Path,
        generation: str = "2.0",
        answers: Mapping[str, str | None] | None = None,
    ) -> Self:
        """Read a folder; `answers` names other files, or none, for some commands."""
        recording = cls(generation)
        for file in sorted(folder.glob("*.json")):
            if file.name != "expected.json":
                recording._put(_command(file.stem), file.read_bytes())
        for command, name in (answers or {}).items():
            if name is None:
                recording.v2.pop(command, None)
                recording.v3.pop(command, None)
            else:
                recording._put(command, (folder / name).read_bytes())
        return recording

    def _put(self, command: str, raw: bytes) -> None:
        """Keep an answer."""
        if "." in command:
            self.v3[command] = raw
            return
        if command.endswith("_msg-only"):
            command = command.removesuffix("_msg-only")
            raw = b'{"STATUS":"S","When":1,"Code":131,"Msg":%b,"Description":""}' % raw
        self.v2[command] = raw
        if "+" in command:
            with suppress(ValueError):
                self._split(json.loads(raw))

    def _split(self, joined: dict[str, Any]) -> None:
        """Let each part of a joined answer answer its own command, too."""
        for name, part in joined.items():
            if isinstance(part, list) and part and isinstance(part[0], dict):
                if "STATUS" in part[0] and name != "STATUS":
                    self.v2.setdefault(name, json.dumps(part[0]).encode())

    def answer(self, request: Mapping[str, Any]) -> bytes:
        """Return what the miner says on port 4028."""
        if "enc" in request and self.sealed is not None:
            return self.sealed
        command = request.get("command")
        if self.generation != "cgminer":
            command = request.get("cmd", command)
        elif command is None:
            return _refusal_of_cgminer(24, "Missing JSON 'command'")
        wanted = sorted(str(command).split("+"))
        for name, raw in self.v2.items():
            if sorted(name.split("+")) == wanted:
                return raw
        if self.generation == "cgminer":
            return _refusal_of_cgminer(14, "Invalid command")
        if len(wanted) > 1 and self.generation == "1":
            return _refusal(45, "command join err", "whatsminer v1.3")
        return _refusal(14, "invalid cmd", "")

    def answer_v3(self, request: Mapping[str, Any]) -> bytes:
        """Return what the miner says on port 4433."""
        command, param = str(request.get("cmd")), request.get("param")
        for name in (f"{command} {param}", command):
            if name in self.v3:
                return self.v3[name]
        code, message = (-2, "invalid command")
        if command == _STATUS:
            code, message = (-1, "fail")
        answer = {"code": code, "when": 1, "msg": message, "desc": command}
        return json.dumps(answer).encode()


def _command(stem: str) -> str:
    """Return the command that a file of this name answers."""
    stem = re.sub(r"_(4028|4433)$", "", stem)
    stem = stem.replace("get_device_info", "get.device.info")
    stem = stem.replace("get_miner_status", _STATUS)
    stem = stem.replace("_plus_", "+")
    return re.sub(rf"^({_STATUS})_", r"\1 ", stem)


def _refusal(code: int, message: str, description: str) -> bytes:
    """Return how the daemon refuses a command."""
    answer = {
        "STATUS": "E",
        "When": 1,
        "Code": code,
        "Msg": message,
        "Description": description,
    }
    return json.dumps(answer).encode()


def _refusal_of_cgminer(code: int, message: str) -> bytes:
    """Return how cgminer refuses a command."""
    status = json.loads(_refusal(code, message, "cgminer 4.9.2"))
    return json.dumps({"STATUS": [status], "id": 1}).encode() + b"\0"
