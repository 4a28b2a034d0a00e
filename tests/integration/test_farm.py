"""Many miners at once: found by a scan or by their button, added with one password."""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import IPv4Address
import socket
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
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

from custom_components.whatsminer.client import miner as client_miner, values
from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.discovery import flow, ip_report, scan
from custom_components.whatsminer.discovery.ip_report import parse_report
from custom_components.whatsminer.discovery.scan import NetworkError, parse_network
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

from .helpers import WORDS, make_entry, set_up

SAID = WORDS["config"]["error"]
APIS = ("1.4", "2.0.5", "2.2.2", "3.0.2", "dual")


@pytest.fixture(autouse=True)
async def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for another button."""
    monkeypatch.setattr(ip_report, "NEXT_TIMEOUT", 0.3)
    monkeypatch.setattr(ip_report, "AGAIN_AFTER", 0.2)
    monkeypatch.setattr(ip_report, "LISTEN_ADDRESS", free_host())
    monkeypatch.setattr(v2, "monotonic", asyncio.get_running_loop().time)


def free_host() -> str:
    """Return a loopback address of its own."""
    return at_home().host


async def choose(hass: HomeAssistant, way: str) -> Any:
    """Open the flow and choose how to find miners."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await go_on(hass, result, next_step_id=way)


async def go_on(hass: HomeAssistant, result: Any, **answers: Any) -> Any:
    """Fill in a form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], answers)


async def finish(hass: HomeAssistant, result: Any) -> Any:
    """Wait until what is in progress is done."""
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    await hass.async_block_till_done(wait_background_tasks=True)
    return await hass.config_entries.flow.async_configure(result["flow_id"])


async def find(hass: HomeAssistant, *hosts: str) -> Any:
    """Scan these addresses."""
    result = await choose(hass, "scan")
    return await finish(hass, await go_on(hass, result, network=",".join(hosts)))


async def add(hass: HomeAssistant, result: Any, *miners: SimulatedMiner) -> Any:
    """Add these of the miners that were found."""
    chosen = [miner.mac.lower() for miner in miners]
    result = await go_on(hass, result, miners=chosen, password=PASSWORD)
    assert result["step_id"] == "adding"
    return await finish(hass, result)


def labels(result: Any) -> list[str]:
    """Return the rows of the list."""
    assert result["step_id"] == "found"
    selector = result["data_schema"].schema["miners"]
    return [option["label"] for option in selector.config["options"]]


async def remove_all(hass: HomeAssistant) -> None:
    """Remove all miners."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def range_of(first: str, last: str) -> list[IPv4Address]:
    """Return the addresses from one to another."""
    return [
        IPv4Address(number)
        for number in range(int(IPv4Address(first)), int(IPv4Address(last)) + 1)
    ]


@pytest.mark.parametrize(
    ("entered", "addresses"),
    [
        ("192.168.1.0/24", range_of("192.168.1.1", "192.168.1.254")),
        ("192.168.1.57/24", range_of("192.168.1.1", "192.168.1.254")),
        ("10.0.0.0/22", range_of("10.0.0.1", "10.0.3.254")),
        ("172.16.4.0/255.255.255.252", range_of("172.16.4.1", "172.16.4.2")),
        ("192.168.1.4/31", range_of("192.168.1.4", "192.168.1.5")),
        (" 192.168.1.7 ", range_of("192.168.1.7", "192.168.1.7")),
        ("192.168.1.10-60", range_of("192.168.1.10", "192.168.1.60")),
        (
            "192.168.1.250 - 192.168.2.5",
            range_of("192.168.1.250", "192.168.2.5"),
        ),
        (
            "192.168.1.3-5, 192.168.1.1,192.168.1.4-6",
            [
                IPv4Address("192.168.1.1"),
                *range_of("192.168.1.3", "192.168.1.6"),
            ],
        ),
        ("10.0.0.0-10.0.3.255", range_of("10.0.0.0", "10.0.3.255")),
        (
            "10.0.0.0/22, 10.0.1.0/24, 10.0.0.0/22, 10.0.3.0-255, 10.0.0.7",
            range_of("10.0.0.1", "10.0.3.255"),
        ),
    ],
)
def test_network(entered: str, addresses: list[IPv4Address]) -> None:
    """Networks and ranges are read as users write them."""
    assert parse_network(entered) == addresses


