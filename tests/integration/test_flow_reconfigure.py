"""Reconfiguring: another address, another password on the miner, or only reading."""

from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import access
from custom_components.whatsminer.client import MinerBusy, MinerUnreachable, NoAnswer
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .farm_helpers import go_on
from .flow_helpers import address, reconfigure, suggested
from .helpers import DOMAIN, WORDS, make_entry, poll, set_up, turn

NEW = {"new_password": "Better_8", "new_password_again": "Better_8"}


async def test_emptied_password_is_kept(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """An empty field takes nothing away, and the old password is proven again."""
    entry = make_entry(simulated, PASSWORD)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={CONF_HOST: "127.9.9.9", CONF_PASSWORD: PASSWORD}
    )
    with patch("custom_components.whatsminer.async_setup_entry", return_value=True):
        result = await reconfigure(hass, entry, "reconfigure_address")
        assert suggested(result) == {CONF_HOST: "127.9.9.9"}
        result = await go_on(hass, result, host=address(simulated))
        assert result["reason"] == "address_updated"
        assert result["description_placeholders"] == {"name": "Miner"}
        await hass.async_block_till_done()
    assert entry.data == {
        CONF_HOST: simulated.host,
        CONF_PORT: simulated.port,
        CONF_PASSWORD: PASSWORD,
    }
    assert simulated.log.commands.count("get_token") == 1


async def test_only_read(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """That a miner is only read is a choice of its own, and can be taken back."""
    result = await reconfigure(hass, loaded, "only_read")
    assert result["description_placeholders"] == {"name": "Miner"}
    assert CONF_PASSWORD in loaded.data
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "now_only_read"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.state is ConfigEntryState.LOADED
    assert loaded.data.keys() == {CONF_HOST, CONF_PORT}

    # What is left to change of such a miner is clear: there is no menu.
    result = await loaded.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reconfigure_address"
    result = await go_on(hass, result, **suggested(result), password=PASSWORD)
    assert result["reason"] == "password_updated"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.data[CONF_PASSWORD] == PASSWORD


async def test_only_read_forgets_the_account(hass: HomeAssistant) -> None:
    """The account goes with its password."""
    async with at_home(api="3.0.2") as simulated:
        entry = MockConfigEntry(
            domain="whatsminer",
            unique_id=simulated.mac.lower(),
            data={
                CONF_HOST: simulated.host,
                "account": "user1",
                CONF_PASSWORD: PASSWORD,
            },
        )
        entry.add_to_hass(hass)
        with patch("custom_components.whatsminer.async_setup_entry", return_value=True):
            result = await reconfigure(hass, entry, "only_read")
            await go_on(hass, result)
            await hass.async_block_till_done()
        assert entry.data == {CONF_HOST: simulated.host}


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_change_password(hass: HomeAssistant, api: str) -> None:
    """The new password is on the miner, proven, and kept; no action was called."""
    async with at_home(api=api) as simulated:
        entry = make_entry(simulated)
        await set_up(hass, entry)
        result = await reconfigure(hass, entry, "change_password")
        assert not suggested(result)
        result = await go_on(hass, result, **NEW)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "password_changed"
        assert entry.data[CONF_PASSWORD] == "Better_8"
        assert entry.state is ConfigEntryState.LOADED
        await hass.services.async_call(
            "switch", "turn_off", {"entity_id": "switch.miner_mining"}, blocking=True
        )
        assert simulated.machine.mineroff
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({"new_password": "x" * 9}, {"new_password": "password_not_allowed"}),
        ({"new_password": "a b"}, {"new_password": "password_not_allowed"}),
        ({"new_password": ""}, {"new_password": "password_not_allowed"}),
        ({"new_password_again": "x"}, {"new_password_again": "not_the_same"}),
    ],
)
async def test_new_password_that_cannot_be(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulated: SimulatedMiner,
    entered: dict[str, str],
    errors: dict[str, str],
) -> None:
    """What the miner would not take, or was mistyped, is not sent."""
    result = await reconfigure(hass, loaded, "change_password")
    result = await go_on(hass, result, **{**NEW, **entered})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert suggested(result) == {**NEW, **entered}
    assert "update_pwd" not in simulated.log.commands


