"""Who may call which action, and what he gets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.permissions import PermissionLookup, PolicyPermissions
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .helpers import device_id, make_entry, set_up

COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("set_power_percent", {"percent": 70}),
    ("set_led", {"color": "red"}),
    ("send_command", {"command": "get_miner_info"}),
    ("send_command", {"command": "power_off"}),
    ("set_pools", {"pools": [{"url": "stratum+tcp://a:1", "worker": "w"}]}),
    ("update_password", {"new_password": "Other_1"}),
]


@asynccontextmanager
async def miners(
    hass: HomeAssistant, number: int = 1
) -> AsyncIterator[tuple[list[SimulatedMiner], list[str]]]:
    """Return simulated miners, and their devices."""
    sims = [at_home(index=index) for index in range(number)]
    entries = []
    for sim in sims:
        await sim.start()
        entry = make_entry(sim, PASSWORD)
        entries.append(entry)
        await set_up(hass, entry)
    yield sims, [device_id(hass, entry) for entry in entries]
    for sim, entry in zip(sims, entries, strict=True):
        await hass.config_entries.async_unload(entry.entry_id)
        await sim.stop()


async def user_of(hass: HomeAssistant, group_id: str) -> Context:
    """Return the context of a user of a group."""
    group = await hass.auth.async_get_group(group_id)
    assert group is not None
    return Context(user_id=MockUser(groups=[group]).add_to_hass(hass).id)


def user_with(hass: HomeAssistant, entities: Any) -> Context:
    """Return the context of a user with a policy of his own."""
    user = MockUser(groups=[]).add_to_hass(hass)
    lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    user.permissions = PolicyPermissions({"entities": entities}, lookup)
    return Context(user_id=user.id)


async def act(
    hass: HomeAssistant,
    context: Context | None,
    action: str,
    device_ids: list[str],
    **data: Any,
) -> Any:
    """Call an action as a user."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        {ATTR_DEVICE_ID: device_ids, **data},
        blocking=True,
        return_response=action == "get_data",
        context=context,
    )


async def test_read_only(hass: HomeAssistant) -> None:
    """Who may only read sends nothing, and gets nothing that identifies the miner."""
    async with miners(hass) as ((sim,), devices):
        context = await user_of(hass, GROUP_ID_READ_ONLY)
        sim.log.clear()
        for action, data in COMMANDS:
            with pytest.raises(Unauthorized):
                await act(hass, context, action, devices, **data)
        assert not sim.log.requests

        everything = await act(hass, None, "get_data", devices)
        seen = await act(hass, context, "get_data", devices)
        data = everything[devices[0]]
        text = json.dumps(seen)
        for secret in (
            sim.mac.lower(),
            data["identity"]["serial_number"],
            data["identity"]["hostname"],
            data["boards"][0]["serial_number"],
            data["pools"][0]["worker"],
            data["pools"][0]["url"],
        ):
            if secret is not None:
                assert secret in json.dumps(everything)
                assert secret not in text
        for key in ("hashrate", "power", "last_start", "errors", "capabilities"):
            assert seen[devices[0]][key] == data[key]
        assert len(seen[devices[0]]["boards"]) == 3


@pytest.mark.parametrize("group", [GROUP_ID_USER, GROUP_ID_ADMIN, None])
async def test_who_may_control(hass: HomeAssistant, group: str | None) -> None:
    """Users and administrators steer; an automation, which has no user, may always."""
    async with miners(hass) as ((sim,), devices):
        context = None if group is None else await user_of(hass, group)
        for action, data in COMMANDS[:3]:
            await act(hass, context, action, devices, **data)
        assert sim.machine.physics.percent_goal == 0.7
        data = await act(hass, context, "get_data", devices)
        assert data[devices[0]]["identity"]["mac"] == sim.mac.lower()
        for action, data in COMMANDS[3:5]:
            if group == GROUP_ID_USER:
                with pytest.raises(Unauthorized):
                    await act(hass, context, action, devices, **data)
            else:
                await act(hass, context, action, devices, **data)
        assert sim.machine.mineroff is (group != GROUP_ID_USER)


async def test_policies(hass: HomeAssistant) -> None:
    """All entities of the miner count, also those that are disabled or hidden."""
    async with miners(hass, 2) as (sims, devices):
        registry = er.async_get(hass)
        first, second = (
            er.async_entries_for_device(
                registry, device, include_disabled_entities=True
            )
            for device in devices
        )
        assert any(each.disabled for each in first)
        control = {"read": True, "control": True}
        read = {"read": True}
        enabled = {each.entity_id: control for each in first if not each.disabled}

        may = [
            {"device_ids": {devices[0]: control}},
            {"all": control},
            {"entity_ids": {each.entity_id: True for each in first}},
        ]
        may_not = [
            {},
            {"all": read},
            {"device_ids": {devices[0]: read}},
            {"device_ids": {devices[1]: control}},
            {"domains": {"sensor": control}},
            {"domains": {"switch": control}, "all": read},
            {"entity_ids": {"switch.miner_mining": control}, "all": read},
            {"entity_ids": enabled},
            {"entity_ids": {each.entity_id: control for each in second}},
        ]
        for policy in may:
            context = user_with(hass, policy)
            await act(hass, context, "set_led", devices[:1], color="red")
            assert sims[0].machine.settings.led != "auto"
            await act(hass, context, "set_led", devices[:1], color="auto")
        for policy in may_not:
            context = user_with(hass, policy)
            with pytest.raises(Unauthorized):
                await act(hass, context, "set_led", devices[:1], color="red")
        assert sims[0].machine.settings.led == "auto"


async def test_one_of_two(hass: HomeAssistant) -> None:
    """Nothing is sent to any miner, if one is among them that the user may not steer."""
    async with miners(hass, 2) as (sims, devices):
        mixed = {
            "device_ids": {devices[0]: {"read": True, "control": True}},
            "all": {"read": True},
        }
        context = user_with(hass, mixed)
        with pytest.raises(Unauthorized):
            await act(hass, context, "set_led", devices, color="red")
        assert {sim.machine.settings.led for sim in sims} == {"auto"}
        data = await act(hass, context, "get_data", devices)
        assert data[devices[0]]["identity"]["mac"] == sims[0].mac.lower()
        assert sims[1].mac.lower() not in json.dumps(data)


async def test_who_may_not_even_read(hass: HomeAssistant) -> None:
    """Who may read nothing of a miner gets nothing; nor does who is not there."""
    async with miners(hass) as (_, devices):
        for policy in ({}, {"domains": {"sensor": {"read": True}}}):
            with pytest.raises(Unauthorized):
                await act(hass, user_with(hass, policy), "get_data", devices)
        with pytest.raises(UnknownUser):
            await act(hass, Context(user_id="nobody"), "get_data", devices)
