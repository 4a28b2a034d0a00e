"""Plays a day fast: the law, a house, a meter, a battery and machines, no Home Assistant.

A miner is read every 15 s and after each command; what is ordered acts within 2 s.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
import json
from math import exp
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from custom_components.whatsminer.power_manager.law.law import Law
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    MinerReading,
    Order,
    Outcome,
    Plan,
    Readings,
    Reason,
    Source,
    Want,
)
from custom_components.whatsminer.power_manager.settings import Settings

from .automatic import Automatic
from .days import Battery, Day
from .ideal import Result
from .machine import (
    LOWEST_PERCENT,
    RAMP_SECONDS,
    STANDBY,
    STEP,
    Watts,
    ramp_power,
    tuned_power,
)

_KWH = 3_600_000.0
_MINUTE = round(60 / STEP)
_ACTS = 2.0
"""s until a command shows in the power."""
SOLAR = Want(reason=Reason.SURPLUS, follows_surplus=True)


@dataclass
class Machine:
    """A simulated miner."""

    key: str
    full: float
    random: Random
    mining: bool = False
    started: float | None = None
    stopped: float | None = None
    percent: float = 100.0
    setting: float | None = None
    """W that were set as its power; in force from a start on, or at once when tuned."""
    running: float | None = None
    midnight: float = 0.0
    starts: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    rests: list[float] = field(default_factory=list)
    commands: int = 0
    refuses: frozenset[Action] = frozenset()
    ramp: float = RAMP_SECONDS
    reported_full: float | None = None
    """W that it gives as its full power, where that is not so."""
    unstable: float = 0.0
    """% below which it restarts."""
    restarts: int = 0

    def is_tuned(self, now: float) -> bool:
        """Return whether it takes a percent."""
        return self.mining and now - (self.started or 0.0) >= self.ramp

    def power(self, now: float) -> float:
        """Return what it draws."""
        if not self.mining:
            return STANDBY
        full = self.full if self.running is None else min(self.full, self.running)
        if not self.is_tuned(now):
            return ramp_power(full, now - (self.started or 0.0), self.ramp)
        return tuned_power(full, self.percent) * (1 + self.random.gauss(0, 0.003))

    def take(self, order: Order, now: float) -> Outcome:
        """Carry out what is ordered."""
        self.commands += 1
        if order.action in self.refuses:
            return Outcome.REFUSED
        match order.action:
            case Action.START if not self.mining:
                if self.stopped is not None:
                    self.rests.append(now - self.stopped)
                self.mining, self.started, self.percent = True, now, 100.0
                self.running = self.setting
                self.starts.append(now)
            case Action.STOP if self.mining:
                self.runs.append(now - (self.started or 0.0))
                self.mining, self.stopped = False, now
            case Action.PERCENT:
                if not self.is_tuned(now):
                    return Outcome.REFUSED
                assert order.value is not None
                assert 0 <= order.value <= 100
                self.percent = order.value
                if self.percent < self.unstable:
                    self.started, self.percent = now, 100.0
                    self.restarts += 1
            case Action.LOW_START | Action.RESTORE_START:
                self.setting = order.value
                if self.is_tuned(now):
                    self.running = order.value
        return Outcome.CONFIRMED

    def read(self, now: float) -> MinerReading:
        """Return what it reports."""
        return MinerReading(
            key=self.key,
            power=self.power(now),
            mining=self.mining,
            is_steerable=self.is_tuned(now),
            percent=self.percent,
            full_power=self.reported_full or self.full,
            lowest_percent=LOWEST_PERCENT,
            can_low_start=True,
            last_start=self.started,
            last_stop=self.stopped,
            starts_today=sum(each >= self.midnight for each in self.starts),
            efficiency=20.0,
        )


class Store:
    """A battery that covers what the house takes, and takes what it feeds in."""

    def __init__(self, battery: Battery) -> None:
        """Begin with the charge of the morning."""
        self.battery = battery
        self.energy = battery.kwh * battery.charge / 100
        self.power = 0.0

    def step(self, grid: float) -> float:
        """Return W that it gives for what the grid would have to give without it."""
        battery = self.battery
        goal = max(-battery.power, min(battery.power, grid))
        self.power = goal + (self.power - goal) * exp(-STEP / battery.lag)
        if self.power < 0 and self.energy >= battery.kwh:
            self.power = 0.0
        if self.power > 0 and self.energy <= 0:
            self.power = 0.0
        part = 1.0 if self.power > 0 else 0.95
        self.energy -= self.power * part * STEP / _KWH
        self.energy = max(0.0, min(battery.kwh, self.energy))
        return self.power

    @property
    def charge(self) -> float:
        """Return the charge in %."""
        return self.energy / self.battery.kwh * 100


def grid_without(day: Day) -> tuple[Watts, float]:
    """Return the grid power of a day without miners, and the charge at its end, kWh."""
    grid = day.load - day.pv
    if day.battery is None:
        return grid, 0.0
    store = Store(day.battery)
    return np.array([each - store.step(each) for each in grid]), store.energy


@dataclass(frozen=True, kw_only=True)
class Played(Result):
    """How a day went."""

    machines: tuple[Machine, ...]
    power: Watts
    plans: tuple[Plan, ...]
    longest_import: float
    """s with more than 500 W from the grid."""
    with_miners: Watts
    """W from the grid, and what it were without miners."""
    without: Watts
    temperatures: list[float] = field(default_factory=list)
    """Of the room after each step."""

    @property
    def starts(self) -> int:
        """Return how often any miner was started."""
        return sum(len(each.starts) for each in self.machines)

    @property
    def commands(self) -> int:
        """Return how many commands were sent."""
        return sum(each.commands for each in self.machines)


type Meddle = Callable[[float, Machine, MinerReading], MinerReading]


def make_machines(day: Day, **more: Any) -> list[Machine]:
    """Return the machines of a day, all with the same oddities."""
    random = Random(day.name)
    return [
        Machine(f"miner{index}", full, random, **more)
        for index, full in enumerate(day.miners)
    ]


def play(
    day: Day,
    settings: Settings | None = None,
    *,
    want: Callable[[float], Want] | None = None,
    meddle: Meddle | None = None,
    machines: list[Machine] | None = None,
    reload: int = 0,
    pace: int = 1,
) -> Played:
    """Play a day and return how it went.

    Without a `want` the mode is *Automatic* where the day has prices or a room, else *Solar*.
    `meddle` changes what the law reads of a machine; after each `reload` steps a new law
    goes on from what the old one has stored. The law looks at each `pace`th step only:
    where nothing changes fast, that is enough, and quicker.
    """
    settings = settings or Settings.from_options(day.manager)
    machines = machines or make_machines(day)
    law = Law(settings)
    store = Store(day.battery) if day.battery else None
    start, zone = day.begin, day.zone
    automatic = Automatic(day, settings) if day.is_automatic else None
    power: Watts = np.zeros(len(day.pv))
    source, reported = Source(), Meter(day)
    seen = {each.key: each.read(start) for each in machines}
    plans, long, longest, today = [], 0.0, 0.0, ""
    temperatures = list[float]()
    for index in range(len(day.pv)):
        now = start + index * STEP
        if index % _MINUTE == 0 and today != (local := _date(now, zone)):
            today = local
            for machine in machines:
                machine.midnight = now
        if reload and index % reload == 0:
            law = Law(settings, json.loads(json.dumps(law.dump())))
        source = reported.report(now - start, now, store) or source
        before = sum(each.power(now) for each in machines)
        if index % pace == 0:
            for machine in machines:
                if index % 3 != 1:
                    seen[machine.key] = machine.read(now)
            readings = tuple(
                meddle(now, each, seen[each.key]) if meddle else seen[each.key]
                for each in machines
            )
            wanted = want(now - start) if want else SOLAR
            if automatic is not None:
                learned = [law.as_learned(each, now) for each in readings]
                wanted = automatic.want(now, learned)
                readings = tuple(
                    replace(each, ceiling=automatic.ceiling(known))
                    for each, known in zip(readings, learned, strict=True)
                )
            plan = law.step(
                Readings(
                    now=now,
                    day=today,
                    want=wanted,
                    source=source,
                    miners=readings,
                )
            )
            plans.append(plan)
            for order in plan.orders:
                machine = next(each for each in machines if each.key == order.miner)
                outcome = machine.take(order, now)
                law.note(order, outcome, now + _ACTS)
                seen[machine.key] = machine.read(now)
        after = sum(each.power(now + STEP / 2) for each in machines)
        drawn = (before * _ACTS + after * (STEP - _ACTS)) / STEP
        power[index] = drawn
        if automatic is not None and automatic.air is not None:
            automatic.air.step(drawn / 1000, STEP)
            temperatures.append(automatic.air.temperature)
        grid = day.load[index] - day.pv[index] + drawn
        grid -= store.step(grid) if store else 0.0
        reported.add(grid, after - drawn)
        long = long + STEP if grid > 500 else 0.0
        longest = max(longest, long)
    played = _sum_up(day, power, store, machines, plans, longest, reported.grid)
    return replace(played, temperatures=temperatures)


def _date(now: float, zone: ZoneInfo) -> str:
    """Return the local date."""
    return datetime.fromtimestamp(now, zone).date().isoformat()


class Meter:
    """The grid meter: reports the moment, or the mean since its last report."""

    def __init__(self, day: Day) -> None:
        """Prepare."""
        self.grid: list[float] = []
        self._moment = 0.0
        self._day = day
        self._reported = 0

    def add(self, grid: float, later: float) -> None:
        """Take in what was taken in one more step, and so much more at its end."""
        self.grid.append(grid)
        self._moment = grid + later

    def report(self, passed: float, now: float, store: Store | None) -> Source | None:
        """Return what is reported now, if anything is."""
        if not self.grid or passed % self._day.every >= STEP:
            return None
        grid = self._moment
        if self._day.mean:
            grid = float(np.mean(self.grid[self._reported :]))
        self._reported = len(self.grid)
        return Source(
            grid=grid,
            taken_at=now,
            battery=store.power if store else None,
            charge=store.charge if store else None,
        )


def _sum_up(
    day: Day,
    power: Watts,
    store: Store | None,
    machines: list[Machine],
    plans: list[Plan],
    longest: float,
    grid_with: list[float],
) -> Played:
    """Return what the day came to."""
    without, energy = grid_without(day)
    grids = np.array(grid_with)
    taken = np.maximum(0, grids) - np.maximum(0, without)
    missing = max(0.0, energy - store.energy) if store else 0.0
    return Played(
        mined=float(power.sum()) * STEP / _KWH,
        grid=float(taken.sum()) * STEP / _KWH + missing,
        machines=tuple(machines),
        power=power,
        plans=tuple(plans),
        longest_import=longest,
        with_miners=grids,
        without=without,
    )
