"""Plain cgminer, the oldest firmware: no commands, and perhaps no MAC address."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.discovery import ip_report
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .farm_helpers import find, finish, free_host, go_on, labels, listen, remove_all
from .flow_helpers import reconfigure, start, suggested
from .helpers import WORDS, device_id, poll, value


@pytest.fixture
async def oldest() -> AsyncIterator[SimulatedMiner]:
    """Return a miner of 2018 that hashes: no MAC address."""
    async with at_home(api="cgminer") as miner:
        miner.faults.oldest_summary = True
        yield miner


@pytest.fixture
async def added(hass: HomeAssistant, oldest: SimulatedMiner) -> Any:
    """Return its entry, added by hand."""
    result = await start(hass, {CONF_HOST: oldest.host})
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    yield result["result"]
    await remove_all(hass)


@pytest.mark.parametrize("password", [None, PASSWORD])
async def test_added_by_its_address(
    hass: HomeAssistant, oldest: SimulatedMiner, password: str | None
) -> None:
    """It is said by what it is recognized, and no password is kept."""
    entered = {CONF_HOST: oldest.host}
    if password:
        entered[CONF_PASSWORD] = password
    result = await start(hass, entered)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "by_address"
    assert result["description_placeholders"] == {
        "name": "WhatsMiner M30S V20",
        "host": oldest.host,
    }
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.unique_id is None
    assert entry.data == {CONF_HOST: oldest.host}
    assert entry.state is ConfigEntryState.LOADED
    await remove_all(hass)


@pytest.mark.parametrize("password", [None, PASSWORD])
async def test_cgminer_with_a_mac(hass: HomeAssistant, password: str | None) -> None:
    """Where it gives one it is recognized by it; it has no commands all the same."""
    async with at_home(api="cgminer") as miner:
        entered = {CONF_HOST: miner.host}
        if password:
            entered[CONF_PASSWORD] = password
        result = await start(hass, entered)
        assert result["step_id"] == "no_commands"
        result = await go_on(hass, result)
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["result"].unique_id == miner.mac.lower()
        assert result["data"] == {CONF_HOST: miner.host}
        await remove_all(hass)


async def test_entities(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    oldest: SimulatedMiner,
    added: ConfigEntry,
) -> None:
    """Entities, device, diagnostics, actions and reloading do without a MAC address."""
    registered = er.async_entries_for_config_entry(er.async_get(hass), added.entry_id)
    assert registered
    assert all(each.unique_id.startswith(f"{added.entry_id}_") for each in registered)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), added.entry_id)
    assert device.identifiers == {(DOMAIN, added.entry_id)}
    assert not device.connections
    hashrate = "sensor.whatsminer_m30s_v20_hashrate"
    assert float(value(hass, hashrate)) > 50
    # It reports no power: what it used is not zero.
    assert value(hass, "sensor.whatsminer_m30s_v20_energy") == STATE_UNKNOWN

    assert await get_diagnostics_for_config_entry(hass, hass_client, added)
    answer = await hass.services.async_call(
        DOMAIN,
        "get_data",
        {"device_id": device_id(hass, added)},
        blocking=True,
        return_response=True,
    )
    assert answer

    # Started without it, it has the same entities, from what was known.
    await oldest.stop()
    await hass.config_entries.async_reload(added.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert added.state is ConfigEntryState.LOADED
    assert value(hass, hashrate) == "unavailable"
    await oldest.start()
    await poll(hass)
    assert float(value(hass, hashrate)) > 50
    again = er.async_entries_for_config_entry(er.async_get(hass), added.entry_id)
    assert {each.unique_id for each in again} == {each.unique_id for each in registered}


async def test_new_firmware(
    hass: HomeAssistant, oldest: SimulatedMiner, added: ConfigEntry
) -> None:
    """Who gives a MAC address is not taken for the one that had none to give."""
    oldest.faults.oldest_summary = False
    await oldest.stop()
    await poll(hass)
    await oldest.start()
    await poll(hass)
    assert value(hass, "sensor.whatsminer_m30s_v20_hashrate") == "unavailable"
    assert (
        added.runtime_data.coordinator.last_exception.translation_key == "wrong_device"
    )


async def test_not_twice(
    hass: HomeAssistant, oldest: SimulatedMiner, added: ConfigEntry
) -> None:
    """What is set up at an address is not added there again."""
    result = await start(hass, {CONF_HOST: f"http://{oldest.host}/"})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_not_twice_at_once(hass: HomeAssistant, oldest: SimulatedMiner) -> None:
    """Nor by two dialogs at the same time."""
    first, second = [await start(hass, {CONF_HOST: oldest.host}) for _ in range(2)]
    result = await go_on(hass, first)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    result = await go_on(hass, second)
    assert result["reason"] == "already_configured"
    await remove_all(hass)


async def test_another_port_is_another_miner(
    hass: HomeAssistant, oldest: SimulatedMiner, added: ConfigEntry
) -> None:
    """Two behind one address are two; their names differ."""
    async with SimulatedMiner(api="cgminer", host=oldest.host) as other:
        other.faults.oldest_summary = True
        address = f"{other.host}:{other.port}"
        result = await go_on(hass, await start(hass, {CONF_HOST: address}))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["title"] == f"WhatsMiner M30S V20 {address}"
        assert result["data"] == {CONF_HOST: other.host, CONF_PORT: other.port}
        await remove_all(hass)


async def test_booting_miner_of_another_generation(hass: HomeAssistant) -> None:
    """Where a MAC address will come it is asked for again later."""
    for api in ("1.4", "2.0.5", "2.2.2", "3.0.2"):
        async with at_home(api=api, mac="00:00:00:00:00:00") as miner:
            result = await start(hass, {CONF_HOST: miner.host})
            assert result["errors"] == {"base": "no_mac"}


async def reconfigure_address(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Open the form for another address."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert result["step_id"] == "reconfigure_address"
    return result


async def test_reconfigure(
    hass: HomeAssistant, oldest: SimulatedMiner, added: ConfigEntry
) -> None:
    """It can be followed to another address by hand, where no other miner is."""
    async with at_home(api="cgminer") as moved, at_home() as other:
        moved.faults.oldest_summary = True
        result = await reconfigure_address(hass, added)
        assert suggested(result) == {CONF_HOST: oldest.host}
        result = await go_on(hass, result, host=moved.host, password=PASSWORD)
        assert result["errors"] == {"base": "unknown_command"}
        result = await go_on(hass, result, host=other.host)
        assert result["errors"] == {"base": "another_miner"}
        result = await go_on(hass, result, host=moved.host)
        assert result["reason"] == "address_updated"
        await hass.async_block_till_done(wait_background_tasks=True)
        assert added.data == {CONF_HOST: moved.host}
        assert added.state is ConfigEntryState.LOADED

        # Where another such entry is, there is no room.
        result = await go_on(hass, await start(hass, {CONF_HOST: oldest.host}))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await reconfigure_address(hass, added)
        result = await go_on(hass, result, host=oldest.host)
        assert result["reason"] == "already_configured"
        assert added.data == {CONF_HOST: moved.host}
        await remove_all(hass)


async def test_miner_with_a_mac_is_not_given_away(
    hass: HomeAssistant, oldest: SimulatedMiner
) -> None:
    """Another entry does not become one that has no MAC address."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id="ca:0a:18:00:00:01",
        data={CONF_HOST: "127.9.9.9", CONF_PASSWORD: PASSWORD},
    )
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry, "only_read")
    hass.config_entries.flow.async_abort(result["flow_id"])
    hass.config_entries.async_update_entry(entry, data={CONF_HOST: "127.9.9.9"})
    result = await reconfigure_address(hass, entry)
    result = await go_on(hass, result, host=oldest.host)
    assert result["errors"] == {"base": "another_miner"}
    assert result["description_placeholders"]["other"] == "WhatsMiner M30S V20"


