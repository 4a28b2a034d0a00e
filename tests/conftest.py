"""What all tests share: a simulated miner, and sockets on loopback."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_socket

from .simulator import ManualClock, SimulatedMiner

PASSWORD = "Secret_7"


@pytest.fixture(autouse=True)
def loopback_sockets(socket_enabled: None) -> Iterator[None]:
    """Allow connections to any loopback address, and to no other."""
    pytest_socket.socket_allow_hosts(["127.0.0.0/8"])
    yield
    pytest_socket.socket_allow_hosts(["127.0.0.1"])


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still until it is advanced."""
    return ManualClock()


@pytest.fixture
async def simulated(clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner that hashes."""
    async with SimulatedMiner(password=PASSWORD, clock=clock) as miner:
        yield miner
