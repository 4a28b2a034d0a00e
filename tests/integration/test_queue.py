"""Commands to one miner never pile up, and the newest counts."""

import asyncio
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID, EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.control import queue
from custom_components.whatsminer.control.commands import raw
from tests.conftest import until
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import call, device_id, poll, read_back, reads, value

pytestmark = pytest.mark.usefixtures("all_entities_enabled", "loaded")

MINING = "switch.miner_mining"
LIMIT = "number.miner_power_limit"
PERCENT = "number.miner_power_percent"
FREQUENCY = "number.miner_target_frequency"
MODE = "select.miner_power_mode"
STARTS = "sensor.miner_starts_today"


def begin(hass: HomeAssistant, *args: str, **data: Any) -> asyncio.Task[None]:
    """Call an action of an entity without waiting for it."""
    return hass.async_create_task(call(hass, *args, **data))


def sent(simulated: SimulatedMiner, command: str) -> int:
    """Return how often the miner got a command."""
    return sum(request.command == command for request in simulated.log.requests)


async def replaced(task: asyncio.Task[Any]) -> None:
    """Wait for a command that a newer one takes the place of."""
    with pytest.raises(HomeAssistantError) as caught:
        await task
    assert caught.value.translation_key == "replaced"


async def test_not_repeated(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """What is under way is not sent again; all who asked for it wait for its end."""
    simulated.faults.disobey.add("power_off")
    calls = [begin(hass, "switch", "turn_off", MINING) for _ in range(5)]
    await read_back(simulated, "power_off")
    assert not any(each.done() for each in calls)
    simulated.machine.power_off()
    await asyncio.gather(*calls)
    assert sent(simulated, "power_off") == 1
    assert value(hass, MINING) == "off"


async def test_the_newest_counts(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Of opposite commands the last one counts, and those between are not sent."""
    simulated.faults.disobey.add("power_off")
    first = begin(hass, "switch", "turn_off", MINING)
    await read_back(simulated, "power_off")
    between = [
        begin(hass, "switch", service, MINING)
        for service in ("turn_on", "turn_off", "turn_on", "turn_off")
    ]
    last = begin(hass, "switch", "turn_on", MINING)
    for each in (first, *between):
        await replaced(each)
    await last
    assert sent(simulated, "power_off") == 1
    assert sent(simulated, "power_on") == 1
    assert value(hass, MINING) == "on"
    assert not simulated.machine.mineroff


async def test_stop_while_starting(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who stops a miner that starts need not wait until it has."""
    await call(hass, "switch", "turn_off", MINING)
    simulated.faults.disobey.add("power_on")
    start = begin(hass, "switch", "turn_on", MINING)
    await read_back(simulated, "power_on")
    assert value(hass, "sensor.miner_status") == "starting"
    assert value(hass, MINING) == "off"
    await call(hass, "switch", "turn_off", MINING)
    await replaced(start)
    assert value(hass, MINING) == "off"


async def test_start_after_a_raw_stop(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
) -> None:
    """A start that a raw stop has ended is not the one that is asked for after it."""
    await call(hass, "switch", "turn_off", MINING)
    simulated.faults.disobey.add("power_on")
    first = begin(hass, "switch", "turn_on", MINING)
    await read_back(simulated, "power_on")
    simulated.faults.disobey.clear()
    simulated.faults.delay = 0.15
    simulated.faults.only.add("status")
    # While it is read nobody looks whether it was replaced.
    await until(lambda: simulated.log.commands[-1] == "status")
    commands = loaded.runtime_data.commands
    stop = hass.async_create_task(commands.async_send(raw("power_off", {})))
    last = begin(hass, "switch", "turn_on", MINING)
    await replaced(first)
    await asyncio.gather(stop, last)
    assert value(hass, MINING) == "on"
    assert not simulated.machine.mineroff


async def test_stop_while_restarting(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A restart cannot be taken back: what is asked for meanwhile comes after it."""
    simulated.faults.disobey.add("restart_btminer")
    restart = begin(hass, "button", "press", "button.miner_restart_mining")
    await read_back(simulated, "restart_btminer")
    start = begin(hass, "switch", "turn_on", MINING)
    stop = begin(hass, "switch", "turn_off", MINING)
    await reads(simulated)
    assert sent(simulated, "power_off") == 0
    simulated.machine.restart()
    await restart
    await replaced(start)
    await stop
    assert sent(simulated, "power_on") == 0
    assert simulated.machine.mineroff


async def test_limit_that_is_in_force(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """The limit that the miner has is not sent: it would restart in vain."""
    starts = value(hass, STARTS)
    await call(hass, "number", "set_value", LIMIT, value=float(value(hass, LIMIT)))
    assert sent(simulated, "adjust_power_limit") == 0
    assert value(hass, STARTS) == starts


async def test_limit_that_somebody_else_changed(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """The miner is read before it is decided that its limit is the one asked for."""
    before = float(value(hass, LIMIT))
    simulated.machine.settings.power_limit = 2500
    simulated.machine.restart(limit_changed=True)
    clock.advance(120)
    limit = begin(hass, "number", "set_value", LIMIT, value=before)
    await read_back(simulated, "adjust_power_limit")
    clock.advance(120)
    await limit
    assert simulated.machine.power_limit == before


async def test_limit_before_the_last_one_shows(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who takes a limit back at once is sure to get it: the miner still shows it."""
    before = float(value(hass, LIMIT))
    simulated.faults.disobey.add("adjust_power_limit")
    limit = begin(hass, "number", "set_value", LIMIT, value=2500)
    await read_back(simulated, "adjust_power_limit")
    await call(hass, "number", "set_value", LIMIT, value=before)
    await replaced(limit)
    assert sent(simulated, "adjust_power_limit") == 2


async def test_limit_that_is_in_force_after_a_percent(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who sets several things at once, with a limit that is in force, causes no restart."""
    await call(hass, "number", "set_value", PERCENT, value=80)
    await call(hass, "number", "set_value", LIMIT, value=float(value(hass, LIMIT)))
    assert sent(simulated, "adjust_power_limit") == 0


async def test_limit_soon_after_a_mode(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """The limit that a mode has ended may still be shown, whatever was set since."""
    simulated.faults.silent.clear()
    await call(hass, "select", "select_option", MODE, option="low")
    clock.advance(120)
    await call(hass, "number", "set_value", FREQUENCY, value=-10)
    clock.advance(120)
    await poll(hass)
    shown = float(value(hass, LIMIT))
    limit = begin(hass, "number", "set_value", LIMIT, value=shown)
    await read_back(simulated, "adjust_power_limit")
    clock.advance(120)
    await limit


async def test_stop_does_not_wait_for_a_setting(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A miner that does not show its settings can be stopped at once."""
    simulated.faults.disobey |= {"set_low_power", "set_target_freq"}
    settings = [
        begin(hass, "select", "select_option", MODE, option="low"),
        begin(hass, "number", "set_value", LIMIT, value=2500),
    ]
    simulated.faults.disobey.add("adjust_power_limit")
    await read_back(simulated, "set_low_power")
    await call(hass, "switch", "turn_off", MINING)
    assert simulated.machine.mineroff
    for each in settings:
        await replaced(each)


async def test_nothing_waits_for_its_turn_after_unloading(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """Actions that wait for a command to end are given up, too."""
    simulated.faults.disobey.add("restart_btminer")
    miner = device_id(hass, loaded)
    restart = begin(hass, "button", "press", "button.miner_restart_mining")
    await read_back(simulated, "restart_btminer")
    actions = [
        hass.async_create_task(
            hass.services.async_call(
                DOMAIN, action, {ATTR_DEVICE_ID: miner, **data}, blocking=True
            )
        )
        for action, data in (
            ("send_command", {"command": "power_on"}),
            ("update_password", {"new_password": "Other_1"}),
        )
    ]
    await reads(simulated)
    await hass.config_entries.async_unload(loaded.entry_id)
    for each in (restart, *actions):
        with pytest.raises(HomeAssistantError) as caught:
            await each
        assert caught.value.translation_key == "unloaded"
    assert sent(simulated, "power_on") == sent(simulated, "update_pwd") == 0


@pytest.mark.parametrize("how", ["async_unload", "async_reload", "async_remove"])
async def test_nothing_is_sent_after_unloading(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry, how: str
) -> None:
    """What is under way, and what waits, is given up when the entry is unloaded."""
    simulated.faults.disobey.add("restart_btminer")
    restart = begin(hass, "button", "press", "button.miner_restart_mining")
    await read_back(simulated, "restart_btminer")
    stop = begin(hass, "switch", "turn_off", MINING)
    await reads(simulated)
    await getattr(hass.config_entries, how)(loaded.entry_id)
    for each in (restart, stop):
        with pytest.raises(HomeAssistantError) as caught:
            await each
        assert caught.value.translation_key == "unloaded"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sent(simulated, "power_off") == 0
    assert not simulated.machine.mineroff


async def test_refused_stop_of_a_start(
    hass: HomeAssistant, simulated: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that was left is shown, though the stop that took its place is refused."""
    await call(hass, "switch", "turn_off", MINING)
    monkeypatch.setattr(queue, "CONFIRM_FIRST", 60)
    start = begin(hass, "switch", "turn_on", MINING)
    await until(lambda: not simulated.machine.mineroff)
    simulated.faults.refuse["power_off"] = 132
    with pytest.raises(HomeAssistantError):
        await call(hass, "switch", "turn_off", MINING)
    await replaced(start)
    assert value(hass, MINING) == "on"


async def test_settings_wait_for_each_other(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Of one setting the last value counts; of different ones each is sent."""
    simulated.faults.delay = 0.1
    simulated.faults.only.add("set_power_pct")
    values = [
        begin(hass, "number", "set_value", PERCENT, value=percent)
        for percent in (90, 80, 70)
    ]
    boot = begin(hass, "switch", "turn_on", "switch.miner_fast_boot")
    results = await asyncio.gather(*values, return_exceptions=True)
    await boot
    assert [getattr(each, "translation_key", None) for each in results] == [
        "replaced",
        "replaced",
        None,
    ]
    assert value(hass, PERCENT) == "70.0"
    assert simulated.machine.physics.percent_goal == pytest.approx(0.7)
    assert value(hass, "switch.miner_fast_boot") == "on"


async def test_goes_on_without_its_caller(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """An automation that is started anew does not stop half-way."""
    simulated.faults.disobey.add("power_off")
    stop = begin(hass, "switch", "turn_off", MINING)
    await read_back(simulated, "power_off")
    stop.cancel()
    await reads(simulated)
    assert value(hass, "sensor.miner_status") == "stopping"
    simulated.machine.power_off()
    await until(lambda: value(hass, "sensor.miner_status") == "stopped")


async def test_power_percent_ends_with_a_start(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """A percent that this firmware does not report is 100 after a start."""
    assert value(hass, PERCENT) == "unknown"
    await call(hass, "number", "set_value", PERCENT, value=70)
    assert value(hass, PERCENT) == "70.0"
    await call(hass, "switch", "turn_off", MINING)
    await call(hass, "switch", "turn_on", MINING)
    clock.advance(60)
    await poll(hass)
    assert value(hass, PERCENT) == "100.0"


async def test_starts_today(hass: HomeAssistant) -> None:
    """Starts are counted, and when mining last started and stopped is known."""
    sensor = "sensor.miner_starts_today"
    before = int(value(hass, sensor))
    await call(hass, "switch", "turn_off", MINING)
    await call(hass, "switch", "turn_on", MINING)
    assert value(hass, sensor) == str(before + 1)
    state = hass.states.get(MINING)
    assert state is not None
    assert state.attributes["starts_today"] == before + 1
    assert state.attributes["last_start"] > state.attributes["last_stop"]


async def test_reading_while_a_command_is_sent(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A reading that began before a command does not undo what the miner shows after."""
    simulated.faults.delay = 0.15
    simulated.faults.only.add("summary+edevs+pools")
    before = sent(simulated, "summary+edevs+pools")
    polled = hass.async_create_task(poll(hass))
    await until(lambda: sent(simulated, "summary+edevs+pools") > before)
    states = []
    hass.bus.async_listen(
        EVENT_STATE_CHANGED,
        lambda event: states.append(value(hass, "binary_sensor.miner_mining")),
    )
    await call(hass, "switch", "turn_off", MINING)
    await polled
    assert states[-1] == "off"
    assert "on" not in states[states.index("off") :]
    state = hass.states.get(MINING)
    assert state is not None
    assert state.attributes["last_stop"] > state.attributes["last_start"]


async def test_a_start_under_way_is_no_start_yet(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """The switch says nothing of a start until the miner shows it."""
    await call(hass, "switch", "turn_off", MINING)
    simulated.faults.disobey.add("power_on")
    before = hass.states.get(MINING)
    start = begin(hass, "switch", "turn_on", MINING)
    await read_back(simulated, "power_on")
    assert hass.states.get(MINING) is before
    await call(hass, "switch", "turn_off", MINING)
    await replaced(start)


async def test_home_assistant_ends(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """What is under way is not waited for when Home Assistant ends."""
    simulated.faults.disobey.add("power_off")
    stop = begin(hass, "switch", "turn_off", MINING)
    await read_back(simulated, "power_off")
    # As Home Assistant does with what is in the background.
    (background,) = (
        task for task in asyncio.all_tasks() if task.get_name() == "whatsminer stopping"
    )
    background.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stop
    assert value(hass, "sensor.miner_status") != "stopping"
