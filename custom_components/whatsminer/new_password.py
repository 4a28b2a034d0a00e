"""Change the password on a miner, for the dialogs."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.exceptions import HomeAssistantError

from .client.protocol import NEW_PASSWORD
from .forms import CONF_NEW_PASSWORD, CONF_REPEATED
from .runtime import WhatsminerConfigEntry

# What refuses a new password is not what refuses to prove one.
NOT_CHANGED = {
    "invalid_auth": "old_password",
    "command_refused": "change_refused",
    "unknown_command": "change_refused",
}


async def async_change_password(
    entry: WhatsminerConfigEntry, entered: Mapping[str, Any]
) -> dict[str, str]:
    """Change the password on the miner and in its entry; return the errors by field.

    Only the owner of the connection does it, which proves the new one, too.
    """
    new = entered[CONF_NEW_PASSWORD]
    if not NEW_PASSWORD.fullmatch(new):
        return {CONF_NEW_PASSWORD: "password_not_allowed"}
    if new != entered[CONF_REPEATED]:
        return {CONF_REPEATED: "not_the_same"}
    if new == entry.data.get(CONF_PASSWORD):
        return {CONF_NEW_PASSWORD: "same_password"}
    if entry.state is not ConfigEntryState.LOADED:
        return {"base": "not_loaded"}
    try:
        await entry.runtime_data.commands.async_change_password(new)
    except HomeAssistantError as err:
        key = err.translation_key or "unknown"
        return {"base": NOT_CHANGED.get(key, key)}
    return {}
