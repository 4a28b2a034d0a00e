"""Miners of a scan: added with one password, and followed when they moved."""

from contextlib import AsyncExitStack
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.discovery import flow
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

from .farm_helpers import (
    APIS,
    SAID,
    add,
    find,
    finish,
    free_host,
    go_on,
    labels,
    remove_all,
)
from .helpers import WORDS, set_up

pytestmark = pytest.mark.usefixtures("little_patience")


def moved_entry(miner: SimulatedMiner, title: str, **data: Any) -> MockConfigEntry:
    """Return the entry of a miner that was at another address."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        unique_id=miner.mac.lower(),
        data={CONF_HOST: free_host(), CONF_PASSWORD: PASSWORD, **data},
    )


async def test_moved(hass: HomeAssistant) -> None:
    """A miner that waits for its miner gets the address where a scan finds it."""
    async with at_home() as miner, at_home(index=1) as other:
        retried = moved_entry(miner, "*Cellar*", **{CONF_PORT: 5999})
        await set_up(hass, retried)
        assert retried.state is ConfigEntryState.SETUP_RETRY
        loaded = moved_entry(other, "Attic", **{CONF_HOST: other.host})
        await set_up(hass, loaded)
        assert loaded.state is ConfigEntryState.LOADED
        devices = dr.async_get(hass)
        (device,) = dr.async_entries_for_config_entry(devices, loaded.entry_id)
        devices.async_update_device(device.id, name_by_user="Loft")

        result = await find(hass, miner.host, other.host)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "farm_added"
        report = result["description_placeholders"]["report"]
        assert report.startswith(SAID["moved"])
        assert report.endswith("\n- \\*Cellar\\*")
        await hass.async_block_till_done(wait_background_tasks=True)
        assert retried.data == {CONF_HOST: miner.host, CONF_PASSWORD: PASSWORD}
        states = {entry.state for entry in (retried, loaded)}
        assert states == {ConfigEntryState.LOADED}
        assert loaded.data[CONF_HOST] == other.host

        # Two that changed their addresses with each other; and one that is new.
        for entry, host in ((retried, other.host), (loaded, miner.host)):
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_HOST: host}
            )
            await hass.config_entries.async_reload(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_RETRY
        async with at_home(index=2) as third:
            result = await find(hass, miner.host, other.host, third.host)
            assert result["description_placeholders"] == {
                "found": "1",
                "known": "2",
                "moved": "2",
            }
            assert retried.data[CONF_HOST] == miner.host
            assert loaded.data[CONF_HOST] == other.host
            result = await add(hass, result, third)
            assert result["description_placeholders"]["added"] == "1"
            assert "\n- Loft" in result["description_placeholders"]["report"]
            await remove_all(hass)


async def test_answering_miner_stays(hass: HomeAssistant) -> None:
    """A miner that answers where it is known is not followed anywhere else."""
    async with at_home() as miner, at_home() as same:
        assert miner.mac == same.mac
        entry = moved_entry(miner, "Cellar", **{CONF_HOST: miner.host})
        await set_up(hass, entry)
        result = await find(hass, same.host)
        assert result["errors"] == {"base": "nothing_new"}
        assert entry.data[CONF_HOST] == miner.host
        await miner.stop()
        await entry.runtime_data.coordinator.async_refresh()
        result = await find(hass, same.host)
        assert result["reason"] == "farm_added"
        assert entry.data[CONF_HOST] == same.host
        await remove_all(hass)


async def test_many_moved(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report names some, and counts the others."""
    monkeypatch.setattr(flow, "_NAMED_AT_MOST", 1)
    async with AsyncExitStack() as stack:
        miners = [await stack.enter_async_context(at_home(index=n)) for n in range(3)]
        for miner in miners:
            await set_up(hass, moved_entry(miner, f"Miner {miner.host}"))
        result = await find(hass, *(miner.host for miner in miners))
        lines = result["description_placeholders"]["report"].splitlines()
        assert lines[-1] == "- \u2026 (+2)"
        assert len([line for line in lines if line.startswith("- ")]) == 2
        await remove_all(hass)


async def test_unexpected_error_while_adding(hass: HomeAssistant) -> None:
    """Nor is the list of what was found lost by it."""
    async with at_home() as miner:
        result = await find(hass, miner.host)
        with patch.object(
            hass.config_entries.flow, "async_init", side_effect=RecursionError
        ):
            result = await add(hass, result, miner)
        assert result["errors"] == {"base": "unknown"}
        assert len(labels(result)) == 1
        result = await add(hass, result, miner)
        assert result["description_placeholders"]["added"] == "1"
        await remove_all(hass)


async def test_one_password(hass: HomeAssistant) -> None:
    """A password that nobody takes can be corrected; something has to be chosen."""
    async with at_home() as miner, at_home(index=1, api="dual") as other:
        result = await find(hass, miner.host, other.host)
        result = await go_on(hass, result, miners=[])
        assert result["errors"] == {"miners": "nothing_chosen"}
        both = [miner.mac.lower(), other.mac.lower()]
        result = await finish(
            hass, await go_on(hass, result, miners=both, password="wrong")
        )
        assert result["step_id"] == "found"
        assert result["errors"] == {"password": "invalid_auth"}
        assert not hass.config_entries.async_entries(DOMAIN)
        result = await add(hass, result, miner, other)
        assert result["description_placeholders"]["added"] == "2"
        await remove_all(hass)


