"""What is learned of one miner, a record for each subject.

All of it is kept over restarts, by the names of the fields: no two records share one.
"""

from dataclasses import dataclass, field
from math import exp
from typing import ClassVar, Final, override

from .machine import RAMP, full_power
from .models import Action, MinerReading, Order

_MINUTE: Final = 60.0
NEVER: Final = -1e9
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
_IGNORED: Final = 1.3
"""Part of its lowered start power above which a miner has not started with that."""
_LOWERED: Final = 10 * _MINUTE
"""A start so soon after a lowering was caused by it."""
_FLOOR_STEP: Final = 10.0
"""% by which the lowest percent is raised then."""
_OWN_START: Final = 3 * _MINUTE
"""A start is seen so long after it was ordered, at most."""
PROVEN: Final = 10 * _MINUTE
"""s after which a miner has kept to what it said yes to."""
_PENDING: Final = 5 * _MINUTE
"""An order of which nothing was heard for so long is forgotten."""
_RETRY: Final = 60.0
"""s until what was refused is tried again; doubled each time."""
PRIOR: Final = tuple(_MINUTE * each for each in (1, 2, 3, 5, 8, 12, 20, 30, 60, 150))
"""s that the surplus may be short for, before the day has shown anything of its own."""
_MOST_DIPS: Final = 40
_FORGOTTEN: Final = 2 * 60 * _MINUTE
"""s after which a start counts for a third of one.

If starts counted all day, a day with a few short runs in the morning had none later.
"""
_LATELY: Final = 30 * _MINUTE


class Record:
    """What is known of one subject."""

    __slots__ = ()
    TIMES: ClassVar[tuple[str, ...]] = ()
    """The fields that are times, as far as they are known."""

    def set_back(self, now: float) -> None:
        """Take what lies ahead for what is now: the clock was set back."""
        for name in self.TIMES:
            if (at := getattr(self, name)) is not None:
                setattr(self, name, min(at, now))


@dataclass(slots=True)
class Power(Record):
    """What it draws."""

    full: float | None = None
    """W at 100 %, as measured."""
    whole: float | None = None
    """The same, only as measured at 100 %: whether it obeys a percent is not in it."""
    basis: float | None = None
    """What the miner gave as its full power when that was measured."""
    efficiency: float | None = None
    low: float | None = None
    """W that its start power was lowered to; None: it is not."""
    is_low_ignored: bool = False
    """It said yes to that, and runs at more."""
    given_start: float | None = None
    """W that somebody else has it start with; None: nobody has said so."""

    @property
    def starts_at(self) -> float | None:
        """Return the W that it has started with instead of its full power."""
        return None if self.is_low_ignored else self.low

    def at_full(self, reading: MinerReading) -> float:
        """Return the W at 100 % as far as they are known.

        What stands or still tunes draws less: that says nothing of it.
        """
        if self.full is not None:
            return self.full
        shows = reading.is_steerable or not reading.can_percent
        drawn = reading.power if reading.mining and shows else None
        return reading.full_power or drawn or DEFAULT_FULL

    def give_start(self, watts: float | None) -> None:
        """Let it start with what somebody else says: no lowering is to be undone."""
        self.given_start = watts or None
        self.low, self.is_low_ignored = None, False

    def forget_percents(self) -> None:
        """Forget what was wrong about its percent: a start has ended it."""
        self.full = self.whole or self.full

    def observe(self, reading: MinerReading, *, is_settled: bool) -> None:
        """Learn the power at 100 %, which no miner reports, and its efficiency."""
        given = reading.full_power
        if given and self.basis and abs(given - self.basis) > _SAME * self.basis:
            self.full = self.whole = None
        if not (is_settled and reading.is_steerable and reading.power):
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

    def ignores_low_start(self, reading: MinerReading) -> bool:
        """Return whether it has tuned to far more than its lowered start power."""
        if self.starts_at is None or not (reading.is_steerable and reading.power):
            return False
        return reading.power > _IGNORED * self.starts_at


