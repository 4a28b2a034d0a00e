"""In which forms other integrations have prices: one row for each source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Where one source has its prices, and what the fields of an item are called."""

    lists: tuple[str, ...] = ()
    """Lists of items; the first has to be there, others once they are known."""
    start: str = "start"
    end: str | None = None
    price: str = "price"
    per: str | None = None
    """The energy that its prices are for; None if the source has to give the unit."""
    item_unit: str | None = None
    by_name: bool = False
    """The list has a name that the user knows: an area, a home."""


# Attributes of entities. Each was read from the source of its integration, as of 2026-11.
ATTRIBUTES: Final[Mapping[str, Form]] = {
    # custom-components/nordpool; the unit is kWh, MWh or Wh, the currency may be in cents.
    "nordpool": Form(lists=("raw_today", "raw_tomorrow"), end="end", price="value"),
    # mampfes/ha_epex_spot: market price and total price.
    "epex_spot": Form(
        lists=("data",),
        start="start_time",
        end="end_time",
        price="price_per_kwh",
        per="kwh",
    ),
    # JaccoR/hass-entso-e: the sensor of the average; kWh or MWh.
    "entsoe": Form(lists=("prices_today", "prices_tomorrow"), start="time"),
    # klspn/tibber-future-prices and templates with the fields of Tibber's own API.
    "tibber": Form(
        lists=("today", "tomorrow"), start="startsAt", price="total", per="kwh"
    ),
    # The answer of aWATTar's API, as a REST sensor keeps it: milliseconds, EUR/MWh.
    "awattar": Form(
        lists=("data",),
        start="start_timestamp",
        end="end_timestamp",
        price="marketprice",
        item_unit="unit",
    ),
    # BottlecapDave/HomeAssistant-OctopusEnergy: events of today's and tomorrow's rates.
    "octopus": Form(lists=("rates",), end="end", price="value_inc_vat", per="kwh"),
    # The usual template around the action.
    "energyzero": Form(lists=("prices",), start="timestamp", per="kwh"),
    # Home Assistant's own, the sensors of the forecast.
    "amber": Form(
        lists=("forecasts",),
        start="start_time",
        end="end_time",
        price="per_kwh",
        per="kwh",
    ),
}

# Responses of Home Assistant's own actions, read in 2026.10.
RESPONSES: Final[Mapping[str, Form]] = {
    # By area, and per MWh, while its sensors are per kWh.
    "nordpool.get_prices_for_date": Form(end="end", per="mwh", by_name=True),
    "energyzero.get_energy_prices": Form(lists=("prices",), end="end", per="kwh"),
    # By name of the home, without an end.
    "tibber.get_prices": Form(
        lists=("prices",), start="start_time", per="kwh", by_name=True
    ),
    "easyenergy.get_energy_usage_prices": Form(
        lists=("prices",), start="timestamp", per="kwh"
    ),
    "amberelectric.get_forecasts": Form(
        lists=("forecasts",),
        start="start_time",
        end="end_time",
        price="per_kwh",
        per="kwh",
    ),
}


def find_form(attributes: Mapping[str, Any]) -> str | None:
    """Return which form the attributes of an entity have, None if none fits."""
    for name, form in ATTRIBUTES.items():
        items = attributes.get(form.lists[0])
        if isinstance(items, Sequence) and items and isinstance(items[0], Mapping):
            if form.start in items[0] and form.price in items[0]:
                return name
    return None
