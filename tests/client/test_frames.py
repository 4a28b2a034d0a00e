"""Frames of API v3 on the wire, with ill-behaved devices at the other end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
import json
from typing import cast

import pytest

from custom_components.whatsminer.client import (
    InvalidResponse,
    Miner,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    transport,
)
from custom_components.whatsminer.client.transport import FrameTransport

type Device = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def ill_behaved() -> AsyncIterator[Callable[[Device], Awaitable[FrameTransport]]]:
    """Return a function that runs a device and returns the way to it."""
    servers: list[asyncio.Server] = []
    tasks: list[asyncio.Task[None]] = []
    lines: list[FrameTransport] = []

    async def run(device: Device) -> FrameTransport:
        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            tasks.append(cast("asyncio.Task[None]", asyncio.current_task()))
            await device(reader, writer)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        line = FrameTransport("127.0.0.1", server.sockets[0].getsockname()[1])
        lines.append(line)
        return line

    yield run
    for line in lines:
        await line.close()
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def frame(answer: object) -> bytes:
    """Return an answer as a frame."""
    data = json.dumps(answer).encode()
    return len(data).to_bytes(4, "little") + data


async def test_heart_beats_and_late_answers(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]],
) -> None:
    """Empty frames and answers to something else are passed over."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b"\0\0\0\0" + frame({"desc": "late"}) + b"\0\0\0\0")
        data = frame({"desc": "wanted"})
        writer.write(data[:3])
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(data[3:])
        await writer.drain()

    line = await ill_behaved(device)
    answer = await line.exchange(
        b"{}", lambda raw: raw if b"wanted" in raw else None, kept=False
    )
    assert json.loads(answer) == {"desc": "wanted"}


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"", NoAnswer),
        (b"\x05\0\0\0ab", NoAnswer),
        (b"\xff\xff\xff\x7f", InvalidResponse),
    ],
)
async def test_broken_frames(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]],
    sent: bytes,
    error: type[Exception],
) -> None:
    """A frame that breaks off is no answer, one without end is not read."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(sent)
        await writer.drain()

    line = await ill_behaved(device)
    with pytest.raises(error):
        await line.exchange(b"{}", lambda raw: raw, kept=False)


async def test_silence_has_an_end(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A device that only beats its heart is not waited for."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.1)

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for _ in range(20):
            writer.write(b"\0\0\0\0")
            await asyncio.sleep(0.02)

    line = await ill_behaved(device)
    with pytest.raises(NoAnswer):
        await line.exchange(b"{}", lambda raw: raw, kept=False)


@pytest.mark.parametrize("size", [0, 1, 20, 100_000])
async def test_flood_of_frames(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]], size: int
) -> None:
    """A device that pushes without end is given up, and not read until the time is over."""
    looked_at: list[bytes] = []

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        with suppress(OSError):
            while True:
                writer.write(size.to_bytes(4, "little") + b"x" * size)
                await writer.drain()

    line = await ill_behaved(device)
    with pytest.raises(InvalidResponse):
        await line.exchange(b"{}", looked_at.append, kept=False)
    assert len(looked_at) <= 100
    assert len(looked_at) * size <= transport.MAX_ANSWER


@pytest.mark.parametrize("kept", [False, True])
async def test_nonsense_after_an_answer(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]], kept: bool
) -> None:
    """An answer counts whatever follows it; the next one comes over a new connection."""
    connections = 0

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal connections
        connections += 1
        while await reader.read(100):
            writer.write(frame({"answer": connections}) + b"\xff" * 4)

    line = await ill_behaved(device)
    for number in (1, 2, 3):
        answer = await line.exchange(b"{}", bytes, kept=kept)
        assert answer == b'{"answer": %d}' % number


@pytest.mark.parametrize("kept", [False, True])
async def test_caller_that_gives_up(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]], kept: bool
) -> None:
    """Whenever one gives up, the next gets its own answer; no connection stays open."""
    connections: set[asyncio.StreamReader] = set()
    all_closed = asyncio.Event()

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connections.add(reader)
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                length = await reader.readexactly(4)
                request = await reader.readexactly(int.from_bytes(length, "little"))
                await asyncio.sleep(0.001)
                writer.write(length + request)
        connections.discard(reader)
        if not connections:
            all_closed.set()

    line = await ill_behaved(device)
    for turns in range(25):
        given_up = asyncio.create_task(line.exchange(b"first", bytes, kept=kept))
        for _ in range(turns):
            await asyncio.sleep(0)
        given_up.cancel()
        assert await line.exchange(b"second", bytes, kept=True) == b"second"
    all_closed.clear()
    await line.close()
    async with asyncio.timeout(5):
        await all_closed.wait()


@pytest.mark.parametrize("size", [0, 20, 100_000])
async def test_flood_between_two_questions(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]], size: int
) -> None:
    """A device that pushes without end while nobody asks is hung up on."""
    hung_up = asyncio.Event()

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(frame({"answer": 1}))
        try:
            while True:
                writer.write(size.to_bytes(4, "little") + b"x" * size)
                await writer.drain()
                await asyncio.sleep(0)
        except OSError:
            hung_up.set()

    line = await ill_behaved(device)
    assert await line.exchange(b"{}", bytes, kept=True) == b'{"answer": 1}'
    async with asyncio.timeout(5):
        await hung_up.wait()


@pytest.mark.parametrize("kept", [False, True])
async def test_connection_that_failed_is_not_kept(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]], kept: bool
) -> None:
    """Who could not be reached is reached once it is there."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(frame({}))

    line = await ill_behaved(device)
    port, line.port = line.port, 9
    for _ in range(2):
        with pytest.raises(MinerUnreachable):
            await line.exchange(b"{}", bytes, kept=kept)
    line.port = port
    assert await line.exchange(b"{}", bytes, kept=kept) == b"{}"


