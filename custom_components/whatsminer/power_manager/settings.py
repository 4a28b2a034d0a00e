"""The options of the power manager, each with the default that works.

The name of a field is the key of its option, and its key in the files of `scripts/days`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Self


class Priority(StrEnum):
    """Which miner gets power first."""

    LIST = "list"
    EFFICIENCY = "efficiency"


class WhenLost(StrEnum):
    """What becomes of the miners when the meter stays silent."""

    STOP = "stop"
    LOWEST = "lowest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How the manager decides. Times are in minutes, unless the name says otherwise."""

    priority: Priority = Priority.LIST
    least_run: float = 30.0
    """A miner that was started runs for so long."""
    least_rest: float = 10.0
    """A miner that was stopped rests for so long."""
    starts_per_day: int = 6
    """How often the manager starts a miner on one day."""
    between_starts: float = 2.0
    """Between the starts of two miners."""
    start_mean: float = 2.0
    """A miner starts when the mean surplus of so long is enough."""
    grid_budget: float = 0.3
    """kWh from the grid that one run may cost before it stops."""
    deadband: float = 50.0
    """W by which the surplus must have changed before the percent follows."""
    residual: float = 0.0
    """W that stay fed in; negative: so much may be taken."""
    low_start: bool = False
    """Start at the lowest power, by a setting that no device has proven yet."""
    fill_first: float = 80.0
    """% that the battery is charged to before miners get what it could take."""
    empty_to: float = 50.0
    """% below which the battery gives nothing for miners."""
    when_lost: WhenLost = WhenLost.STOP
    lost_after: float = 10.0
    """The meter counts as lost when it has not reported for so long."""
    charge_lost_after: float = 1440.0
    """The same of the battery's charge: a full battery reports nothing new."""

    minimum_all: bool = False
    """In the mode *Minimum + solar* all miners keep their lowest power, not the first."""
    request_lasts: float = 15.0
    """A request counts for so long; 0: until the next."""
    hold_lasts: float = 240.0
    """A miner that was set by hand is left alone for so long."""
    full_power: Mapping[str, float] = field(default_factory=dict)
    """W that a miner draws at 100 %, by its entry; for those that do not report it."""

    grid_cap: float = 0.0
    """W that the house may take from the grid; 0: no cap."""
    fuse: float = 0.0
    """A of the main fuse on each phase; 0: not watched."""
    phase_1: str | None = None
    """Sensor of the current on a phase."""
    phase_2: str | None = None
    phase_3: str | None = None
    phases: Mapping[str, str] = field(default_factory=dict)
    """Phases that a miner is on, such as `1` or `123`, by its entry; default: all."""
    allowed: str | None = None
    """Entity that is on while the miners may mine."""
    allowed_when_lost: bool = False
    """They may mine while that entity is not available."""
    allowed_from: str | None = None
    """Time of day from which they may mine, with `allowed_until`."""
    allowed_until: str | None = None
    chip_temperature: float = 0.0
    """Degrees Celsius of the hottest chip at which a miner stops; 0: not watched."""
    coolant_temperature: float = 0.0
    """Degrees Celsius of its coolant at which a miner stops; 0: not watched."""
    temperature: str | None = None
    """Sensor of a temperature that stops all miners."""
    temperature_limit: float = 60.0
    """Degrees Celsius at which it does."""
    reserve: str | None = None
    """Entity with the W that are kept free for other loads, such as a car."""

    evcc: bool = False
    """Take requests from evcc, as a charger."""
    evcc_phases: int = 1
    """Phases by which evcc's current becomes a power."""

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read what is set; what is not has its default."""
        values: dict[str, Any] = {
            each.name: options[each.name]
            for each in fields(cls)
            if each.name in options
        }
        if "priority" in values:
            values["priority"] = Priority(values["priority"])
        if "when_lost" in values:
            values["when_lost"] = WhenLost(values["when_lost"])
        return cls(**values)
