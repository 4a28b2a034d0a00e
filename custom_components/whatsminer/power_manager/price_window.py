"""Automations made from the blueprint *price window*, which fight with the manager.

To the manager each start and stop by one of them is a manual command, which holds the
miner. To the automation the miner does not obey.
"""

from collections.abc import Iterable
from typing import Final

from homeassistant.components.automation import DATA_COMPONENT, BaseAutomationEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

# Its folder is that of the author, or what the user has chosen.
_BLUEPRINT: Final = "/price_window.yaml"


@callback
def price_windows(hass: HomeAssistant, miners: Iterable[str]) -> list[str]:
    """Return the names of those that are on and have one of these miners."""
    if DATA_COMPONENT not in hass.data:
        return []
    made = [
        each
        for each in hass.data[DATA_COMPONENT].entities
        if each.is_on and (each.referenced_blueprint or "").endswith(_BLUEPRINT)
    ]
    if not made:
        return []
    registry = er.async_get(hass)
    switches = {
        each.entity_id
        for miner in miners
        for each in er.async_entries_for_config_entry(registry, miner)
        if each.domain == Platform.SWITCH
    }
    return [str(each.name) for each in made if not switches.isdisjoint(_miners(each))]


def _miners(automation: BaseAutomationEntity) -> list[str]:
    """Return the switches that an automation was given.

    They are only in its variables, so they are none of the entities that it refers to.
    Those are whatever somebody has entered.
    """
    variables = (automation.raw_config or {}).get("trigger_variables", {})
    miners = variables.get("miners")
    listed = miners if isinstance(miners, list) else [miners]
    return [each for each in listed if isinstance(each, str)]
