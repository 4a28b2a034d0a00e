"""The decisions of a power manager, as the logbook shows them."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN
from .power_manager.decisions import EVENT_DECISION


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[Event[Any]], dict[str, str]]], None
    ],
) -> None:
    """Describe the events of this integration."""

    @callback
    def describe(event: Event[Any]) -> dict[str, str]:
        """Return a decision in words."""
        return {
            LOGBOOK_ENTRY_NAME: event.data["name"],
            LOGBOOK_ENTRY_MESSAGE: event.data["message"],
            # An entry of no entity has none otherwise.
            LOGBOOK_ENTRY_ICON: "mdi:head-lightbulb-outline",
        }

    async_describe_event(DOMAIN, EVENT_DECISION, describe)
