"""What is learned of one miner: its power, its ramp, what it refuses, today's clouds.

Each of these subjects is a record of its own; here they learn from what happens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Self

from ...stored_numbers import is_number
from .models import Action, MinerReading, Order, Outcome
from .records import NEVER, Commands, Dips, Percents, Power, Runs

_MINUTE: Final = 60.0
_LONGEST_RETRY: Final = 60 * _MINUTE
_STOP_RETRY: Final = 2 * _MINUTE
"""The same of a stop: what refuses it may draw from the grid all the time."""
_AT_ONCE_RETRY: Final = 40.0
"""The same of what a ceiling demands."""
_NEXT_LOW_START: Final = 24 * 60 * _MINUTE
"""s until a miner that started with its full power is asked again to start low."""
_NOW: Final = {"pending", "kept"}
"""What is not known any more after a restart."""


@dataclass(slots=True)
class Learned:
    """What is known of one miner beyond its last reading."""

    power: Power = field(default_factory=Power)
    runs: Runs = field(default_factory=Runs)
    percents: Percents = field(default_factory=Percents)
    dips: Dips = field(default_factory=Dips)
    commands: Commands = field(default_factory=Commands)

    @property
    def _records(self) -> tuple[Power | Runs | Percents | Dips | Commands, ...]:
        """Return all records."""
        return self.power, self.runs, self.percents, self.dips, self.commands

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Go on from what was stored; what is under way then is not any more.

        Raises ValueError when it makes no sense.
        """
        known = cls()
        for record in known._records:
            for name in {each.name for each in fields(record)} & stored.keys() - _NOW:
                if not _fits(stored[name], getattr(record, name)):
                    raise ValueError(f"{name}: {stored[name]!r}")
                setattr(record, name, stored[name])
        if action := stored.get("pending"):
            commands = known.commands
            known._may_be_done(action, commands.pending_value, commands.pending_since)
        return known

    def as_json(self) -> dict[str, Any]:
        """Return what outlasts a restart."""
        return {
            name: value
            for record in self._records
            for name, value in asdict(record).items()
        }

    def set_back(self, now: float) -> None:
        """Take what lies ahead for what is now: the clock was set back."""
        for record in self._records:
            record.set_back(now)

    def begin_day(self, day: str) -> None:
        """Forget what holds for one day."""
        if day != self.runs.day:
            self.runs.day, self.runs.starts = day, 0
            self.percents.floor, self.dips.dips = 0.0, []

    def observe(self, reading: MinerReading, now: float) -> bool:
        """Learn from a reading; return whether it shows that a percent was too low."""
        if not reading.is_reachable:
            return False
        pending = self.commands.pending
        if reading.mining is False:
            # However it came to stand, a stop is not refused any more.
            self.commands.works(Action.STOP)
            self.runs.stands(now, is_pending=pending is not None)
            self.power.forget_percents()
        elif reading.mining:
            self.runs.mines(reading, now, is_starting=pending == Action.START)
        self.percents.observe(reading.percent, now)
        is_settled = self.percents.settled(reading, now)
        self.power.observe(reading, is_settled=is_settled)
        fell = self.runs.see_start(reading) and self.percents.was_too_low(
            reading.last_start or 0.0
        )
        self.runs.see_tuned(reading, now)
        return fell

    def disprove(self, reading: MinerReading, now: float) -> Action | None:
        """Return what a miner said yes to, if this reading shows that it did not do it.

        From then on that counts as refused: a yes proves nothing, only what is read.
        """
        if not reading.is_reachable or reading.is_busy:
            return None
        is_settled = self.percents.settled(reading, now)
        if is_settled and self.power.ignores_low_start(reading):
            self.power.is_low_ignored = True
            self.commands.retry_at[Action.LOW_START] = now + _NEXT_LOW_START
            return Action.LOW_START
        if self.percents.loses(reading):
            self.commands.fails(Action.PERCENT, now, _LONGEST_RETRY)
            return Action.PERCENT
        if self.percents.obeys_again(now):
            self.commands.works(Action.PERCENT)
        return None

    def note_manual(self, now: float) -> None:
        """Note that somebody else commands it: what it does next is no fault of its own."""
        self.runs.commanded_at = now
        self.percents.need_not_keep()

    def note(self, order: Order, outcome: Outcome, now: float) -> None:
        """Note what became of an order."""
        action, commands, percents = order.action, self.commands, self.percents
        if commands.pending == action:
            commands.pending = None
        if outcome is Outcome.SUPERSEDED:
            return
        if outcome in (Outcome.REFUSED, Outcome.FAILED):
            longest = _STOP_RETRY if action is Action.STOP else _LONGEST_RETRY
            commands.fails(action, now, _AT_ONCE_RETRY if order.at_once else longest)
        is_done = outcome is Outcome.CONFIRMED
        if is_done and (action is not Action.PERCENT or percents.lost < 2):
            commands.works(action)
        if outcome is not Outcome.REFUSED:
            self._may_be_done(action, order.value, now)
        if action is Action.STOP and is_done:
            # A start after that says nothing of the percent.
            self.runs.stopped_at, percents.lowered_at = now, NEVER
        elif action is Action.PERCENT and is_done:
            percents.keep(order.value, now)
        elif action is Action.RESTORE_START and is_done:
            # What was read before says nothing of the power at this percent.
            percents.percent_since = now
            self.power.low, self.power.is_low_ignored = None, False

    def _may_be_done(self, action: str, value: float | None, now: float) -> None:
        """Note what counts although nothing has shown that the miner did it."""
        if action == Action.START:
            self.runs.note_start(now)
        elif action == Action.LOW_START:
            self.power.low, self.power.is_low_ignored = value, False


def _fits(stored: Any, usual: Any) -> bool:
    """Return whether a stored value is of the kind that a field usually has."""
    if isinstance(usual, (str, bool)):
        return type(stored) is type(usual)
    if isinstance(usual, (list, dict)):
        values = stored.values() if isinstance(stored, dict) else stored
        return type(stored) is type(usual) and all(_fits(each, 0.0) for each in values)
    return (stored is None and usual is None) or is_number(stored)
