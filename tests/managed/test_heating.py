"""Heat with the real law and simulated miners: a day, and what comes in between."""

from itertools import pairwise
from math import cos, pi
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest

from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Reason
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_calm_home as a_home, kill
from .rooms import SENSOR, THERMOSTAT, Room

OPTIONS = {"room": SENSOR, "use_surplus": False}
ENERGY = "sensor.power_heat_energy_today"


def reason(home: Home) -> Reason | None:
    """Return why the miners draw what they draw."""
    return home.manager.status.reason


@pytest.mark.parametrize("mean", [-1.0, 8.5])
async def test_a_day(hass: HomeAssistant, time: TimeMachine, mean: float) -> None:
    """The target is held where it can be, with two starts at most."""
    async with a_home(
        hass, time, states=("stopped",), options=OPTIONS, mode=Mode.AUTOMATIC
    ) as home:
        room = Room(
            home, 20.6, outside=lambda hour: mean + 4 * cos(2 * pi * (hour - 7) / 24)
        )
        await room.set(21)
        await room.live(24 * 60)
        # A run at the lowest power, and at full power.
        can = [1350 <= each <= 3300 for each in room.demands]
        minutes = [
            temperature
            for temperature, counts in zip(room.temperatures, can, strict=True)
            if counts
        ][150:]
        assert len(minutes) > 8 * 60
        held = sum(abs(each - 21) <= 0.5 for each in minutes)
        assert held >= 0.95 * len(minutes)
        assert home.miners[0].log.commands.count("power_on") <= 2
        assert len(home.said("Starting Miner 1: heat is wanted")) <= 2


async def test_target_changes(hass: HomeAssistant, time: TimeMachine) -> None:
    """Much warmer is full power, much colder a stop."""
    async with a_home(hass, time, options=OPTIONS) as home:
        room = Room(home, 21, capacity=3)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        await room.live(60)
        assert room.state.attributes["hvac_action"] == "heating"
        assert 2000 < home.power < 3000
        await room.set(24)
        await room.live(20)
        assert home.power > 3200
        await room.set(18)
        await room.live(3)
        assert not home.mines()
        assert room.state.attributes["hvac_action"] == "idle"
        assert room.state.attributes["status"] == "warm_enough"
        assert room.state.attributes["demand"] == 0
        # Cold enough, it starts again by itself.
        await room.until(home.mines)
        assert 17.5 < room.air.temperature < 17.9


@pytest.mark.parametrize(("pace", "expected"), [(5, range(3, 13)), (30, range(1, 3))])
async def test_pace(
    hass: HomeAssistant, time: TimeMachine, pace: float, expected: range
) -> None:
    """The demand changes as often as the options allow."""
    options = {**OPTIONS, "heat_pace": pace}
    async with a_home(hass, time, options=options) as home:
        room = Room(home, 20.5, capacity=2)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        demands = []
        for _ in range(60):
            await room.live(1)
            demands.append(room.state.attributes["demand"])
        # What a miner can draw is measured meanwhile: that changes it by some W.
        changes = sum(abs(a - b) > 100 for a, b in pairwise(demands))
        assert changes in expected


@pytest.mark.parametrize(
    ("settle", "lowest", "highest"), [(10, 20.95, 21.1), (1440, 20.5, 20.9)]
)
async def test_settle(
    hass: HomeAssistant,
    time: TimeMachine,
    settle: float,
    lowest: float,
    highest: float,
) -> None:
    """That the lowest power is too little is learned as fast as the options say."""
    options = {**OPTIONS, "heat_settle": settle}
    async with a_home(hass, time, options=options) as home:
        room = Room(home, 20.9)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        await room.live(180)
        assert lowest < room.air.temperature < highest


