"""Commands are done when the miner shows it; failures are said in words."""

import asyncio

from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import access
from custom_components.whatsminer.client import transport
from custom_components.whatsminer.const import DOMAIN
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import call, make_entry, poll, press, read_back, set_up, value

MINING = "switch.miner_mining"
STATUS = "sensor.miner_status"


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
async def test_stop_and_start(
    hass: HomeAssistant, simulated: SimulatedMiner, clock: ManualClock
) -> None:
    """The switch stops and starts the miner; its states follow the miner's."""
    await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    clock.advance(15)
    await poll(hass)
    assert simulated.machine.mineroff
    assert value(hass, MINING) == STATE_OFF
    assert value(hass, "binary_sensor.miner_mining") == STATE_OFF
    assert value(hass, STATUS) == "stopped"
    assert float(value(hass, "sensor.miner_power")) < 50
    await call(hass, SWITCH, SERVICE_TURN_ON, MINING)
    assert simulated.machine.phase == "restarting"
    assert value(hass, MINING) == STATE_ON
    assert value(hass, STATUS) == "starting"


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
async def test_waiting_is_shown(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
) -> None:
    """While the miner has not obeyed yet the status says so."""
    simulated.faults.disobey.add("power_off")
    switching = hass.async_create_task(call(hass, SWITCH, SERVICE_TURN_OFF, MINING))
    await read_back(simulated, "power_off")
    assert value(hass, STATUS) == "stopping"
    assert value(hass, MINING) == STATE_ON
    assert value(hass, "binary_sensor.miner_mining") == STATE_ON
    assert not switching.done()
    simulated.machine.power_off()
    await switching
    assert value(hass, STATUS) == "stopped"
    assert value(hass, MINING) == STATE_OFF


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("service", "command", "key"),
    [
        (SERVICE_TURN_OFF, "power_off", "not_stopping"),
        (SERVICE_TURN_ON, "power_on", "not_starting"),
    ],
)
async def test_miner_does_not_obey(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    short_commands: None,
    service: str,
    command: str,
    key: str,
) -> None:
    """A miner that says yes and does nothing is found out, and the switch returns."""
    if command == "power_on":
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    before = value(hass, MINING)
    simulated.faults.disobey.add(command)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, service, MINING)
    assert caught.value.translation_key == key
    assert caught.value.translation_placeholders == {"name": "Miner", "seconds": "0"}
    assert value(hass, MINING) == before


@pytest.mark.parametrize("button", ["restart_mining", "reboot"])
async def test_buttons(hass: HomeAssistant, button: str) -> None:
    """A button's press ends when the miner has restarted, or rebooted."""
    async with SimulatedMiner(password=PASSWORD, speed=600) as simulated:
        await set_up(hass, make_entry(simulated, PASSWORD))
        before = simulated.machine.uptime
        await press(hass, button)
        if button == "reboot":
            assert simulated.machine.reboots == 1
            assert simulated.machine.uptime < before
        else:
            assert simulated.machine.elapsed < simulated.machine.uptime
            assert simulated.machine.reboots == 0
        assert "sensor.miner_hashrate" in hass.states.async_entity_ids()


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("button", "command", "key"),
    [
        ("restart_mining", "restart_btminer", "not_restarting"),
        ("reboot", "reboot", "not_rebooting"),
    ],
)
async def test_buttons_without_effect(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    short_commands: None,
    button: str,
    command: str,
    key: str,
) -> None:
    """A press that had no effect is an error."""
    simulated.faults.disobey.add(command)
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, button)
    assert caught.value.translation_key == key


