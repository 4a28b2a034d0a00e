"""Another address, account or password of a miner is proven before it is kept."""

from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import CONF_ACCOUNT, DOMAIN
from custom_components.whatsminer.discovery.address import parse_address
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

from .flow_helpers import address, reconfigure, suggested
from .helpers import make_entry, set_up

pytestmark = pytest.mark.usefixtures("set_up_entry")


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
    assert result["errors"] == {"base": "another_miner"}
    assert entry.data[CONF_PASSWORD] == "old"


async def test_reauth_of_a_miner_that_is_replaced(
    hass: HomeAssistant, simulated: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that gets the address after the miner said who it is gets no password."""
    entry = make_entry(simulated, "old")
    await set_up(hass, entry)
    result = await entry.start_reauth_flow(hass)
    simulated.log.clear()
    note = simulated.log.note

    def replace_miner(*args: Any) -> None:
        note(*args)
        if "get_miner_info" in simulated.log.commands:
            simulated.device.mac = "CA:0A:18:00:00:99"

    monkeypatch.setattr(simulated.log, "note", replace_miner)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PASSWORD: PASSWORD}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_device"
    assert entry.data[CONF_PASSWORD] == "old"
    assert "get_token" not in simulated.log.commands


async def test_entry_is_removed(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """An entry can be removed while its dialog asks the miner: the dialog is gone, too."""
    entry = make_entry(simulated, PASSWORD)
    await set_up(hass, entry)
    result = await reconfigure(hass, entry, "reconfigure_address")
    simulated.log.clear()
    simulated.faults.delay = 0.2
    asking = hass.async_create_task(
        hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_HOST: address(simulated)}
        )
    )
    await until(lambda: simulated.log.open_connections)
    await hass.config_entries.async_remove(entry.entry_id)
    with pytest.raises(UnknownFlow):
        await asking
    assert not hass.config_entries.async_entries(DOMAIN)


async def test_reconfigure(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Another address and password are proven before they are kept."""
    entry = make_entry(simulated, "old")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={CONF_HOST: "127.9.9.9", CONF_PASSWORD: "old"}
    )
    result = await reconfigure(hass, entry, "reconfigure_address")
    assert suggested(result) == {CONF_HOST: "127.9.9.9"}
    for host, password, errors in (
        ("two words", PASSWORD, {CONF_HOST: "invalid_host"}),
        ("127.9.9.9", PASSWORD, {"base": "unreachable"}),
        (address(simulated), "wrong", {"base": "invalid_auth"}),
    ):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_HOST: host, CONF_PASSWORD: password}
        )
        assert result["errors"] == errors
        assert suggested(result) == {CONF_HOST: host, CONF_PASSWORD: password}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "address_and_password_updated"
    assert entry.data == {
        CONF_HOST: simulated.host,
        CONF_PORT: simulated.port,
        CONF_PASSWORD: PASSWORD,
    }
    assert entry.unique_id == simulated.mac.lower()


