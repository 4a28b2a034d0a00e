"""Translate errors into words."""

from collections import defaultdict
from collections.abc import Sequence

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

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
from .device_text import one_line

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


# What names a miner, in the errors of this integration and of Home Assistant.
_NAMES = ("name", "entry_title", "device_name", "device_id")
# A toast and a log line have an end, and a farm has hundreds of miners: how many values
# are shown, and how long each may be.
_NAMES_SHOWN = (200, 60)
_OTHERS_SHOWN = (3, 255)
# What belongs together: miners with another range get a sentence of their own.
_RANGE = ("lowest", "highest")


def error_key(err: WhatsminerError) -> str:
    """Return the key that names an error in the translations."""
    return next(key for kind, key in ERROR_KEYS if isinstance(err, kind))


def join_errors(
    errors: Sequence[HomeAssistantError], miners: int, *, is_sent: bool = True
) -> HomeAssistantError:
    """Return one error for all miners that failed, or kept all from being sent anything.

    It has a sentence for each kind of error, which names all miners.
    """
    if miners == 1 or (is_sent and len(errors) == 1):
        return errors[0]
    kinds = defaultdict[tuple[str, ...], list[dict[str, str]]](list)
    others: list[str] = []
    for err in errors:
        if err.translation_domain and err.translation_key:
            placeholders = err.translation_placeholders or {}
            limits = (placeholders.get(name, "") for name in _RANGE)
            kind = (err.translation_domain, err.translation_key, *limits)
            kinds[kind].append(placeholders)
        else:
            others.append(str(err))
    sentences = [
        _sentence(domain, key, same) for (domain, key, *_), same in kinds.items()
    ]
    if others:
        sentences.append(_join("", others))
    refused = all(isinstance(err, ServiceValidationError) for err in errors)
    return (ServiceValidationError if refused else HomeAssistantError)(
        translation_domain=DOMAIN,
        translation_key="several_failed" if is_sent else "nothing_sent",
        translation_placeholders={
            "failed": str(len(errors)),
            "miners": str(miners),
            # Home Assistant takes the full stop from the end of each.
            "errors": ". ".join(map(_capitalized, sentences)),
        },
    )


def _sentence(domain: str, key: str, same: Sequence[dict[str, str]]) -> str:
    """Return one sentence for errors of a kind, behind the names of their miners."""
    words = {name: _join(name, [each[name] for each in same]) for name in same[0]}
    names = ""
    if "name" in words and len(same) > 1:
        names, words["name"] = f"{words['name']}: ", "the miner"
    error = HomeAssistantError(
        translation_domain=domain, translation_key=key, translation_placeholders=words
    )
    return names + _capitalized(str(error))


def _capitalized(text: str) -> str:
    """Return a sentence with a capital letter."""
    return text[:1].upper() + text[1:]


def _join(placeholder: str, texts: Sequence[str]) -> str:
    """Return the shared words of several errors: all names, and a few other values."""
    different = list(dict.fromkeys(texts))
    most, longest = _NAMES_SHOWN if placeholder in _NAMES else _OTHERS_SHOWN
    joined = ", ".join(one_line(each, longest) for each in different[:most])
    if (more := len(different) - most) > 0:
        joined += f", \u2026 (+{more})"
    return joined


def translate_error[_ErrorT: HomeAssistantError](
    kind: type[_ErrorT], err: WhatsminerError, name: str, key: str | None = None
) -> _ErrorT:
    """Return an error of a kind; it names the miner and quotes its code and words.

    A key says more than that of the error.
    """
    placeholders = {"name": name}
    if isinstance(err, CommandFailed):
        placeholders |= {
            "command": one_line(err.command),
            "code": "?" if err.code is None else str(err.code),
            "message": one_line(err.message),
        }
    if isinstance(err, MinerBusy):
        placeholders["seconds"] = f"{err.retry_after:.0f}"
    return kind(
        translation_domain=DOMAIN,
        translation_key=key or error_key(err),
        translation_placeholders=placeholders,
    )
