"""Values that cannot be true: they are named, and never keep a manager from its work."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import a_home
from .rates import PER_KWH, PRICE, items, repair, shown

MINUTE = 60
HASH = "sensor.hash_price"
NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
HUGE = 10**400
PER_WH = {"unit_of_measurement": "EUR/Wh"}


def of(when: str) -> dict[str, Any]:
    """Return a price of one moment, as Nord Pool's custom integration has it."""
    return {"start": when, "end": when, "value": 0.2}


@pytest.mark.parametrize(
    ("entity", "state", "attributes", "says"),
    [
        (PRICE, "x", {**PER_KWH, "raw_today": [of("0001-01-01T00:00+02:00")]}, "time"),
        (PRICE, "x", {**PER_KWH, "raw_today": [of("9999-12-31T23:59-02:00")]}, "time"),
        (
            PRICE,
            "x",
            {
                "prices": [
                    {"timestamp": f"9999-12-31T{hour}:59+00:00", "price": 0.2}
                    for hour in (22, 23)
                ]
            },
            "time",
        ),
        (PRICE, "x", {**PER_KWH, "raw_today": items(NOW, [HUGE])}, "no number"),
        (PRICE, "x", {**PER_KWH, "today": [HUGE] * 24}, "no number"),
        (PRICE, "x", {**PER_WH, "raw_today": items(NOW, [1e308])}, "no number"),
        (PRICE, "-1e308", PER_WH, "no number"),
        (HASH, "1e308", {"unit_of_measurement": "EUR/GH/day"}, "no number"),
        (HASH, "50", {"unit_of_measurement": 5}, "unit"),
        (HASH, "50", {"unit_of_measurement": ["EUR/TH/day"]}, "unit"),
    ],
)
async def test_price(
    hass: HomeAssistant,
    time: TimeMachine,
    entity: str,
    state: str,
    attributes: dict[str, Any],
    says: str,
) -> None:
    """A price that is none is a repair, and the cap of the grid is kept all the same."""
    hass.states.async_set(PRICE, "0.2", PER_KWH)
    hass.states.async_set(HASH, "50", {"unit_of_measurement": "EUR/PH/day"})
    options = {"price": PRICE, "hash_price": HASH, "grid_cap": 3500}
    async with a_home(hass, time, options=options, mode=Mode.FULL) as home:
        await home.live(MINUTE)
        assert home.mines()
        hass.states.async_set(entity, state, attributes)
        home.load = 4000
        await home.live(5 * MINUTE)
        assert not home.mines()
        assert entity in (repair(home) or "")
        assert says in (repair(home) or "")
        assert shown(home) in ("0.2", "unknown")


@pytest.mark.parametrize("state", ["-127", "-273.15", "-3276.8", "6553.5"])
async def test_temperature(hass: HomeAssistant, time: TimeMachine, state: str) -> None:
    """What a broken sensor shows is not known: a limit holds as without a sensor."""
    celsius = {"unit_of_measurement": "°C", "device_class": "temperature"}
    hass.states.async_set("sensor.tank", "40", celsius)
    options = {"temperature": "sensor.tank", "room": "sensor.tank"}
    async with a_home(hass, time, options=options, mode=Mode.AUTOMATIC) as home:
        await home.manager.async_set_thermostat(is_on=True, target=50.0)
        home.pv = 5000
        await home.live(MINUTE)
        assert home.mines()
        hass.states.async_set("sensor.tank", state, celsius)
        await home.live(4 * MINUTE)
        assert not home.mines()
        assert home.said("a temperature with a limit is not known")
        assert home.manager.heating.temperature is None
        assert home.manager.heating.demand == 0


@pytest.mark.parametrize(
    ("state", "unit", "is_known"),
    [
        ("100.4", "%", True),
        ("95", None, True),
        ("95", "", True),
        ("255", "%", False),
        ("6553.5", None, False),
        ("-1", "%", False),
        ("95", "kWh", False),
        ("95", ["%"], False),
    ],
)
async def test_charge(
    hass: HomeAssistant, time: TimeMachine, state: str, unit: Any, is_known: bool
) -> None:
    """A charge that is none does not count as a full battery, nor does what it holds."""
    attributes = {"unit_of_measurement": unit}
    hass.states.async_set("sensor.soc", state, attributes)
    hass.states.async_set(PRICE, "0.1", PER_KWH)
    options = {"price": PRICE, "cheap_limit": 0.2, "cheap_charge": 90}
    data = {"charge": "sensor.soc"}
    async with a_home(
        hass, time, data=data, options=options, mode=Mode.AUTOMATIC
    ) as home:
        await home.live(MINUTE)
        assert home.manager.status.rates.is_cheap is is_known
