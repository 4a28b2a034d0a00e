"""Settings: set through Home Assistant, confirmed by the miner's own later answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeassistant.components.number import ATTR_MAX
from homeassistant.const import ATTR_DEVICE_ID, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.whatsminer import button
from custom_components.whatsminer.client import Capability, transport
from custom_components.whatsminer.const import CONF_GENTLE, DOMAIN
from custom_components.whatsminer.control import queue
from tests.conftest import at_home, until
from tests.simulator import SimulatedMiner

from .helpers import (
    call,
    device_id,
    enter,
    make_entry,
    press,
    read_back,
    reads,
    set_number,
    set_up,
    turn,
    value,
)

GENERATIONS = ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"]
COMMON = {
    "button.miner_identify",
    "button.miner_reboot",
    "button.miner_restart_mining",
    "button.miner_restore_full_power",
    "button.miner_factory_reset",
    "number.miner_power_percent",
    "select.miner_power_mode",
    "switch.miner_led_flashing",
    "switch.miner_mining",
}
SINCE_2_0 = COMMON | {
    "number.miner_power_limit",
    "number.miner_target_frequency",
    "switch.miner_fast_boot",
}
SINCE_2_2 = SINCE_2_0 | {
    "number.miner_ramp_speed",
    "switch.miner_start_mining_at_boot",
}
API_3 = SINCE_2_2 | {
    "number.miner_temperature_offset",
    "switch.miner_pools_on_the_web_page",
}
CONTROLS = {
    "1.4": COMMON,
    "2.0.5": SINCE_2_0,
    "2.2.2": SINCE_2_2,
    "3.0.2": API_3,
    "dual": API_3,
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not flash for long."""
    monkeypatch.setattr(button, "IDENTIFY_SECONDS", 0.1)


@pytest.fixture(autouse=True)
def everything(all_entities_enabled: None) -> None:
    """Enable everything."""


