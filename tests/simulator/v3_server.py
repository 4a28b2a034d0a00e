"""The server of API v3: frames with a length, many commands per connection."""

import asyncio
from contextlib import suppress
from typing import override

from .device import Device, Wire
from .listener import Listener
from .server import GARBAGE
from .traffic import Traffic
from .v3_protocol import V3Protocol, frame

IDLE_TIMEOUT = 300.0
MAX_CLIENTS = 10
MAX_REQUEST = 65536
LOG_PIECE = 10 * 1024


class V3Server(Listener):
    """Serve API v3 of one device."""

    def __init__(self, device: Device, traffic: Traffic) -> None:
        """Remember the device."""
        super().__init__(device, traffic)
        self.idle_timeout = IDLE_TIMEOUT
        self.second = 1.0
        """Real seconds in a second between reports; tests shorten it."""
        self.uploads: list[bytes] = []
        """Firmware files taken."""
        self._protocol = V3Protocol(device, traffic)
        self._clients = 0

    @override
    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection, unless there are too many.

        What becomes of the eleventh is not recorded: it is closed here.
        """
        if self._clients >= MAX_CLIENTS:
            return
        self._clients += 1
        link = _Link(self, reader, writer)
        try:
            await link.run()
        finally:
            self._clients -= 1
            await link.set_gap(0)

    async def receive(self, reader: asyncio.StreamReader) -> bytes | None:
        """Return a frame's content, None if the connection is over."""
        async with asyncio.timeout(self.idle_timeout):
            length = int.from_bytes(await reader.readexactly(4), "little")
            if length > MAX_REQUEST:
                return None
            return await reader.readexactly(length)

    async def send(
        self, writer: asyncio.StreamWriter, data: bytes, *, hit: bool
    ) -> None:
        """Send a frame."""
        await self._send(writer, data, hit=hit)

    def reset(self, writer: asyncio.StreamWriter) -> None:
        """Reset a connection."""
        self._reset(writer)

    async def hang(self, reader: asyncio.StreamReader) -> None:
        """Leave a connection open without an answer."""
        await self._hang(reader)

    def handle(self, request: bytes, client: str) -> Wire:
        """Return the answer to a request."""
        return self._protocol.handle(request, client)

    def report(self) -> bytes:
        """Return the frame of a report."""
        return frame(self._protocol.report())

    def uploaded(self, command: str, content: bytes) -> bytes:
        """Keep a firmware file, restart, and return the frame that says so."""
        self.uploads.append(content)
        answer = frame(self._protocol.answer(command, 0, "ok"))
        self.device.reboot()
        return answer


class _Link:
    """One connection and the reports on it."""

    def __init__(
        self,
        server: V3Server,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Start without reports."""
        self.server = server
        self.reader = reader
        self.writer = writer
        self.client = str(writer.get_extra_info("peername")[0])
        self._lock = asyncio.Lock()
        self._reports: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Answer requests until the connection ends."""
        while (request := await self.server.receive(self.reader)) is not None:
            faults = self.server.device.faults
            # A frame of length 0 is a heart-beat, but an error for MicroBT's mock.
            if not request and faults.v3_close:
                return
            if not request or faults.v3_silent:
                continue
            if not self.server.device.reachable:
                self.server.reset(self.writer)
                return
            wire = self.server.handle(request, self.client)
            if not await self._respond(wire):
                return

    async def _respond(self, wire: Wire) -> bool:
        """Answer with the faults that are set; tell whether to go on."""
        faults = self.server.device.faults
        hit = faults.applies(wire.command)
        if hit and faults.delay:
            await asyncio.sleep(faults.delay)
        if wire.reply.hang or (hit and faults.mute):
            await self.server.hang(self.reader)
            return False
        if wire.data is None:
            return False
        if hit and faults.endless:
            await self._send_endless()
            return False
        data = frame(GARBAGE) if hit and faults.garbage else wire.data
        async with self._lock:
            if faults.v3_pushes:
                await self.server.send(self.writer, self.server.report(), hit=False)
            await self.server.send(self.writer, data, hit=hit)
            await self._send_log(wire.reply.tail)
        if wire.reply.upload:
            await self._take_upload(wire.command or "")
            return False
        if wire.reply.gap is not None:
            await self.set_gap(wire.reply.gap)
        cut = hit and faults.cut is not None
        return not (wire.reply.close or cut or faults.v3_close)

    async def _send_log(self, content: bytes) -> None:
        """Send raw bytes in pieces."""
        for start in range(0, len(content), LOG_PIECE):
            self.writer.write(content[start : start + LOG_PIECE])
            await self.writer.drain()

    async def _send_endless(self) -> None:
        """Send a frame of the greatest length that never ends."""
        self.writer.write(b"\xff\xff\xff\xff{")
        while True:
            self.writer.write(b" " * 65536)
            await self.writer.drain()

    async def _take_upload(self, command: str) -> None:
        """Read a file that follows its length, then answer and restart."""
        async with asyncio.timeout(self.server.idle_timeout):
            length = int.from_bytes(await self.reader.readexactly(4), "little")
            content = await self.reader.readexactly(length)
        answer = self.server.uploaded(command, content)
        await self.server.send(self.writer, answer, hit=False)

    async def set_gap(self, gap: int) -> None:
        """Report every so many seconds, with 0 no more."""
        if self._reports is not None:
            self._reports.cancel()
            with suppress(asyncio.CancelledError):
                await self._reports
            self._reports = None
        if gap:
            self._reports = asyncio.create_task(self._report(gap))

    async def _report(self, gap: int) -> None:
        """Send reports until the connection ends."""
        with suppress(OSError):
            while True:
                await asyncio.sleep(gap * self.server.second)
                async with self._lock:
                    if self.server.device.reachable:
                        report = self.server.report()
                        await self.server.send(self.writer, report, hit=False)
