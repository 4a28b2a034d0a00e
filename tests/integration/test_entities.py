"""Every entity: its value, its unit, and unknown where the miner does not say."""

from homeassistant.components.sensor import (
    ATTR_STATE_CLASS,
    SensorDeviceClass,
    SensorStateClass,
)
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.simulator import ManualClock, SimulatedMiner

from .conftest import set_up
from .helpers import poll, value

MEASUREMENT = SensorStateClass.MEASUREMENT
INCREASING = SensorStateClass.TOTAL_INCREASING
POWER = SensorDeviceClass.POWER
TEMPERATURE = SensorDeviceClass.TEMPERATURE


@pytest.mark.usefixtures("loaded", "all_entities_enabled")
@pytest.mark.parametrize(
    ("key", "unit", "device_class", "state_class", "lowest", "highest"),
    [
        ("hashrate", "TH/s", None, MEASUREMENT, 120, 132),
        ("average_hashrate", "TH/s", None, MEASUREMENT, 110, 132),
        ("factory_hashrate", "TH/s", None, None, 126, 126),
        ("power", "W", POWER, MEASUREMENT, 3200, 3400),
        ("power_limit", "W", POWER, None, 3300, 3300),
        ("efficiency", "J/TH", None, MEASUREMENT, 25, 28),
        ("board_temperature", "°C", TEMPERATURE, MEASUREMENT, 40, 90),
        ("chip_temperature_maximum", "°C", TEMPERATURE, MEASUREMENT, 60, 105),
        ("chip_temperature_average", "°C", TEMPERATURE, MEASUREMENT, 50, 95),
        ("environment_temperature", "°C", TEMPERATURE, MEASUREMENT, 5, 40),
        ("intake_fan", "rpm", None, MEASUREMENT, 1000, 7000),
        ("exhaust_fan", "rpm", None, MEASUREMENT, 1000, 7000),
        ("accepted_shares", "shares", None, INCREASING, 1, 1e6),
        ("rejected_shares", "shares", None, INCREASING, 0, 1e3),
    ],
)
async def test_sensor(
    hass: HomeAssistant,
    key: str,
    unit: str,
    device_class: str | None,
    state_class: str | None,
    lowest: float,
    highest: float,
) -> None:
    """A reading has the value of the miner and the right unit and classes."""
    state = hass.states.get(f"sensor.miner_{key}")
    assert state is not None
    assert lowest <= float(state.state) <= highest
    assert state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) == unit
    assert state.attributes.get(ATTR_DEVICE_CLASS) == device_class
    assert state.attributes.get(ATTR_STATE_CLASS) == state_class


async def test_uptime(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """The uptime is the moment at which the miner started."""
    started = dt_util.parse_datetime(value(hass, "sensor.miner_uptime"))
    assert started is not None
    age = (dt_util.utcnow() - started).total_seconds()
    assert age == pytest.approx(simulated.machine.uptime, abs=5)


@pytest.mark.usefixtures("loaded")
async def test_status(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """The status follows the miner from stopped over tuning to mining."""
    simulated.machine.power_off()
    await poll(hass)
    assert value(hass, "sensor.miner_status") == "stopped"
    simulated.machine.power_on()
    for seconds, status in ((20, "starting"), (240, "tuning"), (3600, "mining")):
        clock.advance(seconds)
        await poll(hass)
        assert value(hass, "sensor.miner_status") == status


@pytest.mark.usefixtures("loaded")
async def test_unknown_is_not_zero(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """What a stopped miner does not tell is unknown, what it tells is zero."""
    simulated.machine.power_off()
    clock.advance(3600)
    await poll(hass)
    assert value(hass, "sensor.miner_hashrate") == "0.0"
    for key in ("efficiency", "power_limit", "chip_temperature_maximum"):
        assert value(hass, f"sensor.miner_{key}") == STATE_UNKNOWN
    simulated.faults.mining_down = "empty"
    await poll(hass)
    for key in ("hashrate", "accepted_shares", "uptime", "intake_fan"):
        assert value(hass, f"sensor.miner_{key}") == STATE_UNKNOWN
    assert value(hass, "switch.miner_mining") == "off"


@pytest.mark.usefixtures("all_entities_enabled")
async def test_names_are_translated(
    hass: HomeAssistant, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """Each entity has a name out of the translations or of its device class."""
    await set_up(hass, entry)
    for each in er.async_entries_for_config_entry(entity_registry, entry.entry_id):
        state = hass.states.get(each.entity_id)
        assert state is not None
        name = state.attributes["friendly_name"]
        assert name.startswith("Miner ")
        assert name != "Miner"
        assert "_" not in name
