"""What can be asked of a miner, and how it shows that it obeyed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .client import Miner, MinerData


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command that is done only when the miner shows it."""

    key: str
    """Names the command in the translations, and what the miner does meanwhile."""
    send: Callable[[Miner], Awaitable[None]]
    obeyed: Callable[[MinerData, MinerData], bool]
    """Tell from the readings before the command and now whether the miner obeyed."""
    timeout: float
    """Seconds within which it has to show."""


def _restarted(before: MinerData, now: MinerData) -> bool:
    """Tell whether mining has begun anew.

    Of mining that began less than a minute before, the count of seconds cannot tell.
    """
    old, new = before.mining_uptime, now.mining_uptime
    if old is not None and old < 60:
        return new is not None
    return _fell(old, new)


def _fell(before: int | None, now: int | None) -> bool:
    """Tell whether a count of seconds began anew; unknown before, it must be low."""
    return now is not None and now < (300 if before is None else before)


START = Command(
    key="starting",
    send=Miner.start,
    obeyed=lambda _, now: now.mining is True,
    timeout=120,
)
STOP = Command(
    key="stopping",
    send=Miner.stop,
    obeyed=lambda _, now: now.mining is False,
    timeout=60,
)
RESTART = Command(
    key="restarting",
    send=Miner.restart,
    obeyed=_restarted,
    timeout=120,
)
REBOOT = Command(
    key="rebooting",
    send=Miner.reboot,
    obeyed=lambda before, now: _fell(before.uptime, now.uptime),
    timeout=300,
)
