"""What the manager reads of Home Assistant's entities."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.law.models import Limit
from custom_components.whatsminer.power_manager.options.pages import SENSORS
from tests.blueprints.time_machine import TimeMachine

from .home import GRID, WATTS, a_home
from .puppet import puppet_of, source, steps

pytestmark = pytest.mark.usefixtures("puppet")

PV, LOAD, BATTERY, CHARGE = "sensor.pv", "sensor.load", "sensor.battery", "sensor.soc"
PERCENT = {"unit_of_measurement": "%"}


@pytest.mark.parametrize(
    ("state", "unit", "positive", "expected"),
    [
        ("1500", "W", "taken", 1500),
        ("-1.5", "kW", "taken", -1500),
        ("0.0015", "MW", "taken", 1500),
        ("1500", "W", "fed_in", -1500),
        ("nan", "W", "taken", None),
        ("1500", None, "taken", None),
        ("1500", ["W"], "taken", None),
        ("-2147483647", "W", "taken", None),
        ("1e300", "TW", "taken", None),
        ("1500", "kWh", "taken", None),
        ("unavailable", "W", "taken", None),
        ("unknown", "W", "taken", None),
        ("text", "W", "taken", None),
    ],
)
async def test_grid(
    hass: HomeAssistant,
    time: TimeMachine,
    state: str,
    unit: Any,
    positive: str,
    expected: float | None,
) -> None:
    """Any unit of power and either sign; what is no power is unknown."""
    async with a_home(hass, time, data={"grid_positive": positive}) as home:
        hass.states.async_set(GRID, "unavailable")
        await home.reload()
        before = steps(home)
        hass.states.async_set(GRID, state, {"unit_of_measurement": unit})
        assert steps(home) > before
        assert source(home).grid == expected
        assert source(home).is_lost is False


async def test_power_after_the_clock_was_set_back(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """What a miner draws is known again with its next reading, not after that time."""
    async with a_home(hass, time) as home:
        await home.call("number.miner_1_power_percent", "set_value", value=60)
        await home.live(20)
        time.set_clock(timedelta(days=-1))
        await home.live(60)
        (miner,) = puppet_of(home.manager).last.miners
        assert miner.power == pytest.approx(home.power, rel=0.02)


async def test_each_report_is_a_step(hass: HomeAssistant, time: TimeMachine) -> None:
    """A report of the same value is a fresh one; in between the last one counts."""
    async with a_home(hass, time) as home:
        home.meter_works = False
        await home.live(20)
        first = source(home).taken_at
        await home.live(1, step=1)
        before = steps(home)
        home.report()
        assert steps(home) == before + 1
        assert source(home).taken_at > first
        taken_at = source(home).taken_at
        await home.live(10)
        assert source(home).taken_at == taken_at


async def test_what_a_manager_reports(hass: HomeAssistant, time: TimeMachine) -> None:
    """What a step itself reports does not cause another step."""
    options = {"reserve": "sensor.power_power"}
    async with a_home(hass, time, options=options) as home:
        before = steps(home)
        await home.live(10)
        # The tick, and the report of the meter.
        assert steps(home) == before + 2
        assert source(home).grid == round(home.grid)


async def test_panels_and_load(hass: HomeAssistant, time: TimeMachine) -> None:
    """Without a grid meter it is the load without what panels and battery give."""
    data = {"grid": None, "pv": PV, "load": LOAD, "battery": BATTERY}
    async with a_home(hass, time, data=data) as home:
        hass.states.async_set(PV, "5", {"unit_of_measurement": "kW"})
        assert source(home).grid is None
        hass.states.async_set(LOAD, "3000", WATTS)
        hass.states.async_set(BATTERY, "-500", WATTS)
        assert source(home).grid == -1500
        assert source(home).battery == -500


async def test_battery(hass: HomeAssistant, time: TimeMachine) -> None:
    """Either sign; lost, the surplus is not known either."""
    data = {"battery": BATTERY, "battery_positive": "takes", "charge": CHARGE}
    async with a_home(hass, time, data=data) as home:
        hass.states.async_set(BATTERY, "2", {"unit_of_measurement": "kW"})
        hass.states.async_set(CHARGE, "80", PERCENT)
        assert source(home).battery == -2000
        assert source(home).charge == 80
        await home.live(590)
        assert not source(home).is_lost
        await home.live(20)
        assert source(home).is_lost


async def test_full_battery(hass: HomeAssistant, time: TimeMachine) -> None:
    """One that is full says so once, and that counts for a day."""
    async with a_home(hass, time, data={"charge": CHARGE}) as home:
        hass.states.async_set(CHARGE, "100", PERCENT)
        await home.live(23 * 3600, step=600)
        assert source(home).charge == 100
        assert not source(home).is_lost
        await home.live(2 * 3600, step=600)
        assert source(home).charge is None


async def test_silent_meter(hass: HomeAssistant, time: TimeMachine) -> None:
    """It is lost after the time that is set, and found with its next report."""
    async with a_home(hass, time, options={"lost_after": 20}) as home:
        home.meter_works = False
        await home.live(1190)
        assert not source(home).is_lost
        await home.live(30)
        assert source(home).is_lost
        home.report()
        assert not source(home).is_lost


@pytest.mark.parametrize("at_start", [True, False])
async def test_unavailable_meter(
    hass: HomeAssistant, time: TimeMachine, at_start: bool
) -> None:
    """It may be unavailable for three minutes."""
    async with a_home(hass, time) as home:
        home.meter_works = False
        await home.live(60)
        hass.states.async_set(GRID, "unavailable")
        if at_start:
            await home.reload()
        await home.live(170)
        assert not source(home).is_lost
        await home.live(30)
        assert source(home).is_lost


async def test_renamed(hass: HomeAssistant, time: TimeMachine) -> None:
    """Sensor and switch are followed by their ids in the registry."""
    registry = er.async_get(hass)
    allowed = registry.async_get_or_create(
        "switch", "test", "allowed", suggested_object_id="allowed"
    )
    async with a_home(hass, time, options={"allowed": allowed.id}) as home:
        hass.states.async_set("switch.allowed", "on")
        for old, new in ((GRID, "sensor.new"), ("switch.allowed", "switch.new")):
            hass.states.async_remove(old)
            registry.async_update_entity(old, new_entity_id=new)
        home.grid_entity = "sensor.new"
        await time.settle()
        home.load = 777
        hass.states.async_set("switch.new", "off")
        home.report()
        assert source(home).grid == pytest.approx(home.grid, abs=1)
        ceiling = puppet_of(home.manager).last.miners[0].ceiling
        assert ceiling is not None
        assert ceiling.limit is Limit.NOT_ALLOWED


async def test_each_entity_of_the_options(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """Whichever is not there, the repair names it; a report of any is a step."""
    options = {key: f"sensor.{n}" for n, key in enumerate(SENSORS)}
    async with a_home(hass, time, options=options) as home:
        await home.live(200)
        issue_id = f"source_missing_{home.entry.entry_id}"
        issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        assert issue.translation_placeholders
        missing = issue.translation_placeholders["which"].replace("\\", "")
        assert missing.split(", ") == sorted(options.values())
        for each in options.values():
            before = steps(home)
            hass.states.async_set(each, "1")
            assert steps(home) > before, each
