"""Fixtures for tests of the client."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from custom_components.whatsminer.client import Miner, miner as client_miner
from custom_components.whatsminer.client.dialects import dual, v2, v3
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner


class Time:
    """The client's clock and the machine's, advanced together."""

    def __init__(self, clock: ManualClock) -> None:
        """Start at zero."""
        self.clock = clock
        self.now = 0.0

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.clock.advance(seconds)


def of(*generations: str) -> pytest.MarkDecorator:
    """Run a test with a miner of each of these generations."""
    return pytest.mark.parametrize("sim", generations, indirect=True)


@pytest.fixture
def time(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Time:
    """Return the time that the client goes by."""
    passing = Time(clock)
    for module in (v2, v3, dual, client_miner):
        monkeypatch.setattr(module, "monotonic", lambda: passing.now)
    return passing


@pytest.fixture
async def sim(request: Any, clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner of the generation asked for."""
    async with at_home(api=request.param, clock=clock) as simulated:
        yield simulated


@pytest.fixture
async def client(sim: SimulatedMiner) -> AsyncIterator[Miner]:
    """Return a client of the simulated miner of a generation, with its password."""
    client = Miner(sim.host, PASSWORD)
    yield client
    await client.close()


@pytest.fixture
def miner(simulated: SimulatedMiner) -> Miner:
    """Return a client of the simulated miner, with its password."""
    return Miner(simulated.host, PASSWORD, port=simulated.port)


@pytest.fixture
def reader(simulated: SimulatedMiner) -> Miner:
    """Return a client of the simulated miner, without a password."""
    return Miner(simulated.host, port=simulated.port)
