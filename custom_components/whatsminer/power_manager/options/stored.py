"""The options of a power manager as they are stored, and as a form has them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import UnitOfTime

from ...const import CONF_MINERS
from ...selectors import accepts
from ..members import listed_miners
from .pages import DEFAULTS, OF_MINER, PAGES


def unreadable(stored: Mapping[str, Any]) -> list[str]:
    """Return the stored options that no form can have left, as after an edit by hand."""
    wrong = [
        key
        for rows in (rows for parts in PAGES.values() for rows in parts.values())
        for key, selector in rows.items()
        if stored.get(key, DEFAULTS[key]) != DEFAULTS[key]
        and not _accepts(selector, stored[key])
    ]
    for key, selector in OF_MINER.items():
        values = stored.get(key, {})
        if not isinstance(values, Mapping) or not all(
            _accepts(selector, each) for each in values.values()
        ):
            wrong.append(key)
    if stored.get(CONF_MINERS, []) != listed_miners(stored):
        wrong.append(CONF_MINERS)
    return wrong


def _accepts(selector: Any, value: Any) -> bool:
    """Return whether the field of an option can have left a value.

    A time may be shorter than the field takes: those of the demo's day are, by its speed.
    """
    return _is_short(getattr(selector, "config", {}), value) or accepts(selector, value)


def _is_short(field: Mapping[str, Any], value: Any) -> bool:
    """Return whether a value is some minutes, but fewer than a field takes."""
    is_time = field.get("unit_of_measurement") == UnitOfTime.MINUTES
    return is_time and isinstance(value, float) and 0 < value < field["min"]


def in_sections(page: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored options as a form has them."""
    return {
        name: {key: stored[key] for key in rows if key in stored}
        for name, rows in PAGES[page].items()
    }


def section_of(page: str, option: str) -> str:
    """Return the section of a form that has an option."""
    return next(name for name, rows in PAGES[page].items() if option in rows)


def replaced(
    page: str, stored: Mapping[str, Any], entered: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is stored with what was entered in a form in its place.

    Only what differs from the default is stored: one that becomes better reaches all who
    never changed it.
    """
    asked = {key for rows in PAGES[page].values() for key in rows}
    kept = {key: value for key, value in stored.items() if key not in asked}
    changed = {
        key: value
        for name in PAGES[page]
        for key, value in entered[name].items()
        if value != DEFAULTS[key]
    }
    return {**kept, **changed}
