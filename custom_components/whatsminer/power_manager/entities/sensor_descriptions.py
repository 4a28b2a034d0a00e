"""What each sensor of a power manager shows: one row for each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower, UnitOfRatio
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import utc_from_timestamp

from ...sensor_descriptions import UNIT_EFFICIENCY, UNIT_TERAHASHES
from ..charger import ChargerStatus
from ..law.models import Limit, Reason
from ..settings import Settings
from ..status import MinerStatus, Status
from ..totals import LONGEST

REASONS = [each.value for kind in (Reason, Limit) for each in kind]
"""Why something is as it is: no two of both kinds have one name."""

_POWER: dict[str, Any] = {
    "device_class": SensorDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 0,
}
_ENERGY: dict[str, Any] = {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "state_class": SensorStateClass.TOTAL_INCREASING,
    "suggested_display_precision": 2,
}
_MONEY: dict[str, Any] = {
    "device_class": SensorDeviceClass.MONETARY,
    "state_class": SensorStateClass.TOTAL,
    "suggested_display_precision": 2,
}


@dataclass(frozen=True, kw_only=True)
class ManagerSensorDescription(SensorEntityDescription):
    """Describe a sensor of a power manager."""

    value_fn: Callable[[Status], StateType | datetime]
    has_fn: Callable[[Settings], bool] = lambda settings: True
    """Whether the options ask for it."""
    money_fn: Callable[[Status], str | None] | None = None
    """Its currency, which its source says."""
    per: str = ""
    """What follows the currency in its unit."""
    digits: int = 3
    """Of its number; more than that no meter has."""
    since_fn: Callable[[Status], float | None] | None = None
    """Since when its money is counted; 0: since midnight."""


@dataclass(frozen=True, kw_only=True)
class MemberSensorDescription(SensorEntityDescription):
    """Describe a sensor that a power manager gives a miner."""

    value_fn: Callable[[MinerStatus], StateType | datetime]


def _has_price(settings: Settings) -> bool:
    """Return whether there is a price of electricity."""
    return settings.has_price


def _has_hash_price(settings: Settings) -> bool:
    """Return whether there is a hash price."""
    return settings.hash_price is not None


def _has_cheap(settings: Settings) -> bool:
    """Return whether there may be cheap times."""
    return settings.has_price and settings.has_cheap_rule


def _has_room(settings: Settings) -> bool:
    """Return whether something is heated."""
    return settings.room is not None


def _has_cost_of_heat(settings: Settings) -> bool:
    """Return whether it can be said what heat costs."""
    has_prices = _has_price(settings) and _has_hash_price(settings)
    return _has_room(settings) and has_prices


def _moment(seconds: float | None) -> datetime | None:
    """Return a moment."""
    return None if seconds is None else utc_from_timestamp(seconds)


def _cost_of_heat(status: Status) -> float | None:
    """Return what was paid for heat: what mining cost less what it earned meanwhile."""
    cost, earned = status.cost_today, status.earned_today
    if cost is None or earned is None or not status.rates.earns_same_money:
        return None
    apart = abs((status.cost_since or 0.0) - (status.earned_since or 0.0))
    return None if apart > LONGEST else cost - earned


def _price_money(status: Status) -> str | None:
    """Return the currency of the prices."""
    return status.rates.currency


def _hash_money(status: Status) -> str | None:
    """Return the currency of the hash price."""
    return status.rates.hash_currency


def _held(status: Status) -> int:
    """Return how many miners are held."""
    return sum(each.hold is not None for each in status.miners.values())


def _reason(status: MinerStatus) -> str | None:
    """Return why a miner draws what it draws: a hold goes before all but a ceiling."""
    if status.hold is not None and not isinstance(status.reason, Limit):
        return Reason.HELD
    return status.reason


SENSORS: tuple[ManagerSensorDescription, ...] = (
    ManagerSensorDescription(
        key="reason",
        translation_key="reason",
        device_class=SensorDeviceClass.ENUM,
        options=REASONS,
        value_fn=lambda status: status.limit or status.reason,
    ),
    ManagerSensorDescription(
        key="target_power",
        translation_key="target_power",
        value_fn=lambda status: status.target_power,
        **_POWER,
    ),
    ManagerSensorDescription(
        key="power",
        value_fn=lambda status: status.power,
        **_POWER,
    ),
    ManagerSensorDescription(
        key="available_power",
        translation_key="available_power",
        value_fn=lambda status: status.available_power,
        **_POWER,
    ),
    ManagerSensorDescription(
        key="surplus_used_today",
        translation_key="surplus_used_today",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda status: status.surplus_used_today,
    ),
    ManagerSensorDescription(
        key="energy_surplus_today",
        translation_key="energy_surplus_today",
        value_fn=lambda status: status.energy_surplus_today,
        **_ENERGY,
    ),
    ManagerSensorDescription(
        key="energy_grid_today",
        translation_key="energy_grid_today",
        value_fn=lambda status: status.energy_grid_today,
        **_ENERGY,
    ),
    ManagerSensorDescription(
        key="energy_heat_today",
        translation_key="energy_heat_today",
        value_fn=lambda status: status.energy_heat_today,
        has_fn=_has_room,
        **_ENERGY,
    ),
    ManagerSensorDescription(
        key="energy",
        value_fn=lambda status: status.energy,
        **_ENERGY,
    ),
    ManagerSensorDescription(
        key="hashrate",
        translation_key="hashrate",
        value_fn=lambda status: status.hashrate,
        native_unit_of_measurement=UNIT_TERAHASHES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
    ),
    ManagerSensorDescription(
        key="efficiency",
        translation_key="efficiency",
        native_unit_of_measurement=UNIT_EFFICIENCY,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda status: status.efficiency,
    ),
    ManagerSensorDescription(
        key="electricity_price",
        translation_key="electricity_price",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        digits=6,
        value_fn=lambda status: status.rates.price,
        has_fn=_has_price,
        money_fn=_price_money,
        per="/kWh",
    ),
    ManagerSensorDescription(
        key="break_even_price",
        translation_key="break_even_price",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        digits=6,
        value_fn=lambda status: status.rates.break_even,
        has_fn=_has_hash_price,
        money_fn=_hash_money,
        per="/kWh",
    ),
    ManagerSensorDescription(
        key="next_cheap_time",
        translation_key="next_cheap_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda status: _moment(status.rates.next_cheap),
        has_fn=_has_cheap,
    ),
    ManagerSensorDescription(
        key="cheap_until",
        translation_key="cheap_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda status: _moment(status.rates.cheap_until),
        has_fn=_has_cheap,
    ),
    ManagerSensorDescription(
        key="cost_today",
        translation_key="cost_today",
        value_fn=lambda status: status.cost_today,
        has_fn=_has_price,
        money_fn=_price_money,
        since_fn=lambda status: status.cost_since,
        **_MONEY,
    ),
    ManagerSensorDescription(
        key="earned_today",
        translation_key="earned_today",
        value_fn=lambda status: status.earned_today,
        has_fn=_has_hash_price,
        money_fn=_hash_money,
        since_fn=lambda status: status.earned_since,
        **_MONEY,
    ),
    ManagerSensorDescription(
        key="heat_cost_today",
        translation_key="heat_cost_today",
        value_fn=_cost_of_heat,
        has_fn=_has_cost_of_heat,
        money_fn=_price_money,
        since_fn=lambda status: status.cost_since,
        **_MONEY,
    ),
    ManagerSensorDescription(
        key="miners_mining",
        translation_key="miners_mining",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda status: status.miners_mining,
    ),
    ManagerSensorDescription(
        key="miners_held",
        translation_key="miners_held",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_held,
    ),
)

CHARGER_STATUS = SensorEntityDescription(
    key="charger_status",
    translation_key="charger_status",
    device_class=SensorDeviceClass.ENUM,
    options=[each.value for each in ChargerStatus],
)

MEMBER_SENSORS: tuple[MemberSensorDescription, ...] = (
    MemberSensorDescription(
        key="managed",
        translation_key="managed",
        device_class=SensorDeviceClass.ENUM,
        options=REASONS,
        value_fn=_reason,
    ),
    MemberSensorDescription(
        key="planned_power",
        translation_key="planned_power",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda status: status.planned,
        **_POWER,
    ),
    MemberSensorDescription(
        key="held_until",
        translation_key="held_until",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda status: status.held_until,
    ),
)
