"""A device over real sockets that says again what a miner once said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import json
import socket

from custom_components.whatsminer.client import Miner

from .recording import Recording

HOST = "127.0.0.1"


class ReplayDevice:
    """Serve a recording: API v2 if it has answers for it, and v3 likewise."""

    def __init__(self, recording: Recording) -> None:
        """Remember what to say; nothing listens yet."""
        self.recording = recording
        self.commands: list[str] = []
        """What was asked, in order."""
        self.port = 0
        self.port_v3 = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request and close."""
        raw = await reader.read(65536)
        with suppress(ValueError):
            request = json.loads(raw)
            self.commands.append(str(request.get("cmd", request.get("command"))))
            writer.write(self.recording.answer(request))
        await _close(writer)

    async def serve_v3(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer frames until the client goes."""
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                length = int.from_bytes(await reader.readexactly(4), "little")
                request = json.loads(await reader.readexactly(length))
                self.commands.append(str(request.get("cmd")))
                answer = self.recording.answer_v3(request)
                writer.write(len(answer).to_bytes(4, "little") + answer)
                await writer.drain()
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close a connection; how the closing went does not matter."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def replay(recording: Recording) -> AsyncIterator[ReplayDevice]:
    """Let a device listen. A port for which it has no answers refuses connections."""
    device = ReplayDevice(recording)
    sockets = [socket.socket(), socket.socket()]
    for each in sockets:
        each.bind((HOST, 0))
    device.port, device.port_v3 = (each.getsockname()[1] for each in sockets)
    servers: list[asyncio.Server] = []
    try:
        if recording.v2 or recording.sealed:
            servers.append(await asyncio.start_server(device.serve, sock=sockets[0]))
        if recording.v3:
            servers.append(await asyncio.start_server(device.serve_v3, sock=sockets[1]))
        yield device
    finally:
        for server in servers:
            server.close()
        for each in sockets:
            each.close()


@asynccontextmanager
async def miner_at(
    recording: Recording, password: str | None = None
) -> AsyncIterator[Miner]:
    """Replay a recording and return the client that talks to it."""
    async with replay(recording) as device:
        miner = Miner(HOST, password, port=device.port, port_v3=device.port_v3)
        try:
            yield miner
        finally:
            await miner.close()