@pytest.mark.usefixtures("loaded")
async def test_command_without_answer(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A command that is carried out in silence is done."""
    simulated.faults.silent["power_off"] = "close"
    await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert value(hass, MINING) == STATE_OFF


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
async def test_write_access_switched_off(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A refusal says what has to be done about it."""
    simulated.device.api_switch = False
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_key == "write_access_disabled"
    assert "WhatsMinerTool" in str(caught.value)
    assert value(hass, MINING) == STATE_ON
    assert value(hass, "binary_sensor.miner_write_access") == STATE_OFF


async def test_name_of_the_device(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """An error has the name that the user gave the device."""
    devices = dr.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(devices, loaded.entry_id)
    devices.async_update_device(device.id, name_by_user="Heater")
    simulated.faults.refuse["power_off"] = 132
    with pytest.raises(HomeAssistantError, match=r"^Heater refused"):
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)


@pytest.mark.usefixtures("loaded")
async def test_refusal(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A refusal quotes the miner's own code and words."""
    simulated.faults.refuse["power_off"] = 132
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_key == "command_refused"
    assert caught.value.translation_placeholders
    assert caught.value.translation_placeholders["code"] == "132"
    assert caught.value.translation_placeholders["command"] == "power_off"


@pytest.mark.usefixtures("loaded")
async def test_unknown_command(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A firmware without the command is told from one that refuses it."""
    simulated.faults.refuse["power_off"] = 14
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_key == "unknown_command"


@pytest.mark.usefixtures("loaded")
async def test_busy(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A busy miner is left alone, and the user told for how long."""
    simulated.tokens.tokens.clear()
    simulated.faults.refuse["get_token"] = 136
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_key == "busy"
    assert caught.value.translation_placeholders
    assert caught.value.translation_placeholders["seconds"] == "30"


@pytest.mark.usefixtures("loaded")
async def test_unreachable(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A command that cannot be sent is an error."""
    await simulated.stop()
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_key == "unreachable"


async def test_renamed(
    hass: HomeAssistant, loaded: MockConfigEntry, simulated: SimulatedMiner
) -> None:
    """An error has the name that the miner has by now."""
    hass.config_entries.async_update_entry(loaded, title="Cellar")
    await poll(hass)
    await simulated.stop()
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_placeholders == {"name": "Cellar"}


@pytest.mark.usefixtures("loaded")
async def test_password_changed(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """A password that was changed on the miner is asked for."""
    simulated.tokens.set_password("Other_1")
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    assert caught.value.translation_key == "invalid_auth"
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.mark.usefixtures("loaded")
async def test_password_refused_for_a_moment(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """It is asked for no more once a command was confirmed with it."""
    simulated.tokens.set_password("Other_1")
    with pytest.raises(HomeAssistantError):
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    await poll(hass)
    dialogs = [len(hass.config_entries.flow.async_progress_by_handler(DOMAIN))]
    simulated.tokens.set_password(PASSWORD)
    await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    await poll(hass)
    dialogs.append(len(hass.config_entries.flow.async_progress_by_handler(DOMAIN)))
    assert dialogs == [1, 0]


@pytest.mark.usefixtures("loaded")
async def test_unloaded_while_waiting(
    hass: HomeAssistant, simulated: SimulatedMiner, loaded: MockConfigEntry
) -> None:
    """Unloading ends the wait for the miner."""
    simulated.faults.disobey.add("power_off")
    switching = hass.async_create_task(call(hass, SWITCH, SERVICE_TURN_OFF, MINING))
    await read_back(simulated, "power_off")
    await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(HomeAssistantError):
        await asyncio.wait_for(switching, 60)


def test_time_limit() -> None:
    """No answer is waited for longer than the miner itself waits."""
    assert transport.ANSWER_TIMEOUT <= 10


@pytest.mark.usefixtures("all_entities_enabled", "loaded")
async def test_write_access_comes_back(
    hass: HomeAssistant, simulated: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A miner that refused a command is asked again now and then."""
    monkeypatch.setattr(access, "CHECK_CLOSED_AGAIN", 0)
    simulated.device.api_switch = False
    with pytest.raises(HomeAssistantError):
        await call(hass, SWITCH, SERVICE_TURN_OFF, MINING)
    await poll(hass)
    assert value(hass, "binary_sensor.miner_write_access") == STATE_OFF
    simulated.device.api_switch = True
    await poll(hass)
    assert value(hass, "binary_sensor.miner_write_access") == STATE_ON
