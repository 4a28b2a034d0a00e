"""Commands to a miner: a row of the client's table with a value, or a raw command."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..client import CONTROLS, Capability, Control, Miner, MinerData
from ..client.protocol import asked_by

# What ends or begins mining is one subject, and so are the ways to a power percent.
_SUBJECTS: Final = {
    Capability.RESTART: Capability.START_STOP,
    Capability.REBOOT: Capability.START_STOP,
    Capability.FACTORY_RESET: Capability.START_STOP,
    Capability.POWER_PERCENT_GENTLE: Capability.POWER_PERCENT,
    Capability.RESTORE_POWER_PERCENT: Capability.POWER_PERCENT,
}
_KEYS: Final = {
    Capability.RESTART: "restarting",
    Capability.REBOOT: "rebooting",
    Capability.FACTORY_RESET: "rebooting",
}
# A stop shows sooner than a start.
_STOP_SECONDS: Final = 60
# Seconds up to which a count has just begun, and by which it may be wrong.
_JUST: Final = 60
_EXACT: Final = 3


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to one miner."""

    key: str
    """What the miner is doing meanwhile; names it in the translations."""
    send: Callable[[Miner], Awaitable[Any]]
    """Send it. False: whether the miner took it is not known."""
    control: Control | None = None
    """What is asked of the miner; None for what is only sent, not read back."""
    value: Any = None
    like: Command | None = None
    """The command that has the same effect on mining, for one without a control."""
    is_raw: bool = False
    """Whether it is a raw command."""
    seconds: float = 0
    """Within which the miner has to show that it obeyed."""

    @property
    def subject(self) -> Capability | None:
        """Return the subject: of two commands with the same subject, only the newer counts."""
        if self.control is None:
            return None
        capability = self.control.capability
        return _SUBJECTS.get(capability, capability)

    @property
    def target(self) -> tuple[Capability, Any] | None:
        """Return the setting that it changes, and the value that is read back afterwards."""
        if self.control is None or self.subject in (None, Capability.START_STOP):
            return None
        return self.subject, self.control.shown(self.value)

    @property
    def meant(self) -> tuple[Capability, Any] | None:
        """Return what it asks for and the value, in whatever words; None: not known."""
        asked = self.like or self
        return (
            None if asked.control is None else (asked.control.capability, asked.value)
        )

    @property
    def is_final(self) -> bool:
        """Return whether it cannot be canceled after it is sent."""
        return self.control is not None and self.control.counter is not None

    @property
    def switches(self) -> bool | None:
        """Return whether it turns mining on (True) or off (False), else None.

        A restart does neither: see `starts` for what the least time between starts is for.
        """
        control = self.control
        if self.like is not None:
            return self.like.switches
        if control is None or control.capability is not Capability.START_STOP:
            return None
        return bool(self.value)

    @property
    def may_set_any(self) -> bool:
        """Return whether it is not known which settings it changes."""
        return self.is_raw and self.switches is None

    def is_same_as(self, other: Command) -> bool:
        """Return whether both ask for the same."""
        return self.control is not None and (self.control, self.value) == (
            other.control,
            other.value,
        )

    def starts(self, data: MinerData) -> bool:
        """Return whether it starts mining, so that the time between starts applies.

        What the miner does not accept now is not sent, but for a raw command.
        """
        asked = self.like or self
        if asked.control is None or self.blocked(data) is not None:
            return False
        return asked.control.starts_mining(asked.value, data)

    def blocked(self, data: MinerData) -> str | None:
        """Return why the miner does not accept it now; a raw command is sent in any state."""
        return None if self.control is None else self.control.blocked(data)

    def is_in_force(self, data: MinerData) -> bool:
        """Return whether the miner shows the value already, and would restart in vain."""
        return self.control is not None and self.control.is_in_force(self.value, data)

    def confirmed(
        self, before: MinerData, now: MinerData, elapsed: float = 0.0
    ) -> bool | None:
        """Return whether the miner shows the change; None if it does not report it.

        `elapsed`: so many seconds at least lie between the two readings.
        """
        if self.control is None:
            return None
        if self.control.counter is None:
            return self.control.confirmed(self.value, now)
        counter = self.control.counter
        return _began_anew(counter(before), counter(now), elapsed)

    def is_counted(self, *readings: MinerData) -> bool:
        """Return whether one of the readings has the count that starts again by it.

        A stopped miner of API 3 counts nothing.
        """
        counter = None if self.control is None else self.control.counter
        return counter is None or any(counter(each) is not None for each in readings)


def ask(capability: Capability, value: Any = None) -> Command:
    """Return the command for a capability and a value."""
    control = CONTROLS[capability]
    key, seconds = _KEYS.get(capability, "changing"), control.seconds
    if capability is Capability.START_STOP:
        key = "starting" if value else "stopping"
        seconds = control.seconds if value else _STOP_SECONDS
    return Command(
        key=key,
        send=lambda miner: miner.change(capability, value),
        control=control,
        value=value,
        seconds=seconds,
    )


START = ask(Capability.START_STOP, True)
STOP = ask(Capability.START_STOP, False)
RESTART = ask(Capability.RESTART)
REBOOT = ask(Capability.REBOOT)


def raw(name: str, parameters: Mapping[str, Any]) -> Command:
    """Return a raw command of the API, whose result is the answer.

    What it does is the caller's business: it has no read-back and no range. Only if it
    decides when or how mining starts, it is treated like the command for that: the least
    time between two starts protects the machine, in whatever words it is started, and a
    stop goes before all else.
    """
    asked = asked_by(name, parameters)
    return Command(
        key="sending",
        send=lambda miner: miner.execute(name, **parameters),
        like=None if asked is None else ask(*asked),
        is_raw=True,
    )


def _began_anew(before: int | None, now: int | None, elapsed: float) -> bool:
    """Return whether a count of seconds started again; if unknown before, it must be low.

    One that had just begun may have passed its old value since: it is behind then.
    """
    if now is None:
        return False
    if before is None:
        return now < 300
    return now < before or (before < _JUST and now < before + elapsed - _EXACT)
