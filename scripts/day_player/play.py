"""Plays a day: Home Assistant with a power manager, simulated miners, and a house.

A step is one of 10 s: the meter reports, Home Assistant does all that it does at that
moment, and time moves on. Nothing waits for a real clock.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import logging
from tempfile import TemporaryDirectory
from typing import Any
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
from tests.blueprints.time_machine import TimeMachine
from tests.conftest import at_home
from tests.power_manager.machine import STEP, Watts
from tests.power_manager.player import Meter, Store, grid_without
from tests.simulator import SimulatedMiner

from .files import DayFile
from .home import BATTERY, CHARGE, GRID, set_up

_KWH = 3_600_000.0
_IMPORT = 500.0
"""W from the grid that count as import."""
_COMMANDS = ("power_on", "power_off", "set_power_pct", "set.miner.")


@dataclass(frozen=True, kw_only=True)
class Switched:
    """When a miner was started and stopped, in s of the day."""

    starts: list[float]
    stops: list[float]

    @property
    def runs(self) -> list[float]:
        """Return how long its runs were, but for one that goes on."""
        return [
            stop - start for start, stop in zip(self.starts, self.stops, strict=False)
        ]

    @property
    def rests(self) -> list[float]:
        """Return how long it rested between two runs."""
        pairs = zip(self.stops, self.starts[1:], strict=False)
        return [start - stop for stop, start in pairs]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a day went."""

    name: str
    power: Watts
    """W of all miners, per step of 10 s."""
    grid: Watts
    without: Watts
    """W from the grid if there were no miners."""
    missing: float
    """kWh that the battery holds less than it would without miners."""
    switched: list[Switched]
    commands: int

    @property
    def mined(self) -> float:
        """Return the kWh of the miners."""
        return float(self.power.sum()) * STEP / _KWH

    @property
    def taken(self) -> float:
        """Return the kWh that they took from the grid."""
        more = np.maximum(0, self.grid) - np.maximum(0, self.without)
        return float(more.sum()) * STEP / _KWH + max(0.0, self.missing)

    @property
    def longest_import(self) -> float:
        """Return for how many s more than 500 W came from the grid at a stretch."""
        longest = now = 0.0
        for each in self.grid:
            now = now + STEP if each > _IMPORT else 0.0
            longest = max(longest, now)
        return longest

    def as_json(self, step: float) -> dict[str, Any]:
        """Return what scripts/days prints, with a power for each step of the file."""
        runs = [each for switched in self.switched for each in switched.runs]
        rests = [each for switched in self.switched for each in switched.rests]
        powers = self.power.reshape(-1, round(step / STEP)).mean(1)
        return {
            "name": self.name,
            "mined_kwh": round(self.mined, 4),
            "used_kwh": round(self.mined - self.taken, 4),
            "grid_kwh": round(self.taken, 4),
            "starts": [len(each.starts) for each in self.switched],
            "shortest_run_s": min(runs, default=None),
            "shortest_rest_s": min(rests, default=None),
            "longest_import_s": self.longest_import,
            "commands": self.commands,
            "power": powers.round(1).tolist(),
        }


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
    for index, (model, power) in enumerate(
        zip(day.models, day.day.miners, strict=True)
    ):
        miner = at_home(
            clock=time.clock,
            state="stopped",
            index=index,
            seed=crc32(day.day.name.encode()) % 100_000,
            model=model,
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
        unload = await set_up(hass, time, day, miners, by_hand=by_hand)
        played = await _Player(hass, time, day, miners).play()
        await unload()
        return played


class _Player:
    """Lives through a day, step by step."""

    def __init__(
        self,
        hass: HomeAssistant,
        time: TimeMachine,
        day: DayFile,
        miners: list[SimulatedMiner],
    ) -> None:
        """Begin in the morning."""
        self._hass = hass
        self._time = time
        self._day = day.day
        self._miners = miners
        self._meter = Meter(self._day)
        self._store = Store(self._day.battery) if self._day.battery else None
        self._switched = [Switched(starts=[], stops=[]) for _ in miners]

    async def play(self) -> Outcome:
        """Live through it."""
        day, store = self._day, self._store
        power: Watts = np.zeros(len(day.pv))
        begun = self._commands
        for index in range(len(day.pv)):
            self._report(index * STEP)
            await self._time.settle()
            self._note(index * STEP)
            before = self._energy
            await self._time.move(STEP)
            self._note((index + 1) * STEP)
            power[index] = drawn = (self._energy - before) / STEP
            grid = float(day.load[index] - day.pv[index] + drawn)
            grid -= store.step(grid) if store else 0.0
            now = sum(each.machine.physics.power for each in self._miners)
            self._meter.add(grid, now - drawn)
        without, charged = grid_without(day)
        return Outcome(
            name=day.name,
            power=power,
            grid=np.array(self._meter.grid),
            without=without,
            missing=charged - store.energy if store else 0.0,
            switched=self._switched,
            commands=self._commands - begun,
        )

    def _report(self, passed: float) -> None:
        """Let the meter report, if it is due."""
        reported = self._meter.report(passed, passed, self._store)
        if reported is None:
            return
        powers = {GRID: reported.grid, BATTERY: reported.battery}
        for entity_id, value in powers.items():
            if value is not None:
                self._set(entity_id, value, "W")
        if reported.charge is not None:
            self._set(CHARGE, reported.charge, "%")

    def _set(self, entity_id: str, value: float, unit: str) -> None:
        """Report a number."""
        attributes = {"unit_of_measurement": unit}
        self._hass.states.async_set(entity_id, f"{value:.1f}", attributes)

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
