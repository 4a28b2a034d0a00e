"""What the manager reads of Home Assistant's entities."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Source
from custom_components.whatsminer.power_manager.options.pages import SENSORS
from tests.blueprints.time_machine import TimeMachine

from .home import GRID, WATTS, Home, a_home, kill
from .puppet import puppet_of

pytestmark = pytest.mark.usefixtures("puppet")

PV, LOAD, BATTERY, CHARGE = "sensor.pv", "sensor.load", "sensor.battery", "sensor.soc"
PERCENT = {"unit_of_measurement": "%"}


def source(home: Home) -> Source:
    """Return what the law knows of the meters."""
    return puppet_of(home.manager).last.source


def steps(home: Home) -> int:
    """Return how often the law has decided."""
    return len(puppet_of(home.manager).readings)


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


def limit(home: Home) -> Limit | None:
    """Return the ceiling of the first miner."""
    ceiling = puppet_of(home.manager).last.miners[0].ceiling
    return None if ceiling is None else ceiling.limit


ALLOWED = "binary_sensor.allowed"


@pytest.mark.parametrize("when_lost", [True, False])
async def test_allowed_is_lost(
    hass: HomeAssistant, time: TimeMachine, when_lost: bool
) -> None:
    """At a start it may come late; then it is not allowed, or as is set."""
    options = {"allowed": ALLOWED, "allowed_when_lost": when_lost}
    async with a_home(hass, time, options=options) as home:
        assert limit(home) is None
        await home.live(170)
        assert limit(home) is None
        await home.live(30)
        assert limit(home) is (None if when_lost else Limit.NOT_ALLOWED)
        hass.states.async_set(ALLOWED, "off")
        assert limit(home) is Limit.NOT_ALLOWED
        # What it said last counts over a restart, too.
        hass.states.async_remove(ALLOWED)
        await home.reload()
        assert limit(home) is Limit.NOT_ALLOWED


async def test_hours(hass: HomeAssistant, time: TimeMachine) -> None:
    """It is eight in the morning."""
    options = {"allowed_from": "22:00:00", "allowed_until": "08:30:00"}
    async with a_home(hass, time, options=options) as home:
        assert limit(home) is None
        await home.live(1790)
        assert limit(home) is None
        await home.live(20)
        assert limit(home) is Limit.NOT_ALLOWED


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("allowed_from", "22:00:00", "allowed_until", "08:25:00"), Limit.NOT_ALLOWED),
        (("allowed_from", "22:00:00", "allowed_until", "08:35:00"), None),
        (("quiet_from", "08:25:00", "quiet_until", "22:00:00"), Limit.QUIET),
        (("quiet_from", "08:35:00", "quiet_until", "22:00:00"), None),
    ],
)
async def test_no_start_before_its_end(
    hass: HomeAssistant,
    time: TimeMachine,
    options: tuple[str, ...],
    expected: Limit | None,
) -> None:
    """It is eight in the morning: what stands does not start for less than a run."""
    pairs = dict(zip(options[::2], options[1::2], strict=True))
    states = ("hashing", "stopped")
    async with a_home(hass, time, states=states, options=pairs) as home:
        assert limit(home) is None
        ceiling = puppet_of(home.manager).last.miners[1].ceiling
        assert (ceiling and ceiling.limit) is expected


async def test_temperature(hass: HomeAssistant, time: TimeMachine) -> None:
    """Hot or not available, it stops at once."""
    options = {"temperature": "sensor.tank", "temperature_limit": 55}
    celsius = {"unit_of_measurement": "°C"}
    async with a_home(hass, time, options=options) as home:
        assert limit(home) is Limit.NO_TEMPERATURE
        hass.states.async_set("sensor.tank", "54.9", celsius)
        assert limit(home) is None
        hass.states.async_set("sensor.tank", "131", {"unit_of_measurement": "°F"})
        assert limit(home) is Limit.TEMPERATURE
        hass.states.async_set("sensor.tank", "50.1", celsius)
        assert limit(home) is Limit.TEMPERATURE
        hass.states.async_set("sensor.tank", "49.9", celsius)
        assert limit(home) is None
        hass.states.async_set("sensor.tank", "unavailable", celsius)
        assert limit(home) is Limit.NO_TEMPERATURE


@pytest.mark.parametrize("sensor", ["temperature", "inlet", "outlet"])
async def test_silent_temperature(
    hass: HomeAssistant, time: TimeMachine, sensor: str
) -> None:
    """An old value is none: each report counts for as long as is set, the same value, too."""
    celsius = {"unit_of_measurement": "°C"}
    async with a_home(hass, time, options={sensor: "sensor.tank"}) as home:
        hass.states.async_set("sensor.tank", "30", celsius)
        await home.live(7200, step=600)
        assert limit(home) is None
        hass.states.async_set("sensor.tank", "30", celsius)
        await home.live(7200, step=600)
        assert limit(home) is None
        await home.live(10)
        assert limit(home) is Limit.NO_TEMPERATURE
        hass.states.async_set("sensor.tank", "30", celsius)
        assert limit(home) is None
        options = {**home.entry.options, "temperature_lost_after": 1440}
        hass.config_entries.async_update_entry(home.entry, options=options)
        await home.reload()
        await home.live(23 * 3600, step=600)
        assert limit(home) is None
        await home.live(2 * 3600, step=600)
        assert limit(home) is Limit.NO_TEMPERATURE


async def test_hot_while_nothing_may_mine(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """It has to cool down, also if it got hot while something else kept them off."""
    options = {
        "temperature": "sensor.tank",
        "temperature_limit": 55,
        "allowed": ALLOWED,
    }
    celsius = {"unit_of_measurement": "°C"}
    async with a_home(hass, time, options=options) as home:
        hass.states.async_set(ALLOWED, "off")
        hass.states.async_set("sensor.tank", "56", celsius)
        hass.states.async_set("sensor.tank", "54", celsius)
        assert limit(home) is Limit.NOT_ALLOWED
        hass.states.async_set(ALLOWED, "on")
        assert limit(home) is Limit.TEMPERATURE
        hass.states.async_set("sensor.tank", "49.9", celsius)
        assert limit(home) is None


@pytest.mark.parametrize("sensor", ["inlet", "outlet"])
async def test_coolant(hass: HomeAssistant, time: TimeMachine, sensor: str) -> None:
    """Each has its limit, and has to cool down by itself."""
    options = {
        "inlet": "sensor.inlet",
        "outlet": "sensor.outlet",
        f"{sensor}_limit": 42,
    }
    celsius = {"unit_of_measurement": "°C"}
    async with a_home(hass, time, options=options) as home:
        hass.states.async_set("sensor.inlet", "30", celsius)
        hass.states.async_set("sensor.outlet", "30", celsius)
        assert limit(home) is None
        hass.states.async_set(f"sensor.{sensor}", "42", celsius)
        assert limit(home) is Limit.TEMPERATURE
        hass.states.async_set(f"sensor.{sensor}", "36.9", celsius)
        assert limit(home) is None
        hass.states.async_set(f"sensor.{sensor}", "unknown", celsius)
        assert limit(home) is Limit.NO_TEMPERATURE


async def test_pump(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """It has to run; after a start what it was before counts for a while."""
    async with a_home(hass, time, options={"pump": "switch.pump"}) as home:
        hass.states.async_set("switch.pump", "on")
        assert limit(home) is None
        hass.states.async_set("switch.pump", "off")
        assert limit(home) is Limit.PUMP
        hass.states.async_set("switch.pump", "on")
        await home.live(70)
        hass.states.async_remove("switch.pump")
        await kill(home, hass_storage)
        assert limit(home) is None
        await home.live(190)
        assert limit(home) is Limit.PUMP
        hass.states.async_set("switch.pump", "on")
        assert limit(home) is None
        await home.live(10)
        # Later it does not run as soon as nobody knows.
        hass.states.async_set("switch.pump", "unavailable")
        assert limit(home) is Limit.PUMP


async def test_pump_while_nothing_may_mine(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """After a start it counts for a while, not from the first time that it is needed."""
    options = {"pump": "switch.pump", "allowed": "switch.allowed"}
    async with a_home(hass, time, options=options) as home:
        for each in options.values():
            hass.states.async_set(each, "on")
        assert limit(home) is None
        await home.live(70)
        hass.states.async_set("switch.allowed", "off")
        hass.states.async_remove("switch.pump")
        await kill(home, hass_storage)
        await home.live(190)
        assert limit(home) is Limit.NOT_ALLOWED
        hass.states.async_set("switch.allowed", "on")
        assert limit(home) is Limit.PUMP


@pytest.mark.parametrize(
    ("start", "end", "power"),
    [
        ("07:30:00", "08:30:00", 2000),
        ("22:00:00", "08:30:00", 2000),
        ("08:30:00", "22:00:00", None),
        ("08:00:00", "08:00:00", None),
        (None, "08:30:00", None),
    ],
)
async def test_quiet_hours(
    hass: HomeAssistant,
    time: TimeMachine,
    start: str | None,
    end: str,
    power: float | None,
) -> None:
    """It is eight in the morning, and all miners together are to be quiet."""
    options = {"quiet_from": start, "quiet_until": end, "quiet_power": 2000}
    async with a_home(hass, time, states=("hashing",) * 2, options=options) as home:
        assert power_allowed(home) == power
        assert limit(home) is (None if power is None else Limit.QUIET)


async def test_room_before_it_is_known(hass: HomeAssistant, time: TimeMachine) -> None:
    """Until the sensor has reported after a start, nothing more than is drawn."""
    options = {"room": "sensor.room", "room_upper": 24}
    states = ("hashing", "stopped")
    async with a_home(hass, time, states=states, options=options) as home:
        assert limit(home) is None
        ceiling = puppet_of(home.manager).last.miners[1].ceiling
        assert ceiling is not None
        assert ceiling.limit is Limit.NO_TEMPERATURE
        assert ceiling.power < 100
        await home.live(200)
        assert power_allowed(home) == 0
        assert limit(home) is Limit.NO_TEMPERATURE
        celsius = {"unit_of_measurement": "°C"}
        hass.states.async_set("sensor.room", "23.75", celsius)
        # Once it was closed it has to cool down.
        assert power_allowed(home) == 0
        hass.states.async_set("sensor.room", "22.9", celsius)
        assert power_allowed(home) is None
        hass.states.async_set("sensor.room", "23.75", celsius)
        ceiling = puppet_of(home.manager).last.miners[0].ceiling
        assert ceiling is not None
        assert ceiling.limit is Limit.ROOM
        assert ceiling.power == pytest.approx(0.72 * home.power, rel=0.05)


async def test_chips(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner whose own chips are too hot stops."""
    async with a_home(
        hass, time, states=("hashing", "stopped"), options={"chip_temperature": 30}
    ) as home:
        assert limit(home) is Limit.TEMPERATURE
        assert puppet_of(home.manager).last.miners[1].ceiling is None