@pytest.fixture
async def sim(hass: HomeAssistant, request: Any) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner, set up; it lives fast enough to restart in a test."""
    async with at_home(api=request.param, speed=300) as simulated:
        entry = await enter(hass, simulated)
        yield simulated
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_controls(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """Each control is there on the firmware that has it, and only there."""
    found = set(hass.states.async_entity_ids(["button", "number", "select", "switch"]))
    assert found == CONTROLS[sim.api]


@pytest.mark.parametrize("sim", GENERATIONS[1:], indirect=True)
async def test_power_limit(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """A limit is done when the miner shows it."""
    await set_number(hass, "power_limit", 2500)
    assert sim.machine.settings.power_limit == 2500
    assert float(value(hass, "number.miner_power_limit")) == 2500


@pytest.mark.parametrize("sim", GENERATIONS[1:], indirect=True)
async def test_power_limit_that_is_too_high(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """The miner knows its ceiling: what it refuses springs back, with its words."""
    key = "power_limit"
    before = value(hass, f"number.miner_{key}")
    with pytest.raises(HomeAssistantError) as caught:
        await set_number(hass, key, 9000)
    assert caught.value.translation_key == "value_refused"
    assert value(hass, f"number.miner_{key}") == before
    with pytest.raises(ServiceValidationError):
        await set_number(hass, key, 1e6)


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_power_percent(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """The percent acts at once, and is undone by a button."""
    await set_number(hass, "power_percent", 60)
    assert float(value(hass, "number.miner_power_percent")) == 60
    await press(hass, "restore_full_power")
    told = sim.api not in ("1.4", "2.0.5")
    if told:
        assert float(value(hass, "number.miner_power_percent")) == 100


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_set_by_others(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """What the miner does not tell is what was set last, by whichever way."""
    number = "number.miner_power_percent"
    await set_number(hass, "power_percent", 70)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    miner = device_id(hass, entry)
    await hass.services.async_call(
        DOMAIN,
        "set_power_percent",
        {ATTR_DEVICE_ID: miner, "percent": 40},
        blocking=True,
    )
    assert value(hass, number) == "40.0"
    await press(hass, "restore_full_power")
    assert value(hass, number) == "100.0"
    # It goes on when the one who asked for it gives up.
    sim.faults.delay = 0.1
    calling = hass.async_create_task(set_number(hass, "power_percent", 55))
    await until(lambda: value(hass, number) == "55.0")
    calling.cancel()
    await until(lambda: sim.machine.physics.percent_goal == pytest.approx(0.55))
    assert value(hass, number) == "55.0"
    sim.faults.delay = 0
    await turn(hass, "fast_boot", on=True)
    assert value(hass, "switch.miner_fast_boot") == "on"
    await press(hass, "factory_reset")
    # Mining starts by it, which the count of seconds shows.
    async with asyncio.timeout(60):
        while value(hass, number) != "100.0":
            await entry.runtime_data.coordinator.async_refresh()


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_neither_answered_nor_shown(
    hass: HomeAssistant, sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the miner does not report has to be answered at least."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.1)
    sim.faults.mute = True
    sim.faults.only = {"set_power_pct"}
    with pytest.raises(HomeAssistantError) as caught:
        await set_number(hass, "power_percent", 60)
    assert caught.value.translation_key == "outcome_unknown"
    assert value(hass, "number.miner_power_percent") == "unknown"


@pytest.mark.parametrize("sim", ["2.0.5", "3.0.2", "dual"], indirect=True)
async def test_shown_late(
    hass: HomeAssistant, sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the miner is seldom asked for else is asked for until it shows."""
    monkeypatch.setattr(queue, "CONFIRM_MOST", 0.1)
    sim.faults.disobey |= {"set_led", "set.system.led"}
    calling = hass.async_create_task(turn(hass, "led_flashing", on=True))
    await reads(sim, 12)
    assert not calling.done()
    sim.machine.settings.set_led("red", 200, 100, 0)
    await calling
    assert value(hass, "switch.miner_led_flashing") == "on"


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_power_mode(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """A mode is done when the miner shows it, although it does not answer."""
    select = "select.miner_power_mode"
    sim.faults.silent["set_low_power"] = "close"
    await call(hass, "select", "select_option", select, option="low")
    assert value(hass, select) == "low"
    assert sim.machine.settings.power_mode == "Low"


@pytest.mark.parametrize("sim", GENERATIONS[1:], indirect=True)
async def test_fast_boot(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """Fast boot is switched and shown."""
    await turn(hass, "fast_boot", on=True)
    assert value(hass, "switch.miner_fast_boot") == "on"
    assert sim.machine.settings.fast_boot
    await turn(hass, "fast_boot", on=False)
    assert value(hass, "switch.miner_fast_boot") == "off"


@pytest.mark.parametrize("sim", GENERATIONS[1:], indirect=True)
async def test_target_frequency(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """Machines cooled by air go only down."""
    key = "target_frequency"
    await set_number(hass, key, -10)
    assert float(value(hass, f"number.miner_{key}")) == -10
    state = hass.states.get(f"number.miner_{key}")
    assert state is not None
    assert state.attributes[ATTR_MAX] == 0


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2"])
async def test_target_frequency_not_set(hass: HomeAssistant, api: str) -> None:
    """A miner that says nothing of it until it was set can be set, too."""
    async with at_home(api=api, speed=300) as simulated:
        simulated.faults.unset_empty = True
        await enter(hass, simulated)
        key = "number.miner_target_frequency"
        assert value(hass, key) == STATE_UNKNOWN
        await set_number(hass, "target_frequency", -10)
        assert float(value(hass, key)) == -10
        assert simulated.machine.settings.target_percent == -10


@pytest.mark.parametrize("sim", GENERATIONS[2:], indirect=True)
async def test_ramp_speed(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """The speed of the ramp is set and shown; API 3 has one step more."""
    await set_number(hass, "ramp_speed", 5)
    assert sim.machine.settings.upfreq_speed == 5
    state = hass.states.get("number.miner_ramp_speed")
    assert state is not None
    assert float(state.state) == 5
    assert state.attributes[ATTR_MAX] == (9 if sim.api == "2.2.2" else 10)


@pytest.mark.parametrize("sim", GENERATIONS[3:], indirect=True)
async def test_only_api_3(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """What only API 3 tells."""
    await set_number(hass, "temperature_offset", -5)
    assert float(value(hass, "number.miner_temperature_offset")) == -5
    assert sim.machine.settings.temp_offset == -5
    await turn(hass, "pools_on_the_web_page", on=False)
    assert value(hass, "switch.miner_pools_on_the_web_page") == "off"
    assert not sim.machine.settings.web_pools


@pytest.mark.parametrize("sim", GENERATIONS[2:], indirect=True)
async def test_start_at_boot(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """No firmware tells it: it is unknown until it was set."""
    switch = "switch.miner_start_mining_at_boot"
    assert value(hass, switch) == STATE_UNKNOWN
    await turn(hass, "start_mining_at_boot", on=False)
    assert value(hass, switch) == "off"


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_led_and_identify(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """Identify flashes and returns; a pattern that somebody set is left alone."""
    await press(hass, "identify")
    commands = [each for each in sim.log.commands if "led" in each]
    assert len(commands) >= 2
    assert sim.machine.settings.led == "auto"
    await turn(hass, "led_flashing", on=True)
    assert value(hass, "switch.miner_led_flashing") == "on"
    assert sim.machine.settings.led != "auto"
    if sim.api != "1.4":  # which does not tell
        with pytest.raises(HomeAssistantError) as caught:
            await press(hass, "identify")
        assert caught.value.translation_key == "led_in_use"
    await turn(hass, "led_flashing", on=False)
    assert sim.machine.settings.led == "auto"


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_set_while_it_is_identified(
    hass: HomeAssistant, sim: SimulatedMiner
) -> None:
    """Who sets the LED before it shows that it flashes has it as wished."""
    sim.faults.disobey.add("set_led")
    calling = hass.async_create_task(press(hass, "identify"))
    await read_back(sim, "set_led")
    sim.faults.disobey.clear()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    miner = device_id(hass, entry)
    red = {ATTR_DEVICE_ID: miner, "color": "red"}
    await hass.services.async_call(DOMAIN, "set_led", red, blocking=True)
    with pytest.raises(HomeAssistantError) as caught:
        await calling
    assert caught.value.translation_key == "replaced"
    assert sim.machine.settings.led != "auto"


@pytest.mark.parametrize("sim", ["1.4", "3.0.2"], indirect=True)
async def test_set_while_it_flashes(
    hass: HomeAssistant, sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sets the LED while it flashes to be found has it as wished afterwards."""
    monkeypatch.setattr(button, "IDENTIFY_SECONDS", 60)
    calling = hass.async_create_task(press(hass, "identify"))
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    commands = entry.runtime_data.commands
    await until(lambda: commands.last_set.when(Capability.LED) is not None)
    red = {ATTR_DEVICE_ID: device_id(hass, entry), "color": "red"}
    await hass.services.async_call(DOMAIN, "set_led", red, blocking=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await calling
    assert sim.machine.settings.led != "auto"


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
@pytest.mark.usefixtures("short_commands")
async def test_flashes_unseen(hass: HomeAssistant, sim: SimulatedMiner) -> None:
    """An LED that the miner does not show to flash is set back, too: it may come late."""
    sim.faults.disobey.add("set_led")
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "identify")
    assert caught.value.translation_key == "not_changing"
    *_, last = (each for each in sim.log if each.command == "set_led")
    assert last.params["param"] == "auto"


@pytest.mark.parametrize("sim", ["2.0.5"], indirect=True)
async def test_unloaded_while_it_flashes(
    hass: HomeAssistant, sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The LED is left to the miner again before the integration goes."""
    monkeypatch.setattr(button, "IDENTIFY_SECONDS", 60)
    calling = hass.async_create_task(press(hass, "identify"))
    await until(lambda: sim.machine.settings.led != "auto")
    with pytest.raises(HomeAssistantError):
        await press(hass, "identify")
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_reload(entry.entry_id)
    assert sim.machine.settings.led == "auto"
    await calling


@pytest.mark.parametrize("sim", ["2.2.2"], indirect=True)
async def test_identify_after_it_was_renamed(
    hass: HomeAssistant, sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant removes a renamed entity, and adds the same one again."""
    monkeypatch.setattr(button, "IDENTIFY_SECONDS", 60)
    er.async_get(hass).async_update_entity(
        "button.miner_identify", new_entity_id="button.find_it"
    )
    await hass.async_block_till_done()
    calling = hass.async_create_task(call(hass, "button", "press", "button.find_it"))
    await until(lambda: value(hass, "switch.miner_led_flashing") == "on")
    # What the button sends next would come before this.
    await set_number(hass, "ramp_speed", 5)
    assert sim.machine.settings.led != "auto"
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_reload(entry.entry_id)
    await calling


@pytest.mark.parametrize("api", ["3.0.2", "dual"])
async def test_heat_mode(hass: HomeAssistant, api: str) -> None:
    """Machines cooled by water have a heat mode, those by air none."""
    async with at_home(api=api, cooling="hydro", speed=300) as sim:
        entry = await enter(hass, sim)
        await call(
            hass, "select", "select_option", "select.miner_heat_mode", option="heating"
        )
        assert value(hass, "select.miner_heat_mode") == "heating"
        state = hass.states.get("number.miner_target_frequency")
        assert state is not None
        assert state.attributes[ATTR_MAX] == 100
        assert hass.states.get("number.miner_temperature_offset") is None
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("gentle", [False, True])
async def test_gentle_percent(hass: HomeAssistant, gentle: bool) -> None:
    """An option decides how the percent is changed."""
    async with at_home(api="3.0.2", speed=300) as sim:
        entry = make_entry(sim, options={CONF_GENTLE: gentle})
        await set_up(hass, entry)
        await set_number(hass, "power_percent", 60)
        (request,) = (
            each for each in sim.log if each.command == "set.miner.power_percent"
        )
        assert ("normal" in str(request.params)) is gentle
        await hass.config_entries.async_unload(entry.entry_id)
