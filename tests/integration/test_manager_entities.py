"""What a power manager shows and how it is operated, with two simulated miners."""

from contextlib import AsyncExitStack
import json
from math import nan
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.components.number import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import CONF_HOST
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.whatsminer.power_manager.heating import HeatStatus
from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Reason
from tests.conftest import at_home, until

from .helpers import DOMAIN, WORDS, call, device_id, make_entry, set_up, value
from .manager_helpers import Home, add_sensor, change, owned


async def test_paused_at_first(hass: HomeAssistant, home: Home) -> None:
    """A new manager says that it is paused, shows what it would do, and sends nothing."""
    assert value(hass, "select.power_manager_mode") == Mode.PAUSED
    assert value(hass, "sensor.power_manager_reason") == Reason.PAUSED
    assert float(value(hass, "sensor.power_manager_power")) > 0
    assert float(value(hass, "sensor.power_manager_available_power")) > 9000
    assert value(hass, "sensor.power_manager_miners_mining") == "2"
    assert value(hass, "sensor.power_manager_miners_held") == "0"
    assert float(value(hass, "sensor.power_manager_hashrate")) > 0
    # Until it is seen that their power is steady.
    assert value(hass, "sensor.power_manager_efficiency") == "unknown"
    assert value(hass, "number.power_manager_requested_power") == "unknown"
    assert value(hass, "number.power_manager_power_cap") == "unknown"
    for miner in home.miners:
        assert not {"power_off", "power_on", "set_power_pct_v2"} & set(
            miner.log.commands
        )


async def test_order_of_a_new_manager(hass: HomeAssistant) -> None:
    """A new manager has the miners first that mine now, the others by their names."""
    names = {
        "Attic": "stopped",
        "Barn": "hashing",
        "Cellar": "stopped",
        "Den": "ramping",
    }
    grid = add_sensor(hass, "grid")
    async with AsyncExitStack() as stack:
        entries = {}
        for index, (name, state) in enumerate(names.items()):
            miner = at_home(api="dual", index=index, state=state)
            await stack.enter_async_context(miner)
            entries[name] = make_entry(miner, title=name)
            await set_up(hass, entries[name])
        flow = hass.config_entries.flow
        result = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        for entered in ({"next_step_id": "manager"}, {"grid": grid.entity_id}):
            result = await flow.async_configure(result["flow_id"], entered)
        form = result["data_schema"]
        assert form is not None
        (field,) = (each for each in form.schema if each == "miners")
        order = ("Barn", "Den", "Attic", "Cellar")
        suggested = field.description["suggested_value"]
        assert suggested == [entries[each].entry_id for each in order]
        for entry in entries.values():
            await hass.config_entries.async_unload(entry.entry_id)


async def test_devices(hass: HomeAssistant, home: Home) -> None:
    """It has a device of its own; what it does with a miner is on the miner's device."""
    devices = owned(hass, home.manager)
    own = device_id(hass, home.manager)
    device = dr.async_get(hass).async_get(own)
    assert device is not None
    assert isinstance(device, dr.DeviceEntry)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert devices["select.power_manager_mode"] == own
    for entry in home.entries:
        name = entry.title.lower()
        for entity_id in (
            f"sensor.{name}_power_manager",
            f"sensor.{name}_planned_power",
            f"sensor.{name}_held_until",
            f"button.{name}_end_hold",
        ):
            assert devices.pop(entity_id) == device_id(hass, entry)
    assert set(devices.values()) == {own}


async def test_mode(hass: HomeAssistant, home: Home) -> None:
    """The mode can be changed, and is there after a reload."""
    await call(
        hass, "select", "select_option", "select.power_manager_mode", option="external"
    )
    assert value(hass, "select.power_manager_mode") == Mode.EXTERNAL
    assert value(hass, "sensor.power_manager_reason") == Reason.REQUEST_EXPIRED
    await hass.config_entries.async_reload(home.manager.entry_id)
    assert value(hass, "select.power_manager_mode") == Mode.EXTERNAL


async def set_value(hass: HomeAssistant, key: str, number: float) -> None:
    """Set a number of the manager."""
    await call(
        hass,
        "number",
        SERVICE_SET_VALUE,
        f"number.power_manager_{key}",
        **{ATTR_VALUE: number},
    )


