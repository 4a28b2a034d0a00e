"""What holds a miner back, by its own account."""

from enum import StrEnum

from .client import MinerData, MiningState


class LimitedBy(StrEnum):
    """Why a miner does not give all that it could."""

    STOPPED = "stopped"
    TEMPERATURE = "temperature"
    TUNING = "tuning"
    POWER_PERCENT = "power_percent"
    TARGET_FREQUENCY = "target_frequency"
    POWER_LIMIT = "power_limit"
    POWER_MODE = "power_mode"
    NOTHING = "nothing"


def limited_by(data: MinerData, percent: float | None) -> LimitedBy | None:
    """Return what counts first; None while the miner does not mine, though it is on.

    `percent` is the power percent that was set last, for miners that do not report it.
    Errors 34x to 36x are boards that are held back by, or protected from, heat.
    """
    if data.mining is False or data.state is MiningState.STOPPED:
        return LimitedBy.STOPPED
    if data.power_percent is not None:
        percent = data.power_percent
    hashes = data.state in (MiningState.TUNING, MiningState.MINING)
    if hashes and any(error.code // 10 in (34, 35, 36) for error in data.errors or ()):
        return LimitedBy.TEMPERATURE
    # A low one can keep it from hashing at all.
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
