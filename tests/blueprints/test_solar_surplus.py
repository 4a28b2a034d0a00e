"""The small automation for surplus: two powers, two times."""

from datetime import timedelta

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from tests.household import make_day

from .helpers import GRID, Day, a_day, restart, use_blueprint, warnings
from .time_machine import TimeMachine

PLENTY = 6000.0
SHORT = -1000.0


async def steer(day: Day, **inputs: object) -> None:
    """Have the automation steer the miner; before that, a first reading."""
    await day.minute(0, 0)
    await use_blueprint(
        day.hass,
        "solar_surplus",
        miner=day.entity("switch.mining"),
        grid_power=GRID,
        **inputs,
    )


async def test_two_powers_two_times(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """It starts after the one time with enough surplus, and stops after the other."""
    async with a_day(hass, time, start="09:00", poll=60) as day:
        await steer(day)
        await day.stay(PLENTY, 14)
        assert not day.mines()
        await day.stay(0, 1)
        await day.stay(PLENTY, 14)
        assert not day.mines()
        await day.stay(PLENTY, 3)
        assert day.mines()
        await day.stay(PLENTY, 30)
        await day.stay(SHORT, 9)
        assert day.mines()
        await day.stay(SHORT, 3)
        assert not day.mines()
        assert warnings(caplog) == []


async def test_sensor_is_lost(hass: HomeAssistant, time: TimeMachine) -> None:
    """Without a number from the sensor it stops as without sun."""
    async with a_day(hass, time, start="09:00", poll=60, state="hashing") as day:
        await steer(day)
        await day.stay(PLENTY, 2)
        day.sensor_works = False
        hass.states.async_set(GRID, STATE_UNAVAILABLE)
        await day.stay(PLENTY, 9)
        assert day.mines()
        await day.stay(PLENTY, 3)
        assert not day.mines()


async def test_after_a_start(hass: HomeAssistant, time: TimeMachine) -> None:
    """What was due while Home Assistant was away is done when it is back."""
    async with a_day(hass, time, start="18:00", poll=60, state="hashing") as day:
        await steer(day)
        await day.stay(PLENTY, 2)
        day.sensor_works = False
        await restart(day, 30)
        day.sensor_works = True
        await day.stay(SHORT, 9)
        assert day.mines()
        await day.stay(SHORT, 3)
        assert not day.mines()


async def test_refused_stop(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that refuses is asked again."""
    async with a_day(hass, time, start="18:00", poll=60, state="hashing") as day:
        await steer(day)
        day.miners[0].faults.refuse["power_off"] = 132
        await day.stay(SHORT, 14)
        assert day.mines()
        day.miners[0].faults.refuse.clear()
        await day.stay(SHORT, 14)
        assert not day.mines()


@pytest.mark.parametrize(("unit", "factor"), [("W", 1.0), ("kW", 0.001)])
async def test_signs_and_units(
    hass: HomeAssistant, time: TimeMachine, unit: str, factor: float
) -> None:
    """What is fed in may be positive, and in kW."""
    async with a_day(hass, time, start="09:00", poll=60) as day:
        await steer(day, fed_in_is="positive")
        day.sensor_works = False
        for power, mines in ((-4000, False), (4000, True)):
            hass.states.async_set(
                GRID, f"{power * factor}", {"unit_of_measurement": unit}
            )
            await day.stay(0, 18)
            assert day.mines() is mines


async def test_day(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """A sunny day is one run, which takes little from the grid."""
    async with a_day(hass, time, start="05:00") as day:
        await steer(day)
        await day.live(make_day("sunny")[5 * 60 : 21 * 60 : 2], 2)
        assert day.starts() == 1
        assert day.shortest("on") >= timedelta(hours=1)
        assert not day.mines()
        assert day.house.mined > 8
        assert warnings(caplog) == []
