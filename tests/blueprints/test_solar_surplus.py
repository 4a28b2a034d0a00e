"""The small automation for surplus: two powers, two times."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import parse_yaml
import pytest

from tests.household import make_day

from .helpers import GRID, Day, a_day, restart, use_blueprint, warnings
from .time_machine import TimeMachine

DOCUMENT = Path(__file__).parents[2] / "docs" / "blueprints.md"
PLENTY = 6000.0
SHORT = -1000.0


def documented() -> dict[str, Any]:
    """Return the inputs of the example in the documents."""
    section = DOCUMENT.read_text().partition("\n## Solar surplus\n")[2]
    example = parse_yaml(section.partition("```yaml\n")[2].partition("```")[0])
    assert isinstance(example, dict)
    inputs: dict[str, Any] = example["use_blueprint"]["input"]
    return inputs


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


async def test_example(hass: HomeAssistant, time: TimeMachine) -> None:
    """The example in the documents does what it says."""
    async with a_day(hass, time, start="09:00", poll=60) as day:
        day.sensor_works = False
        await use_blueprint(hass, "solar_surplus", **documented())
        for power, minutes, mines in (
            ("3.4", 18, False),
            ("3.5", 14, False),
            ("3.5", 4, True),
            ("-0.29", 18, True),
            ("-0.3", 4, True),
            ("-0.3", 4, False),
        ):
            hass.states.async_set(GRID, power, {"unit_of_measurement": "kW"})
            await day.stay(0, minutes)
            assert day.mines() is mines


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
