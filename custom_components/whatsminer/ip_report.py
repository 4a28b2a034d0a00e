"""Listen for the button "IP report" of the miners, in the local network.

A miner whose button is pressed sends a datagram to all. That is only a hint: who is at
the address it has to say itself.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from ipaddress import AddressValueError, IPv4Address
from math import inf
import re
from typing import Any, override

from .scan import FoundMiner, identify, is_local

LISTEN_ADDRESS = "0.0.0.0"
LISTEN_PORT = 8888
"""UDP port to which the miners send."""
FIRST_TIMEOUT = 120.0
"""Seconds to wait for another report, as long as no miner is found."""
NEXT_TIMEOUT = 20.0
"""Seconds to wait for another one: from one miner to the next one has to walk."""
MAX_TIME = 900.0
"""Seconds after which the listening ends, whatever comes."""
MAX_ADDRESSES = 256
"""Reports of as many addresses are looked at, at most."""
AGAIN_AFTER = 5.0
"""Seconds after which who did not answer as a miner is asked again, if it reports."""

_IDENTIFIED_AT_ONCE = 4
_REPORT = re.compile(rb"IP:([0-9.]{7,15})MAC:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\0?")

type _Report = tuple[str, str]


async def listen(report: Callable[[int, int], None]) -> list[FoundMiner]:
    """Return the miners whose button was pressed.

    Reports how many there are by now, and how many were heard and did not answer as
    miners. Goes on while one is asked. Raises OSError when the port is taken.
    """
    found: dict[str, FoundMiner] = {}
    silent = set[str]()
    transport, listener = await asyncio.get_running_loop().create_datagram_endpoint(
        _Listener, local_addr=(LISTEN_ADDRESS, LISTEN_PORT)
    )

    async def work() -> None:
        while True:
            host, mac = await listener.reports.get()
            miner = await identify(host)
            if miner and miner.mac == mac:
                found[mac] = miner
                silent.discard(host)
            else:
                silent.add(host)
                listener.forget(host)
            report(len(found), len(silent))
            listener.reports.task_done()

    with closing(transport), suppress(TimeoutError):
        async with asyncio.timeout(MAX_TIME), asyncio.TaskGroup() as group:
            workers = [group.create_task(work()) for _ in range(_IDENTIFIED_AT_ONCE)]
            while await listener.hears(NEXT_TIMEOUT if found else FIRST_TIMEOUT):
                await listener.reports.join()
            for worker in workers:
                worker.cancel()
    return sorted(found.values(), key=lambda miner: IPv4Address(miner.host))


class _Listener(asyncio.DatagramProtocol):
    """Takes one report of each address at a time."""

    def __init__(self) -> None:
        """Start with none."""
        self.reports = asyncio.Queue[_Report]()
        self._heard = asyncio.Event()
        self._deaf_until: dict[str, float] = {}

    async def hears(self, seconds: float) -> bool:
        """Wait for a report; False when none came in that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        heard = self._heard.is_set()
        self._heard.clear()
        return heard

    def forget(self, host: str) -> None:
        """Take another report of this address, after a while."""
        self._deaf_until[host] = asyncio.get_running_loop().time() + AGAIN_AFTER

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take a report of the sender's own local address; pass over all else."""
        report = parse_report(data)
        if report is None or report[0] != addr[0]:
            return
        host, _ = report
        full = len(self._deaf_until) >= MAX_ADDRESSES
        deaf_until = self._deaf_until.get(host, inf if full else 0)
        if deaf_until <= asyncio.get_running_loop().time():
            self._deaf_until[host] = inf
            self._heard.set()
            self.reports.put_nowait(report)


def parse_report(data: bytes) -> _Report | None:
    """Return address and MAC address of a report; None when it is none."""
    if (match := _REPORT.fullmatch(data)) is None:
        return None
    host, mac = (part.decode() for part in match.groups())
    try:
        return (host, mac) if is_local(IPv4Address(host)) else None
    except AddressValueError:
        return None
