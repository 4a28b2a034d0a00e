"""API v2: cgminer-style JSON on TCP 4028, one command per connection."""

from contextlib import suppress
from time import monotonic, time
from typing import Any, override

from ..controls import Control, parse_version
from ..exceptions import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    NoAnswer,
    NotAWhatsminer,
    UnknownCommand,
)
from ..known import Known
from ..models import MinerData, MinerIdentity, Pool
from ..transport import Transport
from . import Dialect, v2_fields
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
_IDENTITY = ("get_miner_info", "devdetails", "summary")


class DialectV2(Dialect):
    """Speak API v2 with one miner."""

    def __init__(self, transport: Transport, password: str | None) -> None:
        """Prepare to talk; nothing is connected yet."""
        self._session = Session(transport, password)
        self._answers: v2_fields.Answers = {}
        self._asked: dict[str, float] = {}
        self._unknown: set[str] = set()
        self._known = Known()
        self._identified = False
        self._joins: bool | None = None
        self._boards = "edevs"

    @property
    @override
    def write_access(self) -> bool | None:
        """Return whether the API switch is on, as far as the miner has shown."""
        return self._session.write_access

    @property
    @override
    def answers(self) -> dict[str, Any]:
        """Return the last answers, as they came."""
        return dict(self._answers)

    @override
    async def identify(self) -> MinerIdentity:
        """Ask who the miner is.

        Raises NotAWhatsminer when what answers does not say that it is one.
        """
        self._unknown.clear()
        self._joins = None
        for command in ("get_version", "status"):
            await self._ask(command, silence=False)
        for command in _IDENTITY:
            await self._ask(command)
        if not v2_fields.is_whatsminer(self._answers):
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
        data = v2_fields.data(self._answers, self._known, time())
        self._known = self._known.after(data)
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
    async def change(self, control: Control, value: Any) -> bool:
        """Ask for a value of what a row describes; returns whether it was answered."""
        version = parse_version(v2_fields.spoken(self._answers))
        answered = True
        for command, params in control.v2(value, version):
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
