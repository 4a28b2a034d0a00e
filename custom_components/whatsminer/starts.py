"""The least time between two starts of mining, whoever asks for them.

Each start ramps the machine up anew; many of them in a row wear it out.
"""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.dt import parse_datetime, utcnow

from .client import MinerData
from .const import DOMAIN

_VERSION = 1


class Starts:
    """Knows when mining last started, also after Home Assistant did."""

    def __init__(self, hass: HomeAssistant, entry_id: str, minutes: float) -> None:
        """Allow a start so many minutes after the last one; 0 allows any."""
        self.last: datetime | None = None
        self._between = timedelta(minutes=minutes)
        self._store = Store[str](hass, _VERSION, f"{DOMAIN}.{entry_id}.start")

    async def async_load(self) -> None:
        """Read when the last start was."""
        stored = await self._store.async_load()
        self.last = parse_datetime(stored) if isinstance(stored, str) else None

    async def async_note(self, before: MinerData | None, now: MinerData) -> None:
        """Note a start that two readings show."""
        if not now.mining or not _has_started(before, now):
            return
        started = utcnow()
        if before is None or before.mining is not False:
            # It was not seen: the miner tells how long ago it was.
            started -= timedelta(seconds=now.mining_uptime or 0)
        if self.last is not None and started <= self.last:
            return
        self.last = started
        await self._store.async_save(self.last.isoformat())

    async def async_remove(self) -> None:
        """Forget the last start."""
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
