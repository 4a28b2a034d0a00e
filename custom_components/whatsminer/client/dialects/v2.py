"""API v2: cgminer-style JSON on TCP 4028, one command per connection."""

import asyncio
from time import monotonic, time
from typing import Any, override

from ..controls import Control
from ..exceptions import (
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    UnknownCommand,
    WhatsminerError,
    WrongDevice,
)
from ..fields import Doubts
from ..lifetimes import A_DAY, Memory
from ..models import MinerData, MinerError, MinerIdentity, Pool
from ..protocol import parse_version
from ..transport import Transport, ask_first
from ..unchanged import Unchanged
from ..values import parse_boolean
from . import Dialect, v2_fields, v2_identity
from .signs import Signs
from .v2_asking import Asking
from .v2_session import Session

# These may restart the miner before it has answered; section 3.2 of the notes.
_SILENT = {
    "factory_reset", "net_config", "reboot", "restart_btminer", "set_high_power",
    "set_low_power", "set_normal_power",
}  # fmt: skip
TURNS = {
    "get_error_code": 35.0,
    "edevs": 35.0,
    "get_miner_info": 60.0,
    "pools": 70.0,
    "get_psu": 70.0,
    "get_version": 600.0,
    "devdetails": A_DAY,
}
"""Seconds that must not pass between two askings."""
IDENTITY = ("get_version", "get_miner_info", "summary", "status", "devdetails")
"""What is asked to identify a miner, the most important first.

The first two say that it is a WhatsMiner, and its MAC address; so does the summary of
API 1.x, which has no get_miner_info. The others are asked for what is missing then.
"""
_REST = {"get_error_code", "get_psu", "get_miner_info"}
"""What is worth reading of a miner that does not report how it mines."""
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

    def __init__(
        self,
        transport: Transport,
        password: str | None,
        memory: Memory,
        mac: str | None = None,
    ) -> None:
        """Prepare to talk; nothing is connected yet.

        With a MAC address nothing is written to another miner.
        """
        self._mac = mac
        self._session = Session(transport, password, self._prove_identity)
        self._asking = Asking(self._session, self._now)
        self._memory = memory
        self._signs = Signs()
        self._unchanged = Unchanged()
        self._identified = False
        self._doubtful = False
        self._has_said_who = False
        self._off: bool | None = None
        self._read_at: float | None = None

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
            and not self._asking.knows("status")
            and bool(v2_identity.summary(self._asking.answers.get("summary")))
        )

    @property
    @override
    def answers(self) -> dict[str, Any]:
        """Return the last answers, as they came."""
        return dict(self._asking.answers)

    @override
    async def identify(self) -> MinerIdentity:
        """Ask who the miner is, and conclude it from what was answered in time.

        Raises NotAWhatsminer when what answers does not say that it is one, NoAnswer
        when it was silent to what would have decided it.
        """
        self._asking.learn_anew()
        before = v2_identity.parse_v2_identity(self._asking.answers).firmware
        said: v2_identity.Answers = {}
        silence = await self._ask_identity(said)
        if not v2_identity.is_v2_whatsminer(said):
            if silence is not None:
                raise NoAnswer("the miner did not say who it is") from silence
            raise NotAWhatsminer("the device does not say that it is a WhatsMiner")
        identity = v2_identity.parse_v2_identity(said)
        if self._memory.is_other(identity.mac):
            self._asking.keep_only(said)
            self._begin_anew(identity.mac)
        if before not in (None, identity.firmware):
            # Another firmware may have another name for the model.
            self._asking.again("devdetails")
        named = {"get_miner_info": said.get("get_miner_info") or {}}
        self._has_said_who |= v2_identity.parse_v2_identity(named).mac is not None
        self._doubtful |= identity.mac is None
        self._identified = True
        return identity

    async def _ask_identity(self, said: v2_identity.Answers) -> Exception | None:
        """Ask who the miner is, in bounded time; return its last silence, if any.

        `said` gets the answers. What hung is asked at the next reading. Raises the
        silence when there is no connection at all, or when the miner is too busy to
        give its MAC address.
        """
        end = self._now() + IDENTIFY_SECONDS
        seconds = QUESTION_SECONDS
        answered, silence = False, None
        who = MinerIdentity()
        for command in IDENTITY:
            if self._is_needless(command, who):
                continue
            try:
                async with asyncio.timeout(min(seconds, end - self._now())):
                    if await self._asking.ask(command, needed=True):
                        said[command] = self._asking.answers[command]
                answered = True
            except (TimeoutError, MinerUnreachable, MinerBusy) as err:
                self._asking.drop(command)
                self._asking.again(command)
                if isinstance(err, TimeoutError):
                    seconds = HANGING_SECONDS
                elif not (answered or isinstance(err, NoAnswer)):
                    raise
                # Its traceback knows this variable, and would keep it alive.
                silence = err.with_traceback(None)
            who = v2_identity.parse_v2_identity(said)
            if who.mac:
                seconds = min(seconds, REST_SECONDS)
            elif isinstance(silence, MinerBusy):
                raise silence
        if "devdetails" in (kept := self._asking.answers):
            said["devdetails"] = kept["devdetails"]
        return silence

    def _is_needless(self, command: str, who: MinerIdentity) -> bool:
        """Return whether the miner has just reported what the answer would add.

        The model of a miner that was known before is remembered. Only plain cgminer has
        no `status`.
        """
        if command == "devdetails":
            return who.mac is not None and who.mac == self._memory.mac
        return (
            command in ("summary", "status")
            and None not in (who.mac, who.firmware)
            and not self._session.speaks_to_cgminer
        )

    @override
    async def read(self) -> MinerData:
        """Ask for what one poll needs, one connection after another."""
        if not self._identified:
            await self.identify()
        gap = 0.0 if self._read_at is None else self._now() - self._read_at
        self._read_at = self._now()
        before = v2_identity.parse_status_firmware(self._asking.answers)
        # The daemon answers this even when mining is stopped; plain cgminer has none.
        is_asked = self._asking.may_know("status")
        status = is_asked and await self._asking.ask("status")
        answers = self._asking.answers
        firmware = v2_identity.parse_status_firmware(answers)
        if before and firmware and before != firmware:
            await self.identify()
        # API 1.x has another word, which is not to be trusted.
        off = parse_boolean(v2_identity.message(answers.get("status")).get("mineroff"))
        if off is not self._off:
            # What boards and pools said is from before the stop or start.
            self._asking.again("edevs", "pools")
        self._off = off
        mining = await self._asking.ask_mining(stopped=off is True)
        is_away = not status and "summary" not in self._asking.answers
        needed = ("status", "summary") if is_asked else ("summary",)
        if is_away and all(each in self._asking.silence for each in needed):
            raise self._asking.silence[needed[0]]
        # The first reading asks enough without what is built in.
        turns = {each: TURNS[each] for each in TURNS if gap or each != "devdetails"}
        await self._asking.ask_due(turns, gap, mining=mining)
        if is_away and not _REST & self._asking.answers.keys():
            raise NoAnswer("the miner refuses whatever it is asked")
        data = self._data()
        self._doubtful |= self._signs.differ(data, self._now())
        if self._doubtful:
            data = await self._prove()
        if self._memory.is_other(data.identity.mac):
            # A part of this reading is the other one's.
            self._asking.forget()
            self._begin_anew()
            self._identified = False
            try:
                return await self.read()
            finally:
                self._memory.mac = self._memory.mac or data.identity.mac
        return self._memory.complete(data, self._now(), self._unlisted(data))

    @property
    def _says_who(self) -> bool:
        """Return whether the miner that said last who it is would say it now.

        API 1.x does not know `get_miner_info`, which has the serial number, too: the
        summary has the address there.
        """
        return self._has_said_who or self._memory.has_serial_number

    @staticmethod
    def _now() -> float:
        """Return the seconds of a clock that never jumps."""
        return monotonic()

    def _data(self) -> MinerData:
        """Return what the answers that count say."""
        return v2_fields.parse_v2_data(
            self._asking.answers, self._memory.known, time(), self._unchanged
        )

    async def _prove(self) -> MinerData:
        """Ask who it is, and return the reading; raises if it is silent about that.

        Its values would be shown as those of the miner that it may have replaced.
        """
        if not await self._asking.ask("get_miner_info"):
            self._asking.drop("get_miner_info")
        data = self._data()
        self._doubtful = (
            data.identity.mac is None
            and self._memory.mac is not None
            and (self._says_who or self._asking.knows("get_miner_info"))
        )
        if self._doubtful:
            raise InvalidResponse("the miner does not say who it is")
        return data

    def _begin_anew(self, mac: str | None = None) -> None:
        """Forget what was known of another miner."""
        self._memory.forget(mac)
        self._signs = Signs()
        self._unchanged = Unchanged()
        self._doubtful = False
        self._read_at = None

    def _unlisted(self, data: MinerData) -> list[str]:
        """Return the lists that mining is too far away for."""
        answers = self._asking.answers
        if data.mining is not False and "summary" in answers:
            return []
        lists = {"boards": {"edevs", "devs"}, "pools": {"pools"}}
        return [name for name, commands in lists.items() if not commands & {*answers}]

    async def read_pools(self) -> tuple[Pool, ...]:
        """Ask for the pools alone."""
        answer = await self._session.query("pools")
        return v2_fields.parse_v2_pools(answer, Doubts(), self._unchanged)

    async def read_errors(self) -> tuple[MinerError, ...] | None:
        """Ask for the errors alone."""
        answer = await self._session.query("get_error_code")
        return v2_fields.parse_v2_errors({"get_error_code": answer}, Doubts())

    @override
    async def check_password(self) -> bool:
        """Prove the password and find out the write access, changing nothing.

        Setting the LED to the automatic mode that it is in already shows whether writing
        is allowed; where the LED is in another mode that stays open. A reading command
        that is sent encrypted proves the password alone.
        """
        info = await self._prove_identity()
        if self._mac is None and await self._asking.ask("get_miner_info"):
            info = self._asking.answers["get_miner_info"]
        is_auto = v2_identity.message(info).get("ledstat") == "auto"
        shows_access = is_auto and self.write_access is not True
        # A sealed answer to the first proves the password, too.
        return (
            shows_access and await self._proves("set_led", param="auto")
        ) or await self._proves("status", writes=False)

    @override
    async def change(
        self, control: Control, value: Any, data: MinerData | None
    ) -> bool:
        """Ask for a value of what a row describes; returns whether it said yes."""
        await self._prove_identity()
        version = parse_version(v2_identity.spoken_version(self._asking.answers))
        confirmed = True
        for command, params in control.v2(value, version):
            confirmed &= await self._session.execute(command, params) is not None
        return confirmed

    @override
    def ask_anew(self) -> None:
        """Ask for the settings at the next poll."""
        self._asking.again("get_miner_info", "pools")

    @override
    async def change_password(self, old: str, new: str) -> None:
        """Change the password of `admin`."""
        await self.execute("update_pwd", {"old": old, "new": new})

    @override
    async def query(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send any reading command and return the miner's whole answer."""
        return await self._session.query(command, params)

    @override
    async def execute(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send any writing command and return the miner's yes."""
        await self._prove_identity()
        answer = await self._session.execute(command, params)
        silent = command in _SILENT or (
            command == "power_off" and params.get("respbefore") != "true"
        )
        if answer is None and not silent:
            raise NoAnswer(f"{command}: not known whether the miner did it")
        return answer

    async def _proves(
        self, command: str, *, writes: bool = True, **params: Any
    ) -> bool:
        """Return whether the answer to an encrypted command proves the password.

        That is an encrypted one, be it a no: only who has the password can give it.
        """
        try:
            answer = await self._session.execute(command, params, writes=writes)
        except CommandFailed as err:
            # A refusal to give a token is no proof of the password.
            if err.command != command:
                raise
            return err.sealed and err.code is not None
        return answer is not None

    async def _prove_identity(self) -> v2_identity.Answer | None:
        """Raise WrongDevice if another miner is at the address by now.

        Returns what `get_miner_info` answered, if it was asked and did.

        Why before each write: routers reassign addresses, and farms have one password
        for all. A stop that reaches another miner is shown nowhere.

        API 1.x names its MAC address in `summary` alone, and not while it is stopped:
        who says nothing is taken for who it was, unless `get_miner_info` once did.
        """
        if self._mac is None:
            return None
        return await ask_first(self._prove_identity_by_questions(self._mac))

    async def _prove_identity_by_questions(self, mac: str) -> v2_identity.Answer | None:
        """Ask who the miner is, and raise WrongDevice if it is another one."""
        unanswered: WhatsminerError | None = None
        info: v2_identity.Answer | None = None
        for command in ("get_miner_info", "summary"):
            try:
                answer = await self._session.query(command)
            except UnknownCommand:
                continue
            except (CommandFailed, InvalidResponse, NoAnswer) as err:
                if command == "get_miner_info":
                    unanswered = err
                continue
            if command == "get_miner_info":
                info = answer
            found = v2_identity.parse_v2_identity({command: answer}).mac
            if found is not None:
                if found != mac:
                    raise WrongDevice(f"{found} is at the address of {mac}")
                self._has_said_who = command == "get_miner_info"
                return info
        if unanswered is not None:
            raise unanswered
        if self._memory.mac not in (None, mac):
            raise WrongDevice(f"{self._memory.mac} is at the address of {mac}")
        if self._says_who:
            raise InvalidResponse("the miner does not say who it is")
        return info
