"""What a day of mining costs and earns."""

import json
from typing import Any

import pytest

from custom_components.whatsminer.power_manager.prices.costs import Costs
from custom_components.whatsminer.power_manager.prices.tariff import Rates
from custom_components.whatsminer.power_manager.totals import Used

SOURCES: dict[str, Any] = {"has_price": True, "has_hash_price": True}
RATES = Rates(**SOURCES, price=0.3, feed_in=0.08, hash_price=0.05)
DAY, NEXT = "2026-05-14", "2026-05-15"


def counted(steps: int, rates: Rates = RATES, costs: Costs | None = None) -> Costs:
    """Return the costs of steps of ten seconds: 1 Wh of surplus, 2 of the grid."""
    costs = costs or Costs()
    for step in range(steps):
        costs.take(DAY, 10 * step, rates, used=Used(0.001, 0.002), hashrate=100)
    return costs


def test_day() -> None:
    """The grid costs its price, surplus what it would have earned."""
    costs = counted(1001)
    assert costs.cost.known == pytest.approx(1001 * (0.001 * 0.08 + 0.002 * 0.3))
    # 100 TH/s for 10,000 s.
    assert costs.earned.known == pytest.approx(0.05 * 100 * 10_000 / 86_400)


def test_negative_price() -> None:
    """Mining can be paid for."""
    costs = counted(10, Rates(has_price=True, price=-0.1, feed_in=0.0))
    assert costs.cost.known == pytest.approx(-0.002)


def test_gap() -> None:
    """A short gap does not matter; a longer one makes the sum unknown for the day."""
    unknown = Rates(**SOURCES, feed_in=0.08)
    costs = counted(10, unknown, counted(1000))
    assert costs.cost.known == pytest.approx(1010 * 0.00008 + 1000 * 0.0006)
    costs = counted(30, unknown, costs)
    assert costs.cost.known is None
    assert costs.earned.known is None
    costs.take(NEXT, 0, RATES, used=Used(0.001, 0.002), hashrate=100)
    assert costs.cost.known == pytest.approx(0.00068)
    assert costs.earned.known == 0


def test_begins_with_the_first_price() -> None:
    """What was used before there was a price is no gap; where it comes from may change."""
    costs = counted(500, Rates(feed_in=0.08))
    costs = counted(500, Rates(**SOURCES, feed_in=0.08), costs)
    assert (costs.cost.known, costs.earned.known) == (None, None)
    costs = counted(10, RATES, costs)
    assert costs.cost.known == pytest.approx(10 * 0.00068)
    assert (costs.cost.since, costs.earned.since) == (0, 0)
    costs.take(DAY, 100, Rates(feed_in=0.08), used=Used(1, 2), hashrate=100)
    assert (costs.cost.known, costs.earned.known) == (None, None)
    costs.take(DAY, 110, RATES, used=Used(0.001, 0.002), hashrate=100)
    assert costs.cost.known == pytest.approx(0.00068)
    assert costs.cost.since == 110
    # A source that is silent the next morning is one of which the sum is not known.
    costs.take(NEXT, 120, Rates(**SOURCES), used=Used(0, 1), hashrate=None)
    assert costs.cost.known is None
    assert costs.cost.since == 0


def test_long_step() -> None:
    """A step that is too long, as over a restart, earns nothing."""
    costs = counted(1)
    assert costs.earned.known == 0
    costs.take(DAY, 600, RATES, used=Used(0, 0), hashrate=100)
    assert costs.earned.known == 0


def test_restart() -> None:
    """All of it outlasts a restart; what is broken does not come back."""
    costs = counted(100)
    again = Costs.from_json(json.loads(json.dumps(costs.as_json())))
    assert again.as_json() == costs.as_json()
    with pytest.raises((TypeError, ValueError)):
        Costs.from_json({"day": DAY, "cost": ["x"], "earned": [1, 2, 3, None]})