async def test_without_password(hass: HomeAssistant) -> None:
    """Without a password the miners are added for reading."""
    async with at_home() as miner:
        result = await find(hass, miner.host)
        result = await go_on(hass, result, miners=[miner.mac.lower()])
        result = await finish(hass, result)
        assert result["description_placeholders"] == {
            "added": "1",
            "chosen": "1",
            "report": f"{SAID['read_only_without_password']}\n\n"
            f"- WhatsMiner M50S VH50 (`{miner.host}`)",
        }
        (entry,) = hass.config_entries.async_entries(DOMAIN)
        assert entry.data == {CONF_HOST: miner.host}
        assert "get_token" not in miner.log.commands
        await remove_all(hass)


async def test_report(hass: HomeAssistant) -> None:
    """The report has a heading, and names each miner with what became of it."""
    async with AsyncExitStack() as stack:
        good, gone, closed, busy, swapped = miners = [
            await stack.enter_async_context(at_home(index=n)) for n in range(5)
        ]
        busy.machine.settings.hostname = "[a](b)"
        result = await find(hass, *(miner.host for miner in miners))
        await gone.stop()
        closed.device.api_switch = False
        busy.faults.refuse["get_token"] = 136
        swapped_mac = swapped.mac
        swapped.device.mac = "CA:0A:18:00:00:99"
        chosen = [miner.mac.lower() for miner in (good, gone, closed, busy)]
        result = await go_on(
            hass, result, miners=[*chosen, swapped_mac.lower()], password=PASSWORD
        )
        result = await finish(hass, result)

        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "farm_added"
        assert WORDS["config"]["abort"]["farm_added"].startswith("### ")
        placeholders = result["description_placeholders"]
        assert placeholders["added"] == "2"
        assert placeholders["chosen"] == "5"
        report = placeholders["report"]
        for key, name, miner in (
            ("unreachable", "WhatsMiner M50S VH50", gone),
            ("read_only", "WhatsMiner M50S VH50", closed),
            ("busy", r"\[a\]\(b\)", busy),
            ("wrong_device", "WhatsMiner M50S VH50", swapped),
        ):
            assert SAID[key] in report
            about = report[report.index(SAID[key]) :].split("\n\n")[1]
            assert about == f"- {name} (`{miner.host}`)"
        assert f"`{good.host}`" not in report
        assert {
            entry.data[CONF_HOST] for entry in hass.config_entries.async_entries(DOMAIN)
        } == {good.host, closed.host}
        await remove_all(hass)


async def test_adding_cancelled(hass: HomeAssistant) -> None:
    """Closing the dialog lets finish what is under way, and begins no more."""
    async with AsyncExitStack() as stack:
        miners = [await stack.enter_async_context(at_home(index=n)) for n in range(12)]
        result = await find(hass, *(miner.host for miner in miners))
        for miner in miners:
            miner.log.clear()
        result = await go_on(
            hass,
            result,
            miners=[miner.mac.lower() for miner in miners],
            password=PASSWORD,
        )
        await until(lambda: hass.config_entries.async_entries(DOMAIN))
        hass.config_entries.flow.async_abort(result["flow_id"])
        await hass.async_block_till_done(wait_background_tasks=True)
        assert not hass.config_entries.flow.async_progress(include_uninitialized=True)
        entries = hass.config_entries.async_entries(DOMAIN)
        assert 1 <= len(entries) < 12
        assert {entry.state for entry in entries} == {ConfigEntryState.LOADED}
        added = {entry.data[CONF_HOST] for entry in entries}
        assert {miner.host for miner in miners if miner.log.requests} == added
        await remove_all(hass)


async def test_fifty_miners(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One scan, one password, two that refuse it; removed again without a trace."""
    async with AsyncExitStack() as stack:
        miners = [at_home(api=APIS[n % len(APIS)], index=n) for n in range(48)]
        refusing = [
            at_home(index=n, api=api, password="other", v3_password="other")
            for n, api in ((48, "2.0.5"), (49, "dual"))
        ]
        miners += refusing
        for miner in miners:
            await stack.enter_async_context(miner)
        entities = er.async_get(hass)
        devices = dr.async_get(hass)
        issues = ir.async_get(hass)

        result = await find(hass, f"{miners[0].host}/24")
        assert len(labels(result)) == 50
        result = await add(hass, result, *miners)
        assert result["reason"] == "farm_added"
        placeholders = result["description_placeholders"]
        assert placeholders["added"] == "48"
        assert placeholders["report"] == "\n".join(
            (
                SAID["invalid_auth"],
                "",
                f"- WhatsMiner M50S VH50 (`{refusing[0].host}`)",
                f"- WhatsMiner M60S VK40 (`{refusing[1].host}`)",
            )
        )
        entries = hass.config_entries.async_entries(DOMAIN)
        assert {entry.unique_id for entry in entries} == {
            miner.mac.lower() for miner in miners if miner not in refusing
        }
        assert len({entry.title for entry in entries}) == 48
        assert {entry.state for entry in entries} == {ConfigEntryState.LOADED}
        assert {entry.data[CONF_PASSWORD] for entry in entries} == {PASSWORD}
        assert len(devices.devices) == 48
        assert PASSWORD not in caplog.text

        await remove_all(hass)
        assert not hass.states.async_all()
        assert not entities.entities
        assert not devices.devices
        assert not issues.issues
        assert not [key for key in hass_storage if key.startswith(DOMAIN)]
