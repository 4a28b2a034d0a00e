"""API v2: cgminer-style JSON on TCP 4028, one command per connection."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Any, override

from ..exceptions import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    UnknownCommand,
)
from ..models import Capability, MinerData, MinerIdentity, Pool
from ..transport import Transport
from . import Dialect, v2_fields, v2_settings
from .v2_session import Session

# Mining commands can be joined into one connection; what the daemon answers itself
# cannot. The oldest cgminer has "devs" where all others have "edevs" as well.
_MINING = ("summary", "edevs", "devs", "pools")
# One of these per poll, the one that is most overdue: seconds between two askings. A bit
# less than a multiple of the usual 15 s between polls, so that it is not just missed.
TURNS = {
    "get_error_code": 25.0,
    "edevs": 25.0,
    "pools": 60.0,
    "get_psu": 60.0,
    "get_miner_info": 300.0,
    "get_version": 600.0,
}
IDENTITY = ("get_version", "get_miner_info", "summary", "status", "devdetails")
"""What is asked to identify a miner, the most important first.

The first two say that it is a WhatsMiner, and its MAC address; so does the summary of
API 1.x, which has no get_miner_info.
"""
IDENTIFY_SECONDS = 16.0
"""Seconds for all of that; API v3 needs some, too."""
QUESTION_SECONDS = 8.0
"""Seconds for each question as long as the MAC address is not known ..."""
REST_SECONDS = 3.0
"""... when it is known ..."""
HANGING_SECONDS = 1.5
"""... and when the miner let one question hang."""


class DialectV2(Dialect):
    """Speak API v2 with one miner."""

    def __init__(self, transport: Transport, password: str | None) -> None:
        """Prepare to talk; nothing is connected yet."""
        self._session = Session(transport, password)
        self._answers: v2_fields.Answers = {}
        self._asked: dict[str, float] = {}
        self._unknown: set[str] = set()
        self._liquid_cooled: bool | None = None
        self._identified = False
        self._joins: bool | None = None
        self._boards = "edevs"

    @property
    @override
    def write_access(self) -> bool | None:
        """Return whether the API switch is on, as far as the miner has shown."""
        return self._session.write_access

    @property
    def is_plain_cgminer(self) -> bool:
        """Return whether there is no daemon, and so no command and perhaps no MAC address.

        Only cgminer wants another key, and all others answer `status` while they start.
        """
        return (
            self._session.speaks_to_cgminer
            and "status" in self._unknown
            and bool(v2_fields.summary(self._answers.get("summary")))
        )

    @property
    @override
    def answers(self) -> dict[str, Any]:
        """Return the last answers, as they came."""
        return dict(self._answers)

    @override
    async def identify(self) -> MinerIdentity:
        """Ask who the miner is, and conclude it from what was answered in time.

        Raises NotAWhatsminer when what answers does not say that it is one, NoAnswer
        when it was silent to what would have decided it.
        """
        self._unknown.clear()
        self._joins = None
        end = monotonic() + IDENTIFY_SECONDS
        seconds = QUESTION_SECONDS
        answered, silence = False, None
        for command in IDENTITY:
            try:
                async with asyncio.timeout(min(seconds, end - monotonic())):
                    await self._ask(command, silence=False)
                answered = True
            except (TimeoutError, MinerUnreachable) as err:
                if not (answered or isinstance(err, (TimeoutError, NoAnswer))):
                    raise
                self._answers.pop(command, None)
                # Not counted as asked: the next reading makes up for it.
                self._asked.pop(command, None)
                silence = err
                if isinstance(err, TimeoutError):
                    seconds = HANGING_SECONDS
            if v2_fields.identity(self._answers).mac:
                seconds = min(seconds, REST_SECONDS)
        if not v2_fields.is_whatsminer(self._answers):
            if silence is not None:
                raise NoAnswer("the miner did not say who it is") from silence
            raise NotAWhatsminer("the device does not say that it is a WhatsMiner")
        self._identified = True
        return v2_fields.identity(self._answers)

    @override
    async def read(self) -> MinerData:
        """Ask for what one poll needs: three connections, one after another."""
        if not self._identified:
            await self.identify()
        # The daemon answers this even when mining is stopped.
        before = v2_fields.status_firmware(self._answers)
        status = await self._ask("status", silence=False)
        now = v2_fields.status_firmware(self._answers)
        if before and now and before != now:
            await self.identify()
        mining = await self._ask_mining()
        if not (status or mining):
            raise NoAnswer("the miner answers neither status nor summary")
        # Of a miner that does not tell of mining, the power supply tells the power.
        for command in self._whose_turn() if mining else ["get_psu"]:
            if not await self._ask(command) and command == "edevs":
                await self._ask("devs")
        data = v2_fields.data(self._answers, self._liquid_cooled)
        self._liquid_cooled = data.liquid_cooled
        return data

    async def read_pools(self) -> tuple[Pool, ...]:
        """Ask for the pools alone."""
        return v2_fields.pools(await self._session.query("pools"))

    @override
    async def check_password(self) -> None:
        """Prove the password and find out the write access, changing nothing.

        A reading command that is sent encrypted proves the password. Setting the LED
        to the automatic mode that it is in already shows whether writing is allowed;
        where the LED is in another mode that stays open.

        Raises AuthenticationError when the password is wrong, or when the miner
        answers nothing that is encrypted with it.
        """
        proven = await self._understands("status", writes=False)
        await self._ask("get_miner_info")
        info = v2_fields.message(self._answers.get("get_miner_info"))
        if info.get("ledstat") == "auto" and self.write_access is not True:
            proven |= await self._understands("set_led", param="auto")
        if not proven:
            raise AuthenticationError("the miner answers nothing that is encrypted")

    @override
    async def start(self) -> None:
        """Switch mining on."""
        await self._session.execute("power_on")

    @override
    async def stop(self) -> None:
        """Switch mining off; answering first, or the answer may never come."""
        await self._session.execute("power_off", {"respbefore": "true"})

    @override
    async def restart(self) -> None:
        """Restart the mining process."""
        await self._session.execute("restart_btminer")

    @override
    async def reboot(self) -> None:
        """Restart the control board."""
        await self._session.execute("reboot")

    @override
    async def change(self, what: Capability, value: Any) -> bool:
        """Change a setting; returns whether the miner answered."""
        version = v2_fields.api_version(self._answers)
        answered = True
        for command, params in v2_settings.commands(what, value, version):
            answered &= await self._session.execute(command, params) is not None
        return answered

    @override
    def ask_anew(self) -> None:
        """Ask for the settings at the next poll."""
        self._asked.pop("get_miner_info", None)
        self._asked.pop("pools", None)

    @override
    async def change_password(self, old: str, new: str) -> None:
        """Change the password of `admin`."""
        await self._session.execute("update_pwd", {"old": old, "new": new})

    @override
    async def query(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send any reading command and return the miner's whole answer."""
        return await self._session.query(command, params)

    @override
    async def execute(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send any writing command; None when the miner did not answer it."""
        return await self._session.execute(command, params)

    async def _understands(
        self, command: str, *, writes: bool = True, **params: Any
    ) -> bool:
        """Tell whether the miner answers a command sent encrypted, be it with a no."""
        try:
            answer = await self._session.execute(command, params, writes=writes)
        except CommandFailed as err:
            # A refusal to give a token says nothing about the password.
            if err.command != command:
                raise
            return True
        return answer is not None

    async def _ask(self, command: str, *, silence: bool = True) -> bool:
        """Ask and keep the answer; forget the last one when there is none.

        Returns whether it was answered. A refusal is the miner's way to say that it has
        nothing to tell: it is stopped, or its firmware does not know the command. So is
        silence, unless it is said that it is not; then NoAnswer is raised.
        """
        if command in self._unknown:
            return False
        try:
            answer = await self._session.query(command)
        except (CommandFailed, InvalidResponse, NoAnswer) as err:
            self._answers.pop(command, None)
            if isinstance(err, NoAnswer) and not silence:
                raise
            # A stopped miner may not know its mining commands for a while.
            if isinstance(err, UnknownCommand) and command not in _MINING:
                self._unknown.add(command)
            return False
        finally:
            self._asked[command] = monotonic()
        self._answers[command] = answer
        return True

    async def _ask_mining(self) -> bool:
        """Ask for summary, boards and pools in one connection where that works."""
        if self._joins is not False and await self._ask_joined():
            self._joins = True
            return True
        # A stopped miner may refuse mining commands: one that once joined does so again.
        if not self._joins and await self._ask("summary"):
            self._joins = False
            return True
        # What boards and pools said before is not true of a stopped miner.
        for name in _MINING:
            self._answers.pop(name, None)
        return False

    async def _ask_joined(self) -> bool:
        """Ask for all mining commands at once; tell whether that was answered."""
        names = ("summary", self._boards, "pools")
        with suppress(CommandFailed, InvalidResponse, NoAnswer):
            joined = await self._session.query("+".join(names))
            parts = {name: _part(joined, name) for name in names}
            if parts["summary"]:
                for name, answer in parts.items():
                    self._answers[name] = answer
                    self._asked[name] = monotonic()
                if not v2_fields.rows(parts[self._boards], "DEVS"):
                    self._boards = "devs"
                return True
        return False

    def _whose_turn(self) -> list[str]:
        """Return the command that is most overdue, if one is; at first all of them."""
        now = monotonic()
        taking_turns = {
            command: period
            for command, period in TURNS.items()
            if command not in self._unknown and not (self._joins and command in _MINING)
        }
        if new := [each for each in taking_turns if each not in self._asked]:
            return new
        overdue = {
            command: now - self._asked[command] - period
            for command, period in taking_turns.items()
        }
        command = max(overdue, key=lambda each: overdue[each], default="")
        return [command] if overdue.get(command, -1) >= 0 else []


def _part(joined: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one command's answer out of a joined one."""
    part = joined.get(name)
    if isinstance(part, list):
        part = part[0] if part else None
    return part if isinstance(part, dict) else {}
