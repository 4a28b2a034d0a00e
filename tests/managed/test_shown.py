"""How often a manager writes what it shows: each change is a row of the database."""

from collections import Counter
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback

from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import a_home


async def test_meter_of_each_second(hass: HomeAssistant, time: TimeMachine) -> None:
    """Numbers change every ten seconds or so, however often the meter reports."""
    changed = Counter[str]()

    @callback
    def count(event: Event[Any]) -> None:
        """Count a change."""
        changed[event.data["entity_id"]] += 1

    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.every = 1
        await home.live(10, step=1)
        hass.bus.async_listen(EVENT_STATE_CHANGED, count)
        for second in range(60):
            home.pv = 6000 + 10 * second
            await home.live(1, step=1)
    own = {key: n for key, n in changed.items() if key.startswith("sensor.power_")}
    assert changed["sensor.grid"] >= 60
    assert 0 < max(own.values()) <= 8


async def test_reason_at_once(hass: HomeAssistant, time: TimeMachine) -> None:
    """What is decided by a report is shown with it."""
    options = {"allowed": "switch.allowed"}
    async with a_home(hass, time, mode=Mode.SOLAR, options=options) as home:
        hass.states.async_set("switch.allowed", "on")
        await home.time.settle()
        hass.states.async_set("switch.allowed", "off")
        state = hass.states.get("sensor.power_reason")
        assert state is not None
        assert state.state == "not_allowed"