async def test_request(hass: HomeAssistant, home: Home) -> None:
    """A request says when it expires; one that is no number is refused."""
    await set_value(hass, "requested_power", 2500)
    assert value(hass, "number.power_manager_requested_power") == "2500.0"
    state = hass.states.get("number.power_manager_requested_power")
    assert state is not None
    assert state.attributes["expires"] is not None
    with pytest.raises(ServiceValidationError, match="from 0 to 1000000"):
        await set_value(hass, "requested_power", nan)
    assert value(hass, "number.power_manager_requested_power") == "2500.0"


async def test_cap(hass: HomeAssistant, home: Home) -> None:
    """A cap can be set, and removed again."""
    await set_value(hass, "power_cap", 3000)
    assert value(hass, "number.power_manager_power_cap") == "3000.0"
    assert value(hass, "sensor.power_manager_reason") == Limit.POWER_CAP
    await call(hass, "button", "press", "button.power_manager_remove_power_cap")
    assert value(hass, "number.power_manager_power_cap") == "unknown"


async def test_two_of_one_name(
    hass: HomeAssistant, home: Home, hass_admin_user: MockUser
) -> None:
    """Two held miners are two, though somebody named them alike."""
    mode = {"entity_id": "select.power_manager_mode", "option": "full"}
    await hass.services.async_call("select", "select_option", mode, blocking=True)
    registry = dr.async_get(hass)
    names = set()
    for name in ("attic", "barn"):
        entity = er.async_get(hass).async_get(f"switch.{name}_mining")
        assert entity is not None
        assert entity.device_id is not None
        registry.async_update_device(entity.device_id, name_by_user="Shed")
        assert entity.config_entry_id is not None
        entry = hass.config_entries.async_get_known_entry(entity.config_entry_id)
        names.add(f"Shed ({entry.data[CONF_HOST]})")
        await hass.services.async_call(
            "switch",
            "turn_off",
            {"entity_id": f"switch.{name}_mining"},
            blocking=True,
            context=Context(user_id=hass_admin_user.id),
        )
    await until(lambda: value(hass, "sensor.power_manager_miners_held") == "2")
    state = hass.states.get("sensor.power_manager_miners_held")
    assert state is not None
    assert state.attributes["held_until"].keys() == names


@pytest.mark.parametrize(
    "button", ["button.power_manager_end_hold", "button.barn_end_hold"]
)
async def test_hold(
    hass: HomeAssistant, home: Home, hass_admin_user: MockUser, button: str
) -> None:
    """A manual command holds a miner; both devices show it and its end, and can end it."""
    mode = {"entity_id": "select.power_manager_mode", "option": "full"}
    await hass.services.async_call("select", "select_option", mode, blocking=True)
    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.barn_mining"},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    await until(lambda: value(hass, "sensor.barn_power_manager") == Reason.HELD)
    end = value(hass, "sensor.barn_held_until")
    assert end not in ("unknown", "unavailable")
    assert value(hass, "sensor.attic_held_until") == "unknown"
    assert value(hass, "sensor.power_manager_miners_held") == "1"
    state = hass.states.get("sensor.power_manager_miners_held")
    assert state is not None
    held = state.attributes["held_until"]
    assert held.keys() == {"Barn"}
    assert held["Barn"].isoformat(timespec="seconds") == end
    await call(hass, "button", "press", button)
    assert value(hass, "sensor.power_manager_miners_held") == "0"
    assert value(hass, "sensor.barn_held_until") == "unknown"


async def test_evcc(hass: HomeAssistant, home: Home) -> None:
    """With the option evcc finds a charger; without it that is gone."""
    before = owned(hass, home.manager)
    await change(hass, home.manager, evcc=True, evcc_phases=3)
    new = owned(hass, home.manager).keys() - before.keys()
    assert new == {
        "switch.power_manager_charger_enabled",
        "number.power_manager_charger_current",
        "sensor.power_manager_charger_status",
    }
    assert value(hass, "sensor.power_manager_charger_status") == "disconnected"
    await call(
        hass, "select", "select_option", "select.power_manager_mode", option="external"
    )
    charger = "switch.power_manager_charger_enabled"
    await set_value(hass, "charger_current", 8)
    await call(hass, "switch", "turn_on", charger)
    assert value(hass, charger) == "on"
    assert value(hass, "number.power_manager_charger_current") == "8"
    assert value(hass, "number.power_manager_requested_power") == "5520.0"
    assert value(hass, "sensor.power_manager_charger_status") == "charging"
    await call(hass, "switch", "turn_off", charger)
    assert value(hass, "number.power_manager_requested_power") == "0.0"
    await change(hass, home.manager, evcc=False)
    assert owned(hass, home.manager) == before


