"""Exchanges on the wire, limited in time and size, one at a time per miner and port.

API v2 wants a new connection for each question; API v3 frames its messages, and keeps
the connection for questions.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
import os
import socket
from typing import Any, override

from .exceptions import InvalidResponse, MinerUnreachable, NoAnswer

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""
ANSWER_TIMEOUT = 10.0
"""Seconds to wait for a whole answer; the miner itself hangs up after 10."""
MAX_ANSWER = 256 * 1024
"""Bytes of an answer, and on API 3 of all that comes from one question to the next; the
longest recorded answer has some 7,000."""

_CHUNK = 16 * 1024
_FAMILIES = (socket.AF_INET, socket.AF_INET6)
# Frames that may come from one question to the next: the answer, reports, heart-beats.
_MOST_FRAMES = 100
# All bytes but those that open and close objects and texts.
_OTHERS = bytes(set(range(256)) - set(b'{}"'))


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
        self.port = port
        self._lock = asyncio.Lock()

    async def exchange(self, request: bytes) -> bytes:
        """Send a request and return the raw answer.

        Raises MinerUnreachable when there is no connection, NoAnswer when nothing
        came back, InvalidResponse when the answer is too long or only begun.
        """
        async with self._lock:
            line = _AnswerLine(*await find(self.host, self.port))
            try:
                answer = await line.ask(request)
            except OSError as err:
                if line.began:
                    raise InvalidResponse("the answer broke off") from err
                raise NoAnswer("the miner did not answer") from err
            finally:
                line.close()
        if not line.began:
            raise NoAnswer("the miner did not answer")
        return answer


class FrameTransport:
    """TCP 4433: frames of a length (4 bytes, little-endian) and JSON, both ways."""

    def __init__(self, host: str, port: int) -> None:
        """Remember the address; nothing is connected yet."""
        self.host = host
        self.port = port
        self._lock = asyncio.Lock()
        self._line: _FrameLine | None = None

    async def exchange[AnswerT](
        self, request: bytes, pick: Callable[[bytes], AnswerT | None], *, kept: bool
    ) -> AnswerT:
        """Send a request and return the first frame that `pick` takes for the answer.

        Frames that it does not take were pushed by the miner, or are late answers, and
        are passed over, as are heart-beats. With `kept` the request goes over the kept
        connection, and once more over a new one where no answer comes over that:
        only for what may be sent twice. Else it has a connection of its own, as in
        MicroBT's driver: a kept one that is closed would lose it without a word. Raises
        as `Transport.exchange` does.
        """
        async with self._lock:
            if kept and self._line is not None:
                with suppress(NoAnswer):
                    return await self._line.exchange(request, pick)
            line = _FrameLine(*await find(self.host, self.port))
            answer = await line.exchange(request, pick)
            if kept:
                self._line = line
            else:
                line.close()
            return answer

    async def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        async with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None


async def find(host: str, port: int) -> tuple[socket.socket, Any]:
    """Return a socket for a host, and the address to connect it to.

    A name is looked up, but not for long; one with addresses of both kinds has IPv4.
    """
    try:
        family, address = _numeric(host, port) or await _look_up(host, port)
        line = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, ValueError) as err:  # so are TimeoutError and UnicodeError
        raise MinerUnreachable(f"no connection: {err}") from err
    line.setblocking(False)
    return line, address


def _numeric(host: str, port: int) -> tuple[int, Any] | None:
    """Return the family and address of a host that is given by its address."""
    for family in _FAMILIES:
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return family, (host, port)
    return None


async def _look_up(host: str, port: int) -> tuple[int, Any]:
    """Return the family and address of a host that is given by its name."""
    look_up = partial(
        asyncio.get_running_loop().getaddrinfo, host, port, type=socket.SOCK_STREAM
    )
    async with asyncio.timeout(CONNECT_TIMEOUT):
        try:
            found = await look_up(family=socket.AF_INET)
        except socket.gaierror:
            found = await look_up(family=socket.AF_INET6)
    return found[0][0], found[0][4]


class _Line[AnswerT](ABC):
    """A connection: a bare socket that is read as soon as something comes.

    Why no streams: they get 256 KiB of memory for each piece that they read, and cost
    twice as much. Why no `sock_connect`: to send when the connection is there, without
    a turn of the caller between the two, saves a sixth.
    """

    def __init__(self, line: socket.socket, address: Any) -> None:
        """Take a socket, which is connected to the address when there is a question."""
        self._socket = line
        self._address = address
        self._connected = False
        self._answer: asyncio.Future[AnswerT] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, request: bytes) -> AnswerT:
        """Send a request and return its answer, over a new connection at first.

        Raises MinerUnreachable when there is none, OSError when no answer comes in time.
        """
        self._answer = self._loop.create_future()
        try:
            if self._connected:
                self._send(request)
            else:
                self._connect(request)
            return await self._answer
        except OSError as err:
            if self._connected:
                raise
            raise MinerUnreachable(f"no connection: {err}") from err
        finally:
            self._limit(None)
            # The traceback of an error knows this connection, which would keep it alive.
            self._answer = None

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()

    @abstractmethod
    def _take(self, piece: bytes) -> AnswerT | None:
        """Return the answer when it is whole with one more piece, the last being empty.

        Raises InvalidResponse when there will be none.
        """

    def _connect(self, request: bytes) -> None:
        """Begin to connect, for a request."""
        self._limit(CONNECT_TIMEOUT)
        with suppress(BlockingIOError, InterruptedError):
            self._socket.connect(self._address)
        self._loop.add_writer(self._socket, self._start, request)

    def _start(self, request: bytes) -> None:
        """Send the first request, if there is a connection now."""
        self._loop.remove_writer(self._socket)
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._end(OSError(code, os.strerror(code)))
            return
        self._connected = True
        self._loop.add_reader(self._socket, self._read)
        try:
            self._send(request)
        except OSError as err:
            self._end(err)

    def _send(self, request: bytes) -> None:
        """Send a request, which is far shorter than what a socket takes at once."""
        self._limit(ANSWER_TIMEOUT)
        if self._socket.send(request) < len(request):
            raise OSError("the request is too long")

    def _read(self) -> None:
        """Take what has come."""
        try:
            piece = self._socket.recv(_CHUNK)
            answer = self._take(piece)
        except BlockingIOError, InterruptedError:
            return
        except (OSError, InvalidResponse) as err:
            self._end(err)
            return
        if answer is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
        elif not piece:
            self._end(ConnectionError("the miner closed the connection"))

    def _limit(self, seconds: float | None) -> None:
        """Give up in so many seconds, or never."""
        if self._timer is not None:
            self._timer.cancel()
        if seconds is not None:
            self._timer = self._loop.call_later(seconds, self._end, TimeoutError())

    def _end(self, err: Exception) -> None:
        """Note that nothing more will come."""
        self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(err)


class _AnswerLine(_Line[bytes]):
    """A connection for one answer, after which the miner closes it."""

    def __init__(self, line: socket.socket, address: Any) -> None:
        """Begin before the answer."""
        super().__init__(line, address)
        self._received = bytearray()
        self._end_of_answer = End()

    @property
    def began(self) -> bool:
        """Return whether anything of an answer came."""
        return bool(self._received.strip(b"\0 \r\n"))

    @override
    def _take(self, piece: bytes) -> bytes | None:
        """Return all that came, when the miner closes or the answer is whole.

        Some devices keep the connection open: its end is not waited for then.
        """
        self._received += piece
        if len(self._received) > MAX_ANSWER:
            raise InvalidResponse("the answer is too long")
        if piece and not self._end_of_answer.is_in(piece):
            return None
        return bytes(self._received)


class _FrameLine(_Line[Any]):
    """A connection for frames: answers, and what the miner pushes unasked."""

    def __init__(self, line: socket.socket, address: Any) -> None:
        """Begin between two frames."""
        super().__init__(line, address)
        self._received = bytearray()
        self._pick: Callable[[bytes], Any] | None = None
        self._begin()

    def _begin(self) -> None:
        """Begin to count what comes before an answer, or while none is waited for."""
        self._bytes = MAX_ANSWER
        self._frames = _MOST_FRAMES

    async def exchange[AnswerT](
        self, request: bytes, pick: Callable[[bytes], AnswerT | None]
    ) -> AnswerT:
        """Send one frame and wait for the one that answers it; on any failure close."""
        self._begin()
        self._pick = pick
        try:
            answer: AnswerT = await self.ask(
                len(request).to_bytes(4, "little") + request
            )
        except BaseException as err:
            # An answer that comes late must not be taken for the next one's.
            self.close()
            if isinstance(err, OSError):
                raise NoAnswer("the miner did not answer") from err
            raise
        finally:
            self._pick = None
        return answer

    @override
    def _take(self, piece: bytes) -> Any:
        """Return what was picked of the frames that are whole; a heart-beat is empty."""
        received = self._received
        received += piece
        answer = None
        while len(received) >= 4:
            end = 4 + int.from_bytes(received[:4], "little")
            if end - 4 > self._bytes:
                if answer is None:
                    raise InvalidResponse("the answer is too long")
                self.close()  # The answer stands; what follows it cannot be read.
                break
            if len(received) < end:
                break
            frame = bytes(received[4:end])
            del received[:end]
            self._bytes -= len(frame)
            self._frames -= 1
            if frame and answer is None and self._pick is not None:
                answer = self._pick(frame)
            if answer is None and self._frames <= 0:
                raise InvalidResponse("too much comes before the answer")
        return answer


class End:
    """Notices when an answer is whole: all objects that were opened are closed.

    Why not by reading it: it is read once, when it is whole. Each piece is looked at
    once, however many there are.
    """

    def __init__(self) -> None:
        """Begin before the answer."""
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
        return self._began and self._open == 0
