"""What the prices mean: whether it is cheap, and whether surplus is better fed in."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

from ...stored_json import UNREADABLE
from ...stored_numbers import stored_if_any, stored_number
from ..law.models import MinerReading, Source
from ..meters import GRACE, as_entity_id, state_of
from ..settings import Settings
from .blocks import CheapRule
from .cheap import CheapTimes, is_below
from .hash_price import HashPrice, break_even, read_hash_price
from .points import Fault, PriceError
from .source import (
    STORED,
    PriceSource,
    described,
    is_current,
    is_there,
    number_of,
    read_money,
    usable_currency,
)

# By which part of itself a limit must change before it counts as another one.
_SAME: Final = 0.01
# By which part of the limit a price may pass it until it is no longer cheap.
_MARGIN: Final = 0.05
# Points that the charge may fall below the option until it is no longer cheap.
_CHARGE_MARGIN: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is known of prices now. None: not known."""

    has_price: bool = False
    """The options say where the price of a kilowatt hour comes from."""
    has_hash_price: bool = False
    price: float | None = None
    """Of a kilowatt hour."""
    currency: str | None = None
    hash_price: float | None = None
    """What one TH/s earns in a day."""
    hash_currency: str | None = None
    """That of the hash price that was known last."""
    break_even: float | None = None
    """Price of a kilowatt hour at which mining earns what it costs."""
    feed_in: float | None = None
    """What a kilowatt hour that is fed in earns; 0 without the option."""
    cheap_power: float = 0.0
    """W that all miners are to draw because it is cheap; infinity: all they can."""
    cheap_until: float | None = None
    next_cheap: float | None = None
    """When the next cheap time begins, after the one that is."""
    is_surplus_wanted: bool = True
    """Surplus would earn no more than the option says if it were fed in."""

    @property
    def is_cheap(self) -> bool:
        """Return whether it is cheap, and may be used: the charge is high enough, say."""
        return self.cheap_power > 0

    @property
    def earns_same_money(self) -> bool:
        """Return whether what mining earns is in the currency of the price."""
        return self.hash_currency == self.currency


