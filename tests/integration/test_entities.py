"""Every entity: where it exists, its value, its unit, and unknown where it is not told."""

from dataclasses import replace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
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

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import later, make_entry, poll, set_up, value

APIS = ("1.4", "2.0.5", "2.2.2", "3.0.2", "dual")
TURNS = "custom_components.whatsminer.client.dialects.v2.TURNS"
# Plain cgminer is only known with air.
GENERATIONS = [
    ("cgminer", "air"),
    *((api, cooling) for api in APIS for cooling in ("air", "hydro", "immersion")),
]
EVERYWHERE = {
    *("hashrate", "hashrate_15m", "hashrate_average", "hashrate_factory"),
    *("hashrate_percent", "power", "power_limit", "power_mode", "energy", "efficiency"),
    *("board_temperature", "environment_temperature", "frequency"),
    *(f"chip_temperature_{which}" for which in ("min", "average", "max")),
    *("psu_voltage_in", "psu_current_in", "uptime", "mining_uptime"),
    *("pool", "worker", "last_share", "rejected_percent", "status", "firmware"),
    *("limited_by", "starts_today", "ip_address"),
    *("error", "error_count", "problem", "pool_connected", "mining", "write_access"),
    *("fault", "operation"),
}
OF_BOARD = ("hashrate", "temperature", "chip_temperature_max", "frequency", "chips")


def expected(api: str, cooling: str, boards: int) -> set[str]:
    """Return which things a miner has, by what its firmware is known to tell."""
    keys = set(EVERYWHERE)
    if cooling == "air":
        keys |= {"fan_speed_in", "fan_speed_out", "psu_fan_speed"}
    if cooling == "air" or api != "2.0.5":
        keys |= {"liquid_cooled"}
    if cooling != "air" and api in ("2.2.2", "3.0.2", "dual"):
        keys |= {"coolant_temperature"}
    if api in ("2.2.2", "3.0.2", "dual"):
        keys |= {"power_average", "power_percent", "upfreq_speed"}
    if api not in ("3.0.2", "dual"):
        keys |= {"hash_stable"}
    if api not in ("cgminer", "1.4"):
        keys |= {"psu_power_in", "psu_temperature"}
    if api not in ("2.0.5", "2.2.2"):
        keys |= {"psu_voltage_out"}
    if api == "2.2.2" or (api, cooling) == ("2.0.5", "air"):
        keys |= {"stop_reason"}
    if api != "3.0.2":
        keys |= {"accepted", "rejected", "stale", "stale_percent"}
    return keys | {
        f"board_{slot}_{key}"
        for slot in range(boards)
        for key in OF_BOARD
        if api != "2.2.2" or key != "chip_temperature_max"
    }


def existing(registry: er.EntityRegistry, entry: MockConfigEntry) -> set[str]:
    """Return the keys of the entities that only report."""
    return {
        each.unique_id.removeprefix(f"{entry.unique_id}_")
        for each in er.async_entries_for_config_entry(registry, entry.entry_id)
        if each.domain in ("sensor", "binary_sensor", "event")
    }


@pytest.mark.parametrize(("api", "cooling"), GENERATIONS)
async def test_existence(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    clock: ManualClock,
    api: str,
    cooling: Any,
) -> None:
    """Each generation has the entities of what it tells, and no others."""
    async with at_home(api=api, cooling=cooling, clock=clock) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        boards = len(sim.machine.boards)
        assert existing(entity_registry, entry) == expected(api, cooling, boards)
        assert value(hass, "sensor.miner_status") == "mining"
        assert value(hass, "binary_sensor.miner_pool_connection") == "on"
        assert value(hass, "binary_sensor.miner_problem") == "off"
        assert (
            90 < float(value(hass, "sensor.miner_hashrate_relative_to_factory")) < 110
        )
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize(("api", "cooling"), GENERATIONS[1:])
async def test_stopped_at_first(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    api: str,
    cooling: Any,
) -> None:
    """What a stopped miner does not tell appears once it mines."""
    commands = ("edevs", "pools", "get_psu")
    monkeypatch.setattr(TURNS, dict.fromkeys(commands, 0.0))
    async with at_home(api=api, cooling=cooling, clock=clock, state="stopped") as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        everything = expected(api, cooling, len(sim.machine.boards))
        assert existing(entity_registry, entry) < everything
        sim.machine.power_on()
        clock.advance(3600)
        for _ in commands:
            await poll(hass)
        assert existing(entity_registry, entry) == everything
        assert value(hass, "sensor.miner_pool").startswith("pool1")
        assert float(value(hass, "sensor.miner_board_3_hashrate")) > 10
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("api", ["2.0.5", "3.0.2", "dual"])
async def test_nothing_vanishes(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    clock: ManualClock,
    api: str,
) -> None:
    """After a restart while the miner is stopped all entities are still provided."""
    async with at_home(api=api, clock=clock) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        ids = set(hass.states.async_entity_ids(("sensor", "binary_sensor", "event")))
        sim.machine.power_off()
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        for entity_id in ids:
            state = hass.states.get(entity_id)
            assert state is not None
            assert not state.attributes.get("restored")
        assert value(hass, "sensor.miner_hottest_chip") == STATE_UNKNOWN
        await hass.config_entries.async_unload(entry.entry_id)


