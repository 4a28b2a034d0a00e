"""Diagnostics of a miner, without secrets."""

from dataclasses import asdict
from math import isfinite
import re
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .client.protocol import ADDRESSES, secret_by_name
from .const import DOMAIN, is_manager
from .power_manager.diagnostics import describe_manager
from .runtime import WhatsminerRuntime

# What is shorter is found where it means something else; a password hardly is.
_SHORTEST = 6
_SHORTEST_PASSWORD = 4


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> dict[str, Any]:
    """Return diagnostics of a miner or a power manager."""
    found = {
        "entry": {"data": dict(entry.data), "options": dict(entry.options)},
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
    }
    if hasattr(entry, "runtime_data"):
        describe = describe_manager if is_manager(entry) else _describe
        found |= describe(entry.runtime_data)
    return redact(found)


def redact(found: dict[str, Any]) -> dict[str, Any]:
    """Return data without secrets, as JSON."""
    secrets: set[str] = set()
    _collect(found, secrets)
    redacted: dict[str, Any] = _redact(found, _patterns(secrets))
    return redacted


def _describe(runtime: WhatsminerRuntime) -> dict[str, Any]:
    """Return the data of a miner that is set up."""
    miner, coordinator = runtime.miner, runtime.coordinator
    pending = runtime.commands.pending
    problem = coordinator.last_exception
    return {
        "last_update_success": coordinator.last_update_success,
        "last_exception": problem and type(problem.__cause__ or problem).__name__,
        "has_accounts": miner.has_accounts,
        "can_write": miner.can_write,
        "write_access": miner.write_access,
        "password_taken": runtime.access.accepted,
        "pending": pending and pending.key,
        "data": asdict(coordinator.data),
        "answers": miner.answers,
    }


def _is_secret(name: Any, value: Any) -> bool:
    """Return whether a field is secret by its name; what has fields is looked into."""
    if isinstance(value, list):
        value = not any(isinstance(each, (dict, list)) for each in value)
        if not value:
            return False
    elif isinstance(value, (dict, tuple, bool)) or value in (None, ""):
        return False
    return secret_by_name(str(name)) is not None


def _collect(value: Any, secrets: set[str]) -> None:
    """Collect the secrets that may stand somewhere else, too."""
    for name, each in _items(value):
        if not _is_secret(name, each):
            _collect(each, secrets)
            continue
        shortest = _SHORTEST_PASSWORD if "pass" in str(name).lower() else _SHORTEST
        for text in each if isinstance(each, list) else (each,):
            whole = str(text)
            parts = {whole, whole.replace(":", ""), *re.split(r"[/:@.]+", whole)}
            secrets.update(
                part
                for part in parts
                if len(part) >= shortest
                and "*" not in part
                # The host name that a miner comes with, and a word of its texts.
                and part.lower() != DOMAIN
            )


def _items(value: Any) -> list[tuple[Any, Any]]:
    """Return the parts of a value with their names."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [(None, each) for each in value]
    return []


def _patterns(secrets: set[str]) -> tuple[re.Pattern[str], ...]:
    """Return what finds secrets and addresses in text; a mere word only as a whole."""
    words = {each for each in secrets if each.isalpha() or len(each) < _SHORTEST}
    # Where a word begins is looked for once: a hostile miner has thousands of them.
    own = (
        before + "|".join(map(re.escape, sorted(some, key=len, reverse=True))) + after
        for before, some, after in (
            ("(?:", secrets - words, ")"),
            (r"(?<!\w)(?:", words, r")(?!\w)"),
        )
        if some
    )
    return *(re.compile(each, re.IGNORECASE) for each in own), *ADDRESSES


def _redact(value: Any, patterns: tuple[re.Pattern[str], ...]) -> Any:
    """Return a value without secrets, in a form that JSON has."""
    if isinstance(value, dict):
        return {
            _redact_name(str(name), patterns): (
                REDACTED if _is_secret(name, each) else _redact(each, patterns)
            )
            for name, each in value.items()
        }
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, (list, tuple)):
        return [_redact(each, patterns) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        whole = str(value)
        return value if _redact(whole, patterns) == whole else REDACTED
    if isinstance(value, str):
        for pattern in patterns:
            value = pattern.sub(REDACTED, value)
        return value.encode("utf-8", "replace").decode()
    return value


def _redact_name(name: str, patterns: tuple[re.Pattern[str], ...]) -> str:
    """Return a field's name without secrets; one of mere words has none."""
    is_word = re.fullmatch(r"[A-Za-z _-]+", name) is not None
    redacted: str = name if is_word else _redact(name, patterns)
    return redacted
