"""Ask a miner everything that it answers without a password, and keep the bytes.

One connection at a time, with a pause after each; nothing is written to the miner.
"""

import asyncio
from collections.abc import Awaitable, Callable
import json
import re
from time import time
from typing import Any

from custom_components.whatsminer.client.exceptions import (
    MinerUnreachable,
    NoAnswer,
    WhatsminerError,
)
from custom_components.whatsminer.client.transport import FrameTransport, Transport

COMMANDS = (
    "get_version", "status", "get_miner_info", "get_error_code", "get_psu", "summary",
    "edevs", "devs", "devdetails", "pools", "summary+edevs+pools", "get_token",
    "version", "config", "coin", "stats",
)  # fmt: skip
"""Of API v2. The last four are cgminer's own; `get_token` is asked once."""
COMMANDS_V3 = (
    "get.device.info", "get.miner.status summary", "get.miner.status pools",
    "get.miner.status edevs", "get.miner.status summary+pools+edevs",
    "get.miner.setting", "get.system.setting", "get.fan.setting",
    "get.device.custom_data", "get.miner.history",
)  # fmt: skip
"""Of API v3, with the parameter after a blank."""
HISTORY = 3600
"""Seconds of the past that `get.miner.history` is asked for; the most is a day."""

PAUSE = 0.5
"""Seconds between two questions."""
TIME_LIMIT = 240.0
"""Seconds for everything."""
_SILENT_MOST = 3

type Answers = dict[str, bytes]
type Say = Callable[[str], None]


async def read_all(
    host: str, port: int, port_v3: int, *, say: Say, pause: float = PAUSE
) -> Answers:
    """Return the answers by command; commands that were not answered are left out."""
    answers: Answers = {}
    try:
        async with asyncio.timeout(TIME_LIMIT):
            await _read_v2(Transport(host, port), answers, say, pause)
            frames = FrameTransport(host, port_v3)
            try:
                await _read_v3(frames, answers, say, pause)
            finally:
                await frames.close()
    except TimeoutError:
        say(f"stopped after {TIME_LIMIT:.0f} s; what is there is kept")
    return answers


async def _read_v2(
    transport: Transport, answers: Answers, say: Say, pause: float
) -> None:
    """Ask on port 4028: by `cmd`, or by `command` once the miner says that it wants it."""
    key = "cmd"

    async def ask(command: str) -> bytes:
        """Ask one command."""
        nonlocal key
        raw = await transport.exchange(json.dumps({key: command}).encode())
        if key == "cmd" and re.search(rb'"Code"\s*:\s*24\b', raw):
            key = "command"
            raw = await transport.exchange(json.dumps({key: command}).encode())
        return raw

    await _read(COMMANDS, ask, answers, say, pause)


async def _read_v3(
    transport: FrameTransport, answers: Answers, say: Say, pause: float
) -> None:
    """Ask on port 4433, in one connection."""

    async def ask(command: str) -> bytes:
        """Ask one command; whatever frame comes is its answer."""
        name, _, param = command.partition(" ")
        request: dict[str, Any] = (
            {"cmd": name, "param": param} if param else {"cmd": name}
        )
        if name == "get.miner.history":
            now = int(time())
            request["param"] = {"begin": str(now - HISTORY), "end": str(now)}
        return await transport.exchange(
            json.dumps(request).encode(), lambda frame: frame, kept=True
        )

    await _read(COMMANDS_V3, ask, answers, say, pause)


async def _read(
    commands: tuple[str, ...],
    ask: Callable[[str], Awaitable[bytes]],
    answers: Answers,
    say: Say,
    pause: float,
) -> None:
    """Ask one command after another, and give a port up that does not answer."""
    silent = 0
    for command in commands:
        try:
            answers[command] = await ask(command)
            silent = 0
            say(f"{command}: {len(answers[command])} bytes")
        except NoAnswer:
            silent += 1
            say(f"{command}: no answer")
        except MinerUnreachable as err:
            say(f"{command}: {err}; no more questions to this port")
            return
        except WhatsminerError as err:
            say(f"{command}: {err}")
        if silent >= _SILENT_MOST:
            say("this port does not answer; no more questions to it")
            return
        await asyncio.sleep(pause)
