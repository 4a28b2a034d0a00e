"""The thermostat of a power manager."""

from typing import Any, override

from homeassistant.components.climate import (
    ATTR_HVAC_MODE,
    PRESET_NONE,
    ClimateEntity,
    ClimateEntityDescription,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import ATTR_TEMPERATURE, PRECISION_TENTHS, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..heating import LOWEST, HeatStatus
from ..manager import ManagerConfigEntry, PowerManager
from .entity import ManagerEntity

THERMOSTAT = ClimateEntityDescription(key="thermostat", translation_key="thermostat")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ManagerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the thermostat, if there is something to heat."""
    manager = entry.runtime_data
    if manager.settings.room:
        async_add_entities([ManagerThermostat(manager, THERMOSTAT)])


class ManagerThermostat(ManagerEntity, ClimateEntity):
    """Asks for heat while the mode is *Automatic*."""

    _attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT]
    _attr_min_temp = LOWEST
    _attr_precision = PRECISION_TENTHS
    _attr_target_temperature_step = 0.5
    _attr_temperature_unit = UnitOfTemperature.CELSIUS
    # Home Assistant 2026.11 calls it so, and complains of the name before.
    _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_supported_features = (
        ClimateEntityFeature.TARGET_TEMPERATURE
        | ClimateEntityFeature.TURN_ON
        | ClimateEntityFeature.TURN_OFF
    )

    def __init__(
        self, manager: PowerManager, description: ClimateEntityDescription
    ) -> None:
        """Offer the presets that have a target."""
        super().__init__(manager, description)
        self._attr_max_temp = manager.heating.highest
        if presets := manager.heating.presets:
            self._attr_supported_features |= ClimateEntityFeature.PRESET_MODE
            self._attr_preset_modes = [PRESET_NONE, *presets]

    @property
    @override
    def current_temperature(self) -> float | None:
        """Return what the sensor shows; None: not known."""
        return self.manager.heating.temperature

    @property
    @override
    def target_temperature(self) -> float:
        """Return the temperature to keep."""
        return self.manager.heating.target

    native_current_temperature = current_temperature
    native_target_temperature = target_temperature

    @property
    @override
    def preset_mode(self) -> str:
        """Return the preset."""
        return self.manager.heating.preset or PRESET_NONE

    @property
    @override
    def hvac_mode(self) -> HVACMode:
        """Return whether heat is a reason to mine."""
        is_on = self.manager.heating.thermostat.is_on
        return HVACMode.HEAT if is_on else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction:
        """Return whether it heats."""
        match self.manager.heating.status:
            case HeatStatus.OFF:
                return HVACAction.OFF
            case HeatStatus.HEATING:
                return HVACAction.HEATING
        return HVACAction.IDLE

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return why it heats or not, and the W that it asks for."""
        heating = self.manager.heating
        return {"status": heating.status, "demand": round(heating.demand)}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Make heat a reason to mine, or no longer."""
        await self.manager.async_set_thermostat(is_on=hvac_mode is HVACMode.HEAT)

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Take the target of a preset, or the one that was set by hand before."""
        preset = None if preset_mode == PRESET_NONE else preset_mode
        await self.manager.async_set_thermostat(preset=preset)

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Set the target, which ends a preset."""
        target = kwargs[ATTR_TEMPERATURE]
        self.refuse_no_number(target, self.min_temp, self.max_temp)
        changes: dict[str, Any] = {"target": target, "preset": None}
        if (hvac_mode := kwargs.get(ATTR_HVAC_MODE)) is not None:
            changes["is_on"] = hvac_mode == HVACMode.HEAT
        await self.manager.async_set_thermostat(**changes)
