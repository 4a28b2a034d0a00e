"""Adding a miner: each thing that can be wrong has its own words."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, ConfigEntryDisabler
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.client import transport
from custom_components.whatsminer.const import CONF_ACCOUNT, DOMAIN
from custom_components.whatsminer.discovery.address import parse_address
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .flow_helpers import address, finish, for_reading, start
from .helpers import WORDS, make_entry

pytestmark = pytest.mark.usefixtures("set_up_entry")


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
    } == {"set_led": {"param": "auto"}}


async def test_without_password(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Without a password a miner is added for reading, once that was read."""
    result = await start(hass, {CONF_HOST: address(simulated)})
    assert not hass.config_entries.async_entries(DOMAIN)
    result = await for_reading(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_HOST: simulated.host, CONF_PORT: simulated.port}
    assert "get_token" not in simulated.log.commands


async def test_named_by_its_host_name(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A miner with a host name of its own is called by it."""
    simulated.machine.settings.hostname = "cellar"
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["title"] == "cellar"


async def test_two_of_a_kind(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """The second miner of the same model gets a name of its own."""
    MockConfigEntry(
        domain=DOMAIN, title="WhatsMiner M50S VH50", data={CONF_HOST: "127.9.9.9"}
    ).add_to_hass(hass)
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
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
    assert parse_address(written) == data


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
    assert result["reason"] == "address_and_password_updated"
    assert entry.data[CONF_HOST] == simulated.host
    assert entry.data[CONF_PASSWORD] == PASSWORD
    # Once more there is nothing to change.
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["reason"] == "already_configured"
    # A user who does not see the miner is told why.
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["reason"] == "already_disabled"


@pytest.mark.parametrize("api", ["2.0.5", "3.0.2", "dual"])
@pytest.mark.parametrize("ignored", [False, True])
async def test_already_configured_and_a_wrong_password(
    hass: HomeAssistant, api: str, ignored: bool
) -> None:
    """Who it is needs no password: it is said that it is set up, and how it is named."""
    async with at_home(api=api) as simulated:
        entry = MockConfigEntry(
            domain=DOMAIN,
            unique_id=simulated.mac.lower(),
            source=SOURCE_IGNORE if ignored else SOURCE_USER,
            data={CONF_HOST: "127.9.9.9", CONF_PASSWORD: PASSWORD},
        )
        entry.add_to_hass(hass)
        devices = dr.async_get(hass)
        device = devices.async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(DOMAIN, simulated.mac)}
        )
        devices.async_update_device(device.id, name_by_user="Cellar + *shed*")
        login = {CONF_HOST: simulated.host, CONF_PASSWORD: "wrong"}
        result = await start(hass, login)
        assert result["step_id"] == ("address" if api == "2.0.5" else "account")
        if ignored:
            assert result["errors"] == {"base": "invalid_auth"}
            return
        assert result["errors"] == {"base": "set_up_invalid_auth"}
        assert result["description_placeholders"]["entry"] == "Cellar + *shed*"
        assert entry.data[CONF_HOST] == "127.9.9.9"
        # Without a password it keeps the one it has.
        login.pop(CONF_PASSWORD)
        if api != "2.0.5":
            login = {CONF_ACCOUNT: "super"}
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], login
        )
        assert result["reason"] == "address_updated"
        assert entry.data == {CONF_HOST: simulated.host, CONF_PASSWORD: PASSWORD}
        await hass.async_block_till_done()


async def test_update_of_a_named_miner(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """The name is the one that the user knows, and safe in a dialog."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Cellar *left*",
        unique_id=simulated.mac.lower(),
        data={CONF_HOST: "127.9.9.9", CONF_PASSWORD: PASSWORD},
    )
    entry.add_to_hass(hass)
    result = await start(hass, {CONF_HOST: address(simulated)})
    assert result["reason"] == "address_updated"
    assert result["description_placeholders"] == {"name": r"Cellar \*left\*"}
    said = WORDS["config"]["abort"].items()
    updated = {reason for reason, _ in said if reason.endswith("_updated")}
    assert {reason for reason, text in said if "{name}" in text} == updated
    await hass.async_block_till_done()


async def test_old_data_are_replaced(hass: HomeAssistant) -> None:
    """What was proven does not mix with an account and a port from before."""
    async with at_home(api="3.0.2") as simulated:
        entry = MockConfigEntry(
            domain=DOMAIN,
            unique_id=simulated.mac.lower(),
            data={
                CONF_HOST: simulated.host,
                CONF_PORT: 5999,
                CONF_ACCOUNT: "user1",
                CONF_PASSWORD: "old",
            },
        )
        entry.add_to_hass(hass)
        result = await start(hass, {CONF_HOST: simulated.host})
        assert result["reason"] == "address_updated"
        assert entry.data == {
            CONF_HOST: simulated.host,
            CONF_ACCOUNT: "user1",
            CONF_PASSWORD: "old",
        }
        result = await start(hass, {CONF_HOST: simulated.host, CONF_PASSWORD: PASSWORD})
        assert result["reason"] == "password_updated"
        assert entry.data == {CONF_HOST: simulated.host, CONF_PASSWORD: PASSWORD}
        await hass.async_block_till_done()


async def test_ignored_miner(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A miner that was ignored can be added by hand."""
    MockConfigEntry(
        domain=DOMAIN, unique_id=simulated.mac.lower(), source=SOURCE_IGNORE
    ).add_to_hass(hass)
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.data[CONF_HOST] == simulated.host
