"""When mining was started and stopped, and how soon it may start again.

Each start ramps the machine up again; many of them in a row wear it out. What is noted
here counts no matter who started the miner, and also after a start of Home Assistant.

Why a machine of states: no miner reports its starts. They are concluded from readings
that come late, without a count of seconds or with an old one, or after a time in which
nothing was read. A start that is missed lets the next one come too early; one that is
counted twice forbids it too long. So `follow` is pure, and a table of tests has each way.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.dt import parse_datetime, start_of_local_day, utcnow

from ..client import MinerData
from ..const import DOMAIN, LOGGER
from ..stored_json import UNREADABLE

_VERSION = 1

# Of a miner that starts all the time, not more is kept of a day.
_MOST_STARTS = 1000

# The mining process begins to count a while after mining was turned on.
_SAME_START = timedelta(minutes=2)
# A start found so soon was witnessed: until then no miner takes a power percent, as it is
# still tuning.
_WITNESSED_WITHIN = timedelta(minutes=5)
# A longer count of seconds is none.
_LONGEST_COUNT = 10 * 365 * 24 * 3600


class Phase(StrEnum):
    """What the readings of this run of Home Assistant have shown so far."""

    NOTHING = "nothing"
    """Not yet whether it mines."""
    STOPPED = "stopped"
    """It does not mine."""
    STARTED = "started"
    """It was seen to start, and has not counted any seconds of mining since."""
    MINING = "mining"
    """It mines, and has not counted any seconds: nothing says when it started."""
    COUNTING = "counting"
    """It mines, and counts the seconds since it started."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The state after the readings so far."""

    phase: Phase = Phase.NOTHING
    at: datetime | None = None
    """When it was last read; of no use before the first reading."""
    count: int = 0
    """How many seconds it counted last."""
    sent: datetime | None = None
    """When a start was sent, and noted, that no reading has shown yet."""


# Of a miner that mines without counting; in the other phases that changes nothing.
_UNCOUNTED = {Phase.NOTHING: Phase.MINING, Phase.STOPPED: Phase.STARTED}


def follow(
    seen: Seen, last: datetime | None, mining: bool, count: int | None, now: datetime
) -> tuple[Seen, datetime | None]:
    """Return the state after one more reading, and the new start that it shows.

    Two things show a start: mining after no mining, which lies between the two readings,
    and a count of seconds that is the first, or lower than before. It is not new when it
    was noted as it was sent, or in an earlier run; `last` is the last one noted.
    """
    if not mining:
        return replace(seen, phase=Phase.STOPPED, at=now), None
    if count is None:
        then = replace(seen, phase=_UNCOUNTED.get(seen.phase, seen.phase), at=now)
    else:
        then = replace(seen, phase=Phase.COUNTING, at=now, count=count)
    started = now - timedelta(seconds=count or 0)
    match seen.phase:
        case Phase.STOPPED:
            assert seen.at is not None
            # Not after now, where the clock was set back.
            started = min(max(started, seen.at), now)
            is_sent = seen.sent is not None and now - seen.sent < _SAME_START
            is_new = not is_sent and (last is None or last < seen.at)
        case Phase.STARTED:
            return then, None
        case Phase.COUNTING if count is None or count >= seen.count:
            return then, None
        case _ if count is None:
            return then, None
        case _:
            is_new = last is None or started > last + _SAME_START
    return replace(then, sent=None), started if is_new else None


class _StoredStarts(TypedDict):
    """What is stored: times in ISO format."""

    starts: list[str]
    stop: str | None
    seen: str | None


