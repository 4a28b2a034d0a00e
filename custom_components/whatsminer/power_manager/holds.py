"""Holds the miners that somebody else commands, and notices when that is over."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Final

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.util.dt import utcnow

from ..client import Capability
from ..control.commands import Command
from ..control.manual import async_listen_to_manual
from .decisions import Decisions, held
from .law.holds import Hold, ManualCommand, allow, expire, follow, set_back
from .law.law import Law
from .law.models import Mode
from .memory import Memory
from .miners import ManagedMiner
from .settings import Settings

# Commands that decide with which power the miner starts.
_SET_START: Final = (Capability.DYNAMIC_POWER, Capability.FACTORY_RESET)
# Commands that leave the power as it is: they hold nothing.
_KEEP_POWER: Final = (Capability.LED, Capability.POOLS, Capability.WEB_POOLS)

# s by which a hold has to last longer to be news: automations may set a miner each minute.
_LATER: Final = 1800.0


class Holds:
    """The holds of all miners of a manager."""

    def __init__(
        self,
        miners: Mapping[str, ManagedMiner],
        settings: Settings,
        memory: Memory,
        decisions: Decisions,
        law: Law,
    ) -> None:
        """Go on with those that the miners have."""
        self._miners = miners
        self._settings = settings
        self._memory = memory
        self._decisions = decisions
        self._law = law

    @callback
    def async_listen(
        self, hass: HomeAssistant, changed: Callable[[], Awaitable[None]]
    ) -> Iterable[CALLBACK_TYPE]:
        """Follow each command by hand; return how to end it.

        `changed` is called before the command is sent.
        """

        async def note(
            miner: ManagedMiner, command: Command, context: Context | None
        ) -> None:
            """Hold a miner that somebody else commands."""
            if self._follow(miner, command, context):
                await changed()

        return [
            async_listen_to_manual(hass, key, partial(note, each))
            for key, each in self._miners.items()
        ]

    @callback
    def end(self, key: str | None) -> None:
        """End the hold of a miner, by the id of its entry; None: of all of them."""
        for each in self._miners.values():
            if key in (None, each.key):
                self._change(each, None, "the hold was ended")

    @callback
    def pass_time(self, now: float, *, is_allowed_anew: bool) -> None:
        """End the holds that are over."""
        for each in self._miners.values():
            if is_allowed_anew:
                self._change(each, allow(each.hold), "mining is allowed again")
            self._change(each, expire(each.hold, now), "the hold has run out")

    @callback
    def set_back(self, seconds: float) -> None:
        """Let none last longer because the clock was set back."""
        for each in self._miners.values():
            each.hold = set_back(each.hold, seconds)

    @callback
    def _follow(
        self, miner: ManagedMiner, command: Command, context: Context | None
    ) -> bool:
        """Follow a command by hand; return False for one that leaves the power as it is."""
        if (manual := manual_command(command)) is None:
            return False
        now, user_id = utcnow().timestamp(), context and context.user_id
        self._law.note_manual(miner.key, now)
        if command.meant is not None and command.meant[0] in _SET_START:
            self._law.note_start_power(miner.key, command.meant[1])
        hold = follow(
            miner.hold,
            manual,
            by_person=user_id is not None,
            until=now + 60 * self._settings.hold_lasts,
            is_paused=self._memory.mode is Mode.PAUSED,
        )
        who = "it was set by hand" if user_id else "something else has set it"
        self._change(miner, hold, who)
        return True

    @callback
    def _change(self, miner: ManagedMiner, hold: Hold | None, why: str) -> None:
        """Hold a miner from now on, or manage it again."""
        before, miner.hold = miner.hold, hold
        if before != hold and not _is_extended(before, hold):
            self._decisions.add(held(miner.name, hold, why))


def _is_extended(before: Hold | None, hold: Hold | None) -> bool:
    """Return whether a hold is the one of before, and lasts only a little longer."""
    if before is None or hold is None or before.kind is not hold.kind:
        return False
    if before.until is None or hold.until is None:
        return False
    return 0 <= hold.until - before.until < _LATER


def manual_command(command: Command) -> ManualCommand | None:
    """Return what a command by hand means; None if it leaves the power as it is."""
    if command.switches is not None:
        return ManualCommand.START if command.switches else ManualCommand.STOP
    is_other = command.control is not None and command.control.capability in _KEEP_POWER
    return None if is_other else ManualCommand.SET
