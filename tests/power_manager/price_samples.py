"""A sample of each form of prices, as its source has it: two prices from 22:00 UTC on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 5, 13, 22, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def _local(moment: datetime) -> datetime:
    """Return a moment as Home Assistant in Berlin shows it."""
    return moment.astimezone(BERLIN)


def _text(moment: datetime) -> str:
    """Return a moment as text with a T."""
    return _local(moment).isoformat()


# Attributes of an entity, and how long each price is valid.
ATTRIBUTES: dict[str, tuple[timedelta, dict[str, Any]]] = {
    "nordpool": (
        QUARTER,
        {
            "unit": "kWh",
            "currency": "EUR",
            "today": [25.0, -1.5],
            "raw_today": [
                {
                    "start": _local(FIRST),
                    "end": _local(FIRST + QUARTER),
                    "value": 25.0,
                },
                {
                    "start": _local(FIRST + QUARTER),
                    "end": _local(FIRST + 2 * QUARTER),
                    "value": -1.5,
                },
            ],
            "tomorrow_valid": False,
            "raw_tomorrow": [],
            "price_in_cents": True,
            "unit_of_measurement": "c/kWh",
        },
    ),
    "epex_spot": (
        QUARTER,
        {
            "data": [
                {
                    "start_time": _text(FIRST),
                    "end_time": _text(FIRST + QUARTER),
                    "price_per_kwh": 0.25,
                },
                {
                    "start_time": _text(FIRST + QUARTER),
                    "end_time": _text(FIRST + 2 * QUARTER),
                    "price_per_kwh": -0.015,
                },
            ],
            "unit_of_measurement": "€/kWh",
        },
    ),
    "entsoe": (
        HOUR,
        {
            "prices_today": [
                {"time": str(_local(FIRST)), "price": 250.0},
                {"time": str(_local(FIRST + HOUR)), "price": -15.0},
            ],
            "prices_tomorrow": [],
            "unit_of_measurement": "EUR/MWh",
        },
    ),
    "tibber": (
        QUARTER,
        {
            "today": [
                {"total": 0.25, "startsAt": _text(FIRST)},
                {"total": -0.015, "startsAt": _text(FIRST + QUARTER)},
            ],
            "tomorrow": [],
            "unit_of_measurement": "NOK",
        },
    ),
    "awattar": (
        HOUR,
        {
            "data": [
                {
                    "start_timestamp": int(FIRST.timestamp() * 1000),
                    "end_timestamp": int((FIRST + HOUR).timestamp() * 1000),
                    "marketprice": 250.0,
                    "unit": "Eur/MWh",
                },
                {
                    "start_timestamp": int((FIRST + HOUR).timestamp() * 1000),
                    "end_timestamp": int((FIRST + 2 * HOUR).timestamp() * 1000),
                    "marketprice": -15.0,
                    "unit": "Eur/MWh",
                },
            ],
            "url": "/de/v1/marketdata",
        },
    ),
    "octopus": (
        timedelta(minutes=30),
        {
            "event_type": "octopus_energy_electricity_current_day_rates",
            "rates": [
                {
                    "start": _local(FIRST),
                    "end": _local(FIRST + timedelta(minutes=30)),
                    "value_inc_vat": 0.25,
                    "is_capped": False,
                },
                {
                    "start": _local(FIRST + timedelta(minutes=30)),
                    "end": _local(FIRST + timedelta(minutes=60)),
                    "value_inc_vat": -0.015,
                    "is_capped": False,
                },
            ],
        },
    ),
    "energyzero": (
        HOUR,
        {
            "prices": [
                {"timestamp": str(FIRST), "price": 0.25},
                {"timestamp": str(FIRST + HOUR), "price": -0.015},
            ],
        },
    ),
    "amber": (
        timedelta(minutes=30),
        {
            "channel_type": "general",
            "forecasts": [
                {
                    "duration": 30,
                    "per_kwh": 0.25,
                    "spot_per_kwh": 0.08,
                    "start_time": (FIRST + timedelta(seconds=1)).isoformat(),
                    "end_time": (FIRST + timedelta(minutes=30)).isoformat(),
                },
                {
                    "duration": 30,
                    "per_kwh": -0.015,
                    "spot_per_kwh": -0.1,
                    "start_time": (
                        FIRST + timedelta(minutes=30, seconds=1)
                    ).isoformat(),
                    "end_time": (FIRST + timedelta(minutes=60)).isoformat(),
                },
            ],
            "unit_of_measurement": "$/kWh",
        },
    ),
}

# Responses of an action: how long each price is valid, the response, what to choose.
RESPONSES: dict[str, tuple[timedelta, dict[str, Any], str | None]] = {
    "nordpool.get_prices_for_date": (
        QUARTER,
        {
            "SE3": [
                {
                    "start": FIRST.isoformat(),
                    "end": (FIRST + QUARTER).isoformat(),
                    "price": 250.0,
                },
                {
                    "start": (FIRST + QUARTER).isoformat(),
                    "end": (FIRST + 2 * QUARTER).isoformat(),
                    "price": -15.0,
                },
            ],
            "SE4": [],
        },
        "SE3",
    ),
    "energyzero.get_energy_prices": (
        HOUR,
        {
            "prices": [
                {
                    "price": 0.25,
                    "timestamp": str(FIRST),
                    "start": str(FIRST),
                    "end": str(FIRST + HOUR),
                },
                {
                    "price": -0.015,
                    "timestamp": str(FIRST + HOUR),
                    "start": str(FIRST + HOUR),
                    "end": str(FIRST + 2 * HOUR),
                },
            ]
        },
        None,
    ),
    "tibber.get_prices": (
        QUARTER,
        {
            "prices": {
                "Cabin": [],
                "Home": [
                    {"start_time": _text(FIRST), "price": 0.25},
                    {"start_time": _text(FIRST + QUARTER), "price": -0.015},
                ],
            }
        },
        "Home",
    ),
    "easyenergy.get_energy_usage_prices": (
        HOUR,
        {
            "prices": [
                {"timestamp": str(FIRST), "price": 0.25},
                {"timestamp": str(FIRST + HOUR), "price": -0.015},
            ]
        },
        None,
    ),
    "amberelectric.get_forecasts": (
        timedelta(minutes=30),
        {"forecasts": ATTRIBUTES["amber"][1]["forecasts"]},
        None,
    ),
}