class Starts:
    """Knows when mining last started and stopped, and how often it started today."""

    def __init__(self, hass: HomeAssistant, entry_id: str, minutes: float) -> None:
        """Allow a start so many minutes after the last one; 0 allows any."""
        self._starts: list[datetime] = []
        self._stop: datetime | None = None
        self._witnessed: datetime | None = None
        # When the start was sent that is under way.
        self._sending: datetime | None = None
        self._least_interval = timedelta(minutes=minutes)
        self._store = Store[_StoredStarts](
            hass, _VERSION, f"{DOMAIN}.{entry_id}.starts"
        )
        self._seen = Seen()

    @property
    def last(self) -> datetime | None:
        """Return when mining last started."""
        return max(self._past(), default=None)

    @property
    def last_stop(self) -> datetime | None:
        """Return when mining was last seen to stop."""
        return self._stop if self._stop is not None and self._stop <= utcnow() else None

    @property
    def today(self) -> int:
        """Return how often mining was started since midnight."""
        midnight = start_of_local_day()
        return sum(start >= midnight for start in self._past())

    @property
    def was_witnessed(self) -> bool:
        """Return whether the last start was seen when it was, and not found out later.

        Nobody can have set a power percent since then without its being seen.
        """
        return self._witnessed is not None and self._witnessed == self.last

    async def async_load(self) -> None:
        """Read what was noted before Home Assistant started, if it can be read."""
        try:
            if (stored := await self._store.async_load()) is not None:
                times = map(_parse, stored["starts"])
                self._starts = [start for start in times if start is not None]
                self._stop = _parse(stored["stop"])
                self._witnessed = _parse(stored.get("seen"))
        except UNREADABLE as err:
            LOGGER.debug("The starts that were stored cannot be used: %s", err)
        self._forget_future()

    async def async_note(self, data: MinerData) -> None:
        """Note a start or a stop that a reading shows."""
        if data.mining is None:
            return
        self._forget_future()
        now, count, before = utcnow(), data.mining_uptime, self._seen.phase
        # A stop between two questions of one reading shows as mining with a count of 0.
        if count is not None and not 0 < count <= _LONGEST_COUNT:
            count = None
        self._seen, started = follow(self._seen, self.last, data.mining, count, now)
        if started is not None:
            await self._async_add(
                started, is_witnessed=now - started < _WITNESSED_WITHIN
            )
        elif not data.mining and before not in (Phase.NOTHING, Phase.STOPPED):
            self._stop = now
            await self._async_save()

    async def async_sending(self) -> None:
        """Store a start that is about to be sent, so that it counts whatever happens.

        `last` and `today` do not have it before a reading shows it, or `async_sent`.
        """
        self._sending = utcnow()
        await self._async_save()

    async def async_withdraw(self) -> None:
        """Forget the start that is under way: the miner does not do it."""
        if self._sending is not None:
            self._sending = None
            await self._async_save()

    async def async_sent(self, *, shows: bool) -> None:
        """Note the start that is under way, unless it was shown or withdrawn.

        `shows`: the next readings may show it, and then it is not a second one. Not so of
        one that a newer command took the place of: mining soon after is a new start.
        """
        if (started := self._sending) is not None:
            self._seen = replace(self._seen, sent=started if shows else None)
            started = started if shows else utcnow()
            await self._async_add(started, is_witnessed=True)

    def wait_until(self) -> datetime | None:
        """Return when the next start is allowed; None if it is now."""
        if (last := self._sending or self.last) is None:
            return None
        allowed = last + self._least_interval
        return allowed if allowed > utcnow() else None

    async def async_remove(self) -> None:
        """Delete all starts."""
        await self._store.async_remove()

    def _past(self) -> list[datetime]:
        """Return the starts that are not in the future, where a clock was wrong."""
        now = utcnow()
        return [start for start in self._starts if start <= now]

    def _forget_future(self) -> None:
        """Delete starts in the future."""
        self._starts, self._stop = self._past(), self.last_stop

    async def _async_add(self, started: datetime, *, is_witnessed: bool) -> None:
        """Note a start, and forget those of yesterday."""
        self._sending = None
        midnight = start_of_local_day()
        today = [start for start in self._starts if start >= midnight]
        self._starts = [*today, started][-_MOST_STARTS:]
        if is_witnessed:
            self._witnessed = started
        await self._async_save()

    async def _async_save(self) -> None:
        """Store it; the start that is under way counts as one that was witnessed."""
        starts, seen = self._starts, self._witnessed
        if self._sending is not None:
            starts, seen = [*starts, self._sending], self._sending
        await self._store.async_save(
            {
                "starts": [start.isoformat() for start in starts],
                "stop": self._stop.isoformat() if self._stop else None,
                "seen": seen.isoformat() if seen else None,
            }
        )


def _parse(stored: str | None) -> datetime | None:
    """Return a time that was stored; one without a time zone is none."""
    time = parse_datetime(stored) if stored else None
    return time if time is not None and time.tzinfo is not None else None
