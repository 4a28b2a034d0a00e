"""Reads one miner, at intervals and on request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from random import random
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util.dt import utcnow

from .access import Access
from .client import Miner, MinerData, WhatsminerError
from .client.miner import IDENTIFY_TIMEOUT
from .const import DOMAIN, LOGGER, SCAN_INTERVAL
from .errors import translate_error
from .names import shown_name
from .storage import LastKnown

# Home Assistant's start does not wait longer for a miner, its password included. That is
# enough to find out who it is, and with that its entities are there.
FIRST_SECONDS = IDENTIFY_TIMEOUT + 0.5


class WhatsminerCoordinator(DataUpdateCoordinator[MinerData]):
    """Reads one miner."""

    config_entry: ConfigEntry
    read_at: float = 0.0
    """When the miner was asked for the last reading, in UTC seconds."""
    silent_since: float | None = None
    """Loop time since which the miner answers and does not report how it mines."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        miner: Miner,
        access: Access,
        note: Callable[[MinerData], Awaitable[None]],
    ) -> None:
        """Prepare to read; nothing is connected yet.

        `note` gets each reading before anybody else sees it.
        """
        seconds = entry.options.get(CONF_SCAN_INTERVAL, SCAN_INTERVAL.total_seconds())
        self._interval = timedelta(seconds=seconds)
        # At a start all miners are read at once, and then at times of their own; not
        # again while Home Assistant still has to add hundreds of others.
        wait = self._interval * random()
        if hass.state is not CoreState.running:
            wait += SCAN_INTERVAL
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=shown_name(hass, entry),
            update_interval=wait,
        )
        self.miner = miner
        self._note = note
        self._access = access
        self._last_known = LastKnown(hass, entry.entry_id)
        self._lock = asyncio.Lock()
        self._outdated = 0
        self._limit: asyncio.Timeout | None = None

    @property
    def shown_name(self) -> str:
        """Return the name by which the user knows the miner."""
        return shown_name(self.hass, self.config_entry)

    @property
    def known(self) -> MinerData:
        """Return the newest value of each part, which decides what entities exist.

        A miner that is stopped, or still starts, does not report all that it has.
        """
        return self._last_known.data or self.data

    def restore(self) -> bool:
        """Start with the last readings, if the miner does not answer now.

        Of one that was never read, who it is must do, if it has said so in time. The
        entities come up unavailable, and recover with the polls.
        """
        key = getattr(self.last_exception, "translation_key", None)
        known = self._last_known.data
        if known is None and (new := self.miner.identified) is not None:
            known = new if new.identity.mac == self.config_entry.unique_id else None
        if known is None or key == "wrong_device":
            return False
        self.data = known
        LOGGER.warning("%s does not answer: starting with what is known", self.name)
        return True

    def outdate(self) -> None:
        """Repeat the reading that has begun, because a command came in between."""
        self._outdated += 1

    async def async_close(self) -> None:
        """Stop polling, and close the connection.

        A reading that is under way ends at once: a miner that hangs would take half a
        minute. Nothing that was sent is lost by that: commands are no part of a reading.
        """
        await self.async_shutdown()
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(self.hass.loop.time())
        async with self._lock:
            await self.miner.close()
        await self._last_known.async_save()

    @override
    async def _async_setup(self) -> None:
        """Load the last readings of the miner."""
        await self._last_known.async_load()
        if self._last_known.data is not None:
            self.miner.remember(self._last_known.data)

    @override
    async def _async_update_data(self) -> MinerData:
        """Read the miner; of two readings the older one never comes last."""
        async with self._lock:
            # For the log: the user may have renamed it.
            self.name = self.shown_name
            first, asked_at = self.data is None, utcnow().timestamp()
            if not first:
                self.update_interval = self._interval
            end = self.hass.loop.time() + FIRST_SECONDS if first else None
            try:
                async with self._limited(end):
                    data = await self._async_read()
                self.read_at = asked_at
            except TimeoutError as err:
                if self._shutdown_requested and self.last_update_success and not first:
                    return self.data
                raise UpdateFailed(
                    translation_domain=DOMAIN,
                    translation_key="unreachable",
                    translation_placeholders={"name": self.shown_name},
                ) from err
            if not self._shutdown_requested:
                await self._async_note(data, end)
            return data

    @asynccontextmanager
    async def _limited(self, end: float | None) -> AsyncIterator[None]:
        """Raise TimeoutError at a loop time if there is one, or when it is closed."""
        now = self.hass.loop.time()
        async with asyncio.timeout_at(
            now if self._shutdown_requested else end
        ) as limit:
            self._limit = limit
            try:
                yield
            finally:
                self._limit = None

    async def _async_read(self) -> MinerData:
        """Read the miner of the entry; another one is an error."""
        try:
            outdated, data = self._outdated, await self.miner.read()
            if outdated != self._outdated:
                # A part of it may be from before.
                data = await self.miner.read()
        except WhatsminerError as err:
            raise translate_error(UpdateFailed, err, self.shown_name) from err
        if self.miner.last_mac not in (None, self.config_entry.unique_id):
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="wrong_device",
                translation_placeholders={"name": self.shown_name},
            )
        return data

    async def _async_note(self, data: MinerData, end: float | None) -> None:
        """Note what a reading shows for the first time, with its loop time if there is one."""
        try:
            async with self._limited(end):
                await self._access.async_check()
        except TimeoutError:
            LOGGER.debug("%s: there was no time to check the password", self.name)
        if data.mining is False or data.hashrate is not None:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = self.hass.loop.time()
        await self._note(data)
        self._last_known.async_learn(data)
