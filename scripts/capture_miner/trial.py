"""Ask a miner for a power percent as text and as a number, if the user wants it.

No recording shows which of the two forms API 3 accepts: MicroBT's driver and its document
differ. This is the only command that the program sends, and only with a password.
"""

import asyncio
from dataclasses import dataclass
import json
from time import time
from typing import Any

from custom_components.whatsminer.client.crypto import TokenV3
from custom_components.whatsminer.client.exceptions import (
    InvalidResponse,
    WhatsminerError,
)
from custom_components.whatsminer.client.lenient_json import loads
from custom_components.whatsminer.client.transport import FrameTransport

from .reading import Answers, Say

_COMMAND = "set.miner.power_percent"
_FULL = 100
PAUSE = 5.0
"""Seconds until the settings show a change."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What the user allows to be sent."""

    percent: int
    account: str
    password: str


async def try_percent(
    trial: Trial, host: str, port: int, *, say: Say, pause: float = PAUSE
) -> Answers:
    """Return the answers to both forms, and the settings after each; then restore 100 %."""
    answers: Answers = {}
    transport = FrameTransport(host, port)
    restored = False
    for name, form in (("text", str), ("number", int)):
        try:
            raw = await _send(transport, trial, form(trial.percent))
            answers[f"{_COMMAND} {name}"] = raw
            say(f"power percent as {name}: {len(raw)} bytes")
            await asyncio.sleep(pause)
            question = {"cmd": "get.miner.setting"}
            answers[f"get.miner.setting {name}"] = await _ask(transport, question)
            restored |= _is_yes(await _send(transport, trial, form(_FULL)))
        except WhatsminerError as err:
            say(f"power percent as {name}: {err}")
    done = "is" if restored else "could not be"
    say(f"the power percent {done} restored to {_FULL}")
    return answers


def _is_yes(raw: bytes) -> bool:
    """Return whether the miner accepted what was sent."""
    return loads(raw).get("code") == 0


async def _send(transport: FrameTransport, trial: Trial, percent: str | int) -> bytes:
    """Send one form with a token of its own, and return the raw answer."""
    question = {"cmd": "get.device.info", "param": "salt"}
    info = loads(await _ask(transport, question)).get("msg")
    salt = info.get("salt") if isinstance(info, dict) else None
    if not isinstance(salt, str):
        raise InvalidResponse("the miner did not give a salt")
    now = int(time())
    request = {
        "cmd": _COMMAND,
        "ts": now,
        "token": TokenV3(_COMMAND, trial.password, salt, now).text,
        "account": trial.account,
        "param": {"percent": percent, "mode": "fast"},
    }
    return await _ask(transport, request)


async def _ask(transport: FrameTransport, request: dict[str, Any]) -> bytes:
    """Send a request over a connection of its own, and return the raw answer."""
    return await transport.exchange(
        json.dumps(request).encode(), lambda frame: frame, kept=False
    )
