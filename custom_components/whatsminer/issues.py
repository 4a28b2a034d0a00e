"""What only the user can mend: reported as long as the miner shows it, then withdrawn."""

import asyncio
from collections.abc import Callable
import re
from typing import Final

from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .client import DEFAULT_ACCOUNT
from .const import CONF_ACCOUNT, DOCUMENTATION, DOMAIN
from .device_text import escape_markdown, one_line
from .runtime import WhatsminerConfigEntry

# A miner that starts is silent for a minute or two, and tokens live for 30 minutes:
# what lasts for so many seconds does not go away by itself.
LASTING = 600.0

_DEFAULT_PASSWORD_V2 = "admin"
# The newest that this integration has met: of API 1 and 2, and of API 3.
_NEWEST: Final = {1: 999, 2: 2, 3: 0}


def _write_access_off(entry: WhatsminerConfigEntry) -> bool:
    """Return whether the miner refuses commands, although a password is there."""
    miner = entry.runtime_data.miner
    return miner.can_write and miner.write_access is False


def _default_password(entry: WhatsminerConfigEntry) -> bool:
    """Return whether the miner has the password that every new one has.

    That it does is sure where it said yes or no to what was sent with the password.
    """
    runtime = entry.runtime_data
    if not runtime.access.taken or runtime.miner.write_access is None:
        return False
    defaults = {_DEFAULT_PASSWORD_V2}
    if runtime.miner.speaks_v3:
        # As delivered, the password of each account is its name.
        defaults.add(entry.data.get(CONF_ACCOUNT, DEFAULT_ACCOUNT))
    return entry.data[CONF_PASSWORD] in defaults


def _token_table_full(entry: WhatsminerConfigEntry) -> bool:
    """Return whether the miner has had no token left for long."""
    return _lasts(entry.runtime_data.access.busy_since)


def _unknown_firmware(entry: WhatsminerConfigEntry) -> bool:
    """Return whether the miner's API is newer than all that were met, or silent."""
    coordinator = entry.runtime_data.coordinator
    return _is_new(coordinator.data.identity.api_version) or _lasts(
        coordinator.silent_since
    )


ISSUES: dict[str, tuple[Callable[[WhatsminerConfigEntry], bool], str]] = {
    "write_access_off": (_write_access_off, "setup.md"),
    "default_password": (_default_password, "setup.md"),
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
    for key, (applies, document) in ISSUES.items():
        if not applies(entry):
            ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry.entry_id}")
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            f"{key}_{entry.entry_id}",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            learn_more_url=f"{DOCUMENTATION}/{document}",
            translation_key=key,
            translation_placeholders={
                # The title is shown as it is; the description renders Markdown.
                "name": one_line(entry.title),
                "miner": escape_markdown(entry.title),
                "firmware": escape_markdown(identity.firmware or "?"),
                "api_version": escape_markdown(identity.api_version or "?"),
                "documentation": f"{DOCUMENTATION}/{document}",
            },
        )


@callback
def delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw all issues of an entry."""
    for key in ISSUES:
        ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry_id}")


def _is_new(api_version: str | None) -> bool:
    """Tell whether a version of the API was not met yet; the last number is no matter."""
    # Python reads no number of thousands of digits.
    numbers = [int(each) for each in re.findall(r"\d{1,9}", api_version or "")]
    if not numbers:
        return False
    major, minor = (*numbers, 0)[:2]
    return minor > _NEWEST.get(major, -1)


def _lasts(since: float | None) -> bool:
    """Return whether something that began then, in loop time, goes on for long."""
    return since is not None and asyncio.get_running_loop().time() - since >= LASTING