@pytest.mark.parametrize(
    ("entered", "key"),
    [
        ("", "invalid_network"),
        ("192.168.1.0/33", "invalid_network"),
        ("192.168.1.300", "invalid_network"),
        ("192.168.1.1,", "invalid_network"),
        ("192.168.1.60-10", "invalid_network"),
        ("192.168.1.1-2-3", "invalid_network"),
        ("192.168.1.1-x", "invalid_network"),
        ("fe80::/120", "invalid_network"),
        ("miner.local", "invalid_network"),
        ("10.0.0.0/8", "too_many_addresses"),
        ("0.0.0.0/0", "too_many_addresses"),
        ("10.0.0.0-10.0.4.0", "too_many_addresses"),
        ("10.0.0.0/23, 10.0.2.0/23, 10.0.4.0/23", "too_many_addresses"),
        ("10.0.0.0-10.0.3.255, 10.0.4.0, 10.0.0.0/24", "too_many_addresses"),
        ("8.8.8.0/24", "not_local"),
        ("192.0.2.0/24", "not_local"),
        ("172.31.255.250-172.32.0.5", "not_local"),
        ("192.168.1.1, 224.0.0.1", "not_local"),
    ],
)
async def test_no_network(hass: HomeAssistant, entered: str, key: str) -> None:
    """What cannot be scanned, or must not be, is said at its field."""
    with pytest.raises(NetworkError, match=key):
        parse_network(entered)
    result = await choose(hass, "scan")
    result = await go_on(hass, result, network=entered)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"network": key}
    result = await finish(hass, await go_on(hass, result, network=free_host()))
    assert result["errors"] == {"base": "nothing_found"}


def test_words() -> None:
    """All that is said about networks and miners has its words."""
    config = WORDS["config"]
    assert config["error"].keys() >= {
        *("invalid_network", "too_many_addresses", "not_local"),
        *("nothing_found", "nothing_new", "nothing_chosen"),
        *("port_taken", "read_only", "moved", "unknown"),
    }
    assert config["progress"].keys() == {"scanning", "listening", "adding"}
    assert config["step"]["user"]["menu_options"].keys() <= config["step"].keys()


async def test_own_network(hass: HomeAssistant) -> None:
    """Home Assistant's own networks are proposed, no more than a /24 of each.

    Each is proposed once, and no more than can be scanned.
    """

    def adapter(enabled: bool, *addresses: tuple[str, int]) -> dict[str, Any]:
        ipv4 = [
            {"address": address, "network_prefix": prefix}
            for address, prefix in addresses
        ]
        return {"enabled": enabled, "ipv4": ipv4, "ipv6": []}

    adapters = [
        adapter(True, ("127.0.0.1", 8), ("10.1.2.3", 8)),
        adapter(False, ("172.17.0.1", 16)),
        adapter(True, ("192.168.7.5", 26), ("169.254.1.1", 16), ("8.8.8.8", 24)),
        adapter(True, ("192.168.7.6", 26), ("10.1.2.4", 24)),
        *(adapter(True, (f"172.{n}.0.1", 16)) for n in range(17, 22)),
    ]
    with patch(
        "homeassistant.components.network.async_get_adapters", return_value=adapters
    ):
        result = await choose(hass, "scan")
    (marker,) = result["data_schema"].schema
    proposed = marker.description["suggested_value"]
    assert proposed == "10.1.2.0/24, 192.168.7.0/26, 172.17.0.0/24, 172.18.0.0/24"
    assert parse_network(proposed)


