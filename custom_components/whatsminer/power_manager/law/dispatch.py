"""One step: who stops, who starts, and at which percent those run that do."""

from dataclasses import dataclass, field
from math import ceil
from typing import Final

from ..settings import Settings, WhenLost
from .held import to_give_back, to_lower
from .low_start import next_to_raise, next_to_start, restored
from .machine import percent_within
from .models import Action, Limit, Order, Reason, Want
from .supply import Supply
from .units import Unit

_MINUTE: Final = 60.0
_ENOUGH: Final = 0.62
"""Part of its full power that there has to be for a miner to start."""
_LOW_ENOUGH: Final = 0.8
"""Part of its lowest power that there has to be for a start with that."""
_MORE: Final = 0.24
"""So much of its full power more for each start of the last hours: they did not last."""
_NOW: Final = 1.6
"""Part of its lowest power that there has to be right now: the mean may be history."""
_PAYS: Final = 120 * _MINUTE
"""s of surplus that a start needs: in the evening a run ends before it has paid for it."""
_KEPT: Final = 0.5
"""What those that run keep when one more starts: so far from lowest to full power."""
_MUCH_EFFORT: Final = 100.0
"""So many percents within half an hour double the deadband."""
_ALL: Final = 100
"""%"""
_EXACT: Final = 0.02
"""A fixed power may be missed by such a part before a miner stops for it."""
_HANDS: Final = (Reason.HELD, Reason.NO_COMMANDS, Reason.UNREACHABLE)
"""What keeps the manager from deciding; what the user can end comes first."""


