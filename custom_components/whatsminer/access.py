"""The password of one miner: whether it is accepted, and whether it permits commands."""

import asyncio
from math import inf

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import CoreState, HomeAssistant

from .client import (
    AuthenticationError,
    Miner,
    MinerBusy,
    MinerUnreachable,
    WhatsminerError,
    WriteAccessDisabled,
    WrongDevice,
)
from .const import DOMAIN, LOGGER

# Seconds until the password is checked again: where the miner was too busy or did not
# answer, and where it lets nobody write, or shows nothing that proves it.
CHECK_AGAIN = 60.0
CHECK_CLOSED_AGAIN = 600.0
# A dialog that shows the same step for so many seconds was left open.
DIALOG_LEFT = 600.0


class Access:
    """Knows whether commands to a miner can get through."""

    accepted: bool | None = None
    """Whether the miner accepted the password; None as long as that is open."""
    busy_since: float | None = None
    """Loop time since which the miner is too busy to check the password."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, miner: Miner) -> None:
        """Check nothing yet."""
        self._hass = hass
        self._entry = entry
        self._miner = miner
        self._check_at = 0.0
        self._dialogs: tuple[set[tuple[str, str | None]], float] = (set(), 0.0)

    @property
    def is_checked(self) -> bool:
        """Return whether a check was tried, or there is no password to check."""
        return self._check_at > 0 or not self._miner.can_write

    async def async_check(self) -> None:
        """Check the password if a check is due; with a wrong one the miner is still read.

        Home Assistant's start does not wait for that: the first poll after it does it.
        """
        if self.accepted is False:
            self._ask_for_password()
        if (
            not self._miner.can_write
            or self._hass.state is not CoreState.running
            or self._hass.loop.time() < self._check_at
        ):
            return
        try:
            await self.async_check_now()
        except WhatsminerError as err:
            LOGGER.debug("%s: the password is not proven: %s", self._miner.host, err)

    async def async_check_now(self) -> None:
        """Check the password; raises a WhatsminerError if this is not possible."""
        now = self._hass.loop.time()
        self._check_at = now + CHECK_AGAIN
        busy_since, self.busy_since = self.busy_since, None
        try:
            is_proven = await self._miner.check_password()
        except AuthenticationError as err:
            self._check_at = inf
            self.note_failure(err)
            raise
        except MinerBusy:
            self.busy_since = now if busy_since is None else busy_since
            raise
        except MinerUnreachable, WrongDevice:
            raise
        except WhatsminerError:
            # It gives no token: the first command asks again.
            self._check_at = inf
            raise
        if is_proven:
            self.note_yes()
        else:
            self.accepted = None
        is_open = is_proven and self._miner.write_access is not False
        self._check_at = inf if is_open else now + CHECK_CLOSED_AGAIN

    def note_yes(self) -> None:
        """Note that the miner accepted the password, which is then asked for no more.

        It may have refused it for a moment: two programs spoil each other's tokens.
        """
        if self.accepted is False:
            for dialog in self._entry.async_get_active_flows(
                self._hass, {SOURCE_REAUTH}
            ):
                self._hass.config_entries.flow.async_abort(dialog["flow_id"])
        self.accepted = True

    def note_failure(self, err: WhatsminerError) -> None:
        """Note what the failure of a command means for the password."""
        if isinstance(err, AuthenticationError):
            self.accepted = False
            self._dialogs = (set(), 0.0)
            self._entry.async_start_reauth(self._hass)
        if isinstance(err, WriteAccessDisabled):
            self._check_at = self._hass.loop.time() + CHECK_CLOSED_AGAIN

    def _ask_for_password(self) -> None:
        """Let Home Assistant ask for a password that was refused, if it does not already.

        It asks nothing while a dialog changes the entry: one that was left open is closed.
        """
        dialogs = {
            (dialog["flow_id"], dialog.get("step_id"))
            for dialog in self._entry.async_get_active_flows(
                self._hass, {SOURCE_RECONFIGURE}
            )
        }
        now = self._hass.loop.time()
        seen, since = self._dialogs
        if dialogs != seen:
            self._dialogs = (dialogs, now)
        elif now - since >= DIALOG_LEFT:
            for flow_id, _ in dialogs:
                self._hass.config_entries.flow.async_abort(flow_id)
        self._entry.async_start_reauth(self._hass)

    async def async_change(self, new: str) -> bool:
        """Change the password on the miner and in the entry.

        False when the miner said yes and goes on with the old one. Raises a
        WhatsminerError when it refused. Whoever cancels it waits for the miner's answer:
        nobody else would know which one it has. To prove that can be interrupted.
        """
        old = self._entry.data[CONF_PASSWORD]
        changing = self._hass.async_create_task(
            self._async_change(new), f"{DOMAIN} password"
        )
        try:
            await asyncio.shield(changing)
        finally:
            await asyncio.wait([changing])
        try:
            await self._miner.check_password()
        except AuthenticationError:
            self._miner.set_password(old)
            self._keep(old)
            return False
        except WhatsminerError as err:
            LOGGER.debug(
                "%s: the new password was not checked: %s", self._miner.host, err
            )
            self._check_at = self._hass.loop.time() + CHECK_AGAIN
        return True

    async def _async_change(self, new: str) -> None:
        """Change the password on the miner, and have it in the entry at once."""
        await self._miner.change_password(new)
        self._keep(new)

    def _keep(self, password: str) -> None:
        """Store a password in the entry."""
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, CONF_PASSWORD: password}
        )
