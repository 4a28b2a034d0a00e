"""Time that a test moves, while sockets work as ever."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from types import TracebackType
from typing import Self
from unittest.mock import patch

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.whatsminer import coordinator
from custom_components.whatsminer.control.queued import Queued
from tests.simulator import ManualClock

# What automations do while they wait: their tasks end only when time moves.
_WAITING = ("AutomationEntity.", "Script.async_run", "_ScriptRun.")


class TimeMachine:
    """Holds the time of day, of the event loop's timers and of simulated miners."""

    def __init__(self, hass: HomeAssistant, start: str) -> None:
        """Begin at a time in ISO format."""
        self.clock = ManualClock(datetime.fromisoformat(start).timestamp())
        self._hass = hass
        self._freezer = freeze_time(start)
        self._frozen: FrozenDateTimeFactory | None = None
        self._running = monotonic
        self._moved = 0.0
        self._ahead = 0.0
        self._loop_time = patch.object(
            hass.loop, "time", lambda: self._running() + self._moved
        )
        # A day that is played again has to come to the same.
        self._no_chance = patch.object(coordinator, "first_part", lambda: 1.0)

    def __enter__(self) -> Self:
        """Stop the time."""
        # Home Assistant spreads its timers over the first half of each second: after it,
        # and with room for what the test itself takes, none is missed by a hair.
        self._loop_now = int(self._hass.loop.time()) + 1.6
        frozen = self._freezer.start()
        assert isinstance(frozen, FrozenDateTimeFactory)
        self._frozen = frozen
        self._loop_time.start()
        self._no_chance.start()
        # That an hour passes in a moment is no news.
        self._hass.loop.slow_callback_duration = inf
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let it run again."""
        self._freezer.stop()
        self._loop_time.stop()
        self._no_chance.stop()

    def leap(self, time: str) -> None:
        """Go to a later time of the same day, before anything runs."""
        hours, minutes = map(int, time.split(":"))
        now = dt_util.utcnow()
        self._tick((now.replace(hour=hours, minute=minutes) - now).total_seconds())

    def _tick(self, seconds: float) -> None:
        """Move all clocks."""
        assert self._frozen is not None
        self._frozen.tick(timedelta(seconds=seconds))
        early = min(self._ahead, seconds)
        self._ahead -= early
        self.clock.advance(seconds - early)
        # The timers of the loop do not run ahead by the time that the test itself takes.
        self._loop_now = max(self._loop_now + seconds, self._hass.loop.time())
        self._moved = self._loop_now - self._running()

    def set_clock(self, change: timedelta) -> None:
        """Set the time of day, as somebody sets a clock; nothing else moves."""
        assert self._frozen is not None
        self._frozen.tick(change)

    def run_ahead(self, seconds: float) -> None:
        """Let only the simulated miners live on; the next move has it in it."""
        self._ahead += seconds
        self.clock.advance(seconds)

    async def move(self, seconds: float) -> None:
        """Let time pass at once, and wait until all that this sets off is done.

        What was set off before has to be done already: `settle`.
        """
        self._tick(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing happens any more unless time moves."""
        while True:
            await self._idle()
            busy = [
                task
                # There is no public way that does not wait for waiting automations.
                for task in (*self._hass._tasks, *self._hass._background_tasks)  # noqa: SLF001
                if not task.done() and not _is_waiting(task)
            ]
            if not busy:
                return
            await asyncio.wait(busy)

    async def _idle(self) -> None:
        """Wait until the event loop has nothing more to do at once."""
        quiet = 0
        while quiet < 3:
            await asyncio.sleep(0)
            # What is ready while this runs was set off by something else.
            quiet = 0 if self._hass.loop._ready else quiet + 1  # type: ignore[attr-defined]  # noqa: SLF001


@contextmanager
def living_miners(time: TimeMachine) -> Iterator[None]:
    """Let miners live on while the queue waits: API 3 shows a start after seconds."""
    pause = Queued.async_pause

    async def live_and_pause(queued: Queued, seconds: float) -> None:
        """Wait, while a second passes for the miners."""
        time.run_ahead(1)
        await pause(queued, seconds)

    with patch.object(Queued, "async_pause", live_and_pause):
        yield


def _is_waiting(task: asyncio.Future[object]) -> bool:
    """Tell whether a task is that of an automation."""
    if not isinstance(task, asyncio.Task):
        return False
    name = getattr(task.get_coro(), "__qualname__", "")
    return name.startswith(_WAITING)
