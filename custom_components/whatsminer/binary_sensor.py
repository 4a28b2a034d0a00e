"""Binary sensors of a miner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import Capability, MinerData
from .derived import has_problem
from .entity import ReadingDescription, WhatsminerReading, async_add_known
from .runtime import WhatsminerConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerBinarySensorDescription(
    ReadingDescription, BinarySensorEntityDescription
):
    """Describe a binary sensor of a miner."""

    has_fn: Callable[[MinerData], bool] = lambda _: True
    value_fn: Callable[[MinerData], bool | None]


def _pool_connected(data: MinerData) -> bool | None:
    """Return whether the miner works for a pool; None when it reports none."""
    known = [
        connected
        for pool in data.pools
        if (connected := pool.alive and pool.active) is not None
    ]
    return any(known) if known else None


WRITE_ACCESS = WhatsminerBinarySensorDescription(
    key="write_access",
    translation_key="write_access",
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    # It shows in how commands go, not in a reading.
    value_fn=lambda _: None,
)
BINARY_SENSORS: tuple[WhatsminerBinarySensorDescription, ...] = (
    WhatsminerBinarySensorDescription(
        key="mining",
        translation_key="mining",
        control=Capability.START_STOP,
        device_class=BinarySensorDeviceClass.RUNNING,
        value_fn=lambda data: data.mining,
    ),
    WRITE_ACCESS,
    WhatsminerBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=has_problem,
    ),
    WhatsminerBinarySensorDescription(
        key="pool_connected",
        translation_key="pool_connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        value_fn=_pool_connected,
    ),
    WhatsminerBinarySensorDescription(
        key="hash_stable",
        translation_key="hash_stable",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        has_fn=lambda data: data.hash_stable is not None,
        value_fn=lambda data: data.hash_stable,
    ),
    WhatsminerBinarySensorDescription(
        key="liquid_cooled",
        translation_key="liquid_cooled",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        has_fn=lambda data: data.liquid_cooled is not None,
        value_fn=lambda data: data.liquid_cooled,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of one miner."""
    coordinator = entry.runtime_data.coordinator
    async_add_known(
        coordinator,
        Platform.BINARY_SENSOR,
        BINARY_SENSORS,
        lambda each: each.has_fn(coordinator.known),
        lambda found: async_add_entities(
            (
                WhatsminerWriteAccess
                if description is WRITE_ACCESS
                else WhatsminerBinarySensor
            )(coordinator, description)
            for description in found
        ),
    )


class WhatsminerBinarySensor(WhatsminerReading, BinarySensorEntity):
    """A reading of a miner that is so or not."""

    entity_description: WhatsminerBinarySensorDescription

    def read(self) -> bool | None:
        """Return whether it is so."""
        return self.entity_description.value_fn(self.coordinator.data)

    @override
    def take(self) -> object:
        """Take over the reading."""
        self._attr_is_on = self.read()
        return self._attr_is_on


class WhatsminerWriteAccess(WhatsminerBinarySensor):
    """Whether a miner can be steered; never without a password."""

    @override
    def read(self) -> bool | None:
        """Return whether it can, as far as it has shown."""
        miner = self.coordinator.miner
        return miner.write_access if miner.can_write else False