class Tariff:
    """Follows the prices from step to step."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        settings: Settings,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Go on from what was stored."""
        stored = stored if isinstance(stored, Mapping) else {}
        now = dt_util.utcnow().timestamp()
        self._hass = hass
        self._settings = settings
        kept = stored.get("prices")
        self._source = PriceSource(
            hass, entry, settings, kept if isinstance(kept, Mapping) else {}, now
        )
        self._times = CheapTimes(dt_util.get_default_time_zone())
        self._errors: dict[str, PriceError] = {}
        self._last: dict[str, tuple[State, float]] = {}
        """What each entity was when it was there last, and when that was."""
        self._limit: float | None = None
        self._hash_currency: str | None = None
        self._efficiency: float | None = None
        """J/TH that was measured last."""
        self._is_cheap = self._is_charged = self._is_mining = False
        self._starts = 0
        """Cheap times of the day for which a miner was started."""
        self._day = ""
        with suppress(*UNREADABLE):
            self._load(stored, now)

    def _load(self, stored: Mapping[str, Any], now: float) -> None:
        """Go on from what was stored; raises one of UNREADABLE if it cannot be read."""
        times = {
            key: None if value is None else int(stored_number(int(value)))
            for key, value in stored["times"].items()
        }
        day, starts = str(stored["day"]), max(0, int(stored_number(stored["starts"])))
        self._efficiency = stored_if_any(stored["efficiency"])
        self._limit = stored_if_any(stored["limit"])
        self._is_cheap, self._is_charged, self._is_mining = map(bool, stored["was"])
        self._day, self._starts = day, starts
        currency = stored["hash_currency"]
        self._hash_currency = None if currency is None else str(currency)
        self._times = CheapTimes(dt_util.get_default_time_zone(), times)
        for key, (entity_id, state, unit, at) in stored.get("last", {}).items():
            if 0 <= now - at <= STORED:
                attributes = {ATTR_UNIT_OF_MEASUREMENT: unit}
                self._last[key] = State(entity_id, state, attributes), now

    def dump(self) -> dict[str, Any]:
        """Return what has to be stored."""
        return {
            "prices": self._source.dump(),
            "times": self._times.dump(),
            "hash_currency": self._hash_currency,
            "efficiency": self._efficiency,
            "limit": self._limit,
            "was": [self._is_cheap, self._is_charged, self._is_mining],
            "day": self._day,
            "starts": self._starts,
            "last": {
                key: [state.entity_id, state.state, _unit_of(state), at]
                for key, (state, at) in self._last.items()
            },
        }

    @property
    def problems(self) -> list[str]:
        """Return what cannot be read, in words."""
        return described({**self._source.errors, **self._errors})

    @property
    def unknown(self) -> Rates:
        """Return the rates of a step in which they could not be found."""
        return self._with_feed_in(0.0 if self._settings.feed_in is None else None)

    def step(self, now: float, source: Source, miners: Sequence[MinerReading]) -> Rates:
        """Return what the prices mean now, by the battery's charge and the miners."""
        self._errors.clear()
        settings = self._settings
        if settings.has_price:
            self._source.read(now)
        price, currency = self._source.price(now), self._source.currency
        hash_price = self._read_hash_price(now)
        even = self._break_even(hash_price, miners)
        feed_in: float | None = 0.0
        if settings.feed_in is not None:
            feed_in = self._money(settings.feed_in, now, currency)
        limit = self._find_limit(now, hash_price, even, currency)
        until, later = self._follow(now, price, limit, miners)
        is_cheap = self._is_cheap and self._is_allowed(now, source)
        return replace(
            self._with_feed_in(feed_in),
            price=price,
            currency=currency,
            hash_price=hash_price.value if hash_price else None,
            hash_currency=self._hash_currency,
            break_even=even,
            cheap_power=(settings.cheap_power or inf) if is_cheap else 0.0,
            cheap_until=until if is_cheap else None,
            next_cheap=later,
        )

    def _with_feed_in(self, feed_in: float | None) -> Rates:
        """Return rates of which nothing else is known."""
        settings = self._settings
        return Rates(
            has_price=settings.has_price,
            has_hash_price=settings.hash_price is not None,
            feed_in=feed_in,
            is_surplus_wanted=settings.feed_in_limit is None
            or (feed_in is not None and feed_in <= settings.feed_in_limit),
        )

    def _follow(
        self,
        now: float,
        price: float | None,
        limit: float | None,
        miners: Sequence[MinerReading],
    ) -> tuple[float | None, float | None]:
        """Find whether it is cheap; return until when, and when it is the next time."""
        settings, was = self._settings, self._is_cheap
        self._count(now, miners)
        until = later = None
        if limit is None:
            self._is_cheap = False
        elif self._source.has_forecast(now):
            rule = CheapRule(
                hours=settings.cheap_hours or None,
                limit=None if limit == inf else limit,
                shortest=60 * settings.cheap_block,
                starts=settings.cheap_starts,
            )
            cheap = self._times.step(
                now,
                self._source.slots,
                rule,
                is_mining=self._is_mining,
                starts_today=self._starts,
            )
            self._is_cheap = cheap.is_cheap
            until, later = cheap.until, cheap.next_start
        elif settings.cheap_hours:
            self._is_cheap = False
            if price is not None and settings.price:
                self._fail(settings.price, PriceError(Fault.FORECAST, price))
        else:
            self._is_cheap = price is not None and is_below(
                price, limit, _MARGIN * abs(limit), was=was
            )
        return until, later

    def _count(self, now: float, miners: Sequence[MinerReading]) -> None:
        """Note whether the miners mine, and count a start at a cheap time.

        While none of them answers, they do what they did.
        """
        day = dt_util.as_local(dt_util.utc_from_timestamp(now)).date().isoformat()
        if day != self._day:
            self._day, self._starts = day, 0
        known = [
            each.mining and not each.is_held
            for each in miners
            if each.mining is not None
        ]
        is_mining = any(known) if known else self._is_mining
        if is_mining and not self._is_mining and self._is_cheap:
            self._starts += 1
        self._is_mining = is_mining

    def _is_allowed(self, now: float, source: Source) -> bool:
        """Return whether what has to hold besides the price does: charge, and entity."""
        settings = self._settings
        if settings.cheap_charge:
            least = settings.cheap_charge
            least -= _CHARGE_MARGIN if self._is_charged else 0
            self._is_charged = source.charge is not None and source.charge >= least
            if not self._is_charged:
                return False
        if settings.cheap_while is None:
            return True
        state = self._state(settings.cheap_while, now)
        return state is not None and state.state == STATE_ON

    def _find_limit(
        self,
        now: float,
        hash_price: HashPrice | None,
        even: float | None,
        currency: str,
    ) -> float | None:
        """Return the lowest of the limits that are set.

        Infinity is none, where hours are wanted. None: nothing is cheap, as no rule is
        set, or a limit is not known.
        """
        settings = self._settings
        limits: list[float | None] = []
        if settings.cheap_hours:
            limits.append(inf)
        if settings.cheap_limit is not None:
            limits.append(settings.cheap_limit)
        if settings.cheap_limit_entity is not None:
            limits.append(self._money(settings.cheap_limit_entity, now, currency))
        if settings.cheap_break_even:
            if hash_price is not None and settings.hash_price:
                own = hash_price.currency
                even = even if self._is_in(currency, settings.hash_price, own) else None
            limits.append(even)
        known = [each for each in limits if each is not None]
        if not known or len(known) < len(limits):
            return None
        new, old = min(known), self._limit
        # What was entered does not waver.
        is_exact = new in (inf, settings.cheap_limit)
        if old in (None, inf) or is_exact or abs(new - old) > _SAME * abs(old):
            self._limit = old = new
        return old

    def _break_even(
        self, hash_price: HashPrice | None, miners: Sequence[MinerReading]
    ) -> float | None:
        """Return what a kilowatt hour earns, by what tuned miners need for a hash."""
        tuned = [
            (each.power, each.power / each.efficiency)
            for each in miners
            if each.is_steerable and each.power and each.efficiency
        ]
        if tuned:
            power, rate = map(sum, zip(*tuned, strict=True))
            new, old = power / rate, self._efficiency
            if old is None or abs(new - old) > _SAME * old:
                self._efficiency = new
        if hash_price is None or self._efficiency is None:
            return None
        return break_even(hash_price, self._efficiency)

    def _read_hash_price(self, now: float) -> HashPrice | None:
        """Return the hash price; None if there is none, or it cannot be read."""
        stored = self._settings.hash_price
        state = self._state(stored, now)
        if stored is None or state is None or not is_current(state, now):
            return None
        unit = _unit_of(state)
        try:
            found = read_hash_price(number_of(state), unit)
        except PriceError as err:
            self._fail(stored, err)
            return None
        if found is None:
            self._fail(stored, PriceError(Fault.UNIT, unit))
            return None
        self._hash_currency = usable_currency(self._hass, found.currency)
        return HashPrice(found.value, self._hash_currency)

    def _money(self, stored: str, now: float, currency: str) -> float | None:
        """Return the price of a kilowatt hour that an entity has, in the price's currency.

        It is as old as the price itself may be. What names no currency has that of the
        price; without a price there is none to compare it with.
        """
        state = self._state(stored, now)
        if state is None:
            return None
        try:
            price, own = read_money(state)
        except PriceError as err:
            self._fail(stored, err)
            return None
        if not is_current(state, now):
            self._fail(stored, PriceError(Fault.SILENT, state.state))
            return None
        if own is None or not self._settings.has_price:
            return price
        own = usable_currency(self._hass, own)
        return price if self._is_in(currency, stored, own) else None

    def _is_in(self, currency: str, stored: str, own: str) -> bool:
        """Return whether an entity's own currency is this one; else note it."""
        if own != currency:
            self._fail(stored, PriceError(Fault.CURRENCY, f"{own}, {currency}"))
        return own == currency

    def _state(self, stored: str | None, now: float) -> State | None:
        """Return the state of an entity; that from before while it is away for a moment."""
        if stored is None:
            return None
        state = state_of(self._hass, stored)
        if state is not None and is_there(state):
            self._last[stored] = state, now
        last, at = self._last.get(stored, (None, now))
        return last if abs(now - at) <= GRACE else None

    def _fail(self, stored: str, error: PriceError) -> None:
        """Note what is wrong with an entity."""
        self._errors[as_entity_id(self._hass, stored) or stored] = error


def _unit_of(state: State) -> str | None:
    """Return the unit of an entity."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return None if unit is None else str(unit)
