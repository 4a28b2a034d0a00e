"""Fixtures for tests of the integration."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from time import time
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import config_flow, coordinator
from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.control import commands, queue
from custom_components.whatsminer.discovery import flow, ip_report
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner

from .farm_helpers import free_host
from .helpers import make_entry, set_up
from .manager_helpers import Home, add_sensor, make_manager


@pytest.fixture(autouse=True)
def custom_integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration."""


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock of today: an error of another year is over."""
    # For ten seconds the same: what has the same past lives it once.
    return ManualClock(time() // 10 * 10)


@pytest.fixture(autouse=True)
def quick_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a miner that was commanded at once again, not after seconds."""
    monkeypatch.setattr(queue, "CONFIRM_FIRST", 0.02)
    monkeypatch.setattr(queue, "CONFIRM_MOST", 0.02)


@pytest.fixture(autouse=True)
def whole_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll a miner for the first time after a whole interval."""
    monkeypatch.setattr(coordinator, "random", lambda: 1.0)


@pytest.fixture(autouse=True)
def short_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a scan end when it is done."""
    monkeypatch.setattr(flow, "SHOWN_AT_LEAST", 0.0)


@pytest.fixture
async def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for another button."""
    monkeypatch.setattr(ip_report, "NEXT_TIMEOUT", 0.3)
    monkeypatch.setattr(ip_report, "AGAIN_AFTER", 0.2)
    monkeypatch.setattr(ip_report, "LISTEN_ADDRESS", free_host())
    monkeypatch.setattr(v2, "monotonic", asyncio.get_running_loop().time)


class _Soon:
    """The time for a command, which is up soon whatever it was made with."""

    def __get__(self, command: Any, owner: Any = None) -> float:
        """Return seconds."""
        return 0.3

    def __set__(self, command: Any, seconds: float) -> None:
        """Take what a command is made with."""


@pytest.fixture
def short_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time for each command be up soon."""
    monkeypatch.setattr(commands.Command, "seconds", _Soon())


@pytest.fixture
def all_entities_enabled() -> Iterator[None]:
    """Enable entities that are disabled by default, too."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        return_value=True,
    ):
        yield


@pytest.fixture
def entry(simulated: SimulatedMiner) -> MockConfigEntry:
    """Return an entry of the simulated miner, with its password."""
    return make_entry(simulated, PASSWORD)


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> MockConfigEntry:
    """Return the entry, set up."""
    await set_up(hass, entry)
    return entry


@pytest.fixture
async def set_up_entry(hass: HomeAssistant) -> AsyncIterator[AsyncMock]:
    """Do not set up what a flow creates; what it has begun ends before the test does."""
    with (
        patch(
            "custom_components.whatsminer.async_setup_entry", return_value=True
        ) as mock,
        patch("custom_components.whatsminer.async_unload_entry", return_value=True),
    ):
        yield mock
        await hass.async_block_till_done()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for a miner that was found."""
    monkeypatch.setattr(config_flow, "DISCOVERY_PAUSES", (0, 0.01))


@pytest.fixture
def grid(hass: HomeAssistant) -> er.RegistryEntry:
    """Return the sensor of the grid connection."""
    return add_sensor(hass, "grid")


@pytest.fixture
def miners(hass: HomeAssistant) -> list[str]:
    """Return two miners that can be managed; a third is only read."""
    entries = [
        make_entry(at_home(index=index), password, title=title)
        for index, (title, password) in enumerate(
            (("Barn", PASSWORD), ("Attic", PASSWORD), ("Read", None))
        )
    ]
    for entry in entries:
        entry.add_to_hass(hass)
    return [entry.entry_id for entry in entries[:2]]


@pytest.fixture
async def home(hass: HomeAssistant) -> AsyncIterator[Home]:
    """Return a home whose manager is set up, and paused."""
    grid = add_sensor(hass, "grid", "-9000")
    async with at_home(api="dual", index=0) as one, at_home(api="dual", index=1) as two:
        entries = [make_entry(one, title="Barn"), make_entry(two, title="Attic")]
        for entry in entries:
            await set_up(hass, entry)
        of_manager = make_manager(grid, *(each.entry_id for each in entries))
        await set_up(hass, of_manager)
        yield Home(miners=[one, two], entries=entries, manager=of_manager, grid=grid)
        for entry in (of_manager, *entries):
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)
