"""The energy: added up from power, gaps left out, kept over restarts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util.dt import utcnow
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    mock_restore_cache_with_extra_data,
)

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.energy import EnergyMeter
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import set_up, value

KEY = f"{DOMAIN}.energy"
ENERGY = "sensor.miner_energy"
POWER = "sensor.miner_power"


async def after(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 15
) -> None:
    """Let time pass, and what is due happen."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


def energy(hass: HomeAssistant) -> float:
    """Return the energy, in W s."""
    return float(value(hass, ENERGY)) * 3_600_000


def power(hass: HomeAssistant) -> float:
    """Return the power, in W."""
    return float(value(hass, POWER))


async def test_sum(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulated: SimulatedMiner,
    clock: ManualClock,
    entry: MockConfigEntry,
) -> None:
    """Between two readings counts the mean of their powers; stopped ones, too."""
    await set_up(hass, entry)
    assert energy(hass) == 0
    state = hass.states.get(ENERGY)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "kWh"
    assert state.attributes["device_class"] == "energy"
    assert state.attributes["state_class"] == "total_increasing"

    expected = 0.0
    for step in range(9):
        before = power(hass)
        if step == 4:
            simulated.machine.power_off()
        clock.advance(16)
        await after(hass, freezer, 16)
        expected += (before + power(hass)) / 2 * 16
        # Between the two a minute is not over; the second one shows the stop.
        if step in (0, 4):
            assert energy(hass) == pytest.approx(expected, rel=0.005)
    assert energy(hass) == pytest.approx(expected, rel=0.005)
    assert power(hass) < 100
    assert expected > 200_000


async def test_command_is_no_reading(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
) -> None:
    """Entities that are written without a new reading count nothing."""
    await set_up(hass, entry)
    freezer.tick(10)
    entry.runtime_data.coordinator.async_update_listeners()
    assert energy(hass) == 0
    await after(hass, freezer, 6)
    assert energy(hass) == pytest.approx(16 * power(hass), abs=4)


async def test_gaps_are_left_out(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
) -> None:
    """Nothing is counted while the miner does not answer, nor over a long pause."""
    await set_up(hass, entry)
    await after(hass, freezer)
    counted = energy(hass)
    assert counted == pytest.approx(15 * power(hass), abs=4)

    simulated.faults.unreachable(simulated.clock)
    await after(hass, freezer)
    assert value(hass, ENERGY) == STATE_UNAVAILABLE
    simulated.faults.unreachable(simulated.clock, 0)
    await after(hass, freezer)
    assert energy(hass) == counted

    for _ in range(2):
        await after(hass, freezer)
    assert energy(hass) == pytest.approx(3 * counted, abs=12)
    counted = energy(hass)
    await after(hass, freezer, 46)
    assert energy(hass) == counted
    await after(hass, freezer, 44)
    assert energy(hass) == pytest.approx(counted + 44 * power(hass), abs=4)


