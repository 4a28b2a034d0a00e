"""Sensors of a miner."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any, override

from homeassistant.components.sensor import RestoreSensor, SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import utcnow

from .client import Capability, MinerData
from .const import is_manager
from .coordinator import WhatsminerCoordinator
from .derived import limited_by
from .energy import EnergyMeter
from .entity import WhatsminerEntity, async_add_known
from .power_manager import sensors
from .sensor_descriptions import (
    ENERGY,
    LIMITED_BY,
    SENSORS,
    STARTS_TODAY,
    STATUS,
    WhatsminerSensorDescription,
)
from .storage import StoredEnergy

PARALLEL_UPDATES = 0

# Energy is not guessed over more than so many polls.
LONGEST_GAP = 3


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of one miner, or of a power manager."""
    if is_manager(entry):
        await sensors.async_setup_entry(hass, entry, async_add_entities)
        return
    coordinator: WhatsminerCoordinator = entry.runtime_data.coordinator
    async_add_known(
        coordinator,
        Platform.SENSOR,
        SENSORS,
        lambda each: each.has(coordinator.known),
        lambda found: async_add_entities(
            _CLASSES.get(description.key, WhatsminerSensor)(coordinator, description)
            for description in found
        ),
    )


class WhatsminerSensor(WhatsminerEntity, SensorEntity):
    """A reading of a miner."""

    entity_description: WhatsminerSensorDescription
    _unrecorded_attributes = frozenset({"errors"})

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the reading."""
        value = self.entity_description.value_fn(self.coordinator.data)
        return value[:MAX_LENGTH_STATE_STATE] if isinstance(value, str) else value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what more there is to the reading."""
        if (attributes_fn := self.entity_description.attributes_fn) is None:
            return None
        return attributes_fn(self.coordinator.data)


class WhatsminerCommandsSensor(WhatsminerSensor):
    """A reading that commands to the miner count for, too."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what is under way."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.commands.async_add_listener(self.async_write_ha_state)
        )


class WhatsminerStatusSensor(WhatsminerCommandsSensor):
    """What a miner is doing, or begins to do."""

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the command under way, else what the miner says."""
        pending = self.commands.pending
        if pending is not None and pending.key in (STATUS.options or ()):
            return pending.key
        return super().native_value


class WhatsminerStartsSensor(WhatsminerSensor):
    """How often mining was started since midnight."""

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return what was noted."""
        return self.commands.starts.today


class WhatsminerLimitedBySensor(WhatsminerCommandsSensor):
    """What holds a miner back."""

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return what counts first."""
        percent = self.commands.last_set.get(Capability.POWER_PERCENT)
        return limited_by(self.coordinator.data, percent)


class WhatsminerEnergySensor(WhatsminerSensor, RestoreSensor):
    """The energy that a miner has used, added up from its power."""

    def __init__(
        self,
        coordinator: WhatsminerCoordinator,
        description: WhatsminerSensorDescription,
    ) -> None:
        """Begin at zero, unless something is stored."""
        super().__init__(coordinator, description)
        self._stored = StoredEnergy(coordinator.hass, coordinator.config_entry.entry_id)
        self._meter = EnergyMeter()
        self._seen: MinerData | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Go on where the last run ended.

        The state that Home Assistant restores goes by the entity id, and is another
        entity's after a renaming: it counts only where nothing is stored yet.
        """
        # Before the first reading is taken: none may show a sum of zero.
        await self._stored.async_load()
        if self._stored.meter is None:
            self._stored.meter = EnergyMeter()
            last = await self.async_get_last_sensor_data()
            if last is not None and isinstance(last.native_value, int | float):
                self._stored.meter.total = max(0.0, float(last.native_value))
        self._meter = self._stored.meter
        self._take()
        await super().async_added_to_hass()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Store the sum before the entity goes."""
        await super().async_will_remove_from_hass()
        await self._stored.async_save()

    @property
    @override
    def native_value(self) -> float | None:
        """Return the energy, to the mWh."""
        return None if (known := self._meter.known) is None else round(known, 6)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Count up to the new reading."""
        self._take()
        super()._handle_coordinator_update()

    def _take(self) -> None:
        """Give the meter a new reading, or a gap while the miner does not answer."""
        data = self.coordinator.data
        is_read = self.coordinator.last_update_success
        if is_read and data is self._seen:
            return
        interval = self.coordinator.update_interval or timedelta()
        self._meter.take(
            data.power if is_read else None,
            moment=monotonic(),
            longest=LONGEST_GAP * interval.total_seconds(),
        )
        if is_read:
            self._seen = data
            self._meter.compare(
                {
                    "lifetime": data.energy_lifetime,
                    "since_power_on": data.energy_since_power_on,
                },
                now=utcnow().timestamp(),
            )
        self._stored.async_save_soon()


_CLASSES: dict[str, type[WhatsminerSensor]] = {
    STATUS.key: WhatsminerStatusSensor,
    STARTS_TODAY.key: WhatsminerStartsSensor,
    LIMITED_BY.key: WhatsminerLimitedBySensor,
    ENERGY.key: WhatsminerEnergySensor,
}
