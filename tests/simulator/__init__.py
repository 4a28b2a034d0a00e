"""A pretend WhatsMiner over real TCP, for tests and demonstrations.

    async with SimulatedMiner(api="dual", clock=ManualClock()) as miner:
        ... connect to (miner.host, miner.port) or (miner.host, miner.v3_port) ...

It shares no code with the integration, so that the two cannot share a mistake.
`python -m tests.simulator --help` starts it from the command line.
"""

from .clock import Clock, ManualClock, ScaledClock
from .faults import Faults
from .generation import COOLINGS, DEFAULT_API, GENERATIONS
from .machine import Machine, Phase
from .miner import SimulatedMiner
from .profile import DEFAULT_MODEL, MODELS, MachineProfile
from .tokens import FACTORY_PASSWORD
from .traffic import Request, Traffic

__all__ = [
    "COOLINGS",
    "DEFAULT_API",
    "DEFAULT_MODEL",
    "FACTORY_PASSWORD",
    "GENERATIONS",
    "MODELS",
    "Clock",
    "Faults",
    "Machine",
    "MachineProfile",
    "ManualClock",
    "Phase",
    "Request",
    "ScaledClock",
    "SimulatedMiner",
    "Traffic",
]
