"""API v3: framed JSON on TCP 4433, questions over a kept connection, a token for each command."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
import json
from math import inf
from time import monotonic, time
from typing import Any, override

from ..controls import Control
from ..exceptions import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    NoAnswer,
    NotAWhatsminer,
    WhatsminerError,
    WrongDevice,
)
from ..lifetimes import ANSWERS, Memory
from ..models import MinerData, MinerIdentity, MiningState
from ..past_errors import earlier
from ..transport import FrameTransport, ask_first
from ..unchanged import Unchanged
from . import Dialect, common, v3_fields
from .signs import Signs
from .v3_session import SessionV3

# These restart the miner before it may have answered.
_SILENT = frozenset(
    {"set.system.factory_reset", "set.system.net_config", "set.system.reboot"}
)
# A power percent as MicroBT's driver sends it, whose firmware reads text; as the web
# document has it; as MicroBT's demo does, the whole as text.
_PERCENT_FORMS: tuple[Callable[[dict[str, Any]], Any], ...] = (
    lambda param: param,
    lambda param: param | {"percent": int(param["percent"])},
    json.dumps,
)
# Settings change when somebody changes them: seconds that must not pass between two
# askings.
_SETTING_PERIOD = 70.0
_SETTINGS = ("get.miner.setting", "get.fan.setting")
_SECTIONS = {"summary": dict, "pools": list, "edevs": list}

type _AskPools = Callable[[MinerIdentity], Awaitable[common.Join]]


class DialectV3(Dialect):
    """Speak API v3 with one miner."""

    def __init__(
        self,
        transport: FrameTransport,
        password: str | None,
        account: str,
        memory: Memory,
        mac: str | None = None,
        percent_forms: dict[str | None, int] | None = None,
    ) -> None:
        """Prepare to talk; nothing is connected yet.

        With a MAC address nothing is written to another miner. `percent_forms` keeps
        which form of power percent each firmware takes.
        """
        self._mac = mac
        self._percent_forms = {} if percent_forms is None else percent_forms
        self._account = account
        self._session = SessionV3(transport, password, account)
        self._memory = memory
        self._answered: Any = None
        self._reset()

    def _reset(self) -> None:
        """Begin without an answer."""
        self._signs = Signs()
        self._unchanged = Unchanged()
        self._info: dict[str, Any] = {}
        self._status: dict[str, Any] = {}
        self._settings: dict[str, tuple[dict[str, Any], float]] = {}
        self._settings_asked = -inf
        self._read_at: float | None = None
        self._join: common.Join = common.without_counts

    @property
    @override
    def write_access(self) -> bool | None:
        """Return whether writing is allowed, as far as the miner has shown."""
        return self._session.write_access

    @property
    @override
    def answers(self) -> dict[str, Any]:
        """Return the messages of the last answers, as they came."""
        return {
            "get.device.info": self._info,
            "get.miner.status": self._status,
            "get.miner.setting": self._setting(),
        }

    @override
    async def identify(self) -> MinerIdentity:
        """Ask who the miner is.

        Raises NotAWhatsminer when what answers does not say that it is one.
        """
        info, identity = await self._ask_info()
        if self._memory.is_other(identity.mac):
            self._memory.forget(identity.mac)
            self._reset()
            self._info = info
        return identity

    @override
    async def read(self, ask_pools: _AskPools | None = None) -> MinerData:
        """Ask for what one poll needs, all in one connection.

        `ask_pools` asks elsewhere for more of the pools of the miner that answers.
        """
        # Twice at most: who says another name each time would be asked for ever.
        for _ in range(2):
            data = await self._ask_all(ask_pools)
            if not self._signs.differ(data, monotonic()):
                break
            # Between two questions the line may have become another miner's.
            before = self._memory.mac or data.identity.mac
            if (await self.identify()).mac == before:
                data = self._data()
                break
        else:
            raise InvalidResponse("the miner does not say twice who it is")
        return self._memory.complete(data, monotonic(), self._unlisted(data))

    async def _ask_all(self, ask_pools: _AskPools | None) -> MinerData:
        """Ask who it is, how it is, and its settings where that is due."""
        identity = await self.identify()
        gap = 0.0 if self._read_at is None else monotonic() - self._read_at
        self._read_at = monotonic()
        self._status = await self._ask_status()
        if monotonic() + gap - self._settings_asked > _SETTING_PERIOD:
            await self._ask_settings()
        self._join = await ask_pools(identity) if ask_pools else common.without_counts
        return self._data()

    def _data(self) -> MinerData:
        """Return what the last answers say."""
        return v3_fields.parse_v3_data(
            self._info,
            self._status,
            self._setting(),
            self._memory.known,
            self.now(),
            self._unchanged,
            self._join,
        )

    def now(self) -> float:
        """Return the Unix time to compare errors with."""
        return earlier(time(), self._answered)

    def _unlisted(self, data: MinerData) -> list[str]:
        """Return the lists that mining is too far away for."""
        if data.mining is not False and self._has("summary"):
            return []
        lists = {"boards": "edevs", "pools": "pools"}
        return [
            name
            for name, section in lists.items()
            if not (getattr(data, name) or self._has(section))
        ]

    def _has(self, section: str) -> bool:
        """Return whether the status has a section that is no text."""
        return isinstance(self._status.get(section), _SECTIONS[section])

    def _setting(self) -> dict[str, Any]:
        """Return the settings that still count."""
        found: dict[str, Any] = {}
        for command, (fields, answered) in self._settings.items():
            if monotonic() - answered <= ANSWERS[command]:
                found |= fields
        return found

    @override
    async def check_password(self) -> bool:
        """Prove the password and find out the write access, changing nothing.

        Setting the LED to the automatic mode that it is in already proves both. Where
        the LED is in another mode, or that is refused, the reports that a connection
        can ask for are switched off on one that is closed then. Only a yes proves: a
        wrong token can be answered as any failure.
        """
        self._session.forget_proof()
        info = await self._prove_identity()
        probes: list[tuple[str, Any]] = [("set.miner.report", {"gap": 0})]
        if v3_fields.section(info, "system").get("ledstatus") == "auto":
            probes.insert(0, ("set.system.led", "auto"))
        wrong: AuthenticationError | None = None
        for command, param in probes:
            try:
                if await self._session.execute(command, param, info) is not None:
                    return True
            except AuthenticationError as err:
                wrong = err
            except CommandFailed:
                pass  # the session has noted what this means for write access
        if wrong is not None:
            raise wrong
        return False

    @override
    async def change(
        self, control: Control, value: Any, data: MinerData | None
    ) -> bool:
        """Ask for a value of what a row describes; returns whether it said yes."""
        command, param = control.v3(value)
        if command == "set.miner.power_percent":
            return await self._set_percent(param, data)
        return await self._write(command, param) is not None

    @override
    def ask_anew(self) -> None:
        """Ask for the settings at the next poll."""
        self._settings_asked = -inf

    @override
    async def change_password(self, old: str, new: str) -> None:
        """Change the password of the account."""
        param = {"account": self._account, "new": new, "old": old}
        await self.execute("set.user.change_passwd", {"param": param})

    @override
    async def query(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send any reading command; what it takes is given as `param`."""
        return await self._session.query(command, params.get("param"))

    @override
    async def execute(
        self, command: str, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send any writing command; what it takes is given as `param`."""
        answer = await self._write(command, params.get("param"))
        if answer is None and command not in _SILENT:
            raise NoAnswer(f"{command}: not known whether the miner did it")
        return answer

    async def _write(self, command: str, param: Any) -> dict[str, Any] | None:
        """Send a writing command; None when it is not known what the miner did.

        The two that carry passwords of others are encrypted, as the protocol wants.
        """
        info = await self._prove_identity()
        encrypted = command in ("set.miner.pools", "set.user.change_passwd")
        return await self._session.execute(command, param, info, encrypted=encrypted)

    async def _set_percent(self, param: dict[str, Any], data: MinerData | None) -> bool:
        """Set the power percent in the form that this firmware takes.

        -1 is also the answer of a miner that is not tuned, and may be one to the normal
        way of a machine with fans in high mode: only else it, or -2 (by one client:
        incorrect parameters), or -3 shows something of the form. The others are tried
        once, as a number may do worse than fail on firmware
        that reads text; never after an answer that may be a yes.
        """
        command = "set.miner.power_percent"
        firmware = None if data is None else data.identity.firmware
        known = self._percent_forms.get(firmware)
        is_about_form = (
            known is None
            and data is not None
            and data.state is MiningState.MINING
            and (param["mode"] == "fast" or data.power_mode != "high")
        )
        forms = [known or 0, *(range(1, len(_PERCENT_FORMS)) if is_about_form else ())]
        refused: CommandFailed | None = None
        for form in forms:
            try:
                answer = await self._write(command, _PERCENT_FORMS[form](param))
            except CommandFailed as err:
                if err.code not in (-1, -2, -3):
                    raise
                refused = refused or err
                continue
            if answer is not None:
                self._percent_forms[firmware] = form
            return answer is not None
        if is_about_form:
            self._percent_forms[firmware] = 0
        assert refused is not None
        raise refused

    async def _prove_identity(self) -> dict[str, Any]:
        """Ask for `get.device.info`, which has the salt; raise WrongDevice if need be.

        A command opens a connection of its own, and so does this: the kept one may go
        to who had the address when it was opened.
        """
        info, identity = await ask_first(self._ask_info(kept=False))
        if self._mac is not None:
            found = identity.mac
            if found is None:
                raise InvalidResponse("the miner does not say who it is")
            if found != self._mac:
                raise WrongDevice(f"{found} is at the address of {self._mac}")
        return info

    async def _ask_info(
        self, *, kept: bool = True
    ) -> tuple[dict[str, Any], MinerIdentity]:
        """Ask for `get.device.info`, and return who it says the miner is, too."""
        answer = await self._session.query("get.device.info", kept=kept)
        info = answer.get("msg")
        if not isinstance(info, dict) or not v3_fields.is_v3_whatsminer(info):
            raise NotAWhatsminer("the device does not say that it is a WhatsMiner")
        self._info, self._answered = info, answer.get("when")
        return info, v3_fields.parse_v3_identity(info, self._unchanged)

    async def _ask_status(self) -> dict[str, Any]:
        """Ask for summary, pools and boards together, or for what of them there is.

        While mining is stopped the miner may refuse, or answer with a text. One that
        idles leaves pools out, and may refuse them when they are asked for alone.
        """
        status: dict[str, Any] = {}
        with suppress(WhatsminerError):
            status |= await self._ask_sections("+".join(_SECTIONS))
        for name, kind in _SECTIONS.items():
            if isinstance(status.get(name), (kind, str)):
                continue
            try:
                status |= await self._ask_sections(name)
            except NoAnswer:
                break  # it would be waited for in vain once more
            except CommandFailed, InvalidResponse, MinerBusy:
                continue
        return status

    async def _ask_sections(self, names: str) -> dict[str, Any]:
        """Ask for sections of the status; empty when a text is answered."""
        message = (await self._session.query("get.miner.status", names)).get("msg")
        return message if isinstance(message, dict) else {}

    async def _ask_settings(self) -> None:
        """Ask for the settings; after silence the last ones count for their lifetime."""
        self._settings_asked = monotonic()
        for command in _SETTINGS:
            try:
                answer = await self._session.query(command)
            except NoAnswer, MinerBusy:
                continue
            except CommandFailed, InvalidResponse:
                self._settings.pop(command, None)
                continue
            if isinstance(message := answer.get("msg"), dict):
                self._settings[command] = (message, monotonic())
