"""What keeps the miners off is named, whatever it is that asks for power."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Reason
from tests.blueprints.time_machine import TimeMachine

from .home import a_home
from .rooms import SENSOR, Room

PRICE = "sensor.price"
HEAT = {"room": SENSOR, "use_surplus": False}
CHEAP = {"price": PRICE, "cheap_limit": 0.2}


@pytest.mark.parametrize(
    ("mode", "options", "wanted"),
    [
        (Mode.AUTOMATIC, HEAT, Reason.HEAT),
        (Mode.AUTOMATIC, {**HEAT, "use_surplus": True}, Reason.HEAT),
        (Mode.AUTOMATIC, CHEAP, Reason.CHEAP),
        (Mode.AUTOMATIC, {**CHEAP, "use_surplus": False}, Reason.CHEAP),
        (Mode.MINIMUM_SOLAR, {}, Reason.MINIMUM),
        (Mode.EXTERNAL, {}, Reason.REQUEST),
        (Mode.FULL, {}, Reason.FULL),
    ],
)
async def test_kept_off_whatever_is_wanted(
    hass: HomeAssistant,
    time: TimeMachine,
    mode: Mode,
    options: dict[str, Any],
    wanted: Reason,
) -> None:
    """The rest after a stop and a hold come before the want."""
    options = {"request_lasts": 0, **options, "least_run": 0, "least_rest": 10}
    async with a_home(hass, time, options=options) as home:

        def reason() -> str:
            """Return what the entity says."""
            state = hass.states.get("sensor.power_reason")
            assert state is not None
            return state.state

        hass.states.async_set(PRICE, "0.1", {"unit_of_measurement": "EUR/kWh"})
        if "room" in options:
            await Room(home, 15).set(25)
        await home.manager.async_request(3000)
        await home.set_mode(Mode.OFF)
        await home.live(60)
        assert not home.mines()
        assert reason() == Reason.OFF
        await home.set_mode(mode)
        await home.live(60)
        assert not home.mines()
        assert reason() == Reason.RESTING
        assert home.manager.status.target_power == 0
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        await home.live(10)
        assert reason() == Reason.HELD
        await home.call("button.power_end_hold", "press")
        await home.live(15 * 60)
        assert home.mines()
        assert reason() == wanted


async def test_limit_of_a_held_miner(hass: HomeAssistant, time: TimeMachine) -> None:
    """The logbook names a limit once, and its end only when it is over."""
    async with a_home(hass, time, mode=Mode.FULL) as home:
        await home.live(60)
        (key,) = home.manager.members
        number = "number.miner_1_power_percent"
        await home.call(number, "set_value", by_person=True, value=80)
        await home.live(10)
        await home.manager.async_set_cap(1000)
        await home.live(120)
        assert home.manager.status.miners[key].reason is Limit.POWER_CAP
        stops = "Stopping Miner 1: the power cap is reached"
        assert home.said("Miner 1")[-1] == stops
        await home.manager.async_set_cap(None)
        await home.live(20)
        assert home.manager.status.miners[key].reason is Reason.HELD
        assert home.said("Miner 1")[-2:] == [stops, "Miner 1 is no longer limited"]
        assert not home.said("has to stay off")


@pytest.mark.parametrize("later", ["heat", "price"])
async def test_start_is_kept(
    hass: HomeAssistant, time: TimeMachine, later: str
) -> None:
    """Clouds do not use the last start of the day while something else may need it."""
    options: dict[str, Any] = {"starts_per_day": 2}
    if later == "heat":
        options |= {"room": SENSOR}
    else:
        options |= {"price": PRICE, "cheap_hours": 3}
    async with a_home(
        hass, time, states=("stopped",), options=options, mode=Mode.AUTOMATIC
    ) as home:
        begin = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
        prices = [
            {
                "start_time": (begin + timedelta(hours=hour)).isoformat(),
                "end_time": (begin + timedelta(hours=hour + 1)).isoformat(),
                "price_per_kwh": 0.1 if 5 <= hour < 8 else 0.3,
            }
            for hour in range(8)
        ]
        unit = {"unit_of_measurement": "EUR/kWh"}
        hass.states.async_set(PRICE, "0.3", {**unit, "data": prices})
        room = Room(home, 20)
        await room.set(15)
        for _ in range(2):
            home.pv = 4000
            await room.live(60)
            home.pv = 0
            await room.live(60)
        assert home.miners[0].log.commands.count("power_on") == 1
        home.pv = 4000
        await home.live(30, step=10)
        assert home.manager.status.reason is Reason.STARTS_SPENT
        home.pv = 0
        if later == "heat":
            await room.set(25)
        await room.live(90)
        assert home.mines()
