"""What miners are left with when a manager no longer has them: their full power."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.dt import utcnow

from .law.law import Law
from .law.models import Action, Order, Outcome, Reason
from .miners import ManagedMiner

# s that it may take: nobody waits for a miner that does not answer.
_LONGEST: Final = 20.0


async def async_restore_power(miners: Iterable[ManagedMiner], law: Law) -> None:
    """Leave miners at their full power, as far as they take that in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONGEST):
            await asyncio.gather(*(_async_restore(each, law) for each in miners))


async def _async_restore(miner: ManagedMiner, law: Law) -> None:
    """Leave a miner at its full power, and let it start with that.

    The percent of one that is held was set by hand; what the manager lowered was not.
    """
    if miner.hold is None:
        await miner.async_restore()
    if miner.key in law.lowered:
        order = Order(
            miner=miner.key,
            action=Action.RESTORE_START,
            value=law.lowered[miner.key],
            reason=Reason.PAUSED,
        )
        with suppress(HomeAssistantError):
            await miner.async_carry_out(order)
            law.note(order, Outcome.CONFIRMED, utcnow().timestamp())
