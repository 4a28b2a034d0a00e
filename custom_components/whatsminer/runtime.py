"""The objects of a loaded entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant

from .access import Access
from .client import DEFAULT_ACCOUNT, DEFAULT_PORT, Miner
from .const import (
    CONF_ACCOUNT,
    CONF_LOWEST_PERCENT,
    CONF_START_MINUTES,
    DEFAULT_LOWEST_PERCENT,
)
from .control.queue import CommandQueue
from .control.ranges import Ranges
from .control.starts import Starts
from .coordinator import WhatsminerCoordinator

type WhatsminerConfigEntry = ConfigEntry[WhatsminerRuntime]


@dataclass(frozen=True, kw_only=True)
class WhatsminerRuntime:
    """One miner: its client, coordinator, commands and password."""

    miner: Miner
    coordinator: WhatsminerCoordinator
    commands: CommandQueue
    access: Access

    async def async_close(self) -> None:
        """Cancel waiting commands, and close the connection."""
        await self.commands.async_close()
        await self.coordinator.async_close()


def make_runtime(hass: HomeAssistant, entry: ConfigEntry) -> WhatsminerRuntime:
    """Create the objects of an entry; nothing is connected yet."""
    options = entry.options
    miner = make_miner(entry.data, entry.unique_id)
    access = Access(hass, entry, miner)
    starts = Starts(hass, entry.entry_id, options.get(CONF_START_MINUTES, 0))
    ranges = Ranges(
        hass, entry.entry_id, options.get(CONF_LOWEST_PERCENT, DEFAULT_LOWEST_PERCENT)
    )
    coordinator = WhatsminerCoordinator(hass, entry, miner, access, starts.async_note)
    return WhatsminerRuntime(
        miner=miner,
        coordinator=coordinator,
        commands=CommandQueue(miner, coordinator, access, starts, ranges),
        access=access,
    )


def make_miner(data: Mapping[str, Any], mac: str | None = None) -> Miner:
    """Return the client for an entry; it writes to that miner only."""
    return Miner(
        data[CONF_HOST],
        data.get(CONF_PASSWORD),
        port=data.get(CONF_PORT, DEFAULT_PORT),
        account=data.get(CONF_ACCOUNT, DEFAULT_ACCOUNT),
        mac=mac,
    )
