"""A day of a household with sun on its roof, as files of `scripts/days` hold it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .machine import STEP, Watts


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
    """What happens from step to step, W."""

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
