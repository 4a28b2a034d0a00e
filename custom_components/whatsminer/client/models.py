"""Readings of a miner, in one form for all firmware.

Every number has one unit on every firmware; `None` always means that the miner did
not say, never zero. Source of the facts: the protocol's manuals and recorded answers.
"""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, dataclass_transform

from .error_codes import Severity, describe


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(field,)
)
def _record[RecordT](cls: type[RecordT]) -> type[RecordT]:
    """Make a dataclass that nobody may change: mypy sees to that.

    A frozen one sees to it itself, and takes three times as long to be built.
    """
    return dataclass(kw_only=True, slots=True, unsafe_hash=True)(cls)


def values_of(record: Any) -> dict[str, Any]:
    """Return the values of a record by name.

    A copy with other values is made of them in a third of the time of `replace`.
    """
    cls: Any = type(record)
    names, values = _reader(cls)
    return dict(zip(names, values(record), strict=True))


@cache
def _reader(cls: Any) -> tuple[tuple[str, ...], attrgetter[tuple[Any, ...]]]:
    """Return the names of the fields of a class, and what reads them all."""
    names = tuple(each.name for each in fields(cls))
    return names, attrgetter(*names)


class MiningState(StrEnum):
    """What the miner is doing, as it reports."""

    STOPPED = "stopped"
    """Mining is turned off; the control board stays on and answers."""
    STARTING = "starting"
    """Mining is turned on, but nothing is hashed yet."""
    TUNING = "tuning"
    """It hashes, and still looks for its final frequency and power."""
    MINING = "mining"
    """It hashes, and does not report that it is still tuning."""
    IDLE = "idle"
    """Mining was turned on a while ago, but it does not hash: usually no pool answers."""
    FAULT = "fault"
    """Mining was turned on a while ago, but it does not hash and reports an error."""


POWER_MODES = ("low", "normal", "high")
HEAT_MODES = ("normal", "heating", "anti-freezing")


class Capability(StrEnum):
    """What a miner can do, by its firmware and kind of cooling.

    Each has its value below; without one it is asked for without.
    """

    START_STOP = "start_stop"
    """True or False."""
    RESTART = "restart"
    REBOOT = "reboot"
    FACTORY_RESET = "factory_reset"
    LED = "led"
    """True (flashing), False (automatic) or LedPatterns."""
    POOLS = "pools"
    """Up to three PoolLogins."""
    WEB_POOLS = "web_pools"
    """True or False."""
    POWER_MODE = "power_mode"
    """One of POWER_MODES."""
    POWER_LIMIT = "power_limit"
    """W."""
    DYNAMIC_POWER = "dynamic_power"
    """W, without a restart: while the miner starts or stands, from its next start on."""
    POWER_PERCENT = "power_percent"
    """% of the tuned power, within a second."""
    POWER_PERCENT_GENTLE = "power_percent_gentle"
    """% of the tuned power, within minutes and with less loss of hashrate."""
    RESTORE_POWER_PERCENT = "restore_power_percent"
    TARGET_FREQUENCY = "target_frequency"
    """% above or below the normal frequency."""
    FAST_BOOT = "fast_boot"
    """True or False."""
    UPFREQ_SPEED = "upfreq_speed"
    """Steps, from 0 (slow)."""
    TEMPERATURE_OFFSET = "temperature_offset"
    """Degrees by which the boards are kept cooler than normal."""
    MINE_AT_BOOT = "mine_at_boot"
    """True or False."""
    HEAT_MODE = "heat_mode"
    """One of HEAT_MODES."""


@_record
class MinerIdentity:
    """The identity of the miner: it only changes with hardware or firmware."""

    mac: str | None = None
    """MAC address in lower case with colons; the one identity that stays."""
    model: str | None = None
    """Type as the miner writes it, such as `M30S+VE40` or `M50S_VH30`."""
    serial_number: str | None = None
    hostname: str | None = None
    firmware: str | None = None
    """Such as `20230803.11.REL`, without the quotes that old firmware adds."""
    api_version: str | None = None
    """Such as `2.0.5`; where the miner speaks two, the newer."""
    control_board: str | None = None
    """Platform of the control board, such as `H616`."""


@_record
class Board:
    """One hash board. A board that is not there is not in the list of boards."""

    slot: int
    """Counted from 0, as the miner does."""
    hashrate: float | None = None
    """TH/s, mean of the last minute, or the nearest that the firmware gives."""
    hashrate_average: float | None = None
    """TH/s, mean since mining started."""
    hashrate_factory: float | None = None
    """TH/s, as rated by the maker."""
    temperature: float | None = None
    """Degrees Celsius at the board's (air) outlet; paired boards share one sensor."""
    chip_temperature_min: float | None = None
    chip_temperature_average: float | None = None
    chip_temperature_max: float | None = None
    frequency: float | None = None
    """MHz, mean of the chips."""
    chips: int | None = None
    """Number of chips that answer; 0 on a dead board, and while mining is stopped."""
    tuned: bool | None = None
    """Whether the board has finished raising its frequency."""
    serial_number: str | None = None
    """Of the circuit board; paired boards are one circuit board."""
    chip_bin: str | None = None
    """Which chips the board is made of, in the maker's own form."""


@_record
class PowerSupply:
    """The power supply."""

    model: str | None = None
    serial_number: str | None = None
    firmware: str | None = None
    voltage_in: float | None = None
    """V at the mains side."""
    current_in: float | None = None
    """A at the mains side."""
    power_in: float | None = None
    """W at the mains side."""
    voltage_out: float | None = None
    """V at the boards' side."""
    temperature: float | None = None
    """Degrees Celsius."""
    fan_speed: int | None = None
    """RPM; `None` on a power supply that is cooled by liquid."""


