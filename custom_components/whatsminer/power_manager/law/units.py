"""One miner in one step: what it draws, between what it can be set, what it may do."""

from math import inf
from typing import Final

from ..settings import Settings
from .learning import Learned
from .machine import percent_within, power_at
from .models import Action, Limit, MinerReading, Reason
from .records import PRIOR

_MINUTE: Final = 60.0
_TOLERANCE: Final = 1.01
"""What is measured may be above a ceiling by so much: miners are not that exact."""
PENALTY: Final = 3.0
"""kWh of surplus that a kWh from the grid has to be worth."""
_RESTART: Final = 0.9
"""What a stop and the next start cost, as a part of full power over the ramp."""
_KW: Final = 1000.0
_HOUR: Final = 3600.0


class Unit:
    """A miner, by its reading and by what was learned."""

    def __init__(
        self, reading: MinerReading, known: Learned, settings: Settings, now: float
    ) -> None:
        """Find out how it is."""
        self.reading = reading
        self.known = known
        self.settings = settings
        self.now = now
        self.key = reading.key
        self.out_of_hand = _out_of_hand(reading)
        """Why the manager does not decide what it does; None: it does."""
        self.is_stopping = False
        """This step stops it."""
        self.reason: Reason | Limit = Reason.NO_SURPLUS
        self.power = 0.0
        """W that it is to draw."""
        self.full = known.power.at_full(reading)
        """W that it draws at 100 %."""
        self.lowest_percent = max(reading.lowest_percent, known.percents.floor)
        self.lowest = power_at(self.full, self.lowest_percent)
        """The least W that it draws once it can be steered."""
        low = known.power.starts_at
        self.base = self.lowest if low is None else low
        """The same by its start power, as long as that is lowered."""
        self.takes_percent = (
            reading.is_steerable
            and reading.can_percent
            and reading.percent is not None
            and not known.commands.is_refused(Action.PERCENT, now)
        )
        """A percent can be sent to it now."""
        self.is_steerable = (
            self.takes_percent and Action.PERCENT not in known.commands.refusals
        )
        """It obeys a percent, as far as it has shown."""
        self.draws = self._find_power()
        """W that it draws."""
        self.cap = inf if reading.ceiling is None else reading.ceiling.power
        """W of its ceiling."""

    @property
    def is_free(self) -> bool:
        """Return whether the manager decides what it does."""
        return self.out_of_hand is None

    def _find_power(self) -> float:
        """Return the W that it draws.

        Right after a change of its percent no reading shows that yet: then what it
        draws at such a percent counts.
        """
        reading = self.reading
        if not reading.is_steerable or reading.percent is None or self._is_shown:
            return reading.power or 0.0
        return self.draws_at(reading.percent)

    @property
    def _is_settled(self) -> bool:
        """Return whether what is read of its power by now is that at its percent."""
        return self.known.percents.settled(self.reading, self.now)

    @property
    def _is_shown(self) -> bool:
        """Return whether the power that is read is that at its percent."""
        return self.reading.power is not None and self._is_settled

    @property
    def is_unmeasured(self) -> bool:
        """Return whether its power after the last change has to be measured first.

        What is only said of its full power may be wrong by half: acting on it again
        and again makes it swing, and it is never measured. One that reports no power
        is not waited for longer.
        """
        return self.known.power.full is None and not self._is_settled

    def draws_at(self, percent: float) -> float:
        """Return the W that it draws at a percent."""
        low = self.known.power.starts_at
        return power_at(self.full if low is None else low, percent)

    @property
    def runs(self) -> bool:
        """Return whether it mines and goes on doing so."""
        return self.reading.mining is True and not self.is_stopping

    @property
    def is_low(self) -> bool:
        """Return whether all of its power is its lowest, as its start was low."""
        return self.known.power.starts_at is not None

    @property
    def is_tuning(self) -> bool:
        """Return whether it runs up to its full power and cannot be throttled."""
        return self.runs and not self.reading.is_steerable

    @property
    def least(self) -> float:
        """Return the W that it can be lowered to just now."""
        if not self.runs:
            return 0.0
        return self.base if self.is_steerable else self.draws

    @property
    def most(self) -> float:
        """Return the W that it can be raised to just now; what tunes comes to its full."""
        if not self.runs:
            return 0.0
        if self.reading.is_steerable and not self.is_steerable:
            return self.draws
        return self.base if self.is_tuning and self.is_low else self.full

    @property
    def is_above(self) -> bool:
        """Return whether it is above its ceiling and comes below it only by a stop."""
        if not self.runs or not self.reading.can_switch:
            return False
        if self.is_steerable:
            # A ceiling at its lowest power is by what was known of that before this step.
            within = percent_within(self.full, self.cap * _TOLERANCE)
            return within < self.lowest_percent
        return self.cap <= 0 or self.draws > self.cap * _TOLERANCE

    @property
    def has_run(self) -> bool:
        """Return whether it has run for as long as it has to."""
        runs = self.known.runs
        started = max(runs.runs_since or -inf, runs.started_at)
        return self.now - started >= self.settings.least_run * _MINUTE

    @property
    def can_stop(self) -> bool:
        """Return whether it takes a stop just now."""
        is_refused = self.known.commands.is_refused(Action.STOP, self.now)
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
        """Return whether it starts with its lowest power.

        Not where it has refused that, or starts with no more anyway.
        """
        is_refused = self.known.commands.is_refused(Action.LOW_START, self.now)
        is_less = self.lowest < (self.known.power.given_start or inf)
        can = self.reading.can_low_start and not is_refused and is_less
        return self.settings.low_start and can

    @property
    def can_restore(self) -> bool:
        """Return whether it takes back its start power just now."""
        return not self.known.commands.is_refused(Action.RESTORE_START, self.now)

    def forbids_start(self, kept: int = 0) -> Reason | Limit | None:
        """Return why it may not start; None: it may.

        While it tunes nothing throttles it: its ceiling has to allow all that it may
        come to draw. Of several starts a day so many are kept for something else.
        """
        reading, known, settings = self.reading, self.known, self.settings
        ceiling = reading.ceiling
        stopped = max(reading.last_stop or -inf, known.runs.stopped_at)
        starts_with = self.lowest if self.starts_low else self.full
        if ceiling is not None and ceiling.power < starts_with:
            return ceiling.limit
        if not reading.can_switch or reading.mining is None:
            return Reason.NOT_STEERABLE
        if known.commands.is_refused(Action.START, self.now):
            return Reason.REFUSED
        if self.now - stopped < settings.least_rest * _MINUTE:
            return Reason.RESTING
        most = settings.starts_per_day
        most -= kept if most > kept else 0
        if max(reading.starts_today, known.runs.starts) >= most:
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
        least, dips = self.least, self.known.dips
        used = max(0.0, min(power, least))
        rate = (PENALTY * (least - used) - used) / _KW / _HOUR
        if rate <= 0 or dips.dip_since is None:
            return True
        age = self.now - dips.dip_since
        remaining = sorted(each - age for each in (*PRIOR, *dips.dips) if each > age)
        restart = _RESTART * self.full / _KW * self.known.runs.ramp / _HOUR
        count, waited = len(remaining), 0.0
        for index, wait in enumerate(remaining):
            waited += wait
            longer = count - index - 1
            if (waited + longer * wait) * rate + longer * restart < count * restart:
                return True
        return False


def _out_of_hand(reading: MinerReading) -> Reason | None:
    """Return why a miner is not the manager's to decide on; None: it is."""
    if not reading.is_reachable:
        return Reason.UNREACHABLE
    if not reading.takes_commands:
        return Reason.NO_COMMANDS
    return Reason.HELD if reading.is_held else None
