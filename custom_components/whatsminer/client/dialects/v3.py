"""API v3: framed JSON on TCP 4433, one kept connection, a token for each command."""

from contextlib import suppress
import json
from math import inf
from time import monotonic, time
from typing import Any, override

from ..controls import Control
from ..exceptions import (
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    NoAnswer,
    NotAWhatsminer,
    WhatsminerError,
    WriteAccessDisabled,
)
from ..lifetimes import ANSWERS, Memory
from ..models import MinerData, MinerIdentity
from ..transport import FrameTransport
from . import Dialect, v3_fields
from .signs import Signs
from .v3_session import SessionV3

# Settings change when somebody changes them: seconds that must not pass between two
# askings.
_SETTING_PERIOD = 70.0
_SETTINGS = ("get.miner.setting", "get.fan.setting")
_SECTIONS = {"summary": dict, "pools": list, "edevs": list}


class DialectV3(Dialect):
    """Speak API v3 with one miner."""

    def __init__(
        self,
        transport: FrameTransport,
        password: str | None,
        account: str,
        memory: Memory,
    ) -> None:
        """Prepare to talk; nothing is connected yet."""
        self._account = account
        self._session = SessionV3(transport, password, account)
        self._memory = memory
        self._reset()

    def _reset(self) -> None:
        """Begin without an answer."""
        self._signs = Signs()
        self._info: dict[str, Any] = {}
        self._status: dict[str, Any] = {}
        self._settings: dict[str, tuple[dict[str, Any], float]] = {}
        self._settings_asked = -inf
        self._read_at: float | None = None

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
        info = await self._ask_info()
        identity = v3_fields.identity(info)
        if self._memory.is_other(identity.mac):
            self._memory.forget()
            self._reset()
            self._info = info
        return identity

    @override
    async def read(self) -> MinerData:
        """Ask for what one poll needs, all in one connection."""
        await self.identify()
        gap = 0.0 if self._read_at is None else monotonic() - self._read_at
        self._read_at = monotonic()
        self._status = await self._ask_status()
        if monotonic() + gap - self._settings_asked > _SETTING_PERIOD:
            await self._ask_settings()
        data = self._data()
        if self._signs.differ(data, monotonic()):
            # Between two questions the line may have become another miner's.
            before = self._memory.mac or data.identity.mac
            if (await self.identify()).mac != before:
                return await self.read()
            data = self._data()
        return self._memory.complete(data, monotonic(), self._unlisted(data))

    def _data(self) -> MinerData:
        """Return what the last answers say."""
        return v3_fields.data(
            self._info, self._status, self._setting(), self._memory.known, time()
        )

    def _unlisted(self, data: MinerData) -> list[str]:
        """Return the lists that mining is too far away for."""
        if data.mining is not False and self._has("summary"):
            return []
        lists = {"boards": "edevs", "pools": "pools"}
        return [name for name, section in lists.items() if not self._has(section)]

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
    async def check_password(self) -> None:
        """Prove the password and find out the write access, changing nothing.

        Setting the LED to the automatic mode that it is in already proves both. Where
        the LED is in another mode, the reports that a connection can ask for are
        switched off on this one, where they are off already.

        Raises AuthenticationError when account and password are wrong.
        """
        info = await self._ask_info()
        try:
            if v3_fields.section(info, "system").get("ledstatus") == "auto":
                await self._session.execute("set.system.led", "auto")
            else:
                await self._session.execute("set.miner.report", {"gap": 0})
        except WriteAccessDisabled:
            pass  # the session has noted it
        except CommandFailed:
            pass  # the miner understood, so that the token was right

    @override
    async def change(self, control: Control, value: Any) -> bool:
        """Ask for a value of what a row describes; returns whether it was answered."""
        command, param = control.v3(value)
        try:
            answer = await self.execute(command, {"param": param})
        except CommandFailed as err:
            # The document wants an object, MicroBT's own demo sends it as text.
            if err.code not in (-1, -3) or not isinstance(param, dict):
                raise
            answer = await self._session.execute(command, json.dumps(param))
        return answer is not None

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
        """Send any writing command; what it takes is given as `param`.

        The two that carry passwords of others are encrypted, as the protocol wants.
        """
        return await self._session.execute(
            command,
            params.get("param"),
            encrypted=command in ("set.miner.pools", "set.user.change_passwd"),
        )

    async def _ask_info(self) -> dict[str, Any]:
        """Ask for `get.device.info`."""
        info = (await self._session.query("get.device.info")).get("msg")
        if not isinstance(info, dict) or not v3_fields.is_whatsminer(info):
            raise NotAWhatsminer("the device does not say that it is a WhatsMiner")
        self._info = info
        return info

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