async def test_scan(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Miners of all generations are found among others, who do not hold them up."""
    progress = []
    monkeypatch.setattr(
        "custom_components.whatsminer.config_flow.WhatsminerConfigFlow"
        ".async_update_progress",
        lambda _, part: progress.append(part),
    )
    monkeypatch.setattr(scan, "PROBED_AT_ONCE", 3)
    monkeypatch.setattr(client_miner, "IDENTIFY_TIMEOUT", 3)
    monkeypatch.setattr(v2, "IDENTIFY_SECONDS", 2)

    async def stranger(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()

    async with AsyncExitStack() as stack:
        for serve in (stranger, silent):
            server = await asyncio.start_server(serve, free_host(), 4028)
            await stack.enter_async_context(server)
        miners = [at_home(api=api, index=n) for n, api in enumerate(APIS)]
        nameless = at_home(mac="00:00:00:00:00:00")
        miners[1].machine.settings.hostname = "cellar"
        for miner in (*miners, nameless):
            await stack.enter_async_context(miner)
        first = IPv4Address(miners[0].host) - 3
        result = await find(hass, f"{first}-{nameless.host}", miners[0].host)

        assert result["description_placeholders"] == {
            "found": "5",
            "known": "0",
            "moved": "0",
        }
        assert [label.split(" · ")[1:] for label in labels(result)] == [
            [miner.host, miner.mac] for miner in miners
        ]
        assert labels(result)[1].startswith("cellar · ")
        assert labels(result)[3].startswith("WhatsMiner M60S VK40 · ")
        (chosen,) = (
            marker.default()
            for marker in result["data_schema"].schema
            if marker == "miners"
        )
        assert chosen == [miner.mac.lower() for miner in miners]
        assert len(progress) == 9
        assert progress == sorted(progress)
        assert progress[-1] == 1
        for miner in miners:
            assert miner.log.max_concurrent == 1
            assert not any(request.encrypted for request in miner.log)


async def test_known_miners(hass: HomeAssistant) -> None:
    """Miners that are set up are left out; those that answer are left alone."""
    async with at_home() as miner, at_home(index=1) as other:
        result = await add(hass, await find(hass, miner.host), miner)
        assert result["reason"] == "farm_added"
        make_entry(other, None).add_to_hass(hass)
        before = len(miner.log.requests)
        result = await find(hass, miner.host, other.host)
        assert result["step_id"] == "scan"
        assert result["errors"] == {"base": "nothing_new"}
        assert len(miner.log.requests) == before
        assert other.log.requests

        async with at_home(index=2) as third:
            result = await finish(
                hass,
                await go_on(hass, result, network=f"{miner.host}, {third.host}"),
            )
            assert result["description_placeholders"] == {
                "found": "1",
                "known": "1",
                "moved": "0",
            }
        await remove_all(hass)


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
            assert "\n- Attic" in result["description_placeholders"]["report"]
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


def test_deep_mac() -> None:
    """A value of any depth is no MAC address."""
    value: Any = {}
    for _ in range(200_000):
        value = {"a": value}
    assert values.parse_mac(value) is None


@pytest.mark.parametrize("name", ["Msg", "Description"])
async def test_deep_answer(hass: HomeAssistant, name: str) -> None:
    """Who answers as deep as JSON is read does not keep others from being found."""
    depth = 58_000
    answer = f'{{"{name}":{{"mac":' + '{"a":' * depth + "1" + "}" * (depth + 2)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(answer.encode())
        writer.close()

    host = free_host()
    async with at_home() as miner, await asyncio.start_server(serve, host, 4028):
        assert len(labels(await find(hass, host, miner.host))) == 1


@pytest.mark.parametrize(
    ("way", "broken", "answers"),
    [("scan", "scan", {"network": "127.0.0.1"}), ("report", "listen", {})],
)
async def test_unexpected_error(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    way: str,
    broken: str,
    answers: dict[str, str],
) -> None:
    """What nobody expected is logged and said, and the form is there again."""
    with patch.object(flow, broken, side_effect=RecursionError("too deep")):
        result = await choose(hass, way)
        result = await finish(hass, await go_on(hass, result, **answers))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == way
    assert result["errors"] == {"base": "unknown"}
    assert "too deep" in caplog.text


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


async def test_scan_cancelled(hass: HomeAssistant) -> None:
    """Closing the dialog ends the scan and its connections at once."""
    asked, closed = asyncio.Event(), asyncio.Event()

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if await reader.read(100):
            asked.set()
            await reader.read()
            closed.set()
        writer.close()

    host = free_host()
    async with await asyncio.start_server(silent, host, 4028):
        result = await choose(hass, "scan")
        result = await go_on(hass, result, network=host)
        assert result["progress_action"] == "scanning"
        assert result["description_placeholders"] == {"network": host}
        await until(asked.is_set)
        hass.config_entries.flow.async_abort(result["flow_id"])
        await until(closed.is_set)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not hass.config_entries.flow.async_progress(include_uninitialized=True)


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


def press(miners: list[SimulatedMiner], **how: Any) -> None:
    """Press the button of these miners."""
    for miner in miners:
        miner.press_ip_report(ip_report.LISTEN_ADDRESS, **how)


async def listen(hass: HomeAssistant) -> Any:
    """Begin to listen, and wait until it is so."""
    result = await choose(hass, "report")
    assert result["type"] is FlowResultType.FORM
    return await listen_again(hass, result)


async def listen_again(hass: HomeAssistant, result: Any) -> Any:
    """Continue, and wait until Home Assistant listens."""
    result = await go_on(hass, result)
    assert result["progress_action"] == "listening"
    await until(is_taken)
    return result


def is_taken() -> bool:
    """Tell whether somebody listens already."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip_report.LISTEN_ADDRESS, ip_report.LISTEN_PORT))
        except OSError:
            return True
    return False


async def test_ip_report(hass: HomeAssistant) -> None:
    """Miners whose button is pressed are counted, listed and added."""
    async with AsyncExitStack() as stack:
        miners = [
            await stack.enter_async_context(at_home(api=api, index=n))
            for n, api in enumerate(APIS)
        ]
        result = await listen(hass)
        assert result["description_placeholders"] == {"reports": "0", "silent": "0"}
        press([*miners, *miners, miners[0]])
        result = await count(hass, result, reports="5", silent="0")
        result = await finish(hass, result)
        assert result["description_placeholders"]["found"] == "5"
        assert {label.split(" · ")[1] for label in labels(result)} == {
            miner.host for miner in miners
        }
        result = await add(hass, result, *miners[:2])
        assert result["description_placeholders"]["added"] == "2"
        await remove_all(hass)
    assert not is_taken()


async def test_nobody_reports(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nobody reports, that is said, and it can be tried again."""
    monkeypatch.setattr(ip_report, "FIRST_TIMEOUT", 0.1)
    result = await finish(hass, await listen(hass))
    assert result["step_id"] == "report"
    assert result["errors"] == {"base": "nothing_found"}
    monkeypatch.setattr(ip_report, "FIRST_TIMEOUT", 120)
    async with at_home() as miner:
        result = await listen_again(hass, result)
        press([miner])
        assert len(labels(await finish(hass, result))) == 1


async def test_false_reports(hass: HomeAssistant) -> None:
    """What is no report, or not the sender's own, is passed over."""
    async with at_home() as liar, at_home(index=1) as miner:
        dead = at_home(index=2)
        result = await listen(hass)
        mac, stolen = (each.mac.lower() for each in (liar, miner))
        for payload in (
            b"",
            b"garbage",
            b"\xff" * 60_000,
            f"IP:{liar.host}MAC:{mac}\0\0".encode(),
            f"IP:{liar.host}MAC:{mac}".encode() + b"x" * 1000,
            f"IP:{miner.host}MAC:{stolen}\0".encode(),
            f"IP:{liar.host}MAC:{stolen}\0".encode(),
        ):
            press([liar], payload=payload)
        press([dead, miner])
        result = await finish(hass, result)
        (label,) = labels(result)
        assert miner.host in label
        assert not any(request.encrypted for request in liar.log)


@pytest.mark.parametrize(
    ("payload", "report"),
    [
        (
            b"IP:192.168.1.5MAC:c4:11:04:00:00:01\0",
            ("192.168.1.5", "c4:11:04:00:00:01"),
        ),
        (b"IP:10.0.0.5MAC:c4:11:04:00:00:01", ("10.0.0.5", "c4:11:04:00:00:01")),
        (b"IP:8.8.8.8MAC:c4:11:04:00:00:01\0", None),
        (b"IP:192.168.1.500MAC:c4:11:04:00:00:01\0", None),
        (b"IP:192.168.1.5MAC:C4:11:04:00:00:01\0", None),
        (b"IP:192.168.1.5MAC:c4:11:04:00:00\0", None),
        (b"ip:192.168.1.5mac:c4:11:04:00:00:01\0", None),
        (b"IP:192.168.1.5MAC:c4:11:04:00:00:01\n", None),
        (b"", None),
    ],
)
def test_payload(payload: bytes, report: tuple[str, str] | None) -> None:
    """Only what the miners send is taken, and only from the local network."""
    assert parse_report(payload) == report


async def count(hass: HomeAssistant, result: Any, **counts: str) -> Any:
    """Wait until so many are shown."""
    async with asyncio.timeout(60):
        while result["description_placeholders"] != counts:
            await asyncio.sleep(0.01)
            result = await hass.config_entries.flow.async_configure(result["flow_id"])
    return result


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection and never answer."""
    await reader.read()
    writer.close()


async def test_report_too_early(hass: HomeAssistant) -> None:
    """A miner that was heard while it started is asked when it is heard again."""
    async with at_home() as miner, at_home(index=1) as other:
        mac, miner.device.mac = miner.mac, "00:00:00:00:00:00"
        payload = f"IP:{miner.host}MAC:{mac.lower()}\0".encode()
        result = await listen(hass)
        press([miner], payload=payload)
        await count(hass, result, reports="0", silent="1")
        # Longer than from one miner to the next: nobody answered yet.
        await asyncio.sleep(0.5)
        miner.device.mac = mac
        press([miner, other])
        await count(hass, result, reports="2", silent="0")
        assert len(labels(await finish(hass, result))) == 2


async def test_many_reports_of_one(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reports many miners at its address is asked once, and shuts out nobody."""
    monkeypatch.setattr(ip_report, "AGAIN_AFTER", 100)
    async with at_home() as liar, at_home(index=1) as miner:
        result = await listen(hass)
        for n in range(300):
            mac = f"c4:11:04:00:{n >> 8:02x}:{n & 255:02x}"
            press([liar], payload=f"IP:{liar.host}MAC:{mac}\0".encode())
            if n % 10 == 9:
                await asyncio.sleep(0.02)
        press([miner])
        (label,) = labels(await finish(hass, result))
        assert miner.host in label
        assert liar.log.max_concurrent == 1
        assert liar.log.commands.count("get_version") == 1


async def test_reports_while_one_is_asked(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is not near as long as one that was heard may still answer."""
    monkeypatch.setattr(client_miner, "IDENTIFY_TIMEOUT", 2)
    monkeypatch.setattr(v2, "IDENTIFY_SECONDS", 1.5)
    host = free_host()
    async with (
        at_home() as first,
        at_home(index=1) as miner,
        await asyncio.start_server(silent, host, 4028),
    ):
        result = await listen(hass)
        press([first])
        press([SimulatedMiner(host=host)])
        await asyncio.sleep(1)
        press([miner])
        assert len(labels(await finish(hass, result))) == 2


async def test_longest_listening(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listening ends when it has to, whoever is asked, with what was found."""
    monkeypatch.setattr(ip_report, "MAX_TIME", 1)
    async with AsyncExitStack() as stack:
        miner = await stack.enter_async_context(at_home())
        others = [at_home(index=n) for n in range(1, 10)]
        for other in others:
            server = await asyncio.start_server(silent, other.host, 4028)
            await stack.enter_async_context(server)
        result = await listen(hass)
        press([miner, *others])
        async with asyncio.timeout(60):
            assert len(labels(await finish(hass, result))) == 1
    assert not is_taken()


async def test_most_that_are_found(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more miners are found than a limit."""
    monkeypatch.setattr(ip_report, "MAX_ADDRESSES", 2)
    async with AsyncExitStack() as stack:
        miners = [await stack.enter_async_context(at_home(index=n)) for n in range(3)]
        result = await listen(hass)
        press(miners[:2])
        await count(hass, result, reports="2", silent="0")
        press(miners[2:])
        assert len(labels(await finish(hass, result))) == 2
        assert not miners[2].log.requests


async def test_port_taken(hass: HomeAssistant) -> None:
    """Another program on the port is reported, and it can be tried again."""
    result = await choose(hass, "report")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((ip_report.LISTEN_ADDRESS, ip_report.LISTEN_PORT))
        result = await finish(hass, await go_on(hass, result))
    assert result["step_id"] == "report"
    assert result["errors"] == {"base": "port_taken"}
    async with at_home() as miner:
        result = await listen_again(hass, result)
        press([miner])
        assert len(labels(await finish(hass, result))) == 1


async def test_listening_cancelled(hass: HomeAssistant) -> None:
    """Closing the dialog frees the port."""
    result = await listen(hass)
    hass.config_entries.flow.async_abort(result["flow_id"])
    await until(lambda: not is_taken())
