"""Adding a miner: each thing that can be wrong has its own words."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.client import transport
from custom_components.whatsminer.config_flow import _parse_address
from custom_components.whatsminer.const import DOMAIN
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner

from .conftest import make_entry, set_up


@pytest.fixture(autouse=True)
def set_up_entry() -> Iterator[AsyncMock]:
    """Do not set up what the flow creates."""
    with patch(
        "custom_components.whatsminer.async_setup_entry", return_value=True
    ) as mock:
        yield mock


async def start(hass: HomeAssistant, user_input: dict[str, Any]) -> Any:
    """Open the flow and fill in its form."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]
    return await hass.config_entries.flow.async_configure(result["flow_id"], user_input)


def address(simulated: SimulatedMiner) -> str:
    """Return the address as a user would write it."""
    return f"{simulated.host}:{simulated.port}"


async def finish(hass: HomeAssistant, result: Any, simulated: SimulatedMiner) -> None:
    """Correct what was wrong and see the entry created."""
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"],
        {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == simulated.mac.lower()


async def test_user(
    hass: HomeAssistant, simulated: SimulatedMiner, set_up_entry: AsyncMock
) -> None:
    """With address and password a miner is added, and nothing on it is changed."""
    result = await start(
        hass, {CONF_HOST: f" {address(simulated)} ", CONF_PASSWORD: PASSWORD}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "WhatsMiner M50S VH50"
    assert result["data"] == {
        CONF_HOST: simulated.host,
        CONF_PORT: simulated.port,
        CONF_PASSWORD: PASSWORD,
    }
    assert result["result"].unique_id == simulated.mac.lower()
    assert len(set_up_entry.mock_calls) == 1
    assert {
        request.command: request.params
        for request in simulated.log
        if request.encrypted
    } == {"status": {}, "set_led": {"param": "auto"}}


async def test_without_password(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Without a password a miner is added for reading."""
    result = await start(hass, {CONF_HOST: address(simulated)})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_HOST: simulated.host, CONF_PORT: simulated.port}
    assert "get_token" not in simulated.log.commands


async def test_named_by_its_host_name(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A miner with a host name of its own is called by it."""
    simulated.machine.settings.hostname = "cellar"
    result = await start(hass, {CONF_HOST: address(simulated)})
    assert result["title"] == "cellar"


async def test_two_of_a_kind(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """The second miner of the same model gets a name of its own."""
    MockConfigEntry(domain=DOMAIN, title="WhatsMiner M50S VH50").add_to_hass(hass)
    result = await start(hass, {CONF_HOST: address(simulated)})
    assert result["title"] == "WhatsMiner M50S VH50 000001"


async def test_wrong_password(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A wrong password is said to be wrong, and can be corrected."""
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: "wrong"})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_auth"}
    await finish(hass, result, simulated)


async def test_unreachable(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """An address where nobody answers is said to be one."""
    await simulated.stop()
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "unreachable"}
    await simulated.start()
    await finish(hass, result, simulated)


async def test_silent(
    hass: HomeAssistant, simulated: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that takes connections and never answers does not hang the flow."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.1)
    simulated.faults.mute = True
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["errors"] == {"base": "unreachable"}
    simulated.faults.mute = False
    await finish(hass, result, simulated)


async def test_not_a_whatsminer(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Something else at the address is told from a miner."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    result = await start(hass, {CONF_HOST: f"127.0.0.1:{port}"})
    server.close()
    assert result["errors"] == {"base": "not_a_whatsminer"}
    await finish(hass, result, simulated)


async def test_busy(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A miner with too many connections is left alone, and the user told so."""
    simulated.faults.refuse["get_token"] = 136
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["errors"] == {"base": "busy"}
    assert simulated.log.commands.count("get_token") == 1
    simulated.faults.refuse.clear()
    await finish(hass, result, simulated)


async def test_no_mac(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A miner without an identity is not added under a made-up one."""
    mac, simulated.device.mac = simulated.device.mac, "00:00:00:00:00:00"
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["errors"] == {"base": "no_mac"}
    simulated.device.mac = mac
    await finish(hass, result, simulated)


@pytest.mark.parametrize(
    "host", ["", "two words", "http://", "[::1", "a:b:c:d:e:x:y:z:", "host:99999"]
)
async def test_no_address(
    hass: HomeAssistant, simulated: SimulatedMiner, host: str
) -> None:
    """What cannot be an address is said at its field."""
    result = await start(hass, {CONF_HOST: host})
    assert result["errors"] == {CONF_HOST: "invalid_host"}
    await finish(hass, result, simulated)


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ("192.168.1.50", {CONF_HOST: "192.168.1.50"}),
        ("192.168.1.50:4028", {CONF_HOST: "192.168.1.50"}),
        ("192.168.1.50:5028", {CONF_HOST: "192.168.1.50", CONF_PORT: 5028}),
        ("miner.local", {CONF_HOST: "miner.local"}),
        ("https://192.168.1.50/cgi-bin/luci", {CONF_HOST: "192.168.1.50"}),
        ("http://192.168.1.50:8080", {CONF_HOST: "192.168.1.50"}),
        ("fe80::1", {CONF_HOST: "fe80::1"}),
        ("[fe80::1]:5028", {CONF_HOST: "fe80::1", CONF_PORT: 5028}),
    ],
)
def test_address(written: str, data: dict[str, Any]) -> None:
    """Addresses are read as users copy them."""
    assert _parse_address(written) == data


@pytest.mark.parametrize("fault", ["api_switch", "default_password"])
async def test_write_access_off(
    hass: HomeAssistant, simulated: SimulatedMiner, fault: str
) -> None:
    """A miner that refuses commands is explained, and can be added for reading."""
    setattr(simulated.device, fault, fault == "default_password")
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "write_access"
    assert result["description_placeholders"] == {"name": "WhatsMiner M50S VH50"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PASSWORD] == PASSWORD


async def test_already_configured(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """The same miner is not added twice, but its new address is taken over."""
    entry = make_entry(simulated, "old")
    hass_data = {**entry.data, CONF_HOST: "127.9.9.9"}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data=hass_data)
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == simulated.host
    assert entry.data[CONF_PASSWORD] == PASSWORD


async def test_reauth(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Another password is proven before it is kept."""
    entry = make_entry(simulated, "old")
    await set_up(hass, entry)
    result = await entry.start_reauth_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reauth_confirm"
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PASSWORD: "wrong"}
    )
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PASSWORD: PASSWORD}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_PASSWORD] == PASSWORD
    await hass.async_block_till_done()


async def test_reauth_of_another_miner(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """The password of another miner at the address is not taken for this one."""
    entry = make_entry(simulated, "old")
    simulated.device.mac = "CA:0A:18:00:00:99"
    await set_up(hass, entry)
    result = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PASSWORD: PASSWORD}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_device"
    assert entry.data[CONF_PASSWORD] == "old"
