"""What a person sees: errors in words, fans at rest, and a miner that is stopped."""

from dataclasses import replace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.client import MinerError
from tests.conftest import at_home
from tests.simulator import ManualClock

from .helpers import later, make_entry, set_up, value

ERROR = "sensor.miner_error"
COUNT = "sensor.miner_error_count"
PROBLEM = "binary_sensor.miner_problem"

# Of a stopped miner there is nothing that these could say.
UNKNOWN_WHEN_STOPPED = {
    "sensor.miner_efficiency",
    "sensor.miner_mining_uptime",
    "sensor.miner_hottest_chip",
}
# Nor these, where the miner answers nothing that the mining process would.
UNKNOWN_WITHOUT_SUMMARY = {
    "binary_sensor.miner_pool_connection",
    "sensor.miner_rejected_shares_percent",
    "sensor.miner_board_temperature",
    "sensor.miner_environment_temperature",
    "sensor.miner_intake_fan",
    "sensor.miner_exhaust_fan",
}


def show(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> None:
    """Give the entities a reading with changes."""
    coordinator = entry.runtime_data.coordinator
    coordinator.async_set_updated_data(replace(coordinator.data, **changes))


@pytest.mark.usefixtures("all_entities_enabled")
async def test_no_error(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Without errors it is said that there are none; unknown is something else."""
    assert value(hass, ERROR) == "No error"
    assert value(hass, COUNT) == "0"
    assert value(hass, PROBLEM) == "off"
    show(hass, loaded, errors=None)
    for entity_id in (ERROR, COUNT, PROBLEM):
        assert value(hass, entity_id) == STATE_UNKNOWN


@pytest.mark.usefixtures("all_entities_enabled")
async def test_past_errors(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """What is listed although it is over is in the attribute only."""
    past = MinerError(code=205, since="2026-09-17 10:05:47", past=True)
    show(hass, loaded, errors=(past,))
    assert value(hass, ERROR) == "No error"
    assert value(hass, COUNT) == "0"
    assert value(hass, PROBLEM) == "off"
    show(hass, loaded, errors=(past, MinerError(code=140), MinerError(code=4711)))
    state = hass.states.get(ERROR)
    assert state is not None
    assert state.state == "Code 4711"
    assert [(each["code"], each["past"]) for each in state.attributes["errors"]] == [
        (205, True),
        (140, False),
        (4711, False),
    ]
    assert value(hass, COUNT) == "2"
    assert value(hass, PROBLEM) == "on"


async def test_part_and_remedy(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """What is known of an error is in the attribute."""
    show(hass, loaded, errors=(MinerError(code=110),))
    state = hass.states.get(ERROR)
    assert state is not None
    (shown,) = state.attributes["errors"]
    assert shown["part"] == "fan"
    assert "fan" in shown["remedy"]


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize(
    ("changes", "stand_still"),
    [
        ({"fan_speed_in": 0, "fan_speed_out": 0}, True),
        ({"fan_speed_in": 0, "fan_speed_out": 0, "errors": None}, True),
        ({"fan_speed_in": 0, "fan_speed_out": 5400}, False),
        ({"fan_speed_in": None, "fan_speed_out": None}, False),
        ({"fan_speed_in": 0, "fan_speed_out": 0, "hashrate": 0.0}, False),
        ({"fan_speed_in": 0, "fan_speed_out": 0, "hashrate": None}, False),
        ({"fan_speed_in": 0, "fan_speed_out": 0, "liquid_cooled": True}, False),
    ],
)
async def test_fans_that_stand_still(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    changes: dict[str, Any],
    stand_still: bool,
) -> None:
    """Fans at rest while it hashes are a problem that the miner itself may not see."""
    show(hass, loaded, **changes)
    assert value(hass, PROBLEM) == ("on" if stand_still else "off")
    assert value(hass, ERROR) == (
        "Both fans stand still" if stand_still else "No error"
    )
    assert value(hass, COUNT) == ("1" if stand_still else "0")


async def test_long_words_of_the_miner(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """A state has room for 255 characters; more of them are cut."""
    show(hass, loaded, stop_reason="r" * 300)
    await hass.async_block_till_done()
    for state in hass.states.async_all():
        assert len(state.state) <= 255


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
@pytest.mark.parametrize("mining_down", ["zeros", "empty", "error"])
async def test_stopped(
    hass: HomeAssistant,
    clock: ManualClock,
    freezer: FrozenDateTimeFactory,
    api: str,
    mining_down: Any,
) -> None:
    """Of a stopped miner is shown what is known: no hashrate, and what stays."""
    async with at_home(api=api, clock=clock) as sim:
        entry = make_entry(sim)
        await set_up(hass, entry)
        for _ in range(8):
            clock.advance(16)
            await later(hass, freezer)
        shown = {
            state.entity_id
            for state in hass.states.async_all(("sensor", "binary_sensor"))
            if state.state != STATE_UNKNOWN
        }
        sim.faults.mining_down = mining_down
        says_zeros = mining_down == "zeros"
        sim.faults.v3_down = "zeros" if says_zeros else "text"
        sim.machine.power_off()
        for _ in range(30):
            clock.advance(16)
            await later(hass, freezer)
        assert float(value(hass, "sensor.miner_hashrate")) == 0
        assert float(value(hass, "sensor.miner_hashrate_relative_to_factory")) == 0
        allowed = set(UNKNOWN_WHEN_STOPPED)
        if not says_zeros:
            allowed |= UNKNOWN_WITHOUT_SUMMARY
            if api in ("1.4", "3.0.2"):
                # What would list them is away, too.
                allowed |= {ERROR, COUNT, PROBLEM}
            if api == "1.4":
                # Its power supply says nothing about power.
                allowed |= {"sensor.miner_power"}
        assert {each for each in shown if value(hass, each) == STATE_UNKNOWN} <= allowed
        await hass.config_entries.async_unload(entry.entry_id)
