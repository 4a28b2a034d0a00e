"""One entity as the manager reads it: its value, its unit, and its age.

An entity is stored by its id in the registry, where it has one: so it may be renamed.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    PERCENTAGE,
    STATE_OFF,
    STATE_ON,
    UnitOfElectricCurrent,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    PowerConverter,
    TemperatureConverter,
)

# s for which an entity may be unavailable: Home Assistant's start takes as long.
GRACE: Final = 180.0
# What a home or a small farm may have, by the unit. Anything else is a slip, such as an
# integer that overflowed, or the -127 degrees of a sensor whose wire is broken. A charge
# may be a little off.
_POSSIBLE: Final[Mapping[str, tuple[float, float]]] = {
    UnitOfPower.WATT: (-1_000_000, 1_000_000),
    UnitOfElectricCurrent.AMPERE: (-1_000_000, 1_000_000),
    UnitOfTemperature.CELSIUS: (-90, 1000),
    PERCENTAGE: (0, 110),
}
_CONVERTERS: Final[Mapping[str, type[BaseUnitConverter]]] = {
    UnitOfPower.WATT: PowerConverter,
    UnitOfElectricCurrent.AMPERE: ElectricCurrentConverter,
    UnitOfTemperature.CELSIUS: TemperatureConverter,
}


def as_stored(hass: HomeAssistant, entity_id: str) -> str:
    """Return how an entity is stored: by its id in the registry, if it has one."""
    found = er.async_get(hass).async_get(entity_id)
    return found.id if found else entity_id


def as_entity_id(hass: HomeAssistant, stored: str) -> str | None:
    """Return the entity id of what was stored; None if it was removed."""
    return er.async_resolve_entity_id(er.async_get(hass), stored)


def state_of(hass: HomeAssistant, stored: str | None) -> State | None:
    """Return the state of what was stored; None if there is no entity, or no state."""
    entity_id = as_entity_id(hass, stored) if stored else None
    return hass.states.get(entity_id) if entity_id else None


class Meter:
    """One entity: its last value, and since when it has had none."""

    def __init__(
        self, hass: HomeAssistant, stored: str, unit: str, sign: int = 1
    ) -> None:
        """Prepare."""
        self.stored = stored
        self.value: float | None = None
        """The last that it had."""
        self.at = 0.0
        """When that was reported, in UTC seconds."""
        self.missing_since: float | None = None
        self._reported = 0.0
        self._skipped = 0.0
        self._hass = hass
        self._unit = unit
        self._sign = sign

    def read(self, now: float) -> None:
        """Look at the entity."""
        state = state_of(self._hass, self.stored)
        value = None if state is None else number_in(state, self._unit)
        if state is None or value is None:
            # The clock may have been set back meanwhile.
            self.missing_since = min(self.missing_since or now, now)
            return
        self.missing_since = None
        self.value = self._sign * value
        if (reported := state.last_reported.timestamp()) != self._reported:
            self._reported = self.at = reported
            self._skipped = 0.0
        # One from before the clock was set back is taken for one of now.
        self.at = min(self.at, now)

    def is_lost(self, now: float, minutes: float) -> bool:
        """Return whether it has been unavailable, or silent, for too long."""
        if self.missing_since is not None:
            return now - self.missing_since > GRACE
        return now - self.at - self._skipped > 60 * minutes

    def skip(self, seconds: float) -> None:
        """Count no silence for so long: the clock was set ahead."""
        self._skipped += seconds
        if self.missing_since is not None:
            self.missing_since += seconds


class Permit:
    """An entity that says whether the miners may mine, such as a switch or a pump."""

    def __init__(
        self, hass: HomeAssistant, stored: str | None, *, is_on: bool, when_lost: bool
    ) -> None:
        """Begin with what it is until it is known."""
        self.is_on = is_on
        """What it said last."""
        self._hass = hass
        self._stored = stored
        self._when_lost = when_lost
        self._started: float | None = None

    def read(self, now: float) -> tuple[bool, bool]:
        """Return whether they may mine, and whether it was just turned on.

        After the start of Home Assistant what it said before counts for a while; later
        it is lost at once.
        """
        if self._stored is None:
            return True, False
        if self._started is None:
            self._started = now
        state = state_of(self._hass, self._stored)
        if state is None or state.state not in (STATE_ON, STATE_OFF):
            is_starting = 0 <= now - self._started <= GRACE
            return (self.is_on if is_starting else self._when_lost), False
        was_on, self.is_on = self.is_on, state.state == STATE_ON
        return self.is_on, self.is_on and not was_on


def number_in(state: State, unit: str) -> float | None:
    """Return the number of a state in a unit; None if it has none.

    Without a unit to convert to, it is taken as it is. A percentage may have no unit.
    """
    try:
        value = float(state.state)
        if not isfinite(value):
            return None
        if not unit:
            return value
        own = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        if unit != PERCENTAGE:
            value = _CONVERTERS[unit].convert(value, own, unit)
        elif own and own != PERCENTAGE:
            return None
    except HomeAssistantError, TypeError, ValueError:
        # Attributes are whatever somebody has set.
        return None
    lowest, highest = _POSSIBLE[unit]
    return value if lowest <= value <= highest else None