async def test_known_to_the_registry(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, clock: ManualClock
) -> None:
    """What the registry knows from an earlier run is provided, told or not."""
    async with at_home(api="3.0.2", clock=clock, state="stopped") as sim:
        entry = make_entry(sim)
        entry.add_to_hass(hass)
        for key in ("fan_speed_in", "board_3_chips"):
            entity_registry.async_get_or_create(
                "sensor",
                DOMAIN,
                f"{entry.unique_id}_{key}",
                config_entry=entry,
                suggested_object_id=f"miner_{key}",
            )
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        for key in ("fan_speed_in", "board_3_chips"):
            assert value(hass, f"sensor.miner_{key}") == STATE_UNKNOWN
        assert hass.states.get("sensor.miner_exhaust_fan") is None
        await hass.config_entries.async_unload(entry.entry_id)


MEASUREMENT = SensorStateClass.MEASUREMENT
INCREASING = SensorStateClass.TOTAL_INCREASING
POWER = SensorDeviceClass.POWER
TEMPERATURE = SensorDeviceClass.TEMPERATURE
FREQUENCY = SensorDeviceClass.FREQUENCY


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
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
        ("hottest_chip", "°C", TEMPERATURE, MEASUREMENT, 60, 105),
        ("chip_temperature_average", "°C", TEMPERATURE, MEASUREMENT, 50, 95),
        ("environment_temperature", "°C", TEMPERATURE, MEASUREMENT, 5, 40),
        ("intake_fan", "rpm", None, MEASUREMENT, 1000, 7000),
        ("exhaust_fan", "rpm", None, MEASUREMENT, 1000, 7000),
        ("accepted_shares", None, None, INCREASING, 1, 1e6),
        ("rejected_shares", None, None, INCREASING, 0, 1e3),
        ("stale_shares", None, None, INCREASING, 0, 1e3),
        ("rejected_shares_percent", "%", None, MEASUREMENT, 0, 1),
        ("stale_shares_percent", "%", None, MEASUREMENT, 0, 1),
        ("hashrate_15_minutes", "TH/s", None, MEASUREMENT, 110, 132),
        ("hashrate_relative_to_factory", "%", None, MEASUREMENT, 90, 105),
        ("chip_temperature_minimum", "°C", TEMPERATURE, MEASUREMENT, 40, 90),
        ("chip_frequency", "MHz", FREQUENCY, MEASUREMENT, 300, 900),
        ("power_supply_temperature", "°C", TEMPERATURE, MEASUREMENT, 20, 60),
        ("power_supply_fan", "rpm", None, MEASUREMENT, 1000, 9000),
        (
            *("power_supply_input_voltage", "V", SensorDeviceClass.VOLTAGE),
            *(MEASUREMENT, 210, 250),
        ),
        (
            *("power_supply_input_current", "A", SensorDeviceClass.CURRENT),
            *(MEASUREMENT, 10, 20),
        ),
        ("power_supply_input_power", "W", POWER, MEASUREMENT, 3200, 3400),
        ("board_1_hashrate", "TH/s", None, MEASUREMENT, 40, 44),
        ("board_2_temperature", "°C", TEMPERATURE, MEASUREMENT, 40, 90),
        ("board_3_hottest_chip", "°C", TEMPERATURE, MEASUREMENT, 60, 105),
        ("board_3_frequency", "MHz", FREQUENCY, MEASUREMENT, 300, 900),
        ("board_3_chips", None, None, MEASUREMENT, 135, 135),
        ("error_count", None, None, MEASUREMENT, 0, 0),
    ],
)
async def test_sensor(
    hass: HomeAssistant,
    key: str,
    unit: str | None,
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


@pytest.mark.usefixtures("all_entities_enabled")
async def test_newer_firmware_on_liquid(
    hass: HomeAssistant, clock: ManualClock
) -> None:
    """Newer firmware tells more, and a liquid has a temperature."""
    async with at_home(api="dual", cooling="hydro", clock=clock) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        for key, unit, lowest, highest in (
            ("coolant_temperature", "°C", 5, 60),
            ("average_power", "W", 6000, 7000),
            ("power_percent", "%", 100, 100),
            ("power_supply_output_voltage", "V", 10, 25),
            ("ramp_speed", None, 0, 0),
        ):
            state = hass.states.get(f"sensor.miner_{key}")
            assert state is not None
            assert lowest <= float(state.state) <= highest
            assert state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) == unit
        assert value(hass, "binary_sensor.miner_liquid_cooling") == "on"
        assert value(hass, "sensor.miner_power_mode") == "normal"
        assert value(hass, "sensor.miner_firmware") == "20251209.16.Rel2"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_entities_enabled")
