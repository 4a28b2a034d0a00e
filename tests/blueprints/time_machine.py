"""Time that a test moves, while sockets work as ever."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from math import inf
from types import TracebackType
from typing import Any, Self
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


class StoppedClock:
    """The clock of an event loop, which passes only while the loop waits in vain.

    What the loop computes takes no time, and neither does waiting for a turn, for an
    answer or for a thread: timers come in the same order on any machine. Only when
    nothing else can happen is it as late as the next timer.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin now; nothing is changed yet."""
        # Home Assistant spreads its timers over the first half of each second: after it,
        # none is missed by a hair.
        self._now = self._due = int(loop.time()) + 1.6
        self.jobs = set[asyncio.Future[Any]]()
        """What threads do for the loop."""
        # There is no public way to the selector.
        selector = loop._selector  # type: ignore[attr-defined]  # noqa: SLF001
        self._look, self._run = selector.select, loop.run_in_executor
        self._patches = (
            patch.object(loop, "time", lambda: self._now),
            patch.object(selector, "select", self._select),
            patch.object(loop, "run_in_executor", self._run_in_executor),
        )

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Take the place of the loop's clock."""
        with ExitStack() as stack:
            for each in self._patches:
                stack.enter_context(each)
            yield

    def move(self, seconds: float) -> None:
        """Pass the time, with what of it has passed in vain meanwhile."""
        self._due = max(self._due + seconds, self._now)
        self._now = self._due

    def _select(self, timeout: float | None = None) -> list[object]:
        """Return what is ready; pass the time if nothing is until the next timer."""
        # The bound is only for a thread that waits for a timer.
        wait = max(timeout, 60) if timeout and self.jobs else timeout
        ready: list[object] = self._look(wait)
        if not ready and timeout:
            self._now += timeout
        return ready

    def _run_in_executor[ResultT](
        self, executor: Executor | None, func: Callable[..., ResultT], *args: Any
    ) -> asyncio.Future[ResultT]:
        """Let a thread do something, and remember that it does."""
        job = self._run(executor, func, *args)
        self.jobs.add(job)
        job.add_done_callback(self.jobs.discard)
        return job


class TimeMachine:
    """Holds the time of day, of the event loop's timers and of simulated miners."""

    def __init__(self, hass: HomeAssistant, start: str) -> None:
        """Begin at a time in ISO format."""
        self.clock = ManualClock(datetime.fromisoformat(start).timestamp())
        self._hass = hass
        self._freezer = freeze_time(start)
        self._frozen: FrozenDateTimeFactory | None = None
        self._stack = ExitStack()
        self._ahead = 0.0

    def __enter__(self) -> Self:
        """Stop the time."""
        loop, enter = self._hass.loop, self._stack.enter_context
        self._loop_clock = StoppedClock(loop)
        frozen = enter(self._freezer)
        assert isinstance(frozen, FrozenDateTimeFactory)
        self._frozen = frozen
        enter(self._loop_clock.in_place())
        # A day that is played again has to come to the same.
        enter(patch.object(coordinator, "random", lambda: 1.0))
        # That an hour passes in a moment is no news.
        loop.slow_callback_duration = inf
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let it run again."""
        self._stack.close()

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
        self._loop_clock.move(seconds)

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

    async def flow(self, seconds: int) -> None:
        """Let time pass by the second; commands under way wait for their miners as ever."""
        for _ in range(seconds):
            self._tick(1)
            # Over as soon as nothing is left to do at this second.
            await asyncio.sleep(0.001)

    async def settle(self) -> None:
        """Wait until nothing happens any more unless time moves."""
        while True:
            await self._idle()
            busy = [
                task
                # There is no public way that does not wait for waiting automations.
                for task in (
                    *self._hass._tasks,  # noqa: SLF001
                    *self._hass._background_tasks,  # noqa: SLF001
                    *self._loop_clock.jobs,
                )
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
