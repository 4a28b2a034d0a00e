"""What a user can attach to an issue, without secrets."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant

from .coordinator import WhatsminerConfigEntry

TO_REDACT = {
    CONF_HOST,
    CONF_PASSWORD,
    "hostname",
    "mac",
    "serial_number",
    "url",
    "worker",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WhatsminerConfigEntry
) -> dict[str, Any]:
    """Return diagnostics of one miner."""
    coordinator = entry.runtime_data
    data = asdict(coordinator.data)
    # Redaction looks into lists, not into tuples.
    data |= {"boards": list(data["boards"]), "pools": list(data["pools"])}
    return {
        "entry": async_redact_data(dict(entry.data), TO_REDACT),
        "last_update_success": coordinator.last_update_success,
        "write_access": coordinator.miner.write_access,
        "data": async_redact_data(data, TO_REDACT),
    }
