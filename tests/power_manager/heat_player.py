"""A room or a tank, a machine that ramps, and weeks of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import cos, exp, pi
from random import Random

from custom_components.whatsminer.power_manager.heat import (
    Heat,
    HeatReading,
    HeatRule,
    RoomCeiling,
)

from .price_ideal import RAMP, power_of_ramp

STEP = 30
DAY = 86400 // STEP
FULL = 3.5
IDLE = 0.0135
DARK = 0.262
LEAST_RUN, LEAST_REST = 1800, 600
START = datetime(2026, 1, 12, tzinfo=UTC).timestamp()


def power_at(percent: float) -> float:
    """Return what a tuned machine takes, in kW."""
    return DARK + (FULL - DARK) * percent / 100


LOWEST = power_at(40)


@dataclass(frozen=True)
class Week:
    """A room or a tank: arrays are per step, their last value holds."""

    capacity_kwh_per_k: float
    loss_kw_per_k: float
    start: float
    outside: Sequence[float]
    target: Sequence[float]
    draw: Sequence[float] = (0.0,)
    surplus: Sequence[float] = (0.0,)
    steps: int = 7 * DAY

    def demand(self, step: int) -> float:
        """Return the power that would hold the target, in kW."""
        outside, target = at(self.outside, step), at(self.target, step)
        return self.loss_kw_per_k * (target - outside) + at(self.draw, step)


def at(values: Sequence[float], step: int) -> float:
    """Return the value of a step."""
    return values[min(step, len(values) - 1)]


@dataclass
class Machine:
    """A machine with its ramp, which keeps the least run and the least rest."""

    on_for: float | None = None
    off_for: float = 1e9
    percent: float = 100
    starts: list[int] = field(default_factory=list)

    @property
    def is_steerable(self) -> bool:
        """Return whether it mines and is tuned."""
        return self.on_for is not None and self.on_for >= RAMP

    @property
    def power(self) -> float:
        """Return what it takes, in kW."""
        if self.on_for is None:
            return IDLE
        if not self.is_steerable:
            return power_of_ramp(self.on_for, FULL)
        return power_at(self.percent)

    def ask(self, watts: float, step: int, *, at_once: bool = False) -> None:
        """Start, stop or steer."""
        if watts < LOWEST * 1000 - 1:
            if self.on_for is not None and (at_once or self.on_for >= LEAST_RUN):
                self.on_for, self.off_for = None, 0
        elif self.on_for is None:
            if self.off_for >= LEAST_REST:
                self.on_for, self.percent = 0, 100
                self.starts.append(step)
        elif self.is_steerable:
            percent = (watts / 1000 - DARK) / (FULL - DARK) * 100
            self.percent = round(min(max(percent, 40), 100))

    def go_on(self) -> None:
        """Let a step pass."""
        if self.on_for is None:
            self.off_for += STEP
        else:
            self.on_for += STEP


@dataclass
class Played:
    """What happened in a week."""

    temperatures: list[float]
    powers: list[float]
    starts: list[int]
    demands: list[float]

    def most_starts(self) -> int:
        """Return the starts of the day that has most of them."""
        days = [step // DAY for step in self.starts]
        return max((days.count(day) for day in set(days)), default=0)


type Thermostat = Callable[[float, float, Machine, int], float]
"""Temperature, target, machine, step -> W."""


def throttling(rule: HeatRule) -> Thermostat:
    """Return the thermostat of the power manager."""
    heat = Heat()

    def ask(temperature: float, target: float, machine: Machine, step: int) -> float:
        room = HeatReading(
            now=START + step * STEP,
            temperature=temperature,
            target=target,
            power=machine.power * 1000,
            is_mining=machine.on_for is not None,
            is_steerable=machine.is_steerable,
            lowest=LOWEST * 1000,
            full=FULL * 1000,
            most=FULL * 1000,
        )
        return heat.step(room, rule) or 0.0

    return ask


def on_off(tolerance: float) -> Thermostat:
    """Return a thermostat that knows only on and off."""

    def ask(temperature: float, target: float, machine: Machine, step: int) -> float:
        is_on = machine.on_for is not None
        edge = target + tolerance if is_on else target - tolerance
        return FULL * 1000 if temperature < edge else 0.0

    return ask


def play(week: Week, thermostat: Thermostat, upper: float | None = None) -> Played:
    """Let a week pass, with a sensor that lags and shows tenths of a kelvin."""
    machine, played = Machine(), Played([], [], [], [])
    ceiling = RoomCeiling(upper) if upper is not None else None
    temperature = sensed = week.start
    is_closed = False
    for step in range(week.steps):
        shown = round(sensed, 1)
        wanted = demand = thermostat(shown, at(week.target, step), machine, step)
        wanted = max(demand, at(week.surplus, step) * 1000)
        most = FULL * 1000
        if ceiling is not None:
            is_closed = ceiling.closes(shown, is_closed=is_closed)
            most = 0 if is_closed else ceiling.power(shown, LOWEST * 1000, most)
        machine.ask(min(wanted, most), step, at_once=is_closed)
        loss = week.loss_kw_per_k * (temperature - at(week.outside, step))
        net = machine.power - loss - at(week.draw, step)
        temperature += net * STEP / 3600 / week.capacity_kwh_per_k
        sensed += (temperature - sensed) * (1 - exp(-STEP / 300))
        machine.go_on()
        played.temperatures.append(temperature)
        played.powers.append(machine.power)
        played.demands.append(demand)
    played.starts = machine.starts
    return played


def counted(week: Week) -> list[int]:
    """Return the steps that count: the demand can be met, the target could be reached.

    Two hours are given from when the room could first have reached a new target, with
    full power all the time.
    """
    steps, from_step, target = [], 0, at(week.target, 0)
    reach: float | None = week.start
    for step in range(week.steps):
        if at(week.target, step) != target:
            reach, target = target, at(week.target, step)
        if reach is not None:
            loss = week.loss_kw_per_k * (reach - at(week.outside, step))
            most = FULL if target > reach else 0.0
            reach += (
                (most - loss - at(week.draw, step))
                * STEP
                / 3600
                / week.capacity_kwh_per_k
            )
            if abs(reach - target) < 0.02:
                reach, from_step = None, step + 7200 // STEP
        elif step >= from_step and LOWEST <= week.demand(step) <= FULL:
            steps.append(step)
    return steps


def held(week: Week, played: Played) -> float:
    """Return in which part of the steps that count the target is held within 0.5 K."""
    steps = counted(week)
    good = sum(
        abs(played.temperatures[each] - at(week.target, each)) <= 0.5 for each in steps
    )
    return good / len(steps)


def _outside(random: Random, mean: float, swing: float, cloud: float) -> list[float]:
    """Return a week of temperatures outside."""
    drift, values = 0.0, []
    for step in range(7 * DAY):
        if step % (DAY // 8) == 0:
            drift = 0.85 * drift + random.gauss(0, cloud)
        values.append(mean + drift + swing * cos(2 * pi * (step / DAY - 15 / 24)))
    return values


def _targets(day: float, night: float) -> list[float]:
    """Return a target by day from 6:00 to 22:00, and another by night."""
    return [
        day if DAY // 4 <= step % DAY < DAY * 22 // 24 else night
        for step in range(7 * DAY)
    ]


def winter(seed: int) -> Week:
    """Return a cold week in a house whose nights may be cooler."""
    random = Random(seed)
    return Week(6, 0.11, 19.5, _outside(random, -1, 3, 0.7), _targets(21, 20))


def transition(seed: int) -> Week:
    """Return a week whose afternoons need less than the lowest power."""
    random = Random(seed)
    return Week(6, 0.13, 21, _outside(random, 8.5, 4.5, 0.8), [21.0])


def tank(seed: int, standby: float = 0.3, part: float = 0.6) -> Week:
    """Return a tank of a house with several flats: circulation, and three times of taps."""
    random = Random(seed)
    draw = []
    for _ in range(7):
        taps = [
            (random.gauss(hour, 0.4), length, power * part)
            for hour, length, power in (
                (6.8, 1.6, 2.4),
                (12.5, 0.8, 1.5),
                (19.5, 2.2, 2.2),
            )
        ]
        for step in range(DAY):
            hour = step * 24 / DAY
            flow = sum(
                power * random.uniform(0.6, 1.4)
                for begin, length, power in taps
                if begin <= hour < begin + length
            )
            draw.append(standby + flow)
    return Week(2.5, 0.045, 50, [18.0], [50.0], draw)
