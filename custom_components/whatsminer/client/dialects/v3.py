"""API v3: framed JSON on TCP 4433, one kept connection, a token for each command."""

from contextlib import suppress
import json
from time import monotonic, time
from typing import Any, override

from ..controls import Control
from ..exceptions import CommandFailed, NotAWhatsminer, WriteAccessDisabled
from ..known import Known
from ..models import MinerData, MinerIdentity
from ..transport import FrameTransport
from . import Dialect, v3_fields
from .v3_session import SessionV3

# Settings change when somebody changes them: seconds between two askings.
_SETTING_PERIOD = 60.0
_SECTIONS = ("summary", "pools", "edevs")


class DialectV3(Dialect):
    """Speak API v3 with one miner."""

    def __init__(
        self, transport: FrameTransport, password: str | None, account: str
    ) -> None:
        """Prepare to talk; nothing is connected yet."""
        self._account = account
        self._session = SessionV3(transport, password, account)
        self._info: dict[str, Any] = {}
        self._status: dict[str, Any] = {}
        self._setting: dict[str, Any] = {}
        self._setting_asked: float | None = None
        self._known = Known()

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
            "get.miner.setting": self._setting,
        }

    @override
    async def identify(self) -> MinerIdentity:
        """Ask who the miner is.

        Raises NotAWhatsminer when what answers does not say that it is one.
        """
        return v3_fields.identity(await self._ask_info())

    @override
    async def read(self) -> MinerData:
        """Ask for what one poll needs, all in one connection."""
        info = await self._ask_info()
        self._status = status = await self._ask_status()
        if self._setting_is_old():
            self._setting = {}
            for command in ("get.miner.setting", "get.fan.setting"):
                with suppress(CommandFailed):
                    part = (await self._session.query(command)).get("msg")
                    self._setting |= part if isinstance(part, dict) else {}
            self._setting_asked = monotonic()
        data = v3_fields.data(info, status, self._setting, self._known, time())
        self._known = self._known.after(data)
        return data

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
        self._setting_asked = None

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

        While mining is stopped the miner may refuse, or answer with a text.
        """
        with suppress(CommandFailed):
            answer = await self._session.query("get.miner.status", "+".join(_SECTIONS))
            if isinstance(status := answer.get("msg"), dict):
                return status
        status = {}
        for name in _SECTIONS:
            with suppress(CommandFailed):
                part = (await self._session.query("get.miner.status", name)).get("msg")
                status |= part if isinstance(part, dict) else {}
        return status

    def _setting_is_old(self) -> bool:
        """Tell whether it is time to ask for the settings again."""
        return (
            self._setting_asked is None
            or monotonic() - self._setting_asked >= _SETTING_PERIOD
        )
