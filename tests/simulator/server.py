"""The TCP server: one request per connection, closed after the answer."""

import asyncio
from contextlib import suppress
import socket

from .device import Device
from .traffic import Traffic
from .v2_protocol import V2Protocol, Wire, request_complete

IDLE_TIMEOUT = 10.0
MAX_REQUEST = 65536
GARBAGE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is no JSON \xff\xfe"


class MinerServer:
    """Serve API v2 of one device."""

    def __init__(self, device: Device, traffic: Traffic) -> None:
        """Remember the device."""
        self.device = device
        self.traffic = traffic
        self.idle_timeout = IDLE_TIMEOUT
        self._protocol = V2Protocol(device, traffic)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port."""
        self._server = await asyncio.start_server(
            self._connected, host, port, family=socket.AF_INET
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and end all connections."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.abort_clients()
        await server.wait_closed()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection from its first to its last byte."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.traffic.opened()
        try:
            with suppress(OSError, TimeoutError):
                await self._serve(reader, writer)
        except asyncio.CancelledError:
            # Only the server's stop cancels; the stream's own callback would log it.
            writer.transport.abort()
        finally:
            self.traffic.closed()
            self._tasks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read a request and answer it."""
        if not self.device.reachable:
            self._reset(writer)
            return
        request = await self._receive(reader)
        if not request:
            return
        client = str(writer.get_extra_info("peername")[0])
        wire = self._protocol.handle(request, client)
        await self._respond(reader, writer, wire)

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        """Reset the connection, as close as an open port comes to "unreachable"."""
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async def _receive(self, reader: asyncio.StreamReader) -> bytes:
        """Return a request, or nothing if none came in time.

        A request may come in pieces; its sender may close its side afterwards.
        """
        buffer = b""
        while len(buffer) < MAX_REQUEST:
            async with asyncio.timeout(self.idle_timeout):
                data = await reader.read(4096)
            if not data:
                break
            buffer += data
            if request_complete(buffer):
                break
        return buffer

    async def _respond(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: Wire
    ) -> None:
        """Send an answer with the faults that are set."""
        faults = self.device.faults
        data = wire.data
        hit = faults.applies(wire.command)
        delay = wire.reply.delay + (faults.delay if hit else 0)
        if delay:
            await asyncio.sleep(delay)
        if wire.reply.hang or (hit and faults.mute):
            await self._hang(reader)
            return
        if data is None:
            return
        if hit and faults.endless:
            await self._send_endless(writer)
            return
        if hit and faults.garbage:
            data = GARBAGE
        if faults.trailing_nul:
            data += b"\0"
        if hit and faults.cut is not None:
            data = data[: faults.cut]
        size = -(-len(data) // max(1, faults.segments)) or 1
        for start in range(0, len(data), size):
            if start:
                await asyncio.sleep(0.002)
            writer.write(data[start : start + size])
            await writer.drain()
        if wire.reply.tail:
            await asyncio.sleep(0.01)
            writer.write(wire.reply.tail)
            await writer.drain()

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        """Keep the connection open until the client leaves or patience ends."""
        async with asyncio.timeout(self.device.faults.hang_seconds):
            while await reader.read(4096):
                pass

    @staticmethod
    async def _send_endless(writer: asyncio.StreamWriter) -> None:
        """Send a list that never ends."""
        writer.write(b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"SUMMARY":[{}')
        while True:
            writer.write(b",{}" * 20000)
            await writer.drain()
