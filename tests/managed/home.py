"""A home with miners, a meter and a power manager."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from functools import partial
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import slugify
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import (
    CONF_GRID,
    CONF_KIND,
    CONF_MINERS,
    DOMAIN,
    KIND_POWER_MANAGER,
)
from custom_components.whatsminer.power_manager.law.models import Mode
from custom_components.whatsminer.power_manager.manager import PowerManager
from tests.blueprints.time_machine import TimeMachine
from tests.homes import Miners, some_miners
from tests.simulator.generation import DEFAULT_API

GRID = "sensor.grid"
OPERATED = {
    "mining": "switch",
    "power_percent": "number",
    "identify": "button",
    "restart_mining": "button",
}
"""The entities of a miner that these tests use; the others would be written in vain."""
WATTS = {"unit_of_measurement": "W", "device_class": "power"}


class Home(Miners):
    """A home whose time the test moves."""

    def __init__(self, miners: Miners, entry: MockConfigEntry) -> None:
        """Begin without sun."""
        super().__init__(miners.hass, miners.time, miners.miners, miners.entries)
        self.entry = entry
        self.pv = 0.0
        self.load = 300.0
        self.meter_works = True
        self.every = 10
        """s from one report of the meter to the next."""
        self.late = 0
        """So many reports ago was what it reports."""
        self._measured = deque[float](maxlen=10)
        self.grid_entity = GRID
        self._waited = 0

    @property
    def manager(self) -> PowerManager:
        """Return the manager."""
        manager: PowerManager = self.entry.runtime_data
        return manager

    @property
    def grid(self) -> float:
        """Return the W that the grid gives now."""
        return self.load + self.power - self.pv

    def percent(self, number: int = 0) -> float:
        """Return the power percent that a miner was asked for last."""
        return 100 * self.miners[number].machine.physics.percent_goal

    def report(self) -> None:
        """Let the meter report."""
        self._waited = 0
        self._measured.append(self.grid)
        shown = self._measured[max(0, len(self._measured) - 1 - self.late)]
        self.hass.states.async_set(self.grid_entity, f"{shown:.0f}", WATTS)

    async def live(self, seconds: int, step: int = 10) -> None:
        """Let time pass; the meter reports when it is due."""
        await self.time.settle()
        for _ in range(seconds // step):
            await self.time.move(step)
            self._waited += step
            if self.meter_works and self._waited >= self.every:
                self.report()
                await self.time.settle()

    async def call(
        self, entity_id: str, service: str, *, by_person: bool = False, **data: Any
    ) -> None:
        """Do something with an entity by hand: of a person, or of something else."""
        user_id = None
        if by_person:
            user = await self.hass.auth.async_create_user(
                "Anna", group_ids=[GROUP_ID_ADMIN]
            )
            user_id = user.id
        domain = entity_id.partition(".")[0]
        await self.hass.services.async_call(
            domain,
            service,
            {"entity_id": entity_id, **data},
            blocking=True,
            context=Context(user_id=user_id),
        )
        await self.time.settle()

    async def set_mode(self, mode: Mode) -> None:
        """Choose a mode."""
        await self.manager.async_set_mode(mode)
        await self.time.settle()

    async def reload(self) -> None:
        """Unload and set up the manager."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.time.settle()

    def said(self, words: str) -> list[str]:
        """Return the decisions that have these words."""
        messages = [each.message for each in self.manager.decisions]
        return [each for each in messages if words in each]


async def kill(home: Home, storage: dict[str, Any], seconds: int = 60) -> None:
    """Let Home Assistant end without a word, and start again after a while."""
    written = deepcopy(storage)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    storage.clear()
    storage.update(written)
    await home.time.move(seconds)
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await home.time.settle()


@asynccontextmanager
async def a_home(
    hass: HomeAssistant,
    time: TimeMachine,
    *,
    states: Sequence[str] = ("hashing",),
    data: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    mode: Mode = Mode.PAUSED,
    poll: int = 30,
    apis: Sequence[str] = (DEFAULT_API,),
    **settings: Any,
) -> AsyncIterator[Home]:
    """Set up a home with a miner for each of the states, and its manager."""
    registry = er.async_get(hass)
    grid = registry.async_get_or_create(
        "sensor", "test", "grid", suggested_object_id="grid"
    )
    async with some_miners(
        hass, time, states, poll=poll, apis=apis, **settings
    ) as miners:
        for each in miners.entries:
            _register_operated(hass, each)
        members = [each.entry_id for each in miners.entries]
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Power",
            unique_id=grid.id,
            data={CONF_KIND: KIND_POWER_MANAGER, CONF_GRID: grid.id, **(data or {})},
            options={CONF_MINERS: members, **(options or {})},
        )
        entry.add_to_hass(hass)
        home = Home(miners, entry)
        assert await async_setup_component(hass, DOMAIN, {})
        await time.settle()
        home.report()
        if mode is not Mode.PAUSED:
            await home.set_mode(mode)
        try:
            yield home
        finally:
            await hass.config_entries.async_unload(entry.entry_id)


def _register_operated(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let a miner have the entities that are operated here, and no others."""
    for key, domain in OPERATED.items():
        er.async_get(hass).async_get_or_create(
            domain,
            DOMAIN,
            f"{entry.unique_id}_{key}",
            config_entry=entry,
            suggested_object_id=f"{slugify(entry.title)}_{key}",
        )
    hass.config_entries.async_update_entry(entry, pref_disable_new_entities=True)


a_calm_home = partial(a_home, poll=300)
"""A home for hours: what its miners report is asked for seldom, for each costs.

What it was asked for is read back at once in any home.
"""
