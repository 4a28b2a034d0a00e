"""What only the user can mend: told as long as the miner shows it, then withdrawn."""

from collections.abc import Callable
import re
from typing import TYPE_CHECKING, Final

from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .client import DEFAULT_ACCOUNT
from .const import CONF_ACCOUNT, DOCUMENTATION, DOMAIN
from .device_text import escape_markdown, one_line

if TYPE_CHECKING:
    from .coordinator import WhatsminerCoordinator

# A miner that starts is silent for a minute or two, and tokens live for 30 minutes:
# what lasts for so many seconds does not go away by itself.
LASTING = 600.0

_DEFAULT_PASSWORD_V2 = "admin"
# The newest that this integration has met: of API 1 and 2, and of API 3.
_NEWEST: Final = {1: 999, 2: 2, 3: 0}


def _write_access_off(coordinator: WhatsminerCoordinator) -> bool:
    """Tell whether the miner refuses to be steered, although a password is there."""
    return coordinator.miner.can_write and coordinator.miner.write_access is False


def _default_password(coordinator: WhatsminerCoordinator) -> bool:
    """Tell whether the miner has the password that every new one has.

    That it does is sure where it said yes or no to what was sent with the password.
    """
    if not coordinator.password_taken or coordinator.miner.write_access is None:
        return False
    data = coordinator.config_entry.data
    defaults = {_DEFAULT_PASSWORD_V2}
    if coordinator.miner.speaks_v3:
        # As delivered, the password of each account is its name.
        defaults.add(data.get(CONF_ACCOUNT, DEFAULT_ACCOUNT))
    return data[CONF_PASSWORD] in defaults


def _token_table_full(coordinator: WhatsminerCoordinator) -> bool:
    """Tell whether the miner has had no token left for long."""
    return _lasts(coordinator, coordinator.busy_since)


def _unknown_firmware(coordinator: WhatsminerCoordinator) -> bool:
    """Tell whether the miner's API is newer than all that were met, or says nothing."""
    return _is_new(coordinator.data.identity.api_version) or _lasts(
        coordinator, coordinator.silent_since
    )


ISSUES: dict[str, tuple[Callable[[WhatsminerCoordinator], bool], str]] = {
    "write_access_off": (_write_access_off, "setup.md"),
    "default_password": (_default_password, "setup.md"),
    "token_table_full": (_token_table_full, "troubleshooting.md"),
    "unknown_firmware": (_unknown_firmware, "capture.md"),
}


@callback
def update_issues(coordinator: WhatsminerCoordinator) -> None:
    """Create the issues that the miner shows, and withdraw the others."""
    hass, entry = coordinator.hass, coordinator.config_entry
    identity = coordinator.data.identity
    for key, (applies, document) in ISSUES.items():
        if not applies(coordinator):
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


def _lasts(coordinator: WhatsminerCoordinator, since: float | None) -> bool:
    """Tell whether something that began then goes on for long."""
    return since is not None and coordinator.hass.loop.time() - since >= LASTING
