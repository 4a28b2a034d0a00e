"""All entities that the manager goes by, and what the meters of the grid mean."""

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any, Final

from homeassistant.const import (
    PERCENTAGE,
    UnitOfElectricCurrent,
    UnitOfPower,
    UnitOfTemperature,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
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
    DOMAIN,
    GRID_POSITIVE,
    is_manager,
)
from .law.models import Source
from .meters import Meter, Permit, as_entity_id, state_of
from .options.pages import SENSORS
from .settings import Settings

PHASES: Final = ("1", "2", "3")


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

        def meter(stored: Any, unit: str, sign: int = 1) -> Meter | None:
            """Return the meter of an entity, if there is one; it may not exist."""
            return Meter(hass, str(stored), unit, sign) if stored else None

        self._grid = meter(data.get(CONF_GRID), UnitOfPower.WATT, grid_sign)
        self._pv = meter(data.get(CONF_PV), UnitOfPower.WATT, -1)
        self._load = meter(data.get(CONF_LOAD), UnitOfPower.WATT)
        self._battery = meter(data.get(CONF_BATTERY), UnitOfPower.WATT, battery_sign)
        self._charge = meter(data.get(CONF_CHARGE), PERCENTAGE)
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
        return [each for each in self._stored() if state_of(self._hass, each) is None]

    def unreadable_reserve(self, now: float) -> list[str]:
        """Return the entity of the power to keep free, if that cannot be read."""
        if (reserve := self.reserve) is None or not reserve.is_lost(now, inf):
            return []
        # One that does not exist is missing.
        entity_id = as_entity_id(self._hass, reserve.stored)
        return [entity_id] if entity_id and self._hass.states.get(entity_id) else []

    def read(self, now: float) -> Source:
        """Read them all; return what the meters of the grid connection report.

        What is not available just now is as it was until it counts as lost.
        """
        for each in self._meters():
            each.read(now)
        lost_after = self._settings.lost_after
        powers = [self._grid] if self._grid else [self._pv, self._load]
        known = [each for each in powers if each is not None]
        values = [each.value if each else None for each in powers]
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
            is_lost=None in powers
            or any(each.is_lost(now, lost_after) for each in needed),
        )

    def skip(self, seconds: float) -> None:
        """Take none of them for silent for so long: the clock was set ahead."""
        for each in self._meters():
            each.skip(seconds)

    @callback
    def async_listen(self, update: Callable[[], None]) -> CALLBACK_TYPE:
        """Call this at each report of one of them; returns how to end it.

        What a manager itself reports is only read: each step would cause the next.
        """
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
            hass = self._hass
            ids = [each for each in names if each and not _is_of_manager(hass, each)]
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
        """Return all entities, as they are stored, each once."""
        meters = [each.stored for each in self._meters()]
        chosen = [getattr(self._settings, each) for each in SENSORS]
        return list(dict.fromkeys([*meters, *filter(None, chosen)]))


def _is_of_manager(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether an entity is that of a power manager, this one or another."""
    found = er.async_get(hass).async_get(entity_id)
    entry_id = found.config_entry_id if found else None
    entry = hass.config_entries.async_get_entry(entry_id) if entry_id else None
    return entry is not None and entry.domain == DOMAIN and is_manager(entry)


def _sign(data: Mapping[str, Any], key: str, words: tuple[str, str]) -> int:
    """Return 1 if a sensor calls positive what the manager does, else -1."""
    return -1 if data.get(key, words[0]) == words[1] else 1
