"""A miner that Home Assistant has found by itself."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.whatsminer import config_flow
from custom_components.whatsminer.const import CONF_ACCOUNT
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .flow_helpers import discover, for_reading, start
from .helpers import make_entry

pytestmark = pytest.mark.usefixtures("set_up_entry", "no_pauses")


async def test_new_address(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A known miner is followed to its new address without a question."""
    entry = make_entry(simulated, PASSWORD)
    entry.add_to_hass(hass)
    result = await discover(hass, simulated, ip="127.9.9.9", hostname="cellar")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data == {
        CONF_HOST: "127.9.9.9",
        CONF_PORT: simulated.port,
        CONF_PASSWORD: PASSWORD,
    }
    assert not simulated.log.requests


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_discovery(
    hass: HomeAssistant, api: str, set_up_entry: AsyncMock
) -> None:
    """A miner that was found asks only for its password, which is proven."""
    async with at_home(api=api) as simulated:
        result = await discover(hass, simulated)
        assert result["type"] is FlowResultType.FORM
        assert result["step_id"] == "discovery_confirm"
        assert result["description_placeholders"]["host"] == simulated.host
        assert result["description_placeholders"]["name"].startswith("WhatsMiner M")
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["title_placeholders"] == {
            "name": result["description_placeholders"]["name"]
        }
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_PASSWORD: "wrong"}
        )
        if api in ("3.0.2", "dual"):
            assert result["step_id"] == "account"
            answer = {CONF_ACCOUNT: "super", CONF_PASSWORD: PASSWORD}
        else:
            assert result["errors"] == {"base": "invalid_auth"}
            answer = {CONF_PASSWORD: PASSWORD}
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], answer
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"] == {CONF_HOST: simulated.host, **answer}
        assert result["result"].unique_id == simulated.mac.lower()
        assert len(set_up_entry.mock_calls) == 1


async def test_discovery_without_password(hass: HomeAssistant) -> None:
    """A miner that was found can be added for reading."""
    async with at_home() as simulated:
        result = await discover(hass, simulated)
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
        result = await for_reading(hass, result)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"] == {CONF_HOST: simulated.host}


async def test_discovery_of_a_miner_that_refuses_commands(hass: HomeAssistant) -> None:
    """The way on from a discovery is the same as from the form."""
    async with at_home(api_switch=False) as simulated:
        result = await discover(hass, simulated)
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_PASSWORD: PASSWORD}
        )
        assert result["step_id"] == "write_access"
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
        assert result["type"] is FlowResultType.CREATE_ENTRY


async def discover_early(
    hass: HomeAssistant, simulated: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> asyncio.Task[Any]:
    """Discover a miner that does not answer yet; it does so on `start`."""
    monkeypatch.setattr(config_flow, "DISCOVERY_PAUSES", (0, 0.5))
    await simulated.stop()
    discovery = hass.async_create_task(discover(hass, simulated))
    await asyncio.sleep(0.1)
    return discovery


async def test_discovery_of_a_miner_that_starts(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A miner that has an address and does not answer yet is waited for."""
    async with at_home() as simulated:
        discovery = await discover_early(hass, simulated, monkeypatch)
        assert not discovery.done()
        await simulated.start()
        result = await discovery
        assert result["step_id"] == "discovery_confirm"
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_PASSWORD: PASSWORD}
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_added_while_discovered(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A miner that the user adds while it starts is not offered any more."""
    async with at_home() as simulated:
        discovery = await discover_early(hass, simulated, monkeypatch)
        await simulated.start()
        result = await start(hass, {CONF_HOST: simulated.host, CONF_PASSWORD: PASSWORD})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        result = await discovery
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "already_configured"
        assert not hass.config_entries.flow.async_progress()


async def test_added_while_offered(hass: HomeAssistant) -> None:
    """Nor is one that was offered before."""
    async with at_home() as simulated:
        result = await discover(hass, simulated)
        assert result["step_id"] == "discovery_confirm"
        result = await start(hass, {CONF_HOST: simulated.host, CONF_PASSWORD: PASSWORD})
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert not hass.config_entries.flow.async_progress()


async def test_discovery_of_something_else(hass: HomeAssistant) -> None:
    """A host name alone makes no miner; nor does another miner at the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with at_home() as simulated:
        result = await discover(hass, simulated, macaddress="c41104000000")
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "wrong_device"

        await simulated.stop()
        result = await discover(hass, simulated)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "cannot_connect"

        server = await asyncio.start_server(serve, simulated.host, 4028)
        result = await discover(hass, simulated)
        server.close()
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "not_a_whatsminer"


async def test_discovered_miner_is_replaced(hass: HomeAssistant) -> None:
    """Only the miner that was found is added, not another one at its address."""
    async with at_home() as simulated:
        result = await discover(hass, simulated)
        simulated.device.mac = "CA:0A:18:00:00:99"
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_PASSWORD: PASSWORD}
        )
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "wrong_device"
        assert "get_token" not in simulated.log.commands
