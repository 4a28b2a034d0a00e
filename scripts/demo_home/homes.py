"""The same household three times, to measure the effect of controlling the miner.

The controlled miner heats a room.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.household import Household, Minute, Room

FULL_POWER = 3300
"""W that the miner draws at 100 %."""


def _house() -> Household:
    """Return the house as the day begins, its battery rather empty."""
    return Household(battery=5, charge=30)


@dataclass
class Homes:
    """The house with a controlled miner, with one that just runs, and without one."""

    steered: Household = field(default_factory=_house)
    always: Household = field(default_factory=_house)
    without: Household = field(default_factory=_house)
    room: Room = field(
        default_factory=lambda: Room(temperature=17.5, capacity=2.5, loss=0.08)
    )

    temperatures: dict[str, float] = field(default_factory=dict)
    """Degrees Celsius of the room at each third hour."""

    def step(self, minute: Minute, power: float) -> None:
        """Live through a minute, in which the steered miner draws so much."""
        for house, miner in (
            (self.steered, power),
            (self.always, FULL_POWER),
            (self.without, 0.0),
        ):
            house.step(minute.pv, minute.load, miner, price=minute.price)
        if minute.time.endswith(":00") and int(minute.time[:2]) % 3 == 0:
            self.temperatures[minute.time] = self.room.temperature
        self.room.step(power / 1000, minute.outside)

    @property
    def saved(self) -> float:
        """Return how much of the energy from the grid was saved, in %."""
        always = self.always.imported
        return 100 * (1 - self.steered.imported / always) if always else 0.0

    def kwh_price(self, house: Household) -> float:
        """Return what a kWh cost that a house mined with, in ct."""
        return (house.paid - self.without.paid) / house.mined if house.mined else 0.0

    def read(self, minute: Minute, power: float) -> dict[str, Any]:
        """Return what the meters show, by their keys."""
        steered, always, without = self.steered, self.always, self.without
        return minute._asdict() | {
            "miner": round(power),
            "grid": round(steered.grid),
            "battery": round(steered.given),
            "charge": round(steered.charge, 1),
            "imported": round(steered.imported, 2),
            "imported_always": round(always.imported, 2),
            "for_miner": round(steered.imported - without.imported, 2),
            "for_miner_always": round(always.imported - without.imported, 2),
            "mined": round(steered.mined, 2),
            "mined_always": round(always.mined, 2),
            "saved": round(self.saved),
            "kwh_price": round(self.kwh_price(steered), 1),
            "kwh_price_always": round(self.kwh_price(always), 1),
            "room": round(self.room.sensed, 1),
        }
