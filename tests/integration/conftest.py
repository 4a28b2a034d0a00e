"""Fixtures for tests of the integration."""

from collections.abc import Iterator
from time import time
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import farm_flow
from custom_components.whatsminer.client import CONTROLS
from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.control import commands, queue
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner


@pytest.fixture(autouse=True)
def custom_integration(enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration."""


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock of today: an error of another year is over."""
    return ManualClock(time())


@pytest.fixture(autouse=True)
def quick_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read a miner that was commanded at once again, not after seconds."""
    monkeypatch.setattr(queue, "CONFIRM_FIRST", 0.02)
    monkeypatch.setattr(queue, "CONFIRM_MOST", 0.02)


@pytest.fixture(autouse=True)
def short_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a scan end when it is done."""
    monkeypatch.setattr(farm_flow, "SHOWN_AT_LEAST", 0.0)


@pytest.fixture
def short_commands() -> Iterator[None]:
    """Let the time for each command be up soon."""
    made = (commands.START, commands.STOP, commands.RESTART, commands.REBOOT)
    everything: tuple[Any, ...] = (*made, *CONTROLS.values())
    before = [each.seconds for each in everything]
    for each in everything:
        object.__setattr__(each, "seconds", 0.3)
    yield
    for each, seconds in zip(everything, before, strict=True):
        object.__setattr__(each, "seconds", seconds)


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


def make_entry(simulated: SimulatedMiner, password: str | None) -> MockConfigEntry:
    """Return what the flow would have stored."""
    data = {CONF_HOST: simulated.host, CONF_PORT: simulated.port}
    if password is not None:
        data[CONF_PASSWORD] = password
    return MockConfigEntry(
        domain=DOMAIN, title="Miner", unique_id=simulated.mac.lower(), data=data
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