async def test_reload_goes_on(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry
) -> None:
    """After a reload the sum goes on, and the time between is a gap."""
    await set_up(hass, entry)
    await after(hass, freezer)
    counted = energy(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    assert value(hass, ENERGY) == STATE_UNAVAILABLE
    freezer.tick(20)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert energy(hass) == counted > 0


@pytest.mark.parametrize("is_disabled", [True, False])
async def test_renamed_while_it_is_not_there(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    is_disabled: bool,
) -> None:
    """The sum is the miner's, whatever the entity is called when it comes back."""
    await set_up(hass, entry)
    await after(hass, freezer)
    counted = energy(hass)
    disabler = er.RegistryEntryDisabler.USER if is_disabled else None
    await hass.config_entries.async_unload(entry.entry_id)
    entity_registry.async_update_entity(ENERGY, disabled_by=disabler)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    entity_registry.async_update_entity(
        ENERGY, new_entity_id="sensor.meter", disabled_by=None
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(value(hass, "sensor.meter")) * 3_600_000 == counted > 0


async def test_renamed_at_work(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A new name is no gap."""
    await set_up(hass, entry)
    await after(hass, freezer)
    entity_registry.async_update_entity(ENERGY, new_entity_id="sensor.meter")
    await hass.async_block_till_done()
    for _ in range(4):
        await after(hass, freezer)
    counted = float(value(hass, "sensor.meter")) * 3_600_000
    assert counted == pytest.approx(75 * power(hass), abs=20)


async def test_stored_meanwhile_and_removed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """The sum is written every few minutes, and forgotten with the miner."""
    await set_up(hass, entry)
    for _ in range(4):
        await after(hass, freezer)
    assert KEY not in hass_storage
    # It is due five minutes after the first reading, whatever was read since.
    async_fire_time_changed(hass, utcnow() + timedelta(seconds=302))
    await hass.async_block_till_done(wait_background_tasks=True)
    stored = stored_total(hass_storage, entry)
    assert stored == pytest.approx(4 * 15 * power(hass), rel=0.01)
    await after(hass, freezer)
    await hass.config_entries.async_unload(entry.entry_id)
    assert stored_total(hass_storage, entry) > 4.5 * 15 * 3300
    await hass.config_entries.async_remove(entry.entry_id)
    assert KEY not in hass_storage


async def test_all_in_one_file(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """The sum of a miner stays when that of another one is written or removed."""
    other = {"total": 12.5, "highest": 3300.0, "counters": {}}
    hass_storage[KEY] = {"version": 1, "key": KEY, "data": {"other": other}}
    await set_up(hass, entry)
    await after(hass, freezer)
    await after(hass, freezer)
    await hass.config_entries.async_unload(entry.entry_id)
    assert stored_total(hass_storage, entry) > 0
    assert hass_storage[KEY]["data"]["other"] == other
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass_storage[KEY]["data"] == {"other": other}


def stored_total(hass_storage: dict[str, Any], entry: MockConfigEntry) -> float:
    """Return the energy of the miner as it is stored, in Ws."""
    total: float = hass_storage[KEY]["data"][entry.entry_id]["total"]
    return total * 3_600_000


async def test_state_of_another_entity_does_not_count(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Once the sum is stored, what is restored by the name is not looked at."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(ENERGY, STATE_UNAVAILABLE),
                {"native_value": 9999.0, "native_unit_of_measurement": "kWh"},
            )
        ],
    )
    stored = {"total": 12.5, "highest": 3300.0, "counters": {}}
    hass_storage[KEY] = {"version": 1, "key": KEY, "data": {entry.entry_id: stored}}
    await set_up(hass, entry)
    assert float(value(hass, ENERGY)) == 12.5


@pytest.mark.parametrize("power", [65535.0, 1e6, 2147483647.0, 4294967295.0, 1e11])
async def test_absurd_power(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    power: float,
) -> None:
    """A power that no miner can draw adds nothing."""
    await set_up(hass, entry)
    await after(hass, freezer)
    coordinator = entry.runtime_data.coordinator
    coordinator.async_set_updated_data(replace(coordinator.data, power=power))
    before = energy(hass)
    await after(hass, freezer)
    await after(hass, freezer)
    assert energy(hass) - before < 100_000


@pytest.mark.parametrize(
    ("stored", "begin"), [(1234.5, 1234.5), (None, 0), ("broken", 0), (-3.0, 0)]
)
async def test_restart_goes_on(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    stored: float | str | None,
    begin: float,
) -> None:
    """After a restart the sum goes on from what was stored, if that makes sense."""
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(ENERGY, STATE_UNAVAILABLE),
                {"native_value": stored, "native_unit_of_measurement": "kWh"},
            )
        ],
    )
    await set_up(hass, entry)
    assert float(value(hass, ENERGY)) == begin
    polls = 4 if begin else 1
    for _ in range(polls):
        await after(hass, freezer)
    expected = begin + polls * 15 * power(hass) / 3_600_000
    assert float(value(hass, ENERGY)) == pytest.approx(expected, abs=8e-6)


def test_never_decreases() -> None:
    """No reading, no clock and no order of them makes the sum smaller."""
    meter = EnergyMeter(total=1.0)
    before = meter.total
    for moment, watts in (
        (0, 100.0),
        (10, -5000.0),
        (20, 100.0),
        (15, 100.0),
        (16, None),
        (17, 0.0),
        (18, 3000.0),
        (900, 3000.0),
    ):
        meter.take(watts, moment=moment, longest=45)
        assert meter.total >= before
        before = meter.total
    assert meter.total == pytest.approx(1.0 + 1500 / 3_600_000)
