"""What is learned of one miner: its power, its ramp, what it refuses, today's clouds.

All of it is kept over restarts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import exp
from typing import Any, Final, Self

from .machine import RAMP, full_power
from .models import Action, MinerReading, Order, Outcome
from .stored import is_number

_MINUTE: Final = 60.0
DEFAULT_FULL: Final = 3500.0
"""W at 100 % of a miner of which nothing is known yet."""
_SETTLES: Final = 20.0
"""s after a change of the percent until a reading of the power shows it."""
_WEIGHT: Final = 0.2
"""Of one more observation in what was learned before."""
_WHOLE: Final = 100.0
"""% from which on the power that is read is the whole of it."""
_SAME: Final = 0.02
"""By so much a full power may differ and is still the same setting."""
_LOWERED: Final = 10 * _MINUTE
"""A start so soon after a lowering was caused by it."""
_FLOOR_STEP: Final = 10.0
"""% by which the lowest percent is raised then."""
_OWN_START: Final = 3 * _MINUTE
"""A start is seen so long after it was ordered, at most."""
_PENDING: Final = 5 * _MINUTE
"""An order of which nothing was heard for so long is forgotten."""
_RETRY: Final = 60.0
"""s until what was refused is tried again; doubled each time."""
_LONGEST_RETRY: Final = 60 * _MINUTE
_STOP_RETRY: Final = 2 * _MINUTE
"""The same of a stop: what refuses it may draw from the grid all the time."""
_AT_ONCE_RETRY: Final = 40.0
"""The same of what a ceiling demands."""
_IGNORED: Final = 1.3
"""Part of its lowered start power above which a miner has not started with that."""
_PROVEN: Final = 10 * _MINUTE
"""s after which a miner has kept to what it said yes to."""
_NEXT_LOW_START: Final = 24 * 60 * _MINUTE
"""s until a miner that started with its full power is asked again to start low."""
_MOST_DIPS: Final = 40
_FORGOTTEN: Final = 2 * 60 * _MINUTE
"""s after which a start counts for a third of one.

