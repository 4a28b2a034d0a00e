"""Two tables: what each entity is, and what each shows of three miners that stand still.

An air-cooled miner and a hydro one are of today; an older one, stopped, has what the other
two have not. After a change on purpose: `python -m pytest tests/integration/test_snapshots.py
--snapshot-update`, and read the difference.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.whatsminer.sensor_descriptions import SENSORS
from tests.conftest import PASSWORD
from tests.simulator import ManualClock

from .helpers import DOMAIN, KINDS, make_entry, make_miner, set_up

NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)
ICONS: Any = json.loads(
    (Path("custom_components") / DOMAIN / "icons.json").read_text("utf-8")
)["entity"]
PRECISIONS = {
    f"sensor.{each.key}": each.suggested_display_precision for each in SENSORS
}

# What the first table has.
KNOWN = {"device_class", "friendly_name", "state_class", "unit_of_measurement"}

type Entries = dict[str, er.RegistryEntry]


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots in the folder where Home Assistant has them."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@asynccontextmanager
async def entered(
    hass: HomeAssistant, kind: str, password: str | None = PASSWORD, index: int = 0
) -> AsyncIterator[Entries]:
    """Set up a miner that always shows the same; its entities by platform and key."""
    clock = ManualClock(NOW.timestamp())
    async with make_miner(kind, clock=clock, index=index) as miner:
        entry = make_entry(miner, password)
        await set_up(hass, entry)
        registry = er.async_get(hass)
        yield {
            f"{each.domain}.{each.unique_id.partition('_')[2]}": each
            for each in er.async_entries_for_config_entry(registry, entry.entry_id)
        }
        await hass.config_entries.async_unload(entry.entry_id)


def table(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as lines."""
    return "\n".join(" | ".join(map(str, row)).rstrip() for row in rows)


def described(key: str, entry: er.RegistryEntry) -> list[object]:
    """Return what an entity is."""
    platform = key.partition(".")[0]
    icon = ICONS.get(platform, {}).get(entry.translation_key, {}).get("default", "")
    capabilities = entry.capabilities or {}
    return [
        key,
        entry.original_name,
        entry.entity_category or "",
        entry.original_device_class or "",
        capabilities.get("state_class", ""),
        entry.unit_of_measurement or "",
        "" if (digits := PRECISIONS.get(key)) is None else digits,
        icon.removeprefix("mdi:"),
    ]


async def test_entities(hass: HomeAssistant, snapshot: SnapshotAssertion) -> None:
    """What each entity is, and on which miners it is there, on or off at first."""
    rows: dict[str, list[object]] = {}
    columns: list[dict[str, str]] = []
    kinds = [*((kind, PASSWORD) for kind in KINDS), ("air", None)]
    for index, (kind, password) in enumerate(kinds):
        async with entered(hass, kind, password, index) as entries:
            for key, entry in entries.items():
                rows.setdefault(key, described(key, entry))
            columns.append(
                {
                    key: "off" if entry.disabled_by else "on"
                    for key, entry in entries.items()
                }
            )
    heads = "key name category class state_class unit precision icon"
    head = [*heads.split(), *KINDS, "air without a password"]
    body = [
        [*rows[key], *(column.get(key, "") for column in columns)]
        for key in sorted(rows)
    ]
    assert table([head, *body]) == snapshot


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("kind", KINDS)
async def test_shown(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    snapshot: SnapshotAssertion,
    kind: str,
) -> None:
    """What each entity shows, with all of its attributes."""
    freezer.move_to(NOW)
    rows = []
    async with entered(hass, kind) as entries:
        for key, entry in sorted(entries.items()):
            state = hass.states.get(entry.entity_id)
            assert state is not None, key
            attributes = {
                str(name): each
                for name, each in state.attributes.items()
                if name not in KNOWN
            }
            shown = "an address" if key == "sensor.ip_address" else state.state
            more = json.dumps(attributes, default=str) if attributes else ""
            rows.append([entry.entity_id, shown, more])
    assert table(rows) == snapshot
