"""The ceilings of now: what the entities and settings mean for each miner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from math import inf
from typing import Final

from homeassistant.util.dt import parse_time

from .law.ceilings import (
    Headroom,
    allocate,
    is_hot,
    is_within,
    phase_current,
    phase_headroom,
    power_headroom,
)
from .law.drawn import LAG
from .law.heat import RoomCeiling
from .law.machine import efficiency_rank
from .law.models import Ceiling, Limit, MinerReading, Source
from .law.wants import lowest_power
from .settings import Priority, Settings, WhenLost
from .sources import Sources

_ROOM: Final = "room"


@dataclass(slots=True)
class _OtherLoads:
    """What everything but the miners draws, by the last report of a meter.

    Kept between two reports: a slow meter does not show yet what the miners have changed
    since, and their power now must not be set off against its old value.
    """

    value: float | None = None
    _at: float | None = None

    def take(self, value: float | None, at: float, own: float, since: float) -> None:
        """Take a report, if it is a new one, of what the miners are a part of.

        `since` is when they were commanded last: a report from before, or from just
        after it, cannot be set off against what they draw now.
        """
        is_new = at != self._at and (at > since + LAG or self.value is None)
        if value is not None and is_new:
            self.value, self._at = value - own, at


class Limits:
    """Knows the ceilings."""

    def __init__(
        self, sources: Sources, settings: Settings, hot: Iterable[str]
    ) -> None:
        """Know only which temperatures were too hot, and have to fall below that."""
        self.hot_sensors = {*hot} & {*sources.temperatures, _ROOM}
        """Those that were too hot last, by their options."""
        self._sources = sources
        self._settings = settings
        self._run = timedelta(minutes=settings.least_run)
        self._house = _OtherLoads()
        self._phases = {phase: _OtherLoads() for phase in sources.phases}

    def find(
        self,
        now: float,
        clock: time,
        source: Source,
        miners: Sequence[MinerReading],
        *,
        hot: Iterable[str],
        allowed: bool,
        cap: float | None,
        since: float,
    ) -> dict[str, Ceiling]:
        """Return the ceilings of those miners that have one.

        `since` is when any of them was commanded last.
        """
        own = self._own(now, clock, miners, hot, allowed=allowed)
        # What does not answer is not off for that.
        miners = [
            each if each.is_reachable else replace(each, power=each.last_power)
            for each in miners
        ]
        if self._settings.priority is Priority.EFFICIENCY:
            miners = sorted(miners, key=lambda each: efficiency_rank(each.efficiency))
        headrooms = self._headrooms(now, source, miners, cap, since)
        headrooms += self._heated(now, clock, miners)
        return allocate(miners, headrooms, own)

    def _own(
        self,
        now: float,
        clock: time,
        miners: Sequence[MinerReading],
        hot: Iterable[str],
        *,
        allowed: bool,
    ) -> dict[str, Limit]:
        """Return those that must not mine at all, and why."""
        settings, temperatures = self._settings, self._sources.temperatures
        # Also while nothing may mine: what it said before counts only after a start,
        # and what was hot has to cool down.
        runs, _ = self._sources.pump.read(now)
        for name, meter in temperatures.items():
            was_hot = name in self.hot_sensors
            highest = getattr(settings, f"{name}_limit")
            is_now = is_hot(meter.value, highest, was_hot=was_hot)
            # After a start its sensor may come later.
            if meter.value is not None and is_now is not was_hot:
                self.hot_sensors ^= {name}
        times = (_time(settings.allowed_from), _time(settings.allowed_until))
        if not allowed or not is_within(clock, *times):
            return dict.fromkeys((each.key for each in miners), Limit.NOT_ALLOWED)
        if not runs:
            return dict.fromkeys((each.key for each in miners), Limit.PUMP)
        for name, meter in temperatures.items():
            is_silent = meter.is_lost(now, settings.temperature_lost_after)
            is_known = meter.missing_since is None and not is_silent
            if name in self.hot_sensors or not is_known:
                limit = Limit.TEMPERATURE if is_known else Limit.NO_TEMPERATURE
                return dict.fromkeys((each.key for each in miners), limit)
        own = dict.fromkeys(hot, Limit.TEMPERATURE)
        if not is_within(clock, *times, for_so_long=self._run):
            own |= dict.fromkeys(_standing(miners), Limit.NOT_ALLOWED)
        return own

    def _headrooms(
        self,
        now: float,
        source: Source,
        miners: Sequence[MinerReading],
        cap: float | None,
        since: float,
    ) -> list[Headroom]:
        """Return what several miners may draw together."""
        settings, headrooms = self._settings, list[Headroom]()
        own = sum(each.power or 0.0 for each in miners)
        lost_after = settings.lost_after
        if cap is not None:
            headrooms.append(power_headroom(Limit.POWER_CAP, cap, miners))
        # A helper reports only what is new: its last value counts, however old.
        reserve = self._sources.reserve
        is_unread = reserve is not None and reserve.value is None
        is_lost = source.is_lost or (reserve is not None and reserve.is_lost(now, inf))
        kept = max(0.0, (reserve and reserve.value) or 0.0)
        self._house.take(source.grid, source.taken_at, own, since)
        is_kept = kept > 0 or is_unread or (is_lost and not source.is_lost)
        if settings.grid_cap or is_kept:
            free = settings.grid_cap - (self._house.value or 0.0) - kept
            limit = Limit.RESERVE if is_kept else Limit.GRID_CAP
            known = self._house.value is not None and not is_unread
            watts = self._or_lost(free, miners, known=known, is_lost=is_lost)
            headrooms.append(power_headroom(limit, watts, miners))
        phases = self._sources.phases if settings.fuse else {}
        for phase, meter in phases.items():
            drawn = phase_current(phase, miners, settings.phases)
            others = self._phases[phase]
            others.take(meter.value, meter.at, drawn, since)
            headroom = phase_headroom(
                phase, settings.fuse - (others.value or 0.0), miners, settings.phases
            )
            headroom.watts = self._or_lost(
                headroom.watts,
                miners,
                known=others.value is not None,
                is_lost=meter.is_lost(now, lost_after),
                weights=headroom.weights,
            )
            headrooms.append(headroom)
        return headrooms

    def _heated(
        self, now: float, clock: time, miners: Sequence[MinerReading]
    ) -> list[Headroom]:
        """Return what quiet hours, and what is heated, let the miners draw together."""
        settings, headrooms = self._settings, list[Headroom]()
        # They are not quiet from the one to the other.
        times = (_time(settings.quiet_until), _time(settings.quiet_from))
        quiet = power_headroom(Limit.QUIET, settings.quiet_power, miners)
        if not is_within(clock, *times):
            headrooms.append(quiet)
        elif not is_within(clock, *times, for_so_long=self._run):
            weights = dict.fromkeys(_standing(miners), 1.0)
            headrooms.append(replace(quiet, weights=weights))
        if (headroom := self._below_upper(now, miners)) is not None:
            headrooms.append(headroom)
        return headrooms

    def _below_upper(
        self, now: float, miners: Sequence[MinerReading]
    ) -> Headroom | None:
        """Return the headroom below the upper temperature; None: no limit.

        As long as the sensor has not reported after a start it is what is drawn. What
        tunes cannot be throttled, and goes on until that temperature is reached.
        """
        meter, settings = self._sources.room, self._settings
        if meter is None or settings.room_upper is None:
            return None
        temperature = meter.value
        is_lost = meter.is_lost(now, settings.room_lost_after)
        if is_lost or temperature is None:
            if is_lost:
                self.hot_sensors.add(_ROOM)
            drawn = 0.0 if is_lost else sum(each.power or 0.0 for each in miners)
            return power_headroom(Limit.NO_TEMPERATURE, drawn, miners)
        ceiling = RoomCeiling(settings.room_upper)
        was_warm = _ROOM in self.hot_sensors
        is_warm = ceiling.closes(temperature, is_closed=was_warm)
        if is_warm is not was_warm:
            self.hot_sensors ^= {_ROOM}
        if is_warm:
            return power_headroom(Limit.ROOM, 0.0, miners)
        if temperature <= ceiling.upper - ceiling.throttle:
            return None
        running = [each for each in miners if each.mining]
        least = sum(
            lowest_power(each) if each.is_steerable else _most(each) for each in running
        )
        watts = ceiling.power(temperature, least, sum(map(_most, miners)))
        return power_headroom(Limit.ROOM, watts, miners)

    def _or_lost(
        self,
        watts: float,
        miners: Sequence[MinerReading],
        *,
        known: bool,
        is_lost: bool,
        weights: Mapping[str, float] | None = None,
    ) -> float:
        """Return the W of headroom whose meter may be lost, or not have reported yet.

        Lost, it is what the setting says; as long as it has not reported, nothing more
        than is drawn.
        """
        if known and not is_lost:
            return watts

        def part(miner: MinerReading) -> float:
            """Return the part of a miner that is drawn there."""
            return 1.0 if weights is None else weights.get(miner.key, 0.0)

        if not is_lost:
            return sum((each.power or 0.0) * part(each) for each in miners)
        if self._settings.when_lost is WhenLost.STOP:
            return 0.0
        return sum(lowest_power(each) * part(each) for each in miners)


def _standing(miners: Sequence[MinerReading]) -> list[str]:
    """Return those that do not mine."""
    return [each.key for each in miners if each.mining is False]


def _most(miner: MinerReading) -> float:
    """Return the W that a miner may come to draw, as far as it is known."""
    return max(miner.full_power or 0.0, miner.power or 0.0)


def _time(stored: str | None) -> time | None:
    """Return a time of day that was chosen."""
    return parse_time(stored) if stored else None
