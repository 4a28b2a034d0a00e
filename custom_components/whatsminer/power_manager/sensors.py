"""Sensors of a power manager, and those that it gives its miners."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from ..const import DOMAIN
from ..sensor_descriptions import UNIT_EFFICIENCY, UNIT_TERAHASHES
from .entity import ManagerEntity, MemberEntity, forget_others, member_devices
from .manager import ManagerConfigEntry
from .models import Limit, Reason
from .status import MinerStatus, Status

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


@dataclass(frozen=True, kw_only=True)
class ManagerSensorDescription(SensorEntityDescription):
    """Describe a sensor of a power manager."""

    value_fn: Callable[[Status], StateType]


@dataclass(frozen=True, kw_only=True)
class MemberSensorDescription(SensorEntityDescription):
    """Describe a sensor that a power manager gives a miner."""

    value_fn: Callable[[MinerStatus], StateType | datetime]


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
        native_unit_of_measurement=PERCENTAGE,
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

HEAT_SENSOR = ManagerSensorDescription(
    key="energy_heat_today",
    translation_key="energy_heat_today",
    value_fn=lambda status: status.energy_heat_today,
    **_ENERGY,
)

CHARGER_STATUS = SensorEntityDescription(
    key="charger_status",
    translation_key="charger_status",
    device_class=SensorDeviceClass.ENUM,
    # Words that evcc knows.
    options=["disconnected", "connected", "charging"],
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


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a manager and of its miners."""
    manager = entry.runtime_data
    forget_others(hass, manager)
    async_add_entities(
        (ManagerHeldSensor if each.key == "miners_held" else ManagerSensor)(
            manager, each
        )
        for each in SENSORS
    )
    if manager.settings.room:
        async_add_entities([ManagerSensor(manager, HEAT_SENSOR)])
    if manager.settings.evcc:
        async_add_entities([ManagerChargerSensor(manager, CHARGER_STATUS)])
    async_add_entities(
        MemberSensor(manager, each, miner, device)
        for miner, device in member_devices(hass, manager).items()
        for each in MEMBER_SENSORS
    )


class ManagerSensor(ManagerEntity, SensorEntity):
    """What a power manager does, and how it goes."""

    entity_description: ManagerSensorDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return what the manager says."""
        return _plain(self.entity_description.value_fn(self.manager.status))


class ManagerHeldSensor(ManagerSensor):
    """How many miners are held, and until when each of them."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the end of each hold by the miner's name; None: it has no end."""
        titles = {
            each.entry_id: each.title
            for each in self.hass.config_entries.async_entries(DOMAIN)
        }
        return {
            "held_until": {
                titles.get(key, key): each.held_until
                for key, each in self.manager.status.miners.items()
                if each.hold is not None
            }
        }


class ManagerChargerSensor(ManagerEntity, SensorEntity):
    """What the miners do, in the words of a charger."""

    @property
    @override
    def native_value(self) -> str:
        """Return what the manager says."""
        return self.manager.evcc_status


class MemberSensor(MemberEntity, SensorEntity):
    """What a power manager does with a miner."""

    entity_description: MemberSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return what the manager says."""
        value = self.entity_description.value_fn(self.status)
        return value if isinstance(value, datetime) else _plain(value)


def _plain(value: StateType) -> StateType:
    """Return a value without digits that no meter has."""
    return round(value, 3) if isinstance(value, float) else value
