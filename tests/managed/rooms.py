"""What the miners of a home heat, and its sensor."""

from collections.abc import Callable

from homeassistant.components.climate import DOMAIN as CLIMATE
from homeassistant.core import State
from homeassistant.util.unit_conversion import TemperatureConverter

from tests.household import Room as Air

from .home import Home

SENSOR = "sensor.room"
THERMOSTAT = "climate.power_thermostat"


class Room:
    """A room or a tank: all that the miners draw heats it."""

    def __init__(
        self,
        home: Home,
        temperature: float,
        *,
        outside: Callable[[float], float] = lambda hour: -1.0,
        draw: Callable[[float], float] = lambda hour: 0.0,
        capacity: float = 6.0,
        loss: float = 0.11,
    ) -> None:
        """Begin with a temperature in degrees Celsius.

        The capacity is in kWh/K, the loss in kW/K; what is outside is in degrees, what
        is drawn in kW, both by the hours since the beginning.
        """
        self.home = home
        self.unit = "°C"
        self.reports = True
        self.temperatures: list[float] = []
        """Of each minute."""
        self.demands: list[float] = []
        """W that would have held the target, of each minute."""
        self._outside, self._draw = outside, draw
        self._reported: float | None = None
        self.air = Air(temperature=temperature, capacity=capacity, loss=loss)
        self.report()

    def report(self) -> None:
        """Let the sensor report tenths of a degree."""
        self._reported = round(self.air.sensed, 1)
        shown = TemperatureConverter.convert(self.air.sensed, "°C", self.unit)
        self.home.hass.states.async_set(
            SENSOR,
            f"{shown:.1f}",
            {"unit_of_measurement": self.unit, "device_class": "temperature"},
        )

    def lose(self) -> None:
        """Let the sensor become unavailable."""
        self.reports = False
        self.home.hass.states.async_set(SENSOR, "unavailable")

    async def live(self, minutes: int) -> None:
        """Let time pass."""
        for _ in range(minutes):
            await self.home.live(60, step=60)
            hour = len(self.temperatures) / 60
            outside, draw = self._outside(hour), self._draw(hour)
            self.air.step(self.home.power / 1000, outside, draw)
            self.temperatures.append(self.air.temperature)
            target = self.home.manager.heating.target
            self.demands.append(1000 * (self.air.needs(target, outside) + draw))
            # As sensors do: each change of a tenth, and every five minutes.
            is_news = round(self.air.sensed, 1) != self._reported
            if self.reports and (is_news or len(self.temperatures) % 5 == 0):
                self.report()
                await self.home.time.settle()

    async def until(self, happens: Callable[[], bool]) -> None:
        """Let time pass until something happens, for half a day at most."""
        for _ in range(72):
            if happens():
                return
            await self.live(10)
        raise AssertionError("it does not happen")

    @property
    def state(self) -> State:
        """Return the state of the thermostat."""
        state = self.home.hass.states.get(THERMOSTAT)
        assert state is not None
        return state

    async def set(self, target: float) -> None:
        """Heat to a temperature, in the unit of the home."""
        await self.home.call(
            THERMOSTAT, "set_temperature", temperature=target, hvac_mode="heat"
        )

    async def turn(self, mode: str) -> None:
        """Choose a mode of the thermostat."""
        assert THERMOSTAT.startswith(CLIMATE)
        await self.home.call(THERMOSTAT, "set_hvac_mode", hvac_mode=mode)