If starts counted all day, a day with a few short runs in the morning had none later.
"""
_LATELY: Final = 30 * _MINUTE
_TIMES: Final = (
    *("started_at", "stopped_at", "percent_since", "lowered_at"),
    *("pending_since", "sent_at", "commanded_at"),
)

_NOW: Final = {"pending", "kept"}
"""What is not known any more after a restart."""

PRIOR: Final = tuple(_MINUTE * each for each in (1, 2, 3, 5, 8, 12, 20, 30, 60, 150))
"""s that the surplus may be short for, before the day has shown anything of its own."""


@dataclass(slots=True)
class Learned:
    """What is known of one miner beyond its last reading."""

    full: float | None = None
    """W at 100 %, as measured."""
    whole: float | None = None
    """The same, only as measured at 100 %: whether it obeys a percent is not in it."""
    basis: float | None = None
    """What the miner gave as its full power when that was measured."""
    efficiency: float | None = None
    ramp: float = RAMP
    floor: float = 0.0
    """% below which it was restarted today."""
    low: float | None = None
    """W that its start power was lowered to; None: it is not."""
    is_low_ignored: bool = False
    """It said yes to that, and runs at more."""

    day: str = ""
    starts: int = 0
    """How often the manager has started it today."""
    tries: float = 0.0
    """The same, the longer ago the less."""
    dips: list[float] = field(default_factory=list)
    """s that the surplus for it was short today, each time that it came back."""
    dip_since: float | None = None
    had_surplus: bool = False
    """There was some before this dip: it does not count from the night on."""

    spent: float = 0.0
    """kWh that this run has taken from the grid, less a part of what it has used."""
    started_at: float = -1e9
    """When the manager has started it last."""
    stopped_at: float = -1e9
    commanded_at: float = -1e9
    """When somebody else has commanded it last."""
    runs_since: float | None = None
    """The start after it stood last: one that restarts by itself goes on with its run."""
    start_seen: float | None = None
    """The last start that the miner has shown."""
    was_steerable: bool = True
    percent: float | None = None
    """The percent of the last reading, and since when."""
    percent_since: float = -1e9
    lowered_at: float = -1e9
    lowered_to: float = 0.0
    kept: float | None = None
    """The percent that it has shown last after an order; None: it need not keep it."""
    kept_since: float | None = None
    """Since when it has kept all of them."""
    lost: int = 0
    """How often it went back from one by itself, without having kept any since."""
    returned: int = 0
    """How often it mined again by itself soon after a stop, one after the other."""

    refusals: dict[str, int] = field(default_factory=dict)
    retry_at: dict[str, float] = field(default_factory=dict)
    """When what was refused may be tried again."""
    pending: str | None = None
    """The action that is under way, its value, and since when."""
    pending_value: float | None = None
    pending_at_once: bool = False
    pending_since: float = 0.0
    sent: float = 0.0
    """How many percents were sent, the older the less they count; the last, when."""
    sent_at: float = -1e9

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Go on from what was stored; what is under way then is not any more.

        Raises ValueError when it makes no sense.
        """
        known = cls()
        for name in {each.name for each in fields(cls)} & stored.keys() - _NOW:
            if not _fits(stored[name], getattr(known, name)):
                raise ValueError(f"{name}: {stored[name]!r}")
            setattr(known, name, stored[name])
        if action := stored.get("pending"):
            known._may_be_done(action, known.pending_value, known.pending_since)
        return known

    def as_json(self) -> dict[str, Any]:
        """Return what outlasts a restart."""
        return asdict(self)

    def full_power(self, reading: MinerReading) -> float:
        """Return the W at 100 % as far as they are known.

        What stands or still tunes draws less: that says nothing of it.
        """
        if self.full is not None:
            return self.full
        shows = reading.is_steerable or not reading.can_percent
        drawn = reading.power if reading.mining and shows else None
        return reading.full_power or drawn or DEFAULT_FULL

    @property
    def starts_at(self) -> float | None:
        """Return the W that it has started with instead of its full power."""
        return None if self.is_low_ignored else self.low

    def settled(self, reading: MinerReading, now: float) -> bool:
        """Return whether the reading shows the power at its percent."""
        return now - self.percent_since >= _SETTLES + reading.power_span

    def is_refused(self, action: Action, now: float) -> bool:
        """Return whether it is too early to try again what was refused."""
        return now < self.retry_at.get(action, 0.0)

    def is_pending(self, now: float) -> bool:
        """Return whether an order is under way."""
        return self.pending is not None and now - self.pending_since < _PENDING

    def effort(self, now: float) -> float:
        """Return how many percents were sent lately."""
        return self.sent * exp((self.sent_at - now) / _LATELY)

    def tried(self, now: float) -> float:
        """Return how often the manager has started it lately."""
        return self.tries * exp((self.started_at - now) / _FORGOTTEN)

    def set_back(self, now: float) -> None:
        """Take what lies ahead for what is now: the clock was set back."""
        for name in _TIMES:
            setattr(self, name, min(getattr(self, name), now))
        if self.dip_since is not None:
            self.dip_since = min(self.dip_since, now)
        if self.runs_since is not None:
            self.runs_since = min(self.runs_since, now)
        if self.kept_since is not None:
            self.kept_since = min(self.kept_since, now)
        self.retry_at = {key: min(at, now) for key, at in self.retry_at.items()}

    def begin_day(self, day: str) -> None:
        """Forget what holds for one day."""
        if day != self.day:
            self.day, self.starts, self.floor = day, 0, 0.0
            self.dips = []

    def observe(self, reading: MinerReading, now: float) -> bool:
        """Learn from a reading; return whether it shows that a percent was too low."""
        if not reading.is_reachable:
            return False
        if reading.mining is False:
            # However it came to stand, a stop is not refused any more.
            self._works(Action.STOP)
            self.runs_since = None
            if self.pending is None and now - self.stopped_at > _PROVEN:
                self.returned = 0
            # A start ends the percent, and with it what was wrong about it.
            self.full = self.whole or self.full
        elif reading.mining and self.runs_since is None:
            self.runs_since = reading.last_start or 0.0
            is_own = self.pending == Action.START or self.started_at > self.stopped_at
            is_ordered = is_own or self.commanded_at > self.stopped_at
            self.returned += now - self.stopped_at < _PROVEN and not is_ordered
        percent, before = reading.percent, self.percent
        if percent != before:
            if percent is not None and before is not None and percent < before:
                self.lowered_at, self.lowered_to = now, percent
            self.percent, self.percent_since = percent, now
        self._observe_power(reading, now)
        fell = self._observe_start(reading)
        if reading.is_steerable and not self.was_steerable and reading.last_start:
            took = now - reading.last_start
            if self.start_seen == reading.last_start and took < 3 * RAMP:
                self.ramp += _WEIGHT * (took - self.ramp)
        self.was_steerable = reading.is_steerable
        return fell

    def _observe_power(self, reading: MinerReading, now: float) -> None:
        """Learn the power at 100 %, which no miner reports, and its efficiency."""
        given = reading.full_power
        if given and self.basis and abs(given - self.basis) > _SAME * self.basis:
            self.full = self.whole = None
        if not (reading.is_steerable and reading.power and self.settled(reading, now)):
            return
        if self.starts_at is not None or reading.is_busy or not reading.percent:
            return
        seen = full_power(reading.power, reading.percent)
        self.full = _learned(self.full, seen)
        if reading.percent >= _WHOLE:
            self.whole = _learned(self.whole, seen)
        self.basis = given
        if reading.efficiency:
            self.efficiency = _learned(self.efficiency, reading.efficiency)

    def _observe_start(self, reading: MinerReading) -> bool:
        """Notice a start that nobody ordered, soon after the power was lowered.

        What somebody else commands may start it, and that may show minutes later.
        """
        start, before = reading.last_start, self.start_seen
        if start is None or start == before:
            return False
        self.start_seen = start
        is_own = abs(start - self.started_at) < _OWN_START
        is_ordered = is_own or start - self.commanded_at < _LOWERED
        if before is None or is_ordered or not 0 <= start - self.lowered_at < _LOWERED:
            return False
        self.lowered_at = -1e9
        self.floor = min(100.0, max(self.floor, self.lowered_to + _FLOOR_STEP))
        return True

    def disprove(self, reading: MinerReading, now: float) -> Action | None:
        """Return what a miner said yes to, if this reading shows that it did not do it.

        From then on that counts as refused: a yes proves nothing, only what is read.
        """
        if not reading.is_reachable or reading.is_busy:
            return None
        if self._ignores_low_start(reading, now):
            self.is_low_ignored = True
            self.retry_at[Action.LOW_START] = now + _NEXT_LOW_START
            return Action.LOW_START
        if self._loses_percent(reading, now):
            self._fails(Action.PERCENT, now, _LONGEST_RETRY)
            return Action.PERCENT
        return None

    def _ignores_low_start(self, reading: MinerReading, now: float) -> bool:
        """Return whether it has tuned to far more than its lowered start power."""
        if self.starts_at is None or not (reading.is_steerable and reading.power):
            return False
        return self.settled(reading, now) and reading.power > _IGNORED * self.starts_at

    def _loses_percent(self, reading: MinerReading, now: float) -> bool:
        """Return whether it went back from its percent by itself, not for the first time.

        A start ends a percent; once it may have been somebody that nobody hears of.
        """
        if self.kept is None:
            return False
        if not reading.is_steerable or reading.is_percent_guessed:
            self.kept = self.kept_since = None
        elif reading.percent != self.kept:
            self.kept = self.kept_since = None
            self.lost += 1
            return self.lost > 1
        elif self.lost and now - (self.kept_since or now) > _PROVEN:
            self.lost = 0
            self._works(Action.PERCENT)
        return False

    def observe_surplus(self, power: float, lowest: float, now: float) -> None:
        """Learn how long the surplus for this miner is short when it is."""
        if power < lowest:
            if self.dip_since is None:
                self.dip_since = now
            return
        if self.dip_since is not None and self.had_surplus:
            self.dips = [*self.dips[1 - _MOST_DIPS :], now - self.dip_since]
        self.dip_since, self.had_surplus = None, True

    def send(self, order: Order, now: float) -> None:
        """Note that an order goes out."""
        self.pending, self.pending_since = order.action, now
        self.pending_value, self.pending_at_once = order.value, order.at_once
        if order.action is Action.PERCENT:
            self.sent, self.sent_at = self.effort(now) + 1, now

    def note_manual(self, now: float) -> None:
        """Note that somebody else commands it: what it does next is no fault of its own."""
        self.commanded_at = now
        self.kept = self.kept_since = None

    def note(self, order: Order, outcome: Outcome, now: float) -> None:
        """Note what became of an order."""
        action = order.action
        if self.pending == action:
            self.pending = None
        if outcome is Outcome.SUPERSEDED:
            return
        if outcome in (Outcome.REFUSED, Outcome.FAILED):
            longest = _STOP_RETRY if action is Action.STOP else _LONGEST_RETRY
            self._fails(action, now, _AT_ONCE_RETRY if order.at_once else longest)
        is_done = outcome is Outcome.CONFIRMED
        if is_done and (action is not Action.PERCENT or self.lost < 2):
            self._works(action)
        if outcome is not Outcome.REFUSED:
            self._may_be_done(action, order.value, now)
        if action is Action.STOP and is_done:
            # A start after that says nothing of the percent.
            self.stopped_at, self.lowered_at = now, -1e9
        elif action is Action.PERCENT and is_done:
            self.kept, self.kept_since = order.value, self.kept_since or now
        elif action is Action.RESTORE_START and is_done:
            # What was read before says nothing of the power at this percent.
            self.low, self.percent_since, self.is_low_ignored = None, now, False

    def _may_be_done(self, action: str, value: float | None, now: float) -> None:
        """Note what counts although nothing has shown that the miner did it."""
        if action == Action.START:
            self.tries = self.tried(now) + 1
            self.started_at, self.spent = now, 0.0
            self.starts += 1
        elif action == Action.LOW_START:
            self.low, self.is_low_ignored = value, False

    def _fails(self, action: Action, now: float, longest: float) -> None:
        """Try it again after a while, the later the more often it has failed."""
        count = self.refusals.get(action, 0)
        self.retry_at[action] = now + min(longest, _RETRY * 2.0 ** min(count, 9))
        self.refusals[action] = count + 1

    def _works(self, action: Action) -> None:
        """Forget that something was refused."""
        self.refusals.pop(action, None)
        self.retry_at.pop(action, None)


def _learned(before: float | None, seen: float) -> float:
    """Return what is learned by one more observation; the first one counts alone."""
    return seen if before is None else before + _WEIGHT * (seen - before)


def _fits(stored: Any, usual: Any) -> bool:
    """Return whether a stored value is of the kind that a field usually has."""
    if isinstance(usual, (str, bool)):
        return type(stored) is type(usual)
    if isinstance(usual, (list, dict)):
        values = stored.values() if isinstance(stored, dict) else stored
        return type(stored) is type(usual) and all(_fits(each, 0.0) for each in values)
    return (stored is None and usual is None) or is_number(stored)
