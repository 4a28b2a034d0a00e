"""One miner in one step: what it draws, between what it can be set, what it may do."""

from dataclasses import dataclass
from math import inf
from typing import Final

from .learning import PRIOR, Learned
from .machine import percent_within, power_at
from .models import Action, Limit, MinerReading, Reason
from .settings import Settings

_MINUTE: Final = 60.0
_TOLERANCE: Final = 1.01
"""What is measured may be above a ceiling by so much: miners are not that exact."""
PENALTY: Final = 3.0
"""kWh of surplus that a kWh from the grid has to be worth."""
RESTART: Final = 0.8
"""What a stop and the next start cost, as a part of full power over the ramp."""


@dataclass(slots=True)
class Unit:
    """A miner, by its reading and by what was learned."""

    reading: MinerReading
    known: Learned
    settings: Settings
    now: float
    is_stopping: bool = False
    """This step stops it."""
    reason: Reason | Limit = Reason.NO_SURPLUS
    power: float = 0.0
    """W that it is to draw."""

    @property
    def key(self) -> str:
        """Return the id of its entry."""
        return self.reading.key

    @property
    def is_free(self) -> bool:
        """Return whether the manager decides what it does."""
        return self.reading.is_reachable and not self.reading.is_held

    @property
    def runs(self) -> bool:
        """Return whether it mines and goes on doing so."""
        return self.reading.mining is True and not self.is_stopping

    @property
    def is_low(self) -> bool:
        """Return whether all of its power is its lowest, as its start was low."""
        return self.known.low is not None

    @property
    def full(self) -> float:
        """Return the W that it draws at 100 %."""
        return self.known.full_power(self.reading)

    @property
    def lowest_percent(self) -> float:
        """Return the lowest percent that it is set to."""
        return max(self.reading.lowest_percent, self.known.floor)

    @property
    def lowest(self) -> float:
        """Return the least W that it draws once it can be steered."""
        return power_at(self.full, self.lowest_percent)

    @property
    def takes_percent(self) -> bool:
        """Return whether a percent can be sent to it just now."""
        reading = self.reading
        return (
            reading.is_steerable
            and reading.can_percent
            and reading.percent is not None
            and not self.known.is_refused(Action.PERCENT, self.now)
        )

    @property
    def is_steerable(self) -> bool:
        """Return whether it obeys a percent, as far as it has shown."""
        return self.takes_percent and Action.PERCENT not in self.known.refusals

    @property
    def is_tuning(self) -> bool:
        """Return whether it runs up to its full power and cannot be throttled."""
        return self.runs and not self.reading.is_steerable

    @property
    def draws(self) -> float:
        """Return the W that it draws.

        Right after a change of its percent no reading shows that yet: then what it
        draws at such a percent counts.
        """
        reading, known = self.reading, self.known
        is_known = reading.power is not None and known.settled(reading, self.now)
        if not reading.is_steerable or reading.percent is None or is_known:
            return reading.power or 0.0
        return self.draws_at(reading.percent)

    @property
    def is_unmeasured(self) -> bool:
        """Return whether its power after the last change has to be measured first.

        What is only said of its full power may be wrong by half: acting on it again
        and again makes it swing, and it is never measured.
        """
        reading, known = self.reading, self.known
        is_known = reading.power is not None and known.settled(reading, self.now)
        return known.full is None and not is_known

    def draws_at(self, percent: float) -> float:
        """Return the W that it draws at a percent."""
        low = self.known.low
        return power_at(self.full if low is None else low, percent)

    @property
    def least(self) -> float:
        """Return the W that it can be lowered to just now."""
        if not self.runs:
            return 0.0
        if not self.is_steerable:
            return self.draws
        return self.base

    @property
    def base(self) -> float:
        """Return the W that it draws at the least if it obeys a percent."""
        return self.lowest if self.known.low is None else self.known.low

    @property
    def most(self) -> float:
        """Return the W that it may be raised to just now; what tunes comes to its full."""
        if not self.runs:
            return 0.0
        if self.reading.is_steerable and not self.is_steerable:
            return self.draws
        low = self.known.low
        return low if self.is_tuning and low is not None else self.full

    @property
    def cap(self) -> float:
        """Return the W of its ceiling."""
        ceiling = self.reading.ceiling
        return inf if ceiling is None else ceiling.power

    @property
    def is_above(self) -> bool:
        """Return whether it is above its ceiling and cannot come below but by a stop."""
        if not self.runs or not self.reading.can_switch:
            return False
        if self.is_steerable:
            return percent_within(self.full, self.cap) < self.lowest_percent
        return self.cap <= 0 or self.draws > self.cap * _TOLERANCE

    @property
    def restart_cost(self) -> float:
        """Return the kWh that a stop costs, as it has to start again."""
        return RESTART * self.full / 1000 * self.known.ramp / 3600

    @property
    def has_run(self) -> bool:
        """Return whether it has run for as long as it has to."""
        started = max(self.reading.last_start or -inf, self.known.started_at)
        return self.now - started >= self.settings.least_run * _MINUTE

    @property
    def can_stop(self) -> bool:
        """Return whether it takes a stop just now."""
        is_refused = self.known.is_refused(Action.STOP, self.now)
        return self.runs and self.reading.can_switch and not is_refused

    @property
    def may_stop(self) -> bool:
        """Return whether it may stop, as far as wants decide."""
        return self.can_stop and self.has_run

    @property
    def keeps_on(self) -> Reason:
        """Return why it may not stop."""
        if self.is_tuning:
            return Reason.STARTING
        return Reason.LEAST_RUN if self.can_stop else Reason.REFUSED

    @property
    def starts_low(self) -> bool:
        """Return whether it starts with its lowest power."""
        return self.settings.low_start and self.reading.can_low_start

    @property
    def forbids_start(self) -> Reason | Limit | None:
        """Return why it may not start; None: it may.

        While it tunes nothing throttles it: its ceiling has to allow all that it may
        come to draw.
        """
        reading, known, settings = self.reading, self.known, self.settings
        ceiling = reading.ceiling
        stopped = max(reading.last_stop or -inf, known.stopped_at)
        starts_with = self.lowest if self.starts_low else self.full
        if ceiling is not None and ceiling.power < starts_with:
            return ceiling.limit
        if not reading.can_switch or reading.mining is None:
            return Reason.NOT_STEERABLE
        if known.is_refused(Action.START, self.now):
            return Reason.REFUSED
        if self.now - stopped < settings.least_rest * _MINUTE:
            return Reason.RESTING
        if max(reading.starts_today, known.starts) >= settings.starts_per_day:
            return Reason.STARTS_SPENT
        return None

    def is_worth_waiting(self, power: float) -> bool:
        """Return whether it costs less to wait for the surplus than to stop.

        `power` is the surplus that there is for it. How long it stays short nobody
        knows. But how long it was short before today is known, and before the day has
        shown anything a few common lengths stand for it. So each wait that would have
        seen one of these out is tried, by what it would have cost on average; if none
        costs less than to stop now, it is time to stop.
        """
        least, known = self.least, self.known
        used = max(0.0, min(power, least))
        rate = (PENALTY * (least - used) - used) / 3_600_000
        if rate <= 0 or known.dip_since is None:
            return True
        age = self.now - known.dip_since
        remaining = sorted(each - age for each in (*PRIOR, *known.dips) if each > age)
        cost, waited = self.restart_cost, 0.0
        count = len(remaining)
        for index, wait in enumerate(remaining):
            waited += wait
            longer = count - index - 1
            if (waited + longer * wait) * rate + longer * cost < count * cost:
                return True
        return False
