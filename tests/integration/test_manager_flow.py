"""Setting up a power manager: two forms, and what can be wrong."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import SOURCE_USER, ConfigEntryDisabler
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN

from .manager_helpers import add_sensor, choose, make_manager

pytestmark = pytest.mark.usefixtures("set_up_entry")


async def start(hass: HomeAssistant) -> Any:
    """Choose to manage power from the menu."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "manager"}
    )


async def enter(hass: HomeAssistant, result: Any, **entered: Any) -> Any:
    """Fill in a form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], entered)


def suggested(result: Any) -> dict[str, Any]:
    """Return what a form suggests."""
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in result["data_schema"].schema
    }


def offered(result: Any) -> dict[str, str]:
    """Return the miners that a form offers, with their names."""
    schema = result["data_schema"].schema
    field = next(schema[key] for key in schema if key in ("miner", "miners"))
    return {each["value"]: each["label"] for each in field.config["options"]}


async def test_two_forms(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    set_up_entry: AsyncMock,
) -> None:
    """Two forms of at most four fields make a manager that is paused."""
    battery, charge = add_sensor(hass, "battery"), add_sensor(hass, "charge", unit="%")
    result = await start(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "manager")
    assert len(result["data_schema"].schema) <= 4
    result = await enter(hass, result, grid=grid.entity_id, grid_positive="fed_in")
    assert result["step_id"] == "manager_miners"
    assert len(result["data_schema"].schema) <= 4
    # By their names; the one that is only read is not there.
    assert suggested(result)["miners"] == [miners[1], miners[0]]
    result = await enter(
        hass,
        result,
        miners=miners,
        battery=battery.entity_id,
        battery_positive="takes",
        charge=charge.entity_id,
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Power manager"
    assert result["description"] == "paused"
    assert result["data"] == {
        "kind": "power_manager",
        "grid": grid.id,
        "grid_positive": "fed_in",
        "battery": battery.id,
        "battery_positive": "takes",
        "charge": charge.id,
    }
    assert result["options"] == {"miners": miners}
    assert result["result"].unique_id == grid.id
    assert set_up_entry.mock_calls[-1].args[1] is result["result"]


async def test_solar_and_load(hass: HomeAssistant, miners: list[str]) -> None:
    """Without a sensor of the grid those of the sun and of the house do."""
    # One without an entry in the registry is known by its name alone.
    hass.states.async_set("sensor.sun", "1.2", {"unit_of_measurement": "kW"})
    load = add_sensor(hass, "load", unit="MW")
    result = await enter(hass, await start(hass), pv="sensor.sun", load=load.entity_id)
    result = await enter(hass, result, miners=miners[:1])
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["pv"] == "sensor.sun"
    assert result["data"]["load"] == load.id
    assert "grid" not in result["data"]
    assert result["result"].unique_id == load.id


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        ({}, {"base": "no_grid"}),
        ({"pv": "sensor.pv"}, {"base": "no_grid"}),
        ({"grid": "sensor.grid", "load": "sensor.load"}, {"base": "grid_or_parts"}),
        ({"grid": "sensor.none"}, {"grid": "no_such_sensor"}),
        ({"grid": "sensor.heat"}, {"grid": "wrong_unit"}),
        ({"grid": "sensor.silent"}, {"grid": "wrong_unit"}),
        ({"grid": "sensor.ours"}, {"grid": "own_sensor"}),
        ({"grid": "sensor.text"}, {"grid": "no_number"}),
        ({"grid": "sensor.bare"}, {"grid": "wrong_unit"}),
        ({"pv": "sensor.pv", "load": "sensor.pv"}, {"load": "same_sensor"}),
    ],
)
async def test_wrong_sensors(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    entered: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Each thing that is wrong has its words, and what was entered stays."""
    add_sensor(hass, "pv")
    add_sensor(hass, "load")
    add_sensor(hass, "heat", unit="°C")
    add_sensor(hass, "text", "sunny")
    hass.states.async_set("sensor.bare", "20")
    silent = add_sensor(hass, "silent", unit="kWh")
    hass.states.async_remove(silent.entity_id)
    er.async_get(hass).async_get_or_create(
        "sensor", DOMAIN, "power", suggested_object_id="ours"
    )
    result = await enter(hass, await start(hass), **entered)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    assert {key: suggested(result)[key] for key in entered} == entered
    result = await enter(hass, result, grid=grid.entity_id)
    assert result["step_id"] == "manager_miners"


