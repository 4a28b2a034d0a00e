"""What power there is for miners, as the meters have it.

The power of the miners themselves is added to what the grid meter shows: what is
available is what the house would feed in if they stood still.
"""

from collections import deque
from collections.abc import Mapping
from math import inf
from typing import Any, Final

from ...stored_numbers import stored_number
from ..settings import Settings
from .models import Source

_MINUTE: Final = 60.0
_SLOW: Final = 30.0
"""s between two readings from which on the meter may report means."""
_FADES: Final = 0.8
"""Of the jumps that a slow meter has shown, so much still counts at the next reading."""
_DIFFERS: Final = 100.0
"""W by which they differ, at least, where they say which of the two it reports."""
LAG: Final = 2.0
"""s from the end of a command until a meter shows what it has done."""
_KEPT: Final = 30 * _MINUTE
_NEAR: Final = 0.9
"""Part of the best of a day that is as good as that."""
_CLOUD: Final = 2 * 60 * _MINUTE
"""s that the surplus may be far from its best for because of a cloud."""
_NIGHT: Final = 10 * 60 * _MINUTE
"""s after which the best is that of another day."""
_APART: Final = 4.0
"""s between two that are kept for the mean, at least."""
_MISJUDGED: Final = 0.5
"""Of a change of what miners draw, so much may be wrong until it is measured."""
_HIDDEN: Final = 2.0
"""A fall begins somewhere within a mean, which shows half of it: it is so much larger."""
_BATTERY_PART: Final = 0.4
"""Of what a filled battery gives, so much costs nothing: the sun gives it back."""


