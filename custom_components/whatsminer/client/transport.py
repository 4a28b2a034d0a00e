"""One exchange on the wire: connect, ask, read the answer, close.

Every exchange is limited in time and size, and a miner has one at a time.
"""

import asyncio
from contextlib import suppress
import json

from .exceptions import InvalidResponse, MinerUnreachable, NoAnswer

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection."""
ANSWER_TIMEOUT = 10.0
"""Seconds to wait for a whole answer; the miner itself hangs up after 10."""
MAX_ANSWER = 1024 * 1024
"""Bytes of an answer; the longest recorded has about 7,000."""

_CHUNK = 16 * 1024


class Transport:
    """The TCP port of one miner: one JSON object each way, then the miner closes."""

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
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    reader, writer = await asyncio.open_connection(self.host, self.port)
            except (OSError, UnicodeError) as err:  # TimeoutError is an OSError
                raise MinerUnreachable(f"no connection: {err}") from err
            try:
                return await self._ask(reader, writer, request)
            finally:
                writer.close()
                # The answer is there or not: how the closing went does not matter.
                with suppress(OSError):
                    async with asyncio.timeout(1):
                        await writer.wait_closed()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: bytes,
    ) -> bytes:
        """Write the request and read until the miner closes or the answer is whole."""
        answer = bytearray()
        broken: OSError | None = None
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                writer.write(request)
                await writer.drain()
                while chunk := await reader.read(_CHUNK):
                    answer += chunk
                    if len(answer) > MAX_ANSWER:
                        raise InvalidResponse("the answer is too long")
                    # Some devices keep the line open: do not wait for the end then.
                    if _is_whole(answer):
                        break
        except OSError as err:
            broken = err
        if not answer.strip(b"\0 \r\n"):
            raise NoAnswer("the miner did not answer") from broken
        if broken is not None and not _is_whole(answer):
            raise InvalidResponse("the answer broke off") from broken
        return bytes(answer)


def _is_whole(answer: bytearray) -> bool:
    """Tell whether the bytes so far are one correct JSON value."""
    text = answer.rstrip(b"\0 \r\n")
    if not text.endswith(b"}"):
        return False
    try:
        json.loads(text)
    except ValueError, RecursionError:
        return False
    return True
