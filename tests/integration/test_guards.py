"""What a miner costs Home Assistant, counted: it must not grow unnoticed."""

from collections import Counter
from typing import Any, NamedTuple

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from tests.simulator import ManualClock

from .helpers import KINDS, enter, later, make_miner


class Costs(NamedTuple):
    """What one miner costs."""

    registered: int
    enabled: int
    changed: int
    """States that change with a poll in which all that is measured has changed."""


COSTS = {
    "air": Costs(83, 27, 6),
    "hydro": Costs(85, 26, 6),
    "older": Costs(64, 25, 4),
}
"""By kind of miner, at most: what is more is decided here.

Which questions a poll asks goes by real time, so that a few states more or less change.
"""


class Writes:
    """Counts what is written of each entity."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to count."""
        self.changed: Counter[str] = Counter()
        self.reported: Counter[str] = Counter()
        for kind, counter in (
            (EVENT_STATE_CHANGED, self.changed),
            (EVENT_STATE_REPORTED, self.reported),
        ):
            hass.bus.async_listen(kind, *self._counting(counter))

    @staticmethod
    def _counting(counter: Counter[str]) -> tuple[Any, Any]:
        """Return a listener that counts, and a filter that lets all through."""

        @callback
        def count(event: Event) -> None:
            counter[event.data["entity_id"]] += 1

        @callback
        def every(data: Any) -> bool:
            return True

        return count, every

    def clear(self) -> None:
        """Begin anew."""
        self.changed.clear()
        self.reported.clear()


@pytest.mark.parametrize("kind", KINDS)
async def test_costs(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
    clock: ManualClock,
    kind: str,
) -> None:
    """No miner has more entities, and no poll writes more, than the table has."""
    async with make_miner(kind, clock=clock) as miner:
        await enter(hass, miner)
        # What comes once is there after two minutes.
        for _ in range(8):
            clock.advance(15)
            await later(hass, freezer, 15)
        entities = entity_registry.entities.values()
        enabled = [each for each in entities if each.disabled_by is None]
        writes = Writes(hass)
        await later(hass, freezer, 15)
        still = writes.changed.copy()
        both = writes.changed + writes.reported
        writes.clear()
        clock.advance(15)
        await later(hass, freezer, 15)
    both |= writes.changed + writes.reported
    # An entity is written once, or not at all.
    assert set(both.values()) == {1}
    assert len(both) <= len(enabled)
    # Where nothing moves, only what is added up changes.
    assert {each.removeprefix("sensor.miner_") for each in still} <= {"energy"}
    found = Costs(len(entities), len(enabled), len(writes.changed))
    assert all(a <= b for a, b in zip(found, COSTS[kind], strict=True)), found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("all_entities_enabled")
async def test_start_changes_no_registry(
    hass: HomeAssistant, clock: ManualClock, kind: str
) -> None:
    """What is registered once stays: each change writes megabytes for a farm."""
    changes: list[Event[Any]] = []
    async with make_miner(kind, clock=clock) as miner:
        entry = await enter(hass, miner)
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, changes.append)
        hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, changes.append)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    assert not [each.data for each in changes]
