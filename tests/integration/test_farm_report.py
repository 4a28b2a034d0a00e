"""Miners are found by their button."""

import asyncio
from contextlib import AsyncExitStack
import socket

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.client import miner as client_miner
from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.discovery import ip_report
from custom_components.whatsminer.discovery.ip_report import parse_report
from tests.conftest import at_home, until
from tests.simulator import SimulatedMiner

from .farm_helpers import (
    APIS,
    add,
    choose,
    count,
    finish,
    free_host,
    go_on,
    is_taken,
    labels,
    listen,
    listen_again,
    press,
    remove_all,
    silent,
)

pytestmark = pytest.mark.usefixtures("little_patience")


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
