"""Sensors of a power manager, and those that it gives its miners."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import (
    as_local,
    parse_date,
    start_of_local_day,
    utc_from_timestamp,
)

from ...const import DOMAIN
from ...names import names_apart
from ..charger import charger_status
from ..manager import ManagerConfigEntry
from .entity import ManagerEntity, MemberEntity, forget_others, member_devices
from .sensor_descriptions import (
    CHARGER_STATUS,
    MEMBER_SENSORS,
    SENSORS,
    ManagerSensorDescription,
    MemberSensorDescription,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a manager and of its miners."""
    manager = entry.runtime_data
    wanted = [each for each in SENSORS if each.has_fn(manager.settings)]
    forget_others(hass, manager, {each.key for each in SENSORS if each not in wanted})
    async_add_entities(
        _KINDS.get(each.key, ManagerSensor)(manager, each) for each in wanted
    )
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
    def native_value(self) -> StateType | datetime:
        """Return what the manager says."""
        value = self.entity_description.value_fn(self.manager.status)
        digits = self.entity_description.digits
        return round(value, digits) if isinstance(value, float) else value

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit; that of money is known when its source is."""
        description = self.entity_description
        if description.money_fn is None:
            return description.native_unit_of_measurement
        currency = description.money_fn(self.manager.status)
        return currency and f"{currency}{description.per}"

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return since when money is counted: midnight, or its first price after that."""
        status, since_fn = self.manager.status, self.entity_description.since_fn
        day = parse_date(status.day)
        if since_fn is None or day is None or (since := since_fn(status)) is None:
            return None
        return max(start_of_local_day(day), as_local(utc_from_timestamp(since)))


class ManagerHeldSensor(ManagerSensor):
    """How many miners are held, and until when each of them."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the end of each hold by the miner's name; None: it has no end."""
        miners = self.manager.status.miners
        names = names_apart(
            self.hass,
            (
                each
                for each in self.hass.config_entries.async_entries(DOMAIN)
                if each.entry_id in miners
            ),
        )
        return {
            "held_until": {
                names.get(key, key): each.held_until
                for key, each in miners.items()
                if each.hold is not None
            }
        }


_KINDS = {"miners_held": ManagerHeldSensor}


class ManagerChargerSensor(ManagerEntity, SensorEntity):
    """What the miners do, in the words of a charger."""

    @property
    @override
    def native_value(self) -> str:
        """Return what the manager says."""
        return charger_status(self.manager.mode, self.manager.status.miners_mining)


class MemberSensor(MemberEntity, SensorEntity):
    """What a power manager does with a miner."""

    entity_description: MemberSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return what the manager says."""
        return self.entity_description.value_fn(self.status)