async def test_password_is_not_changed(
    hass: HomeAssistant, loaded: MockConfigEntry, simulated: SimulatedMiner
) -> None:
    """What went wrong is said, and the old password stays."""

    async def fails() -> Any:
        result = await reconfigure(hass, loaded, "change_password")
        result = await go_on(hass, result, **NEW)
        assert result["type"] is FlowResultType.FORM
        assert loaded.data[CONF_PASSWORD] == PASSWORD
        return result["errors"]

    simulated.faults.refuse["update_pwd"] = 45
    assert await fails() == {"base": "write_access_disabled"}
    simulated.faults.refuse["update_pwd"] = 132
    assert await fails() == {"base": "change_refused"}
    simulated.faults.refuse.clear()
    simulated.faults.disobey.add("update_pwd")
    assert await fails() == {"base": "password_not_changed"}
    simulated.faults.disobey.clear()
    simulated.tokens.set_password("other")
    assert await fails() == {"base": "old_password"}
    for error, key in (
        (MinerUnreachable(), "unreachable"),
        (NoAnswer(), "outcome_unknown"),
        (MinerBusy(30), "busy"),
    ):
        with patch.object(
            loaded.runtime_data.miner, "change_password", side_effect=error
        ):
            assert await fails() == {"base": key}
            assert key in WORDS["config"]["error"]
    await hass.config_entries.async_unload(loaded.entry_id)
    assert await fails() == {"base": "not_loaded"}


async def test_password_of_another_miner(
    hass: HomeAssistant, loaded: MockConfigEntry, simulated: SimulatedMiner
) -> None:
    """The password of a miner that took the address is left alone."""
    await simulated.stop()
    await poll(hass)
    simulated.device.mac = "CA:0A:18:00:00:99"
    await simulated.start()
    await poll(hass)
    result = await reconfigure(hass, loaded, "change_password")
    result = await go_on(hass, result, **NEW)
    assert result["errors"] == {"base": "wrong_device"}
    assert "update_pwd" not in simulated.log.commands


def dialogs(hass: HomeAssistant) -> list[str]:
    """Return why each dialog is open."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow["context"]["source"] for flow in flows]


@pytest.mark.parametrize("is_closed", [True, False])
async def test_dialog_that_keeps_the_question_away(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulated: SimulatedMiner,
    monkeypatch: pytest.MonkeyPatch,
    is_closed: bool,
) -> None:
    """Home Assistant asks for the password once no dialog changes the entry any more."""
    result = await reconfigure(hass, loaded, "reconfigure_address")
    simulated.tokens.set_password("other")
    with pytest.raises(HomeAssistantError, match="does not accept the password"):
        await turn(hass, "mining", on=False)
    await poll(hass)
    assert dialogs(hass) == ["reconfigure"]

    if is_closed:
        hass.config_entries.flow.async_abort(result["flow_id"])
    else:
        monkeypatch.setattr(access, "DIALOG_LEFT", 0)
    await poll(hass)
    assert dialogs(hass) == ["reauth"]
    await poll(hass)
    assert dialogs(hass) == ["reauth"]


async def test_dialog_in_use(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulated: SimulatedMiner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dialog that goes on is not closed, and a refusal in it is not forgotten."""
    simulated.tokens.set_password("other")
    monkeypatch.setattr(access, "DIALOG_LEFT", 0)
    result = await loaded.start_reconfigure_flow(hass)
    with pytest.raises(HomeAssistantError, match="does not accept the password"):
        await turn(hass, "mining", on=False)
    result = await go_on(hass, result, next_step_id="change_password")
    await poll(hass)
    assert dialogs(hass) == ["reconfigure"]
    result = await go_on(hass, result, **NEW)
    assert result["errors"] == {"base": "old_password"}
    hass.config_entries.flow.async_abort(result["flow_id"])
    await poll(hass)
    assert dialogs(hass) == ["reauth"]