@dataclass(slots=True)
class Runs(Record):
    """When it was started and stopped, and what its run has cost."""

    TIMES = ("started_at", "stopped_at", "commanded_at", "runs_since")

    ramp: float = RAMP
    day: str = ""
    starts: int = 0
    """How often the manager has started it today."""
    tries: float = 0.0
    """The same, the longer ago the less."""
    spent: float = 0.0
    """kWh that this run has taken from the grid, less a part of what it has used."""
    started_at: float = NEVER
    """When the manager has started it last."""
    stopped_at: float = NEVER
    commanded_at: float = NEVER
    """When somebody else has commanded it last."""
    runs_since: float | None = None
    """The start after it stood last: one that restarts by itself goes on with its run."""
    start_seen: float | None = None
    """The last start that the miner has shown."""
    was_steerable: bool = True
    returned: int = 0
    """How often it mined again by itself soon after a stop, one after the other."""

    def tried(self, now: float) -> float:
        """Return how often the manager has started it lately."""
        return self.tries * exp((self.started_at - now) / _FORGOTTEN)

    def note_start(self, now: float) -> None:
        """Note that the manager has started it, as far as is known."""
        self.tries = self.tried(now) + 1
        self.started_at, self.spent = now, 0.0
        self.starts += 1

    def stands(self, now: float, *, is_pending: bool) -> None:
        """Notice that it stands; for long enough, and no stop was to no effect."""
        self.runs_since = None
        if not is_pending and now - self.stopped_at > PROVEN:
            self.returned = 0

    def mines(self, reading: MinerReading, now: float, *, is_starting: bool) -> None:
        """Notice that it mines, and whether it does so by itself soon after a stop."""
        if self.runs_since is not None:
            return
        self.runs_since = reading.last_start or 0.0
        ordered_at = max(self.started_at, self.commanded_at)
        is_ordered = is_starting or ordered_at > self.stopped_at
        self.returned += now - self.stopped_at < PROVEN and not is_ordered

    def see_start(self, reading: MinerReading) -> bool:
        """Notice a start; return whether it is one that nobody ordered.

        What somebody else commands may start it, and that may show minutes later.
        """
        start, before = reading.last_start, self.start_seen
        if start is None or start == before:
            return False
        self.start_seen = start
        is_own = abs(start - self.started_at) < _OWN_START
        is_ordered = is_own or start - self.commanded_at < _LOWERED
        return before is not None and not is_ordered

    def see_tuned(self, reading: MinerReading, now: float) -> None:
        """Learn how long it takes from a start until it can be steered."""
        if reading.is_steerable and not self.was_steerable and reading.last_start:
            took = now - reading.last_start
            if self.start_seen == reading.last_start and took < 3 * RAMP:
                self.ramp += _WEIGHT * (took - self.ramp)
        self.was_steerable = reading.is_steerable