async def test_sensor_is_lost(hass: HomeAssistant, time: TimeMachine) -> None:
    """Two minutes change nothing; after that nobody heats what nobody measures."""
    async with a_home(hass, time, options=OPTIONS) as home:
        room = Room(home, 21, capacity=3)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        await room.live(60)
        demand = room.state.attributes["demand"]
        room.lose()
        await room.live(2)
        assert home.mines()
        assert room.state.attributes["demand"] == demand
        await room.live(18)
        assert not home.mines()
        assert room.state.attributes["current_temperature"] is None
        assert room.state.attributes["status"] == "no_temperature"
        room.reports = True
        room.air.sensed = room.air.temperature = 20.5
        await room.live(15)
        assert home.mines()
        assert room.state.attributes["status"] == "heating"


async def test_silent_sensor(hass: HomeAssistant, time: TimeMachine) -> None:
    """A temperature that is not reported any more counts for as long as is set."""
    options = {**OPTIONS, "room_lost_after": 30}
    async with a_home(hass, time, options=options) as home:
        room = Room(home, 20.9, capacity=3)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        room.reports = False
        await room.live(28)
        assert home.mines()
        assert room.state.attributes["current_temperature"] == 20.9
        await room.live(6)
        assert not home.mines()
        assert room.state.attributes["current_temperature"] is None


async def test_silent_limit(hass: HomeAssistant, time: TimeMachine) -> None:
    """No miner mines on by a temperature of the coolant that is old."""
    options = {"inlet": "sensor.inlet", "temperature_lost_after": 30}
    celsius = {"unit_of_measurement": "°C"}
    hass.states.async_set("sensor.inlet", "30", celsius)
    async with a_home(hass, time, options=options, mode=Mode.FULL) as home:
        await home.live(1790)
        assert home.mines()
        await home.live(30)
        assert not home.mines()
        assert home.said("Stopping Miner 1: a temperature with a limit is not known")
        hass.states.async_set("sensor.inlet", "30", celsius)
        await home.live(900)
        assert home.mines()


async def test_thermostat_is_turned_off(hass: HomeAssistant, time: TimeMachine) -> None:
    """Off ends heat, and no more than that: at night, nothing bridges to the morning."""
    options = {"room": SENSOR}
    async with a_home(hass, time, options=options) as home:
        room = Room(home, 21, capacity=3)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        await room.live(60)
        assert home.mines()
        await room.turn("off")
        await room.live(2)
        assert not home.mines()
        assert home.manager.mode is Mode.AUTOMATIC
        assert reason(home) is Reason.NO_SURPLUS
        assert room.state.state == "off"
        assert room.state.attributes["hvac_action"] == "off"
        home.pv = 6000
        await room.live(15)
        assert home.mines()
        assert reason(home) is Reason.SURPLUS


