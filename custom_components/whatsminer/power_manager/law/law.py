"""What the miners are to do: pure, deterministic, with no clock of its own.

Each step goes the same way: learn from the readings, find the power that there is, keep
the ceilings, decide who stops or starts, spread the power over those that run.

Why these rules: a kWh from the grid counts as three kWh of surplus that is not used, and
a start costs twenty minutes in which a miner cannot be throttled. So to follow is cheap
and is done at each reading, a start needs some minutes of a surplus that pays for its
ramp, and a stop is weighed against the start that follows it.
"""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import replace
from math import inf
from typing import Any, Final

from ..settings import Priority, Settings
from .dispatch import Dispatch
from .learning import Learned
from .machine import efficiency_rank
from .models import Action, MinerReading, Order, Outcome, Part, Plan, Readings, Want
from .supply import Supply
from .units import PENALTY, Unit

_BLIND: Final = 15.0
"""s for which a command that is under way makes readings of the meter useless."""
_PACE: Final = 5.0
"""s between two percents for a miner, at least: some meters report each second."""
_KWH: Final = 3_600_000.0


class Law:
    """Decides, a step at a time, which miner runs at which percent."""

    def __init__(
        self, settings: Settings, stored: Mapping[str, Any] | None = None
    ) -> None:
        """Go on from what was stored; raises an error when that makes no sense."""
        stored = stored or {}
        self.settings = settings
        self._known: dict[str, Learned] = {
            key: Learned.from_json(each)
            for key, each in stored.get("miners", {}).items()
        }
        self._supply = Supply(settings, stored.get("supply", {}))
        self._changed_at = -inf
        # What was stored may lie ahead, too.
        self._stepped_at = inf

    @property
    def lowered(self) -> dict[str, float | None]:
        """Return the miners whose start power is lowered, with what is to be restored."""
        known = self._known.items()
        return {
            key: each.power.given_start
            for key, each in known
            if each.power.low is not None
        }

    @property
    def unstoppable(self) -> tuple[str, ...]:
        """Return the miners that a stop was asked of, again and again, to no effect.

        Or to none that lasted.
        """
        return tuple(
            key
            for key, each in self._known.items()
            if each.commands.refusals.get(Action.STOP, 0) > 1 or each.runs.returned > 1
        )

    def dump(self) -> dict[str, Any]:
        """Return what must outlast a restart, for JSON."""
        return {
            "miners": {key: each.as_json() for key, each in self._known.items()},
            "supply": self._supply.as_json(),
        }

    def forget_others(self, miners: AbstractSet[str]) -> None:
        """Forget all miners but these: the others are gone for good."""
        for key in self._known.keys() - miners:
            del self._known[key]

    def as_learned(self, reading: MinerReading, now: float) -> MinerReading:
        """Return a reading with what was learned: its powers, and its lowest percent.

        Right after a change of its percent the power that was read is an old one.
        """
        known = self._known.get(reading.key, Learned())
        if reading.percent != known.percents.percent:
            percents = replace(known.percents, percent_since=now)
            known = replace(known, percents=percents)
        unit = Unit(reading=reading, known=known, settings=self.settings, now=now)
        return replace(
            reading,
            power=unit.draws if reading.is_steerable else reading.power,
            full_power=unit.full,
            lowest_percent=unit.lowest_percent,
            by_hand=known.percents.by_hand,
            efficiency=known.power.efficiency,
        )

    def note(self, order: Order, outcome: Outcome, now: float) -> None:
        """Note what became of an order."""
        self._known.setdefault(order.miner, Learned()).note(order, outcome, now)
        if outcome is not Outcome.SUPERSEDED:
            self._changed_at = now

    def note_manual(self, key: str, now: float) -> None:
        """Note that somebody else commands a miner, for instance to start it."""
        self._known.setdefault(key, Learned()).note_manual(now)

    def note_start_power(self, key: str, watts: float | None) -> None:
        """Note with how many W somebody else has a miner start; None: as it would."""
        self._known.setdefault(key, Learned()).power.give_start(watts)

    def step(self, readings: Readings) -> Plan:
        """Decide by the newest readings."""
        now, want, source = readings.now, readings.want, readings.source
        if now < self._stepped_at:
            self._set_back(now)
        self._stepped_at = now
        units, raised, disproved = self._read(readings)
        own = sum(each.draws for each in units)
        commands = (each.commands for each in self._known.values())
        is_changing = any(
            each.pending and now - each.pending_since < _BLIND for each in commands
        )
        changed_at = now if is_changing else self._changed_at
        is_fresh = self._supply.read(source, own, changed_at, now)
        if is_fresh:
            self._account(units, want)
        dispatch = Dispatch(
            units=units,
            want=want,
            settings=self.settings,
            supply=self._supply,
            now=now,
            is_lost=source.is_lost,
            is_fresh=is_fresh,
            started_at=max(
                (each.runs.started_at for each in self._known.values()), default=-inf
            ),
        )
        dispatch.run()
        orders = tuple(each for each in dispatch.orders if self._may_send(each, units))
        for order in orders:
            self._known[order.miner].commands.send(order, now)
        return Plan(
            target=sum(each.power for each in units),
            available=self._supply.available,
            mean=dispatch.mean,
            reason=dispatch.reason,
            orders=orders,
            parts={
                each.key: Part(power=each.power, reason=each.reason) for each in units
            },
            raised=raised,
            disproved=disproved,
        )

    def _set_back(self, now: float) -> None:
        """Wait for nothing that was to be at a time which the clock has taken back."""
        self._supply.set_back(now)
        for each in self._known.values():
            each.set_back(now)
        self._changed_at = min(self._changed_at, now)

    def _read(
        self, readings: Readings
    ) -> tuple[list[Unit], dict[str, float], dict[str, Action]]:
        """Return the miners, the first to get power first; and what was just learned.

        That is floors that were raised, and orders that were not kept to.
        """
        units, raised, disproved = [], {}, {}
        for reading in readings.miners:
            known = self._known.setdefault(reading.key, Learned())
            known.begin_day(readings.day)
            if known.observe(reading, readings.now):
                raised[reading.key] = known.percents.floor
            if action := known.disprove(reading, readings.now):
                disproved[reading.key] = action
            units.append(Unit(reading, known, self.settings, readings.now))
        if self.settings.priority is Priority.EFFICIENCY:
            units.sort(key=lambda unit: efficiency_rank(unit.known.power.efficiency))
        return units, raised, disproved

    def _account(self, units: list[Unit], want: Want) -> None:
        """Learn from a fresh reading how long surplus is short, and what runs cost.

        What is taken from the grid is put down to the last of the list, whose stop
        would save it. What a run has used earns some of it back: a run that is worth
        its while is not ended because it has been long.
        """
        surplus = self._supply.backed or 0.0
        held = sum(each.draws for each in units if not each.is_free)
        above, free = surplus - held, max(surplus, want.minimum) - held
        for unit in units:
            if not unit.is_free:
                continue
            if want.follows_surplus:
                unit.known.dips.observe(above, unit.lowest, unit.now)
            above -= unit.lowest
            if not unit.runs or (unit.is_tuning and not unit.has_run):
                free -= unit.draws if unit.runs else 0.0
                continue
            least = unit.least
            taken = min(least, max(0.0, least - free))
            used = min(unit.most, max(0.0, free))
            cost = (taken - used / PENALTY) * self._supply.elapsed / _KWH
            run = unit.known.runs
            run.spent = max(0.0, run.spent + cost)
            free -= least

    def _may_send(self, order: Order, units: list[Unit]) -> bool:
        """Return whether an order can go out now, or has to wait for another one."""
        unit = next(each for each in units if each.key == order.miner)
        known = unit.known.commands
        # A ceiling does not wait because a want was refused; refused itself, it does.
        is_new = order.at_once and not known.pending_at_once
        if known.is_refused(order.action, unit.now) and not is_new:
            return False
        is_sent = known.is_pending(unit.now)
        if order.at_once:
            same = (known.pending, known.pending_value) == (order.action, order.value)
            return not (is_sent and same)
        is_early = unit.now - known.sent_at < _PACE and order.action is Action.PERCENT
        return not (is_sent or is_early or unit.reading.is_busy)
