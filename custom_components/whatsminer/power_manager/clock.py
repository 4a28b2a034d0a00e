"""Notices that the clock was set, or that the machine slept, between two steps."""

from typing import Final

# s by which the clock has to run ahead of the time that has passed to have been set.
_AHEAD: Final = 60.0


class StepClock:
    """Compares the time of day with the time that has passed."""

    def __init__(self) -> None:
        """Begin before the first step."""
        self._stepped_at = self._passed = 0.0

    def tick(self, now: float, passed: float) -> tuple[float, float]:
        """Return by how many s the clock was set back, and ahead, since the last step.

        `passed` is the time of the event loop.
        """
        before, elapsed = self._stepped_at, passed - self._passed
        self._stepped_at, self._passed = now, passed
        if not before:
            return 0.0, 0.0
        ahead = now - before - elapsed
        return max(0.0, before - now), ahead if ahead > _AHEAD else 0.0
