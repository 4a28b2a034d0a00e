"""One law and what it reads, for tests that go step by step."""

from dataclasses import replace
import json
from typing import Any

from custom_components.whatsminer.power_manager.law.law import Law
from custom_components.whatsminer.power_manager.law.machine import power_at
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    MinerReading,
    Order,
    Outcome,
    Plan,
    Readings,
    Reason,
    Source,
    Want,
)
from custom_components.whatsminer.power_manager.settings import Settings

NOW = 1_779_000_000.0
FULL = 3300.0
LOWEST = power_at(FULL, 40)

SOLAR = Want(reason=Reason.SURPLUS, follows_surplus=True)
OFF = Want(reason=Reason.OFF, power=0, at_once=True)


def request(power: float) -> Want:
    """Return a want for so many W."""
    return Want(reason=Reason.REQUEST, power=power)


def a_start(key: str = "a") -> Order:
    """Return an order to start."""
    return Order(miner=key, action=Action.START, reason=Reason.SURPLUS)


def stands(key: str = "a", **more: Any) -> MinerReading:
    """Return the reading of a miner that has been off for long."""
    reading = MinerReading(
        key=key, power=13.5, mining=False, percent=100, full_power=FULL
    )
    return replace(reading, **more)


def tunes(key: str = "a", **more: Any) -> MinerReading:
    """Return the reading of a miner that was started ten minutes ago."""
    reading = stands(key, mining=True, power=2500.0, last_start=NOW - 600)
    return replace(reading, **more)


def runs(key: str = "a", percent: float = 100, **more: Any) -> MinerReading:
    """Return the reading of a miner that has been running for two hours."""
    reading = stands(
        key,
        mining=True,
        is_steerable=True,
        percent=percent,
        power=power_at(FULL, percent),
        last_start=NOW - 7200,
    )
    return replace(reading, **more)


class Rig:
    """Steps a law through readings; what it orders is carried out, unless refused."""

    def __init__(
        self, *miners: MinerReading, want: Want = SOLAR, **options: Any
    ) -> None:
        """Begin with these miners."""
        self.now = NOW
        self.want = want
        self.source = Source()
        self.miners = {each.key: each for each in miners}
        self.refuses: set[tuple[str, Action]] = set()
        self.settings = Settings(**options)
        self.law = Law(self.settings)
        self.orders: list[Order] = []

    def set(self, key: str = "a", **changes: Any) -> None:
        """Change what is read of a miner."""
        self.miners[key] = replace(self.miners[key], **changes)

    def reload(self) -> None:
        """Go on with a new law, as after a restart."""
        self.law = Law(self.settings, json.loads(json.dumps(self.law.dump())))

    @property
    def drawn(self) -> float:
        """Return what all miners draw."""
        return sum(each.power or 0.0 for each in self.miners.values())

    def step(self, surplus: float | None = None, seconds: float = 10) -> Plan:
        """Step once; a surplus is what the house would feed in without miners."""
        self.now += seconds
        if surplus is not None:
            self.source = Source(grid=self.drawn - surplus, taken_at=self.now)
        plan = self.law.step(
            Readings(
                now=self.now,
                day="2026-05-14",
                want=self.want,
                source=self.source,
                miners=tuple(self.miners.values()),
            )
        )
        for order in plan.orders:
            self.orders.append(order)
            refused = (order.miner, order.action) in self.refuses
            if not refused:
                self._carry_out(order)
            outcome = Outcome.REFUSED if refused else Outcome.CONFIRMED
            self.law.note(order, outcome, self.now + 1)
        return plan

    def go_on(
        self, surplus: float | None, minutes: float, *, every: float = 10
    ) -> Plan:
        """Step for so many minutes and return the last plan."""
        for _ in range(round(minutes * 60 / every)):
            plan = self.step(surplus, every)
        return plan

    def of(self, action: Action, key: str = "a") -> list[Order]:
        """Return the orders of a kind so far."""
        return [
            each for each in self.orders if (each.action, each.miner) == (action, key)
        ]

    def _carry_out(self, order: Order) -> None:
        """Let a miner obey."""
        reading = self.miners[order.miner]
        match order.action:
            case Action.START:
                self.set(
                    order.miner,
                    mining=True,
                    power=2500.0,
                    percent=100,
                    last_start=self.now,
                    starts_today=reading.starts_today + 1,
                )
            case Action.STOP:
                self.set(
                    order.miner,
                    mining=False,
                    is_steerable=False,
                    power=13.5,
                    last_stop=self.now,
                )
            case Action.PERCENT:
                assert order.value is not None
                power = power_at(FULL, order.value)
                self.set(order.miner, percent=order.value, power=power)
