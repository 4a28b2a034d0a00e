"""Listening for the IP report while somebody sends reports in the names of others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from ipaddress import IPv4Address
from itertools import count, pairwise
from operator import ge
import socket
from typing import Any

import pytest

from custom_components.whatsminer.client.dialects import v2
from custom_components.whatsminer.discovery import ip_report, scan
from custom_components.whatsminer.discovery.scan import FoundMiner
from tests.conftest import at_home, until
from tests.simulator import SimulatedMiner


@pytest.fixture(autouse=True)
async def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listen at a free address, and not for long when a miner was heard."""
    monkeypatch.setattr(ip_report, "LISTEN_ADDRESS", at_home().host)
    monkeypatch.setattr(ip_report, "NEXT_TIMEOUT", 0.5)
    monkeypatch.setattr(v2, "monotonic", asyncio.get_running_loop().time)


@pytest.fixture
def spoofed() -> Iterator[str]:
    """Return addresses at which nobody is, as many as one likes."""
    start = int(IPv4Address("127.64.0.1"))
    return (str(IPv4Address(start + n)) for n in count())


class Listening:
    """Listens for the reports, and keeps what it shows."""

    def __init__(self) -> None:
        """Begin."""
        self.counts: list[tuple[int, int]] = [(0, 0)]
        self.task = asyncio.create_task(
            ip_report.listen(lambda *counts: self.counts.append(counts))
        )

    async def hosts(self) -> list[str]:
        """Return the addresses of the miners that were heard in the end."""
        async with asyncio.timeout(60):
            return [miner.host for miner in await self.task]


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    """Listen, and end it whatever comes."""
    listener = Listening()
    # The port is taken in its first turn.
    await asyncio.sleep(0)
    yield listener
    await ended(listener.task)


async def ended(task: asyncio.Task[Any]) -> None:
    """End a task that has no end of its own."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def send(host: str, mac: str = "c4:11:04:00:00:01") -> None:
    """Send a report in the name of an address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((host, 0))
        payload = f"IP:{host}MAC:{mac}\0".encode()
        sender.sendto(payload, (ip_report.LISTEN_ADDRESS, ip_report.LISTEN_PORT))


def press(miner: SimulatedMiner) -> None:
    """Press the button of a miner."""
    miner.press_ip_report(ip_report.LISTEN_ADDRESS)


async def never_answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Take a connection and never answer."""
    await reader.read()
    writer.close()


async def test_after_a_flood(spoofed: Iterator[str]) -> None:
    """After thousands of reports of nobody a miner is heard; what is kept is bounded."""
    async with at_home() as miner, listening() as listener:
        for n in range(4000):
            send(next(spoofed))
            if n % 50 == 49:
                await asyncio.sleep(0.002)
        press(miner)
        assert await listener.hosts() == [miner.host]
        assert max(silent for _, silent in listener.counts) <= ip_report.MAX_ADDRESSES
        # Not one for each report.
        assert len(listener.counts) < 1000


async def test_during_a_flood(
    monkeypatch: pytest.MonkeyPatch, spoofed: Iterator[str]
) -> None:
    """A miner is heard in the middle of a flood, and this does not hold up the end.

    As in a network, nobody answers at the addresses, which takes its time.
    """
    probing = most = 0
    probe = scan.probe

    async def slow_probe(host: str) -> bool:
        nonlocal probing, most
        if not host.startswith("127.64."):
            return await probe(host)
        probing += 1
        most = max(most, probing)
        await asyncio.sleep(0.3)
        probing -= 1
        return False

    async def flood() -> None:
        """Send about 500 a second."""
        while True:
            for _ in range(5):
                send(next(spoofed))
            await asyncio.sleep(0.01)

    async def pressing(miner: SimulatedMiner) -> None:
        """Press again and again, as a person does.

        Each press is one report among hundreds: about one in eight is heard. The pause is no
        part of the time of a probe, or all presses could come when nobody is free.
        """
        while True:
            await asyncio.sleep(0.13)
            press(miner)

    monkeypatch.setattr(ip_report, "probe", slow_probe)
    async with at_home() as miner, listening() as listener:
        flooding = asyncio.create_task(flood())
        await until(lambda: listener.counts[-1][1] >= 32)
        presses = asyncio.create_task(pressing(miner))
        try:
            assert await listener.hosts() == [miner.host]
            assert not flooding.done()
        finally:
            await ended(presses)
            await ended(flooding)
        assert most <= 32


async def test_who_takes_connections_and_never_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are asked a few at a time; a miner waits for its turn, and has it."""
    asked = most = 0

    async def identify(host: str) -> FoundMiner | None:
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        miner = await scan.identify(host)
        asked -= 1
        return miner

    monkeypatch.setattr(v2, "IDENTIFY_SECONDS", 0.3)
    monkeypatch.setattr(ip_report, "identify", identify)
    async with AsyncExitStack() as stack:
        miner = await stack.enter_async_context(at_home())
        others = [at_home(index=n).host for n in range(1, 17)]
        for host in others:
            server = await asyncio.start_server(never_answer, host, 4028)
            await stack.enter_async_context(server)
        listener = await stack.enter_async_context(listening())
        for host in others:
            send(host)
        press(miner)
        assert await listener.hosts() == [miner.host]
        assert most == 4


async def test_in_the_name_of_the_miner() -> None:
    """Reports with other MAC addresses in the name of a miner do not shut it out."""
    async with at_home() as miner, listening() as listener:
        for n in range(300):
            send(miner.host, f"c4:11:04:00:{n >> 8:02x}:{n & 255:02x}")
        await until(lambda: listener.counts[-1] == (0, 1))
        press(miner)
        assert await listener.hosts() == [miner.host]
        assert listener.counts[-1] == (1, 0)
        assert miner.log.commands.count("get_version") == 1


async def test_oldest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, spoofed: Iterator[str]
) -> None:
    """What proved to be a miner is kept, whoever comes after it."""
    monkeypatch.setattr(ip_report, "MAX_ADDRESSES", 40)
    async with at_home() as first, at_home(index=1) as last, listening() as listener:
        monkeypatch.setattr(ip_report, "NEXT_TIMEOUT", 120)
        press(first)
        await until(lambda: listener.counts[-1] == (1, 0))
        for _ in range(200):
            send(next(spoofed))
            await asyncio.sleep(0)
        press(last)
        await until(lambda: listener.counts[-1][0] == 2)
        monkeypatch.setattr(ip_report, "NEXT_TIMEOUT", 0)
        assert sorted(await listener.hosts()) == sorted((first.host, last.host))
        assert first.log.commands.count("get_version") == 1


async def test_nobody_is_asked_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is no miner is asked again later and later, however often it reports."""
    asked: list[float] = []

    async def probe(_: str) -> bool:
        asked.append(asyncio.get_running_loop().time())
        return False

    def asked_again() -> bool:
        send(host)
        return len(asked) == 4

    monkeypatch.setattr(ip_report, "probe", probe)
    monkeypatch.setattr(ip_report, "AGAIN_AFTER", 0.1)
    host = at_home().host
    async with listening() as listener:
        await until(asked_again)
        monkeypatch.setattr(ip_report, "FIRST_TIMEOUT", 0)
        assert await listener.hosts() == []
    waited = [after - before for before, after in pairwise(asked)]
    assert all(map(ge, waited, (0.1, 0.2, 0.4), strict=True))
