"""What a manager keeps over restarts of Home Assistant."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN, LOGGER
from ..stored_json import UNREADABLE

_VERSION = 1
# s after which what no command depends on is written: as much is lost in a crash.
_DELAY = 300


class ManagerStore:
    """Keeps two files: what commands depend on, and what was decided."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Find the files."""
        self._hass = hass
        self._state = Store[dict[str, Any]](hass, _VERSION, _name(entry_id, "manager"))
        self._decisions = Store[list[Any]](hass, _VERSION, _name(entry_id, "decisions"))
        self._dump: Callable[[], dict[str, Any]] = dict
        self._dump_decisions: Callable[[], list[Any]] = list
        self._is_due = self._are_decisions_due = self._is_closed = False

    async def async_load(self) -> tuple[dict[str, Any], list[Any]]:
        """Return what was stored, as far as it can be read."""
        return await _load(self._state, dict), await _load(self._decisions, list)

    @callback
    def keep(
        self,
        dump: Callable[[], dict[str, Any]],
        dump_decisions: Callable[[], list[Any]],
    ) -> None:
        """Write what these return from now on."""
        self._dump, self._dump_decisions = dump, dump_decisions

    async def async_save(self) -> None:
        """Write now what commands depend on.

        Whoever waits for it may be canceled: it is written all the same, and before
        anything newer.
        """
        if not self._is_closed:
            saving = self._state.async_save(self._written())
            await asyncio.shield(
                self._hass.async_create_task(saving, f"{DOMAIN} manager")
            )

    @callback
    def async_save_soon(self, *, at_once: bool = False) -> None:
        """Have it written in a while, or at once; what is due is not put off."""
        if self._is_closed or (self._is_due and not at_once):
            return
        self._is_due = True
        self._state.async_delay_save(self._written, 0 if at_once else _DELAY)

    @callback
    def async_save_decisions(self) -> None:
        """Have the decisions written in a while."""
        if not (self._are_decisions_due or self._is_closed):
            self._are_decisions_due = True
            self._decisions.async_delay_save(self._decisions_written, _DELAY)

    async def async_close(self) -> None:
        """Write all of it now, and nothing later: another manager may have the files."""
        self._is_closed = True
        await self._state.async_save(self._written())
        await self._decisions.async_save(self._decisions_written())

    async def async_remove(self) -> None:
        """Forget all of it."""
        await self._state.async_remove()
        await self._decisions.async_remove()

    def _written(self) -> dict[str, Any]:
        """Return what is written now."""
        self._is_due = False
        return self._dump()

    def _decisions_written(self) -> list[Any]:
        """Return the decisions that are written now."""
        self._are_decisions_due = False
        return self._dump_decisions()


async def _load[T: (dict[str, Any], list[Any])](store: Store[T], kind: type[T]) -> T:
    """Return what was stored; nothing if it cannot be read."""
    try:
        stored = await store.async_load()
    except UNREADABLE as err:
        LOGGER.warning("What a power manager stored cannot be used: %s", err)
        stored = None
    return stored if isinstance(stored, kind) else kind()


def _name(entry_id: str, what: str) -> str:
    """Return the name of a file."""
    return f"{DOMAIN}.{entry_id}.{what}"
