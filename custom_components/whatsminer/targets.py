"""Which miners an action means."""

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.service import async_get_device_and_config_entry
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)

from .client import Capability
from .const import DOMAIN, LOGGER, is_manager
from .errors import join_errors
from .runtime import WhatsminerRuntime


def find_miners(
    call: ServiceCall, what: Capability | None
) -> dict[str, WhatsminerRuntime]:
    """Return the miners of a call by device; raises if one of them can never do it.

    What is no miner is passed over.
    """
    runtimes: dict[str, WhatsminerRuntime] = {}
    errors: list[HomeAssistantError] = []
    not_there, entry_ids = 0, set[str]()
    for device_id in _device_ids(call):
        if _is_of_manager(call.hass, device_id):
            continue
        try:
            _, entry = async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
        except ServiceValidationError as err:
            if err.translation_key != "service_device_wrong_domain":
                errors.append(err)
                not_there += 1
            continue
        # A device that was split from another is known by two ids.
        if entry.entry_id in entry_ids:
            continue
        entry_ids.add(entry.entry_id)
        runtime: WhatsminerRuntime = entry.runtime_data
        coordinator = runtime.coordinator
        runtimes[device_id] = runtime
        if what is not None and what not in coordinator.data.capabilities:
            errors.append(
                ServiceValidationError(
                    translation_domain=DOMAIN,
                    translation_key="not_capable",
                    translation_placeholders={"name": coordinator.shown_name},
                )
            )
    if errors:
        raise join_errors(errors, len(runtimes) + not_there, is_sent=False)
    if not runtimes:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_miner"
        )
    return runtimes


def _is_of_manager(hass: HomeAssistant, device_id: str) -> bool:
    """Return whether a device is that of a power manager, set up or not."""
    device = dr.async_get(hass).async_get(device_id)
    if device is None:
        return False
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    return entry is not None and is_manager(entry)


def _device_ids(call: ServiceCall) -> list[str]:
    """Return the devices of a call: first those that it names, then those of its targets.

    A label of an entity means its device; the area of an entity does not, as a sensor
    can be put into another room than its miner. A disabled device has to be named.
    """
    entities, devices = er.async_get(call.hass), dr.async_get(call.hass)
    target = TargetSelection(call.data)
    named = call.data[ATTR_DEVICE_ID] if target.device_ids else []
    meant = async_extract_referenced_entity_ids(
        call.hass, TargetSelection({**call.data, ATTR_DEVICE_ID: None})
    )
    meant.log_missing(set(), LOGGER)
    labelled = [
        each
        for label_id in target.label_ids
        for each in er.async_entries_for_label(entities, label_id)
        if each.hidden_by is None
    ]
    by_entity = [entities.async_get(entity_id) for entity_id in meant.referenced]
    device_ids = meant.referenced_devices | {
        each.device_id for each in (*labelled, *by_entity) if each and each.device_id
    }
    found = [devices.async_get(device_id) for device_id in device_ids]
    enabled = [each for each in found if each and not each.disabled]
    enabled.sort(key=lambda each: each.name or "")
    return list(dict.fromkeys((*named, *(each.id for each in enabled))))
