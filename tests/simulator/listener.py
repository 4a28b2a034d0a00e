"""What the servers of both ports have in common."""

from abc import ABC, abstractmethod
import asyncio
from contextlib import suppress
import socket
import ssl

from .device import Device
from .traffic import Traffic


class Listener(ABC):
    """Listen on a port and serve each connection in a task."""

    def __init__(self, device: Device, traffic: Traffic) -> None:
        """Remember the device."""
        self.device = device
        self.traffic = traffic
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> bool:
        """Tell whether the port is open."""
        return self._server is not None

    @abstractmethod
    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve a connection; it is closed afterwards."""

    async def start(
        self, host: str, port: int, tls: ssl.SSLContext | None = None
    ) -> int:
        """Listen and return the port."""
        self._server = await asyncio.start_server(
            self._connected, host, port, family=socket.AF_INET, ssl=tls
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
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                if self.device.reachable:
                    await self._serve(reader, writer)
                else:
                    self._reset(writer)
        except asyncio.CancelledError:
            # Only the server's stop cancels; the stream's own callback would log it.
            writer.transport.abort()
        finally:
            self.traffic.closed()
            self._tasks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        """Reset the connection, as close as an open port comes to "unreachable"."""
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async def _send(
        self, writer: asyncio.StreamWriter, data: bytes, *, hit: bool
    ) -> None:
        """Send an answer, cut and in pieces if these faults are set."""
        faults = self.device.faults
        if hit and faults.cut is not None:
            data = data[: faults.cut]
        size = -(-len(data) // max(1, faults.segments)) or 1
        for start in range(0, len(data), size):
            if start:
                await asyncio.sleep(0.002)
            writer.write(data[start : start + size])
            await writer.drain()

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        """Keep the connection open until the client leaves or patience ends."""
        async with asyncio.timeout(self.device.faults.hang_seconds):
            while await reader.read(4096):
                pass
