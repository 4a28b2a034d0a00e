"""Repairs that only the user can do: reported while the problem lasts, then withdrawn."""

import asyncio
from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOCUMENTATION, DOMAIN
from .device_text import escape_markdown
from .names import shown_name
from .runtime import WhatsminerConfigEntry

# A miner that starts is silent for a minute or two, and tokens live for 30 minutes:
# what lasts for so many seconds does not go away by itself.
LASTING = 600.0


def _write_access_off(entry: WhatsminerConfigEntry) -> bool | None:
    """Return whether the miner refuses commands, although a password is there."""
    if not entry.runtime_data.access.is_checked:
        return None
    miner = entry.runtime_data.miner
    return miner.can_write and miner.write_access is False


def _default_password(entry: WhatsminerConfigEntry) -> bool | None:
    """Return whether the miner has the password that every new one has.

    That it does is sure where it said yes or no to what was sent with the password.
    """
    runtime = entry.runtime_data
    if not runtime.access.is_checked:
        return None
    return (
        runtime.access.accepted is True
        and runtime.miner.write_access is not None
        and runtime.miner.has_default_password
    )


def _token_table_full(entry: WhatsminerConfigEntry) -> bool:
    """Return whether the miner has had no free token for a long time."""
    return _lasts(entry.runtime_data.access.busy_since)


def _unknown_firmware(entry: WhatsminerConfigEntry) -> bool:
    """Return whether the miner's API is newer than the known ones, or reports no hashrate."""
    runtime = entry.runtime_data
    return runtime.miner.is_newer_than_known or _lasts(runtime.coordinator.silent_since)


# Those with a dialog that helps, which is in repairs.py.
FIXABLE = ("write_access_off", "default_password")
ISSUES: dict[str, tuple[Callable[[WhatsminerConfigEntry], bool | None], str]] = {
    "write_access_off": (_write_access_off, "setup.md#turn-on-commands"),
    "default_password": (_default_password, "setup.md#change-address-or-password"),
    "token_table_full": (_token_table_full, "troubleshooting.md"),
    "unknown_firmware": (_unknown_firmware, "capture.md"),
}


@callback
def update_issues(hass: HomeAssistant, entry: WhatsminerConfigEntry) -> None:
    """Create the issues that the miner shows, and withdraw the others."""
    coordinator = entry.runtime_data.coordinator
    if not coordinator.last_update_success:
        return
    identity = coordinator.data.identity
    name = shown_name(hass, entry)
    for key, (applies, document) in ISSUES.items():
        if (is_so := applies(entry)) is None:
            # Not known yet: a repair that the user ignores must stay ignored.
            continue
        if not is_so:
            ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry.entry_id}")
            continue
        placeholders = {
            # The title is shown as it is; the description renders Markdown.
            "name": name,
            "miner": escape_markdown(name),
            "firmware": escape_markdown(identity.firmware or "?"),
            "api_version": escape_markdown(identity.api_version or "?"),
            "documentation": f"{DOCUMENTATION}/{document}",
        }
        ir.async_create_issue(
            hass,
            DOMAIN,
            f"{key}_{entry.entry_id}",
            data={"entry_id": entry.entry_id, "key": key, **placeholders},
            is_fixable=key in FIXABLE,
            severity=ir.IssueSeverity.WARNING,
            learn_more_url=f"{DOCUMENTATION}/{document}",
            translation_key=key,
            translation_placeholders=placeholders,
        )


@callback
def delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw all issues of an entry."""
    for key in ISSUES:
        ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry_id}")


def _lasts(since: float | None) -> bool:
    """Return whether something has lasted for a long time, from a loop time on."""
    return since is not None and asyncio.get_running_loop().time() - since >= LASTING
