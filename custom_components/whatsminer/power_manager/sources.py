"""Home Assistant's entities as the manager reads them: units, signs, and ages.

An entity is stored by its id in the registry, where it has one: so it may be renamed.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, Final

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_OFF,
    STATE_ON,
    UnitOfElectricCurrent,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    PowerConverter,
    TemperatureConverter,
)

from ..const import (
    BATTERY_POSITIVE,
    CONF_BATTERY,
    CONF_BATTERY_POSITIVE,
    CONF_CHARGE,
    CONF_GRID,
    CONF_GRID_POSITIVE,
    CONF_LOAD,
    CONF_PV,
    GRID_POSITIVE,
)
from .models import Source
from .settings import Settings

# s for which an entity may be unavailable: Home Assistant's start takes as long.
GRACE: Final = 180.0
PHASES: Final = ("1", "2", "3")
# W, A or degrees that no home and no small farm has: what is more is a slip, such as an
# integer that overflowed.
_MOST: Final = 1_000_000
# The options whose entities are not read here, but have to be there all the same.
_OTHERS: Final = (
    "allowed",
    "pump",
    "price",
    "price_tomorrow",
    "cheap_limit_entity",
    "cheap_while",
    "hash_price",
    "feed_in",
)

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
        """Prepare; a percentage has no unit to convert."""
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
        value = None if state is None else _number(state, self._unit)
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
        self._missing_since: float | None = None
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


class Sources:
    """All entities that a manager goes by."""

    def __init__(
        self, hass: HomeAssistant, data: Mapping[str, Any], settings: Settings
    ) -> None:
        """Prepare to read them."""
        self._hass = hass
        self._settings = settings
        grid_sign = _sign(data, CONF_GRID_POSITIVE, GRID_POSITIVE)
        battery_sign = _sign(data, CONF_BATTERY_POSITIVE, BATTERY_POSITIVE)

        def meter(stored: str | None, unit: str, sign: int = 1) -> Meter | None:
            """Return the meter of an entity, if there is one."""
            return Meter(hass, stored, unit, sign) if stored else None

        self._grid = meter(data.get(CONF_GRID), UnitOfPower.WATT, grid_sign)
        self._pv = meter(data.get(CONF_PV), UnitOfPower.WATT, -1)
        self._load = meter(data.get(CONF_LOAD), UnitOfPower.WATT)
        self._battery = meter(data.get(CONF_BATTERY), UnitOfPower.WATT, battery_sign)
        self._charge = meter(data.get(CONF_CHARGE), "")
        self.reserve = meter(settings.reserve, UnitOfPower.WATT)
        self.room = meter(settings.room, UnitOfTemperature.CELSIUS)
        self.temperatures = {
            name: found
            for name in ("temperature", "inlet", "outlet")
            if (found := meter(getattr(settings, name), UnitOfTemperature.CELSIUS))
        }
        """Those that have a limit, by their options."""
        self.permit = Permit(
            hass, settings.allowed, is_on=True, when_lost=settings.allowed_when_lost
        )
        self.pump = Permit(hass, settings.pump, is_on=False, when_lost=False)
        self.phases = {
            phase: found
            for phase in PHASES
            if (stored := getattr(settings, f"phase_{phase}"))
            and (found := meter(stored, UnitOfElectricCurrent.AMPERE))
        }

    @property
    def missing(self) -> list[str]:
        """Return the entities that are in no registry and have no state."""
        stored = dict.fromkeys(self._stored())
        return [each for each in stored if state_of(self._hass, each) is None]

    def read(self, now: float) -> Source:
        """Read them all; return what the meters of the grid connection report.

        What is not available just now is as it was until it counts as lost.
        """
        for each in self._meters():
            each.read(now)
        lost_after = self._settings.lost_after
        powers = [self._grid] if self._grid else [self._pv, self._load]
        known = [each for each in powers if each is not None]
        values = [each.value for each in known]
        needed = [*known, self._battery] if self._battery else known
        grid = None if None in values else sum(each or 0.0 for each in values)
        battery = None if self._battery is None else self._battery.value
        if grid is not None and self._grid is None and battery is not None:
            # The load takes what neither the panels nor the battery give.
            grid -= battery
        charge = self._charge
        is_known = charge and not charge.is_lost(now, self._settings.charge_lost_after)
        return Source(
            grid=grid,
            taken_at=max((each.at for each in known), default=0.0),
            battery=battery,
            charge=charge.value if charge and is_known else None,
            is_lost=any(each.is_lost(now, lost_after) for each in needed),
        )

    def skip(self, seconds: float) -> None:
        """Take none of them for silent for so long: the clock was set ahead."""
        for each in self._meters():
            each.skip(seconds)

    @callback
    def async_listen(self, update: Callable[[], None]) -> CALLBACK_TYPE:
        """Call this at each report of one of them; returns how to end it."""
        unsubscribe: list[CALLBACK_TYPE] = []

        @callback
        def end() -> None:
            """Listen no more."""
            while unsubscribe:
                unsubscribe.pop()()

        @callback
        def reported(event: Event[Any]) -> None:
            """Let it be looked at."""
            update()

        @callback
        def renamed(event: Event[Any]) -> None:
            """Listen to the new name."""
            end()
            listen()
            update()

        @callback
        def listen() -> None:
            """Listen to the names of now."""
            names = [as_entity_id(self._hass, each) for each in self._stored()]
            ids = [each for each in names if each]
            hass = self._hass
            unsubscribe[:] = (
                async_track_state_change_event(hass, ids, reported),
                async_track_state_report_event(hass, ids, reported),
                async_track_entity_registry_updated_event(hass, ids, renamed),
            )

        listen()
        return end

    def _meters(self) -> Iterator[Meter]:
        """Yield all entities with a number."""
        for each in (
            self._grid,
            self._pv,
            self._load,
            self._battery,
            self._charge,
            self.reserve,
            self.room,
            *self.temperatures.values(),
            *self.phases.values(),
        ):
            if each is not None:
                yield each

    def _stored(self) -> list[str]:
        """Return all entities, as they are stored."""
        meters = [each.stored for each in self._meters()]
        others = [getattr(self._settings, each) for each in _OTHERS]
        return [*meters, *(each for each in others if each)]


def _sign(data: Mapping[str, Any], key: str, words: tuple[str, str]) -> int:
    """Return 1 if a sensor calls positive what the manager does, else -1."""
    return -1 if data.get(key, words[0]) == words[1] else 1


def _number(state: State, unit: str) -> float | None:
    """Return the number of a state in a unit; None if it has none."""
    try:
        value = float(state.state)
        if not isfinite(value):
            return None
        if not unit:
            return value
        own = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        value = _CONVERTERS[unit].convert(value, own, unit)
    except HomeAssistantError, TypeError, ValueError:
        # Attributes are whatever somebody has set.
        return None
    return value if abs(value) <= _MOST else None
