"""What keeps the miners off: times, temperatures, the pump, quiet hours."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.law.models import Limit
from tests.blueprints.time_machine import TimeMachine

from .home import a_home, kill
from .puppet import limit, power_allowed, puppet_of

pytestmark = pytest.mark.usefixtures("puppet")

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
        # Each is over when the run would be.
        (("allowed_from", "08:25:00", "allowed_until", "08:15:00"), Limit.NOT_ALLOWED),
        (("quiet_from", "08:10:00", "quiet_until", "08:20:00"), Limit.QUIET),
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


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize(
    ("sensor", "options", "hot", "warm", "cool"),
    [
        ("temperature", {"temperature_limit": 55}, 56, 54, 49.9),
        ("room", {"room_upper": 24}, 24.1, 23.4, 22.9),
    ],
)
async def test_hot_before_a_restart(
    hass: HomeAssistant,
    time: TimeMachine,
    sensor: str,
    options: dict[str, float],
    hot: float,
    warm: float,
    cool: float,
    is_there: bool,
) -> None:
    """It has to cool down after a restart, too, though the sensor may come later."""
    celsius = {"unit_of_measurement": "°C"}
    hass.states.async_set("sensor.tank", str(hot), celsius)
    async with a_home(hass, time, options={sensor: "sensor.tank", **options}) as home:
        assert power_allowed(home) == 0
        if is_there:
            hass.states.async_set("sensor.tank", str(warm), celsius)
        else:
            hass.states.async_remove("sensor.tank")
        await home.reload()
        hass.states.async_set("sensor.tank", str(warm), celsius)
        assert power_allowed(home) == 0
        hass.states.async_set("sensor.tank", str(cool), celsius)
        assert power_allowed(home) is None


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


async def test_hot_coolant_before_a_restart(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A miner, too, has to cool down after a restart; one that warms up has not."""
    async with a_home(
        hass,
        time,
        apis=("3.0.2",),
        cooling="hydro",
        options={"coolant_temperature": 40},
    ) as home:
        physics = home.miners[0].machine.physics
        expected = None
        for celsius, hot in ((38, False), (42, True), (38, True), (34, False)):
            physics.ambient = celsius - 14
            await home.live(900, step=60)
            expected = Limit.TEMPERATURE if hot else None
            assert limit(home) is expected
            await home.reload()
            assert limit(home) is expected
