"""Repairs explain what to do, and check whether it is done."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components.repairs import RepairsFlowManager, repairs_flow_manager
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import access, errors, new_password, repairs
from custom_components.whatsminer.client import InvalidResponse, MinerBusy
from tests.conftest import at_home
from tests.simulator import SimulatedMiner

from .flow_helpers import suggested
from .helpers import DOMAIN, make_entry, poll, set_up

NEW = {"new_password": "Better_8", "new_password_again": "Better_8"}
ISSUES = json.loads(
    (Path(repairs.__file__).parent / "translations" / "en.json").read_text("utf-8")
)["issues"]


@pytest.fixture(autouse=True)
async def manager(hass: HomeAssistant) -> RepairsFlowManager:
    """Set up the repairs of Home Assistant."""
    assert await async_setup_component(hass, "repairs", {})
    found = repairs_flow_manager(hass)
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def no_check_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only the dialog check, not a poll."""
    monkeypatch.setattr(access, "CHECK_CLOSED_AGAIN", 3600)


@pytest.fixture(params=["2.0.5", "2.2.2", "3.0.2", "dual"])
async def closed(request: Any, hass: HomeAssistant) -> AsyncIterator[SimulatedMiner]:
    """Return a miner that refuses commands, set up."""
    async with at_home(api=request.param, api_switch=False) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        yield sim
        await hass.config_entries.async_unload(entry.entry_id)


def there(hass: HomeAssistant) -> set[str]:
    """Return the kinds of issues that there are."""
    return {issue.translation_key or "" for issue in ir.async_get(hass).issues.values()}


async def open_repair(hass: HomeAssistant, manager: RepairsFlowManager) -> Any:
    """Open the only issue, as the user does."""
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.is_fixable
    result = await manager.async_init(DOMAIN, data={"issue_id": issue.issue_id})
    assert result["type"] is FlowResultType.FORM
    # Nothing was done yet, so nothing can be wrong.
    assert not result["errors"]
    steps = ISSUES[issue.translation_key]["fix_flow"]["step"]
    text = steps[result["step_id"]]["description"]
    assert "Miner" in text.format(**(result["description_placeholders"] or {}))
    return result


async def go_on(
    hass: HomeAssistant, manager: RepairsFlowManager, result: Any, **entered: str
) -> Any:
    """Submit a form of a repair; what it says then has its words."""
    issue_id = manager.async_get(result["flow_id"])["context"]["issue_id"]
    words = ISSUES[issue_id.rpartition("_")[0]]["fix_flow"]["error"]
    shown = await manager.async_configure(result["flow_id"], entered)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set((shown.get("errors") or {}).values()) <= words.keys()
    return shown


