"""What limits the power of each miner, however much is wanted.

Some ceilings are a miner's own: it is too hot, or not allowed to mine. The others are
headroom that several miners share: below a cap, at the grid connection, on one phase of
it. It is allocated so that what runs goes on running before anything else gets more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import inf

from .machine import power_at
from .models import Ceiling, Limit, MinerReading
from .wants import lowest_power

# Degrees by which it has to cool down before it counts as cool again.
_HYSTERESIS = 5.0
# V between a phase and neutral.
_VOLTS = 230.0


@dataclass(slots=True)
class Headroom:
    """Power that several miners may draw together."""

    limit: Limit
    watts: float
    weights: Mapping[str, float]
    """The part of each miner's power that is drawn here; a miner not in it draws none."""

    def fits(self, key: str) -> float:
        """Return how many W of a miner fit."""
        weight = self.weights.get(key, 0.0)
        return max(0.0, self.watts) / weight if weight else inf

    def take(self, key: str, watts: float) -> None:
        """Let a miner have so many W."""
        if weight := self.weights.get(key):
            self.watts -= watts * weight


def power_headroom(
    limit: Limit, watts: float, miners: Sequence[MinerReading]
) -> Headroom:
    """Return headroom that all miners share."""
    return Headroom(limit, watts, {each.key: 1.0 for each in miners})


def phase_headroom(
    phase: str, free: float, miners: Sequence[MinerReading], phases: Mapping[str, str]
) -> Headroom:
    """Return the headroom on one phase, with so many A for the miners that are on it."""
    weights = {
        each.key: 1 / len(on)
        for each in miners
        if phase in (on := phases.get(each.key) or "123")
    }
    return Headroom(Limit.FUSE, free * _VOLTS, weights)


def phase_current(
    phase: str, miners: Sequence[MinerReading], phases: Mapping[str, str]
) -> float:
    """Return the A that the miners draw on one phase."""
    headroom = phase_headroom(phase, 0.0, miners, phases)
    watts = sum(
        (each.power or 0.0) * headroom.weights.get(each.key, 0) for each in miners
    )
    return watts / _VOLTS


def is_within(
    now: time,
    start: time | None,
    end: time | None,
    *,
    for_so_long: timedelta = timedelta(),
) -> bool:
    """Return whether it is between two times of day, and stays so for longer than that.

    They may be around midnight. Two that are the same, or not known, are all day.
    """
    if start is None or end is None or start == end:
        return True
    return for_so_long < _from_to(now, end) <= _from_to(start, end)


def _from_to(now: time, then: time) -> timedelta:
    """Return how long it is from one time of day to another one."""
    day = date.min
    passes = datetime.combine(day, then) - datetime.combine(day, now)
    return passes % timedelta(days=1)


def is_hot(temperature: float | None, limit: float, *, was_hot: bool) -> bool:
    """Return whether it is too hot; a limit of 0 is none.

    What is not reported does not stop a miner: a stopped one reports no chips, and one
    that starts not at once.
    """
    if not limit or temperature is None:
        return False
    return temperature >= limit - (_HYSTERESIS if was_hot else 0.0)


def allocate(
    miners: Sequence[MinerReading],
    headrooms: Sequence[Headroom],
    own: Mapping[str, Limit],
) -> dict[str, Ceiling]:
    """Return the ceilings of those miners that have one.

    First what takes no commands keeps what it draws, or comes to, and has no ceiling:
    nothing can change it.
    Then what is tuned and runs gets its lowest power, in the order of the list, then
    what runs and cannot be throttled all that it draws, and may come to draw; what
    remains raises those that run. So a cap that falls throttles as many as it can, and
    stops only the rest. No two that run get the same W.
    What is held may have all of that, and leaves what it does not take. Each that is
    stopped may have what is left: only one of them starts at a time.
    """
    ceilings = {key: Ceiling(power=0.0, limit=limit) for key, limit in own.items()}
    free = [each for each in miners if each.key not in own and each.takes_commands]
    given: dict[str, float] = {}

    def most(key: str) -> float:
        """Return how many W more fit for a miner."""
        return min((headroom.fits(key) for headroom in headrooms), default=inf)

    def give(key: str, watts: float) -> None:
        """Let a miner have so many W more."""
        given[key] = given.get(key, 0.0) + watts
        for headroom in headrooms:
            headroom.take(key, watts)

    for each in miners:
        if not each.takes_commands:
            give(each.key, max(each.power or 0.0, each.last_power))
    tuned = [each for each in free if each.mining and each.is_steerable]
    fixed = [each for each in free if each.mining and not each.is_steerable]
    for each in tuned:
        if most(each.key) >= lowest_power(each):
            give(each.key, lowest_power(each))
    for each in fixed:
        needs = (_full(each), each.power or 0.0)
        give(each.key, next((w for w in needs if w <= most(each.key)), 0.0))
    most_of = dict(given)
    running = [each for each in tuned if each.key in given]
    for each in sorted(running, key=lambda each: not each.is_held):
        has = given[each.key]
        most_of[each.key] = min(_full(each), has + most(each.key))
        give(each.key, max(0.0, min(most_of[each.key], _takes(each)) - has))
    for each in free:
        if not each.mining:
            most_of[each.key] = min(_full(each), most(each.key))
        watts = most_of.get(each.key, 0.0)
        if headrooms and watts < _full(each):
            tightest = min(headrooms, key=lambda headroom: headroom.fits(each.key))
            ceilings[each.key] = Ceiling(power=watts, limit=tightest.limit)
    return ceilings


def _full(miner: MinerReading) -> float:
    """Return the W that a miner may come to draw; infinity if that is not known."""
    return max(miner.full_power or inf, miner.power or 0.0)


def _takes(miner: MinerReading) -> float:
    """Return the W that a miner is to come to: what is held stays as it is set."""
    if not miner.is_held or miner.percent is None or miner.full_power is None:
        return _full(miner)
    percent = max(miner.percent, miner.by_hand or 0.0)
    return max(power_at(miner.full_power, percent), miner.power or 0.0)
