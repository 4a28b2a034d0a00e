"""An async client for MicroBT WhatsMiner miners; knows nothing of Home Assistant."""

from .exceptions import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    PasswordMissing,
    UnknownCommand,
    WhatsminerError,
    WriteAccessDisabled,
)
from .miner import DEFAULT_PORT, Miner
from .models import Board, MinerData, MinerIdentity, MiningState, Pool

__all__ = [
    "DEFAULT_PORT",
    "AuthenticationError",
    "Board",
    "CommandFailed",
    "InvalidResponse",
    "Miner",
    "MinerBusy",
    "MinerData",
    "MinerIdentity",
    "MinerUnreachable",
    "MiningState",
    "NoAnswer",
    "NotAWhatsminer",
    "PasswordMissing",
    "Pool",
    "UnknownCommand",
    "WhatsminerError",
    "WriteAccessDisabled",
]
