"""Prices in the managed home: what the manager shows of them."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from homeassistant.helpers import issue_registry as ir

from custom_components.whatsminer.const import DOMAIN

from .home import Home, a_calm_home as a_home

PRICE, TOMORROW = "sensor.tariff", "sensor.tariff_of_tomorrow"
PER_KWH = {"unit_of_measurement": "EUR/kWh"}
MINUTE = 60
HOUR = 3600

an_empty_home = partial(a_home, states=())
"""A home without a miner: what electricity costs is shown there as well."""


def shown(home: Home, key: str = "electricity_price") -> str | None:
    """Return what a sensor of the manager shows."""
    state = home.hass.states.get(f"sensor.power_{key}")
    return None if state is None else state.state


def is_cheap(home: Home) -> bool:
    """Return whether it is cheap."""
    return home.manager.status.rates.is_cheap


def unit(home: Home) -> str | None:
    """Return the unit of the price."""
    state = home.hass.states.get("sensor.power_electricity_price")
    assert state is not None
    found: str | None = state.attributes.get("unit_of_measurement")
    return found


def repair(home: Home) -> str | None:
    """Return what the repair says that cannot be read."""
    issue = ir.async_get(home.hass).async_get_issue(
        DOMAIN, f"prices_unreadable_{home.entry.entry_id}"
    )
    if issue is None:
        return None
    assert issue.translation_placeholders
    return issue.translation_placeholders["which"].replace("\\", "")


def items(
    day: datetime, prices: list[float], step: timedelta = timedelta(hours=1)
) -> list[dict[str, Any]]:
    """Return prices from a moment on as Nord Pool's custom integration has them."""
    return [
        {"start": day + n * step, "end": day + (n + 1) * step, "value": price}
        for n, price in enumerate(prices)
    ]
