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
from .drawn import KEPT, SLOW, Drawn
from .models import Source

_MINUTE: Final = 60.0
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
        self._own = Drawn()
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
        command: a reading of that time says nothing, and does not act again.
        """
        self._own.add(own, changed_at, now)
        before = self._taken_at
        if source.grid is None or source.is_lost or source.taken_at <= before:
            return False
        interval = source.taken_at - before
        others = source.grid + (source.battery or 0.0)
        found = self._own.within(others, before, source.taken_at, changed_at)
        if found is None:
            return False
        drawn, is_mean = found
        self._taken_at = source.taken_at
        self.elapsed = interval if interval < KEPT else 0.0
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
        while self._samples[0][0] < source.taken_at - KEPT:
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

    def mean(self, minutes: float, now: float) -> float | None:
        """Return the mean of what was available; None if that is not known for so long."""
        start = now - _MINUTE * minutes
        samples = self._samples
        if not samples or samples[0][0] > start + max(self.elapsed, SLOW):
            return None
        total, count = 0.0, 0
        for at, power in reversed(samples):
            if at <= start and count:
                break
            total += power
            count += 1
        return total / count
