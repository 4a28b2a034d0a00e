"""When mining was started and stopped, and how soon it may start again.

Each start ramps the machine up anew; many of them in a row wear it out. What is noted
here holds whoever started the miner, and also after Home Assistant did.
"""

from datetime import datetime, timedelta
from typing import TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util.dt import parse_datetime, start_of_local_day, utcnow

from .client import MinerData
from .const import DOMAIN, LOGGER

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
        # What the readings of this run of Home Assistant showed: whether it mined, when
        # that was read, how long it had mined by its own count, and whether the start
        # that this count will begin with is noted already.
        self._mining: bool | None = None
        self._read_at: datetime | None = None
        self._uptime: int | None = None
        self._is_noted = False
        self._sent_at: datetime | None = None

    @property
    def last(self) -> datetime | None:
        """Return when mining last started; one in the future is a clock's mistake."""
        now = utcnow()
        return max((start for start in self._starts if start <= now), default=None)

    @property
    def today(self) -> int:
        """Return how often mining was started since midnight."""
        midnight = start_of_local_day()
        return sum(start >= midnight for start in self._starts)

    async def async_load(self) -> None:
        """Read what was noted before Home Assistant started, if it can be read."""
        try:
            if (stored := await self._store.async_load()) is not None:
                times = map(_parse, stored["starts"])
                self._starts = [start for start in times if start is not None]
                self.last_stop = _parse(stored["stop"])
        except (HomeAssistantError, KeyError, TypeError) as err:
            LOGGER.debug("The starts that were stored cannot be used: %s", err)

    async def async_note(self, data: MinerData) -> bool:
        """Note a start or a stop that a reading shows; tell whether it was a start."""
        if data.mining is None:
            return False
        was, self._mining = self._mining, data.mining
        started = self._find_start(was, data.mining_uptime) if data.mining else None
        self._read_at = utcnow()
        if started is not None:
            await self._async_add(started)
        if not data.mining:
            self._uptime, self._is_noted = None, False
            if was:
                self.last_stop = self._read_at
                await self._async_save()
        return started is not None

    async def async_sent(self, *, shows: bool) -> None:
        """Note a start whose command the miner took; a reading may show it later."""
        self._sent_at = utcnow() if shows else None
        await self._async_add(utcnow())

    def _find_start(self, was: bool | None, uptime: int | None) -> datetime | None:
        """Return when a miner that mines started, if that is not noted yet."""
        before, last = self._uptime, self.last
        started = utcnow() - timedelta(seconds=uptime or 0)
        if uptime is not None:
            self._uptime = uptime
        if was is False:
            # It was seen: it lies between the two readings.
            assert self._read_at is not None
            self._is_noted = True
            sent_at, self._sent_at = self._sent_at, None
            if sent_at is not None and utcnow() - sent_at < _SAME:
                return None
            is_noted = last is not None and last >= self._read_at
            return None if is_noted else max(started, self._read_at)
        if uptime is None or (self._is_noted if before is None else uptime >= before):
            return None
        return None if last is not None and started <= last + _SAME else started

    async def _async_add(self, started: datetime) -> None:
        """Note a start, and forget those of yesterday."""
        midnight = start_of_local_day()
        today = [start for start in self._starts if start >= midnight]
        self._starts = [*today, started][-_MOST:]
        await self._async_save()

    async def _async_save(self) -> None:
        """Store it."""
        await self._store.async_save(
            {
                "starts": [start.isoformat() for start in self._starts],
                "stop": self.last_stop.isoformat() if self.last_stop else None,
            }
        )

    async def async_remove(self) -> None:
        """Forget all of it."""
        await self._store.async_remove()

    def wait_until(self) -> datetime | None:
        """Return when the next start is allowed; None if it is now."""
        if (last := self.last) is None:
            return None
        allowed = last + self._between
        return allowed if allowed > utcnow() else None


def _parse(stored: str | None) -> datetime | None:
    """Return a time that was stored; one without a time zone is none."""
    time = parse_datetime(stored) if stored else None
    return time if time is not None and time.tzinfo is not None else None
