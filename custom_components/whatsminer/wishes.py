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
        self._replaced = asyncio.Event()
        # In the background: Home Assistant does not wait for a miner when it ends.
        self._task = hass.async_create_background_task(
            self._async_run(carry_out), f"{DOMAIN} {command.key}"
        )

    @property
    def is_over(self) -> bool:
        """Return whether it was carried out, or failed."""
        return self._task.done()

    @property
    def is_replaced(self) -> bool:
        """Return whether a newer command took its place."""
        return self._replaced.is_set()

    @property
    def is_left(self) -> bool:
        """Return whether nobody need wait any more until the miner shows it."""
        return self.is_replaced and self.command.can_be_left

    def replace(self) -> None:
        """Let a newer command take its place."""
        self._replaced.set()

    async def async_pause(self, seconds: float) -> None:
        """Wait, but no longer than it counts."""
        if not self.command.can_be_left:
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._replaced.wait()

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
        return None
