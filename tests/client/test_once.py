"""Each byte of an answer is looked at once, and each answer is read once."""

import asyncio
import json
from typing import Any, override
from unittest.mock import patch

import pytest

from custom_components.whatsminer.client import Miner, lenient_json, transport
from custom_components.whatsminer.client.transport import Transport
from tests.simulator import ManualClock, SimulatedMiner

ANSWERS = [
    rb'{"a": 1}',
    rb'{"a": {"b": [{"c": "}"}, {}]}}',
    rb'{"worker": "a{\"}", "path": "C:\\", "end": "\\\\\""}',
]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_whole_in_pieces(answer: bytes, size: int) -> None:
    """An answer is whole with its last piece, and not before."""
    end = transport.End()
    pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
    assert [end.is_in(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [
        True
    ]
    assert end.is_in(b"\0\n")


@pytest.mark.parametrize("answer", [b"", b"\0", b'"{}"', b"}", b'{"a": "}'])
def test_not_whole(answer: bytes) -> None:
    """What has not begun, or is not closed, is not whole."""
    assert not transport.End().is_in(answer)


async def test_linear() -> None:
    """Each byte is looked at once, in however many pieces the answer comes."""
    answer = json.dumps({"rows": [{"text": "}{" * 20}] * 300}).encode()
    looked_at: list[int] = []

    class Counting(transport.End):
        @override
        def is_in(self, piece: bytes) -> bool:
            looked_at.append(len(piece))
            return super().is_in(piece)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        for start in range(0, len(answer), 97):
            writer.write(answer[start : start + 97])
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        with (
            patch.object(transport, "End", Counting),
            patch.object(json.JSONDecoder, "decode", side_effect=AssertionError),
        ):
            assert await Transport("127.0.0.1", port).exchange(b"question") == answer
    finally:
        server.close()
    assert sum(looked_at) == len(answer)


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_read_once(api: str, clock: ManualClock) -> None:
    """Each answer is read as JSON once; most need no look at each of their values."""
    async with SimulatedMiner(api=api, clock=clock) as simulated:
        ports: dict[str, Any] = {}
        if simulated.server.listening:
            ports["port"] = simulated.port
        if simulated.v3_server.listening:
            ports["port_v3"] = simulated.v3_port
        miner = Miner("127.0.0.1", **ports)
        await miner.read()
        simulated.log.clear()
        with (
            patch.object(
                lenient_json, "loads_strictly", wraps=lenient_json.loads_strictly
            ) as loads,
            patch.object(lenient_json, "fit", wraps=lenient_json.fit) as fit,
        ):
            await miner.read()
        await miner.close()
    assert loads.call_count == len(simulated.log) > 0
    assert fit.call_count == 0
