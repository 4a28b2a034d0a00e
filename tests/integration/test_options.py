"""The options of a miner."""

from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.whatsminer.const import (
    CONF_GENTLE,
    CONF_LOWEST_PERCENT,
    CONF_START_MINUTES,
)
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner

from .flow_helpers import suggested
from .helpers import make_entry, set_up

pytestmark = pytest.mark.usefixtures("set_up_entry")


async def test_options(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """How often a miner is read can be chosen, within limits."""
    entry = make_entry(simulated, PASSWORD)
    await set_up(hass, entry)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "init"
    for seconds in (9, 601):
        with pytest.raises(InvalidData):
            await hass.config_entries.options.async_configure(
                result["flow_id"], {CONF_SCAN_INTERVAL: seconds}
            )
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {CONF_SCAN_INTERVAL: 60, CONF_GENTLE: True, CONF_START_MINUTES: 5},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    chosen = {
        CONF_SCAN_INTERVAL: 60,
        CONF_GENTLE: True,
        CONF_LOWEST_PERCENT: 40,
        CONF_START_MINUTES: 5,
    }
    assert entry.options == chosen
    assert not entry.update_listeners
    await hass.async_block_till_done()
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert suggested(result) == chosen
