"""How much power heat asks for, and how much a room allows.

A thermostat that throttles: the power follows the temperature, and a stop is what remains
when the lowest power is too much. Nothing here has a clock; powers are W, times seconds.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...stored_numbers import stored_if_any, stored_number
from .machine import RAMP, RAMP_PART

SLOPE_OVER: Final = 600
"""Seconds over which it is seen how fast the temperature falls."""
LEAD: Final = 0.4
"""A ramp gives little heat at first: what it lacks is as if it began so much later."""
AS_ASKED: Final = 0.1
"""Within this part of the full power the miners take what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRule:
    """How the power follows the temperature."""

    band: float = 0.5
    """K below the target that ask for full power by themselves."""
    settle: float = 7200
    """Time in which what the room loses is learned."""
    start_below: float = 0.35
    stop_above: float = 0.45
    """K from the target at which mining starts and stops."""
    step: float = 0.05
    """The least change of power, as a part of the full one."""
    pace: float = 300
    """Time between two changes."""
    ramp: float = RAMP
    """Time from a start until the power can be steered, and ..."""
    ramp_part: float = RAMP_PART
    """... which part of the full power it takes in the mean until then."""
    least_run: float = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatReading:
    """What is known of the room, or of the tank, and of its miners."""

    now: float
    temperature: float | None
    target: float | None
    """None while heat is off."""
    power: float
    """What the miners take."""
    is_mining: bool
    is_steerable: bool
    lowest: float
    full: float
    most: float
    """What those that mine take at full power; while none does, the first to start."""


class Heat:
    """Ask for the power that keeps a temperature.

    A PI controller: a part of the power follows the distance from the target, the other
    one is learned, what the room loses. It is learned only while the miners do as asked
    and can do more and less: a ramp, a ceiling or surplus would teach it what is not so.
    """

    def __init__(self, stored: Mapping[str, Any] | None = None) -> None:
        """Go on from what was stored."""
        stored = stored or {}
        self.demand = stored_number(stored.get("demand", 0.0))
        """W; 0 is no demand."""
        self._learned = stored_if_any(stored.get("learned"))
        self._changed: float | None = None
        self._last: float | None = None
        self._past: deque[tuple[float, float]] = deque()

    def dump(self) -> dict[str, Any]:
        """Return what has to be stored."""
        return {"demand": self.demand, "learned": self._learned}

    def step(self, room: HeatReading, rule: HeatRule) -> float | None:
        """Return the demand; None if the temperature is not known."""
        elapsed = 0.0 if self._last is None else room.now - self._last
        # Nothing is known of a time in which the clock was set, or nothing ran.
        elapsed = elapsed if 0 <= elapsed <= rule.pace else 0.0
        self._last = room.now
        if room.temperature is None or room.target is None:
            self.demand = 0.0
            self._past.clear()
            return None if room.temperature is None else 0.0
        missing = room.target - room.temperature
        falls = self._falls(room.now, room.temperature)
        wanted = self._wanted(room, rule, missing, elapsed)
        # One more starts when those that mine cannot hold it, or it is far too cold.
        is_short = (self._learned or 0.0) >= (1 - AS_ASKED) * room.most
        far = rule.start_below if is_short and room.is_mining else rule.band
        most = room.full if missing >= far else room.most
        if self.demand:
            if missing <= -rule.stop_above:
                self._set(room.now, 0.0)
            else:
                self._follow(room, rule, min(wanted, most))
                # What they take at least and at most is only measured while they run.
                self.demand = min(max(self.demand, room.lowest), most)
        elif self._is_needed(room, rule, wanted, falls):
            self._set(room.now, min(max(wanted, room.lowest), most))
        return self.demand

    def _falls(self, now: float, temperature: float) -> float:
        """Return how many K the temperature falls in a second, 0 if it rises."""
        self._past.append((now, temperature))
        while len(self._past) > 1 and self._past[1][0] <= now - SLOPE_OVER:
            self._past.popleft()
        then, before = self._past[0]
        if now - then < SLOPE_OVER:
            return 0.0
        return max(0.0, (before - temperature) / (now - then))

    def _wanted(
        self, room: HeatReading, rule: HeatRule, missing: float, elapsed: float
    ) -> float:
        """Return the power that the temperature asks for, and learn."""
        learned = room.lowest if self._learned is None else self._learned
        gain = room.full / rule.band
        wanted = learned + gain * missing
        too_much = wanted >= room.full and missing > 0
        too_little = wanted <= room.lowest and missing < 0
        obeys = abs(room.power - self.demand) <= AS_ASKED * room.full
        if self.demand and room.is_steerable and obeys and not (too_much or too_little):
            more = learned + gain * missing * elapsed / rule.settle
            learned = min(more, max(learned, room.most))
        self._learned = min(max(learned, 0.0), room.full)
        return wanted

    def _is_needed(
        self, room: HeatReading, rule: HeatRule, wanted: float, falls: float
    ) -> bool:
        """Return whether heat begins to ask, if it gets colder by so much in a second.

        A start has to be worth it: its ramp and the lowest power after it, for the least
        run, must not be more than what is wanted. What mines already costs no start.
        """
        if room.target is None or room.temperature is None:
            return False
        if room.is_mining:
            return wanted >= room.lowest
        ramp = min(rule.ramp, rule.least_run)
        after = (rule.least_run - ramp) * room.lowest
        heat = ramp * rule.ramp_part * room.most + after
        ahead = falls * LEAD * ramp
        is_cold = room.target - room.temperature + ahead >= rule.start_below
        soon = wanted + room.full / rule.band * ahead
        return is_cold and soon * rule.least_run >= heat

    def _follow(self, room: HeatReading, rule: HeatRule, wanted: float) -> None:
        """Change the demand in steps, not too often."""
        power = min(max(wanted, room.lowest), room.full)
        is_end = power in (room.lowest, room.full) and power != self.demand
        is_step = abs(power - self.demand) >= rule.step * room.full or is_end
        paced = self._changed is None or abs(room.now - self._changed) >= rule.pace
        if is_step and paced:
            self._set(room.now, power)

    def _set(self, now: float, demand: float) -> None:
        """Change the demand."""
        self.demand, self._changed = demand, now


@dataclass(frozen=True, slots=True)
class RoomCeiling:
    """What a room allows below its upper temperature.

    Just below it the power is throttled, at it nothing may mine. Once it was reached the
    room has to cool down first, by more than what a ramp gives it.
    """

    upper: float
    throttle: float = 0.5
    reopen: float = 1.0

    def closes(self, temperature: float, *, is_closed: bool) -> bool:
        """Return whether nothing may mine."""
        below = self.upper - temperature
        return below <= 0 or (is_closed and below < self.reopen)

    def power(self, temperature: float, lowest: float, full: float) -> float:
        """Return how much power may be taken below the upper temperature."""
        part = (self.upper - temperature) / self.throttle
        return lowest + (full - lowest) * min(1.0, max(0.0, part))
