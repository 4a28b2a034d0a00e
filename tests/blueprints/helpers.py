"""A day with miners in a household, run by an automation made from a blueprint."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
import logging
from pathlib import Path
from typing import Any

from homeassistant.components import automation
from homeassistant.const import SERVICE_RELOAD
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import dump, load_yaml_dict

from custom_components.whatsminer.const import DOMAIN
from tests.homes import Miners, some_miners
from tests.household import Household, Minute

from .time_machine import TimeMachine

GRID = "sensor.grid_power"
WATTS = {"unit_of_measurement": "W", "device_class": "power"}


class Day(Miners):
    """A household with miners, from minute to minute."""

    def __init__(self, miners: Miners, house: Household) -> None:
        """Begin where the clock stands."""
        super().__init__(miners.hass, miners.time, miners.miners, miners.entries)
        self.house = house
        self.told: list[str] = []
        """What the automation told."""
        self.sensor_works = True
        self._was_off = [miner.machine.mineroff for miner in self.miners]
        self.switched: list[list[tuple[datetime, str]]] = [[] for _ in self.miners]
        """When each miner was switched, and to what."""

    def entity(self, kind: str, number: int = 0) -> str:
        """Return an entity of one of the miners, as in "switch.mining"."""
        domain, _, name = kind.partition(".")
        return f"{domain}.miner_{number + 1}_{name}"

    async def move(self, seconds: float) -> None:
        """Let time pass, at once."""
        await self.time.settle()
        self._note()
        await self.time.move(seconds)
        self._note()

    def _note(self) -> None:
        """Note which miners were switched since the last time."""
        for index, miner in enumerate(self.miners):
            is_off = miner.machine.mineroff
            if is_off is not self._was_off[index]:
                self._was_off[index] = is_off
                what = "off" if is_off else "on"
                self.switched[index].append((dt_util.utcnow(), what))

    async def minute(self, pv: float, load: float, length: int = 1) -> None:
        """Live through a minute or several; the meter reports at its end."""
        self.house.step(pv, load, self.power, 60 * length)
        if self.sensor_works:
            self.hass.states.async_set(GRID, f"{self.house.grid:.0f}", WATTS)
        await self.move(60 * length)

    async def live(self, minutes: list[Minute], length: int = 1) -> None:
        """Live through a day of minutes, each of which stands for several."""
        for minute in minutes:
            await self.minute(minute.pv, minute.load, length)

    async def stay(self, surplus: float, minutes: int) -> None:
        """Live through minutes with so much surplus, miners not counted."""
        for _ in range(minutes):
            await self.minute(surplus, 0)

    def starts(self, number: int = 0) -> int:
        """Return how often a miner was started."""
        return sum(what == "on" for _, what in self.switched[number])

    def has_run(self) -> bool:
        """Return whether the automation had anything to do yet."""
        state = self.hass.states.get("automation.test")
        assert state
        return state.attributes["last_triggered"] is not None

    def shortest(self, what: str, number: int = 0) -> timedelta:
        """Return the shortest time that a miner was "on" or "off" in between."""
        switched = self.switched[number]
        spans = [
            later - moment
            for (moment, state), (later, _) in pairwise(switched)
            if state == what
        ]
        return min(spans, default=timedelta.max)


async def use_blueprint(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Set up an automation as the user interface would after an import."""
    config = {
        "id": "test",
        "alias": "Test",
        "use_blueprint": {"path": f"whatsminer/{name}.yaml", "input": inputs},
    }
    await configure(hass, [config])
    assert hass.states.is_state("automation.test", "on")


async def configure(hass: HomeAssistant, automations: list[dict[str, Any]]) -> None:
    """Have exactly these automations."""
    assert await async_setup_component(hass, automation.DOMAIN, {})
    path = Path(hass.config.path("configuration.yaml"))
    path.write_text(dump({"automation": automations}))
    await hass.services.async_call(automation.DOMAIN, SERVICE_RELOAD, blocking=True)


async def restart(day: Day, minutes: int) -> None:
    """End all that Home Assistant is for so many minutes, then start it anew."""
    hass = day.hass
    path = Path(hass.config.path("configuration.yaml"))
    automations = load_yaml_dict(str(path))["automation"]
    await configure(hass, [])
    for entry in day.entries:
        await hass.config_entries.async_unload(entry.entry_id)
    hass.states.async_remove(GRID)
    await day.move(60 * minutes)
    for entry in day.entries:
        await hass.config_entries.async_setup(entry.entry_id)
    await configure(hass, automations)
    await day.time.settle()


@asynccontextmanager
async def a_day(
    hass: HomeAssistant,
    time: TimeMachine,
    *,
    count: int = 1,
    start: str = "00:00",
    state: str = "stopped",
    poll: int = 300,
    **settings: Any,
) -> AsyncIterator[Day]:
    """Set up a household with miners at a time of day; they are polled each `poll` s."""
    time.leap(start)
    states = (state,) * count
    async with some_miners(hass, time, states, poll=poll, **settings) as miners:
        assert await async_setup_component(hass, DOMAIN, {})
        await time.settle()
        day = Day(miners, Household())
        hass.bus.async_listen(
            "told", lambda event: day.told.append(event.data["message"].strip())
        )
        try:
            yield day
        finally:
            if hass.services.has_service(automation.DOMAIN, SERVICE_RELOAD):
                await configure(hass, [])


def warnings(caplog: Any) -> list[str]:
    """Return what Home Assistant warned of in its log."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and "custom integration" not in record.getMessage()
    ]


TELL = [{"event": "told", "event_data": {"message": "{{ message }}"}}]
"""What an automation does to tell: the test listens."""


def tell_in_vain(day: Day) -> list[dict[str, Any]]:
    """Return what an automation does to tell while there is no internet."""

    async def fail(call: ServiceCall) -> None:
        """Note what was to be told."""
        day.told.append(call.data["message"].strip())
        raise HomeAssistantError("No internet")

    day.hass.services.async_register("notify", "phone", fail)
    return [{"action": "notify.phone", "data": {"message": "{{ message }}"}}]
