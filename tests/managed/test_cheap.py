"""Cheap times start and stop simulated miners, with the real law."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Reason
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_calm_home as a_home, kill

PRICE, CHARGE, FLAG = "sensor.tariff", "sensor.soc", "input_boolean.cheap"
MINUTE, HOUR = 60, 3600
FULL = 3300


def tell(hass: HomeAssistant, prices: Sequence[float], day: int = 20) -> None:
    """Let the sensor have the prices of a day, by the hour."""
    midnight = datetime(2026, 5, day, tzinfo=UTC)
    items = [
        {
            "start": midnight + n * timedelta(hours=1),
            "end": midnight + (n + 1) * timedelta(hours=1),
            "value": price,
        }
        for n, price in enumerate(prices)
    ]
    unit = {"unit_of_measurement": "EUR/kWh"}
    hass.states.async_set(PRICE, "0.3", {**unit, "raw_today": items})


def dear(**cheap: float) -> list[float]:
    """Return the prices of a day that is dear, but for some of its hours."""
    return [cheap.get(f"h{hour}", 0.30) for hour in range(24)]


def reason(home: Home) -> Reason | None:
    """Return why the miners draw what they draw."""
    return home.manager.status.reason


@asynccontextmanager
async def automatic(
    hass: HomeAssistant, time: TimeMachine, **options: Any
) -> AsyncIterator[Home]:
    """Set up a home at eight that mines for a reason only, and has had time to stop."""
    data = {"charge": CHARGE} if "cheap_charge" in options else None
    options = {"price": PRICE, "cheap_hours": 2, **options}
    async with a_home(
        hass, time, data=data, options=options, mode=Mode.AUTOMATIC
    ) as home:
        await home.live(50 * MINUTE, step=60)
        yield home


def shown(home: Home, key: str) -> str:
    """Return what a sensor of the manager shows."""
    state = home.hass.states.get(f"sensor.power_{key}")
    assert state is not None
    return state.state


async def clock(home: Home, until: str, step: int = 60) -> None:
    """Let time pass until a time of this day."""
    hour, minute = map(int, until.split(":"))
    now = datetime.now(UTC)
    goal = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    await home.live(int((goal - now).total_seconds()) + 40, step)


async def test_cheapest_hours(hass: HomeAssistant, time: TimeMachine) -> None:
    """It mines in the block that is cheapest, and says until when."""
    tell(hass, dear(h10=0.1, h11=0.12, h14=0.2))
    async with automatic(hass, time) as home:
        assert not home.mines()
        assert reason(home) is Reason.NO_SURPLUS
        assert shown(home, "next_cheap_time") == "2026-05-20T10:00:00+00:00"
        assert shown(home, "cheap_until") == "unknown"
        await clock(home, "10:05")
        assert home.mines()
        assert reason(home) is Reason.CHEAP
        assert home.said("Electricity is cheap until 12:00")
        assert home.said("Starting Miner 1: electricity is cheap")
        await clock(home, "11:55")
        assert home.power > 0.95 * FULL
        assert shown(home, "cheap_until") == "2026-05-20T12:00:00+00:00"
        # Of today there is no more.
        assert shown(home, "next_cheap_time") == "unknown"
        await clock(home, "12:05")
        assert not home.mines()
        await clock(home, "15:05")
        assert not home.mines()


async def test_next_cheap_time(hass: HomeAssistant, time: TimeMachine) -> None:
    """While it is cheap, the next time is the one after that."""
    tell(hass, dear(h10=0.1, h11=0.12, h14=0.2))
    async with automatic(hass, time, cheap_hours=3) as home:
        await clock(home, "10:05")
        assert shown(home, "cheap_until") == "2026-05-20T12:00:00+00:00"
        assert shown(home, "next_cheap_time") == "2026-05-20T14:00:00+00:00"


async def test_tomorrow_is_cheaper(hass: HomeAssistant, time: TimeMachine) -> None:
    """Hours are those of a local day: tomorrow's price changes nothing today."""
    tell(hass, dear(h10=0.1, h11=0.12))
    async with automatic(hass, time) as home:
        tell(hass, [0.01] * 24, day=21)
        await clock(home, "10:05")
        assert home.mines()


async def test_cheap_power(hass: HomeAssistant, time: TimeMachine) -> None:
    """It draws as much as is set, and more with more surplus."""
    tell(hass, dear(h9=0.1, h10=0.12))
    async with automatic(hass, time, cheap_power=2200) as home:
        await clock(home, "10:00")
        assert home.power == pytest.approx(2200, rel=0.05)
        home.pv = 3500
        await clock(home, "10:15")
        assert home.power == pytest.approx(3200, rel=0.05)


async def test_surplus_and_cheap(hass: HomeAssistant, time: TimeMachine) -> None:
    """Surplus goes on where what is cheap ends, with one start."""
    tell(hass, dear(h10=0.1, h11=0.12))
    async with automatic(hass, time) as home:
        await clock(home, "11:30")
        assert home.power > 0.95 * FULL
        home.pv = 2800
        await clock(home, "11:55")
        await clock(home, "12:20", step=10)
        assert home.mines()
        assert reason(home) is Reason.SURPLUS
        assert home.power == pytest.approx(2500, rel=0.06)
        assert len(home.said("Starting Miner 1")) == 1
        assert home.said("The miners follow the surplus")
        # The cap of all day binds each reason.
        await home.manager.async_set_cap(2000)
        await clock(home, "12:25", step=10)
        assert home.power < 2050
        assert home.manager.status.limit is Limit.POWER_CAP