async def test_uptime(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """The uptimes are the moments at which miner and mining started."""
    for key, seconds in (
        ("uptime", simulated.machine.uptime),
        ("mining_uptime", simulated.machine.elapsed),
    ):
        started = dt_util.parse_datetime(value(hass, f"sensor.miner_{key}"))
        assert started is not None
        age = (dt_util.utcnow() - started).total_seconds()
        assert age == pytest.approx(seconds, abs=5)


@pytest.mark.usefixtures("all_entities_enabled")
async def test_stopped(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A stopped miner tells why, and has no time since mining started."""
    await set_up(hass, entry)
    assert value(hass, "sensor.miner_stop_reason") == "Not stopped"
    simulated.machine.power_off()
    await poll(hass)
    assert value(hass, "sensor.miner_stop_reason") == "by whatsminer api"
    assert value(hass, "sensor.miner_mining_uptime") == STATE_UNKNOWN
    assert value(hass, "binary_sensor.miner_hashrate_stability") == "off"


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
async def test_errors(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The worst error is shown in words, all of them in an attribute."""
    monkeypatch.setattr(TURNS, {"get_error_code": 0.0})
    for code in (140, 530, 99999):
        simulated.machine.error_codes[code] = clock.now()
    await later(hass, freezer)
    state = hass.states.get("sensor.miner_error")
    assert state is not None
    first = state.attributes["errors"][0]
    assert [each["code"] for each in state.attributes["errors"]] == [140, 530, 99999]
    assert first["words"] == "Fans at their limit: surroundings too hot"
    assert first["severity"] == "warning"
    assert first["since"] is not None
    assert first["reason"] is None
    worst = max(
        state.attributes["errors"],
        key=lambda each: ("info", "warning", "error", "critical").index(
            each["severity"]
        ),
    )
    assert state.state == worst["words"] != first["words"]
    assert value(hass, "sensor.miner_error_count") == "3"
    assert value(hass, "binary_sensor.miner_problem") == "on"

    del simulated.machine.error_codes[140]
    del simulated.machine.error_codes[530]
    await later(hass, freezer)
    assert value(hass, "sensor.miner_error") == "Code 99999"

    # Of 5140 only that it exists is known.
    simulated.machine.error_codes = {5140: clock.now()}
    await later(hass, freezer)
    assert value(hass, "sensor.miner_error_count") == "1"
    assert value(hass, "binary_sensor.miner_problem") == "off"

    # What was listed last is not believed for long.
    simulated.faults.unavailable.add("get_error_code")
    await later(hass, freezer, 120)
    assert value(hass, "sensor.miner_error_count") == STATE_UNKNOWN
    assert value(hass, "binary_sensor.miner_problem") == STATE_UNKNOWN


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("stratum+tcp://a.example:3333", "a.example:3333"),
        ("stratum+tcp://user:p/w@a.example:3333?k=1", "a.example:3333"),
        ("user:secret@a.example:3333", "a.example:3333"),
        ("stratum+ssl://a.example:3333/#xnsub", "a.example:3333"),
    ],
)
@pytest.mark.usefixtures("all_entities_enabled")
async def test_pool(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    url: str,
    shown: str,
) -> None:
    """The pool is the one that is mined for, without its secrets."""
    simulated.machine.settings.pools[0] = replace(
        simulated.machine.settings.pools[0], url=url, user="w" * 300
    )
    await set_up(hass, entry)
    assert value(hass, "sensor.miner_pool") == shown
    assert value(hass, "sensor.miner_worker") == "w" * 255
    simulated.machine.dead_pools = {0}
    await poll(hass)
    assert value(hass, "sensor.miner_pool").startswith("pool2")
    simulated.machine.dead_pools = {0, 1, 2}
    await poll(hass)
    assert value(hass, "sensor.miner_pool") == STATE_UNKNOWN
    assert value(hass, "binary_sensor.miner_pool_connection") == "off"
    simulated.machine.settings.pools.clear()
    await poll(hass)
    assert value(hass, "binary_sensor.miner_pool_connection") == STATE_UNKNOWN


@pytest.mark.usefixtures("all_entities_enabled")
async def test_nonsense_is_unknown(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Values that cannot be are unknown, and do no harm to others."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    data = coordinator.data
    pools = tuple(replace(each, last_share=10**15, url=None) for each in data.pools)
    coordinator.async_set_updated_data(
        replace(data, uptime=10**12, power_mode="turbo", pools=pools)
    )
    for key in ("uptime", "power_mode", "last_share", "pool"):
        assert value(hass, f"sensor.miner_{key}") == STATE_UNKNOWN
    assert float(value(hass, "sensor.miner_hashrate")) > 100


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


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
async def test_unknown_is_not_zero(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """What a stopped miner measured is unknown, what it is or reports is not."""
    simulated.machine.power_off()
    clock.advance(3600)
    await poll(hass)
    assert value(hass, "sensor.miner_hashrate") == "0.0"
    for key in ("efficiency", "hottest_chip"):
        assert value(hass, f"sensor.miner_{key}") == STATE_UNKNOWN
    assert float(value(hass, "sensor.miner_power_limit")) == 3300
    simulated.faults.mining_down = "empty"
    await poll(hass)
    assert value(hass, "sensor.miner_hashrate") == "0.0"
    for key in ("accepted_shares", "uptime", "intake_fan"):
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
