"""Sensors of a miner."""

from datetime import timedelta
from time import monotonic
from typing import Any, override

from homeassistant.components.sensor import RestoreSensor, SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.dt import utcnow

from .client import Capability, MinerData
from .const import is_manager
from .coordinator import WhatsminerCoordinator
from .derived import limited_by
from .energy import EnergyMeter
from .entity import WhatsminerReading, async_add_known
from .power_manager.entities import sensors
from .sensor_descriptions import (
    ENERGY,
    IP_ADDRESS,
    LIMITED_BY,
    SENSORS,
    STARTS_TODAY,
    STATUS,
    WhatsminerSensorDescription,
)
from .storage import stored_energy

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


class WhatsminerSensor(WhatsminerReading, SensorEntity):
    """A reading of a miner."""

    entity_description: WhatsminerSensorDescription
    _unrecorded_attributes = frozenset({"errors"})
    _moment: object = None
    _since = 0.0

    def read(self) -> Any:
        """Return the reading."""
        return self.entity_description.value_fn(self.coordinator.data)

    @override
    def take(self) -> object:
        """Take over the reading, if it differs enough from the one that is shown.

        Whatever the miner does now, rather than before, is shown at once.
        """
        value, data = self.read(), self.coordinator.data
        if isinstance(value, str):
            value = value[:MAX_LENGTH_STATE_STATE]
        elif (band := self.entity_description.deadband) is not None:
            value, now = band.rounded(value), monotonic()
            moment = (self.available, data.state)
            age = now - self._since if moment == self._moment else None
            if age is None:
                self._moment = moment
            if band.holds(self._attr_native_value, value, age):
                value = self._attr_native_value
            else:
                self._since = now
        self._attr_native_value = value
        if (attributes_fn := self.entity_description.attributes_fn) is not None:
            self._attr_extra_state_attributes = attributes_fn(data)
            return value, self._attr_extra_state_attributes
        return value


class WhatsminerAddressSensor(WhatsminerSensor):
    """Where the miner is asked."""

    @override
    def read(self) -> str:
        """Return the address that is in use."""
        return self.coordinator.miner.host


class WhatsminerCommandsSensor(WhatsminerSensor):
    """A reading that commands to the miner count for, too."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what is under way."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.commands.async_add_listener(self._handle_coordinator_update)
        )


class WhatsminerStatusSensor(WhatsminerCommandsSensor):
    """What a miner is doing, or begins to do."""

    @override
    def read(self) -> Any:
        """Return the command under way, else what the miner says."""
        pending = self.commands.pending
        if pending is not None and pending.key in (STATUS.options or ()):
            return pending.key
        return super().read()


class WhatsminerStartsSensor(WhatsminerCommandsSensor):
    """How often mining was started since midnight."""

    @override
    def read(self) -> int:
        """Return what was noted."""
        return self.commands.starts.today


class WhatsminerLimitedBySensor(WhatsminerCommandsSensor):
    """What holds a miner back."""

    @override
    def read(self) -> str | None:
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
        self._stored = stored_energy(coordinator.hass)
        self._meter = EnergyMeter()
        self._seen: MinerData | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Go on where the last run ended.

        The state that Home Assistant restores goes by the entity id, and is another
        entity's after a renaming: it counts only where nothing is stored yet.
        """
        # Before the first reading is taken: none may show a sum of zero.
        meters = await self._stored.async_load()
        entry_id = self.coordinator.config_entry.entry_id
        if entry_id not in meters:
            total = 0.0
            last = await self.async_get_last_sensor_data()
            if last is not None and isinstance(last.native_value, int | float):
                total = max(0.0, float(last.native_value))
            meters[entry_id] = EnergyMeter(total=total)
        # The same entity comes again when it is renamed: that is no gap.
        if self._meter is not meters[entry_id]:
            self._meter = meters[entry_id]
            self._meter.note_gap()
        await super().async_added_to_hass()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Store the sum before the entity goes."""
        await super().async_will_remove_from_hass()
        await self._stored.async_save()

    @override
    def read(self) -> float | None:
        """Count up to the new reading, or a gap while the miner does not answer."""
        data = self.coordinator.data
        is_read = self.coordinator.last_update_success
        if not is_read or data is not self._seen:
            self._count(data if is_read else None)
        return self._meter.known

    def _count(self, data: MinerData | None) -> None:
        """Give the meter a new reading; None for a gap."""
        interval = self.coordinator.update_interval or timedelta()
        self._meter.take(
            None if data is None else data.power,
            moment=monotonic(),
            longest=LONGEST_GAP * interval.total_seconds(),
        )
        if data is not None:
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
    IP_ADDRESS.key: WhatsminerAddressSensor,
    STARTS_TODAY.key: WhatsminerStartsSensor,
    LIMITED_BY.key: WhatsminerLimitedBySensor,
    ENERGY.key: WhatsminerEnergySensor,
}
