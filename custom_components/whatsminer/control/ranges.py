"""The range of values that a miner accepts."""

from typing import Any, TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from ..client import (
    CONTROLS,
    Capability,
    CommandFailed,
    MinerData,
    MiningState,
    WriteAccessDisabled,
)
from ..const import DOMAIN, LOGGER
from ..stored_json import UNREADABLE

_VERSION = 1
_PERCENTS = (Capability.POWER_PERCENT, Capability.POWER_PERCENT_GENTLE)


class _StoredRange(TypedDict):
    """The stored data: the lowest power limit that a firmware refused."""

    firmware: str | None
    power_limit: float


def may_mean_range(err: CommandFailed, capability: Capability) -> bool:
    """Return whether a miner may accept another value than the one that it refused.

    Only the power limit has a ceiling that no firmware reports.
    """
    return (
        capability is Capability.POWER_LIMIT
        and not isinstance(err, WriteAccessDisabled)
        and err.may_mean_value
    )


class Ranges:
    """Knows each range: from the client, the user, and refusals."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, lowest_percent: float
    ) -> None:
        """Allow no power percent below the lowest."""
        self._lowest_percent = lowest_percent
        self._refused: _StoredRange | None = None
        self._accepted: dict[str | None, float] = {}
        self._store = Store[_StoredRange](hass, _VERSION, f"{DOMAIN}.{entry_id}.ranges")

    async def async_load(self) -> None:
        """Load the refusals from before Home Assistant started, if they can be read."""
        try:
            stored = await self._store.async_load()
            if stored is not None:
                self._refused = {
                    "firmware": stored["firmware"],
                    "power_limit": float(stored["power_limit"]),
                }
        except UNREADABLE as err:
            LOGGER.debug("The ranges that were stored cannot be used: %s", err)

    def find(
        self, capability: Capability, data: MinerData
    ) -> tuple[float, float] | None:
        """Return the lowest and the highest value; None for what has no range."""
        limits = CONTROLS[capability].limits(data)
        if limits is None:
            return None
        lowest, highest = limits
        if capability in _PERCENTS:
            return max(lowest, min(self._lowest_percent, highest)), highest
        refused = self._refused
        if capability is not Capability.POWER_LIMIT:
            return lowest, highest
        shown = self._highest_shown(data)
        if refused is not None and refused["firmware"] == data.identity.firmware:
            highest = min(highest, max(refused["power_limit"] - 1, shown, lowest))
        return lowest, highest

    def _highest_shown(self, data: MinerData) -> float:
        """Return the highest limit that this firmware has reported, and therefore accepts."""
        firmware = data.identity.firmware
        shown = max(data.power_limit or 0, data.power_limit_set or 0)
        self._accepted = {firmware: max(shown, self._accepted.get(firmware, 0))}
        return self._accepted[firmware]

    async def async_note_refusal(
        self, err: CommandFailed, capability: Capability, value: Any, data: MinerData
    ) -> None:
        """Note that the miner refused a value, so that it is not offered again.

        A miner that does not just mine may refuse it for another reason, and so does one
        that refuses what it has: where it reports no limit, both look the same.
        """
        limits, shown = self.find(capability, data), self._highest_shown(data)
        if (
            not may_mean_range(err, capability)
            or data.state is not MiningState.MINING
            or limits is None
            or shown == 0
            or not max(limits[0], shown) < value <= limits[1]
        ):
            return
        self._refused = {"firmware": data.identity.firmware, "power_limit": value}
        await self._store.async_save(self._refused)

    async def async_remove(self) -> None:
        """Delete the stored data."""
        await self._store.async_remove()
