"""When mining was started and stopped, and how soon it may start again.

Each start ramps the machine up anew; many of them in a row wear it out. What is noted
here holds whoever started the miner, and also after Home Assistant did.
"""

from datetime import datetime, timedelta
from typing import TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.dt import parse_datetime, start_of_local_day, utcnow

from .client import MinerData
from .const import DOMAIN

_VERSION = 1

# Of a miner that starts all the time, not more is kept of a day.
_MOST = 1000

# The mining process begins to count a while after mining was switched on.
_SAME = timedelta(minutes=2)


class _Stored(TypedDict):
    """What is stored: times in ISO format."""

    starts: list[str]
    stop: str | None


class Starts:
    """Knows when mining last started and stopped, and how often it started today."""

    def __init__(self, hass: HomeAssistant, entry_id: str, minutes: float) -> None:
        """Allow a start so many minutes after the last one; 0 allows any."""
        self.last_stop: datetime | None = None
        """When mining was last seen to stop."""
        self._starts: list[datetime] = []
        self._between = timedelta(minutes=minutes)
        self._store = Store[_Stored](hass, _VERSION, f"{DOMAIN}.{entry_id}.starts")

    @property
    def last(self) -> datetime | None:
        """Return when mining last started."""
        return self._starts[-1] if self._starts else None

    @property
    def today(self) -> int:
        """Return how often mining was started since midnight."""
        midnight = start_of_local_day()
        return sum(start >= midnight for start in self._starts)

    async def async_load(self) -> None:
        """Read what was noted before Home Assistant started."""
        if (stored := await self._store.async_load()) is None:
            return
        times = (parse_datetime(start) for start in stored["starts"])
        self._starts = [start for start in times if start is not None]
        self.last_stop = parse_datetime(stored["stop"] or "")

    async def async_note(self, before: MinerData | None, now: MinerData) -> None:
        """Note a start or a stop that two readings show."""
        if before is not None and before.mining and now.mining is False:
            self.last_stop = utcnow()
        elif not self._note_start(before, now):
            return
        await self._store.async_save(
            {
                "starts": [start.isoformat() for start in self._starts],
                "stop": self.last_stop.isoformat() if self.last_stop else None,
            }
        )

    def _note_start(self, before: MinerData | None, now: MinerData) -> bool:
        """Note a start, and tell whether there was one."""
        if not now.mining or not _has_started(before, now):
            return False
        started = utcnow()
        if before is None or before.mining is not False:
            # It was not seen: the miner tells how long ago it was.
            started -= timedelta(seconds=now.mining_uptime or 0)
            if self.last is not None and started <= self.last + _SAME:
                return False
        midnight = start_of_local_day()
        today = [start for start in self._starts if start >= midnight]
        self._starts = [*today, started][-_MOST:]
        return True

    async def async_remove(self) -> None:
        """Forget all of it."""
        await self._store.async_remove()

    def wait_until(self) -> datetime | None:
        """Return when the next start is allowed; None if it is now."""
        if self.last is None:
            return None
        allowed = self.last + self._between
        return allowed if allowed > utcnow() else None


def _has_started(before: MinerData | None, now: MinerData) -> bool:
    """Tell whether mining started between two readings, or before the first one."""
    if before is None:
        return now.mining_uptime is not None
    if before.mining is False:
        return True
    old, new = before.mining_uptime, now.mining_uptime
    return old is not None and new is not None and new < old
