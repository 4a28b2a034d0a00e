"""Commands do what they say to the miner they are for, or an error says what is known."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from homeassistant.const import (
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    EVENT_STATE_CHANGED,
    STATE_UNKNOWN,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.client import transport
from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.machine import Machine

from .helpers import call, device_id, enter, read_back, reads, value

GENERATIONS = ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"]
MINING = "switch.miner_mining"
PERCENT = "number.miner_power_percent"
RESTORE = "button.miner_restore_full_power"
MODE = "select.miner_power_mode"
LIMIT = "number.miner_power_limit"
RESTART = "button.miner_restart_mining"
FAST_BOOT = "switch.miner_fast_boot"
STATUS = "sensor.miner_status"


def writes(simulated: SimulatedMiner) -> list[str]:
    """Return the commands that a miner got that change something."""
    quiet = ("get", "status", "summary", "devs", "edevs", "pools", "devdetails")
    return [each for each in simulated.log.commands if not each.startswith(quiet)]


def noted_changes(hass: HomeAssistant) -> defaultdict[str, list[str]]:
    """Return the states that each entity changes to from now on."""
    changes = defaultdict[str, list[str]](list)

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        """Note a state, as the history and the activity do."""
        if (state := event.data["new_state"]) is not None:
            changes[event.data["entity_id"]].append(state.state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return changes


@pytest.mark.parametrize("api", GENERATIONS)
@pytest.mark.parametrize("raw", [False, True])
async def test_another_miner_is_not_commanded(
    hass: HomeAssistant, api: str, raw: bool
) -> None:
    """A miner that took over the address between two polls is left alone."""
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated)
        miner = device_id(hass, entry)
        action: tuple[str, str, dict[str, Any]] = (
            "switch",
            "turn_off",
            {ATTR_ENTITY_ID: MINING},
        )
        if raw:
            command: dict[str, Any] = {"command": "power_off"}
            if api in ("3.0.2", "dual"):
                command = {
                    "command": "set.miner.service",
                    "parameters": {"param": "stop"},
                }
            action = DOMAIN, "send_command", {ATTR_DEVICE_ID: miner, **command}
        simulated.device.mac = "CA:0A:18:00:00:99"
        simulated.log.clear()
        with pytest.raises(HomeAssistantError) as caught:
            await hass.services.async_call(*action, blocking=True)
        assert caught.value.translation_key == "wrong_device"
        assert not simulated.machine.mineroff
        assert writes(simulated) == []
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("api", GENERATIONS)
@pytest.mark.parametrize(
    ("action", "key"),
    [
        (("select", "select_option", MODE), "power_mode_stopped"),
        (("button", "press", RESTART), "start_stop_stopped"),
    ],
)
async def test_what_needs_a_miner_that_mines(
    hass: HomeAssistant, api: str, action: tuple[str, str, str], key: str
) -> None:
    """A stopped miner takes no mode and no restart, and is not started for either."""
    async with at_home(api=api, speed=300, state="stopped") as simulated:
        entry = await enter(hass, simulated)
        simulated.log.clear()
        changes = noted_changes(hass)
        data = {"option": "low"} if action[0] == "select" else {}
        with pytest.raises(ServiceValidationError) as caught:
            await call(hass, *action, **data)
        assert caught.value.translation_key == key
        assert "Miner is stopped. " in str(caught.value)
        assert writes(simulated) == []
        assert simulated.machine.mineroff
        assert changes[STATUS] == changes[MODE] == []
        # Home Assistant notes the press of any button first: see docs/controls.md.
        is_noted = value(hass, RESTART) != STATE_UNKNOWN
        assert is_noted is (action[0] == "button")
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("short_commands")
@pytest.mark.parametrize("api", ["2.0.5", "3.0.2"])
async def test_started_since_the_last_reading(
    hass: HomeAssistant, clock: ManualClock, api: str
) -> None:
    """An old reading refuses nothing: the miner may have been started meanwhile."""
    async with at_home(api=api, clock=clock, state="stopped") as simulated:
        entry = await enter(hass, simulated)
        simulated.machine.power_on()
        clock.advance(300)
        # Whether it shows in time is another matter: the miner's time stands still.
        with suppress(HomeAssistantError):
            await call(hass, "button", "press", RESTART)
        assert writes(simulated)[-1] in ("restart_btminer", "set.miner.service")
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("api", GENERATIONS)
@pytest.mark.parametrize("state", ["stopped", "booting", "ramping"])
@pytest.mark.parametrize("how", ["number", "button", "action"])
async def test_power_percent_before_it_is_tuned(
    hass: HomeAssistant, api: str, state: str, how: str
) -> None:
    """What the miner refuses until it is tuned is said beforehand, and not sent."""
    async with at_home(api=api, state=state) as simulated:
        entry = await enter(hass, simulated)
        miner = device_id(hass, entry)
        reason = value(hass, STATUS)
        assert reason in ("stopped", "starting", "tuning")
        simulated.log.clear()
        changes = noted_changes(hass)
        if how == "button" and api == "2.2.2":
            # It has a command of its own, which can do no harm.
            await hass.config_entries.async_unload(entry.entry_id)
            return
        actions: dict[str, tuple[str, str, dict[str, Any]]] = {
            "number": ("number", "set_value", {ATTR_ENTITY_ID: PERCENT, "value": 60}),
            "button": ("button", "press", {ATTR_ENTITY_ID: RESTORE}),
            "action": (
                DOMAIN,
                "set_power_percent",
                {ATTR_DEVICE_ID: miner, "percent": 60},
            ),
        }
        with pytest.raises(ServiceValidationError) as caught:
            await hass.services.async_call(*actions[how], blocking=True)
        assert caught.value.translation_key == f"power_percent_{reason}"
        assert f"Miner is {reason}. It accepts a power percent when it mines" in str(
            caught.value
        )
        assert writes(simulated) == []
        assert changes[PERCENT] == []
        await hass.config_entries.async_unload(entry.entry_id)


@dataclass(frozen=True)
class Setting:
    """A control of one kind: how it is set, what it shows then, and why."""

    service: str
    commands: tuple[str, str]
    """Of API 2 and of API 3."""
    after: str
    obey: Callable[[Machine], object]
    data: dict[str, Any] = field(default_factory=dict)


def limit(machine: Machine) -> None:
    """Take over another power limit."""
    machine.settings.power_limit = 2500
    machine.restart(limit_changed=True)


def mode(machine: Machine) -> None:
    """Take over another power mode."""
    machine.settings.power_mode = "Low"
    machine.restart(limit_changed=True)


SETTINGS = {
    MINING: Setting(
        "turn_off",
        ("power_off", "set.miner.service"),
        "off",
        Machine.power_off,
    ),
    FAST_BOOT: Setting(
        "turn_on",
        ("enable_btminer_fast_boot", "set.miner.fastboot"),
        "on",
        lambda machine: setattr(machine.settings, "fast_boot", True),
    ),
    PERCENT: Setting(
        "set_value",
        ("set_power_pct", "set.miner.power_percent"),
        "60.0",
        lambda machine: machine.set_power_percent(60, fast=True),
        {"value": 60},
    ),
    LIMIT: Setting(
        "set_value",
        ("adjust_power_limit", "set.miner.power_limit"),
        "2500.0",
        limit,
        {"value": 2500},
    ),
    MODE: Setting(
        "select_option",
        ("set_low_power", "set.miner.power_mode"),
        "low",
        mode,
        {"option": "low"},
    ),
}


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize("api", ["2.2.2", "3.0.2"])
@pytest.mark.parametrize("control", SETTINGS)
@pytest.mark.parametrize("what", ["refused", "pending"])
async def test_a_control_shows_what_the_miner_shows(
    hass: HomeAssistant, api: str, control: str, what: str
) -> None:
    """What is refused or under way is no state: not in the history, nor for automations."""
    setting = SETTINGS[control]
    command = setting.commands[api == "3.0.2"]
    async with at_home(api=api, speed=300) as simulated:
        simulated.faults.silent.clear()
        entry = await enter(hass, simulated, **{CONF_START_MINUTES: 0})
        assert value(hass, control) != setting.after
        changes = noted_changes(hass)
        if what == "refused":
            simulated.faults.refuse[command] = 132
        else:
            simulated.faults.disobey.add(command)
        domain = control.partition(".")[0]
        asking = hass.async_create_task(
            call(hass, domain, setting.service, control, **setting.data)
        )
        if what == "refused":
            with pytest.raises(HomeAssistantError) as caught:
                await asking
            is_limit = control.endswith("power_limit")
            key = "value_refused" if is_limit else "command_refused"
            assert caught.value.translation_key == key
            assert changes[control] == []
        else:
            await read_back(simulated, command)
            await reads(simulated)
            assert not asking.done()
            assert changes[control] == []
            setting.obey(simulated.machine)
            await asking
            assert changes[control] == [setting.after]
        await hass.config_entries.async_unload(entry.entry_id)


async def test_nothing_under_way_is_written_to_the_switch(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """A toggle that was just touched does not snap back for a command under way."""
    simulated.faults.disobey |= {"power_off", "restart_btminer", "set_power_pct"}
    written = hass.states.get(MINING)
    calls = [
        hass.async_create_task(call(hass, "switch", "turn_off", MINING)),
        hass.async_create_task(call(hass, "number", "set_value", PERCENT, value=80)),
    ]
    await read_back(simulated, "power_off")
    await reads(simulated)
    assert hass.states.get(MINING) is written is not None
    simulated.machine.power_off()
    await asyncio.gather(*calls, return_exceptions=True)
    await hass.config_entries.async_unload(loaded.entry_id)


@pytest.mark.parametrize("api", ["2.0.5", "3.0.2"])
async def test_silence_is_decided_by_read_back(
    hass: HomeAssistant, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command without an answer is done when the miner shows it, else it is not."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.2)
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated)
        for command in ("power_off", "set.miner.service"):
            simulated.faults.silent[command] = "close"
        await call(hass, "switch", "turn_off", MINING)
        assert value(hass, MINING) == "off"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("raw", [False, True])
async def test_silence_without_read_back_is_an_error(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    loaded: MockConfigEntry,
    raw: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nothing shows what became of a command, that is said."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.2)
    simulated.faults.silent["set_power_pct"] = "close"
    action: tuple[str, str, dict[str, Any]] = (
        "number",
        "set_value",
        {ATTR_ENTITY_ID: PERCENT, "value": 70},
    )
    if raw:
        parameters = {"command": "set_power_pct", "parameters": {"percent": "70"}}
        miner = {ATTR_DEVICE_ID: device_id(hass, loaded)}
        action = DOMAIN, "send_command", miner | parameters
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(*action, blocking=True)
    assert caught.value.translation_key == "outcome_unknown"
    assert value(hass, PERCENT) == "unknown"


async def test_raw_commands_wait_their_turn(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """A raw command comes after what is under way, and a raw stop waits for no setting."""
    simulated.faults.disobey.add("restart_btminer")
    restart = hass.async_create_task(
        call(hass, "button", "press", "button.miner_restart_mining")
    )
    await read_back(simulated, "restart_btminer")
    led = {
        ATTR_DEVICE_ID: device_id(hass, loaded),
        "command": "set_led",
        "parameters": {"param": "auto"},
    }
    raw = hass.async_create_task(
        hass.services.async_call(DOMAIN, "send_command", led, blocking=True)
    )
    await reads(simulated)
    sent = simulated.log.commands.count("set_led")
    assert not raw.done()
    simulated.machine.restart()
    await restart
    await raw
    assert simulated.log.commands.count("set_led") == sent + 1
    simulated.faults.disobey.add("power_on")
    await call(hass, "switch", "turn_off", MINING)
    start = hass.async_create_task(call(hass, "switch", "turn_on", MINING))
    await read_back(simulated, "power_on")
    stop = {ATTR_DEVICE_ID: device_id(hass, loaded), "command": "power_off"}
    await hass.services.async_call(DOMAIN, "send_command", stop, blocking=True)
    with pytest.raises(HomeAssistantError) as caught:
        await start
    assert caught.value.translation_key == "replaced"