async def test_heating(hass: HomeAssistant, home: Home) -> None:
    """With something to heat there is a thermostat; without it that is gone."""
    before = owned(hass, home.manager)
    room = add_sensor(hass, "room", "20.04", "°C")
    await change(hass, home.manager, room=room.id, target_eco=18)
    new = owned(hass, home.manager).keys() - before.keys()
    thermostat = "climate.power_manager_thermostat"
    assert new == {thermostat, "sensor.power_manager_heat_energy_today"}
    assert value(hass, thermostat) == "off"
    for turn, mode in (("turn_on", "heat"), ("turn_off", "off")):
        await call(hass, "climate", turn, thermostat)
        assert value(hass, thermostat) == mode
    await call(hass, "climate", "set_temperature", thermostat, temperature=22)
    state = hass.states.get(thermostat)
    assert state is not None
    assert state.attributes["temperature"] == 22
    assert state.attributes["current_temperature"] == 20
    words = WORDS["entity"]["climate"]["thermostat"]["state_attributes"]
    assert words["status"]["state"].keys() == {each.value for each in HeatStatus}
    with pytest.raises(ServiceValidationError, match="from 5 to 35"):
        await call(hass, "climate", "set_temperature", thermostat, temperature=nan)
    await change(hass, home.manager, room=None)
    assert owned(hass, home.manager) == before


async def test_diagnostics(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, home: Home
) -> None:
    """All that a decision follows from is there, and nothing of where the home is."""
    hass.config_entries.async_update_entry(
        home.manager, options={**home.manager.options, "price_name": "Long Street 5"}
    )
    await hass.config_entries.async_reload(home.manager.entry_id)
    await set_value(hass, "power_cap", 3000)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, home.manager)
    assert found["state"] == "loaded"
    assert found["entry"]["options"]["miners"] == home.keys
    assert found["settings"]["least_run"] == 30
    assert found["mode"] == "paused"
    assert found["status"]["miners"].keys() == set(home.keys)
    assert found["power_cap"] == 3000
    said = {each["decides"]: each["message"] for each in found["decisions"]}
    assert said["surplus_if"] == "The miners would follow the surplus"
    text = json.dumps(found)
    # In the options, and in the settings that come of them.
    assert text.count(REDACTED) == 2
    for miner in home.miners:
        assert miner.mac.lower() not in text.lower()
        assert miner.host not in text
    assert "Long Street" not in text


async def test_diagnostics_of_one_that_is_disabled(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, home: Home
) -> None:
    """What is not set up has its options at least."""
    await hass.config_entries.async_set_disabled_by(
        home.manager.entry_id, ConfigEntryDisabler.USER
    )
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, home.manager)
    assert found["entry"]["options"]["miners"] == home.keys


async def test_actions_pass_it_over(hass: HomeAssistant, home: Home) -> None:
    """An action for a place means the miners there; a manager alone is none."""
    for entry in (home.manager, home.entries[0]):
        dr.async_get(hass).async_update_device(device_id(hass, entry), labels={"solar"})
    for state in (ConfigEntryState.LOADED, ConfigEntryState.NOT_LOADED):
        assert home.manager.state is state
        found: Any = await hass.services.async_call(
            DOMAIN,
            "get_data",
            {"label_id": "solar"},
            blocking=True,
            return_response=True,
        )
        assert found.keys() == {device_id(hass, home.entries[0])}
        if state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(home.manager.entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await hass.services.async_call(
            DOMAIN,
            "get_data",
            {"device_id": device_id(hass, home.manager)},
            blocking=True,
            return_response=True,
        )
    assert caught.value.translation_key == "no_miner"


async def test_miners_are_found_beside_it(hass: HomeAssistant, home: Home) -> None:
    """A scan, and a miner that is known by its address alone, do not stumble over it."""
    async with at_home(api="cgminer") as oldest:
        oldest.faults.oldest_summary = True
        result: Any = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        for entered in (
            {"next_step_id": "scan"},
            {"network": f"{home.miners[0].host}, {oldest.host}"},
        ):
            result = await hass.config_entries.flow.async_configure(
                result["flow_id"], entered
            )
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await hass.config_entries.flow.async_configure(result["flow_id"])
        assert result["step_id"] == "found"
        assert result["description_placeholders"]["known"] == "1"
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"miners": [oldest.host]}
        )
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await hass.config_entries.flow.async_configure(result["flow_id"])
        assert result["description_placeholders"]["added"] == "1"
        (added,) = (
            each
            for each in hass.config_entries.async_entries(DOMAIN)
            if each.data.get("host") == oldest.host
        )
        await hass.config_entries.async_unload(added.entry_id)
