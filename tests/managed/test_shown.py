"""How often a manager writes what it shows: each change is a row of the database."""

from collections import Counter
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
import pytest

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


@pytest.mark.parametrize(
    ("mode", "pv", "loads", "said", "then"),
    [
        (Mode.FULL, 0, (280, 420), "at its cap", "no longer limited"),
        (Mode.MINIMUM_SOLAR, 1850, (320, 460), "lowest power", "follow the surplus"),
        (Mode.PAUSED, 2900, (500, 200), "would follow", "not enough surplus"),
    ],
)
async def test_what_wavers(
    hass: HomeAssistant,
    time: TimeMachine,
    mode: Mode,
    pv: int,
    loads: tuple[int, int],
    said: str,
    then: str,
) -> None:
    """A house around the cap of the grid, or a surplus around the minimum, is no news."""
    states = ["stopped" if mode is Mode.PAUSED else "hashing"]
    options = {"grid_cap": 3640}
    async with a_home(hass, time, states=states, options=options, mode=mode) as home:
        home.pv = pv
        for load in loads * 30:
            home.load = load
            await home.live(20)
        assert len(home.said(said)) == 1
        # What lasts is.
        home.load = 1000 if mode is Mode.PAUSED else 100
        await home.live(330)
        messages = [each.message for each in home.manager.decisions]
        assert then in messages[-1]
        assert len(home.said(said)) == 1
