"""The one owner of the connection to a miner: polls, sends, waits until it obeyed."""

import asyncio
from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .client import (
    DEFAULT_ACCOUNT,
    DEFAULT_PORT,
    AuthenticationError,
    Miner,
    MinerData,
    MinerUnreachable,
    WhatsminerError,
)
from .commands import Command
from .const import CONF_ACCOUNT, DOMAIN, LOGGER, SCAN_INTERVAL
from .errors import command_error, update_error

type WhatsminerConfigEntry = ConfigEntry[WhatsminerCoordinator]

# While a command is under way the miner is read after so many seconds, then after
# twice as long each time, up to the second number.
CONFIRM_FIRST = 0.25
CONFIRM_MOST = 3.0


def make_miner(data: Mapping[str, Any]) -> Miner:
    """Return the client for what an entry holds."""
    return Miner(
        data[CONF_HOST],
        data.get(CONF_PASSWORD),
        port=data.get(CONF_PORT, DEFAULT_PORT),
        account=data.get(CONF_ACCOUNT, DEFAULT_ACCOUNT),
    )


class WhatsminerCoordinator(DataUpdateCoordinator[MinerData]):
    """Reads one miner and steers it."""

    config_entry: WhatsminerConfigEntry
    pending: Command | None = None
    """The command that the miner has not shown to have obeyed yet."""

    def __init__(self, hass: HomeAssistant, entry: WhatsminerConfigEntry) -> None:
        """Prepare the client; nothing is connected yet."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=SCAN_INTERVAL,
        )
        self.miner = make_miner(entry.data)
        self._command_lock = asyncio.Lock()

    @override
    async def async_shutdown(self) -> None:
        """Stop polling, and hang up."""
        await super().async_shutdown()
        await self.miner.close()

    @override
    async def _async_setup(self) -> None:
        """Prove the password, once; a wrong one leaves the miner readable."""
        if not self.miner.can_write:
            return
        try:
            await self.miner.check_password()
        except AuthenticationError:
            self.config_entry.async_start_reauth(self.hass)
        except MinerUnreachable as err:
            raise update_error(err, self.name) from err
        except WhatsminerError as err:
            # It gives no token now, or none at all: the first command asks again.
            LOGGER.debug("%s: the password could not be checked: %s", self.name, err)

    @override
    async def _async_update_data(self) -> MinerData:
        """Read the miner."""
        try:
            data = await self.miner.read()
        except WhatsminerError as err:
            raise update_error(err, self.name) from err
        if self.data and data.identity.firmware != self.data.identity.firmware:
            self._async_firmware_changed(data.identity.firmware)
        return data

    async def async_command(self, command: Command) -> None:
        """Send a command and wait until the miner shows that it obeyed.

        Commands of one miner wait for each other. Raises a translated
        HomeAssistantError when the miner refused, or did not obey in time.
        """
        async with self._command_lock:
            before = self.data
            self.pending = command
            self.async_update_listeners()
            try:
                await command.send(self.miner)
                obeyed = await self._async_wait(command, before)
            except WhatsminerError as err:
                if isinstance(err, AuthenticationError):
                    self.config_entry.async_start_reauth(self.hass)
                raise command_error(err, self.name) from err
            finally:
                self.pending = None
                self.async_update_listeners()
        if not obeyed:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=f"not_{command.key}",
                translation_placeholders={
                    "name": self.name,
                    "seconds": f"{command.timeout:.0f}",
                },
            )

    async def _async_wait(self, command: Command, before: MinerData) -> bool:
        """Read the miner until it shows that it obeyed; False when it does not."""
        deadline = self.hass.loop.time() + command.timeout
        pause = CONFIRM_FIRST
        while self.hass.loop.time() < deadline and not self._shutdown_requested:
            await asyncio.sleep(pause)
            pause = min(2 * pause, CONFIRM_MOST)
            await self.async_refresh()
            if self.last_update_success and command.obeyed(before, self.data):
                return True
        return False

    def _async_firmware_changed(self, firmware: str | None) -> None:
        """Show the new firmware on the device page."""
        registry = dr.async_get(self.hass)
        unique_id = self.config_entry.unique_id
        assert unique_id is not None
        device = registry.async_get_device_by_identifier(
            (DOMAIN, unique_id), self.config_entry.entry_id
        )
        if device:
            registry.async_update_device(device.id, sw_version=firmware)
