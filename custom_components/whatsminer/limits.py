"""What holds a miner back, by its own account."""

from enum import StrEnum

from .client import MinerData, MiningState


class LimitedBy(StrEnum):
    """Why a miner that mines does not give all that it could."""

    TEMPERATURE = "temperature"
    TUNING = "tuning"
    POWER_PERCENT = "power_percent"
    TARGET_FREQUENCY = "target_frequency"
    POWER_LIMIT = "power_limit"
    POWER_MODE = "power_mode"
    NOTHING = "nothing"


def limited_by(data: MinerData) -> LimitedBy | None:
    """Return what counts first; None while the miner does not mine.

    Errors 34x to 36x are boards that are held back by, or protected from, heat.
    """
    if data.state not in (MiningState.TUNING, MiningState.MINING):
        return None
    if any(error.code // 10 in (34, 35, 36) for error in data.errors or ()):
        return LimitedBy.TEMPERATURE
    if data.state is MiningState.TUNING:
        return LimitedBy.TUNING
    if data.power_percent is not None and data.power_percent < 100:
        return LimitedBy.POWER_PERCENT
    if (data.target_frequency_percent or 0) < 0:
        return LimitedBy.TARGET_FREQUENCY
    if data.power_limit_set is not None:
        return LimitedBy.POWER_LIMIT
    if data.power_mode == "low":
        return LimitedBy.POWER_MODE
    return LimitedBy.NOTHING