async def test_no_miner_chosen(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """A manager has at least one miner, and a charge is in %."""
    power = add_sensor(hass, "power")
    result = await enter(hass, await start(hass), grid=grid.entity_id)
    result = await enter(
        hass, result, miners=[], battery=grid.entity_id, charge=power.entity_id
    )
    assert result["errors"] == {
        "miners": "nothing_chosen",
        "battery": "same_sensor",
        "charge": "wrong_unit",
    }
    result = await enter(hass, result, miners=miners)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_disabled_miner(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """It can be chosen, but is not suggested."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={CONF_HOST: "127.0.0.9", CONF_PASSWORD: "secret"},
        disabled_by=ConfigEntryDisabler.USER,
    )
    entry.add_to_hass(hass)
    result = await start(hass)
    result = await enter(hass, result, grid=grid.entity_id, grid_positive="fed_in")
    assert set(suggested(result)["miners"]) == set(miners)
    assert set(offered(result)) == {*miners, entry.entry_id}


async def test_two_of_one_name(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Miners that were named alike are told apart by their addresses, wherever listed."""
    for key in miners:
        entry = hass.config_entries.async_get_known_entry(key)
        hass.config_entries.async_update_entry(entry, title="Shed")
    names = [
        f"Shed ({hass.config_entries.async_get_known_entry(key).data['host']})"
        for key in miners
    ]
    assert len(set(names)) == 2
    result = await start(hass)
    result = await enter(hass, result, grid=grid.entity_id, grid_positive="fed_in")
    assert offered(result) == dict(zip(miners, names, strict=True))
    manager = make_manager(grid, *miners)
    manager.add_to_hass(hass)
    for step in ("manager", "which_miner"):
        result = await choose(hass, manager, step)
        assert offered(result) == dict(zip(miners, names, strict=True))
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"miner": miners[1]}
    )
    title = (result["description_placeholders"] or {})["name"]
    assert title.replace("\\", "") == names[1]


async def test_no_miner_is_free(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """A miner of another manager cannot be chosen."""
    make_manager(add_sensor(hass, "other"), *miners).add_to_hass(hass)
    result = await start(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "no_miner_to_manage"


async def test_one_manager_for_a_grid(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Two managers of one grid connection would fight."""
    make_manager(grid, miners[0]).add_to_hass(hass)
    result = await enter(hass, await start(hass), grid=grid.entity_id)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "manager_exists"


async def test_second_manager(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """A second one has the other miners, and is named after its sensor."""
    make_manager(add_sensor(hass, "other"), miners[0]).add_to_hass(hass)
    result = await enter(hass, await start(hass), grid=grid.entity_id)
    assert suggested(result)["miners"] == [miners[1]]
    result = await enter(hass, result, miners=[miners[1]])
    assert result["title"] == "Power manager (grid)"


async def test_reconfigure(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """The same two forms change a manager; a renamed sensor is shown by its new name."""
    entry = make_manager(grid, *miners, least_run=45)
    entry.add_to_hass(hass)
    er.async_get(hass).async_update_entity(grid.entity_id, new_entity_id="sensor.meter")
    hass.states.async_set("sensor.meter", "0", {"unit_of_measurement": "W"})
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "manager"
    assert suggested(result)["grid"] == "sensor.meter"
    other = add_sensor(hass, "other", unit="kW")
    result = await enter(hass, result, grid=other.entity_id)
    assert suggested(result)["miners"] == miners
    result = await enter(hass, result, miners=[miners[1]])
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.unique_id == other.id
    assert entry.data["grid"] == other.id
    assert dict(entry.options) == {"miners": [miners[1]], "least_run": 45}


async def test_reconfigure_without_its_sensor(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """A sensor that was removed is asked for again."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    er.async_get(hass).async_remove(grid.entity_id)
    result = await entry.start_reconfigure_flow(hass)
    assert suggested(result)["grid"] is None


async def test_reconfigure_to_what_another_has(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """The grid connection of another manager is not for this one; its own is."""
    entry, other = make_manager(grid, miners[0]), add_sensor(hass, "other")
    entry.add_to_hass(hass)
    make_manager(other, miners[1]).add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    refused = await enter(hass, result, grid=other.entity_id)
    assert refused["reason"] == "manager_exists"
    result = await entry.start_reconfigure_flow(hass)
    result = await enter(hass, result, grid=grid.entity_id)
    assert result["step_id"] == "manager_miners"
