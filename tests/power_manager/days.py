"""A day of a household with sun on its roof, as files of `scripts/days` hold it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from .machine import STEP, Watts
from .room import Room
from .tariff import Price


@dataclass(frozen=True, kw_only=True)
class Battery:
    """A battery in the house; it stores 95 % of what it takes."""

    kwh: float = 10.0
    power: float = 5000.0
    lag: float = 7.0
    """Seconds by which it follows."""
    charge: float = 25.0
    """% in the morning."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """What happens from step to step, W; it may be several local days."""

    name: str
    pv: Watts
    load: Watts
    date: str = "2026-05-14"
    timezone: str = "Europe/Berlin"
    start: str = "06:00"
    every: float = STEP
    """Seconds between two reports of the meter."""
    mean: bool = False
    """The meter reports the mean since its last report, not the moment."""
    battery: Battery | None = None
    miners: tuple[float, ...] = (3300.0,)
    """Full power of each."""
    manager: Mapping[str, Any] = field(default_factory=dict)
    price: tuple[Price, ...] = ()
    feed_in: tuple[Price, ...] = ()
    """What a kWh earns that is fed in."""
    room: Room | None = None

    @property
    def is_automatic(self) -> bool:
        """Return whether there is more than surplus to go by."""
        return bool(self.price) or self.room is not None

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.timezone)

    @property
    def begin(self) -> float:
        """Return when it begins, in UTC s."""
        begin = dt.datetime.fromisoformat(f"{self.date}T{self.start}")
        return begin.replace(tzinfo=self.zone).timestamp()

    def on(self, passed: float) -> dt.date:
        """Return the local date after so many s."""
        return dt.datetime.fromtimestamp(self.begin + passed, self.zone).date()

    @classmethod
    def from_file(cls, data: Mapping[str, Any]) -> Day:
        """Read what a file holds."""
        meter = data.get("meter", {})
        battery = data.get("battery")
        return cls(
            name=data["name"],
            pv=np.array(data["pv"], np.float64),
            load=np.array(data["load"], np.float64),
            date=data["date"],
            timezone=data["timezone"],
            start=data["start"],
            every=meter.get("every", STEP),
            mean=meter.get("mean", False),
            battery=Battery(**battery) if battery else None,
            miners=tuple(each["power"] for each in data["miners"]),
            manager=data.get("manager", {}),
        )
