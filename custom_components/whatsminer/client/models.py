"""What a miner tells, in one form whatever its firmware.

Every number has one unit on every firmware; `None` always means that the miner did
not say, never zero. Source of the facts: the protocol's manuals and recorded answers.
"""

from dataclasses import dataclass
from enum import StrEnum


class MiningState(StrEnum):
    """What the miner is doing, by its own account."""

    STOPPED = "stopped"
    """Mining is switched off; the control board stays up and answers."""
    STARTING = "starting"
    """Mining is switched on, but nothing is hashed yet."""
    TUNING = "tuning"
    """It hashes, and still looks for its final frequency and power."""
    MINING = "mining"
    """It hashes, and says that it is done with tuning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerIdentity:
    """Who the miner is: what changes only with its hardware or firmware."""

    mac: str | None = None
    """MAC address in lower case with colons; the one identity that stays."""
    model: str | None = None
    """Type as the miner writes it, such as `M30S+_VE40`."""
    serial_number: str | None = None
    hostname: str | None = None
    firmware: str | None = None
    """Such as `20230803.11.REL`, without the quotes that old firmware adds."""
    api_version: str | None = None
    """Such as `2.0.5`."""
    control_board: str | None = None
    """Platform of the control board, such as `H616`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One hash board."""

    slot: int
    """Counted from 0, as the miner does."""
    hashrate: float | None = None
    """TH/s, mean of the last minute."""
    hashrate_average: float | None = None
    """TH/s, mean since mining started."""
    hashrate_factory: float | None = None
    """TH/s, as rated by the maker."""
    temperature: float | None = None
    """Degrees Celsius at the board's (air) outlet."""
    chip_temperature_min: float | None = None
    chip_temperature_average: float | None = None
    chip_temperature_max: float | None = None
    frequency: float | None = None
    """MHz, mean of the chips."""
    chips: int | None = None
    """Number of chips that answer."""
    tuned: bool | None = None
    """Whether the board has finished raising its frequency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One of the miner's pools."""

    priority: int
    """0 is the pool tried first."""
    url: str | None = None
    worker: str | None = None
    alive: bool | None = None
    active: bool | None = None
    """Whether shares go to this pool now."""
    accepted: int | None = None
    rejected: int | None = None
    stale: int | None = None
    last_share: int | None = None
    """Unix time in seconds, by the miner's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinerData:
    """One reading of a miner."""

    identity: MinerIdentity
    mining: bool | None = None
    """Whether mining is switched on, whether or not it hashes already."""
    stop_reason: str | None = None
    """The miner's own words on why mining is switched off."""
    state: MiningState | None = None

    hashrate: float | None = None
    """TH/s, mean of the last minute, or the nearest that the firmware gives."""
    hashrate_15m: float | None = None
    """TH/s, mean of the last 15 minutes."""
    hashrate_average: float | None = None
    """TH/s, mean since mining started."""
    hashrate_factory: float | None = None
    """TH/s, as rated by the maker."""

    power: float | None = None
    """W drawn from the mains; a 5-minute mean on firmware with API 2.2 and later."""
    power_limit: float | None = None
    """W, the limit in force; `None` also for the minute after it was changed."""
    power_mode: str | None = None
    """`low`, `normal` or `high`."""
    efficiency: float | None = None
    """J/TH (the same as W per TH/s)."""

    board_temperature: float | None = None
    """Degrees Celsius, the hottest board."""
    chip_temperature_min: float | None = None
    chip_temperature_average: float | None = None
    chip_temperature_max: float | None = None
    environment_temperature: float | None = None
    """Degrees Celsius at the control board; about the oil's in immersion."""
    fan_speed_in: int | None = None
    """RPM of the intake fan."""
    fan_speed_out: int | None = None
    """RPM of the exhaust fan."""

    uptime: int | None = None
    """Seconds since the control board started."""
    mining_uptime: int | None = None
    """Seconds since the mining process started."""
    accepted: int | None = None
    """Shares accepted by the pools since mining started."""
    rejected: int | None = None
    """Shares rejected by the pools since mining started."""

    boards: tuple[Board, ...] = ()
    pools: tuple[Pool, ...] = ()
    errors: tuple[int, ...] | None = None
    """Active error codes; empty when there are none."""
