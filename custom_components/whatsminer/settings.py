"""What entities share that change a setting of a miner."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import CONTROLS, Capability
from .control.commands import ask
from .coordinator import WhatsminerCoordinator
from .entity import WhatsminerEntity
from .existence import async_add_as_told


@dataclass(frozen=True, kw_only=True)
class SettingDescription(EntityDescription):
    """Describe a setting."""

    what: Capability
    """The capability that a miner has whose setting this is."""
    needs_read_back: bool = True
    """Whether the entity makes sense only on miners that report the setting."""


class WhatsminerSetting(WhatsminerEntity):
    """A setting: what the miner reports, else what was set last."""

    entity_description: SettingDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what is under way."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.commands.async_add_listener(self.async_write_ha_state)
        )

    @property
    def reported(self) -> Any:
        """Return what the miner reports; None where it does not."""
        return CONTROLS[self.entity_description.what].read(self.coordinator.data)

    @property
    def current(self) -> Any:
        """Return what the miner reports, else what was set last."""
        reported = self.reported
        if reported is not None:
            return reported
        return self.commands.last_set.get(self.entity_description.what)

    @property
    def target(self) -> Any:
        """Return the value that is just being set, else the one in force."""
        pending = self.commands.pending
        if pending is not None and pending.target is not None:
            setting, value = pending.target
            if setting is self.entity_description.what:
                return value
        return self.current

    async def async_change(self, value: Any) -> None:
        """Change the setting and wait until the miner shows it."""
        await self.commands.async_send(ask(self.entity_description.what, value))


def async_add_settings[DescriptionT: SettingDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[DescriptionT],
    make: Callable[[WhatsminerCoordinator, DescriptionT], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the settings that a miner has, if there is a password to change them with."""

    def has(description: DescriptionT) -> bool:
        """Return whether the miner has the setting."""
        known = coordinator.known
        return description.what in known.capabilities and (
            not description.needs_read_back
            or CONTROLS[description.what].read(known) is not None
        )

    if coordinator.miner.can_write:
        async_add_as_told(
            coordinator,
            platform,
            descriptions,
            has,
            lambda found: async_add_entities(make(coordinator, each) for each in found),
        )