async def test_restart_while_it_heats(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Killed, and with a sensor that comes late, it heats on as it was set."""
    async with a_home(hass, time, options=OPTIONS) as home:
        room = Room(home, 21, capacity=3)
        await room.set(21.5)
        await home.set_mode(Mode.AUTOMATIC)
        await room.live(90)
        demand = room.state.attributes["demand"]
        hass.states.async_remove(SENSOR)
        await kill(home, hass_storage)
        assert room.state.state == "heat"
        assert room.state.attributes["temperature"] == 21.5
        # What is written may be minutes old.
        assert room.state.attributes["demand"] == pytest.approx(demand, rel=0.2)
        await home.live(180)
        assert home.mines()
        room.report()
        await room.live(30)
        assert room.state.attributes["hvac_action"] == "heating"
        assert "power_off" not in home.miners[0].log.commands


async def test_other_modes(hass: HomeAssistant, time: TimeMachine) -> None:
    """The thermostat acts in the mode Automatic, and says so elsewhere."""
    async with a_home(
        hass, time, states=("stopped",), options=OPTIONS, mode=Mode.SOLAR
    ) as home:
        room = Room(home, 19, capacity=3)
        await room.set(21)
        await room.live(10)
        assert not home.mines()
        assert room.state.state == "heat"
        assert room.state.attributes["hvac_action"] == "idle"
        assert room.state.attributes["status"] == "other_mode"
        await home.set_mode(Mode.AUTOMATIC)
        assert room.state.attributes["status"] == "waiting"
        await room.live(5)
        assert home.mines()
        assert room.state.attributes["status"] == "heating"
        await room.live(40)
        await home.set_mode(Mode.SOLAR)
        await room.live(3)
        assert not home.mines()


async def test_held_miner(hass: HomeAssistant, time: TimeMachine) -> None:
    """Heat does not start what somebody has stopped."""
    async with a_home(hass, time, options=OPTIONS, mode=Mode.AUTOMATIC) as home:
        room = Room(home, 20, capacity=3)
        await room.set(21)
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        await room.live(60)
        assert not home.mines()
        assert room.state.attributes["status"] == "waiting"
        await home.manager.async_end_hold()
        await room.live(5)
        assert home.mines()


async def test_two_miners(hass: HomeAssistant, time: TimeMachine) -> None:
    """The second one starts only when the first cannot heat enough."""
    async with a_home(
        hass, time, states=("stopped",) * 2, options=OPTIONS, mode=Mode.AUTOMATIC
    ) as home:
        outside = [5.0]
        room = Room(home, 20.6, outside=lambda hour: outside[0], capacity=6, loss=0.15)
        await room.set(21)
        await room.live(3 * 60)
        assert home.mines(0)
        assert not home.mines(1)
        assert room.air.temperature == pytest.approx(21, abs=0.3)
        outside[0] = -10
        await room.live(4 * 60)
        assert home.mines(0)
        assert home.mines(1)
        assert room.air.temperature == pytest.approx(21, abs=0.3)
        assert len(home.said("Starting Miner")) == 2


async def test_heat_first_surplus_second(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """Surplus is taken beyond the demand, up to the upper temperature."""
    options = {"room": SENSOR, "room_upper": 23}
    async with a_home(hass, time, options=options) as home:
        room = Room(home, 21, capacity=2, outside=lambda hour: 8.0)
        await room.set(21)
        await home.set_mode(Mode.AUTOMATIC)
        await room.live(60)
        assert reason(home) is Reason.HEAT
        assert home.power < 2000
        home.pv = 6000
        await room.live(15)
        assert home.power > 3200
        assert reason(home) is Reason.SURPLUS
        await room.live(4 * 60)
        assert 22.3 < max(room.temperatures) < 23.5
        assert home.manager.status.limit is Limit.ROOM
        home.pv = 0
        await room.until(lambda: room.air.temperature < 21.2)
        await room.live(60)
        assert reason(home) is Reason.HEAT
        assert room.air.temperature > 20.5


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.EXTERNAL])
async def test_upper_temperature(
    hass: HomeAssistant, time: TimeMachine, mode: Mode
) -> None:
    """It is kept whatever is wanted, even while a miner tunes; nobody measures, all stop."""
    options = {"room": SENSOR, "room_upper": 23}
    async with a_home(
        hass, time, states=("stopped", "hashing"), options=options
    ) as home:
        await home.manager.async_request(9000)
        room = Room(home, 21.5, capacity=2)
        await home.set_mode(mode)
        await room.live(10)
        assert home.mines(0)
        assert home.mines(1)
        await home.manager.async_request(9000)
        for _ in range(8):
            await home.manager.async_request(9000)
            await room.live(14)
        assert 22.5 < max(room.temperatures) < 23.6
        await home.manager.async_request(9000)
        room.lose()
        await room.live(5)
        assert not home.mines(0)
        assert not home.mines(1)
        assert home.manager.status.limit is Limit.NO_TEMPERATURE


async def test_warm_enough_with_surplus(hass: HomeAssistant, time: TimeMachine) -> None:
    """What keeps the miners off is named, and not a surplus that is there."""
    options = {"room": SENSOR, "room_upper": 23}
    async with a_home(hass, time, options=options) as home:
        home.pv = 5000
        await home.live(10)
        await home.set_mode(Mode.SOLAR)
        room = Room(home, 23.2, capacity=1)
        await room.live(5)
        assert not home.mines()
        shown = hass.states.get("sensor.power_reason")
        assert shown is not None
        assert shown.state == Limit.ROOM
        assert home.said("Stopping Miner 1: it is warm enough")
        await room.live(60)
        assert home.said("Starting Miner 1: there is surplus")
        assert not home.said("There is not enough surplus")
        home.pv = 0
        await room.live(60)
        assert reason(home) is Reason.NO_SURPLUS
        assert home.said("There is not enough surplus")


async def test_paused_lets_a_room_be(hass: HomeAssistant, time: TimeMachine) -> None:
    """A pause sends nothing, however warm it is."""
    options = {"room": SENSOR, "room_upper": 23}
    async with a_home(hass, time, options=options) as home:
        room = Room(home, 26)
        await room.live(5)
        assert home.mines()


async def test_fahrenheit(hass: HomeAssistant, time: TimeMachine) -> None:
    """In a home with Fahrenheit target and temperature are in that, in half degrees."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    options = {**OPTIONS, "room_upper": 25, "target_comfort": 22}
    async with a_home(hass, time, options=options, mode=Mode.AUTOMATIC) as home:
        room = Room(home, 20.5)
        room.unit = "°F"
        room.report()
        await room.set(70.5)
        await room.live(1)
        state = room.state.attributes
        assert state["temperature"] == 70.5
        assert state["current_temperature"] == 68.9
        assert (state["min_temp"], state["max_temp"]) == (41, 76.1)
        assert home.manager.heating.target == pytest.approx(21.39, abs=0.01)
        await room.live(30)
        assert room.state.attributes["hvac_action"] == "heating"


async def test_presets(hass: HomeAssistant, time: TimeMachine) -> None:
    """A preset has its target; one set by hand ends it; both outlast a restart."""
    options = {**OPTIONS, "target_away": 16, "target_comfort": 21.5}
    async with a_home(hass, time, options=options, mode=Mode.AUTOMATIC) as home:
        room = Room(home, 21)
        assert room.state.state == "off"
        assert room.state.attributes["preset_modes"] == ["none", "away", "comfort"]
        assert room.state.attributes["temperature"] == 21.5
        await room.set(20)
        await home.call(THERMOSTAT, "set_preset_mode", preset_mode="away")
        await home.reload()
        assert room.state.attributes["preset_mode"] == "away"
        assert room.state.attributes["temperature"] == 16
        await home.call(THERMOSTAT, "set_preset_mode", preset_mode="none")
        assert room.state.attributes["temperature"] == 20
        await home.call(THERMOSTAT, "set_preset_mode", preset_mode="comfort")
        await home.call(THERMOSTAT, "set_temperature", temperature=19.5)
        assert room.state.attributes["preset_mode"] == "none"
        await home.reload()
        assert room.state.state == "heat"
        assert room.state.attributes["temperature"] == 19.5
        # An upper temperature is no target: nothing may mine there.
        hass.config_entries.async_update_entry(
            home.entry, options={**home.entry.options, "room_upper": 18}
        )
        await home.reload()
        assert room.state.attributes["temperature"] == 17.5
        assert room.state.attributes["max_temp"] == 17.5


async def test_energy_of_today(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """What heat asked for is counted from midnight on, and kept over a kill."""
    options = {"room": SENSOR}
    async with a_home(hass, time, options=options, mode=Mode.AUTOMATIC) as home:

        def energy() -> float:
            """Return the kWh of today."""
            state = hass.states.get(ENERGY)
            assert state is not None
            return float(state.state)

        room = Room(home, 21)
        # All that is drawn is surplus: none of it is heat.
        home.pv = 9000
        await home.live(20 * 60, step=30)
        assert energy() == 0
        await room.set(21)
        home.pv = 0
        await home.live(60 * 60, step=30)
        drawn = energy()
        assert drawn == pytest.approx(home.power / 1000, rel=0.15)
        # Beyond the demand it is not heat.
        home.pv = 9000
        demand = room.state.attributes["demand"]
        await home.live(60 * 60, step=30)
        assert home.power > 1.2 * demand
        assert energy() - drawn < 1.05 * demand / 1000
        before = energy()
        await kill(home, hass_storage)
        assert energy() == pytest.approx(before, abs=0.06)
        await home.live(14 * 3600, step=1800)
        await home.live(60, step=30)
        assert energy() < 0.1
