"""Diagnostics help, and give nothing away."""

import json

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
) -> None:
    """Readings are there; password, addresses, names and pools are not."""
    found = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    data = found["data"]
    assert isinstance(data, dict)
    assert data["hashrate"] > 100
    assert data["identity"]["model"] == "M50S_VH50"
    assert found["write_access"] is True
    text = json.dumps(found)
    for secret in (
        PASSWORD,
        simulated.mac,
        simulated.mac.lower(),
        simulated.host,
        simulated.machine.serial,
        "worker.001",
        "pool1.example.com",
    ):
        assert secret not in text
