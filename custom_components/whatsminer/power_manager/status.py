"""What the manager shows: of itself, and of each of its miners."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .law.holds import HoldKind
from .law.models import Limit, Reason
from .prices.tariff import Rates


@dataclass(frozen=True, kw_only=True, slots=True)
class MinerStatus:
    """What the manager does with one miner."""

    hold: HoldKind | None = None
    """None: the miner is managed."""
    held_until: datetime | None = None
    """When the hold runs out; None of a hold: only when it is ended."""
    planned: float | None = None
    """W that it is to draw."""
    reason: Reason | Limit | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """What the manager does, and how it goes. None: not known."""

    target_power: float | None = None
    """W that all miners are to draw."""
    power: float | None = None
    """W that they draw."""
    available_power: float | None = None
    """W that they could draw without taking from the grid."""
    reason: Reason | None = None
    limit: Limit | None = None
    """The ceiling that decides, where one does."""
    surplus_used_today: float | None = None
    """% of the surplus that there was."""
    energy_surplus_today: float | None = None
    """kWh."""
    energy_grid_today: float | None = None
    """kWh that the grid gave for mining."""
    energy_heat_today: float | None = None
    """kWh that heat asked for and got."""
    hashrate: float | None = None
    """TH/s."""
    efficiency: float | None = None
    """J/TH of the miners that mine, when their power was steady last."""
    energy: float | None = None
    """kWh since the manager was set up."""
    miners_mining: int | None = None
    rates: Rates = field(default_factory=Rates)
    day: str = ""
    """Local date of what is counted by days."""
    cost_today: float | None = None
    """In the currency of the prices."""
    cost_since: float | None = None
    """Since when that is counted; 0: since midnight."""
    earned_today: float | None = None
    """In the currency of the hash price."""
    earned_since: float | None = None
    miners: Mapping[str, MinerStatus] = field(default_factory=dict)
    """By the id of the miner's entry."""

    @property
    def words(self) -> tuple[Any, ...]:
        """Return what of it is no number: a change of that is shown at once."""
        miners = [(key, each.hold, each.reason) for key, each in self.miners.items()]
        return self.reason, self.limit, self.miners_mining, miners
