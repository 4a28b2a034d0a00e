"""The one owner of the connection to a miner: polls, sends, waits until it obeyed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from math import inf
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util.dt import as_local, utcnow

from .client import (
    DEFAULT_ACCOUNT,
    DEFAULT_PORT,
    AuthenticationError,
    CommandFailed,
    Miner,
    MinerBusy,
    MinerData,
    MinerUnreachable,
    WhatsminerError,
    WriteAccessDisabled,
)
from .commands import FACTORY_RESET, START, STOP, Command
from .const import CONF_ACCOUNT, CONF_START_MINUTES, DOMAIN, LOGGER, SCAN_INTERVAL
from .device_text import one_line
from .errors import command_error, update_error
from .issues import update_issues
from .starts import Starts
from .stored import LastKnown
from .wishes import Wish

type WhatsminerConfigEntry = ConfigEntry[WhatsminerCoordinator]

# While a command is under way the miner is read after so many seconds, then after
# twice as long each time, up to the second number.
CONFIRM_FIRST = 0.25
CONFIRM_MOST = 3.0

# Seconds until the password is checked again: where the miner was too busy or did not
# answer, and where it lets nobody write.
CHECK_AGAIN = 60.0
CHECK_CLOSED_AGAIN = 600.0


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
    pending_since: datetime | None = None
    """When the last command was sent."""
    password_taken: bool | None = None
    """Whether the miner took the password; None as long as that is open."""
    busy_since: float | None = None
    """Loop time since which the miner is too busy to check the password."""
    silent_since: float | None = None
    """Loop time since which the miner answers and does not tell how it mines."""

    def __init__(self, hass: HomeAssistant, entry: WhatsminerConfigEntry) -> None:
        """Prepare the client; nothing is connected yet."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=one_line(entry.title),
            update_interval=(
                timedelta(seconds=entry.options[CONF_SCAN_INTERVAL])
                if CONF_SCAN_INTERVAL in entry.options
                else SCAN_INTERVAL
            ),
        )
        self.miner = make_miner(entry.data)
        self._last_known = LastKnown(hass, entry.entry_id)
        self.starts = Starts(
            hass, entry.entry_id, entry.options.get(CONF_START_MINUTES, 0)
        )
        self._check_at = 0.0
        self._read_lock = asyncio.Lock()
        self._command_lock = asyncio.Lock()
        self._sent = 0
        self._stopped_at = -inf
        # The newest command about each thing, and all that are not over.
        self._wishes: dict[str, Wish] = {}
        self._open: set[Wish] = set()
        self.last_set: dict[str, Any] = {}
        """What settings were set to last, by their keys, for what no miner tells."""

    @property
    def known(self) -> MinerData:
        """Return the newest that is known of each part: it tells which things exist.

        A miner that is stopped, or still starts, does not tell of all that it has.
        """
        return self._last_known.data or self.data

    def restore(self) -> bool:
        """Start with what was last known, if the miner was just not reached.

        The entities come up unavailable, and recover with the polls.
        """
        cause = self.last_exception.__cause__ if self.last_exception else None
        if self._last_known.data is None or not isinstance(cause, MinerUnreachable):
            return False
        self.data = self._last_known.data
        LOGGER.warning("%s does not answer: starting with what is known", self.name)
        return True

    @override
    async def async_shutdown(self) -> None:
        """Stop polling, give up what was not carried out, and hang up."""
        await super().async_shutdown()
        wishes = tuple(self._open)
        for wish in wishes:
            wish.end(self._make_error("unloaded"))
        results = (wish.async_result() for wish in wishes)
        await asyncio.gather(*results, return_exceptions=True)
        async with self._read_lock:
            await self.miner.close()

    @override
    async def _async_setup(self) -> None:
        """Look up what was last known of the miner."""
        await self._last_known.async_load()
        await self.starts.async_load()

    @override
    async def _async_update_data(self) -> MinerData:
        """Read the miner; of two readings the older one never comes last."""
        async with self._read_lock:
            return await self._async_read()

    async def _async_read(self) -> MinerData:
        """Read the miner, and note what is new."""
        try:
            sent, data = self._sent, await self.miner.read()
            if sent != self._sent:
                # A command came in between: a part of it may be from before.
                data = await self.miner.read()
        except WhatsminerError as err:
            raise update_error(err, self.name) from err
        if data.identity.mac not in (None, self.config_entry.unique_id):
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="wrong_device",
                translation_placeholders={"name": self.name},
            )
        if self._shutdown_requested:
            return data
        await self._async_check_password()
        self._note_silence(data)
        if self.data and data.identity.firmware != self.data.identity.firmware:
            self._async_firmware_changed(data.identity.firmware)
        if await self.starts.async_note(data):
            self._forget_share()
        await self._last_known.async_learn(data)
        return data

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        """Tell the user of what only the user can mend."""
        if self.last_update_success:
            update_issues(self)

    async def _async_check_password(self) -> None:
        """Prove the password at the first contact; a wrong one leaves it readable."""
        now = self.hass.loop.time()
        if not self.miner.can_write or now < self._check_at:
            return
        self._check_at = inf
        busy_since, self.busy_since = self.busy_since, None
        try:
            proven = await self.miner.check_password()
        except AuthenticationError:
            self.password_taken = False
            self.config_entry.async_start_reauth(self.hass)
            return
        except (MinerBusy, MinerUnreachable) as err:
            LOGGER.debug("%s: the password was not checked: %s", self.name, err)
            self._check_at = now + CHECK_AGAIN
            if isinstance(err, MinerBusy):
                self.busy_since = now if busy_since is None else busy_since
            return
        except WhatsminerError as err:
            # It gives no token at all: the first command asks again.
            LOGGER.debug("%s: the password cannot be checked: %s", self.name, err)
            return
        self.password_taken = proven or None
        if self.miner.write_access is False:
            self._check_at = now + CHECK_CLOSED_AGAIN

    def _note_silence(self, data: MinerData) -> None:
        """Note since when a miner that is not stopped does not tell its hashrate."""
        if data.mining is False or data.hashrate is not None:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = self.hass.loop.time()

    async def async_command(self, command: Command) -> None:
        """Send a command and wait until the miner shows that it obeyed.

        Commands of one miner wait for each other; a stop does not wait until a setting
        shows. One that is under way already is not sent again, and of two about the
        same thing only the newer one counts. Goes on when the caller gives up. Raises a
        translated HomeAssistantError when the miner refused, did not obey in time, or
        when a newer command took its place.
        """
        self._refuse_after_unloading()
        wish = self._wishes.get(command.about)
        if wish and not wish.is_over and wish.command.is_same_as(command):
            await wish.async_result()
            return
        self.refuse_early_start(command)
        if wish is not None:
            wish.replace()
        if command is STOP:
            for each in self._open:
                if each.command.target is not None:
                    each.leave()
        wish = Wish(self.hass, command, self._async_carry_out)
        self._wishes[command.about] = wish
        await wish.async_result()

    async def _async_carry_out(self, wish: Wish) -> None:
        """Send a command when it is its turn, and wait until the miner obeyed."""
        self._open.add(wish)
        try:
            async with self._command_lock:
                self._refuse_after_unloading()
                if wish.is_replaced:
                    raise self._make_error("replaced")
                self.pending, self.pending_since = wish.command, utcnow()
                self.async_update_listeners()
                try:
                    obeyed = await self._async_command(wish)
                finally:
                    self.pending = None
                    self.async_update_listeners()
        finally:
            self._open.discard(wish)
        if not obeyed:
            raise self._make_error(
                "replaced" if wish.is_left else f"not_{wish.command.key}",
                seconds=f"{wish.command.timeout:.0f}",
            )

    async def _async_command(self, wish: Wish) -> bool:
        """Send a command, and tell whether the miner obeyed in time."""
        command = wish.command
        if not command.can_be_left or (command is START and self.data.mining):
            # What it shows now decides, or is compared with what it shows afterwards.
            await self.async_refresh()
        self.refuse_other_device()
        self.refuse_early_start(command)
        before = self.data
        if command is START and self.last_update_success and not self._starts(START):
            return True
        try:
            answered = await self.async_send(
                command.send(self.miner), may_stop=command is STOP
            )
        except WhatsminerError as err:
            if isinstance(err, AuthenticationError):
                self.config_entry.async_start_reauth(self.hass)
            if isinstance(err, CommandFailed):
                # The command before this one may have been left before it showed.
                await self.async_refresh()
            raise command_error(err, self.name) from err
        obeyed = await self._async_wait(wish, before, answered is not False)
        if obeyed and command.target is not None:
            key, value = command.target
            self.last_set[key] = value
        if obeyed and command is FACTORY_RESET:
            self.last_set.clear()
        if wish.is_left and not obeyed and command.starts(before):
            await self._async_started(shows=False)
        return obeyed

    async def async_send[AnswerT](
        self, sending: Awaitable[AnswerT], *, may_stop: bool
    ) -> AnswerT:
        """Send something; a reading that is under way is then read anew."""
        if may_stop:
            self._stopped_at = self.hass.loop.time()
        try:
            return await sending
        except WriteAccessDisabled:
            self._check_at = self.hass.loop.time() + CHECK_CLOSED_AGAIN
            raise
        finally:
            self._sent += 1

    async def async_send_start[AnswerT](
        self, command: Command, send: Callable[[], Awaitable[AnswerT]]
    ) -> AnswerT:
        """Send in another way what starts mining as the command does, if it may."""
        async with self._command_lock:
            await self.async_refresh()
            self._refuse_after_unloading()
            self.refuse_other_device()
            self.refuse_early_start(command)
            starts = self._starts(command)
            answer = await self.async_send(send(), may_stop=False)
            if starts:
                await self._async_started(shows=True)
            return answer

    async def async_change_password(self, new: str) -> None:
        """Change the password on the miner and in the entry.

        Raises a WhatsminerError when the miner refused, and a translated error when it
        said yes and goes on with the old one.
        """
        old = self.config_entry.data.get(CONF_PASSWORD)
        async with self._command_lock:
            self._refuse_after_unloading()
            await self.async_send(self.miner.change_password(new), may_stop=False)
            try:
                await self.miner.check_password()
            except AuthenticationError as err:
                self.miner.set_password(old)
                raise self._make_error("password_not_changed") from err
            except WhatsminerError as err:
                LOGGER.debug("%s: the new password was not checked: %s", self.name, err)
                self._check_at = self.hass.loop.time() + CHECK_AGAIN
            self.hass.config_entries.async_update_entry(
                self.config_entry,
                data={**self.config_entry.data, CONF_PASSWORD: new},
            )

    async def _async_started(self, *, shows: bool) -> None:
        """Note a start that was sent, whether a reading will show it or not."""
        await self.starts.async_sent(shows=shows)
        self._forget_share()

    def _starts(self, command: Command) -> bool:
        """Tell whether mining starts by a command; a stop may not show yet."""
        since_stop = self.hass.loop.time() - self._stopped_at
        return command.starts(self.data) or (
            command is START and since_stop < 2 * STOP.timeout
        )

    def _forget_share(self) -> None:
        """Forget what share of the power was set: it ends when mining starts."""
        self.last_set.pop("power_percent", None)

    def _make_error(self, key: str, **placeholders: str) -> HomeAssistantError:
        """Return a translated error about this miner."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": self.name, **placeholders},
        )

    def _refuse_after_unloading(self) -> None:
        """Raise a translated error if somebody else has the miner by now, or nobody."""
        if self._shutdown_requested:
            raise self._make_error("unloaded")

    def refuse_other_device(self) -> None:
        """Raise a translated error if another miner was found at the address."""
        err = None if self.last_update_success else self.last_exception
        if isinstance(err, UpdateFailed) and err.translation_key == "wrong_device":
            raise self._make_error("wrong_device")

    def refuse_early_start(self, command: Command) -> None:
        """Raise a translated error if it is too early for what starts mining."""
        until = self.starts.wait_until()
        if until is not None and self._starts(command):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="too_early",
                translation_placeholders={
                    "name": self.name,
                    "time": as_local(until).strftime("%H:%M:%S"),
                },
            )

    async def _async_wait(self, wish: Wish, before: MinerData, answered: bool) -> bool:
        """Read the miner until it shows that it obeyed; False when it does not.

        Where it does not tell what was changed, its answer has to do.
        """
        command = wish.command
        deadline = self.hass.loop.time() + command.timeout
        pause = CONFIRM_FIRST
        while self.hass.loop.time() < deadline and not self._shutdown_requested:
            await wish.async_pause(pause)
            if wish.is_left:
                break
            pause = min(2 * pause, CONFIRM_MOST)
            if command.target is not None:
                self.miner.ask_anew()
            await self.async_refresh()
            if (
                self.last_update_success
                and (answered or command.is_told(self.data))
                and command.obeyed(before, self.data)
            ):
                return True
        return False

    def _async_firmware_changed(self, firmware: str | None) -> None:
        """Show the new firmware on the device page."""
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(
            registry, self.config_entry.entry_id
        ):
            registry.async_update_device(device.id, sw_version=firmware)
