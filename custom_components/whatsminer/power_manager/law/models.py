"""What passes between the law and Home Assistant.

Powers are in W, energies in kWh. Times are UTC timestamps in seconds, and a day is a
local date in ISO format: both outlast a restart of Home Assistant as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """What the user has chosen that the manager does."""

    OFF = "off"
    SOLAR = "solar"
    MINIMUM_SOLAR = "minimum_solar"
    FULL = "full"
    EXTERNAL = "external"
    AUTOMATIC = "automatic"
    PAUSED = "paused"


class Reason(StrEnum):
    """Why a miner, or all of them, draws what it draws, when no ceiling decides."""

    OFF = "off"
    """The mode is off."""
    SURPLUS = "surplus"
    """It follows the surplus."""
    CHEAP = "cheap"
    """Electricity is cheap now."""
    HEAT = "heat"
    """It heats."""
    NOTHING_WANTED = "nothing_wanted"
    """The mode is automatic, and nothing asks for power."""
    MINIMUM = "minimum"
    """It draws its lowest power, by the mode or the option for a lost source."""
    FULL = "full"
    """It draws all that it can."""
    REQUEST = "request"
    """It draws what was requested."""
    REQUEST_EXPIRED = "request_expired"
    """No request is alive."""
    PAUSED = "paused"
    """The manager only shows what it would do."""
    NO_SURPLUS = "no_surplus"
    """There is no surplus to speak of, or not for long enough yet."""
    STARTING = "starting"
    """It was started and cannot be steered yet."""
    LEAST_RUN = "least_run"
    """It would stop, but has not run for long enough."""
    RESTING = "resting"
    """It would start, but has not rested for long enough."""
    STARTS_SPENT = "starts_spent"
    """It would start, but has started as often as it may today."""
    ONE_AT_A_TIME = "one_at_a_time"
    """It would start, but another miner has just been started."""
    NO_POWER_LEFT = "no_power_left"
    """The miners before it take all the power."""
    BRIDGING = "bridging"
    """The surplus is short; what its run may cost keeps it at its lowest power."""
    BUDGET_SPENT = "budget_spent"
    """What its run may cost is spent."""
    SOURCE_LOST = "source_lost"
    """The meter does not report."""
    NOT_STEERABLE = "not_steerable"
    """It does not take what it is sent: it only runs or stands."""
    NO_COMMANDS = "no_commands"
    """It takes no commands at all: it is only read, or its API is off for them."""
    REFUSED = "refused"
    """It refused what it was sent; the manager tries again later."""
    HELD = "held"
    """Somebody else has set it."""
    UNREACHABLE = "unreachable"
    """It does not answer."""


class Limit(StrEnum):
    """Which ceiling decides what a miner draws."""

    POWER_CAP = "power_cap"
    GRID_CAP = "grid_cap"
    FUSE = "fuse"
    NOT_ALLOWED = "not_allowed"
    TEMPERATURE = "temperature"
    RESERVE = "reserve"
    ROOM = "room"
    """What is heated is at its upper temperature."""
    QUIET = "quiet"
    """These are quiet hours."""
    PUMP = "pump"
    """The pump of the coolant does not run."""
    NO_TEMPERATURE = "no_temperature"
    """A temperature that has a limit is not known."""
    FAULT = "fault"
    """An unexpected error keeps the manager from deciding."""


class Action(StrEnum):
    """What can be asked of a miner."""

    START = "start"
    STOP = "stop"
    PERCENT = "percent"
    LOW_START = "low_start"
    """Lower the power with which mining starts, by `value` in W."""
    RESTORE_START = "restore_start"
    """Undo that: the miner starts with `value` in W, or with all of its power."""


class Outcome(StrEnum):
    """What became of an order."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"
    """It may have been done: nobody waited until the miner showed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Want:
    """How much power the group is to draw."""

    reason: Reason
    power: float | None = None
    """W for all miners; None: follow the surplus. More than they can draw is all."""
    minimum: float = 0.0
    """W for all miners that is drawn whatever the surplus; infinity: all they can."""
    minimum_reason: Reason = Reason.MINIMUM
    minimum_miners: int = 0
    """So many of them run whatever the surplus, though fewer could draw the minimum."""
    follows_surplus: bool = False
    kept_starts: int = 0
    """So many starts of the day are not for surplus: something else may need them."""
    at_once: bool = False
    """Least run does not hold it up: the mode is off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ceiling:
    """What one miner may draw, however much is wanted."""

    power: float
    """W; 0: it must stop."""
    limit: Limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What the meters of the grid connection report."""

    grid: float | None = None
    """W taken; negative: fed in."""
    taken_at: float = 0.0
    """When `grid` was reported; a newer time is a fresh reading."""
    battery: float | None = None
    """W that the battery gives; negative: takes."""
    charge: float | None = None
    """% that the battery holds."""
    is_lost: bool = False
    """The meter has not reported for too long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MinerReading:
    """What is known of one miner."""

    key: str
    """Id of its config entry."""
    power: float | None = None
    power_span: float = 0.0
    """Seconds that `power` is the mean of, for firmware that reports only that."""
    mining: bool | None = None
    is_steerable: bool = False
    """It mines and is tuned: it takes a power percent."""
    percent: float | None = None
    is_percent_guessed: bool = False
    """The percent was neither reported nor set: it follows from the power."""
    by_hand: float | None = None
    """The percent to which it returns once no ceiling lowers it; None: to none."""
    is_busy: bool = False
    """A command is under way."""
    full_power: float | None = None
    """W at 100 %, from the miner or from the option."""
    lowest_percent: float = 40.0
    can_percent: bool = True
    can_switch: bool = True
    can_low_start: bool = False
    last_start: float | None = None
    last_stop: float | None = None
    starts_today: int = 0
    ceiling: Ceiling | None = None
    is_held: bool = False
    """Somebody else has set it: only its ceiling is kept."""
    efficiency: float | None = None
    """J/TH."""
    is_reachable: bool = True
    last_power: float = 0.0
    """W that it drew, or was coming to, when it answered last."""

    @property
    def takes_commands(self) -> bool:
        """Return whether anything can be asked of it."""
        return self.is_reachable and (self.can_percent or self.can_switch)


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """All that a step of the law decides by."""

    now: float
    day: str
    """Local date: a new one begins the counts of the day anew."""
    want: Want
    source: Source = field(default_factory=Source)
    miners: tuple[MinerReading, ...] = ()
    """In the order of the list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Something to ask of a miner now."""

    miner: str
    action: Action
    value: float | None = None
    """% or W."""
    reason: Reason | Limit
    at_once: bool = False
    """A ceiling demands it: it takes the place of what is under way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one miner is to draw, and why."""

    power: float
    reason: Reason | Limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What one step has decided."""

    target: float
    """W that all miners are to draw."""
    available: float | None
    """W that they could draw without taking from the grid; None: not known."""
    mean: float | None
    """W, the mean of that by which a miner starts."""
    reason: Reason | Limit
    orders: tuple[Order, ...]
    parts: Mapping[str, Part]
    raised: Mapping[str, float] = field(default_factory=dict)
    """Lowest percents raised by this step: so low, the miner had restarted."""
    disproved: Mapping[str, Action] = field(default_factory=dict)
    """What miners said yes to, and have not kept to, as this step has found."""
