"""Simulated miners with their entries in a Home Assistant whose time a test moves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .blueprints.time_machine import TimeMachine
from .conftest import at_home
from .integration.helpers import make_entry
from .simulator import SimulatedMiner
from .simulator.generation import DEFAULT_API


class Miners:
    """Simulated miners, and the entries of them."""

    def __init__(
        self,
        hass: HomeAssistant,
        time: TimeMachine,
        miners: list[SimulatedMiner],
        entries: list[MockConfigEntry],
    ) -> None:
        """Remember them."""
        self.hass = hass
        self.time = time
        self.miners = miners
        self.entries = entries

    @property
    def power(self) -> float:
        """Return the W that the miners really draw."""
        return sum(miner.machine.physics.power for miner in self.miners)

    def mines(self, number: int = 0) -> bool:
        """Return whether a miner is switched on, by its own account."""
        return not self.miners[number].machine.mineroff


@asynccontextmanager
async def some_miners(
    hass: HomeAssistant,
    time: TimeMachine,
    states: Sequence[str],
    *,
    poll: int,
    apis: Sequence[str] = (DEFAULT_API,),
    **settings: Any,
) -> AsyncIterator[Miners]:
    """Start a miner for each of the states; its entry is not set up yet.

    At the end the entries are unloaded. The miners are polled each `poll` s.
    """
    miners = [
        at_home(clock=time.clock, state=state, index=index, api=api, **settings)
        for index, (state, api) in enumerate(zip(states, cycle(apis), strict=False))
    ]
    for miner in miners:
        await miner.start()
    entries = [
        make_entry(miner, title=f"Miner {n}", options={CONF_SCAN_INTERVAL: poll})
        for n, miner in enumerate(miners, 1)
    ]
    for entry in entries:
        entry.add_to_hass(hass)
    try:
        yield Miners(hass, time, miners, entries)
    finally:
        for entry in entries:
            await hass.config_entries.async_unload(entry.entry_id)
        for miner in miners:
            await miner.stop()
