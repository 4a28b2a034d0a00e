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
    starts_per_day: int = 5
    """How often the manager starts a miner on one day."""
    between_starts: float = 2.0
    """Between the starts of two miners."""
    start_mean: float = 4.0
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
    temperature_lost_after: float = 120.0
    """It, `inlet` and `outlet` count as lost when not reported for so long."""
    reserve: str | None = None
    """Entity with the W that are kept free for other loads, such as a car."""

    use_surplus: bool = True
    """In the mode *Automatic* surplus is a reason to mine."""
    use_minimum: bool = False
    """In the mode *Automatic* the minimum of *Minimum + solar* is kept up."""

    price: str | None = None
    """Entity with the price of electricity, and mostly with the prices to come."""
    price_tomorrow: str | None = None
    """Another entity with the prices of tomorrow, where the first has only today's."""
    price_action: str | None = None
    """Action that returns the prices, one of `prices.forms.RESPONSES`, instead of entities."""
    price_name: str | None = None
    """Which of several areas or homes in its response."""
    cheap_hours: float = 0.0
    """So many hours of each day count as cheap; 0: all below the limit."""
    cheap_limit: float | None = None
    """What a kWh may cost at most, in the currency of the prices."""
    cheap_limit_entity: str | None = None
    """Entity with that limit."""
    cheap_break_even: bool = False
    """What mining earns is the limit."""
    cheap_block: float = 60.0
    """A cheap time is at least so long."""
    cheap_starts: int = 3
    """Cheap times of one day at most."""
    cheap_power: float = 0.0
    """W that all miners draw then; 0: all they can."""
    cheap_charge: float = 0.0
    """% of the battery's charge below which no time is cheap."""
    cheap_while: str | None = None
    """Entity that has to be on for a time to be cheap."""
    hash_price: str | None = None
    """Entity with what hashrate earns in a day."""
    feed_in: str | None = None
    """Entity with what a kWh that is fed in earns."""
    feed_in_limit: float | None = None
    """Surplus is a reason to mine only while it would earn no more than that."""

    room: str | None = None
    """Sensor of the temperature of what is heated: a room, a tank, the coolant."""
    room_lost_after: float = 120.0
    """That temperature counts as lost when it has not been reported for so long."""
    room_upper: float | None = None
    """Degrees Celsius that it must not pass, whatever the reason to mine."""
    target_away: float | None = None
    """Degrees Celsius of a preset; None: it cannot be chosen."""
    target_eco: float | None = None
    target_comfort: float | None = None
    target_sleep: float | None = None
    heat_pace: float = 5.0
    """The thermostat changes the power at most that often."""
    heat_settle: float = 120.0
    """The thermostat learns in about that time what is lost."""
    quiet_from: str | None = None
    """Time of day from which the miners are quiet, with `quiet_until`."""
    quiet_until: str | None = None
    quiet_power: float = 0.0
    """W that all miners draw at most then; 0: they stop."""
    inlet: str | None = None
    """Sensor of the temperature of what flows to the miners."""
    inlet_limit: float = 40.0
    """Degrees Celsius at which all miners stop."""
    outlet: str | None = None
    outlet_limit: float = 60.0
    pump: str | None = None
    """Entity that is on while the pump of the coolant runs; else all miners stop."""

    evcc: bool = False
    """Take requests from evcc, as a charger."""
    evcc_phases: int = 1
    """Phases by which evcc's current becomes a power."""

    @property
    def has_price(self) -> bool:
        """Return whether there is a price of electricity."""
        return bool(self.price or self.price_action)

    @property
    def has_cheap_rule(self) -> bool:
        """Return whether anything says what is cheap."""
        return (
            self.cheap_hours > 0
            or self.cheap_break_even
            or self.cheap_limit is not None
            or self.cheap_limit_entity is not None
        )

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