def power_allowed(home: Home) -> float | None:
    """Return what the ceilings let the miners draw together."""
    ceilings = [each.ceiling for each in puppet_of(home.manager).last.miners]
    powers = [each.power for each in ceilings if each is not None]
    return sum(powers) if len(powers) == len(ceilings) else None


async def test_grid_cap(hass: HomeAssistant, time: TimeMachine) -> None:
    """What the house takes is not the miners': an old report is set off by itself."""
    options: dict[str, Any] = {"grid_cap": 5000, "lost_after": 60}
    async with a_home(hass, time, options=options) as home:
        home.load = 3000
        await home.live(10)
        assert power_allowed(home) == pytest.approx(2000, abs=100)
        assert limit(home) is Limit.GRID_CAP
        # The miner draws less since, and the meter has not reported it yet.
        home.meter_works = False
        await home.call("number.miner_1_power_percent", "set_value", value=50)
        await home.live(60)
        assert power_allowed(home) == pytest.approx(2000, abs=100)
        await home.live(3600, step=60)
        assert power_allowed(home) == 0


async def test_reserve(hass: HomeAssistant, time: TimeMachine) -> None:
    """A car is served first: what it will take is kept free."""
    async with a_home(hass, time, options={"reserve": "sensor.car"}) as home:
        home.pv = 6000
        await home.live(10)
        assert limit(home) is None
        hass.states.async_set("sensor.car", "4.1", {"unit_of_measurement": "kW"})
        assert limit(home) is Limit.RESERVE
        assert power_allowed(home) == pytest.approx(6000 - 300 - 4100, abs=100)
        hass.states.async_set("sensor.car", "0", {"unit_of_measurement": "kW"})
        assert limit(home) is None


