"""Exchanges on the wire, limited in time and size, one at a time per miner and port.

API v2 wants a new connection for each question; API v3 frames its messages, and keeps
the connection for questions.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import socket

from .exceptions import InvalidResponse, MinerUnreachable, NoAnswer

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""
ANSWER_TIMEOUT = 10.0
"""Seconds to wait for a whole answer; the miner itself hangs up after 10."""
MAX_ANSWER = 256 * 1024
"""Bytes of an answer, and on API 3 of what comes before it; the longest recorded has
some 7,000."""

_CHUNK = 16 * 1024
# Reports and heart-beats that may come before an answer, which is waited for 10 s.
_MOST_FRAMES = 100
# All bytes but those that open and close objects and texts.
_OTHERS = bytes(set(range(256)) - set(b'{}"'))

type _Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask_first[AnswerT](question: Awaitable[AnswerT]) -> AnswerT:
    """Await what is asked before a command: its silence is none to the command."""
    try:
        return await question
    except NoAnswer as err:
        raise MinerUnreachable(f"{err} to the question before a command") from err


class Transport:
    """TCP 4028: one JSON object each way, then the miner closes."""

    def __init__(self, host: str, port: int) -> None:
        """Remember the address; nothing is connected yet."""
        self.host = host
        self._port = port
        self._lock = asyncio.Lock()

    async def exchange(self, request: bytes) -> bytes:
        """Send a request and return the raw answer.

        Raises MinerUnreachable when there is no connection, NoAnswer when nothing
        came back, InvalidResponse when the answer is too long or only begun.
        """
        async with self._lock:
            line = await connect(_open(self.host, self._port))
            with line:
                return await self._ask(line, request)

    async def _ask(self, line: socket.socket, request: bytes) -> bytes:
        """Write the request and read until the miner closes or the answer is whole."""
        loop = asyncio.get_running_loop()
        answer = bytearray()
        end = End()
        broken: OSError | None = None
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await loop.sock_sendall(line, request)
                while chunk := await loop.sock_recv(line, _CHUNK):
                    answer += chunk
                    if len(answer) > MAX_ANSWER:
                        raise InvalidResponse("the answer is too long")
                    # Some devices keep the line open: do not wait for the end then.
                    if end.is_in(chunk):
                        break
        except OSError as err:
            broken = err
        if not answer.strip(b"\0 \r\n"):
            raise NoAnswer("the miner did not answer") from broken
        if broken is not None and not end.reached:
            raise InvalidResponse("the answer broke off") from broken
        return bytes(answer)


class FrameTransport:
    """TCP 4433: frames of a length (4 bytes, little-endian) and JSON, both ways."""

    def __init__(self, host: str, port: int) -> None:
        """Remember the address; nothing is connected yet."""
        self.host = host
        self._port = port
        self._lock = asyncio.Lock()
        self._streams: _Streams | None = None

    async def exchange[AnswerT](
        self, request: bytes, pick: Callable[[bytes], AnswerT | None], *, kept: bool
    ) -> AnswerT:
        """Send a request and return the first frame that `pick` takes for the answer.

        Frames that it does not take were pushed by the miner, or are late answers, and
        are passed over, as are heart-beats. With `kept` the request goes over the kept
        connection, and once more over a new one where the miner has closed that since:
        only for what may be sent twice. Else it has a connection of its own, as in
        MicroBT's driver: a kept one that is closed would lose it without a word. Raises
        as `Transport.exchange` does.
        """
        async with self._lock:
            if not kept:
                streams = await connect(asyncio.open_connection(self.host, self._port))
                try:
                    return await _exchange_frames(streams, request, pick)
                finally:
                    await _close(streams[1])
            if self._streams is not None:
                with suppress(NoAnswer):
                    return await self._ask(request, pick)
            self._streams = await connect(
                asyncio.open_connection(self.host, self._port)
            )
            return await self._ask(request, pick)

    async def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        async with self._lock:
            await self._drop()

    async def _ask[AnswerT](
        self, request: bytes, pick: Callable[[bytes], AnswerT | None]
    ) -> AnswerT:
        """Ask over the kept connection; on any failure close it."""
        assert self._streams is not None
        answered = False
        try:
            answer = await _exchange_frames(self._streams, request, pick)
            answered = True
            return answer
        finally:
            # An answer that comes late must not be taken for the next one's.
            if not answered:
                await self._drop()

    async def _drop(self) -> None:
        """Close the connection if there is one."""
        if self._streams is not None:
            _, writer = self._streams
            self._streams = None
            await _close(writer)


async def _open(host: str, port: int) -> socket.socket:
    """Open a connection for one question: a bare socket, which costs less than streams."""
    try:
        return await _open_by(socket.AF_INET, host, port)
    except socket.gaierror:
        return await _open_by(socket.AF_INET6, host, port)


async def _open_by(family: int, host: str, port: int) -> socket.socket:
    """Open a connection to an address, or to the one that a name has in this family."""
    line = socket.socket(family, socket.SOCK_STREAM)
    line.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(line, (host, port))
    except BaseException:
        line.close()
        raise
    return line


async def connect[LineT](opening: Awaitable[LineT]) -> LineT:
    """Wait for a connection, but not for long."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await opening
    except (OSError, UnicodeError) as err:  # a TimeoutError is an OSError
        raise MinerUnreachable(f"no connection: {err}") from err