async def test_push_that_is_cut_by_a_question(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]],
) -> None:
    """Half of a pushed frame before a question, and half after, is passed over."""
    asked = asyncio.Event()
    pushed = frame({"desc": "report", "padding": "x" * 100})

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(frame({"desc": "first"}) + pushed[:50])
        asked.set()
        await reader.read(100)
        writer.write(pushed[50:] + frame({"desc": "second"}))
        await reader.read()

    def pick(raw: bytes) -> bytes | None:
        return None if b"report" in raw else raw

    line = await ill_behaved(device)
    assert b"first" in await line.exchange(b"{}", pick, kept=True)
    await asked.wait()
    assert b"second" in await line.exchange(b"{}", pick, kept=True)


async def test_another_name_each_time(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]],
) -> None:
    """Who gives no name any more, and another rating each time, is not asked for ever."""
    asked = 0
    names = iter(({"mac": "ca:0a:18:00:00:01"},) * 2)

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal asked
        with suppress(asyncio.IncompleteReadError):
            while length := await reader.readexactly(4):
                raw = await reader.readexactly(int.from_bytes(length, "little"))
                asked += 1
                command = json.loads(raw)["cmd"]
                message: dict[str, object] = {}
                if command == "get.device.info":
                    network = next(names, {})
                    message = {"network": network, "system": {"api": "3.0.2"}}
                elif command == "get.miner.status":
                    message = {"summary": {"factory-hash": asked}}
                    message |= {"pools": [], "edevs": []}
                writer.write(frame({"code": 0, "msg": message, "desc": command}))

    port = (await ill_behaved(device)).port
    miner = Miner("127.0.0.1", port=9, port_v3=port)
    assert (await miner.read()).identity.mac is not None
    asked = 0
    with pytest.raises(InvalidResponse):
        await miner.read()
    assert asked < 10
    await miner.close()


async def test_something_else_on_the_port(
    ill_behaved: Callable[[Device], Awaitable[FrameTransport]],
) -> None:
    """What answers in frames need not be a miner."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(frame({"code": 0, "msg": {"hello": 1}, "desc": "get.device.info"}))
        await writer.drain()

    line = await ill_behaved(device)
    port = line.port
    await line.close()
    with pytest.raises(NotAWhatsminer):
        await Miner("127.0.0.1", port=9, port_v3=port).identify()
    with pytest.raises(MinerUnreachable):
        await Miner("127.0.0.1", port=9, port_v3=9).identify()
