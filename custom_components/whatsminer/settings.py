"""What entities share that change a setting of a miner."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from homeassistant.const import Platform
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import Capability, MinerData
from .commands import change
from .coordinator import WhatsminerCoordinator
from .entity import WhatsminerEntity
from .existence import async_add_as_told


@dataclass(frozen=True, kw_only=True)
class SettingDescription(EntityDescription):
    """Describe a setting."""

    what: Capability
    """The capability that a miner has whose setting this is."""
    shown_fn: Callable[[MinerData], Any] = lambda _: None
    """Reads the setting back; None where the miner does not tell it."""
    needs_telling: bool = True
    """Whether the entity makes sense only on miners that tell the setting."""
    timeout: float = 45
    """Seconds within which the miner has to show a change."""


class WhatsminerSetting(WhatsminerEntity):
    """A setting: it shows what the miner tells, or what it is just changing to."""

    entity_description: SettingDescription

    @property
    def setting(self) -> Any:
        """Return the value under way, else what the miner tells."""
        pending = self.coordinator.pending
        if pending is not None and pending.target is not None:
            key, value = pending.target
            if key == self.entity_description.key:
                return value
        return self.entity_description.shown_fn(self.coordinator.data)

    @property
    def last_set(self) -> Any:
        """Return what it was set to last, for miners that do not tell."""
        return self.coordinator.last_set.get(self.entity_description.key)

    async def async_change(self, value: Any) -> None:
        """Change the setting and wait until the miner shows it."""
        description = self.entity_description
        await self.coordinator.async_command(
            change(
                description.key,
                description.what,
                value,
                shown=description.shown_fn,
                timeout=description.timeout,
            )
        )


def async_add_settings[DescriptionT: SettingDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[DescriptionT],
    make: Callable[[WhatsminerCoordinator, DescriptionT], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the settings that a miner has, if there is a password to change them with."""

    def has(description: DescriptionT) -> bool:
        """Tell whether the miner has the setting."""
        known = coordinator.known
        return description.what in known.capabilities and (
            not description.needs_telling or description.shown_fn(known) is not None
        )

    if coordinator.miner.can_write:
        async_add_as_told(
            coordinator,
            platform,
            descriptions,
            has,
            lambda found: async_add_entities(make(coordinator, each) for each in found),
        )
