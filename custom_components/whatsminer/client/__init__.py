"""An async client for MicroBT WhatsMiner miners; it does not need Home Assistant."""

from .controls import CONTROLS, Control
from .error_codes import Severity
from .exceptions import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    NotNow,
    PasswordMissing,
    UnknownCommand,
    WhatsminerError,
    WriteAccessDisabled,
    WrongDevice,
)
from .miner import DEFAULT_PORT, DEFAULT_PORT_V3, Miner
from .models import (
    Board,
    Capability,
    LedPattern,
    MinerData,
    MinerError,
    MinerIdentity,
    MiningState,
    Pool,
    PoolLogin,
    PowerSupply,
)
from .protocol import ACCOUNTS, DEFAULT_ACCOUNT

__all__ = [
    "ACCOUNTS",
    "CONTROLS",
    "DEFAULT_ACCOUNT",
    "DEFAULT_PORT",
    "DEFAULT_PORT_V3",
    "AuthenticationError",
    "Board",
    "Capability",
    "CommandFailed",
    "Control",
    "InvalidResponse",
    "LedPattern",
    "Miner",
    "MinerBusy",
    "MinerData",
    "MinerError",
    "MinerIdentity",
    "MinerUnreachable",
    "MiningState",
    "NoAnswer",
    "NotAWhatsminer",
    "NotNow",
    "PasswordMissing",
    "Pool",
    "PoolLogin",
    "PowerSupply",
    "Severity",
    "UnknownCommand",
    "WhatsminerError",
    "WriteAccessDisabled",
    "WrongDevice",
]
