"""What can be asked of a miner, and how it shows that it obeyed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .client import Capability, Miner, MinerData, PoolLogin


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command that is done only when the miner shows it."""

    key: str
    """Names the command in the translations, and what the miner does meanwhile."""
    send: Callable[[Miner], Awaitable[bool | None]]
    """Send it; False tells that the miner did not answer."""
    obeyed: Callable[[MinerData, MinerData], bool]
    """Tell from the readings before the command and now whether the miner obeyed."""
    timeout: float
    """Seconds within which it has to show."""
    about: str = "mining"
    """What it is about: of two commands about the same thing the newer one counts."""
    wish: Any = None
    """What tells it from other commands with its key about the same thing."""
    is_told: Callable[[MinerData], bool] = lambda _: True
    """Tell whether the miner tells at all what it is about."""
    can_be_left: bool = True
    """Whether a newer command need not wait until the miner shows this one."""
    starts: Callable[[MinerData], bool] = lambda _: False
    """Tell whether mining starts by it, so that the time since the last start counts."""
    target: tuple[str, Any] | None = None
    """Of a setting, the key of its entity and the value that it is to get."""

    def is_same_as(self, other: Command) -> bool:
        """Tell whether both ask for the same."""
        return (self.about, self.key, self.wish) == (other.about, other.key, other.wish)


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
    starts=lambda data: data.mining is not True,
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
    can_be_left=False,
    starts=lambda _: True,
)
REBOOT = Command(
    key="rebooting",
    send=Miner.reboot,
    obeyed=lambda before, now: _fell(before.uptime, now.uptime),
    timeout=300,
    can_be_left=False,
)

# What restarts mining where it mines; `Miner.change`.
_RESTARTING = (
    Capability.POWER_LIMIT,
    Capability.POWER_MODE,
    Capability.TARGET_FREQUENCY,
)


def change(
    key: str,
    what: Capability,
    value: Any,
    *,
    shown: Callable[[MinerData], Any],
    timeout: float,
    confirmed: Any = None,
) -> Command:
    """Return the command that changes a setting.

    `shown` reads the setting back, and gives `confirmed` when it is as wished (without
    that, the value). Where the miner does not tell it, its answer has to do.
    """
    wished = value if confirmed is None else confirmed

    def obeyed(_: MinerData, now: MinerData) -> bool:
        """Tell whether the miner shows the new value, or none at all."""
        return shown(now) in (None, wished)

    return Command(
        key="changing",
        send=lambda miner: miner.change(what, value),
        obeyed=obeyed,
        is_told=lambda now: shown(now) is not None,
        timeout=timeout,
        starts=lambda data: what in _RESTARTING and data.mining is not False,
        about=key,
        wish=(what, value),
        target=(key, wished),
    )


def percent(value: int, *, gentle: bool) -> Command:
    """Return the command that lets the miner draw a share of its tuned power."""
    what = Capability.POWER_PERCENT_GENTLE if gentle else Capability.POWER_PERCENT
    return change(
        "power_percent",
        what,
        value,
        shown=lambda data: data.power_percent,
        timeout=60,
    )


def set_pools(pools: Sequence[PoolLogin]) -> Command:
    """Return the command that sets the pools; others are removed."""
    wished = [(pool.url, pool.worker) for pool in pools]
    return change(
        "pools",
        Capability.POOLS,
        pools,
        shown=lambda data: [(pool.url, pool.worker) for pool in data.pools] or None,
        timeout=60,
        confirmed=wished,
    )


def flash(*, on: bool) -> Command:
    """Return the command that lets the LED flash, or leaves it to the miner."""
    return change(
        "led",
        Capability.LED,
        on,
        shown=lambda data: None if data.led is None else data.led != "auto",
        timeout=45,
    )


RESTORE = change(
    "power_percent",
    Capability.RESTORE_POWER_PERCENT,
    100,
    shown=lambda data: data.power_percent,
    timeout=45,
)
FACTORY_RESET = Command(
    key="rebooting",
    send=lambda miner: miner.change(Capability.FACTORY_RESET),
    obeyed=REBOOT.obeyed,
    timeout=REBOOT.timeout,
    can_be_left=False,
    wish="factory_reset",
)