@dataclass(slots=True)
class Dispatch:
    """Decides one step."""

    units: list[Unit]
    """The first gets power first."""
    want: Want
    settings: Settings
    supply: Supply
    now: float
    is_lost: bool
    is_fresh: bool
    """The meter has just reported."""
    started_at: float
    """When any miner was started last."""
    orders: list[Order] = field(default_factory=list)
    mean: float | None = None
    """W, the mean of what was available, by which miners start."""

    def __post_init__(self) -> None:
        """Find out what holds for all of them."""
        self.mean = self.supply.mean(self.settings.start_mean, self.now)

    def run(self) -> None:
        """Decide."""
        self._name_reasons()
        self._keep_ceilings()
        if not self.want.follows_surplus:
            self._stop_above()
            self._start_below(self.power or 0.0)
        elif self.power is not None:
            self._stop_in_shortage()
            is_wanted = self.want.minimum > 0
            if not (is_wanted and self._start_below(self.want.minimum - self.held)):
                self._start_by_surplus()
        self._spread()
        self._restore_start_power()

    @property
    def free(self) -> list[Unit]:
        """Return the miners that the manager decides on."""
        return [each for each in self.units if each.is_free]

    @property
    def running(self) -> list[Unit]:
        """Return those of them that run and go on doing so."""
        return [each for each in self.free if each.runs]

    @property
    def held(self) -> float:
        """Return the W that the other miners draw."""
        return sum(each.draws for each in self.units if not each.is_free)

    def _wanted(self, available: float | None) -> float | None:
        """Return the W that the miners are to draw of so much; None: nothing is to change."""
        want = self.want
        if not want.follows_surplus:
            return (want.power or 0.0) - self.held
        if self.is_lost:
            return want.minimum - self.held
        if available is None:
            return None
        return max(available, want.minimum) - self.held

    @property
    def power(self) -> float | None:
        """Return the W that the miners are to draw; None: nothing is to change."""
        return self._wanted(self.supply.available)

    @property
    def backed(self) -> float:
        """Return the same with what the battery may give to get over a cloud."""
        return self._wanted(self.supply.backed) or 0.0

    @property
    def reason(self) -> Reason | Limit:
        """Return why the group does what it does."""
        want = self.want
        if not want.follows_surplus:
            return (self._kept_off() if want.power else None) or want.reason
        if self.is_minimum:
            return self._kept_off() or want.minimum_reason
        if self.is_lost:
            return Reason.SOURCE_LOST
        if self._is_any_on:
            return want.reason
        return self._kept_off(want.kept_starts) or Reason.NO_SURPLUS

    @property
    def _is_any_on(self) -> bool:
        """Return whether any miner runs, or is being started."""
        return any(each.runs or self._is_starting(each) for each in self.free)

    def _is_starting(self, unit: Unit) -> bool:
        """Return whether a miner is being started."""
        known = unit.known.commands
        is_sent = known.pending == Action.START and known.is_pending(self.now)
        started = (each.miner for each in self.orders if each.action is Action.START)
        return is_sent or unit.key in started

    def _kept_off(self, kept: int = 0) -> Reason | Limit | None:
        """Return what keeps all of them off but a lack of power; None: nothing does."""
        if not self.free:
            causes = {each.out_of_hand for each in self.units}
            return next((each for each in _HANDS if each in causes), None)
        reasons = [each.forbids_start(kept) for each in self.free]
        lowest = min(each.lowest for each in self.free)
        is_enough = (self.power or 0.0) >= lowest * (1 - _EXACT)
        is_kept = is_enough and all(reasons) and not self._is_any_on
        return reasons[0] if is_kept else None

    @property
    def is_minimum(self) -> bool:
        """Return whether the minimum decides, and not the surplus."""
        surplus = 0.0 if self.is_lost else self.supply.available or 0.0
        return self.want.minimum > max(0.0, surplus)

    def _name_reasons(self) -> None:
        """Begin with why each miner is as it is, if nothing more is decided."""
        reason = self.reason
        # Of a miner that is off, as long as the surplus is not known for long enough.
        off = Reason.NO_SURPLUS if reason is Reason.SURPLUS else reason
        for unit in self.units:
            unit.power = unit.draws if unit.runs else 0.0
            if unit.out_of_hand is not None:
                unit.reason = unit.out_of_hand
            elif unit.is_tuning and unit.reading.can_percent:
                unit.reason = Reason.STARTING
            elif unit.runs and not unit.is_steerable:
                unit.reason = Reason.NOT_STEERABLE
            else:
                unit.reason = reason if unit.runs else off

    def _order(
        self,
        unit: Unit,
        action: Action,
        value: float | None = None,
        *,
        at_once: bool = False,
        reason: Reason | None = None,
    ) -> None:
        """Order something, for the reason that the miner has by now."""
        if action is Action.STOP:
            unit.is_stopping, unit.power = True, 0.0
        self.orders.append(
            Order(
                miner=unit.key,
                action=action,
                value=value,
                reason=reason or unit.reason,
                at_once=at_once,
            )
        )

    def _keep_ceilings(self) -> None:
        """Stop at once what cannot come below its ceiling; lower what is held.

        A ceiling is no want: no least run, no rest and no turn holds it up, and who has
        set a miner by hand has not meant it to melt the fuse.
        """
        for unit in self.units:
            ceiling = unit.reading.ceiling
            if unit.is_free:
                unit.known.percents.forget_hand()
            if ceiling is not None and unit.reading.is_reachable and unit.is_above:
                unit.reason = ceiling.limit
                self._order(unit, Action.STOP, at_once=True)
            elif unit.out_of_hand is Reason.HELD:
                if (percent := to_lower(unit)) is not None:
                    self._order(unit, Action.PERCENT, percent, at_once=True)
                elif (percent := to_give_back(unit)) is not None:
                    self._order(unit, Action.PERCENT, percent)

    def _stop_in_shortage(self) -> None:
        """Stop the last miner that may stop, when there is not enough for it any more.

        One that has not run for long enough, or refuses to stop, does not keep those
        before it from being looked at.
        """
        if self.is_lost and self.settings.when_lost is WhenLost.LOWEST:
            return
        for unit in reversed(self.running):
            others = sum(each.least for each in self.running if each is not unit)
            power = self.backed - others
            if power >= unit.least * (1 - _EXACT):
                return
            if not unit.may_stop:
                unit.reason = unit.keeps_on
                continue
            if self.is_lost:
                unit.reason = Reason.SOURCE_LOST
            elif unit.known.runs.spent > self.settings.grid_budget:
                unit.reason = Reason.BUDGET_SPENT
            elif not unit.is_worth_waiting(power):
                unit.reason = Reason.NO_SURPLUS
            else:
                unit.reason = Reason.BRIDGING
                return
            self._order(unit, Action.STOP)
            return

    def _start_by_surplus(self) -> None:
        """Start the first miner for which there was enough surplus for some minutes."""
        mean = self.mean
        kept = least = 0.0
        for unit in self.running:
            is_steered = unit.is_steerable
            lowest, most = unit.least, unit.most
            kept += lowest + _KEPT * (most - lowest) if is_steered else most
            least += lowest if is_steered else most
        for unit in self._startable(self.want.kept_starts):
            if self.is_lost or mean is None or self.supply.available is None:
                continue
            if self._pays(unit, mean - self.held - kept, self.held + least):
                self._start(unit, self.want.reason)
                return
            left = self.supply.available - self.held - least
            is_taken = left < unit.lowest <= left + least
            unit.reason = Reason.NO_POWER_LEFT if is_taken else Reason.NO_SURPLUS

    def _pays(self, unit: Unit, spare: float, taken: float) -> bool:
        """Return whether a start pays: by the mean, right now, and for long enough.

        `spare` is the mean of what there is for it, `taken` what is not for it just now.
        """
        now = (self.supply.available or 0.0) - taken
        part = _LOW_ENOUGH if unit.starts_low else _NOW
        if now < unit.lowest * part or spare < self._enough(unit):
            return False
        return self.supply.lasts(taken + unit.lowest, self.now) >= _PAYS

    def _enough(self, unit: Unit) -> float:
        """Return the mean surplus with which a miner starts, W."""
        enough = _LOW_ENOUGH * unit.lowest if unit.starts_low else _ENOUGH * unit.full
        # The sky is the same for all of them.
        tried = max(each.known.runs.tried(self.now) for each in self.units)
        return enough + _MORE * unit.full * tried

    def _stop_above(self) -> None:
        """Stop the last miners as long as the others draw all that is wanted."""
        power = self.power or 0.0
        for unit in reversed(self.running):
            least = sum(each.least for each in self.running)
            if power > 0 and least <= power * (1 + _EXACT):
                return
            if unit.may_stop or (self.want.at_once and unit.can_stop):
                unit.reason = self.want.reason
                self._order(unit, Action.STOP, at_once=self.want.at_once)
            else:
                unit.reason = unit.keeps_on

    def _start_below(self, power: float) -> bool:
        """Start the next miner when those that run cannot draw all that is wanted.

        A miner that tunes comes to its full power, and so does the next one: they tune
        together only if there is room for both.
        """
        want, running = self.want, self.running
        is_more = want.follows_surplus
        is_kept = len(running) < want.minimum_miners
        most = sum(each.most for each in running)
        is_tuning = any(each.is_tuning for each in running)
        least = sum(each.most if each.is_tuning else each.least for each in running)
        for unit in self._startable():
            needs = unit.full if is_tuning else unit.lowest * (1 - _EXACT)
            is_short = power > most * (1 + _EXACT) and power >= least + needs
            if is_kept or is_short:
                self._start(unit, want.minimum_reason if is_more else want.reason)
                return True
            unit.reason = Reason.NO_POWER_LEFT if running else self.reason
        return False

    def _startable(self, kept: int = 0) -> list[Unit]:
        """Return the miners that may start, and name why the others may not."""
        wait = self.settings.between_starts * _MINUTE
        is_early = self.now - self.started_at < wait or any(
            map(self._is_starting, self.units)
        )
        found = []
        for unit in self.free:
            if unit.reading.mining is not False:
                continue
            if not self.want.follows_surplus and not self.want.power:
                continue
            if (reason := unit.forbids_start(kept)) is not None:
                unit.reason = reason
            elif is_early:
                unit.reason = Reason.ONE_AT_A_TIME
            else:
                found.append(unit)
        return found

    def _start(self, unit: Unit, reason: Reason) -> None:
        """Start a miner."""
        unit.reason, unit.power = reason, unit.lowest
        self._order(unit, *next_to_start(unit))

    def _spread(self) -> None:
        """Give each that runs its lowest power, and the rest to the first of them.

        Percents are rounded down: what is missed costs a third of what is taken. Who has
        refused a percent is asked again now and then, as if it obeyed.
        """
        running = self.running
        steered = [each for each in running if each.takes_percent]
        power = self._wanted(self.supply.expected)
        is_unknown = power is None
        if power is None:
            power = sum(each.draws for each in running)
        fixed = sum(each.draws for each in running if not each.takes_percent)
        rest = power - fixed - sum(each.base for each in steered)
        percents: dict[str, int] = {}
        change = effort = 0.0
        for unit in steered:
            goal = min(unit.base + max(0.0, rest), unit.full, unit.cap)
            self._name_spread(unit, goal)
            if unit.is_low:
                unit.power = goal
            else:
                lowest = ceil(unit.lowest_percent)
                percent = max(lowest, percent_within(unit.full, goal))
                if self._is_near(unit, percent, goal):
                    percent = round(unit.reading.percent or 0.0)
                percents[unit.key] = percent
                unit.power = unit.draws_at(percent)
                # What is measured of those that stay as they are only wavers.
                if percent != unit.reading.percent:
                    change += abs(unit.power - unit.draws)
                effort = max(effort, unit.known.commands.effort(self.now))
            rest -= unit.power - unit.base
        deadband = self.settings.deadband * (1 + effort / _MUCH_EFFORT)
        is_small = self.want.follows_surplus and change < deadband
        for unit in steered:
            if unit.is_low:
                if unit.power > unit.least + self.settings.deadband:
                    self._order(unit, *next_to_raise(unit))
                continue
            percent, current = percents[unit.key], unit.reading.percent or 0.0
            is_above = percent < current and unit.draws > unit.cap
            # The last step down is no small one: it may be for long.
            is_last = percent <= ceil(unit.lowest_percent) and self.is_fresh
            is_minor = is_small and not is_last
            waits = is_unknown or is_minor or unit.is_unmeasured
            if percent != current and (is_above or not waits):
                self._order(unit, Action.PERCENT, percent, at_once=is_above)

    def _is_near(self, unit: Unit, percent: int, goal: float) -> bool:
        """Return whether another percent is not worth a command: what is measured wavers.

        And so does what was learned of the full power. An end is an end, though.
        """
        is_surplus = self.want.follows_surplus and not self.is_minimum
        if is_surplus or not ceil(unit.lowest_percent) < percent < _ALL:
            return False
        drawn = unit.draws_at(unit.reading.percent or 0.0)
        return drawn <= unit.cap and abs(drawn - goal) <= _EXACT * unit.full

    def _name_spread(self, unit: Unit, goal: float) -> None:
        """Name why a miner that runs draws what it does."""
        ceiling = unit.reading.ceiling
        if ceiling is not None and goal >= unit.cap:
            unit.reason = ceiling.limit
        elif self.is_lost and self.want.follows_surplus and not self.is_minimum:
            unit.reason = Reason.SOURCE_LOST

    def _restore_start_power(self) -> None:
        """Undo the low start of what stands, when it is not wanted any more.

        And of what has ignored it: that may come to act with a later start.
        """
        is_over = not self.settings.low_start or self.want.at_once
        ordered = {each.miner for each in self.orders}
        for unit in self.free:
            if unit.key in ordered:
                continue
            if unit.known.power.is_low_ignored:
                self._order(unit, *restored(unit), reason=self.want.reason)
            elif unit.is_low and is_over and unit.reading.mining is False:
                self._order(unit, *restored(unit))