async def test_discovery(hass: HomeAssistant, oldest: SimulatedMiner) -> None:
    """A router's word alone does not say who it is."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(
            ip=oldest.host, hostname="whatsminer", macaddress="ca0a18000001"
        ),
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "only_by_address"


async def test_scan_with_a_common_password(
    hass: HomeAssistant, oldest: SimulatedMiner
) -> None:
    """It is added for reading with all others, and named with the reason."""
    async with (
        at_home() as usual,
        at_home(api="cgminer", index=1) as old,
        at_home(index=2) as tokenless,
        at_home(index=3, mac="00:00:00:00:00:00") as booting,
    ):
        tokenless.faults.refuse["get_token"] = 14
        hosts = [each.host for each in (oldest, usual, old, tokenless, booting)]
        result = await find(hass, *hosts)
        assert result["description_placeholders"]["found"] == "4"
        (label,) = [each for each in labels(result) if oldest.host in each]
        assert label == f"WhatsMiner M30S V20 · {oldest.host}"
        chosen = [
            oldest.host,
            *(each.mac.lower() for each in (usual, old, tokenless)),
        ]
        result = await go_on(hass, result, miners=chosen, password=PASSWORD)
        result = await finish(hass, result)
        placeholders = result["description_placeholders"]
        assert placeholders["added"] == "4"
        report = placeholders["report"]
        by_address, no_commands = (
            report[report.index(WORDS["config"]["error"][key]) :].split("\n\n")[1]
            for key in ("read_only_by_address", "read_only_no_commands")
        )
        assert by_address == f"- WhatsMiner M30S V20 (`{oldest.host}`)"
        assert set(no_commands.splitlines()) == {
            f"- WhatsMiner M30S V20 (`{old.host}`)",
            f"- WhatsMiner M50S VH50 (`{tokenless.host}`)",
        }
        assert f"`{usual.host}`" not in report
        passwords = {
            entry.data[CONF_HOST]: entry.data.get(CONF_PASSWORD)
            for entry in hass.config_entries.async_entries(DOMAIN)
        }
        assert passwords == {
            oldest.host: None,
            usual.host: PASSWORD,
            old.host: None,
            tokenless.host: None,
        }

        # Both are known from then on.
        await hass.async_block_till_done(wait_background_tasks=True)
        await oldest.stop()
        (entry,) = [
            each
            for each in hass.config_entries.async_entries(DOMAIN)
            if each.unique_id is None
        ]
        await entry.runtime_data.coordinator.async_refresh()
        await oldest.start()
        result = await find(hass, oldest.host, old.host)
        assert result["errors"] == {"base": "nothing_new"}
        await remove_all(hass)


async def test_address_taken_between_scan_and_adding(
    hass: HomeAssistant, oldest: SimulatedMiner
) -> None:
    """What answers with a MAC address now is another miner."""
    result = await find(hass, oldest.host)
    oldest.faults.oldest_summary = False
    result = await go_on(hass, result, miners=[oldest.host], password=PASSWORD)
    result = await finish(hass, result)
    assert result["description_placeholders"]["added"] == "0"
    assert "Another miner answers" in result["description_placeholders"]["report"]


async def test_ip_report(
    hass: HomeAssistant, oldest: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its button tells an address, and the miner there has no MAC address to compare."""
    monkeypatch.setattr(ip_report, "NEXT_TIMEOUT", 0.3)
    monkeypatch.setattr(ip_report, "LISTEN_ADDRESS", free_host())
    result = await listen(hass)
    oldest.press_ip_report(ip_report.LISTEN_ADDRESS)
    assert labels(await finish(hass, result)) == [
        f"WhatsMiner M30S V20 · {oldest.host}"
    ]
