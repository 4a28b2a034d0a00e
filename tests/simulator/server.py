"""The server of API v2: one request per connection, closed after the answer."""

import asyncio
from typing import override

from .device import Device, Wire
from .listener import Listener
from .traffic import Traffic
from .v2_protocol import V2Protocol, request_complete

IDLE_TIMEOUT = 10.0
MAX_REQUEST = 65536
GARBAGE = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is no JSON \xff\xfe"


class MinerServer(Listener):
    """Serve API v2 of one device."""

    def __init__(self, device: Device, traffic: Traffic) -> None:
        """Remember the device."""
        super().__init__(device, traffic)
        self.idle_timeout = IDLE_TIMEOUT
        self._protocol = V2Protocol(device, traffic)

    @override
    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read a request and answer it."""
        request = await self._receive(reader)
        if not request:
            return
        client = str(writer.get_extra_info("peername")[0])
        wire = self._protocol.handle(request, client)
        await self._respond(reader, writer, wire)

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
        await self._send(writer, data, hit=hit)
        if wire.reply.tail:
            await asyncio.sleep(0.01)
            writer.write(wire.reply.tail)
            await writer.drain()

    @staticmethod
    async def _send_endless(writer: asyncio.StreamWriter) -> None:
        """Send a list that never ends."""
        writer.write(b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"SUMMARY":[{}')
        while True:
            writer.write(b",{}" * 20000)
            await writer.drain()
