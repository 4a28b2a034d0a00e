"""All entities of an air-cooled and of a hydro miner, as the registry and users see them.

An older one, stopped, has what the other two have not: each entity is here once.
After a change on purpose: `python -m pytest tests/integration/test_snapshots.py
--snapshot-update`, and read the difference.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components import whatsminer
from tests.simulator import ManualClock

from .helpers import KINDS, make_entry, make_miner, set_up

NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots without what is random."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture(params=KINDS)
async def entry(
    request: Any, freezer: FrozenDateTimeFactory
) -> AsyncIterator[MockConfigEntry]:
    """Return the entry of a miner that always shows the same."""
    freezer.move_to(NOW)
    clock = ManualClock(NOW.timestamp())
    async with make_miner(request.param, clock=clock) as miner:
        yield make_entry(miner)


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("platform", whatsminer.PLATFORMS)
async def test_platform(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
    platform: str,
) -> None:
    """Each entity of a platform, with all that it shows."""
    with patch.object(whatsminer, "PLATFORMS", [platform]):
        await set_up(hass, entry)
        there = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        assert sorted(each.entity_id for each in there) == snapshot(name="entities")
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_disabled_at_first(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """Details are there to be enabled, and nothing else is."""
    await set_up(hass, entry)
    entries = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    assert sorted(each.entity_id for each in entries if each.disabled_by) == snapshot
