"""A law that does what a test says: for what Home Assistant has to do with it."""

from collections.abc import Mapping, Set as AbstractSet
from typing import Any, override

from custom_components.whatsminer.power_manager.law.law import Law
from custom_components.whatsminer.power_manager.law.models import (
    Limit,
    MinerReading,
    Order,
    Outcome,
    Part,
    Plan,
    Readings,
    Source,
)
from custom_components.whatsminer.power_manager.manager import PowerManager
from custom_components.whatsminer.power_manager.settings import Settings

from .home import Home


class Puppet(Law):
    """Gives the orders that it was given."""

    @override
    def __init__(
        self, settings: Settings, stored: Mapping[str, Any] | None = None
    ) -> None:
        """Begin without orders."""
        self.stored = stored
        self.readings: list[Readings] = []
        self.orders: list[Order] = []
        self.noted: list[tuple[Order, Outcome]] = []

    @property
    @override
    def lowered(self) -> dict[str, float | None]:
        """Return that no start power is lowered."""
        return {}

    @property
    @override
    def unstoppable(self) -> tuple[str, ...]:
        """Return that each stop works."""
        return ()

    @property
    def last(self) -> Readings:
        """Return the readings of the last step."""
        return self.readings[-1]

    @override
    def as_learned(self, reading: MinerReading, now: float) -> MinerReading:
        """Learn nothing."""
        return reading

    @override
    def forget_others(self, miners: AbstractSet[str]) -> None:
        """Know nothing to forget."""

    @override
    def step(self, readings: Readings) -> Plan:
        """Give the orders."""
        self.readings.append(readings)
        orders, self.orders = tuple(self.orders), []
        return Plan(
            target=readings.want.power or 0.0,
            available=None,
            mean=None,
            reason=readings.want.reason,
            orders=orders,
            parts={
                each.key: Part(
                    power=each.ceiling.power if each.ceiling else 0.0,
                    reason=each.ceiling.limit if each.ceiling else readings.want.reason,
                )
                for each in readings.miners
            },
        )

    @override
    def note(self, order: Order, outcome: Outcome, now: float) -> None:
        """Remember what became of it."""
        self.noted.append((order, outcome))

    @override
    def note_manual(self, key: str, now: float) -> None:
        """Make nothing of it."""

    @override
    def note_start_power(self, key: str, watts: float | None) -> None:
        """Make nothing of it."""

    @override
    def dump(self) -> dict[str, Any]:
        """Return how many steps there were."""
        return {"steps": len(self.readings)}


def puppet_of(manager: PowerManager) -> Puppet:
    """Return the law of a manager, which a test has put there."""
    law = manager._law  # noqa: SLF001
    assert isinstance(law, Puppet)
    return law


def source(home: Home) -> Source:
    """Return what the law knows of the meters."""
    return puppet_of(home.manager).last.source


def steps(home: Home) -> int:
    """Return how often the law has decided."""
    return len(puppet_of(home.manager).readings)


def limit(home: Home) -> Limit | None:
    """Return the ceiling of the first miner."""
    ceiling = puppet_of(home.manager).last.miners[0].ceiling
    return None if ceiling is None else ceiling.limit


def power_allowed(home: Home) -> float | None:
    """Return what the ceilings let the miners draw together."""
    ceilings = [each.ceiling for each in puppet_of(home.manager).last.miners]
    powers = [each.power for each in ceilings if each is not None]
    return sum(powers) if len(powers) == len(ceilings) else None
