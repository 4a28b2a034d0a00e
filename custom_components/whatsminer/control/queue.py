"""The queue of commands to a miner: their order, their sending, their read-back.

Commands to one miner wait for each other. What is under way is not sent again, of two
on the same subject only the newer one counts, and each is done only when the miner
shows it. Nobody else writes to the miner.
"""

import asyncio
from datetime import datetime
from math import inf
from typing import Any

from homeassistant.core import CALLBACK_TYPE, Context, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util.dt import as_local

from ..access import Access
from ..client import (
    CONTROLS,
    Capability,
    CommandFailed,
    Miner,
    MinerData,
    NoAnswer,
    NotNow,
    WhatsminerError,
    WrongDevice,
)
from ..const import DOMAIN
from ..coordinator import WhatsminerCoordinator
from ..errors import translate_error
from .commands import START, STOP, Command
from .last_set import LastSet
from .manual import async_note_manual
from .queued import Note, Queued
from .ranges import Ranges, may_mean_range
from .starts import Starts

# While a command is under way the miner is read after so many seconds, then after
# twice as long each time, up to the second number.
CONFIRM_FIRST = 0.25
CONFIRM_MOST = 3.0
# For so many seconds after a command that may change what is in force, the miner may still
# show what was in force before.
_SETTLING = CONTROLS[Capability.POWER_LIMIT].seconds