async def test_write_access(
    hass: HomeAssistant, manager: RepairsFlowManager, closed: SimulatedMiner
) -> None:
    """The dialog says that it is still off, and ends when it is on."""
    assert there(hass) == {"write_access_off"}
    result = await open_repair(hass, manager)
    assert result["step_id"] == "check"
    for _ in range(2):
        result = await go_on(hass, manager, result)
        assert result["errors"] == {"base": "not_yet"}
        assert there(hass) == {"write_access_off"}
    closed.device.api_switch = True
    result = await go_on(hass, manager, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert there(hass) == set()
    await poll(hass)
    assert there(hass) == set()


@pytest.mark.parametrize("closed", ["2.0.5"], indirect=True)
async def test_check_that_fails(
    hass: HomeAssistant, manager: RepairsFlowManager, closed: SimulatedMiner
) -> None:
    """What keeps the check from showing anything is not taken for an answer."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    result = await open_repair(hass, manager)

    async def says() -> str:
        nonlocal result
        result = await go_on(hass, manager, result)
        assert there(hass) == {"write_access_off"}
        error: str = result["errors"]["base"]
        return error

    await closed.stop()
    assert await says() == "unreachable"
    mac = closed.device.mac
    closed.device.mac = "CA:0A:18:00:00:99"
    await closed.start()
    assert await says() == "wrong_device"
    closed.device.mac = mac
    for err, key in ((MinerBusy(30), "busy"), (InvalidResponse(), "not_checked")):
        with patch.object(entry.runtime_data.miner, "check_password", side_effect=err):
            assert await says() == key
    closed.device.api_switch = True
    await hass.config_entries.async_unload(entry.entry_id)
    assert await says() == "not_loaded"


@pytest.mark.parametrize("closed", ["3.0.2"], indirect=True)
async def test_another_password_by_now(
    hass: HomeAssistant, manager: RepairsFlowManager, closed: SimulatedMiner
) -> None:
    """Who changed the password, too, is asked for it, and checks again."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    result = await open_repair(hass, manager)
    closed.device.api_switch = True
    closed.users.passwords["super"] = "Better_8"
    result = await go_on(hass, manager, result)
    assert result["errors"] == {"base": "invalid_auth"}
    (reauth,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    entered = await hass.config_entries.flow.async_configure(
        reauth["flow_id"], {CONF_PASSWORD: "Better_8"}
    )
    assert entered["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    result = await manager.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data[CONF_PASSWORD] == "Better_8"
    assert there(hass) == set()


@pytest.mark.parametrize("closed", ["2.0.5"], indirect=True)
async def test_only_read_by_now(
    hass: HomeAssistant, manager: RepairsFlowManager, closed: SimulatedMiner
) -> None:
    """Who decided to only read the miner meanwhile is done."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    result = await open_repair(hass, manager)
    data = {name: value for name, value in entry.data.items() if name != CONF_PASSWORD}
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_reload(entry.entry_id)
    result = await manager.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("closed", ["2.0.5"], indirect=True)
async def test_unloaded_during_the_check(
    hass: HomeAssistant,
    manager: RepairsFlowManager,
    closed: SimulatedMiner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An entry that is unloaded just then shows nothing."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    result = await open_repair(hass, manager)

    async def unload(_: access.Access) -> None:
        await hass.config_entries.async_unload(entry.entry_id)

    monkeypatch.setattr(access.Access, "async_check_now", unload)
    result = await go_on(hass, manager, result)
    assert result["errors"] == {"base": "not_loaded"}


@pytest.mark.parametrize("api", ["2.0.5", "dual"])
async def test_default_password(
    hass: HomeAssistant, manager: RepairsFlowManager, api: str
) -> None:
    """It is changed from the dialog, once what was entered is right."""
    async with at_home(api=api, password="admin") as sim:
        entry = make_entry(sim, "admin")
        await set_up(hass, entry)
        result = await open_repair(hass, manager)
        assert result["step_id"] == "change_password"
        for entered, wrong in (
            ({"new_password": "a b"}, {"new_password": "password_not_allowed"}),
            ({"new_password_again": "x"}, {"new_password_again": "not_the_same"}),
            (dict.fromkeys(NEW, "admin"), {"new_password": "same_password"}),
        ):
            result = await go_on(hass, manager, result, **{**NEW, **entered})
            assert result["errors"] == wrong
            assert suggested(result) == {**NEW, **entered}
        sim.faults.refuse |= dict.fromkeys(("update_pwd", "set.user.change_passwd"), 45)
        result = await go_on(hass, manager, result, **NEW)
        assert result["errors"] == {"base": "write_access_disabled"}
        assert entry.data[CONF_PASSWORD] == "admin"
        sim.faults.refuse.clear()
        result = await go_on(hass, manager, result, **NEW)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert entry.data[CONF_PASSWORD] == "Better_8"
        await poll(hass)
        assert there(hass) == set()
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def new_miner(hass: HomeAssistant) -> AsyncIterator[tuple[Any, MockConfigEntry]]:
    """Return a miner as delivered, which refuses commands and takes its password."""
    async with at_home(api="2.0.5", password="admin", default_password=True) as sim:
        entry = make_entry(sim, "admin")
        await set_up(hass, entry)
        assert there(hass) == {"default_password", "write_access_off"}
        # Each issue has its dialog; here it is the one of the password.
        ir.async_delete_issue(hass, DOMAIN, f"write_access_off_{entry.entry_id}")
        yield sim, entry
        await hass.config_entries.async_unload(entry.entry_id)


async def test_default_password_while_closed(
    hass: HomeAssistant,
    manager: RepairsFlowManager,
    new_miner: tuple[SimulatedMiner, MockConfigEntry],
) -> None:
    """A miner that refuses the change is explained, and checked for its new password."""
    sim, _ = new_miner
    result = await open_repair(hass, manager)
    assert result["step_id"] == "check"
    result = await go_on(hass, manager, result)
    assert result["errors"] == {"base": "not_yet"}
    await sim.stop()
    result = await go_on(hass, manager, result)
    assert result["errors"] == {"base": "unreachable"}
    await sim.start()
    sim.tokens.set_password("Better_8")
    result = await manager.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "default_password" not in there(hass)
    await poll(hass)
    assert "default_password" not in there(hass)
    (reauth,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert reauth["context"]["source"] == "reauth"


async def test_default_password_not_loaded(
    hass: HomeAssistant,
    manager: RepairsFlowManager,
    new_miner: tuple[SimulatedMiner, MockConfigEntry],
) -> None:
    """The password of a miner that is not set up just now cannot be changed."""
    _, entry = new_miner
    await hass.config_entries.async_unload(entry.entry_id)
    result = await open_repair(hass, manager)
    result = await go_on(hass, manager, result, **NEW)
    assert result["errors"] == {"base": "not_loaded"}


def test_words() -> None:
    """Whatever a change can fail with has its words in the dialog."""
    failures = {key for _, key in errors.ERROR_KEYS} | {"not_loaded", "unloaded"}
    failures |= {"outcome_unknown", "password_not_changed", "not_the_same"}
    failures |= {"same_password"}
    named = {new_password.NOT_CHANGED.get(key, key) for key in failures}
    assert named <= ISSUES["default_password"]["fix_flow"]["error"].keys()
