"""What follows from a reading: faults for entities, and what limits the miner."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from .client import MinerData, MinerError, MiningState, Severity

NO_ERROR = "No error"

_RANKS = list(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, now or in the past."""

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
        """Return the severity as a number."""
        return _RANKS.index(self.severity)

    def attributes(self) -> dict[str, Any]:
        """Return all details of the fault."""
        return {**asdict(self), "severity": self.severity.value}


# Seen in the field: a machine that hashed for days with both fans at 0 rpm, without an
# error code of its own.
FANS_STAND_STILL = Fault(
    code=None,
    words="Both fans stand still",
    severity=Severity.ERROR,
    part="fan",
    remedy="Stop the miner, then check the fans and their cables",
)


def faults(data: MinerData) -> tuple[Fault, ...] | None:
    """Return all faults, past ones too; None if the miner does not report them."""
    own = (FANS_STAND_STILL,) if _fans_stand_still(data) else ()
    if data.errors is None:
        return own or None
    return own + tuple(_as_fault(error) for error in data.errors)


def current_faults(data: MinerData) -> tuple[Fault, ...] | None:
    """Return the current faults; None if the miner does not report them."""
    found = faults(data)
    return None if found is None else tuple(each for each in found if not each.past)


def fault_in_words(data: MinerData) -> str | None:
    """Return the most severe fault in words; None if the miner does not report them."""
    found = current_faults(data)
    if found is None:
        return None
    return max(found, key=lambda each: each.rank).words if found else NO_ERROR


def has_problem(data: MinerData) -> bool | None:
    """Return whether there is a fault above the severity of information."""
    found = current_faults(data)
    if found is None:
        return None
    return any(each.severity is not Severity.INFO for each in found)


def _as_fault(error: MinerError) -> Fault:
    """Return the errors of the miner; a code without words stays a code."""
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
    """Return whether a miner with fans hashes while no fan turns."""
    return (
        data.fan_speed_in == 0
        and data.fan_speed_out == 0
        and (data.hashrate or 0) > 0
        and not data.liquid_cooled
    )


class LimitedBy(StrEnum):
    """What limits a miner."""

    STOPPED = "stopped"
    TEMPERATURE = "temperature"
    TUNING = "tuning"
    POWER_PERCENT = "power_percent"
    TARGET_FREQUENCY = "target_frequency"
    POWER_LIMIT = "power_limit"
    POWER_MODE = "power_mode"
    NOTHING = "nothing"


def limited_by(data: MinerData, percent: float | None) -> LimitedBy | None:
    """Return the first reason that applies; None if mining is on but nothing is hashed.

    `percent` is the power percent that was set last, for miners that do not report it.
    """
    if data.mining is False or data.state is MiningState.STOPPED:
        return LimitedBy.STOPPED
    if data.power_percent is not None:
        percent = data.power_percent
    hashes = data.state in (MiningState.TUNING, MiningState.MINING)
    if hashes and any(each.is_heat and not each.past for each in data.errors or ()):
        return LimitedBy.TEMPERATURE
    # A low one can stop the miner from hashing.
    if percent is not None and percent < 100 and data.state is not MiningState.STARTING:
        return LimitedBy.POWER_PERCENT
    if not hashes:
        return None
    if data.state is MiningState.TUNING:
        return LimitedBy.TUNING
    if (data.target_frequency_percent or 0) < 0:
        return LimitedBy.TARGET_FREQUENCY
    if data.power_limit_set is not None:
        return LimitedBy.POWER_LIMIT
    if data.power_mode == "low":
        return LimitedBy.POWER_MODE
    return LimitedBy.NOTHING
