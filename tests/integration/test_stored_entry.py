"""Entries of miners that somebody has edited by hand."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.stored_entry import unreadable
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner

from .flow_helpers import address, suggested
from .helpers import make_entry

ODD: tuple[Any, ...] = (None, -1, 1e9, float("nan"), [], {"a": 1}, "a\0b")
"""What nothing in an entry can be."""
SPOILED: list[tuple[str, Any]] = [
    *((key, each) for key in ("host", "port", "account") for each in (*ODD, "", "x y")),
    *(("password", each) for each in ODD[:-1]),
    *(
        (key, each)
        for key in ("scan_interval", "gentle", "lowest_percent")
        for each in (*ODD, "", "20")
    ),
    *(("minutes_between_starts", each) for each in (*ODD, "", "20", 1441, 1.5)),
    *(("scan_interval", 0), ("scan_interval", 601), ("lowest_percent", 101)),
    *(("port", 0), ("port", 65536)),
]
DATA = ("host", "port", "password", "account")


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigEntryState:
    """Set up an entry, and return its state."""
    await hass.config_entries.async_setup(entry.entry_id)
    state: ConfigEntryState = entry.state
    return state


@pytest.mark.parametrize(("key", "value"), SPOILED, ids=ascii)
async def test_spoiled(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    key: str,
    value: Any,
) -> None:
    """It is named, and nothing is read with it."""
    is_data = key in DATA
    entry = make_entry(simulated, options=None if is_data else {key: value})
    entry.add_to_hass(hass)
    if is_data:
        data = {**entry.data, key: value}
        hass.config_entries.async_update_entry(entry, data=data)
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    assert f"cannot be read: {key}." in (entry.reason or "")


@pytest.mark.parametrize("key", DATA)
def test_text_that_cannot_be_sent(simulated: SimulatedMiner, key: str) -> None:
    """A text that is none in UTF-8 is named like anything else."""
    assert unreadable(make_entry(simulated)) == []
    data: dict[str, Any] = {key: "\ud800"}
    assert unreadable(make_entry(simulated, **data)) == [key]


@pytest.mark.parametrize("data", [{}, {CONF_HOST: None, "port": None}], ids=str)
async def test_address_is_entered_again(
    hass: HomeAssistant, simulated: SimulatedMiner, data: dict[str, Any]
) -> None:
    """A host that is missing, or none, is mended with Reconfigure."""
    entry = make_entry(simulated)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data=data)
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    result = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"],
        {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD},
    )
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert entry.state is ConfigEntryState.LOADED


async def test_options_are_entered_again(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """The form shows the options that can be read, and mends the others."""
    options = {"scan_interval": 60, "minutes_between_starts": "soon"}
    entry = make_entry(simulated, options=options)
    entry.add_to_hass(hass)
    assert await set_up(hass, entry) is ConfigEntryState.SETUP_ERROR
    flow = hass.config_entries.options
    result = await flow.async_init(entry.entry_id)
    assert suggested(result) == {"scan_interval": 60}
    await flow.async_configure(result["flow_id"], {"minutes_between_starts": 5})
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
