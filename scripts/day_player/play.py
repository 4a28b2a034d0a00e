"""Plays a day: Home Assistant with a power manager, simulated miners, and a house.

A step is one of 10 s: the meter reports, Home Assistant does all that it does at that
moment, and time moves on. Nothing waits for a real clock.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
import logging
from tempfile import TemporaryDirectory
from unittest.mock import patch
from zlib import crc32
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
import numpy as np
from pytest_homeassistant_custom_component.common import (
    async_test_home_assistant,
    mock_storage,
)

from custom_components.whatsminer.control import queue
from tests.blueprints.time_machine import TimeMachine, living_miners
from tests.conftest import at_home
from tests.power_manager.machine import STEP, Watts
from tests.power_manager.player import grid_without
from tests.simulator import SimulatedMiner

from .entities import House
from .files import DayFile
from .home import SetUp, set_up
from .outcome import Outcome, Switched

_COMMANDS = ("power_on", "power_off", "set_power", "set.miner.")


def play_alone(day: DayFile, *, by_hand: bool = False) -> Outcome:
    """Play a day in a Home Assistant of its own."""

    async def live() -> Outcome:
        """Live through it."""
        async with home_assistant(day) as (hass, time):
            return await play(hass, time, day, by_hand=by_hand)

    return asyncio.run(live())


@asynccontextmanager
async def home_assistant(
    day: DayFile,
) -> AsyncIterator[tuple[HomeAssistant, TimeMachine]]:
    """Start a Home Assistant whose time stands still at the beginning of a day."""
    logging.getLogger().setLevel(logging.WARNING)
    # That the integration is none of Home Assistant's own is no news.
    logging.getLogger("homeassistant.loader").setLevel(logging.ERROR)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stack.enter_context(mock_storage())
        # A miner that was commanded is read at once, not after some real seconds.
        for name in ("CONFIRM_FIRST", "CONFIRM_MOST"):
            stack.enter_context(patch.object(queue, name, 0.02))
        hass = await stack.enter_async_context(
            async_test_home_assistant(config_dir=folder)
        )
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        yield hass, stack.enter_context(stopped_time(hass, day))
        await hass.async_stop(force=True)


def stopped_time(hass: HomeAssistant, day: DayFile) -> TimeMachine:
    """Return the time of a day, standing still once it is entered."""
    begin = datetime.fromisoformat(f"{day.day.date}T{day.day.start}")
    begin = begin.replace(tzinfo=ZoneInfo(day.day.timezone), microsecond=600_000)
    return TimeMachine(hass, begin.astimezone(UTC).isoformat())


def make_miners(day: DayFile, time: TimeMachine) -> list[SimulatedMiner]:
    """Return the miners of a day, switched off; all chance in them comes from its name."""
    miners = []
    for index, (model, api, power) in enumerate(
        zip(day.models, day.apis, day.day.miners, strict=True)
    ):
        miner = at_home(
            clock=time.clock,
            state="stopped",
            index=index,
            seed=crc32(day.day.name.encode()) % 100_000,
            model=model,
            api=api,
        )
        machine = miner.device.machine
        machine.profile = replace(machine.profile, normal_power=round(power))
        machine.physics.profile = machine.profile
        miners.append(miner)
    return miners


async def play(
    hass: HomeAssistant, time: TimeMachine, day: DayFile, *, by_hand: bool = False
) -> Outcome:
    """Play a day with a power manager, or with automations as users write them."""
    async with AsyncExitStack() as stack:
        await hass.config.async_set_time_zone(day.day.timezone)
        miners = make_miners(day, time)
        for miner in miners:
            await stack.enter_async_context(miner)
        if any(miner.device.generation.v3_version for miner in miners):
            stack.enter_context(living_miners(time))
        home = await set_up(hass, time, day, miners, by_hand=by_hand)
        played = await _Player(hass, time, day, miners, home).play()
        await home.unload()
        return played


class _Player:
    """Lives through a day, step by step."""

    def __init__(
        self,
        hass: HomeAssistant,
        time: TimeMachine,
        day: DayFile,
        miners: list[SimulatedMiner],
        home: SetUp,
    ) -> None:
        """Begin in the morning."""
        self._time = time
        self._home = home
        self._day = day.day
        self._miners = miners
        self._house = House(hass, self._day)
        self._switched = [Switched(starts=[], stops=[]) for _ in miners]

    async def play(self) -> Outcome:
        """Live through it."""
        day, house = self._day, self._house
        power: Watts = np.zeros(len(day.pv))
        begun = self._commands
        target: float | None = None
        for index in range(len(day.pv)):
            before = self._energy
            house.report(index * STEP)
            if house.air is not None and house.air.target != target:
                target = house.air.target
                await self._home.set_target(target)
            await self._time.settle()
            self._note(index * STEP)
            await self._time.move(STEP)
            power[index] = drawn = (self._energy - before) / STEP
            now = sum(each.machine.physics.power for each in self._miners)
            house.pass_time(index, drawn, now - drawn)
        without, charged = grid_without(day)
        return Outcome(
            day=day,
            power=power,
            grid=np.array(house.meter.grid),
            without=without,
            missing=charged - house.store.energy if house.store else 0.0,
            switched=self._switched,
            commands=self._commands - begun,
            temperatures=house.temperatures,
        )

    def _note(self, passed: float) -> None:
        """Note which miners were started or stopped."""
        for miner, switched in zip(self._miners, self._switched, strict=True):
            is_on = len(switched.starts) > len(switched.stops)
            if is_on is miner.machine.mineroff:
                (switched.stops if is_on else switched.starts).append(passed)

    @property
    def _energy(self) -> float:
        """Return the W s that the miners have used."""
        return sum(each.machine.physics.counters[1].energy for each in self._miners)

    @property
    def _commands(self) -> int:
        """Return how many commands the miners were sent."""
        return sum(
            each.startswith(_COMMANDS)
            for miner in self._miners
            for each in miner.log.commands
        )