@pytest.mark.parametrize("state", ["unavailable", "asleep", "nan"])
async def test_lost_reserve(hass: HomeAssistant, time: TimeMachine, state: str) -> None:
    """What cannot be read keeps all free after a while, and a repair says so."""
    async with a_home(hass, time, options={"reserve": "sensor.car"}) as home:
        issues = ir.async_get(hass)
        issue_id = f"reserve_unreadable_{home.entry.entry_id}"
        home.pv = 6000
        hass.states.async_set("sensor.car", "4100", WATTS)
        await home.live(10)
        # A helper says its number once.
        await home.live(26 * 3600, step=600)
        allowed = power_allowed(home)
        assert allowed == pytest.approx(6000 - 300 - 4100, abs=100)
        hass.states.async_set("sensor.car", state, WATTS)
        await home.live(170)
        assert power_allowed(home) == pytest.approx(allowed, abs=100)
        await home.live(30)
        assert power_allowed(home) == 0
        assert limit(home) is Limit.RESERVE
        issue = issues.async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["which"] == r"sensor\.car"
        hass.states.async_set("sensor.car", "0", WATTS)
        await home.live(10)
        assert limit(home) is None
        assert issues.async_get_issue(DOMAIN, issue_id) is None


async def test_reserve_before_it_is_known(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """Until it is read after a start, nothing more is drawn; then as is chosen."""
    options = {"reserve": "sensor.car", "when_lost": "lowest"}
    states = ("hashing", "stopped")
    async with a_home(hass, time, states=states, options=options) as home:
        home.pv = 9000
        hass.states.async_set("sensor.car", "asleep")
        await home.live(60)
        assert limit(home) is None
        ceiling = puppet_of(home.manager).last.miners[1].ceiling
        assert ceiling is not None
        assert ceiling.limit is Limit.RESERVE
        assert ceiling.power < 100
        await home.live(200)
        assert limit(home) is Limit.RESERVE
        assert 0 < (power_allowed(home) or 0) < 0.9 * home.power


async def test_fuse(hass: HomeAssistant, time: TimeMachine) -> None:
    """Each phase has its fuse; a miner counts on the phase that it is on."""
    options = {"fuse": 35, "phase_1": "sensor.a", "phase_2": "sensor.b"}
    async with a_home(hass, time, options=options) as home:
        key = home.entries[0].entry_id
        hass.config_entries.async_update_entry(
            home.entry, options={**home.entry.options, "phases": {key: "1"}}
        )
        await home.reload()
        amperes = {"unit_of_measurement": "A"}
        own = home.power / 230
        hass.states.async_set("sensor.b", "34", amperes)
        hass.states.async_set("sensor.a", f"{own + 25:.2f}", amperes)
        assert limit(home) is Limit.FUSE
        assert power_allowed(home) == pytest.approx(10 * 230, abs=100)
        assert home.manager.status.limit is Limit.FUSE


async def test_cap(hass: HomeAssistant, time: TimeMachine) -> None:
    """The cap of the group counts at once."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        await home.manager.async_set_cap(4000)
        assert power_allowed(home) == 4000
        assert limit(home) is Limit.POWER_CAP
        assert home.said("Miner 1 may draw")
        await home.manager.async_set_cap(None)
        assert power_allowed(home) is None
        assert home.said("Miner 1 is no longer limited")


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
