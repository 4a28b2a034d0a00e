"""The reasons of the mode *Automatic* in a played day, without Home Assistant."""

from collections.abc import Sequence

from custom_components.whatsminer.power_manager.law.heat import (
    Heat,
    HeatReading,
    HeatRule,
    RoomCeiling,
)
from custom_components.whatsminer.power_manager.law.models import (
    Ceiling,
    Limit,
    MinerReading,
    Mode,
    Want,
)
from custom_components.whatsminer.power_manager.law.wants import (
    Asked,
    lowest_power,
    want,
)
from custom_components.whatsminer.power_manager.prices.blocks import CheapRule
from custom_components.whatsminer.power_manager.prices.cheap import CheapTimes
from custom_components.whatsminer.power_manager.settings import Settings

from .days import Day
from .room import Air
from .tariff import Tariff, next_midnight, slots_of

_INF = float("inf")


class Automatic:
    """What is wanted of the miners of a day, and how warm they make its room."""

    def __init__(self, day: Day, settings: Settings) -> None:
        """Begin where the day begins."""
        self._settings = settings
        self._tariff = Tariff(day.price)
        self._feed_in = Tariff(day.feed_in)
        self._times = CheapTimes(day.zone)
        self._zone = day.zone
        self._known: dict[int, float] = {}
        self._look_at = 0.0
        self._heat = Heat()
        self.air = None if day.room is None else Air(day.room)
        self._upper = settings.room_upper
        self._is_closed = False
        self._is_cheap = self._is_cheap_later = self._is_mining = False
        self._midnight = 0.0
        self._starts = 0
        """At cheap times of the day."""

    def want(self, now: float, miners: Sequence[MinerReading]) -> Want:
        """Return what is wanted now."""
        settings = self._settings
        asked = Asked(
            surplus=settings.use_surplus and self._is_surplus_cheap(now),
            cheap=self._cheap(now, miners),
            heat=self._demand(now, miners),
            minimum=settings.use_minimum,
            later=self.air is not None or self._is_cheap_later,
        )
        return want(
            Mode.AUTOMATIC,
            None,
            miners,
            all_minimum=settings.minimum_all,
            now=now,
            asked=asked,
        )

    def ceiling(self, miner: MinerReading) -> Ceiling | None:
        """Return what the room allows a miner, if that is all there is."""
        if self.air is None or self._upper is None:
            return None
        full = miner.full_power or 0.0
        room = RoomCeiling(self._upper)
        shown = self.air.shown
        self._is_closed = room.closes(shown, is_closed=self._is_closed)
        power = 0.0 if self._is_closed else room.power(shown, lowest_power(miner), full)
        return Ceiling(power=power, limit=Limit.ROOM) if power < full else None

    def _is_surplus_cheap(self, now: float) -> bool:
        """Return whether surplus would earn no more than it may."""
        limit = self._settings.feed_in_limit
        if limit is None or not self._feed_in.prices:
            return True
        earns = self._feed_in.at(now)
        return earns is not None and earns <= limit

    def _cheap(self, now: float, miners: Sequence[MinerReading]) -> float:
        """Return the W that are wanted because electricity is cheap."""
        settings = self._settings
        rule = CheapRule(
            hours=settings.cheap_hours or None,
            limit=settings.cheap_limit,
            shortest=60 * settings.cheap_block,
            starts=settings.cheap_starts,
        )
        if rule.hours is None and rule.limit is None:
            return 0.0
        if now >= self._look_at:
            self._look(now)
        self._count(now, is_mining=any(each.mining for each in miners))
        cheap = self._times.step(
            now,
            self._known,
            rule,
            is_mining=self._is_mining,
            starts_today=self._starts,
        )
        self._is_cheap = cheap.is_cheap
        self._is_cheap_later = cheap.next_start is not None
        return (settings.cheap_power or _INF) if cheap.is_cheap else 0.0

    def _count(self, now: float, *, is_mining: bool) -> None:
        """Count the starts at cheap times of a day."""
        if now >= self._midnight:
            self._midnight, self._starts = next_midnight(now, self._zone), 0
        if is_mining and not self._is_mining and self._is_cheap:
            self._starts += 1
        self._is_mining = is_mining

    def _look(self, now: float) -> None:
        """Look which prices are known from today's first on, and when to look again."""
        self._known = slots_of(self._tariff.known(now, self._zone))
        midnight = next_midnight(now, self._zone)
        self._look_at = min(midnight, self._tariff.news_after(now))

    def _demand(self, now: float, miners: Sequence[MinerReading]) -> float:
        """Return the W that heat asks for."""
        if self.air is None:
            return 0.0
        running = [each for each in miners if each.mining]
        reading = HeatReading(
            now=now,
            temperature=self.air.shown,
            target=self.air.target,
            power=sum(each.power or 0.0 for each in miners),
            is_mining=bool(running),
            is_steerable=all(each.is_steerable for each in running),
            lowest=min(map(lowest_power, miners)),
            full=sum(each.full_power or 0.0 for each in miners),
            most=sum(each.full_power or 0.0 for each in running or miners[:1]),
        )
        return self._heat.step(reading, HeatRule()) or 0.0
