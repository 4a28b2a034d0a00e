"""Miners of every generation in Home Assistant, and one that changes its own."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_HOST,
    CONF_PASSWORD,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.whatsminer.const import CONF_ACCOUNT, DOMAIN
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import WORDS, make_entry, poll, set_up, value

STEERABLE = ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"]


@pytest.fixture
async def sim(request: Any, clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner of the generation asked for."""
    async with at_home(api=request.param, clock=clock) as simulated:
        yield simulated


def mining_switch(hass: HomeAssistant) -> str:
    """Return the switch for mining of the only miner."""
    (switch,) = (
        entity_id
        for entity_id in hass.states.async_entity_ids("switch")
        if entity_id.endswith("_mining")
    )
    return switch


async def start(hass: HomeAssistant, sim: SimulatedMiner, password: str) -> Any:
    """Open the flow and fill in its form."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "address"}
    )
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_HOST: sim.host, CONF_PASSWORD: password}
    )


@pytest.mark.parametrize("api", STEERABLE)
async def test_add_and_steer(hass: HomeAssistant, api: str) -> None:
    """The same two fields add it, the same switch stops and starts it."""
    async with at_home(api=api, speed=120) as sim:
        result = await start(hass, sim, PASSWORD)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["data"] == {CONF_HOST: sim.host, CONF_PASSWORD: PASSWORD}
        await hass.async_block_till_done(wait_background_tasks=True)
        entry = result["result"]
        assert entry.state is ConfigEntryState.LOADED
        switch = mining_switch(hass)
        status = switch.replace("switch", "sensor").removesuffix("mining") + "status"
        assert value(hass, status) == "mining"
        for service, state, statuses in (
            ("turn_off", "off", {"stopped"}),
            ("turn_on", "on", {"starting", "tuning"}),
        ):
            await hass.services.async_call(
                "switch", service, {ATTR_ENTITY_ID: switch}, blocking=True
            )
            assert value(hass, switch) == state
            assert value(hass, status) in statuses
            assert sim.machine.mineroff is (state == "off")
        await hass.config_entries.async_unload(entry.entry_id)


async def test_plain_cgminer(hass: HomeAssistant) -> None:
    """The oldest firmware can be read; it has no commands and no password."""
    async with at_home(api="cgminer") as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        assert entry.state is ConfigEntryState.LOADED
        assert float(value(hass, "sensor.miner_hashrate")) > 80
        assert value(hass, "binary_sensor.miner_mining") == "on"
        assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


@pytest.mark.parametrize("sim", ["3.0.2", "dual"], indirect=True)
async def test_account_is_asked_only_when_needed(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """A password that fits no account that was tried leads to the question which."""
    sim.users.set_password("user1", "Other_1")
    sim.users.permissions["user1"] |= {"set.miner.service", "set.system.led"}
    result = await start(hass, sim, "Other_1")
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "account"
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_ACCOUNT: "user1", CONF_PASSWORD: "wrong"}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_ACCOUNT: "user1", CONF_PASSWORD: "Other_1"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        CONF_HOST: sim.host,
        CONF_ACCOUNT: "user1",
        CONF_PASSWORD: "Other_1",
    }
    await hass.async_block_till_done(wait_background_tasks=True)
    switch = mining_switch(hass)
    await hass.services.async_call(
        "switch", "turn_off", {ATTR_ENTITY_ID: switch}, blocking=True
    )
    assert sim.machine.mineroff
    await hass.config_entries.async_unload(result["result"].entry_id)


@pytest.mark.parametrize("sim", ["3.0.2"], indirect=True)
async def test_reauth_with_account(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """Reauthentication asks for the account, too, when the password fits none."""
    entry = make_entry(sim, "old")
    await set_up(hass, entry)
    sim.users.set_password("user1", "Other_1")
    sim.users.permissions["user1"] |= {"set.system.led"}
    result = await entry.start_reauth_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_PASSWORD: "Other_1"}
    )
    assert result["step_id"] == "account"
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_ACCOUNT: "user1", CONF_PASSWORD: "Other_1"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data[CONF_ACCOUNT] == "user1"
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("sim", ["3.0.2"], indirect=True)
async def test_default_password(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """A new miner may refuse the right account, too: the form says what to do first."""
    sim.users.reset()
    sim.device.default_password = True
    result = await start(hass, sim, "super")
    assert result["step_id"] == "account"
    step = WORDS["config"]["step"]["account"]["description"]
    assert "change the default password of `admin`" in step
    entered = {CONF_ACCOUNT: "super", CONF_PASSWORD: "super"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], entered)
    assert result["errors"] == {"base": "invalid_auth"}
    # As the user does with WhatsMinerTool.
    sim.device.default_password = False
    result = await hass.config_entries.flow.async_configure(result["flow_id"], entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(result["result"].entry_id)


@pytest.mark.parametrize("sim", ["3.0.2", "dual"], indirect=True)
async def test_api_switch_off(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """The new generation's switch is explained like the old one's."""
    sim.device.api_switch = False
    result = await start(hass, sim, PASSWORD)
    assert result["step_id"] == "write_access"
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_firmware_update_keeps_everything(
    hass: HomeAssistant,
    clock: ManualClock,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A miner that speaks another generation afterwards is still the same miner."""
    async with at_home(api="2.0.5", model="M60_VK20", clock=clock) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)

        def entities() -> set[tuple[str, str]]:
            """Return the entities with their unique ids."""
            return {
                (each.entity_id, each.unique_id)
                for each in er.async_entries_for_config_entry(
                    entity_registry, entry.entry_id
                )
            }

        before = entities()
        (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        assert device.sw_version == "20240322.11.REL"

        await sim.upgrade(api="dual", firmware="20251209.16.Rel2")
        clock.advance(5)
        await poll(hass)
        assert value(hass, "sensor.miner_hashrate") == STATE_UNAVAILABLE
        clock.advance(1800)
        await poll(hass)
        assert float(value(hass, "sensor.miner_hashrate")) > 100
        assert entities() >= before
        (again,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        assert again.id == device.id
        assert again.sw_version == "20251209.16.Rel2"
        await hass.services.async_call(
            "switch", "turn_off", {ATTR_ENTITY_ID: "switch.miner_mining"}, blocking=True
        )
        assert "set.miner.service" in sim.log.commands
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("cooling", ["hydro", "immersion"])
@pytest.mark.parametrize("api", STEERABLE)
async def test_liquid_cooling_has_no_fans(
    hass: HomeAssistant, api: str, cooling: Any
) -> None:
    """A machine without fans shows none at zero."""
    async with at_home(api=api, cooling=cooling) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        for fan in ("intake_fan", "exhaust_fan"):
            state = hass.states.get(f"sensor.miner_{fan}")
            assert state is None or state.state == STATE_UNKNOWN
        assert float(value(hass, "sensor.miner_hashrate")) > 80
        await hass.config_entries.async_unload(entry.entry_id)
