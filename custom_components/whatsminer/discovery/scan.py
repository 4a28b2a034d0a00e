"""Look for miners in the local network, bounded and gently.

Needs nothing of Home Assistant.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
import socket

from ..client import (
    DEFAULT_PORT,
    DEFAULT_PORT_V3,
    Miner,
    MinerIdentity,
    WhatsminerError,
)

MAX_ADDRESSES = 1024
"""As many addresses are scanned at most: a network /22."""
CONNECT_TIMEOUT = 1.0
"""Seconds in which a device of the local network takes a connection."""

ASKED_AT_ONCE = 32
"""As many addresses are asked at once: those where nobody answers would hold up the rest."""

_LOCAL = tuple(
    IPv4Network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
    )
)


class NetworkError(ValueError):
    """The entered network cannot be scanned."""

    def __init__(self, key: str) -> None:
        """Remember the key that names the reason in the translations."""
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class FoundMiner:
    """A miner that answered and identified itself."""

    host: str
    identity: MinerIdentity

    @property
    def mac(self) -> str | None:
        """Return its MAC address; None if its firmware reports none."""
        return self.identity.mac

    @property
    def key(self) -> str:
        """Return the key that identifies it."""
        return self.mac or self.host


def is_local(address: IPv4Address) -> bool:
    """Return whether an address is one of a local network."""
    return any(address in network for network in _LOCAL)


def parse_network(text: str) -> list[IPv4Address]:
    """Return the addresses of what a user entered, in their order, each once.

    That is `192.168.1.0/24`, `192.168.1.10-60`, `192.168.1.10-192.168.2.20`, one
    address, or several of these with commas. Raises NetworkError.
    """
    try:
        parts = [_parse_part(part.strip()) for part in text.split(",")]
    except ValueError as err:
        raise NetworkError("invalid_network") from err
    if any(last < first for first, last in parts):
        raise NetworkError("invalid_network")
    addresses: list[IPv4Address] = []
    for first, last in sorted(parts):
        start = max(int(first), int(addresses[-1]) + 1) if addresses else int(first)
        new = range(start, int(last) + 1)
        if len(addresses) + len(new) > MAX_ADDRESSES:
            raise NetworkError("too_many_addresses")
        addresses += map(IPv4Address, new)
    if not all(map(is_local, addresses)):
        raise NetworkError("not_local")
    return addresses


def _parse_part(part: str) -> tuple[IPv4Address, IPv4Address]:
    """Return the first and the last address; raises ValueError for what is none."""
    if "-" not in part:
        network = IPv4Network(part, strict=False)
        # The ends of a network are nobody's; networks of one or two have none.
        edge = 1 if network.prefixlen < 31 else 0
        return network[edge], network[-1 - edge]
    first, last = (end.strip() for end in part.split("-"))
    if "." not in last:
        last = f"{first.rpartition('.')[0]}.{last}"
    return IPv4Address(first), IPv4Address(last)


async def scan(
    addresses: Sequence[IPv4Address], report: Callable[[float], None]
) -> list[FoundMiner]:
    """Return the miners at these addresses, each once; report the part that is done.

    Only who takes a connection is asked who it is. Nobody is connected to more than
    once at a time.
    """
    done = 0
    found: dict[str, FoundMiner] = {}
    waiting = iter(addresses)

    async def work() -> None:
        nonlocal done
        for address in waiting:
            host = str(address)
            if await probe(host) and (miner := await identify(host)):
                found.setdefault(miner.key, miner)
            done += 1
            report(done / len(addresses))

    async with asyncio.TaskGroup() as group:
        for _ in range(ASKED_AT_ONCE):
            group.create_task(work())
    return sorted(found.values(), key=lambda miner: IPv4Address(miner.host))


async def identify(host: str) -> FoundMiner | None:
    """Identify a miner; None if the device does not answer like one.

    One that has a MAC address to give is one only when it gives it.
    """
    miner = Miner(host)
    try:
        identity = await miner.identify()
    except WhatsminerError:
        return None
    finally:
        await miner.close()
    known = identity.mac or miner.is_plain_cgminer
    return FoundMiner(host, identity) if known else None


async def probe(host: str) -> bool:
    """Return whether a connection is taken on a port of the miners."""
    loop = asyncio.get_running_loop()
    for port in (DEFAULT_PORT, DEFAULT_PORT_V3):
        with suppress(OSError), socket.socket() as sock:  # a TimeoutError is one
            sock.setblocking(False)
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await loop.sock_connect(sock, (host, port))
            return True
    return False
