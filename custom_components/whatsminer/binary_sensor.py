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

from . import faults
from .client import MinerData
from .coordinator import WhatsminerCoordinator
from .entity import WhatsminerEntity
from .existence import async_add_as_told
from .runtime import WhatsminerConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerBinarySensorDescription(BinarySensorEntityDescription):
    """Describe a binary sensor of a miner."""

    has_fn: Callable[[MinerData], bool] = lambda _: True
    is_on_fn: Callable[[WhatsminerCoordinator], bool | None]


def _write_access(coordinator: WhatsminerCoordinator) -> bool | None:
    """Return whether the miner can be steered; never without a password."""
    return coordinator.miner.write_access if coordinator.miner.can_write else False


def _pool_connected(data: MinerData) -> bool | None:
    """Return whether the miner works for a pool; None when it tells of none."""
    known = [
        connected
        for pool in data.pools
        if (connected := pool.alive and pool.active) is not None
    ]
    return any(known) if known else None


BINARY_SENSORS: tuple[WhatsminerBinarySensorDescription, ...] = (
    WhatsminerBinarySensorDescription(
        key="mining",
        translation_key="mining",
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on_fn=lambda coordinator: coordinator.data.mining,
    ),
    WhatsminerBinarySensorDescription(
        key="write_access",
        translation_key="write_access",
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=_write_access,
    ),
    WhatsminerBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on_fn=lambda coordinator: faults.is_problem(coordinator.data),
    ),
    WhatsminerBinarySensorDescription(
        key="pool_connected",
        translation_key="pool_connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        is_on_fn=lambda coordinator: _pool_connected(coordinator.data),
    ),
    WhatsminerBinarySensorDescription(
        key="hash_stable",
        translation_key="hash_stable",
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda data: data.hash_stable is not None,
        is_on_fn=lambda coordinator: coordinator.data.hash_stable,
    ),
    WhatsminerBinarySensorDescription(
        key="liquid_cooled",
        translation_key="liquid_cooled",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        has_fn=lambda data: data.liquid_cooled is not None,
        is_on_fn=lambda coordinator: coordinator.data.liquid_cooled,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of one miner."""
    coordinator = entry.runtime_data.coordinator
    async_add_as_told(
        coordinator,
        Platform.BINARY_SENSOR,
        BINARY_SENSORS,
        lambda each: each.has_fn(coordinator.known),
        lambda found: async_add_entities(
            WhatsminerBinarySensor(coordinator, description) for description in found
        ),
    )


class WhatsminerBinarySensor(WhatsminerEntity, BinarySensorEntity):
    """Something about a miner that is so or not."""

    entity_description: WhatsminerBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is so."""
        return self.entity_description.is_on_fn(self.coordinator)