class CommandQueue:
    """Owns all commands to one miner."""

    pending: Command | None = None
    """The command that the miner has not shown to have obeyed yet."""

    def __init__(
        self,
        miner: Miner,
        coordinator: WhatsminerCoordinator,
        access: Access,
        starts: Starts,
        ranges: Ranges,
    ) -> None:
        """Start without a command."""
        self.starts = starts
        """When mining started and stopped."""
        self.last_set = LastSet(self.starts)
        """What settings were set to last, for what no miner reports."""
        self._hass = coordinator.hass
        self._miner = miner
        self._coordinator = coordinator
        self._access = access
        self._ranges = ranges
        self._turn = asyncio.Lock()
        self._is_closed = False
        self._stopped_at = -inf
        self._settled_at = -inf
        # The newest command on each subject, and all that are not over.
        self._newest: dict[Capability, Queued] = {}
        self._open: set[Queued] = set()
        self._listeners: list[CALLBACK_TYPE] = []

    async def async_load(self) -> None:
        """Load the starts and ranges from before Home Assistant started."""
        await self.starts.async_load()
        await self._ranges.async_load()

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call a listener when the current command changes; return how to remove it."""
        self._listeners.append(update)
        return lambda: self._listeners.remove(update)

    def find_range(self, capability: Capability) -> tuple[float, float] | None:
        """Return the lowest and the highest value; None without a range."""
        return self._ranges.find(capability, self._coordinator.data)

    def find_asked(self, subject: Capability) -> Any:
        """Return the value that the miner is being set to; None: it is not."""
        newest = self._newest.get(subject)
        return newest.command.value if newest and newest.is_awaited else None

    async def async_send(self, command: Command, context: Context | None = None) -> Any:
        """Send a command by hand: whoever manages the miner notes it first.

        `context` is that of the call, where it is known. Else as `async_send_managed`.
        """
        entry_id = self._coordinator.config_entry.entry_id
        return await self._async_send(
            command, lambda: async_note_manual(self._hass, entry_id, command, context)
        )

    async def async_send_managed(self, command: Command) -> Any:
        """Send a command and wait until the miner shows the change.

        Goes on when the caller gives up. Returns the answer to a raw command. Raises a
        translated HomeAssistantError when the miner refused, did not obey in time, or
        when a newer command took its place.
        """
        return await self._async_send(command)

    async def _async_send(
        self,
        command: Command,
        note: Note | None = None,
    ) -> Any:
        """Send a command; what is refused before it is sent is not noted."""
        self._refuse_after_closing()
        before = self._newest.get(command.subject) if command.subject else None
        if before and before.is_awaited and before.command.is_same_as(command):
            if note is not None:
                await note()
            return await before.async_result()
        self._refuse_out_of_range(command)
        self._refuse_early_start(command)
        if before is not None:
            before.supersede()
        if command.switches is False:
            # A stop does not wait until anything else shows, but for what cannot be taken
            # back: the stop comes after it.
            for each in self._open:
                if each.command.switches:
                    each.supersede()
                else:
                    each.release()
        queued = Queued(self._hass, command, self._async_carry_out, note)
        if command.subject is not None:
            self._newest[command.subject] = queued
        return await queued.async_result()

    async def async_change_password(self, new: str) -> None:
        """Change the password on the miner and in its entry, when it is its turn."""
        if not await self.async_send_managed(
            Command(key="sending", send=lambda _: self._access.async_change(new))
        ):
            raise self._make_error("password_not_changed")

    async def async_close(self) -> None:
        """Cancel the commands that wait, and send nothing more."""
        self._is_closed = True
        queued = tuple(self._open)
        for each in queued:
            each.end(self._make_error("unloaded"))
        results = (each.async_result() for each in queued)
        await asyncio.gather(*results, return_exceptions=True)

    async def _async_carry_out(self, queued: Queued) -> Any:
        """Send a command when it is its turn, and wait until the miner shows the change."""
        is_alone = not self._open
        self._open.add(queued)
        try:
            # Once what is under way is done, the miner may accept it.
            if is_alone:
                await self._async_refuse_blocked(queued.command)
            # Before its turn, so that nothing is decided against it meanwhile.
            if queued.note is not None:
                await self._hass.async_create_task(queued.note(), f"{DOMAIN} manual")
            async with self._turn:
                self._refuse_after_closing()
                if queued.is_superseded:
                    raise self._make_error("replaced")
                await self._async_refuse_blocked(queued.command)
                self._show(queued.command)
                try:
                    return await self._async_deliver(queued)
                finally:
                    self._show(None)
        finally:
            self._open.discard(queued)

    async def _async_deliver(self, queued: Queued) -> Any:
        """Send a command, if it is allowed now, and wait for its confirmation."""
        command, coordinator = queued.command, self._coordinator
        if self._needs_reading(command):
            if command.target is not None:
                self._miner.ask_anew()
            await coordinator.async_refresh()
            self._refuse_after_closing()
        self.refuse_other_device()
        self._refuse_early_start(command)
        before, starts = coordinator.data, self._starts(command)
        # It does so already: there is nothing to send, and nothing that would show.
        if coordinator.last_update_success and not starts and command.is_same_as(START):
            return None
        if self._is_in_force(command):
            return None
        if not starts:
            return await self._async_send_and_confirm(queued, before)
        # Before it goes out, so that it counts also if Home Assistant ends now.
        await self.starts.async_sending()
        try:
            return await self._async_send_and_confirm(queued, before)
        finally:
            # Once nobody looks any more whether it starts, no reading shows this start.
            await self.starts.async_sent(shows=not queued.is_released)

    async def _async_send_and_confirm(self, queued: Queued, before: MinerData) -> Any:
        """Send a command, and wait until the miner shows the change."""
        command, coordinator = queued.command, self._coordinator
        settled_at = self._settled_at
        answer = await self._async_transmit(command)
        if command.control is None:
            await coordinator.async_request_refresh()
            return answer
        answered = answer is not False
        if not await self._async_confirm(queued, before, answered=answered):
            is_read, data = coordinator.last_update_success, coordinator.data
            if is_read and data.mining is False:
                # It says that it stands still, after all the time that a start takes.
                await self.starts.async_withdraw()
            seconds = f"{command.seconds:.0f}"
            raise self._make_error(f"not_{command.key}", seconds=seconds)
        if command.control.in_vain_again:
            # What was sent before it may still not show.
            self._settled_at = settled_at
        self._remember(command)
        return None

    async def _async_transmit(self, command: Command) -> Any:
        """Send a command; a reading that has begun is then repeated."""
        if command.switches is False:
            self._stopped_at = self._hass.loop.time()
        if command.control is None or command.control.restarts_mining:
            self._settled_at = self._hass.loop.time() + _SETTLING
        coordinator = self._coordinator
        try:
            try:
                answer = await command.send(self._miner)
            finally:
                coordinator.outdate()
        except WhatsminerError as err:
            # After a silence it is not known whether the miner starts, or what was set.
            if not isinstance(err, NoAnswer):
                await self.starts.async_withdraw()
            elif command.may_set_any:
                self.last_set.doubt()
            self._access.note_failure(err)
            key = None
            if isinstance(err, CommandFailed) and command.control is not None:
                what = command.control.capability
                await self._ranges.async_note_refusal(
                    err, what, command.value, coordinator.data
                )
                key = "value_refused" if may_mean_range(err, what) else None
            if isinstance(err, (CommandFailed, WrongDevice)):
                # Nobody may have waited until the command before this one showed.
                await coordinator.async_refresh()
            if isinstance(err, NotNow):
                raise self._make_refusal(command, err.reason) from err
            if isinstance(err, NoAnswer):
                raise self._make_error("outcome_unknown") from err
            raise translate_error(
                HomeAssistantError, err, coordinator.shown_name, key
            ) from err
        if answer and (command.is_raw or command.control is not None):
            self._access.note_yes()
        if command.may_set_any:
            self.last_set.doubt()
        return answer

    async def _async_confirm(
        self, queued: Queued, before: MinerData, *, answered: bool
    ) -> bool:
        """Read the miner until it shows the change; return False if it does not in time.

        Where it does not report what was asked for, its yes has to do. Raises a translated
        HomeAssistantError if that cannot be known, or need not be any more.
        """
        command, coordinator, loop = queued.command, self._coordinator, self._hass.loop
        # A setting may be unknown for a minute while mining restarts by it.
        is_reported = (
            command.confirmed(before, before) is not None and before.mining is not False
        )
        sent_at, pause = loop.time(), CONFIRM_FIRST
        deadline = sent_at + command.seconds
        while loop.time() < deadline and not self._is_closed:
            await queued.async_pause(pause)
            if queued.is_released:
                raise self._make_error("replaced")
            pause = min(2 * pause, CONFIRM_MOST)
            if command.target is not None:
                self._miner.ask_anew()
            elapsed = loop.time() - sent_at
            await coordinator.async_refresh()
            # What another miner at the address shows is no answer.
            self.refuse_other_device()
            if not coordinator.last_update_success:
                continue
            shown = command.confirmed(before, coordinator.data, elapsed)
            if shown or (shown is None and answered and not is_reported):
                return True
            if shown is None and not is_reported:
                raise self._make_error("outcome_unknown")
        is_read = coordinator.last_update_success
        return answered and is_read and not command.is_counted(before, coordinator.data)

    def _remember(self, command: Command) -> None:
        """Remember the new value of a setting."""
        if command.target is not None:
            self.last_set.put(*command.target)
        elif command.control and command.control.capability is Capability.FACTORY_RESET:
            self.last_set.clear()

    def _needs_reading(self, command: Command) -> bool:
        """Return whether the last poll is too old to decide about a command.

        Of what is final the count of seconds before is compared with that afterwards; a
        raw start or restart, or a start of a miner that mined at the last poll, may be
        one too early, or one too many. A setting that was in force may be so no more.
        """
        return (
            command.is_final
            or command.is_in_force(self._coordinator.data)
            or (command.like is not None and command.switches is not False)
            or (command.switches is True and self._coordinator.data.mining is True)
        )

    def _is_in_force(self, command: Command) -> bool:
        """Return whether the miner shows what a command asks for, and may be believed."""
        coordinator = self._coordinator
        is_settled = self._hass.loop.time() >= self._settled_at
        is_known = is_settled and coordinator.last_update_success
        return is_known and command.is_in_force(coordinator.data)

    def _starts(self, command: Command) -> bool:
        """Return whether a command starts mining; an earlier stop may not show yet."""
        if self._is_in_force(command):
            return False
        since_stop = self._hass.loop.time() - self._stopped_at
        return command.starts(self._coordinator.data) or (
            command.switches is True and since_stop < 2 * STOP.seconds
        )

    @callback
    def restore(self, setting: Capability, value: Any, when: datetime) -> None:
        """Note what a setting was before Home Assistant started; others show that, too."""
        self.last_set.restore(setting, value, when)
        self._notify()

    def _show(self, command: Command | None) -> None:
        """Show the current command."""
        self.pending = command
        self._notify()

    def _notify(self) -> None:
        """Let the entities show what has changed."""
        for update in tuple(self._listeners):
            update()

    def _refuse_after_closing(self) -> None:
        """Raise a translated error if the entry was unloaded or removed."""
        if self._is_closed:
            raise self._make_error("unloaded")

    def refuse_other_device(self) -> None:
        """Raise a translated error if another miner was found at the address."""
        coordinator = self._coordinator
        err = None if coordinator.last_update_success else coordinator.last_exception
        if isinstance(err, UpdateFailed) and err.translation_key == "wrong_device":
            raise self._make_error("wrong_device")

    async def _async_refuse_blocked(self, command: Command) -> None:
        """Raise a translated error for what the miner does not accept now.

        Before anything shows the command. The last poll may be too old to refuse it; a
        miner that cannot be read decides itself.
        """
        coordinator = self._coordinator
        if command.blocked(coordinator.data) is None:
            return
        await coordinator.async_refresh()
        self._refuse_after_closing()
        self.refuse_other_device()
        reason = command.blocked(coordinator.data)
        if reason is not None and coordinator.last_update_success:
            raise self._make_refusal(command, reason)

    def _make_refusal(self, command: Command, reason: str) -> HomeAssistantError:
        """Return the error for what the miner does not accept in its state."""
        return self._make_error(f"{command.subject}_{reason}", ServiceValidationError)

    def _refuse_out_of_range(self, command: Command) -> None:
        """Raise a translated error for a value that the miner does not accept."""
        if command.control is None:
            return
        limits = self.find_range(command.control.capability)
        if limits is not None and not limits[0] <= command.value <= limits[1]:
            lowest, highest = (f"{each:g}" for each in limits)
            raise self._make_error(
                "out_of_range", ServiceValidationError, lowest=lowest, highest=highest
            )

    def _refuse_early_start(self, command: Command) -> None:
        """Raise a translated error if it is too early for a start."""
        until = self.starts.wait_until()
        if until is not None and self._starts(command):
            time = as_local(until).strftime("%H:%M:%S")
            raise self._make_error("too_early", ServiceValidationError, time=time)

    def _make_error(
        self,
        key: str,
        kind: type[HomeAssistantError] = HomeAssistantError,
        **placeholders: str,
    ) -> HomeAssistantError:
        """Return a translated error that names the miner.

        Of the kind ServiceValidationError for what was not even sent.
        """
        return kind(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={
                "name": self._coordinator.shown_name,
                **placeholders,
            },
        )
