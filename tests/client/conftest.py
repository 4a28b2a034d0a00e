"""Fixtures for tests of the client."""

import pytest

from custom_components.whatsminer.client import Miner
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner


@pytest.fixture
def miner(simulated: SimulatedMiner) -> Miner:
    """Return a client of the simulated miner, with its password."""
    return Miner(simulated.host, PASSWORD, port=simulated.port)


@pytest.fixture
def reader(simulated: SimulatedMiner) -> Miner:
    """Return a client of the simulated miner, without a password."""
    return Miner(simulated.host, port=simulated.port)
