"""Binary sensors of a miner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import WhatsminerConfigEntry, WhatsminerCoordinator
from .entity import WhatsminerEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class WhatsminerBinarySensorDescription(BinarySensorEntityDescription):
    """Describe a binary sensor of a miner."""

    is_on_fn: Callable[[WhatsminerCoordinator], bool | None]


def _write_access(coordinator: WhatsminerCoordinator) -> bool | None:
    """Return whether the miner can be steered; never without a password."""
    return coordinator.miner.write_access if coordinator.miner.can_write else False


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
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of one miner."""
    async_add_entities(
        WhatsminerBinarySensor(entry.runtime_data, description)
        for description in BINARY_SENSORS
    )


class WhatsminerBinarySensor(WhatsminerEntity, BinarySensorEntity):
    """Something about a miner that is so or not."""

    entity_description: WhatsminerBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is so."""
        return self.entity_description.is_on_fn(self.coordinator)
