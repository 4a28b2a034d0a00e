"""Listen for the button "IP report" of the miners, in the local network.

A miner whose button is pressed sends a datagram to all. That is only a hint: who is at
the address it has to say itself.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from ipaddress import AddressValueError, IPv4Address
import re
from typing import Any, override

from .scan import FoundMiner, identify, is_local

LISTEN_ADDRESS = "0.0.0.0"
LISTEN_PORT = 8888
"""UDP port to which the miners send."""
FIRST_TIMEOUT = 120.0
"""Seconds to wait for the first report."""
NEXT_TIMEOUT = 20.0
"""Seconds to wait for another one: from one miner to the next one has to walk."""
MAX_TIME = 900.0
"""Seconds after which the listening ends, whatever comes."""
MAX_REPORTS = 256
"""As many different reports are looked at, at most."""

_IDENTIFIED_AT_ONCE = 4
_REPORT = re.compile(rb"IP:([0-9.]{7,15})MAC:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\0?")

type _Report = tuple[str, str]


async def listen(report: Callable[[int], None]) -> list[FoundMiner]:
    """Return the miners whose button was pressed; report how many there are by now.

    Raises OSError when the port is taken.
    """
    found: dict[str, FoundMiner] = {}
    identifying = asyncio.Semaphore(_IDENTIFIED_AT_ONCE)

    async def check(host: str, mac: str) -> None:
        async with identifying:
            miner = await identify(host)
        if miner and miner.mac == mac:
            found[mac] = miner
            report(len(found))

    loop = asyncio.get_running_loop()
    listener = _Listener()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: listener, local_addr=(LISTEN_ADDRESS, LISTEN_PORT)
    )
    with closing(transport):
        async with asyncio.TaskGroup() as group:
            end = loop.time() + MAX_TIME
            patience = FIRST_TIMEOUT
            while heard := await listener.wait(patience):
                group.create_task(check(*heard))
                patience = min(NEXT_TIMEOUT, end - loop.time())
    return sorted(found.values(), key=lambda miner: IPv4Address(miner.host))


class _Listener(asyncio.DatagramProtocol):
    """Takes each correct report once."""

    def __init__(self) -> None:
        """Start with none."""
        self._new = asyncio.Queue[_Report]()
        self._heard = set[_Report]()

    async def wait(self, seconds: float) -> _Report | None:
        """Return the next report; None when none came in that time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._new.get()
        except TimeoutError:
            return None

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take a report of the sender's own local address; pass over all else."""
        report = parse_report(data)
        if report is None or report[0] != addr[0] or report in self._heard:
            return
        if len(self._heard) < MAX_REPORTS:
            self._heard.add(report)
            self._new.put_nowait(report)


def parse_report(data: bytes) -> _Report | None:
    """Return address and MAC address of a report; None when it is none."""
    if (match := _REPORT.fullmatch(data)) is None:
        return None
    host, mac = (part.decode() for part in match.groups())
    try:
        return (host, mac) if is_local(IPv4Address(host)) else None
    except AddressValueError:
        return None
