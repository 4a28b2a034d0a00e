"""What the user of an action may do."""

from homeassistant.auth.permissions.const import CAT_ENTITIES
from homeassistant.core import ServiceCall
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from .runtime import WhatsminerRuntime


async def may(call: ServiceCall, runtime: WhatsminerRuntime, permission: str) -> bool:
    """Return whether the user of a call has the permission for all entities of a miner.

    All, whether shown, hidden or disabled: an action reaches what they do, and who is
    let to some of them only has these. Automations have no user.
    """
    if call.context.user_id is None:
        return True
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=permission)
    entities = er.async_entries_for_config_entry(
        er.async_get(call.hass), runtime.coordinator.config_entry.entry_id
    )
    return user.is_admin or (
        bool(entities)
        and all(
            user.permissions.check_entity(each.entity_id, permission)
            for each in entities
        )
    )


async def require_permission(
    call: ServiceCall, runtime: WhatsminerRuntime, permission: str
) -> None:
    """Refuse a user without the permission for a miner."""
    if not await may(call, runtime, permission):
        raise Unauthorized(
            context=call.context,
            permission=permission,
            user_id=call.context.user_id,
            perm_category=CAT_ENTITIES,
        )


async def require_admin(call: ServiceCall) -> None:
    """Refuse a user who is not an administrator; automations have no user."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None or not user.is_admin:
        raise Unauthorized(context=call.context)
