"""The simulator's two kinds of time.

*Machine time* drives the physics and may run faster than life. *Wall time* is what
the protocol shows to clients: `When`, the token's `time` and its lifetime, time
stamps of shares and errors, uptimes. Clients keep their own real time, so a sped-up
machine must not let tokens expire early, put a share into the future or seem to have
started ever earlier.
"""

from abc import ABC, abstractmethod
from time import time
from typing import override


class Clock(ABC):
    """Give machine time and wall time, both as epoch seconds."""

    @abstractmethod
    def now(self) -> float:
        """Return machine time."""

    @abstractmethod
    def wall(self) -> float:
        """Return wall time."""

    @abstractmethod
    def wall_at(self, moment: float) -> float:
        """Return the wall time at which a past machine time was."""


class ScaledClock(Clock):
    """Run machine time `speed` times as fast as the wall clock."""

    def __init__(self, speed: float = 1.0) -> None:
        """Start with both times equal."""
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.speed = speed
        # The wall time and the machine time at the start, and the clock before that.
        self._start = self._first = time()
        self._earlier: ScaledClock | None = None

    def go_on(self, earlier: ScaledClock, moment: float) -> None:
        """Start at the machine time to which an earlier clock came.

        In between machine time stood still.
        """
        self._start, self._first, self._earlier = time(), moment, earlier

    @override
    def now(self) -> float:
        """Return machine time."""
        return self._first + (time() - self._start) * self.speed

    @override
    def wall(self) -> float:
        """Return wall time."""
        return time()

    @override
    def wall_at(self, moment: float) -> float:
        """Return the wall time at which a past machine time was.

        What lies before the start was lived at the usual pace, or by the earlier clock.
        """
        if moment <= self._first and self._earlier is not None:
            return self._earlier.wall_at(moment)
        pace = self.speed if moment > self._first else 1
        return self._start + (moment - self._first) / pace


class ManualClock(Clock):
    """Stand still until a test advances it; both times are the same."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        """Start at an epoch second."""
        self._now = start

    @override
    def now(self) -> float:
        """Return machine time."""
        return self._now

    @override
    def wall(self) -> float:
        """Return wall time."""
        return self._now

    @override
    def wall_at(self, moment: float) -> float:
        """Return the moment itself."""
        return moment

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += seconds