NO_POWER_SUPPLY = PowerSupply()
"""One of which nothing is known."""


@_record
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
    rejected_percent: float | None = None
    stale_percent: float | None = None
    last_share: int | None = None
    """Unix time in seconds, by the miner's clock."""


@_record
class PoolLogin:
    """A pool to set, with the login of the miner."""

    url: str
    worker: str
    password: str = field(default="", repr=False)


@_record
class LedPattern:
    """How one LED flashes."""

    color: str
    """`red` or `green`."""
    period: int
    """Milliseconds from one flash to the next."""
    duration: int
    """Milliseconds that a flash lasts."""
    start: int = 0
    """Milliseconds by which it starts later."""


FLASHING = (
    LedPattern(color="red", period=500, duration=250),
    LedPattern(color="green", period=500, duration=250, start=250),
)
"""Red and green flash in turns, twice a second."""


@_record
class MinerError:
    """An error that the miner reports."""

    code: int
    since: str | None = None
    """Date and time by the miner's own clock, which names no time zone."""
    reason: str | None = None
    """The miner's own words; API v3 gives them."""
    past: bool = False
    """Whether it is still listed, although the readings show that it is over."""

    @property
    def words(self) -> str | None:
        """Return what the code means; None when it is not known."""
        return describe(self.code, self.reason).words

    @property
    def is_heat(self) -> bool:
        """Return whether heat limits or stops a board."""
        return 340 <= self.code < 370

    @property
    def severity(self) -> Severity:
        """Return how bad it is."""
        return describe(self.code).severity

    @property
    def part(self) -> str | None:
        """Return the part of the machine that has it, where it is known."""
        return describe(self.code).part

    @property
    def remedy(self) -> str | None:
        """Return what the maker advises to do, where it does."""
        return describe(self.code, self.reason).remedy


@_record
class MinerData:
    """One reading of a miner."""

    identity: MinerIdentity
    capabilities: frozenset[Capability] = frozenset()
    """What the miner can do."""
    mining: bool | None = None
    """Whether mining is turned on, even if it does not hash yet."""
    state: MiningState | None = None
    stop_reason: str | None = None
    """The miner's own words on why mining is switched off; empty where it gives none."""
    stopped_at: str | None = None
    """When that was, by the miner's own clock, which names no time zone."""

    hashrate: float | None = None
    """TH/s, mean of the last minute, or the nearest that the firmware gives."""
    hashrate_15m: float | None = None
    """TH/s, mean of the last 15 minutes."""
    hashrate_average: float | None = None
    """TH/s, mean since mining started."""
    hashrate_factory: float | None = None
    """TH/s, as rated by the maker."""
    hash_stable: bool | None = None
    """Whether the miner calls its hashrate stable."""

    power: float | None = None
    """W drawn from the mains: momentary, or the mean where only that is given."""
    power_average: float | None = None
    """W, average of about five minutes, if the firmware reports one."""
    power_limit: float | None = None
    """W, the current limit; `None` also for a minute after a change."""
    power_limit_set: float | None = None
    """W, the limit that was set; `None` for the default of the power mode."""
    power_mode: str | None = None
    """`low`, `normal` or `high`."""
    power_percent: float | None = None
    """% of the tuned power that was set; 100 if nothing was set."""
    efficiency: float | None = None
    """J/TH (the same as W per TH/s); `None` while nothing is hashed."""
    power_rate: float | None = None
    """W per TH/s as the miner itself gives it."""
    energy_lifetime: float | None = None
    """kWh of the miner's whole life, by its own counter."""
    energy_since_power_on: float | None = None
    """kWh by the miner's own counter; where it begins to count is not proven."""

    board_temperature: float | None = None
    """Degrees Celsius, the hottest board."""
    chip_temperature_min: float | None = None
    chip_temperature_average: float | None = None
    chip_temperature_max: float | None = None
    environment_temperature: float | None = None
    """Degrees Celsius at the control board; near the oil's in immersion."""
    coolant_temperature: float | None = None
    """Degrees Celsius of the liquid, on machines that measure it."""
    liquid_cooled: bool | None = None
    """Whether the machine reports liquid cooling."""
    fan_speed_in: int | None = None
    """RPM of the intake fan; `None` on a machine without fans."""
    fan_speed_out: int | None = None
    """RPM of the exhaust fan; `None` on a machine without fans."""

    fans_turned: bool | None = None
    """True once a fan was seen turning, in this reading or in an earlier one."""

    frequency: float | None = None
    """MHz, mean of all chips."""
    target_frequency_percent: int | None = None
    """% that was set above or below the normal frequency; 0 for none."""
    fast_boot: bool | None = None
    """Whether mining starts with nearly full power at once."""
    upfreq_speed: int | None = None
    """How fast frequency is raised after a start, 0 (slow) to 10."""
    temperature_offset: int | None = None
    """Degrees by which the boards are kept cooler than normal, -30 to 0."""
    heat_mode: str | None = None
    """`normal`, `heating` or `anti-freezing`, on machines that have the mode."""
    web_pools: bool | None = None
    """Whether pools can be changed on the miner's web page."""
    led: str | None = None
    """`auto`, or the pattern in the miner's own form."""
    worker_suffix: str | None = None
    """What the firmware adds to the worker's name, where it reports that."""

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
    """What the miner lists: API v3 may leave out backups that are configured."""
    power_supply: PowerSupply | None = None
    errors: tuple[MinerError, ...] | None = None
    """Listed errors; empty if there are none, `None` if the miner does not report them."""
    unbelievable: tuple[str, ...] = ()
    """Reported values that cannot be true, such as `power: 2147483647`."""
