"""Carries out the orders of the law, each in a task of its own.

So no miner waits for another, and the law for none.
"""

import asyncio
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util.dt import utcnow

from .decisions import Decisions
from .law.holds import Hold
from .law.law import Law
from .law.models import Action, Mode, Order, Outcome
from .memory import Memory
from .miners import ManagedMiner
from .store import ManagerStore

# The errors by which a miner, or its password, says no.
_REFUSALS: Final = {
    "command_refused",
    "unknown_command",
    "write_access_disabled",
    "invalid_auth",
    "password_missing",
    "out_of_range",
    "too_early",
}


class Orders:
    """Has miners do what the law orders; while the manager is paused it only says so."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        law: Law,
        memory: Memory,
        decisions: Decisions,
        store: ManagerStore,
    ) -> None:
        """Begin without an order."""
        self.commanded_at = 0.0
        """When an order was given or was over last, in UTC seconds."""
        self._hass = hass
        self._entry = entry
        self._law = law
        self._memory = memory
        self._decisions = decisions
        self._store = store
        self._tasks = set[asyncio.Task[None]]()

    @callback
    def give(self, miner: ManagedMiner, order: Order) -> None:
        """Have a miner carry out an order."""
        if self._memory.mode is Mode.PAUSED:
            self._law.note(order, Outcome.SUPERSEDED, _now())
            self._decisions.order_while_paused(miner.name, order)
            return
        try:
            self._decisions.order_given(miner.name, order)
        finally:
            # Also if it cannot be noted.
            self._start(miner, order)

    @callback
    def _start(self, miner: ManagedMiner, order: Order) -> None:
        """Begin to carry out an order."""
        miner.sending += 1
        self.commanded_at = _now()
        task = self._entry.async_create_background_task(
            self._hass,
            self._async_carry_out(miner, order, miner.hold),
            f"{self._entry.title} {order.action}",
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def async_cancel(self) -> None:
        """Carry out nothing more; what a miner was given already may still be done."""
        tasks = tuple(self._tasks)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _async_carry_out(
        self, miner: ManagedMiner, order: Order, hold: Hold | None
    ) -> None:
        """Carry out an order, unless somebody has taken the miner over meanwhile."""
        outcome = Outcome.SUPERSEDED
        try:
            if order.action is not Action.PERCENT:
                await self._store.async_save()
            is_taken = miner.hold != hold and not order.at_once
            is_taken = is_taken or miner.is_lowered_by_hand(order)
            if not is_taken and self._memory.mode is not Mode.PAUSED:
                outcome = Outcome.UNKNOWN
                await miner.async_carry_out(order)
                outcome = Outcome.CONFIRMED
        except asyncio.CancelledError:
            # The queue goes on with what it has.
            if outcome is Outcome.UNKNOWN:
                miner.sending += 1
            raise
        except HomeAssistantError as err:
            outcome = _outcome(err)
            if outcome in (Outcome.REFUSED, Outcome.FAILED):
                self._decisions.order_failed(miner.name, order, str(err))
        finally:
            miner.sending -= 1
            self._decisions.order_ended(order, works=outcome is Outcome.CONFIRMED)
            self.commanded_at = _now()
            self._law.note(order, outcome, self.commanded_at)
        if order.action is not Action.PERCENT:
            await self._store.async_save()


def _outcome(err: HomeAssistantError) -> Outcome:
    """Return what became of an order that ended with an error."""
    if err.translation_key == "replaced":
        return Outcome.SUPERSEDED
    if err.translation_key == "unloaded":
        return Outcome.UNKNOWN
    if err.translation_key in _REFUSALS:
        return Outcome.REFUSED
    if isinstance(err, ServiceValidationError):
        # It was not sent: the miner is not in the state for it any more.
        return Outcome.SUPERSEDED
    return Outcome.FAILED


def _now() -> float:
    """Return the time in UTC seconds."""
    return utcnow().timestamp()
