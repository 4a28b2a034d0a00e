"""Which faults have come and gone, by one reading after the other."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from homeassistant.util.dt import parse_datetime, utcnow

from .client import MinerData
from .derived import Fault, faults

# Seconds for which a fault is away before it is cleared, and from one occurrence to the
# next: a machine in the field let one code come and go 38 times in six hours.
QUIET = 1800.0

# So many faults are kept in mind, and so many events wait at most.
_MOST = 500
_MOST_WAITING = 20

# Stamps are by the miner's clock and name no zone: a clock that was lost begins in 1970,
# and no zone is further ahead of UTC.
_FIRST_YEAR = 2015
_AHEAD = timedelta(hours=15)


@dataclass(slots=True)
class _Kept:
    """The history of one fault."""

    fault: Fault
    stamp: datetime | None = None
    """The newest that makes sense."""
    is_open: bool = False
    """Whether it has appeared, and was not cleared since."""
    away_since: float | None = None

    def is_news(self, fault: Fault, moment: float) -> bool:
        """Return whether what is listed now is another occurrence."""
        if self.is_open and self.away_since is not None:
            if moment - self.away_since < QUIET:
                return False
        stamp = _stamp(fault)
        if stamp is not None and self.stamp is not None and stamp > self.stamp:
            return (stamp - self.stamp).total_seconds() >= QUIET
        return not self.is_open and not fault.past and fault.since is None

    def take(self, fault: Fault) -> None:
        """Take the current details of the fault."""
        stamp = _stamp(fault)
        if stamp is not None and (self.stamp is None or stamp > self.stamp):
            self.stamp = stamp
        if not fault.past:
            self.away_since = None
        self.fault = fault


class FaultHistory:
    """Finds new faults: one event for each reading, the worst first."""

    def __init__(self, data: MinerData) -> None:
        """Take a first reading, which is no news."""
        self._kept: dict[int | None, _Kept] | None = None
        self._appeared: list[_Kept] = []
        self._cleared: list[_Kept] = []
        self._note(data, -inf)

    def compare(self, data: MinerData, moment: float) -> Iterator[tuple[bool, Fault]]:
        """Yield whether a fault has appeared, or was cleared; `moment` is in s."""
        self._note(data, moment)
        if self._appeared:
            yield True, self._appeared.pop(0).fault
        elif self._cleared:
            yield False, self._cleared.pop(0).fault

    def _note(self, data: MinerData, moment: float) -> None:
        """Compare a reading with the history, if it reports errors."""
        if data.errors is None:
            return
        found = {each.code: each for each in faults(data) or ()}
        if self._kept is None:
            self._kept = {
                code: _Kept(fault, _stamp(fault), is_open=not fault.past)
                for code, fault in found.items()
            }
            return
        for code, fault in found.items():
            kept = self._kept.get(code)
            is_news = kept is None or kept.is_news(fault, moment)
            if kept is None:
                kept = self._kept[code] = _Kept(fault)
            kept.take(fault)
            if is_news:
                kept.is_open = True
                self._appeared.append(kept)
        for code, kept in list(self._kept.items()):
            if code in found and not kept.fault.past:
                continue
            if kept.away_since is None:
                kept.away_since = moment
            if moment - kept.away_since >= QUIET:
                if kept.is_open:
                    kept.is_open = False
                    self._cleared.append(kept)
                if code not in found:
                    del self._kept[code]
        self._forget(self._kept)

    def _forget(self, known: dict[int | None, _Kept]) -> None:
        """Limit the history: the fault that has been over longest is dropped first."""
        away = sorted(
            (kept.away_since, code)
            for code, kept in known.items()
            if kept.away_since is not None and code is not None
        )
        for _, code in away[: max(0, len(known) - _MOST)]:
            del known[code]
        self._appeared.sort(key=lambda kept: kept.fault.rank, reverse=True)
        for kept in self._appeared[_MOST_WAITING:]:
            kept.is_open = False
        del self._appeared[_MOST_WAITING:], self._cleared[_MOST_WAITING:]


def _stamp(fault: Fault) -> datetime | None:
    """Return when a fault began, by the miner's clock; None if this cannot be true."""
    with suppress(ValueError, OverflowError):
        stamp = parse_datetime(fault.since or "")
        if stamp is not None:
            stamp = stamp.replace(tzinfo=None)
            newest = utcnow().replace(tzinfo=None) + _AHEAD
            if stamp.year >= _FIRST_YEAR and stamp <= newest:
                return stamp
    return None
