"""A clock for the event loop of a test that stands still while others have the machine."""

import asyncio
from threading import get_ident
import time


class FairClock:
    """Counts what the loop computes and what it waits, and not what it waits for a turn.

    Tests shorten the time in which a miner has to answer. On a machine with more to do than
    cores, the test, and the simulated miner in it, have no turn for as long as that now and
    then; by the usual clock time is up when they go on, and a miner that answered at once
    was too slow. Here only time counts in which the loop had nothing to do, and it does not
    wait before it has looked for what is there already. Time that a test froze is its own.
    """

    # Of the class, because what modules have is replaced when time is frozen.
    _now = staticmethod(time.monotonic)
    _clock_gettime = staticmethod(time.clock_gettime)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the place of a loop's clock."""
        # Of the loop's own thread, whoever asks.
        self._cpu = time.pthread_getcpuclockid(get_ident())
        self._lost = 0.0
        self._waited = self._now() - self._clock_gettime(self._cpu)
        # There is no public way to the selector.
        selector = loop._selector  # type: ignore[attr-defined]  # noqa: SLF001
        self._look, selector.select = selector.select, self._select
        self._usual, loop.time = loop.time, self.time  # type: ignore[method-assign]

    def time(self) -> float:
        """Return what the loop's usual clock says, without what was lost."""
        if time.monotonic is not self._now:
            return self._usual() - self._lost
        used = self._clock_gettime(self._cpu) + self._waited
        self._lost = self._now() - used
        return used

    def _select(self, timeout: float | None = None) -> list[object]:
        """Return what is ready; wait for it in vain no longer than the loop wants."""
        ready: list[object] = self._look(0)
        if ready or timeout == 0:
            return ready
        began = self._now()
        ready = self._look(timeout)
        passed = self._now() - began
        self._waited += passed if timeout is None else min(passed, timeout)
        return ready
