"""Many miners are found by a scan."""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import IPv4Address
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.whatsminer.client import miner as client_miner, values
from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.discovery import flow, scan
from custom_components.whatsminer.discovery.scan import NetworkError, parse_network
from tests.conftest import at_home, until

from .farm_helpers import (
    APIS,
    add,
    choose,
    find,
    finish,
    free_host,
    go_on,
    labels,
    remove_all,
)
from .helpers import WORDS, make_entry

pytestmark = pytest.mark.usefixtures("little_patience")


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
    monkeypatch.setattr(scan, "ASKED_AT_ONCE", 3)
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


async def test_all_are_silent(hass: HomeAssistant) -> None:
    """Who takes connections and never answers holds up nobody of those asked at once."""
    asked = set[asyncio.StreamWriter]()

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if await reader.read(100):
            asked.add(writer)
            await reader.read()
            asked.remove(writer)
        writer.close()

    hosts = [free_host() for _ in range(scan.ASKED_AT_ONCE)]
    async with AsyncExitStack() as stack:
        for host in hosts:
            server = await asyncio.start_server(silent, host, 4028)
            await stack.enter_async_context(server)
        result = await choose(hass, "scan")
        result = await go_on(hass, result, network=",".join(hosts))
        await until(lambda: len(asked) == len(hosts))
        hass.config_entries.flow.async_abort(result["flow_id"])
        await until(lambda: not asked)


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
