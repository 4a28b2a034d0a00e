"""Who hears of the commands that are sent to a miner by hand."""

from collections.abc import Awaitable, Callable

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .commands import Command

type ManualListener = Callable[[Command, Context | None], Awaitable[None]]

# By the id of the miner's entry. Not held by the miner's queue: the entry may be
# reloaded, and whoever listens must not miss the first command after that.
_LISTENERS: HassKey[dict[str, ManualListener]] = HassKey(f"{DOMAIN}_manual")


@callback
def async_listen_to_manual(
    hass: HomeAssistant, entry_id: str, listener: ManualListener
) -> CALLBACK_TYPE:
    """Have one listener hear of each command by hand, before it is sent.

    Returns how to end it.
    """
    listeners = hass.data.setdefault(_LISTENERS, {})
    listeners[entry_id] = listener

    @callback
    def end() -> None:
        """Let it hear no more."""
        del listeners[entry_id]

    return end


async def async_note_manual(
    hass: HomeAssistant, entry_id: str, command: Command, context: Context | None
) -> None:
    """Let the listener of a miner, if there is one, note a command by hand."""
    if (listener := hass.data.get(_LISTENERS, {}).get(entry_id)) is not None:
        await listener(command, context)
