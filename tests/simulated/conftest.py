"""A simulated miner whose time a test moves."""

from collections.abc import AsyncGenerator

import pytest

from tests.simulator import ManualClock, SimulatedMiner

from .common import Session, V3Client


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


@pytest.fixture
async def miner(
    socket_enabled: None, clock: ManualClock
) -> AsyncGenerator[SimulatedMiner]:
    """Return a hashing miner."""
    async with SimulatedMiner(clock=clock) as miner:
        miner.faults.hang_seconds = 0.05
        miner.faults.late_seconds = 0.02
        yield miner


@pytest.fixture
async def session(miner: SimulatedMiner) -> Session:
    """Return a client with a token."""
    return await Session.open(miner)


@pytest.fixture
async def dual(
    socket_enabled: None, clock: ManualClock
) -> AsyncGenerator[SimulatedMiner]:
    """Return a hashing miner that speaks API v2 and v3."""
    async with SimulatedMiner(api="dual", clock=clock) as miner:
        miner.faults.hang_seconds = 0.05
        yield miner


@pytest.fixture
async def client(dual: SimulatedMiner) -> AsyncGenerator[V3Client]:
    """Return a connection to API v3."""
    async with V3Client.open(dual) as client:
        yield client
