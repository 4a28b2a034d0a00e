"""A miner that says yes to all and does nothing: nothing is done that it does not show."""

from typing import Any

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.whatsminer import button
from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from tests.conftest import at_home

from .helpers import device_id, enter, press, value

POOL = {"url": "stratum+tcp://other.example.com:3333", "worker": "other.001"}
ACTIONS: dict[str, dict[str, Any]] = {
    "set_led": {"color": "red"},
    "set_pools": {"pools": [POOL]},
    "set_power_percent": {"percent": 61},
    "update_password": {"new_password": "Other_7"},
}
# At full power it is what it would be.
RESTORE = "button.miner_restore_full_power"
PERCENT = {"number.miner_power_percent", "set_power_percent"}
AT_BOOT = {"switch.miner_start_mining_at_boot"}
LED = {"button.miner_identify", "switch.miner_led_flashing", "set_led"}
NOT_REPORTED: dict[str, set[str]] = {
    "1.4": PERCENT | LED,
    "2.0.5": PERCENT,
    "2.2.2": AT_BOOT,
    "3.0.2": AT_BOOT,
    "dual": AT_BOOT,
}
"""What no reading of a firmware shows, so that its yes has to do."""


def other(state: State) -> tuple[str, dict[str, Any]]:
    """Return how an entity is operated so that something else comes of it."""
    match state.domain:
        case "number":
            return "set_value", {"value": state.attributes["min"] + 5}
        case "select":
            options = state.attributes["options"]
            return "select_option", {
                "option": next(each for each in options if each != state.state)
            }
        case "switch":
            return "turn_off" if state.state == "on" else "turn_on", {}
    return "press", {}


@pytest.mark.usefixtures("all_entities_enabled", "short_commands")
@pytest.mark.parametrize("api", NOT_REPORTED)
async def test_nothing_is_done(
    hass: HomeAssistant, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each entity and each action says that it came to nothing, and shows what is."""
    monkeypatch.setattr(button, "IDENTIFY_SECONDS", 0.1)
    async with at_home(api=api) as miner:
        entry = await enter(hass, miner, **{CONF_START_MINUTES: 0})
        miner.device.faults.instead = lambda _: None
        calls: dict[str, tuple[str, str, dict[str, Any]]] = {}
        for state in hass.states.async_all(["button", "number", "select", "switch"]):
            service, data = other(state)
            target = {ATTR_ENTITY_ID: state.entity_id}
            calls[state.entity_id] = state.domain, service, target | data
        for action, data in ACTIONS.items():
            target = {ATTR_DEVICE_ID: device_id(hass, entry)}
            calls[action] = DOMAIN, action, target | data
        said: dict[str, str] = {}
        for name, call in calls.items():
            before = hass.states.get(name)
            try:
                await hass.services.async_call(*call, blocking=True)
            except HomeAssistantError as err:
                said[name] = str(err.translation_key)
            if name in said and before is not None and before.domain != "button":
                assert value(hass, name) == before.state
        assert calls.keys() - said.keys() == NOT_REPORTED[api] | {RESTORE}
        assert all(each.startswith(("not_", "password_not_")) for each in said.values())
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("short_commands")
async def test_reboot_in_the_first_minute(hass: HomeAssistant) -> None:
    """A count of seconds that has just begun, and goes on, has not begun anew."""
    async with at_home(state="booting") as miner:
        entry = await enter(hass, miner, **{CONF_START_MINUTES: 0})
        assert miner.machine.uptime < 60
        miner.device.faults.instead = lambda _: None
        with pytest.raises(HomeAssistantError) as caught:
            await press(hass, "reboot")
        assert caught.value.translation_key == "not_rebooting"
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("short_commands")
async def test_reboot_that_nothing_shows(hass: HomeAssistant) -> None:
    """A stopped miner of API 3 counts no seconds: its yes has to do."""
    async with at_home(api="3.0.2", state="stopped") as miner:
        miner.faults.v3_down = "text"
        entry = await enter(hass, miner)
        miner.device.faults.instead = lambda _: None
        await press(hass, "reboot")
        assert miner.log.commands.count("set.system.reboot") == 1
        await hass.config_entries.async_unload(entry.entry_id)
