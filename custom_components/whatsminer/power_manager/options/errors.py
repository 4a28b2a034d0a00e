"""What is wrong about options that are entered together.

Each field is right by itself. But a limit that nothing is measured for would limit
nothing, a half of two times would be no time, and hours are only the cheapest where the
prices to come are known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from ..heating import highest_target, presets_of
from ..meters import number_in
from ..prices.hash_price import read_hash_price
from ..prices.points import Fault, PriceError
from ..prices.source import is_there, number_of, points_of, read_money
from ..settings import Settings
from .pages import CHARGES


def errors_of(
    entered: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield each error, as the translation names it, with the option where it stands.

    A form may be longer than the screen, so that is what the user has just changed: the
    option that needs another one, or that other one if it was taken away.
    """
    settings, earlier = Settings(**entered), Settings(**before)
    targets = presets_of(settings).values()
    phases = (settings.phase_1, settings.phase_2, settings.phase_3)
    sensors = [each for each in phases if each]
    heats = targets or settings.room_upper is not None
    if _is_half(settings.allowed_from, settings.allowed_until):
        yield "allowed_both_times", "allowed_from"
    if _is_half(settings.quiet_from, settings.quiet_until):
        yield "quiet_both_times", "quiet_from"
    if settings.fuse and not sensors:
        yield "fuse_without_sensor", "fuse"
    if len(set(sensors)) < len(sensors):
        yield "same_sensor_of_phases", "phase_1"
    if settings.price and settings.price_action:
        yield "entity_or_action", "price"
    if settings.has_cheap_rule and not settings.has_price:
        yield "no_price", "price" if earlier.has_price else "cheap_hours"
    if settings.cheap_break_even and not settings.hash_price:
        had_hash_price = earlier.hash_price
        yield "no_hash_price", "hash_price" if had_hash_price else "cheap_break_even"
    if heats and not settings.room:
        yield "no_room", "room"
    if any(each > highest_target(settings) for each in targets):
        yield "target_too_high", "room_upper"


def unit_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the unit of an entity; None if it has none, or it is not known."""
    state = hass.states.get(entity_id)
    if state is not None and (unit := state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)):
        return str(unit)
    if state is not None and is_there(state):
        return None
    entry = er.async_get(hass).async_get(entity_id)
    return entry.unit_of_measurement if entry else None


def fault_of_number(
    hass: HomeAssistant, entity_id: str, units: Sequence[str]
) -> str | None:
    """Return why an entity is no number in one of some units; None: it is, or may be.

    One that does not report just now is judged only by a unit that is known.
    """
    unit, state = unit_of(hass, entity_id), _state(hass, entity_id)
    if state is None:
        return None if unit is None or unit in units else "wrong_unit"
    if number_in(state, "") is None:
        return "no_number"
    if unit not in units and not (unit is None and units == CHARGES):
        return "no_unit" if unit is None else "wrong_unit"
    return "no_number" if number_in(state, units[0]) is None else None


def _is_half(start: str | None, end: str | None) -> bool:
    """Return whether only one of two times is there."""
    return (start is None) is not (end is None)


def unreadable_prices(
    hass: HomeAssistant, entered: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[tuple[str, PriceError]]:
    """Yield the options whose entity or action has no usable price, each with the reason.

    One that is silent says nothing of that, and one that was there before may come back.
    """
    new = {key for key, value in entered.items() if value != before.get(key)}
    if "price" in entered and new & {"price", "price_tomorrow", "cheap_hours"}:
        state = _state(hass, entered["price"])
        tomorrow = _state(hass, entered.get("price_tomorrow"))
        try:
            if state and not (points_of(state) or (tomorrow and points_of(tomorrow))):
                price, _ = read_money(state)
                if entered.get("cheap_hours"):
                    yield "price", PriceError(Fault.FORECAST, price)
        except PriceError as err:
            yield "price", err
    if "price_action" in new and "price" not in entered:
        domain = entered["price_action"].partition(".")[0]
        entries = hass.config_entries
        if not entries.async_has_entries(domain, include_ignore=False):
            yield "price_action", PriceError(Fault.ACTION, f"{domain} is not set up")
    for key, read in _READ.items():
        if key in new and (state := _state(hass, entered[key])):
            try:
                read(state)
            except PriceError as err:
                yield key, err


def _state(hass: HomeAssistant, entity_id: str | None) -> State | None:
    """Return the state of an entity; None while there is none."""
    state = hass.states.get(entity_id) if entity_id else None
    return None if state is None or not is_there(state) else state


def _read_hash_price(state: State) -> None:
    """Read a hash price; raises a PriceError if it is none."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    if read_hash_price(number_of(state), unit) is None:
        raise PriceError(Fault.UNIT, unit)


_READ: Final[Mapping[str, Callable[[State], object]]] = {
    "cheap_limit_entity": read_money,
    "hash_price": _read_hash_price,
    "feed_in": read_money,
}
