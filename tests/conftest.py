"""What all tests share: a simulated miner, and sockets on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import cycle
import logging
import os
from typing import Any

import freezegun.api
import pytest
import pytest_socket

from .fair_clock import FairClock
from .replay.table import print_captures
from .simulator import ManualClock, SimulatedMiner

PASSWORD = "Secret_7"

# Two runs of the tests at the same time must not meet.
_RUN = os.getpid() & 0x7FFF
_ADDRESSES = cycle(range(1, 255))


def pytest_configure() -> None:
    """Save what no test looks at."""
    # What Home Assistant says besides warnings is a twelfth of a set-up.
    logging.getLogger("homeassistant").setLevel(logging.WARNING)
    # Who asks for the time: all that ask are given the frozen one. Modules that need the
    # real one have it of their own.
    freezegun.api.call_stack_inspection_limit = 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the captures read as."""
    print_captures(terminalreporter)


@pytest.fixture(autouse=True)
def loopback_sockets(socket_enabled: None) -> Iterator[None]:
    """Allow connections to any loopback address, and to no other."""
    pytest_socket.socket_allow_hosts(["127.0.0.0/8"])
    yield
    pytest_socket.socket_allow_hosts(["127.0.0.1"])


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the loop's debug mode to pytest's --asyncio-debug: it doubles the time."""


@pytest.fixture(autouse=True)
async def fair_clock(configure_event_loop: None) -> None:
    """Let no time pass in which the machine lets others run."""
    FairClock(asyncio.get_running_loop())


def at_home(**settings: Any) -> SimulatedMiner:
    """Return a simulated miner on the usual ports of a loopback address of its own."""
    return SimulatedMiner(
        host=f"127.{_RUN >> 8 | 128}.{_RUN & 255}.{next(_ADDRESSES)}",
        port=4028,
        v3_port=4433,
        **{"password": PASSWORD, "v3_password": PASSWORD, **settings},
    )


async def until(is_so: Callable[[], Any]) -> None:
    """Wait until something is so; the bound is only for what never comes."""
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.005)


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still until it is advanced."""
    return ManualClock()


@pytest.fixture
async def simulated(clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner that hashes."""
    async with SimulatedMiner(password=PASSWORD, clock=clock) as miner:
        yield miner
