"""What API v2 is asked, and when; how long what it answered counts."""

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from math import inf
from typing import Any

from .. import lenient_json
from ..exceptions import (
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    MinerUnreachable,
    NoAnswer,
    UnknownCommand,
    WhatsminerError,
)
from ..lifetimes import ANSWERS
from . import v2_identity
from .v2_session import Session

# Mining commands can be joined into one connection; what the daemon answers itself
# cannot. The oldest cgminer has "devs" where all others have "edevs" as well; an M66S++
# refuses that one (20251209.16.Rel3).
MINING = ("summary", "edevs", "devs", "pools")
_OTHER = {"edevs": "devs", "devs": "edevs"}
_QUESTIONS = {"devs": "edevs"}
# What the firmware does not know it may learn: one that is busy has said so, too.
_UNKNOWN_PERIOD = 600.0
# Seconds after which the joined form is tried again where it worked once.
_JOIN_AGAIN = 300.0
# Where polls are closer than this, what is due is spread over them: one question for
# each so many seconds between them, or two if boards and pools are not joined.
_GENTLE_BELOW = 30.0
_GENTLE_GAP = 16.0


class Asking:
    """Asks one miner, and keeps what it answered for its lifetime."""

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        """Ask over the session, by a clock that never jumps; nothing is asked yet."""
        self._session = session
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Start again, as with a miner that was never asked."""
        self._answers: dict[str, v2_identity.Answer] = {}
        self._answered: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self.learn_anew()

    def learn_anew(self) -> None:
        """Find out again what the firmware knows; what it answered stays."""
        self._unknown: set[str] = set()
        self._joins: bool | None = None
        self._join_at = -inf
        self._boards = "edevs"
        # What the joined answer does not give.
        self._apart: set[str] = set()
        self.silence: dict[str, WhatsminerError] = {}
        """What was neither answered in a readable way nor refused when asked last."""

    @property
    def answers(self) -> v2_identity.Answers:
        """Return the answers that still count."""
        now = self._clock()
        return {
            command: answer
            for command, answer in self._answers.items()
            if now - self._answered[command] <= ANSWERS.get(command, inf)
        }

    def knows(self, command: str) -> bool:
        """Return whether the firmware knows a command, as far as it has shown."""
        return command not in self._unknown

    def may_know(self, command: str) -> bool:
        """Return whether the firmware knows a command, or may have learned it since."""
        asked = self._asked.get(command, -inf)
        return self.knows(command) or self._clock() - asked >= _UNKNOWN_PERIOD

    def again(self, *commands: str) -> None:
        """Ask for these at the next poll, however short ago they were asked."""
        for command in commands:
            self._asked.pop(command, None)

    def drop(self, *commands: str) -> None:
        """Forget the answers to these, if there are any."""
        for command in commands:
            self._answers.pop(command, None)

    def keep_only(self, commands: Container[str]) -> None:
        """Forget all other answers, and ask again for them."""
        others = [each for each in self._answers if each not in commands]
        self.drop(*others)
        self.again(*others)

    async def ask(self, command: str, *, needed: bool = False) -> bool:
        """Ask and keep the answer; return whether there was one.

        A refusal is the miner's way to say that it has nothing to report: it is stopped,
        or its firmware does not know the command. After silence the last answer counts
        for its lifetime. Silence of what is needed is raised.
        """
        self.silence.pop(command, None)
        try:
            answer = await self._session.query(command)
        except (NoAnswer, MinerBusy) as err:
            self.silence[command] = err
            if needed or command not in ANSWERS:
                self.drop(command)
            if needed:
                raise
            return False
        except (CommandFailed, InvalidResponse) as err:
            self.drop(command)
            if isinstance(err, InvalidResponse):
                self.silence[command] = err
            # A stopped miner may not know its mining commands for a while, a busy one
            # what it has answered before.
            if isinstance(err, UnknownCommand) and not (
                command in MINING or command in self._answered
            ):
                self._unknown.add(command)
            return False
        finally:
            self._note_asked(command)
        self._unknown.discard(command)
        self._keep(command, answer)
        return True

    async def ask_mining(self, *, stopped: bool) -> bool:
        """Ask for summary, boards and pools in one connection where that works.

        Why joined: each question is a connection, of which a miner takes few, and the
        parts are of one moment. Why not always: old cgminer refuses it, some firmware
        leaves parts out or cuts the answer, and a stopped miner may refuse what it
        took before; each part then has to go on by itself, and nothing old may stay.

        What the joined answer does not give is for `ask_due`. Returns whether the
        mining process answers, be it in an unreadable way; when it does not, what
        boards and pools said counts no more.
        """
        if self._joins is not False or self._clock() >= self._join_at:
            self._join_at = self._clock() + _JOIN_AGAIN
            try:
                if await self._ask_joined():
                    self._joins = True
                    return True
            except CommandFailed, NoAnswer, MinerBusy:
                if stopped and self._joins:
                    self.drop(*MINING)
                    return False
            except InvalidResponse:
                pass
        if not await self.ask("summary") and not isinstance(
            self.silence.get("summary"), InvalidResponse
        ):
            self.drop(*MINING)
            return False
        if self._joins is None:
            self._join_at = inf  # it never worked
        elif self._joins:
            self.again("edevs", "pools")
        self._joins = False
        return True

    async def ask_due(
        self, periods: Mapping[str, float], gap: float, *, mining: bool
    ) -> None:
        """Ask what else is due, if polls are so many seconds apart.

        `periods` are the seconds that must not pass between two askings.
        """
        due = self._due(periods, gap, mining=mining)
        # Power that the summary does not give is that of the power supply, of this poll.
        needs_power = self.knows("get_psu") and not v2_identity.gives_power(
            self._answers.get("summary")
        )
        if needs_power and "get_psu" not in due:
            due.insert(0, "get_psu")
        with suppress(MinerUnreachable):
            for command in due:
                if command == "get_psu" and needs_power:
                    self.drop(command)
                if command == "edevs":
                    await self._ask_boards()
                else:
                    await self.ask(command)

    def _due(
        self, periods: Mapping[str, float], gap: float, *, mining: bool
    ) -> list[str]:
        """Return what would be asked too late at the next poll, the latest first."""
        now = self._clock()
        late: dict[str, float] = {}
        for command, period in periods.items():
            if command in MINING and not (mining and self._is_apart(command)):
                continue
            if command in self._unknown:
                period = max(period, _UNKNOWN_PERIOD)
            elif command in self.silence:
                period = min(period, _UNKNOWN_PERIOD)
            late[command] = now + gap - self._asked.get(command, -inf) - period
            # The proof of who answers must not wait for others.
            if command == "get_miner_info" and late[command] > 0:
                late[command] += 2 * gap
        due = sorted(late, key=lambda command: late[command], reverse=True)
        due = [command for command in due if late[command] > 0]
        if gap >= _GENTLE_BELOW:
            return due
        most = 1 + int(gap // _GENTLE_GAP)
        if self._is_apart("edevs") or self._is_apart("pools"):
            most *= 2
        new = sum(command not in self._asked for command in due)
        return due[: max(new, most)]

    def _is_apart(self, command: str) -> bool:
        """Return whether boards or pools have to be asked for by themselves."""
        return not self._joins or command in self._apart

    async def _ask_boards(self) -> None:
        """Ask for the boards in the one way or the other."""
        if not await self.ask(self._boards):
            other = _OTHER[self._boards]
            if await self.ask(other):
                self._boards = other

    async def _ask_joined(self) -> bool:
        """Ask for all mining commands at once; return whether that gave the summary."""
        names = ("summary", self._boards, "pools")
        joined = await self._session.query(
            "+".join(names), loads=lenient_json.loads_begun
        )
        parts = {name: _part(joined, name) for name in names}
        if not _gives("summary", parts["summary"]):
            return False
        for name, part in parts.items():
            command = _QUESTIONS.get(name, name)
            if _gives(name, part):
                self._keep(name, part)
                self._note_asked(name)
                self._apart.discard(command)
            elif command not in self._apart:
                self._apart.add(command)
                self.drop(name)
                self.again(command)
        return True

    def _keep(self, command: str, answer: v2_identity.Answer) -> None:
        """Keep an answer; of the two that list the boards, only one."""
        self.drop(_OTHER.get(command, command))
        self._answers[command] = answer
        self._answered[command] = self._clock()

    def _note_asked(self, command: str) -> None:
        """Note that a question was put."""
        self._asked[_QUESTIONS.get(command, command)] = self._clock()


def _part(joined: dict[str, Any], name: str) -> v2_identity.Answer:
    """Return one command's answer out of a joined one."""
    part = joined.get(name)
    if isinstance(part, list):
        part = part[0] if part else None
    return part if isinstance(part, dict) else {}


def _gives(name: str, part: v2_identity.Answer) -> bool:
    """Return whether a part of a joined answer says what was asked, be it "none".

    API 2.2 leaves most of the summary out, and the power with it: proto-fleet saw four
    fields on an M60S 20251209.16.Rel2, users of pyasic likewise on 20250120.16.Rel and
    20250321.14.Rel.
    """
    if name == "summary":
        return "Power" in v2_identity.summary(part)
    listed = part.get("POOLS" if name == "pools" else "DEVS", part.get("Msg"))
    return isinstance(listed, list)
