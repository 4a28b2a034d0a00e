"""Which of the commands to one miner counts: of those about the same thing, the newest."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .commands import Command
from .const import DOMAIN


class Wish:
    """A command that somebody, or several, wait for."""

    def __init__(
        self,
        hass: HomeAssistant,
        command: Command,
        carry_out: Callable[[Wish], Awaitable[None]],
    ) -> None:
        """Begin to carry it out; that goes on when those who wait give up."""
        self.command = command
        self.is_replaced = False
        """Whether a newer command took its place."""
        self._left = asyncio.Event()
        self._end: HomeAssistantError | None = None
        # In the background: Home Assistant does not wait for a miner when it ends.
        self._task = hass.async_create_background_task(
            self._async_run(carry_out), f"{DOMAIN} {command.key}"
        )

    @property
    def is_over(self) -> bool:
        """Return whether it was carried out, or failed."""
        return self._task.done()

    @property
    def is_left(self) -> bool:
        """Return whether nobody need wait any more until the miner shows it."""
        return self._left.is_set()

    def replace(self) -> None:
        """Let a newer command take its place."""
        self.is_replaced = True
        self.leave()

    def leave(self) -> None:
        """Do not wait any more until the miner shows it, if that is allowed."""
        if self.command.can_be_left:
            self._left.set()

    async def async_pause(self, seconds: float) -> None:
        """Wait, but no longer than it counts."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._left.wait()

    def end(self, error: HomeAssistantError) -> None:
        """Do not go on with it, and let those who wait have the error."""
        self._end = error
        self._task.cancel()

    async def async_result(self) -> None:
        """Wait until it is over; raises the HomeAssistantError that it ended with."""
        if (error := await asyncio.shield(self._task)) is not None:
            raise error

    async def _async_run(
        self, carry_out: Callable[[Wish], Awaitable[None]]
    ) -> HomeAssistantError | None:
        """Carry it out, and return the error for those who still wait."""
        try:
            await carry_out(self)
        except HomeAssistantError as err:
            return err
        except asyncio.CancelledError:
            if self._end is None:
                raise
            return self._end
        return None