class Supply:
    """Knows what is available, what it was, and what the battery needs."""

    def __init__(self, settings: Settings, stored: Mapping[str, Any]) -> None:
        """Go on from what was stored."""
        self.available: float | None = None
        """W that the miners may draw together without taking any from the grid."""
        self.expected: float | None = None
        """The same until the next reading: what has fallen is taken to fall on.

        The edge of a cloud takes longer than a reading, and a mean over it shows about
        half of the fall. Where that is wrong, some surplus is lost for one reading; to
        follow too late costs three times as much, with each cloud. What the miners
        draw may be misjudged while they change it: so much is no fall.
        """
        self._drawn = 0.0
        self.backed: float | None = None
        """The same with what the battery may give to get over a cloud."""
        self.elapsed = 0.0
        """s since the reading before the last."""
        self._settings = settings
        self._taken_at = stored_number(stored.get("taken_at", 0.0))
        self._samples = deque[tuple[float, float]](
            (stored_number(at), stored_number(power))
            for at, power in stored.get("samples", [])
        )
        self._own = deque[tuple[float, float]]()
        self._slow: list[tuple[float | None, float]] = [(None, 0.0), (None, 0.0)]
        """What a slow meter shows by means, and by moments: the last, and its jumps."""
        self._differed = False
        """The last of them were not the same."""
        self._best = stored_number(stored.get("best", 0.0))
        """The most W that were available today for some minutes."""
        self._best_at = stored_number(stored.get("best_at", 0.0))
        """When there was nearly as much."""
        self._is_filled = bool(stored.get("is_filled", False))
        self._charging = stored_number(stored.get("charging", 0.0))
        """The most W that the battery was seen to take."""

    def as_json(self) -> dict[str, Any]:
        """Return what outlasts a restart."""
        return {
            "taken_at": self._taken_at,
            "samples": [list(each) for each in self._samples],
            "best": self._best,
            "best_at": self._best_at,
            "is_filled": self._is_filled,
            "charging": self._charging,
        }

    def set_back(self, now: float) -> None:
        """Forget what lies ahead: the clock was set back."""
        self._taken_at = min(self._taken_at, now)
        self._samples = deque(each for each in self._samples if each[0] <= now)
        self._best_at = min(self._best_at, now)
        self._own.clear()

    def read(self, source: Source, own: float, changed_at: float, now: float) -> bool:
        """Take in what the meters report; return whether that is a fresh reading.

        `own` is what the miners draw, `changed_at` when that was last changed by
        command: a reading from before then says nothing of how it is now, and does
        not act again.
        """
        # What they draw now they have drawn since the last command took effect.
        last = self._own[-1][0] if self._own else now
        self._own.append((changed_at if last < changed_at < now else now, own))
        while len(self._own) > 1 and self._own[0][0] < now - _KEPT:
            self._own.popleft()
        before = self._taken_at
        if source.grid is None or source.is_lost or source.taken_at <= before:
            return False
        interval = source.taken_at - before
        others = source.grid + (source.battery or 0.0)
        drawn, is_mean = own, False
        if _SLOW <= interval < _KEPT:
            mean = self._mean_own(before, source.taken_at)
            is_mean = self._reports_means(mean - others, own - others)
            drawn = mean if is_mean else own
        is_now = drawn == own
        if is_now and changed_at + LAG > source.taken_at:
            return False
        self._taken_at = source.taken_at
        self.elapsed = interval if interval < _KEPT else 0.0
        total = drawn - others
        previous = self.available
        self._follow_battery(source)
        self.available = total - self._settings.residual
        self.backed = self.available
        if source.battery is not None and source.charge is not None:
            if self._is_filled:
                self.backed += _BATTERY_PART * max(0.0, source.battery)
            else:
                self.available -= min(max(0.0, total), self._charging)
                self.backed = self.available
        fall = 0.0 if previous is None else previous - self.available
        fall -= _MISJUDGED * abs(drawn - self._drawn)
        self.expected = self.available - max(0.0, fall) * (_HIDDEN if is_mean else 1)
        self._drawn = drawn
        if not self._samples or source.taken_at - self._samples[-1][0] >= _APART:
            self._samples.append((source.taken_at, self.available))
        while self._samples[0][0] < source.taken_at - _KEPT:
            self._samples.popleft()
        self._follow_sun(source.taken_at)
        return True

    def _follow_sun(self, now: float) -> None:
        """Notice the best of the day; a short one is none."""
        mean = self.mean(self._settings.start_mean, now) or 0.0
        if now - self._best_at > _NIGHT:
            self._best = 0.0
        if mean >= _NEAR * self._best:
            self._best, self._best_at = max(mean, self._best), now

    def lasts(self, power: float, now: float) -> float:
        """Return for how many s more than so much is available, if the sun is setting.

        Nobody says when it sets. But no cloud lasts for hours: what has fallen since the
        best of the day, and that was long ago, has fallen with the sun, and goes on as
        it fell. On a dull afternoon that gets longer with each hour that it stays.
        """
        available, passed = self.available or 0.0, now - self._best_at
        fallen = self._best - available
        if fallen <= 0 or not _CLOUD < passed < _NIGHT:
            return inf
        return (available - power) * passed / fallen

    def _reports_means(self, by_mean: float, by_now: float) -> bool:
        """Return whether a slow meter reports means, or what is at the moment.

        No meter says so. But the house does not know when the miners change their power:
        what is available goes on as it was where their part was taken away rightly, and
        jumps with each of their changes where it was not. While they change little, both
        are the same and say nothing.
        """
        differs = abs(by_mean - by_now) >= _DIFFERS
        is_told, self._differed = differs or self._differed, differs
        for index, total in enumerate((by_mean, by_now)):
            before, jumps = self._slow[index]
            change = 0.0 if before is None else abs(total - before)
            self._slow[index] = total, _FADES * jumps + change if is_told else jumps
        return self._slow[0][1] <= self._slow[1][1]

    def _follow_battery(self, source: Source) -> None:
        """Notice whether the battery is filled, and how much it takes."""
        if source.battery is None or source.charge is None:
            return
        settings = self._settings
        if source.charge >= settings.fill_first:
            self._is_filled = True
        elif source.charge < min(settings.empty_to, settings.fill_first):
            self._is_filled = False
        self._charging = max(self._charging, -source.battery)

    def _mean_own(self, start: float, end: float) -> float:
        """Return the mean of what the miners drew between two readings.

        A meter that is slow reports the mean, most often; and where it reports the
        moment the miners have hardly changed since they were set by its last reading.
        """
        total = 0.0
        power = self._own[0][1]
        at = start
        for since, new in self._own:
            if since >= end:
                break
            if since > at:
                total += power * (since - at)
                at = since
            power = new
        return (total + power * (end - at)) / (end - start)

    def mean(self, minutes: float, now: float) -> float | None:
        """Return the mean of what was available; None if that is not known for so long."""
        start = now - _MINUTE * minutes
        samples = self._samples
        if not samples or samples[0][0] > start + max(self.elapsed, _SLOW):
            return None
        total, count = 0.0, 0
        for at, power in reversed(samples):
            if at <= start and count:
                break
            total += power
            count += 1
        return total / count
