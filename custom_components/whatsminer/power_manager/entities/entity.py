"""What the entities of a power manager share."""

from math import isfinite
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from ...const import DOMAIN
from ...entity import unique_base
from ...names import shown_name
from ..manager import ManagerConfigEntry, PowerManager
from ..status import MinerStatus

CHARGER_KEYS = ("charger_current", "charger_enabled", "charger_status")
"""What is there for evcc."""

HEAT_KEY = "thermostat"
"""What is there when something is heated."""

MEMBER_KEYS = ("end_hold", "held_until", "managed", "planned_power")
"""What is on the device of each miner: its unique id names the miner, too."""


def device_info(entry: ManagerConfigEntry) -> DeviceInfo:
    """Return what the device of a manager is."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        model="Power manager",
        name=entry.title,
    )


class ManagerEntity(Entity):
    """An entity of a power manager, on its own device."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, manager: PowerManager, description: EntityDescription) -> None:
        """Name it after the manager."""
        entry = manager.entry
        self.manager = manager
        self.entity_description = description
        # Not by the entry's unique id: it changes with the sensor of the grid.
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = device_info(entry)

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what the manager does."""
        await super().async_added_to_hass()
        self.async_on_remove(self.manager.async_add_listener(self.async_write_ha_state))

    def refuse_no_number(self, value: float, lowest: float, highest: float) -> None:
        """Raise a translated error for what is no number: Home Assistant lets it through."""
        if not isfinite(value):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="out_of_range",
                translation_placeholders={
                    "name": shown_name(self.hass, self.manager.entry),
                    "lowest": f"{lowest:.10g}",
                    "highest": f"{highest:.10g}",
                },
            )


class MemberEntity(ManagerEntity):
    """An entity of a power manager on the device of one of its miners."""

    def __init__(
        self,
        manager: PowerManager,
        description: EntityDescription,
        miner: str,
        device: dr.DeviceEntry,
    ) -> None:
        """Put it on the miner's device, which stays that of the miner's entry."""
        super().__init__(manager, description)
        self.miner = miner
        self._attr_unique_id = f"{manager.entry.entry_id}_{miner}_{description.key}"
        self._attr_device_info = None
        self.device_entry = device

    @property
    def status(self) -> MinerStatus:
        """Return what the manager does with the miner."""
        return self.manager.status.miners.get(self.miner, MinerStatus())


@callback
def member_devices(
    hass: HomeAssistant, manager: PowerManager
) -> dict[str, dr.DeviceEntry]:
    """Return the devices of a manager's miners, as far as there are any, by entry."""
    registry, found = dr.async_get(hass), {}
    for miner in manager.members:
        if (entry := hass.config_entries.async_get_entry(miner)) is None:
            continue
        device = registry.async_get_device_by_identifier(
            (DOMAIN, unique_base(entry)), miner
        )
        if isinstance(device, dr.DeviceEntry):
            found[miner] = device
    return found


@callback
def forget_others(
    hass: HomeAssistant, manager: PowerManager, unwanted: set[str]
) -> None:
    """Remove the entities of miners and options that the manager no longer has.

    `unwanted` are the keys of sensors that its options do not ask for.
    """
    registry, entry_id = er.async_get(hass), manager.entry.entry_id
    for each in er.async_entries_for_config_entry(registry, entry_id):
        own = each.unique_id.removeprefix(f"{entry_id}_")
        miner, _, key = own.partition("_")
        settings = manager.settings
        if (
            (key in MEMBER_KEYS and miner not in manager.members)
            or (own in CHARGER_KEYS and not settings.evcc)
            or (own == HEAT_KEY and not settings.room)
            or own in unwanted
        ):
            registry.async_remove(each.entity_id)
