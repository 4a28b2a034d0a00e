"""The price of electricity now and to come, from entities or an action.

What was known stays known until it is over: a source that fails loses nothing.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from ...stored_json import UNREADABLE
from ...stored_numbers import stored_number
from ..meters import GRACE, as_entity_id, state_of
from ..settings import Settings
from .action import PriceAction
from .blocks import SLOT, slots_of
from .forms import find_form
from .points import (
    WORDS,
    Fault,
    PriceError,
    PricePoint,
    Unit,
    join,
    read_attributes,
    read_numbers,
    read_price,
    read_unit,
)

# s after which a sensor that reports nothing has no price of now any more.
_SILENT: Final = 86400.0
# s since when a price may have been stored, to count until its entity is back.
STORED: Final = 3600.0
# Where users set a number themselves: it stays, and needs no unit.
_SET_BY_HAND: Final = ("number", "input_number")


class PriceSource:
    """Knows what a kilowatt hour costs, as far as that is known."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        settings: Settings,
        stored: Mapping[str, Any],
        now: float,
    ) -> None:
        """Go on from what was stored of the same source."""
        self.slots: dict[int, float] = {}
        """Per kWh, by the slots of today and tomorrow that are known."""
        self._hass = hass
        self._entities = [
            each
            for each in (settings.price, settings.price_tomorrow)
            if each and not settings.price_action
        ]
        self._seen: dict[str, tuple[State | None, bool]] = {}
        """The last state of each entity, and whether it had a list of prices."""
        self._errors: dict[str, PriceError] = {}
        self._currency: str | None = None
        self._plain: tuple[float, float] | None = None
        """The price of now that came without a forecast, and when it was read last."""
        self._day = 0
        self._action = settings.price_action
        self._asked: PriceAction | None = None
        if settings.price_action:
            self._asked = PriceAction(
                hass, entry, settings.price_action, settings.price_name, self._take
            )
        # Prices that were stored count only for the source that they came from.
        self._identity = [*self._entities, settings.price_action, settings.price_name]
        if stored.get("source") == self._identity:
            with suppress(*UNREADABLE):
                self._load(stored, now)

    def _load(self, stored: Mapping[str, Any], now: float) -> None:
        """Go on from what was stored; raises one of UNREADABLE if it cannot be read."""
        self._currency = stored["currency"] and str(stored["currency"])
        self.slots = {
            int(slot): stored_number(each) for slot, each in stored["slots"].items()
        }
        if stored["plain"]:
            price, at = map(stored_number, stored["plain"])
            if now - at <= STORED:
                self._plain = price, now

    def dump(self) -> dict[str, Any]:
        """Return what has to be stored."""
        return {
            "source": self._identity,
            "currency": self._currency,
            "slots": {str(slot): price for slot, price in self.slots.items()},
            "plain": self._plain,
        }

    @property
    def currency(self) -> str:
        """Return the currency; Home Assistant's if the source does not say it."""
        return usable_currency(self._hass, self._currency)

    def has_forecast(self, now: float) -> bool:
        """Return whether prices to come are known, or can be."""
        return self._asked is not None or max(self.slots, default=-1) >= now // SLOT

    @property
    def errors(self) -> dict[str, PriceError]:
        """Return what is wrong, by entity or action.

        What an action fails at does not matter while the price of now is known.
        """
        found = {
            as_entity_id(self._hass, key) or key: each
            for key, each in self._errors.items()
        }
        error = self._asked.error if self._asked else None
        if error and (error.fault is not Fault.ACTION or not self._is_known()):
            found[self._action or ""] = error
        return found

    def _is_known(self) -> bool:
        """Return whether there is a price of now."""
        return self.price(dt_util.utcnow().timestamp()) is not None

    def price(self, now: float) -> float | None:
        """Return what a kilowatt hour costs now; None if it is not known."""
        slot = int(now // SLOT)
        if slot in self.slots:
            return self.slots[slot]
        if self._plain is None or abs(now - self._plain[1]) > GRACE:
            return None
        return self._plain[0]

    def read(self, now: float) -> None:
        """Look at what is new, and ask when it is time to."""
        self._forget_past()
        for stored in self._entities:
            state = state_of(self._hass, stored)
            before, has_list = self._seen.get(stored, (None, False))
            if state is not None and state is not before:
                has_list = self._read_list(stored, state)
            self._seen[stored] = state, has_list
            if state is not None and not has_list and stored == self._entities[0]:
                self._read_plain(stored, state, now)
        if self._asked is not None:
            last = max(self.slots, default=-1) + 1
            self._asked.ask_if_due(now, last * SLOT)

    def _forget_past(self) -> None:
        """Forget what was before today, once a day."""
        today = int(dt_util.start_of_local_day().timestamp() // SLOT)
        if today != self._day:
            self._day = today
            self.slots = {
                slot: each for slot, each in self.slots.items() if slot >= today
            }

    def _read_list(self, stored: str, state: State) -> bool:
        """Read the prices that a state has; return whether it has any, or broken ones."""
        self._errors.pop(stored, None)
        try:
            points = points_of(state)
        except PriceError as err:
            self._errors[stored] = err
            return True
        if points is None:
            if stored != self._entities[0] and is_there(state):
                self._errors[stored] = PriceError(Fault.FORM, state.state)
            return False
        self._take(points, _currency_of(state))
        return True

    def _read_plain(self, stored: str, state: State, now: float) -> None:
        """Read a state that is the price of now, without those to come."""
        if not is_there(state) or not is_current(state, now):
            return
        try:
            price, self._currency = read_money(state)
        except PriceError as err:
            self._errors[stored] = err
        else:
            self._errors.pop(stored, None)
            self._plain = price, now

    def _take(self, points: Iterable[PricePoint], currency: str | None) -> None:
        """Take prices that are new; of the same time the newer ones count."""
        self._currency = currency or self._currency
        first = int(dt_util.start_of_local_day().timestamp() // SLOT)
        after = dt_util.start_of_local_day() + timedelta(days=3)
        last = int(after.timestamp() // SLOT)
        new = slots_of(points)
        self.slots.update((slot, new[slot]) for slot in new if first <= slot < last)


def points_of(state: State) -> list[PricePoint] | None:
    """Return the prices that a state has in its attributes; None if there are none.

    Numbers without dates are those of the day on which the state was new.
    """
    attributes = state.attributes
    if form := find_form(attributes):
        return read_attributes(form, attributes)
    lists = [attributes.get(each) for each in ("today", "tomorrow")]
    if not isinstance(lists[0], list | tuple) or not lists[0]:
        return None
    day = dt_util.as_local(state.last_updated).date()
    unit = attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    zone = dt_util.get_default_time_zone()
    return join(
        read_numbers(values, day + timedelta(days=number), zone, unit)
        for number, values in enumerate(lists)
        # Where tomorrow is not known yet, its list is empty, or full of that.
        if values and not (isinstance(values, list | tuple) and values[0] is None)
    )


def is_there(state: State) -> bool:
    """Return whether an entity has a state."""
    return state.state not in (STATE_UNAVAILABLE, STATE_UNKNOWN)


def is_current(state: State, now: float) -> bool:
    """Return whether a number that changes all the time is not too old."""
    age = now - state.last_reported.timestamp()
    return state.domain in _SET_BY_HAND or age <= _SILENT


def _currency_of(state: State) -> str | None:
    """Return the currency that the unit of an entity has; None if it says none."""
    unit = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, ""))
    with suppress(PriceError):
        unit = read_unit(unit).currency or ""
    found = unit or state.attributes.get("currency")
    return found if isinstance(found, str) and _is_code(found) else None


def read_money(state: State) -> tuple[float, str | None]:
    """Return the price of a kilowatt hour that is the state of an entity, and its currency.

    A number that users set needs no unit: then it is per kWh, in the currency of the
    prices. Raises a PriceError for anything else that is no price.
    """
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    is_bare = unit is None and state.domain in _SET_BY_HAND
    meant = Unit(1.0, None) if is_bare else read_unit(unit)
    return number_of(state) * meant.factor, meant.currency


def number_of(state: State) -> float:
    """Return the number that is the state of an entity; raises a PriceError if none is."""
    try:
        return read_price(float(state.state))
    except ValueError as err:
        raise PriceError(Fault.PRICE, state.state) from err


def usable_currency(hass: HomeAssistant, currency: str | None) -> str:
    """Return a currency by its code; a sign that several have is Home Assistant's own."""
    return currency if currency and _is_code(currency) else hass.config.currency


def _is_code(currency: str) -> bool:
    """Return whether text is the code of a currency."""
    return len(currency) == 3 and currency.isalpha()


def described(errors: Mapping[str, PriceError]) -> list[str]:
    """Return what is wrong in words, for a repair."""
    return [
        f"{key}: {WORDS[each.fault]} ({each.detail})" for key, each in errors.items()
    ]
