"""Prices that only an action of another integration returns, asked for in the background.

What each action takes was read in Home Assistant 2026.10. Asked for are the prices with
all taxes and fees where there is a choice: they are what a kilowatt hour costs.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from logging import DEBUG
from traceback import format_tb
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ...const import LOGGER
from .points import Fault, PriceError, PricePoint, code_of, read_response

# s that one call may take.
_TIMEOUT: Final = 60.0
_HOUR: Final = 3600.0
_QUARTER: Final = 900.0
# s until the next try after one that failed, or if no price is known now.
_AGAIN: Final = 300.0
# The hour from which on the prices of tomorrow are published.
_PUBLISHED: Final = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How an action is asked."""

    data: Callable[[str, date], dict[str, Any]]
    """What it takes, by the id of its entry and the day."""
    is_daily: bool = True
    """It is asked for each day by itself; else it returns all that it knows."""
    zone: str | None = None
    """Where its days begin; None: where Home Assistant is."""
    currency: str | None = None
    """None: that of its entry, or of Home Assistant."""
    every: float = _HOUR
    """s from one call to the next."""


ASKS: Final[Mapping[str, Ask]] = {
    "nordpool.get_prices_for_date": Ask(
        data=lambda entry, day: {"config_entry": entry, "date": day.isoformat()},
        zone="Europe/Brussels",
    ),
    "energyzero.get_energy_prices": Ask(
        data=lambda entry, day: {
            "config_entry": entry,
            "incl_vat": True,
            "price_type": "all_in",
            "start": day.isoformat(),
            "end": day.isoformat(),
        },
        currency="EUR",
    ),
    "tibber.get_prices": Ask(
        data=lambda entry, day: {
            "start": f"{day.isoformat()} 00:00:00",
            "end": f"{(day + timedelta(days=2)).isoformat()} 00:00:00",
        },
        is_daily=False,
    ),
    "easyenergy.get_energy_usage_prices": Ask(
        data=lambda entry, day: {
            "config_entry": entry,
            "incl_vat": True,
            "price_type": "invoice",
            "start": day.isoformat(),
            "end": day.isoformat(),
        },
        currency="EUR",
    ),
    # Its coordinator has them: a call costs nothing, and they change all the time.
    "amberelectric.get_forecasts": Ask(
        data=lambda entry, day: {"config_entry_id": entry, "channel_type": "general"},
        is_daily=False,
        currency="AUD",
        every=_AGAIN,
    ),
}


class PriceAction:
    """Asks an action for prices when it is time, and passes them on."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        action: str,
        choice: str | None,
        take: Callable[[list[PricePoint], str | None], None],
    ) -> None:
        """Ask `action` for the manager `entry`; `take` gets prices and currency."""
        self.error: PriceError | None = None
        """Why the last call came to nothing."""
        self._hass = hass
        self._entry = entry
        self._action = action
        self._choice = choice
        self._take = take
        self._ask = ASKS[action]
        self._asked_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._broke_at = ""

    @callback
    def ask_if_due(self, now: float, known_until: float) -> None:
        """Ask if it is time to, by the time until which the prices are known.

        Hourly, and from 13:00 on each quarter of an hour until tomorrow is known.
        """
        local = dt_util.as_local(dt_util.utc_from_timestamp(now))
        lacks = local.hour >= _PUBLISHED and known_until < _end_of_tomorrow(local)
        every = min(self._ask.every, _QUARTER) if lacks else self._ask.every
        if self.error is not None or now >= known_until:
            every = min(every, _AGAIN)
        if self._asked_at is not None and abs(now - self._asked_at) < every:
            published = local.replace(hour=_PUBLISHED, minute=0, second=0).timestamp()
            if not lacks or self._asked_at >= published:
                return
        if self._task is not None and not self._task.done():
            return
        try:
            entry = self._find_entry()
        except PriceError as err:
            # Others may come later than this one: it is looked for at each step.
            self.error = err
            return
        self._asked_at = now
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_ask(entry, local), f"{self._entry.title} prices"
        )

    def _find_entry(self) -> ConfigEntry[Any]:
        """Return the entry whose prices are asked for: the only one, or by its name."""
        domain = self._action.partition(".")[0]
        entries = self._hass.config_entries.async_loaded_entries(domain)
        if not entries:
            raise PriceError(Fault.ACTION, f"{domain} is not set up")
        chosen = [each for each in entries if each.title == self._choice]
        entry, *others = chosen or entries
        if others:
            raise PriceError(Fault.CHOICE, ", ".join(each.title for each in entries))
        return entry

    async def _async_ask(self, entry: ConfigEntry[Any], local: datetime) -> None:
        """Ask for today, and for tomorrow where that may be known.

        That tomorrow is not known yet is no error.
        """
        day = local.date()
        if self._ask.zone:
            zone = await dt_util.async_get_time_zone(self._ask.zone)
            day = local.astimezone(zone).date()
        try:
            await self._async_ask_day(entry, day)
        except PriceError as err:
            self.error = err
            return
        self.error = None
        if self._ask.is_daily and local.hour >= _PUBLISHED:
            try:
                await self._async_ask_day(entry, day + timedelta(days=1))
            except PriceError as err:
                self.error = None if err.fault is Fault.ACTION else err

    async def _async_ask_day(self, entry: ConfigEntry[Any], day: date) -> None:
        """Ask once; raises a PriceError when that brings no prices."""
        domain, _, service = self._action.partition(".")
        try:
            async with asyncio.timeout(_TIMEOUT):
                response = await self._hass.services.async_call(
                    domain,
                    service,
                    self._ask.data(entry.entry_id, day),
                    blocking=True,
                    return_response=True,
                )
        except (HomeAssistantError, TimeoutError) as err:
            raise PriceError(Fault.ACTION, str(err) or type(err).__name__) from err
        except Exception as err:
            self._log_once(err)
            raise PriceError(Fault.ACTION, type(err).__name__) from err
        points = read_response(self._action, response or {}, self._choice)
        own = entry.data.get("currency")
        currency = self._ask.currency or (
            code_of(own) if isinstance(own, str) else None
        )
        self._take(points, currency)

    def _log_once(self, err: Exception) -> None:
        """Log where an action broke, once; not its message: a secret may be in there."""
        where = "".join(format_tb(err.__traceback__))
        if LOGGER.isEnabledFor(DEBUG) and where != self._broke_at:
            self._broke_at = where
            LOGGER.debug("%s: %s\n%s", self._action, type(err).__name__, where)


def _end_of_tomorrow(local: datetime) -> float:
    """Return until when prices are known that know tomorrow.

    The day of a market may end an hour before the local one.
    """
    after = dt_util.start_of_local_day(local.date() + timedelta(days=2))
    return after.timestamp() - _HOUR
