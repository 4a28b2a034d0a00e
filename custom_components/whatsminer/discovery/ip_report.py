"""Listen for the button "IP report" of the miners, in the local network.

A miner whose button is pressed sends a datagram to all. That is only a hint: who is at
the address it has to say itself. Anybody in the network can send any number of them, in
any name; a flood costs a bounded amount of memory and connections, and the miner whose
button is pressed meanwhile is still heard.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
import re
import socket

from .scan import FoundMiner, identify, is_local, probe

LISTEN_ADDRESS = "0.0.0.0"
LISTEN_PORT = 8888
"""UDP port to which the miners send."""
FIRST_TIMEOUT = 120.0
"""Seconds to wait for another report, as long as no miner is found."""
NEXT_TIMEOUT = 20.0
"""Seconds to wait for another one: from one miner to the next one has to walk."""
MAX_TIME = 900.0
"""Seconds after which the listening ends, whatever comes."""
MAX_ADDRESSES = 1024
"""As many addresses are remembered at most; the oldest that is no miner is forgotten."""
AGAIN_AFTER = 5.0
"""Seconds after which who did not answer as a miner is asked again, if it reports."""
AGAIN_MOST = 30.0
"""The same, at most: each time that an address is no miner, it rests twice as long."""

_PROBED_AT_ONCE = 32
_IDENTIFIED_AT_ONCE = 4
_TAKEN_AT_ONCE = 256
_LONGEST = 64
_MACS = 8
_TICK = 0.1
_REPORT = re.compile(rb"IP:([0-9.]{7,15})MAC:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\0?")

type _Report = tuple[str, str]


async def listen(report: Callable[[int, int], None]) -> list[FoundMiner]:
    """Return the miners whose button was pressed.

    Reports how many there are by now, and how many were heard and did not answer as
    miners. Goes on while one is asked. Raises OSError when the port is taken.
    """
    listener = _Listener()
    shown = (0, 0)
    with closing(listener), suppress(TimeoutError):
        async with asyncio.timeout(MAX_TIME), asyncio.TaskGroup() as group:
            workers = [
                group.create_task(listener.ask(newest=n % 2 == 1))
                for n in range(_PROBED_AT_ONCE)
            ]
            while not listener.is_over:
                await asyncio.sleep(_TICK)
                # Not at each change: in a flood there are thousands a second.
                if (counts := listener.counts) != shown:
                    shown = counts
                    report(*counts)
            for worker in workers:
                worker.cancel()
    return sorted(listener.found.values(), key=lambda miner: IPv4Address(miner.host))


@dataclass(slots=True)
class _Sender:
    """An address that reported."""

    macs: deque[str] = field(default_factory=lambda: deque(maxlen=_MACS))
    """What it is said to have; somebody else may have said so in its name."""
    is_asked: bool = False
    miner: FoundMiner | None = None
    """What answered there."""
    failures: int = 0
    rests_until: float = 0

    @property
    def is_proven(self) -> bool:
        """Return whether the miner at the address is one that was reported.

        One that has no MAC address to give is recognized by its address.
        """
        miner = self.miner
        return miner is not None and (miner.mac is None or miner.mac in self.macs)


class _Listener:
    """Takes reports, and asks who is there."""

    def __init__(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self.found: dict[str, FoundMiner] = {}
        self._silent = set[str]()
        self._senders: dict[str, _Sender] = {}
        self._waiting: dict[str, _Sender] = {}
        self._more = asyncio.Event()
        self._identifying = asyncio.Semaphore(_IDENTIFIED_AT_ONCE)
        self._asking = 0
        self._loop = asyncio.get_running_loop()
        self._last_heard = self._loop.time()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind((LISTEN_ADDRESS, LISTEN_PORT))
        except OSError:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket, self._receive)

    def close(self) -> None:
        """Free the port."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many are miners, and how many did not answer as such."""
        return len(self.found), len(self._silent)

    @property
    def is_over(self) -> bool:
        """Return whether nobody is asked, and nobody was heard for long."""
        patience = NEXT_TIMEOUT if self.found else FIRST_TIMEOUT
        return not self._asking and self._loop.time() >= self._last_heard + patience

    async def ask(self, *, newest: bool) -> None:
        """Ask one address after the other who is there, for ever.

        Half of those who ask begin with the newest: a miner that came after a flood
        need not wait, nor does one that came before it.
        """
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            host = next(reversed(self._waiting) if newest else iter(self._waiting))
            sender = self._waiting.pop(host)
            sender.is_asked = True
            if await probe(host):
                await self._identify(host, sender)
            sender.is_asked = False
            if not sender.is_proven:
                self._silent.add(host)
                rest = min(AGAIN_AFTER * 2**sender.failures, AGAIN_MOST)
                sender.failures = min(sender.failures + 1, 10)
                sender.rests_until = self._loop.time() + rest

    async def _identify(self, host: str, sender: _Sender) -> None:
        """Ask who is there, and keep a miner that was reported."""
        self._asking += 1
        async with self._identifying:
            sender.miner = await identify(host)
        self._asking -= 1
        self._last_heard = self._loop.time()
        self._keep(host, sender)

    def _keep(self, host: str, sender: _Sender) -> None:
        """Keep the miner at an address, if it is the one that was reported."""
        if sender.miner and sender.is_proven:
            self.found[sender.miner.key] = sender.miner
            self._silent.discard(host)
            self._last_heard = self._loop.time()

    def _receive(self) -> None:
        """Take reports of their senders' own local addresses; pass over all else.

        Many at a time: while as many wait, the system drops what comes.
        """
        with suppress(OSError):
            for _ in range(_TAKEN_AT_ONCE):
                data, (sender, _) = self._socket.recvfrom(_LONGEST)
                report = parse_report(data)
                if report and report[0] == sender:
                    self._take(*report)

    def _take(self, host: str, mac: str) -> None:
        """Note a report, and have its address asked unless it rests."""
        sender = self._senders.get(host)
        if sender is None:
            if len(self._senders) >= MAX_ADDRESSES and not self._forget_one():
                return
            sender = self._senders[host] = _Sender()
        if sender.is_proven:
            return
        if mac not in sender.macs:
            sender.macs.append(mac)
        self._keep(host, sender)
        now = self._loop.time()
        if sender.is_proven or sender.is_asked or now < sender.rests_until:
            return
        self._waiting.pop(host, None)
        self._waiting[host] = sender
        self._more.set()
        if not self.found:
            # Later only who takes a connection keeps the listening going.
            self._last_heard = now

    def _forget_one(self) -> bool:
        """Forget the oldest address that is no miner; False when there is none."""
        for host, sender in self._senders.items():
            if not sender.is_proven and not sender.is_asked:
                del self._senders[host]
                self._waiting.pop(host, None)
                self._silent.discard(host)
                return True
        return False


def parse_report(data: bytes) -> _Report | None:
    """Return address and MAC address of a report; None when it is none."""
    if (match := _REPORT.fullmatch(data)) is None:
        return None
    host, mac = (part.decode() for part in match.groups())
    try:
        return (host, mac) if is_local(IPv4Address(host)) else None
    except AddressValueError:
        return None
