"""Events of a miner, from the differences between readings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util.hass_dict import HassKey

from .client import MinerData
from .const import DOMAIN
from .coordinator import WhatsminerCoordinator
from .entity import WhatsminerEntity
from .fault_history import FaultHistory
from .runtime import WhatsminerConfigEntry

PARALLEL_UPDATES = 0

FAULT_APPEARED = "fault_appeared"
FAULT_CLEARED = "fault_cleared"
MINING_STARTED = "mining_started"
MINING_STOPPED = "mining_stopped"
REBOOTED = "rebooted"
RESTARTED = "restarted"

# Two sources of one count of seconds may differ by this much.
_JITTER = 5

# Faults are watched over a reload of the entry: half an hour is longer than that.
_WATCHED: HassKey[dict[str, Faults]] = HassKey(f"{DOMAIN}_faults")

type Event = tuple[str, Mapping[str, Any]]


class Faults:
    """Knows the faults by the last readings."""

    def __init__(self, data: MinerData) -> None:
        """Take the first reading, which causes no event."""
        self._history = FaultHistory(data)

    def compare(self, data: MinerData) -> Iterator[Event]:
        """Yield what has appeared or was cleared."""
        for has_appeared, fault in self._history.compare(data, monotonic()):
            yield FAULT_APPEARED if has_appeared else FAULT_CLEARED, fault.attributes()


class Operation:
    """Knows whether, and for how long, the miner ran by the last readings."""

    def __init__(self, data: MinerData) -> None:
        """Take the first reading, which causes no event."""
        self._mining = data.mining
        self._uptime = data.uptime
        self._mining_uptime = data.mining_uptime

    def compare(self, data: MinerData) -> Iterator[Event]:
        """Yield what has happened; what a reading does not report stays as it was."""
        was_mining, self._mining = self._mining, _known(data.mining, self._mining)
        rebooted = _fell(self._uptime, data.uptime)
        restarted = _fell(self._mining_uptime, data.mining_uptime)
        self._uptime = _known(data.uptime, self._uptime)
        self._mining_uptime = _known(data.mining_uptime, self._mining_uptime)
        switched = was_mining is not None and self._mining is not was_mining
        if rebooted:
            yield REBOOTED, {}
        if switched:
            if self._mining:
                yield MINING_STARTED, {}
            else:
                yield MINING_STOPPED, {"reason": data.stop_reason or None}
        elif restarted and self._mining and not rebooted:
            yield RESTARTED, {}
        if rebooted or switched or self._mining is False:
            # The count starts again then: this is not another restart.
            self._mining_uptime = data.mining_uptime if self._mining else None


@dataclass(frozen=True, kw_only=True)
class WhatsminerEventDescription(EventEntityDescription):
    """Describe an event entity of a miner."""

    watch: Callable[[MinerData], Faults | Operation]


EVENTS: tuple[WhatsminerEventDescription, ...] = (
    WhatsminerEventDescription(
        key="fault",
        translation_key="fault",
        event_types=[FAULT_APPEARED, FAULT_CLEARED],
        watch=Faults,
    ),
    WhatsminerEventDescription(
        key="operation",
        translation_key="operation",
        event_types=[MINING_STARTED, MINING_STOPPED, REBOOTED, RESTARTED],
        watch=Operation,
    ),
)


def _fell(before: int | None, now: int | None) -> bool:
    """Return whether a count of seconds started again."""
    return before is not None and now is not None and now + _JITTER < before


def _known[T](now: T | None, before: T | None) -> T | None:
    """Return the current value, else the earlier one."""
    return before if now is None else now


async def async_setup_entry(
    hass: HomeAssistant,
    entry: WhatsminerConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events of one miner."""
    async_add_entities(
        WhatsminerEvent(entry.runtime_data.coordinator, description)
        for description in EVENTS
    )


@callback
def forget_faults(hass: HomeAssistant, entry_id: str) -> None:
    """Forget the faults of a miner that was removed."""
    hass.data.get(_WATCHED, {}).pop(entry_id, None)


class WhatsminerEvent(WhatsminerEntity, EventEntity):
    """An event of a miner."""

    entity_description: WhatsminerEventDescription

    def __init__(
        self,
        coordinator: WhatsminerCoordinator,
        description: WhatsminerEventDescription,
    ) -> None:
        """Take the first reading, if it is one and not what was stored."""
        super().__init__(coordinator, description)
        watched = coordinator.hass.data.setdefault(_WATCHED, {})
        self._watch: Faults | Operation | None = None
        if description.watch is Faults:
            self._watch = watched.pop(coordinator.config_entry.entry_id, None)
        if self._watch is None and coordinator.last_update_success:
            self._watch = description.watch(coordinator.data)
        self._seen = coordinator.data

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Keep the faults for the time after a reload."""
        await super().async_will_remove_from_hass()
        if isinstance(self._watch, Faults):
            entry_id = self.coordinator.config_entry.entry_id
            self.hass.data[_WATCHED][entry_id] = self._watch

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Show that the miner answers, or not; then fire what is new in a reading."""
        super()._handle_coordinator_update()
        data = self.coordinator.data
        if not self.coordinator.last_update_success or data is self._seen:
            return
        self._seen = data
        if self._watch is None:
            self._watch = self.entity_description.watch(data)
        for event_type, attributes in self._watch.compare(data):
            self._trigger_event(event_type, dict(attributes))
            self.async_write_ha_state()
