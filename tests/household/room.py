"""A room or a tank that miners heat: all that they draw becomes heat."""

from dataclasses import dataclass, field
from math import exp

LAG = 300
"""s that the sensor is behind."""


@dataclass(kw_only=True)
class Room:
    """What loses heat to the outside, and the sensor in it."""

    temperature: float
    """Degrees Celsius."""
    capacity: float
    """kWh/K."""
    loss: float
    """kW/K."""
    sensed: float = field(init=False)
    """Degrees Celsius that the sensor shows."""

    def __post_init__(self) -> None:
        """Let the sensor show what it is."""
        self.sensed = self.temperature

    def needs(self, temperature: float, outside: float) -> float:
        """Return the kW that would hold a temperature."""
        return self.loss * (temperature - outside)

    def step(
        self, heat: float, outside: float, draw: float = 0.0, seconds: float = 60
    ) -> None:
        """Let time pass with so many kW of heat, degrees outside, kW that are drawn."""
        net = heat - self.needs(self.temperature, outside) - draw
        self.temperature += net * seconds / 3600 / self.capacity
        self.sensed += (self.temperature - self.sensed) * (1 - exp(-seconds / LAG))
