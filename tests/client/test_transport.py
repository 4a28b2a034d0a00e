"""One exchange on the wire, with well- and ill-behaved devices at the other end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import socket
from unittest.mock import patch

import pytest

from custom_components.whatsminer.client import (
    InvalidResponse,
    MinerUnreachable,
    NoAnswer,
    lenient_json,
    transport,
)
from custom_components.whatsminer.client.transport import Transport

type Device = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def short_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for seconds."""
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT", 0.5)
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.2)


@asynccontextmanager
async def listening(device: Device) -> AsyncIterator[Transport]:
    """Run a device and return the way to it."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await device(reader, writer)
        except OSError:
            pass  # the client went away, as some tests want it
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield Transport("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_answer_is_read_to_its_end() -> None:
    """An answer longer than any buffer, in pieces, arrives whole."""
    answer = b'{"long": "' + b"x" * 200_000 + b'"}'

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert await reader.readexactly(8) == b"question"
        for start in range(0, len(answer), 50_000):
            writer.write(answer[start : start + 50_000])
            await writer.drain()
            await asyncio.sleep(0)

    async with listening(device) as line:
        assert await line.exchange(b"question") == answer


async def test_device_that_keeps_the_line_open() -> None:
    """A whole answer is enough; the device need not close."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b'{"a": 1}\0')
        await asyncio.sleep(60)

    async with listening(device) as line:
        assert await line.exchange(b"question") == b'{"a": 1}\0'


async def test_answer_nested_too_deep() -> None:
    """Deeper than Python can read: it comes as it is, to be refused where it is read."""
    levels = 20_000
    answer = b'{"a":' * levels + b"1" + b"}" * levels

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(answer)
        await writer.drain()

    async with listening(device) as line:
        assert await line.exchange(b"question") == answer
    with pytest.raises(InvalidResponse):
        lenient_json.loads(answer)


async def test_host_with_a_nul() -> None:
    """What no resolver can be asked for is unreachable."""
    with pytest.raises(MinerUnreachable):
        await Transport("mi\0ner", 4028).exchange(b"question")


async def test_nothing_listens() -> None:
    """A refused connection is unreachable."""
    async with listening(lambda *_: asyncio.sleep(0)) as line:
        pass
    with pytest.raises(MinerUnreachable) as caught:
        await line.exchange(b"question")
    assert not isinstance(caught.value, NoAnswer)


@pytest.mark.parametrize(
    "err", [OSError("unknown host"), UnicodeError("label too long")]
)
async def test_host_that_cannot_be(err: Exception) -> None:
    """A host name that nobody has, or that cannot be one, is unreachable."""
    # Name look-ups are closed in tests.
    with (
        patch.object(asyncio.get_running_loop(), "getaddrinfo", side_effect=err),
        pytest.raises(MinerUnreachable),
    ):
        await Transport("a" * 300, 4028).exchange(b"question")


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
async def test_name_is_looked_up(family: socket.AddressFamily) -> None:
    """A name that has no address of IPv4 is looked up once more."""
    asked: list[int] = []

    async def look_up(host: str, port: int, *, family: int, type: int) -> list[object]:
        assert (host, type) == ("miner", socket.SOCK_STREAM)
        asked.append(family)
        if family != known:
            raise socket.gaierror
        # Tests have a network of IPv4 only.
        return [(socket.AF_INET, type, 0, "", ("127.0.0.1", port))]

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b"{}")

    known = family
    async with listening(device) as line:
        # Name look-ups are closed in tests.
        with patch.object(asyncio.get_running_loop(), "getaddrinfo", look_up):
            assert await Transport("miner", line.port).exchange(b"question") == b"{}"
    assert asked == ([family] if family == socket.AF_INET else [socket.AF_INET, family])


async def test_look_up_takes_too_long() -> None:
    """A name is not looked up for long."""
    with (
        patch.object(
            asyncio.get_running_loop(),
            "getaddrinfo",
            lambda *_, **__: asyncio.sleep(60),
        ),
        pytest.raises(MinerUnreachable),
    ):
        await Transport("miner", 4028).exchange(b"question")


async def test_address_of_ipv6() -> None:
    """An address of IPv6 needs no look-up."""
    line, address = await transport.find("::1", 4028)
    line.close()
    assert (line.family, address) == (socket.AF_INET6, ("::1", 4028))


async def test_connection_takes_too_long() -> None:
    """Where nobody takes the connection there is none."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(address)
            with pytest.raises(MinerUnreachable) as caught:
                await Transport(*address).exchange(b"question")
    assert not isinstance(caught.value, NoAnswer)


@pytest.mark.parametrize("seconds", [0, 60])
async def test_silence(seconds: float) -> None:
    """Closing without an answer and keeping silent are both no answer."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        await asyncio.sleep(seconds)

    async with listening(device) as line:
        with pytest.raises(NoAnswer):
            await line.exchange(b"question")


async def test_reset_is_no_answer() -> None:
    """A connection that is torn down is no answer."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.transport.abort()

    async with listening(device) as line:
        with pytest.raises(MinerUnreachable):
            await line.exchange(b"question")


async def test_answer_that_breaks_off() -> None:
    """The beginning of an answer is not an answer."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(100)
        writer.write(b'{"a": ')
        await asyncio.sleep(60)

    async with listening(device) as line:
        with pytest.raises(InvalidResponse):
            await line.exchange(b"question")


async def test_answer_without_end() -> None:
    """An endless answer is cut, not kept."""

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with listening(device) as line:
        with pytest.raises(InvalidResponse, match="too long"):
            await line.exchange(b"question")


async def test_one_at_a_time() -> None:
    """Exchanges that are asked for together happen one after another."""
    at_once = most = 0

    async def device(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await reader.read(100)
        await asyncio.sleep(0.01)
        at_once -= 1
        writer.write(b"{}")

    async with listening(device) as line:
        await asyncio.gather(*(line.exchange(b"question") for _ in range(5)))
    assert most == 1
