"""A room or a tank, a machine that ramps, and weeks of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

from custom_components.whatsminer.power_manager.law.heat import (
    Heat,
    HeatReading,
    HeatRule,
    RoomCeiling,
)

from . import kinds_automatic
from .price_ideal import RAMP, power_of_ramp
from .room import Air, Room, counted as room_counted, held as room_held

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
class Week(Room):
    """A room or a tank, and surplus in kW."""

    every: float = STEP
    surplus: Sequence[float] = (0.0,)
    steps: int = 7 * DAY


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
    machine, played, air = Machine(), Played([], [], [], []), Air(week)
    ceiling = RoomCeiling(upper) if upper is not None else None
    is_closed = False
    for step in range(week.steps):
        shown = air.shown
        wanted = demand = thermostat(shown, air.target, machine, step)
        wanted = max(demand, week.value(week.surplus, step * STEP) * 1000)
        most = FULL * 1000
        if ceiling is not None:
            is_closed = ceiling.closes(shown, is_closed=is_closed)
            most = 0 if is_closed else ceiling.power(shown, LOWEST * 1000, most)
        machine.ask(min(wanted, most), step, at_once=is_closed)
        air.step(machine.power, STEP)
        machine.go_on()
        played.temperatures.append(air.temperature)
        played.powers.append(machine.power)
        played.demands.append(demand)
    played.starts = machine.starts
    return played


def held(week: Week, played: Played) -> float:
    """Return in which part of the steps that count the target is held within 0.5 K."""
    part = room_held(week, played.temperatures, STEP, LOWEST, FULL)
    assert part is not None
    return part


def counted(week: Week) -> list[int]:
    """Return the steps that count."""
    return room_counted(week, week.steps, STEP, LOWEST, FULL)


def week_of(room: Room | None) -> Week:
    """Return the week of a room."""
    assert room is not None
    return Week(**{each.name: getattr(room, each.name) for each in fields(Room)})


def winter(seed: int) -> Week:
    """Return a cold week in a house whose nights may be cooler."""
    return week_of(kinds_automatic.winter(seed).room)


def transition(seed: int) -> Week:
    """Return a week whose afternoons need less than the lowest power."""
    return week_of(kinds_automatic.transition(seed).room)


def tank(seed: int, standby: float = 0.3, part: float = 0.6) -> Week:
    """Return a tank of a house with several flats."""
    return week_of(kinds_automatic.tank_room(seed, standby, part))
