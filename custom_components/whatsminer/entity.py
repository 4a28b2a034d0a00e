"""What all entities of a miner share: when they write, and what controls have in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, Platform
from homeassistant.core import State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .client import CONTROLS, Capability, MinerData, MinerIdentity
from .const import DOMAIN
from .control.commands import Command, ask
from .control.queue import CommandQueue
from .coordinator import WhatsminerCoordinator
from .device_text import model_name


def unique_base(entry: ConfigEntry[Any]) -> str:
    """Return the base of the unique IDs of a miner's device and entities.

    The MAC address, as far as the miner has one to give.
    """
    return entry.unique_id or entry.entry_id


@callback
def async_register_device(coordinator: WhatsminerCoordinator) -> None:
    """Register the device of a miner, once for all of its entities.

    A later reading may show a new firmware, or what the miner did not say at first.
    """
    entry = coordinator.config_entry
    mac, host = entry.unique_id, entry.data[CONF_HOST]
    registry = dr.async_get(coordinator.hass)
    shown: MinerIdentity | None = None

    @callback
    def register() -> None:
        """Show who the miner is, where that has changed."""
        nonlocal shown
        if (identity := coordinator.data.identity) == shown:
            return
        shown = identity
        registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(DOMAIN, unique_base(entry))},
            connections={(dr.CONNECTION_NETWORK_MAC, mac)} if mac else set(),
            configuration_url=f"http://[{host}]" if ":" in host else f"http://{host}",
            manufacturer="MicroBT",
            model=model_name(identity.model),
            name=entry.title,
            serial_number=identity.serial_number,
            sw_version=identity.firmware,
            hw_version=identity.control_board,
        )

    register()
    entry.async_on_unload(coordinator.async_add_listener(register))


class WhatsminerEntity(CoordinatorEntity[WhatsminerCoordinator]):
    """An entity of one miner."""

    _attr_has_entity_name = True
    _shown: object = None
    _written: State | None = None

    def __init__(
        self, coordinator: WhatsminerCoordinator, description: EntityDescription
    ) -> None:
        """Name it after the miner that it belongs to."""
        super().__init__(coordinator)
        self.entity_description = description
        entry = coordinator.config_entry
        self.commands: CommandQueue = entry.runtime_data.commands
        base = unique_base(entry)
        self._attr_unique_id = f"{base}_{description.key}"
        registry = dr.async_get(coordinator.hass)
        self.device_entry = registry.async_get_device_by_identifier(
            (DOMAIN, base), entry.entry_id
        )

    async def async_command(self, command: Command) -> None:
        """Send a command, and say in whose name."""
        await self.commands.async_send(command, self._context)

    def take(self) -> object:
        """Take over a reading, and return all of it that the entity shows."""
        return None

    @override
    async def async_added_to_hass(self) -> None:
        """Take over the first reading before it is written."""
        self.take()
        await super().async_added_to_hass()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it shows something else, else only report it again.

        A report shows that a value holds and is not lost (`last_reported`).
        It costs a fraction of the time, and no row of the database. A control that was
        just touched snaps back with each state that is written.
        """
        shown = self.available, self.take()
        state = self.hass.states.get(self.entity_id)
        if state is not None and state is self._written and shown == self._shown:
            self.hass.states.async_set(
                self.entity_id, state.state, state.attributes, context=state.context
            )
            return
        self._shown = shown
        self.async_write_ha_state()
        self._written = self.hass.states.get(self.entity_id)


@dataclass(frozen=True, kw_only=True)
class ReadingDescription(EntityDescription):
    """Describe what only shows something."""

    control: Capability | None = None
    """What a control shows as well: where there is one, this is off by default."""


class WhatsminerReading(WhatsminerEntity):
    """Something that is only shown."""

    entity_description: ReadingDescription

    def __init__(
        self, coordinator: WhatsminerCoordinator, description: ReadingDescription
    ) -> None:
        """Leave it to the control, where there is one."""
        super().__init__(coordinator, description)
        control = description.control
        if coordinator.miner.can_write and control in coordinator.known.capabilities:
            self._attr_entity_registry_enabled_default = False


@dataclass(frozen=True, kw_only=True)
class SettingDescription(EntityDescription):
    """Describe a setting."""

    capability: Capability
    """What is asked of the miner, which it has to have among its capabilities."""
    needs_read_back: bool = True
    """Whether the entity makes sense only on miners that report the setting."""


class WhatsminerSetting(WhatsminerEntity):
    """A setting: what the miner reports, else what was set last."""

    entity_description: SettingDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the current command."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.commands.async_add_listener(self._handle_coordinator_update)
        )

    @property
    def reported(self) -> Any:
        """Return the reported value; None if the miner does not report it."""
        return CONTROLS[self.entity_description.capability].read(self.coordinator.data)

    @property
    def last_set(self) -> Any:
        """Return what was set last, as far as it still holds."""
        return self.commands.last_set.get(self.entity_description.capability)

    @property
    def current(self) -> Any:
        """Return the reported value, else what was set last.

        Never what was only asked for: automations and the history go by it.
        """
        reported = self.reported
        return self.last_set if reported is None else reported

    async def async_change(self, value: Any) -> None:
        """Change the setting and wait until the miner shows it."""
        await self.async_command(ask(self.entity_description.capability, value))


def async_add_known[Description: EntityDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[Description],
    has_fn: Callable[[Description], bool],
    add: Callable[[list[Description]], None],
) -> None:
    """Add the entities of a miner, now and when a reading shows more.

    Entities exist if the miner has the thing, whatever it happens to do just now. A
    stopped one reports less than one that hashes: what it has reported in an earlier run
    is added, too.
    """
    entry = coordinator.config_entry
    registry = er.async_get(coordinator.hass)
    base = unique_base(entry)
    known: set[str] = set()
    missing: dict[str, Description] = {}
    for each in descriptions:
        unique_id = f"{base}_{each.key}"
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        found = None if entity_id is None else registry.async_get(entity_id)
        if found is not None:
            known.add(each.key)
        # Most are off by default. Home Assistant loads the entry again where one is
        # enabled.
        if found is None or found.disabled_by is None:
            missing[each.key] = each
    seen: MinerData | None = None

    @callback
    def add_missing() -> None:
        """Add what is known of by now, where a reading has shown something new."""
        nonlocal seen
        if seen is coordinator.known:
            return
        seen = coordinator.known
        found = [each for each in missing.values() if each.key in known or has_fn(each)]
        for each in found:
            del missing[each.key]
        if found:
            add(found)

    add_missing()
    entry.async_on_unload(coordinator.async_add_listener(add_missing))


def async_add_settings[DescriptionT: SettingDescription](
    coordinator: WhatsminerCoordinator,
    platform: Platform,
    descriptions: Iterable[DescriptionT],
    make: Callable[[WhatsminerCoordinator, DescriptionT], Entity],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the settings that a miner has, if there is a password to change them with."""

    def has_setting(description: DescriptionT) -> bool:
        """Return whether the miner has the setting."""
        known = coordinator.known
        return description.capability in known.capabilities and (
            not description.needs_read_back
            or CONTROLS[description.capability].read(known) is not None
        )

    if coordinator.miner.can_write:
        async_add_known(
            coordinator,
            platform,
            descriptions,
            has_setting,
            lambda found: async_add_entities(make(coordinator, each) for each in found),
        )
