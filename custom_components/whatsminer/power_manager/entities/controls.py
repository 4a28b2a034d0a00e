"""How a power manager is operated: its mode, its numbers, its buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..law.models import Mode
from ..manager import ManagerConfigEntry, PowerManager
from .entity import ManagerEntity, MemberEntity, member_devices

# W: more than any grid connection of a home or a small farm has.
_MOST_POWER = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ManagerNumberDescription(NumberEntityDescription):
    """Describe a number of a power manager."""

    value_fn: Callable[[PowerManager], float | None]
    set_fn: Callable[[PowerManager, float], Awaitable[None]]
    expires_fn: Callable[[PowerManager], datetime | None] | None = None
    """When it runs out, for one that does."""


@dataclass(frozen=True, kw_only=True)
class ManagerButtonDescription(ButtonEntityDescription):
    """Describe a button of a power manager."""

    press_fn: Callable[[PowerManager], Awaitable[None]]


_WATTS: dict[str, Any] = {
    "device_class": NumberDeviceClass.POWER,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "native_min_value": 0,
    "native_max_value": _MOST_POWER,
    "native_step": 1,
    # A slider shows 0 where nothing is known, and sets it at a touch.
    "mode": NumberMode.BOX,
}

EVCC_SWITCH = SwitchEntityDescription(
    key="charger_enabled", translation_key="charger_enabled"
)
EVCC_CURRENT = ManagerNumberDescription(
    key="charger_current",
    translation_key="charger_current",
    device_class=NumberDeviceClass.CURRENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    native_min_value=0,
    native_max_value=1000,
    native_step=1,
    mode=NumberMode.BOX,
    value_fn=lambda manager: manager.charger.current,
    set_fn=lambda manager, amps: manager.async_set_charger(current=int(amps)),
)
MODE = SelectEntityDescription(
    key="mode", translation_key="mode", options=[each.value for each in Mode]
)
NUMBERS: tuple[ManagerNumberDescription, ...] = (
    ManagerNumberDescription(
        key="requested_power",
        translation_key="requested_power",
        value_fn=lambda manager: manager.requested_power,
        set_fn=lambda manager, watts: manager.async_request(watts),
        expires_fn=lambda manager: manager.request_expires,
        **_WATTS,
    ),
    ManagerNumberDescription(
        key="power_cap",
        translation_key="power_cap",
        value_fn=lambda manager: manager.power_cap,
        set_fn=lambda manager, watts: manager.async_set_cap(watts),
        **_WATTS,
    ),
)
END_HOLD = ManagerButtonDescription(
    key="end_hold",
    translation_key="end_hold",
    press_fn=lambda manager: manager.async_end_hold(),
)
BUTTONS: tuple[ManagerButtonDescription, ...] = (
    END_HOLD,
    # A number cannot be emptied again.
    ManagerButtonDescription(
        key="remove_power_cap",
        translation_key="remove_power_cap",
        press_fn=lambda manager: manager.async_set_cap(None),
    ),
)


async def async_setup_select(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the choice of a mode."""
    async_add_entities([ManagerModeSelect(entry.runtime_data, MODE)])


async def async_setup_numbers(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of a manager."""
    manager = entry.runtime_data
    evcc = (EVCC_CURRENT,) if manager.settings.evcc else ()
    async_add_entities(ManagerNumber(manager, each) for each in (*NUMBERS, *evcc))


async def async_setup_switch(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switch that evcc wants."""
    manager = entry.runtime_data
    if manager.settings.evcc:
        async_add_entities([ManagerChargerSwitch(manager, EVCC_SWITCH)])


async def async_setup_buttons(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of a manager, and one on each of its miners."""
    manager = entry.runtime_data
    async_add_entities(ManagerButton(manager, each) for each in BUTTONS)
    async_add_entities(
        MemberEndHold(manager, END_HOLD, miner, device)
        for miner, device in member_devices(hass, manager).items()
    )


class ManagerModeSelect(ManagerEntity, SelectEntity):
    """What a power manager does."""

    @property
    @override
    def current_option(self) -> str:
        """Return the mode."""
        return self.manager.mode

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the mode."""
        await self.manager.async_set_mode(Mode(option))


class ManagerNumber(ManagerEntity, NumberEntity):
    """A power or a current that a power manager is given."""

    entity_description: ManagerNumberDescription

    @property
    @override
    def native_value(self) -> float | None:
        """Return what is given; None where nothing is."""
        return self.entity_description.value_fn(self.manager)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return when it runs out."""
        if (expires_fn := self.entity_description.expires_fn) is None:
            return None
        return {"expires": expires_fn(self.manager)}

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Give the manager a number."""
        self.refuse_no_number(value, self.native_min_value, self.native_max_value)
        await self.entity_description.set_fn(self.manager, value)


class ManagerChargerSwitch(ManagerEntity, SwitchEntity):
    """Whether evcc has its charger on; it reads and sets the same switch."""

    @property
    @override
    def is_on(self) -> bool:
        """Return what evcc has set."""
        return self.manager.charger.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Request power."""
        await self.manager.async_set_charger(is_on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Request no power."""
        await self.manager.async_set_charger(is_on=False)


class ManagerButton(ManagerEntity, ButtonEntity):
    """Something that a power manager does once."""

    entity_description: ManagerButtonDescription

    @override
    async def async_press(self) -> None:
        """Have the manager do it."""
        await self.entity_description.press_fn(self.manager)


class MemberEndHold(MemberEntity, ButtonEntity):
    """Ends the hold of one miner."""

    @override
    async def async_press(self) -> None:
        """Let the manager have the miner again."""
        await self.manager.async_end_hold(self.miner)