@pytest.mark.parametrize("is_set_up", [False, True])
async def test_reconfigure_to_another_miner(
    hass: HomeAssistant, simulated: SimulatedMiner, is_set_up: bool
) -> None:
    """An entry does not become another miner, which is named and gets no password."""
    entry = make_entry(simulated, PASSWORD)
    entry.add_to_hass(hass)
    async with at_home(index=98) as other:
        if is_set_up:
            make_entry(other, title="Rig 7").add_to_hass(hass)
        result = await reconfigure(hass, entry, "reconfigure_address")
        entered = {CONF_HOST: other.host, CONF_PASSWORD: "wrong"}
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], entered
        )
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {"base": "another_miner"}
        named = "Rig 7" if is_set_up else "WhatsMiner M50S VH50"
        assert result["description_placeholders"] == {
            "name": "Miner",
            "other": f"{named} ({other.mac})",
        }
        assert suggested(result) == entered
        assert "get_token" not in other.log.commands
    # It goes on from there.
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_HOST: "127.9.9.9"}
    )
    assert result["errors"] == {"base": "unreachable"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_HOST: address(simulated)}
    )
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize("moves", [False, True])
async def test_only_what_changed_is_said(hass: HomeAssistant, moves: bool) -> None:
    """A wrong password on the way, and the account that is asked then, change nothing."""
    async with at_home(api="3.0.2") as simulated:
        entry = make_entry(simulated)
        entry.add_to_hass(hass)
        host = "127.9.9.9" if moves else simulated.host
        hass.config_entries.async_update_entry(
            entry, data={CONF_HOST: host, CONF_PASSWORD: PASSWORD}
        )
        result = await reconfigure(hass, entry, "reconfigure_address")
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_HOST: simulated.host, CONF_PASSWORD: "wrong"}
        )
        assert result["step_id"] == "account"
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_ACCOUNT: "super", CONF_PASSWORD: PASSWORD}
        )
        assert result["reason"] == (
            "address_updated" if moves else "already_configured"
        )
        await hass.async_block_till_done()

        # The same password of another account.
        simulated.users.set_password("user1", PASSWORD)
        simulated.users.permissions["user1"] |= {"set.system.led"}
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_HOST: host}
        )
        result = await reconfigure(hass, entry, "reconfigure_address")
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_HOST: simulated.host, CONF_ACCOUNT: "user1"}
        )
        said = "address_and_account_updated" if moves else "account_updated"
        assert result["reason"] == said
        assert entry.data[CONF_ACCOUNT] == "user1"
        await hass.async_block_till_done()


async def test_reconfigure_the_account(hass: HomeAssistant) -> None:
    """An entry with an account can be given another."""
    async with at_home(api="3.0.2") as simulated:
        simulated.users.set_password("user1", "other")
        simulated.users.permissions["user1"] |= {"set.system.led"}
        entry = MockConfigEntry(
            domain=DOMAIN,
            unique_id=simulated.mac.lower(),
            data={
                CONF_HOST: simulated.host,
                CONF_ACCOUNT: "user1",
                CONF_PASSWORD: "other",
            },
        )
        entry.add_to_hass(hass)
        result = await reconfigure(hass, entry, "reconfigure_address")
        assert suggested(result) == {
            CONF_HOST: simulated.host,
            CONF_ACCOUNT: "user1",
        }
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"],
            {
                CONF_HOST: simulated.host,
                CONF_ACCOUNT: "super",
                CONF_PASSWORD: PASSWORD,
            },
        )
        assert result["reason"] == "password_updated"
        assert entry.data[CONF_ACCOUNT] == "super"
        result = await reconfigure(hass, entry, "reconfigure_address")
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"],
            {
                CONF_HOST: simulated.host,
                CONF_ACCOUNT: "super",
                CONF_PASSWORD: "other",
            },
        )
        assert result["step_id"] == "account"
        assert suggested(result) == {CONF_ACCOUNT: "super", CONF_PASSWORD: "other"}
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_ACCOUNT: "user1", CONF_PASSWORD: "wrong"}
        )
        assert result["errors"] == {"base": "invalid_auth"}
        assert suggested(result) == {CONF_ACCOUNT: "user1", CONF_PASSWORD: "wrong"}
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {CONF_ACCOUNT: "user1", CONF_PASSWORD: "other"}
        )
        assert result["reason"] == "password_updated"
        assert entry.data[CONF_ACCOUNT] == "user1"


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ({CONF_HOST: "fe80::1"}, "fe80::1"),
        ({CONF_HOST: "fe80::1", CONF_PORT: 5028}, "[fe80::1]:5028"),
    ],
)
async def test_suggested_address(
    hass: HomeAssistant, data: dict[str, Any], written: str
) -> None:
    """An address is suggested in the form in which it can be entered."""
    entry = MockConfigEntry(domain=DOMAIN, unique_id="ca:0a:18:00:00:01", data=data)
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    assert suggested(result) == {CONF_HOST: written}
    assert parse_address(written) == data