async def _exchange_frames[AnswerT](
    streams: _Streams, request: bytes, pick: Callable[[bytes], AnswerT | None]
) -> AnswerT:
    """Send one frame and wait for the one that answers it."""
    reader, writer = streams
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            writer.write(len(request).to_bytes(4, "little") + request)
            await writer.drain()
            most = MAX_ANSWER
            for _ in range(_MOST_FRAMES):
                frame = await _read_frame(reader, most)
                most -= len(frame)
                if frame and (answer := pick(frame)) is not None:
                    return answer
            raise InvalidResponse("too much comes before the answer")
    except (OSError, asyncio.IncompleteReadError) as err:
        raise NoAnswer("the miner did not answer") from err


async def _read_frame(reader: asyncio.StreamReader, most: int) -> bytes:
    """Read one frame of so many bytes at most; a heart-beat is an empty one."""
    length = int.from_bytes(await reader.readexactly(4), "little")
    if length > most:
        raise InvalidResponse("the answer is too long")
    return await reader.readexactly(length)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close a connection; how the closing went does not matter."""
    writer.close()
    with suppress(OSError):
        async with asyncio.timeout(1):
            await writer.wait_closed()


class End:
    """Notices when an answer is whole: all objects that were opened are closed.

    Why not by reading it: it is read once, when it is whole. Each piece is looked at
    once, however many there are.
    """

    def __init__(self) -> None:
        """Begin before the answer."""
        self.reached = False
        self._began = False
        self._open = 0
        self._in_text = False
        self._escape = b""

    def is_in(self, piece: bytes) -> bool:
        """Return whether the answer is whole with one more piece."""
        piece = self._escape + piece
        self._escape = b""
        if b"\\" in piece:
            piece = piece.replace(rb"\\", b"")
            self._escape = b"\\" if piece.endswith(b"\\") else b""
            piece = piece.replace(rb"\"", b"")
        # Two quotes with nothing else between them are an empty text, or the end of one
        # and the start of the next: no brace is in another place without them.
        piece = piece.translate(None, _OTHERS).replace(b'""', b"")
        parts = piece.split(b'"')
        # A brace in a text is none.
        outside = b"".join(parts[self._in_text :: 2])
        self._in_text ^= len(parts) % 2 == 0
        self._began |= b"{" in outside
        self._open += outside.count(b"{") - outside.count(b"}")
        self.reached = self._began and self._open == 0
        return self.reached
