"""What a user can attach to an issue, without secrets."""

from dataclasses import asdict
import re
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant

from .runtime import WhatsminerConfigEntry, WhatsminerRuntime

# Names in the entry, in the models and in the answers of all generations.
_SECRET = re.compile(
    r"host|hostname|ip|gateway|dns|mac|ntp(-server)?"
    r"|serial_number|serial_no|sn|(miner|power|customer|custom)-?sn"
    r"|pcb ?sn\d*|chip ?data\d*|chip"
    r"|url|stratum url|pool\d*|user|account|worker\d*|pass(wd|word)?\d*"
    r"|token|salt|newsalt|msg\d+",
    re.IGNORECASE,
)
_ADDRESSES = (
    re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:])"),
    re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"),
)
# What is shorter, or just a word, is found where it means something else.
_SHORTEST = 6


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: WhatsminerConfigEntry
) -> dict[str, Any]:
    """Return diagnostics of one miner."""
    found = {
        "entry": {"data": dict(entry.data), "options": dict(entry.options)},
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
    }
    if hasattr(entry, "runtime_data"):
        found |= _describe(entry.runtime_data)
    return redact(found)


def redact(found: dict[str, Any]) -> dict[str, Any]:
    """Return what was found without secrets, in a form that JSON has."""
    secrets: set[str] = set()
    _collect(found, secrets)
    redacted: dict[str, Any] = _redact(found, sorted(secrets, key=len, reverse=True))
    return redacted


def _describe(runtime: WhatsminerRuntime) -> dict[str, Any]:
    """Return all that is known of a miner that was set up."""
    miner, coordinator = runtime.miner, runtime.coordinator
    pending = runtime.commands.pending
    problem = coordinator.last_exception
    return {
        "last_update_success": coordinator.last_update_success,
        "last_exception": problem and type(problem.__cause__ or problem).__name__,
        "speaks_v3": miner.speaks_v3,
        "can_write": miner.can_write,
        "write_access": miner.write_access,
        "password_taken": runtime.access.taken,
        "pending": pending and pending.key,
        "data": asdict(coordinator.data),
        "answers": miner.answers,
    }


def _is_secret(name: Any, value: Any) -> bool:
    """Tell whether a field is secret by its name; what has fields is looked into."""
    if isinstance(value, list):
        value = not any(isinstance(each, (dict, list)) for each in value)
    return (
        _SECRET.fullmatch(str(name)) is not None
        and not isinstance(value, (dict, tuple))
        and value not in (None, "")
    )


def _collect(value: Any, secrets: set[str]) -> None:
    """Collect the secrets that may stand somewhere else, too."""
    for name, each in _items(value):
        if _is_secret(name, each):
            parts = {str(each), *re.split(r"[/:@]+", str(each))}
            secrets.update(
                part
                for part in parts
                if len(part) >= _SHORTEST and not part.isalpha() and "*" not in part
            )
        else:
            _collect(each, secrets)


def _items(value: Any) -> list[tuple[Any, Any]]:
    """Return what is in a value, with names."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [(None, each) for each in value]
    return []


def _redact(value: Any, secrets: list[str]) -> Any:
    """Return a value without secrets, in a form that JSON has."""
    if isinstance(value, dict):
        return {
            name: REDACTED if _is_secret(name, each) else _redact(each, secrets)
            for name, each in value.items()
        }
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, (list, tuple)):
        return [_redact(each, secrets) for each in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, REDACTED)
        for address in _ADDRESSES:
            value = address.sub(REDACTED, value)
    return value
