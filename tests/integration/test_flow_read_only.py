"""A miner is never added for reading without a word, and what was typed stays."""

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner
from tests.simulator.faults import FalseYes

from .farm_helpers import find, finish, go_on
from .flow_helpers import address, discover, for_reading, start, suggested
from .helpers import make_entry, set_up

pytestmark = pytest.mark.usefixtures("set_up_entry")


async def test_mistyped_host(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Correcting the host is enough: the password is still there."""
    for wrong, error in (("two words", "host"), ("127.9.9.9:9", "base")):
        result = await start(hass, {CONF_HOST: wrong, CONF_PASSWORD: PASSWORD})
        assert error in result["errors"]
        assert suggested(result) == {CONF_HOST: wrong, CONF_PASSWORD: PASSWORD}
    result = await go_on(
        hass, result, **{**suggested(result), CONF_HOST: address(simulated)}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PASSWORD] == PASSWORD


async def test_password_after_all(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who forgot the password can enter it where that is said."""
    result = await start(hass, {CONF_HOST: address(simulated)})
    assert result["step_id"] == "without_password"
    assert result["description_placeholders"] == {"name": "WhatsMiner M50S VH50"}
    assert not hass.config_entries.async_entries(DOMAIN)
    result = await go_on(hass, result, password="wrong")
    assert result["step_id"] == "without_password"
    assert result["errors"] == {"base": "invalid_auth"}
    assert suggested(result) == {CONF_PASSWORD: "wrong"}
    result = await go_on(hass, result, password=PASSWORD)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        CONF_HOST: simulated.host,
        CONF_PORT: simulated.port,
        CONF_PASSWORD: PASSWORD,
    }


async def test_wrong_password_is_not_kept(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who gives up after a wrong one adds the miner without any."""
    result = await start(hass, {CONF_HOST: address(simulated)})
    result = await go_on(hass, result, password="wrong")
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_HOST: simulated.host, CONF_PORT: simulated.port}


async def test_another_miner_meanwhile(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """What is added is the miner that answered last, and that the form names."""
    result = await start(hass, {CONF_HOST: address(simulated)})
    simulated.device.mac = "CA:0A:18:00:00:99"
    result = await go_on(hass, result, password="wrong")
    assert result["errors"] == {"base": "invalid_auth"}
    simulated.device.mac = "00:00:00:00:00:00"
    result = await go_on(hass, result, password="wrong")
    assert result["errors"] == {"base": "no_mac"}
    result = await for_reading(hass, result | {"errors": {}})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == "ca:0a:18:00:00:99"


async def test_account_after_all(hass: HomeAssistant) -> None:
    """A miner with accounts asks for one there, too, and keeps what was typed."""
    async with at_home(api="3.0.2") as simulated:
        result = await start(hass, {CONF_HOST: simulated.host})
        assert result["step_id"] == "without_password"
        result = await go_on(hass, result, password="wrong")
        assert result["step_id"] == "account"
        assert suggested(result) == {"account": "super", CONF_PASSWORD: "wrong"}
        result = await go_on(hass, result, account="super", password=PASSWORD)
        assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("way", ["address", "dhcp"])
async def test_account_for_reading(hass: HomeAssistant, way: str) -> None:
    """Who knows no account leaves it empty, and adds the miner for reading."""
    async with at_home(api="3.0.2") as simulated:
        if way == "dhcp":
            result = await discover(hass, simulated)
            result = await go_on(hass, result, password="wrong")
        else:
            entered = {CONF_HOST: simulated.host, CONF_PASSWORD: "wrong"}
            result = await start(hass, entered)
        assert result["step_id"] == "account"
        result = await go_on(hass, result, account="super")
        assert result["step_id"] == "without_password"
        result = await go_on(hass, result)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"] == {CONF_HOST: simulated.host}


async def test_account_of_a_miner_that_is_set_up(hass: HomeAssistant) -> None:
    """There the password is required: forgetting it is a choice of its own."""
    async with at_home(api="3.0.2") as simulated:
        entry = make_entry(simulated, "old")
        entry.add_to_hass(hass)
        result = await entry.start_reauth_flow(hass)
        result = await go_on(hass, result, password="wrong")
        assert result["step_id"] == "account"
        with pytest.raises(InvalidData):
            await go_on(hass, result, account="super")
        assert entry.data[CONF_PASSWORD] == "old"


async def test_other_forms(hass: HomeAssistant) -> None:
    """What was typed stays in the forms of a discovery and of a new password, too."""
    async with at_home() as simulated:
        result = await discover(hass, simulated)
        result = await go_on(hass, result, password="wrong")
        assert result["step_id"] == "discovery_confirm"
        assert suggested(result) == {CONF_PASSWORD: "wrong"}
        hass.config_entries.flow.async_abort(result["flow_id"])

        entry = make_entry(simulated, "old")
        await set_up(hass, entry)
        result = await entry.start_reauth_flow(hass)
        result = await go_on(hass, result, password="wrong")
        assert result["step_id"] == "reauth_confirm"
        assert suggested(result) == {CONF_PASSWORD: "wrong"}


@pytest.mark.parametrize("code", [14, 132])
async def test_takes_no_password(
    hass: HomeAssistant, simulated: SimulatedMiner, code: int
) -> None:
    """A miner that gives no token at all can be added for reading, if that will do."""
    simulated.faults.refuse["get_token"] = code
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "no_commands"
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_HOST: simulated.host, CONF_PORT: simulated.port}


async def test_token_refused_as_writing_is_off(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """One that refuses the token as writing is off keeps the password for later."""
    simulated.faults.refuse["get_token"] = 45
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: PASSWORD})
    assert result["step_id"] == "write_access"
    result = await go_on(hass, result)
    assert result["data"][CONF_PASSWORD] == PASSWORD


@pytest.mark.parametrize("false_yes", ["empty", "plain"])
async def test_unproven_password(
    hass: HomeAssistant, simulated: SimulatedMiner, false_yes: FalseYes
) -> None:
    """That nothing proves a password is said, wherever one is entered."""
    simulated.faults.false_yes = false_yes
    result = await start(hass, {CONF_HOST: address(simulated), CONF_PASSWORD: "any"})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "unproven"
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_PASSWORD] == "any"
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    for source in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": source, "entry_id": entry.entry_id}, data={}
        )
        entered = {CONF_PASSWORD: source}
        if source == SOURCE_RECONFIGURE:
            result = await go_on(hass, result, next_step_id="reconfigure_address")
            entered[CONF_HOST] = address(simulated)
        result = await go_on(hass, result, **entered)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "kept_unproven"
        assert entry.data[CONF_PASSWORD] == source


async def test_many_unproven(hass: HomeAssistant) -> None:
    """Nor is it passed over in the report of many."""
    async with at_home() as simulated:
        simulated.faults.false_yes = "empty"
        result = await find(hass, simulated.host)
        result = await go_on(
            hass, result, miners=[simulated.mac.lower()], password="any"
        )
        result = await finish(hass, result)
        placeholders = result["description_placeholders"]
        assert placeholders["added"] == "1"
        assert placeholders["report"].startswith("Added. The miner did not show")


async def test_added_meanwhile(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """Two dialogs do not add the same miner twice."""
    first, second = [
        await start(hass, {CONF_HOST: address(simulated)}) for _ in range(2)
    ]
    result = await go_on(hass, first)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert second["flow_id"] not in [
        flow["flow_id"] for flow in hass.config_entries.flow.async_progress()
    ]
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_menu(hass: HomeAssistant) -> None:
    """The ways to add are offered first."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
