"""A command in the queue, and the callers that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from .commands import Command

type Note = Callable[[], Coroutine[Any, Any, None]]
"""Lets whoever manages the miner store that a command was sent by hand."""


class Queued:
    """A command, and the callers that wait for it."""

    def __init__(
        self,
        hass: HomeAssistant,
        command: Command,
        carry_out: Callable[[Queued], Awaitable[Any]],
        note: Note | None = None,
    ) -> None:
        """Start to carry it out; this continues if the callers stop waiting."""
        self.command = command
        self.note = note
        """To be called before it is sent; None for what a manager sends."""
        self.is_superseded = False
        """Whether a newer command took its place."""
        self._released = asyncio.Event()
        self._end: HomeAssistantError | None = None
        # In the background: Home Assistant does not wait for a miner when it ends.
        self._task = hass.async_create_background_task(
            self._async_run(carry_out), f"{DOMAIN} {command.key}"
        )

    @property
    def is_awaited(self) -> bool:
        """Return whether it goes on, and its callers wait until the miner shows it."""
        return not (self._task.done() or self.is_released)

    @property
    def is_released(self) -> bool:
        """Return whether the callers no longer wait until the miner shows it."""
        return self._released.is_set()

    def supersede(self) -> None:
        """Let a newer command take its place."""
        self.is_superseded = True
        self.release()

    def release(self) -> None:
        """Stop waiting until the miner shows it, if it can be canceled.

        It is not recalled: if it is still to be sent it is sent when its turn comes.
        """
        if not self.command.is_final:
            self._released.set()

    async def async_pause(self, seconds: float) -> None:
        """Wait, but no longer than it counts."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._released.wait()

    def end(self, error: HomeAssistantError) -> None:
        """Cancel it, and raise the error for the callers."""
        self._end = error
        self._task.cancel()

    async def async_result(self) -> Any:
        """Wait until it is over; raises the HomeAssistantError that it ended with."""
        answer, error = await asyncio.shield(self._task)
        if error is not None:
            raise error
        return answer

    async def _async_run(
        self, carry_out: Callable[[Queued], Awaitable[Any]]
    ) -> tuple[Any, HomeAssistantError | None]:
        """Carry it out; return the answer, and the error for the callers that still wait."""
        try:
            return await carry_out(self), None
        except HomeAssistantError as err:
            return None, err
        except asyncio.CancelledError:
            if self._end is None:
                raise
            return None, self._end
