"""The faults of a miner as entities show them: its own errors, and what it misses."""

from dataclasses import dataclass
from typing import Any

from .client import MinerData, MinerError, Severity

NO_ERROR = "No error"

_RANKS = list(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is wrong, or was."""

    code: int | None
    """None for what the miner itself does not report."""
    words: str
    severity: Severity
    part: str | None = None
    remedy: str | None = None
    since: str | None = None
    """By the miner's own clock, which names no time zone."""
    reason: str | None = None
    past: bool = False
    """Whether it is still listed, although it is over."""

    @property
    def rank(self) -> int:
        """Return how bad it is, as a number."""
        return _RANKS.index(self.severity)

    def attributes(self) -> dict[str, Any]:
        """Return all that is known of it."""
        return {
            "code": self.code,
            "words": self.words,
            "severity": self.severity.value,
            "part": self.part,
            "remedy": self.remedy,
            "since": self.since,
            "reason": self.reason,
            "past": self.past,
        }


# Seen in the field: a machine that hashed for days with both fans at 0 rpm, without an
# error code of its own.
FANS_STAND_STILL = Fault(
    code=None,
    words="Both fans stand still",
    severity=Severity.ERROR,
    part="fan",
    remedy="Stop the miner, then check the fans and their cables",
)


def listed(data: MinerData) -> tuple[Fault, ...] | None:
    """Return all faults, past ones too; None when it is not known whether there are."""
    own = (FANS_STAND_STILL,) if _fans_stand_still(data) else ()
    if data.errors is None:
        return own or None
    return own + tuple(_from_miner(error) for error in data.errors)


def current(data: MinerData) -> tuple[Fault, ...] | None:
    """Return the faults that are not over; None when it is not known."""
    found = listed(data)
    return None if found is None else tuple(each for each in found if not each.past)


def in_words(data: MinerData) -> str | None:
    """Return the most severe fault in words; None when it is not known."""
    found = current(data)
    if found is None:
        return None
    return max(found, key=lambda each: each.rank).words if found else NO_ERROR


def is_problem(data: MinerData) -> bool | None:
    """Return whether there is a fault that is more than information."""
    found = current(data)
    if found is None:
        return None
    return any(each.severity is not Severity.INFO for each in found)


def _from_miner(error: MinerError) -> Fault:
    """Return what the miner reports; a code without words at least as a code."""
    return Fault(
        code=error.code,
        words=error.words or f"Code {error.code}",
        severity=error.severity,
        part=error.part,
        remedy=error.remedy,
        since=error.since,
        reason=error.reason,
        past=error.past,
    )


def _fans_stand_still(data: MinerData) -> bool:
    """Return whether a machine with fans hashes while none of them turns."""
    return (
        data.fan_speed_in == 0
        and data.fan_speed_out == 0
        and (data.hashrate or 0) > 0
        and not data.liquid_cooled
    )
