"""Poll one miner many times with one program, and print what a poll costs.

    python polling.py PROGRAM HOST POLLS FOLDER

It runs in the environment of the program, and imports nothing else: `FOLDER` holds the
client of this project, or the requests that `raw` sends again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
import json
from pathlib import Path
import sys
import time
from typing import Any

type Poll = Callable[[], Awaitable[Any]]

# Our client asks for some things once a minute or less: its clock shows this many
# seconds more at each poll.
INTERVAL = 15.0
EXCHANGES = "exchanges.json"
_PORTS = {"Transport": 4028, "FrameTransport": 4433}
# Polls that are not measured, of each program alike: the first find out who the miner is,
# and Python makes code that has run often faster.
_WARM_UP = 50

_monotonic = time.monotonic


class _Clock:
    """A clock that runs ahead."""

    ahead = 0.0

    def __call__(self) -> float:
        """Return its seconds."""
        return _monotonic() + self.ahead


async def whatsminer(host: str, folder: Path) -> Poll:
    """Poll with the client in the folder, as Home Assistant does."""
    clock = _Clock()
    sys.path.insert(0, str(folder))
    # The event loop keeps its own: it asks often, and no other program has another one.
    time.monotonic = clock
    miner = import_module("client").Miner(host)
    time.monotonic = _monotonic

    async def poll() -> None:
        clock.ahead += INTERVAL
        data = await miner.read()
        assert data.hashrate

    return poll


async def record(host: str, folder: Path) -> Poll:
    """Poll with the client in the folder, and note each request that it sends."""
    poll = await whatsminer(host, folder)
    transport = import_module("client.transport")
    polls: list[list[tuple[int, str]]] = []

    for name, port in _PORTS.items():
        kind = getattr(transport, name)

        def noting(exchange: Any = kind.exchange, port: int = port) -> Any:
            async def noted(self: Any, request: bytes, *more: Any, **rest: Any) -> Any:
                polls[-1].append((port, request.decode()))
                return await exchange(self, request, *more, **rest)

            return noted

        kind.exchange = noting()

    async def noted_poll() -> None:
        polls.append([])
        await poll()
        Path(EXCHANGES).write_text(json.dumps(polls[_WARM_UP:]))

    return noted_poll


async def raw(host: str, folder: Path) -> Poll:
    """Send what was recorded, with nothing but the streams of asyncio."""
    polls = json.loads((folder / EXCHANGES).read_text())
    kept: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    number = 0

    async def poll() -> None:
        nonlocal number
        exchanges = polls[number % len(polls)]
        number += 1
        for port, request in exchanges:
            if port == _PORTS["Transport"]:
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(request.encode())
                answer = await reader.read()
                writer.close()
                await writer.wait_closed()
            else:
                if not kept:
                    kept.append(await asyncio.open_connection(host, port))
                reader, writer = kept[0]
                writer.write(len(request).to_bytes(4, "little") + request.encode())
                size = int.from_bytes(await reader.readexactly(4), "little")
                answer = await reader.readexactly(size)
            json.loads(answer.strip(b"\0"))

    return poll


async def pyasic(host: str, folder: Path) -> Poll:
    """Poll with pyasic."""
    miner = await import_module("pyasic").get_miner(host)

    async def poll() -> None:
        data = await miner.get_data()
        assert data.hashrate

    return poll


async def pyasic_rs(host: str, folder: Path) -> Poll:
    """Poll with the Python face of asic-rs."""
    miner = await import_module("pyasic_rs").MinerFactory().get_miner(host)

    async def poll() -> None:
        data = await miner.get_data()
        assert data.hashrate

    return poll


async def measure(poll: Poll, polls: int) -> dict[str, float]:
    """Return what a poll costs, in ms, without those before which a program is warm."""
    for _ in range(_WARM_UP):
        await poll()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(polls):
        await poll()
    return {
        "cpu": (time.process_time() - cpu) / polls * 1000,
        "wall": (time.perf_counter() - wall) / polls * 1000,
    }


async def main() -> None:
    """Run from the command line."""
    program, host, polls, folder = sys.argv[1:]
    poll = await PROGRAMS[program](host, Path(folder))
    print(json.dumps(await measure(poll, int(polls))))


PROGRAMS = {
    "whatsminer": whatsminer,
    "record": record,
    "raw": raw,
    "pyasic": pyasic,
    "pyasic-rs": pyasic_rs,
}

if __name__ == "__main__":
    asyncio.run(main())
