"""What the house of a day has for Home Assistant: its meters, prices and its room."""

from datetime import UTC, datetime
from math import inf
from typing import Any

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant

from tests.power_manager.days import Day
from tests.power_manager.machine import STEP
from tests.power_manager.player import Meter, Store
from tests.power_manager.room import Air
from tests.power_manager.tariff import Price, Tariff

GRID = "sensor.grid"
BATTERY = "sensor.battery"
CHARGE = "sensor.charge"
PRICE = "sensor.price"
FEED_IN = "sensor.feed_in"
ROOM = "sensor.room"

_ROOM_EVERY = 60.0
"""s between two reports of the room."""
_MONEY = "EUR/kWh"
_CELSIUS = {"unit_of_measurement": "°C", "device_class": "temperature"}


class House:
    """Reports what there is at each moment."""

    def __init__(self, hass: HomeAssistant, day: Day) -> None:
        """Begin in the morning."""
        self.meter = Meter(day)
        self.store = Store(day.battery) if day.battery else None
        self.air = Air(day.room) if day.room else None
        self.temperatures: list[float] = []
        self._hass = hass
        self._day = day
        self._price, self._feed_in = Tariff(day.price), Tariff(day.feed_in)
        self._prices_at = -inf

    def report(self, passed: float) -> None:
        """Report what is due after so many s."""
        if (reported := self.meter.report(passed, passed, self.store)) is not None:
            for entity_id, value, unit in (
                (GRID, reported.grid, "W"),
                (BATTERY, reported.battery, "W"),
                (CHARGE, reported.charge, "%"),
            ):
                if value is not None:
                    self._set(entity_id, f"{value:.1f}", {"unit_of_measurement": unit})
        if self.air is not None and passed % _ROOM_EVERY == 0:
            self._set(ROOM, f"{self.air.shown:.1f}", _CELSIUS)
        now = self._day.begin + passed
        if now >= self._prices_at:
            self._report_prices(now)

    def _report_prices(self, now: float) -> None:
        """Report the prices, as an entity of EPEX Spot does, and what feeding in earns."""
        unit = {"unit_of_measurement": _MONEY}
        day = self._day
        if day.price:
            known = [_as_item(each) for each in self._price.known(now, day.zone)]
            self._set(PRICE, _as_state(self._price.at(now)), {**unit, "data": known})
        if day.feed_in:
            self._set(FEED_IN, _as_state(self._feed_in.at(now)), unit)
        moments = [
            moment
            for each in (*day.price, *day.feed_in)
            for moment in (each.start, each.end, each.known_from)
        ]
        self._prices_at = min((each for each in moments if each > now), default=inf)

    def pass_time(self, index: int, drawn: float, later: float) -> None:
        """Let a step pass in which miners draw W, and so much more at its end."""
        grid = float(self._day.load[index] - self._day.pv[index] + drawn)
        grid -= self.store.step(grid) if self.store else 0.0
        self.meter.add(grid, later)
        if self.air is not None:
            self.air.step(drawn / 1000, STEP)
            self.temperatures.append(self.air.temperature)

    def _set(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        """Report a state."""
        self._hass.states.async_set(entity_id, state, attributes)


def _as_state(value: float | None) -> str:
    """Return a price as the state of an entity."""
    return STATE_UNKNOWN if value is None else f"{value:.5f}"


def _as_item(price: Price) -> dict[str, Any]:
    """Return a price as an entry of the list of an entity."""
    start, end = (
        datetime.fromtimestamp(each, UTC).isoformat()
        for each in (price.start, price.end)
    )
    return {"start_time": start, "end_time": end, "price_per_kwh": price.value}
