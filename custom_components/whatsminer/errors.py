"""Put what went wrong into words: the one place where errors are translated."""

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed

from .client import (
    AuthenticationError,
    CommandFailed,
    InvalidResponse,
    MinerBusy,
    MinerUnreachable,
    NotAWhatsminer,
    PasswordMissing,
    UnknownCommand,
    WhatsminerError,
    WriteAccessDisabled,
    WrongDevice,
)
from .const import DOMAIN

# The first that fits counts: the special ones stand before their parents.
ERROR_KEYS: tuple[tuple[type[WhatsminerError], str], ...] = (
    (WrongDevice, "wrong_device"),
    (MinerUnreachable, "unreachable"),
    (MinerBusy, "busy"),
    (AuthenticationError, "invalid_auth"),
    (PasswordMissing, "password_missing"),
    (WriteAccessDisabled, "write_access_disabled"),
    (UnknownCommand, "unknown_command"),
    (CommandFailed, "command_refused"),
    (NotAWhatsminer, "not_a_whatsminer"),
    (InvalidResponse, "invalid_response"),
    (WhatsminerError, "unknown"),
)


def error_key(err: WhatsminerError) -> str:
    """Return the key that names an error in the translations."""
    return next(key for kind, key in ERROR_KEYS if isinstance(err, kind))


def command_error(err: WhatsminerError, name: str) -> HomeAssistantError:
    """Return the translated error of a command that could not be done."""
    return _translated(HomeAssistantError, err, name)


def update_error(err: WhatsminerError, name: str) -> UpdateFailed:
    """Return the translated error of a poll that failed."""
    return _translated(UpdateFailed, err, name)


def _translated[_ErrorT: HomeAssistantError](
    kind: type[_ErrorT], err: WhatsminerError, name: str
) -> _ErrorT:
    """Make an error that names the miner and quotes its own code and words."""
    placeholders = {"name": name}
    if isinstance(err, CommandFailed):
        placeholders |= {
            "command": err.command,
            "code": "?" if err.code is None else str(err.code),
            "message": err.message,
        }
    if isinstance(err, MinerBusy):
        placeholders["seconds"] = f"{err.retry_after:.0f}"
    return kind(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders=placeholders,
    )
