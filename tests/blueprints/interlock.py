"""The automation over-temperature and pump, as tests use it."""

from contextlib import suppress
from typing import Any

from homeassistant.exceptions import HomeAssistantError

from .helpers import TELL, Day, use_blueprint

WATER = "sensor.water"
FLOW = "binary_sensor.flow"
PUMP = "input_boolean.pump"
LATCH = "input_boolean.latch"
LITTLE = 61
"""s, after which the automation has looked at a new minute for certain."""


async def use(day: Day, **inputs: Any) -> None:
    """Set up the automation with all miners; it may act at once."""
    miners = [day.entity("switch.mining", each) for each in range(len(day.miners))]
    await use_blueprint(
        day.hass,
        "temperature_and_pump",
        **{"miners": miners, "notify": TELL, **inputs},
    )
    await day.time.settle()


async def tell(day: Day, entity: str, state: float | str) -> None:
    """Let a sensor report."""
    name = entity.partition(".")[2].capitalize()
    day.hass.states.async_set(entity, str(state), {"friendly_name": name})
    await day.time.settle()


async def switch(day: Day, to: str, entity: str) -> None:
    """Switch something by hand; the automation may be faster."""
    domain = entity.partition(".")[0]
    with suppress(HomeAssistantError):
        await day.hass.services.async_call(
            domain, f"turn_{to}", {"entity_id": entity}, blocking=True
        )
    await day.time.settle()


def off(day: Day) -> list[bool]:
    """Return which miners are off."""
    return [miner.machine.mineroff for miner in day.miners]