@dataclass(slots=True)
class Percents(Record):
    """Which percents it has, keeps, and runs at."""

    TIMES = ("percent_since", "lowered_at", "kept_since")

    floor: float = 0.0
    """% below which it was restarted today."""
    percent: float | None = None
    """The percent of the last reading, and since when."""
    percent_since: float = NEVER
    lowered_at: float = NEVER
    lowered_to: float = 0.0
    kept: float | None = None
    """The percent that it has shown last after an order; None: it need not keep it."""
    kept_since: float | None = None
    """Since when it has kept all of them."""
    by_hand: float | None = None
    """The percent that was set by hand, and that a ceiling has lowered; to what."""
    lowered_hand: float | None = None
    lost: int = 0
    """How often it went back from one by itself, without having kept any since."""

    def settled(self, reading: MinerReading, now: float) -> bool:
        """Return whether the reading shows the power at its percent."""
        return now - self.percent_since >= _SETTLES + reading.power_span

    def observe(self, percent: float | None, now: float) -> None:
        """Notice another percent."""
        before = self.percent
        if percent != before:
            if percent is not None and before is not None and percent < before:
                self.lowered_at, self.lowered_to = now, percent
            self.percent, self.percent_since = percent, now

    def was_too_low(self, start: float) -> bool:
        """Raise the lowest percent if a start that nobody ordered came of a lowering."""
        if not 0 <= start - self.lowered_at < _LOWERED:
            return False
        self.lowered_at = NEVER
        self.floor = min(100.0, max(self.floor, self.lowered_to + _FLOOR_STEP))
        return True

    def need_not_keep(self) -> None:
        """Let it have another percent: that is no fault of its own."""
        self.kept = self.kept_since = None
        self.forget_hand()

    def forget_hand(self) -> None:
        """Return to no percent that was set by hand before."""
        self.by_hand = self.lowered_hand = None

    def keep(self, percent: float | None, now: float) -> None:
        """Note the percent that it has shown after an order."""
        self.kept, self.kept_since = percent, self.kept_since or now
        if self.by_hand is not None:
            self.lowered_hand = percent

    def loses(self, reading: MinerReading) -> bool:
        """Return whether it went back from its percent by itself, not for the first time.

        A start ends a percent; once it may have been somebody that nobody hears of.
        """
        if self.kept is None:
            return False
        if not reading.is_steerable or reading.is_percent_guessed:
            self.need_not_keep()
        elif reading.percent != self.kept:
            self.need_not_keep()
            self.lost += 1
            return self.lost > 1
        return False

    def obeys_again(self, now: float) -> bool:
        """Return whether it has kept its percents for long, after it had lost some."""
        if self.kept is None or not self.lost:
            return False
        if now - (self.kept_since or now) <= PROVEN:
            return False
        self.lost = 0
        return True


@dataclass(slots=True)
class Dips(Record):
    """For how long the surplus for it was short today."""

    TIMES = ("dip_since",)

    dips: list[float] = field(default_factory=list)
    """s of each time that it came back."""
    dip_since: float | None = None
    had_surplus: bool = False
    """There was some before this dip: it does not count from the night on."""

    def observe(self, power: float, lowest: float, now: float) -> None:
        """Learn how long the surplus for this miner is short when it is."""
        if power < lowest:
            if self.dip_since is None:
                self.dip_since = now
            return
        if self.dip_since is not None and self.had_surplus:
            self.dips = [*self.dips[1 - _MOST_DIPS :], now - self.dip_since]
        self.dip_since, self.had_surplus = None, True


@dataclass(slots=True)
class Commands(Record):
    """What was ordered of it, and what it has refused."""

    TIMES = ("pending_since", "sent_at")

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
    sent_at: float = NEVER

    @override
    def set_back(self, now: float) -> None:
        """Take what lies ahead for what is now: the clock was set back."""
        super().set_back(now)
        self.retry_at = {key: min(at, now) for key, at in self.retry_at.items()}

    def is_refused(self, action: Action, now: float) -> bool:
        """Return whether it is too early to try again what was refused."""
        return now < self.retry_at.get(action, 0.0)

    def is_pending(self, now: float) -> bool:
        """Return whether an order is under way."""
        return self.pending is not None and now - self.pending_since < _PENDING

    def effort(self, now: float) -> float:
        """Return how many percents were sent lately."""
        return self.sent * exp((self.sent_at - now) / _LATELY)

    def send(self, order: Order, now: float) -> None:
        """Note that an order goes out."""
        self.pending, self.pending_since = order.action, now
        self.pending_value, self.pending_at_once = order.value, order.at_once
        if order.action is Action.PERCENT:
            self.sent, self.sent_at = self.effort(now) + 1, now

    def fails(self, action: Action, now: float, longest: float) -> None:
        """Try it again after a while, the later the more often it has failed."""
        count = self.refusals.get(action, 0)
        self.retry_at[action] = now + min(longest, _RETRY * 2.0 ** min(count, 9))
        self.refusals[action] = count + 1

    def works(self, action: Action) -> None:
        """Forget that something was refused."""
        self.refusals.pop(action, None)
        self.retry_at.pop(action, None)


def _learned(before: float | None, seen: float) -> float:
    """Return what is learned by one more observation; the first one counts alone."""
    return seen if before is None else before + _WEIGHT * (seen - before)