async def test_only_by_price(hass: HomeAssistant, time: TimeMachine) -> None:
    """Without the reason surplus the sun is no reason."""
    tell(hass, dear(h10=0.1, h11=0.12))
    async with automatic(hass, time, use_surplus=False) as home:
        home.pv = 9000
        await clock(home, "09:40")
        assert not home.mines()
        assert reason(home) is Reason.NOTHING_WANTED
        await clock(home, "10:05")
        assert home.mines()


async def test_charge_and_entity(hass: HomeAssistant, time: TimeMachine) -> None:
    """Cheap, charged and switched on: all of them together."""
    percent = {"unit_of_measurement": "%"}
    tell(hass, [0.1] * 24)
    hass.states.async_set(CHARGE, "55", percent)
    hass.states.async_set(FLAG, "on")
    options = {"cheap_hours": 16, "cheap_charge": 60, "cheap_while": FLAG}
    async with automatic(hass, time, **options) as home:
        assert not home.mines()
        hass.states.async_set(CHARGE, "60", percent)
        await clock(home, "09:00")
        assert home.mines()
        # It stays so down to five below.
        hass.states.async_set(CHARGE, "56", percent)
        await clock(home, "09:45")
        assert home.mines()
        hass.states.async_set(CHARGE, "54", percent)
        await clock(home, "09:50")
        assert not home.mines()
        hass.states.async_set(CHARGE, "70", percent)
        hass.states.async_set(FLAG, "unavailable")
        await clock(home, "10:15")
        assert not home.mines()
        hass.states.async_set(FLAG, "on")
        await clock(home, "10:20")
        assert home.mines()


@pytest.mark.parametrize(("starts", "again"), [(1, False), (3, True)])
async def test_starts(
    hass: HomeAssistant, time: TimeMachine, starts: int, again: bool
) -> None:
    """What was missed is had later, unless the starts of the day are spent."""
    hass.states.async_set(FLAG, "on")
    tell(hass, dear(h9=0.1, h10=0.12, h12=0.2, h13=0.2))
    async with automatic(hass, time, cheap_while=FLAG, cheap_starts=starts) as home:
        await clock(home, "09:10")
        assert home.mines()
        hass.states.async_set(FLAG, "off")
        await clock(home, "11:30")
        assert not home.mines()
        hass.states.async_set(FLAG, "on")
        await clock(home, "12:10")
        assert home.mines() is again


async def test_limit(hass: HomeAssistant, time: TimeMachine) -> None:
    """A price of now is cheap up to the limit, and a little above once it is."""
    unit = {"unit_of_measurement": "EUR/kWh"}
    limit = "input_number.limit"
    hass.states.async_set(PRICE, "0.21", unit)
    hass.states.async_set(limit, "unavailable")
    options = {"cheap_hours": 0, "cheap_limit_entity": limit}
    async with automatic(hass, time, **options) as home:
        hass.states.async_set(PRICE, "0.01", unit)
        await clock(home, "08:55")
        # What the limit is, is not known: nothing is cheap.
        assert not home.mines()
        hass.states.async_set(limit, "0.20")
        await clock(home, "08:57")
        assert home.mines()
        hass.states.async_set(PRICE, "0.205", unit)
        await clock(home, "09:35")
        assert home.mines()
        hass.states.async_set(PRICE, "0.215", unit)
        await clock(home, "09:40")
        assert not home.mines()
        hass.states.async_set(PRICE, "0.205", unit)
        await clock(home, "10:00")
        assert not home.mines()


async def test_break_even(hass: HomeAssistant, time: TimeMachine) -> None:
    """It mines while it earns more than it costs, by what the miner was measured at."""
    hashes, unit = "sensor.hash_price", {"unit_of_measurement": "EUR/PH/day"}
    hass.states.async_set(hashes, "45", unit)
    tell(hass, dear(h10=0.05, h11=0.05))
    options = {"cheap_hours": 0, "cheap_break_even": True, "hash_price": hashes}
    async with automatic(hass, time, **options) as home:
        # 0.045 EUR/TH/day at some 19 J/TH: about 0.1 EUR/kWh.
        even = home.manager.status.rates.break_even
        assert even == pytest.approx(0.1, abs=0.03)
        assert not home.mines()
        await clock(home, "10:05")
        assert home.mines()
        hass.states.async_set(hashes, "15", unit)
        await clock(home, "10:45")
        assert not home.mines()
        hass.states.async_set(hashes, "unavailable")
        await clock(home, "11:10")
        assert not home.mines()


async def test_restart_in_the_middle(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """A cheap time goes on after a restart, though the sensor comes later."""
    tell(hass, dear(h10=0.1, h11=0.12, h12=0.13))
    async with automatic(hass, time, cheap_starts=1) as home:
        await clock(home, "10:45")
        assert home.mines()
        hass.states.async_remove(PRICE)
        await kill(home, hass_storage)
        await home.live(20 * MINUTE, step=30)
        assert home.mines()
        assert reason(home) is Reason.CHEAP
        assert shown(home, "cheap_until") == "2026-05-20T12:00:00+00:00"
        tell(hass, dear(h10=0.1, h11=0.12, h12=0.13))
        await clock(home, "11:50")
        assert home.mines()
        await clock(home, "12:05")
        assert not home.mines()
        assert not home.said("Starting Miner 1: there is surplus")


async def test_by_hand(hass: HomeAssistant, time: TimeMachine) -> None:
    """One that is stopped by hand stays so, however cheap it is."""
    tell(hass, dear(h9=0.1, h10=0.12))
    async with automatic(hass, time) as home:
        await clock(home, "09:30")
        assert home.mines()
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        await clock(home, "10:30")
        assert not home.mines()
