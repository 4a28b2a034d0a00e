"""Setting up a power manager: two forms, what can be wrong, and what can be changed."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.options import pages
from custom_components.whatsminer.power_manager.settings import Settings
from tests.conftest import PASSWORD, at_home

from .helpers import WORDS, make_entry
from .manager_helpers import add_sensor, make_manager


@pytest.fixture(autouse=True)
def set_up_entry() -> Iterator[AsyncMock]:
    """Do not set up what the flow creates."""
    with (
        patch(
            "custom_components.whatsminer.async_setup_entry", return_value=True
        ) as mock,
        patch("custom_components.whatsminer.async_unload_entry", return_value=True),
    ):
        yield mock


@pytest.fixture
def grid(hass: HomeAssistant) -> er.RegistryEntry:
    """Return the sensor of the grid connection."""
    return add_sensor(hass, "grid")


@pytest.fixture
def miners(hass: HomeAssistant) -> list[str]:
    """Return two miners that can be managed; a third is only read."""
    entries = [
        make_entry(at_home(index=index), password, title=title)
        for index, (title, password) in enumerate(
            (("Barn", PASSWORD), ("Attic", PASSWORD), ("Read", None))
        )
    ]
    for entry in entries:
        entry.add_to_hass(hass)
    return [entry.entry_id for entry in entries[:2]]


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


async def choose(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Open the options of a manager and choose from the menu."""
    result: Any = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.MENU
    return await hass.config_entries.options.async_configure(
        result["flow_id"], {"next_step_id": step}
    )


def sections(page: str = "manager", **changed: Any) -> dict[str, Any]:
    """Return the sections of a form with what is changed in them."""
    return {
        name: {key: changed[key] for key in rows if key in changed}
        for name, rows in pages.PAGES[page].items()
    }


def opened(result: Any) -> set[str]:
    """Return the sections of a form that are open."""
    return {
        str(key)
        for key, part in result["data_schema"].schema.items()
        if not getattr(part, "options", {"collapsed": True})["collapsed"]
    }


def suggested_in(result: Any, name: str) -> dict[str, Any]:
    """Return what the fields of a section are filled with."""
    (part,) = (
        each for key, each in result["data_schema"].schema.items() if key == name
    )
    return {
        str(key): (key.description or {}).get("suggested_value")
        for key in part.schema.schema
    }


def label(page: str, section: str, key: str) -> str:
    """Return the name of a field of the options."""
    words = WORDS["options"]["step"][page]["sections"][section]
    return str(words["data"][key])


async def test_options(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Only what differs from its default is stored, sensors by what outlasts a renaming."""
    car = add_sensor(hass, "car")
    entry = make_manager(grid, *miners, full_power={miners[0]: 3400}, least_run=45)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "manager")
    assert result["step_id"] == "manager"
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {"miners": [], **sections()},
    )
    assert result["errors"] == {"miners": "nothing_chosen"}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {
            "miners": miners[::-1],
            **sections(
                least_run=30,
                starts_per_day=3,
                reserve=car.entity_id,
                priority="efficiency",
            ),
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dict(entry.options) == {
        "miners": miners[::-1],
        "full_power": {miners[0]: 3400},
        "starts_per_day": 3,
        "reserve": car.id,
        "priority": "efficiency",
    }
    settings = Settings.from_options(entry.options)
    assert (settings.starts_per_day, settings.least_run) == (3, 30)
    result = await choose(hass, entry, "manager")
    assert suggested_in(result, "grid")["reserve"] == car.entity_id


@pytest.mark.parametrize(
    ("page", "section", "key", "unit", "units"),
    [
        ("manager", "grid", "reserve", "kWh", "W, kW, MW"),
        ("manager", "grid", "phase_2", "V", "A, mA"),
        ("manager", "heat", "temperature", "%", "°C, °F, K"),
        ("heating", "room", "room", "%", "°C, °F, K"),
        ("heating", "coolant", "inlet", "%", "°C, °F, K"),
        ("heating", "coolant", "outlet", "%", "°C, °F, K"),
    ],
)
async def test_wrong_unit_of_an_option(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    page: str,
    section: str,
    key: str,
    unit: str,
    units: str,
) -> None:
    """What could not be read is not taken, and the error names entity and units."""
    wrong = add_sensor(hass, "wrong", unit=unit)
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, page)
    entered = sections(page, **{key: wrong.entity_id})
    if page == "manager":
        entered["miners"] = miners
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    assert result["errors"] == {section: "wrong_unit_of_option"}
    assert result["description_placeholders"] == {
        "field": label(page, section, key),
        "entity": wrong.entity_id,
        "unit": unit,
        "units": units,
        "state": "0",
    }
    hass.states.async_set(
        wrong.entity_id, "20", {"unit_of_measurement": units.split(", ")[1]}
    )
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("page", "section", "key", "units"),
    [
        ("manager", "grid", "reserve", "W, kW, MW"),
        ("manager", "grid", "phase_1", "A, mA"),
        ("manager", "heat", "temperature", "°C, °F, K"),
        ("heating", "room", "room", "°C, °F, K"),
        ("heating", "coolant", "inlet", "°C, °F, K"),
    ],
)
@pytest.mark.parametrize(
    ("state", "is_bare", "error"),
    [
        ("sunny", True, "no_number_of_option"),
        ("sunny", False, "no_number_of_option"),
        ("nan", False, "no_number_of_option"),
        ("20", True, "no_unit_of_option"),
        ("unavailable", True, None),
    ],
)
async def test_no_number_of_an_option(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    page: str,
    section: str,
    key: str,
    units: str,
    state: str,
    is_bare: bool,
    error: str | None,
) -> None:
    """Text, and a number of nobody knows what, are not taken; what is silent may be."""
    unit = units.partition(",")[0]
    attributes = {} if is_bare else {"unit_of_measurement": unit}
    hass.states.async_set("sensor.odd", state, attributes)
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, page)
    entered = sections(page, **{key: "sensor.odd"})
    if page == "manager":
        entered["miners"] = miners
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    if error is None:
        assert result["type"] is FlowResultType.CREATE_ENTRY
        return
    assert result["errors"] == {section: error}
    assert result["description_placeholders"] == {
        "field": label(page, section, key),
        "entity": "sensor.odd",
        "unit": "" if is_bare else unit,
        "units": units,
        "state": state,
    }


async def test_same_sensor_of_two_phases(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Each phase has a sensor of its own."""
    phases = [add_sensor(hass, name, unit="A").entity_id for name in ("one", "two")]
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "manager")
    for second, errors in (
        (phases[0], {"grid": "same_sensor_of_phases"}),
        (phases[1], None),
    ):
        result = await hass.config_entries.options.async_configure(
            result["flow_id"],
            {"miners": miners, **sections(phase_1=phases[0], phase_3=second)},
        )
        assert result.get("errors") == errors
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_target_above_the_upper_temperature(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Nothing may mine at the upper temperature: it cannot be a target."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "heating")
    entered: dict[str, Any] = {name: {} for name in pages.PAGES["heating"]}
    for comfort in (23.6, 23.5):
        entered["room"] = {
            "room": "sensor.shed",
            "room_upper": 24,
            "target_comfort": comfort,
        }
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], entered
        )
        if comfort > 23.5:
            assert result["errors"] == {"room": "target_too_high"}
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["target_comfort"] == 23.5


HALVES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]] = [
    (
        "manager",
        {"allowed_from": "08:00:00"},
        {"allowed_until": "20:00:00"},
        {"permission": "allowed_both_times"},
    ),
    (
        "manager",
        {"fuse": 35},
        {"phase_2": "sensor.current"},
        {"grid": "fuse_without_sensor"},
    ),
    (
        "heating",
        {"quiet_until": "06:00:00"},
        {"quiet_from": "22:00:00"},
        {"quiet": "quiet_both_times"},
    ),
    ("heating", {"room_upper": 24}, {"room": "sensor.shed"}, {"room": "no_room"}),
    ("heating", {"target_sleep": 17}, {"room": "sensor.shed"}, {"room": "no_room"}),
    (
        "prices",
        {"cheap_hours": 6},
        {"price": "sensor.price"},
        {"cheap": "no_price"},
    ),
    (
        "prices",
        {"cheap_limit": 0},
        {"price": "sensor.price"},
        {"cheap": "no_price"},
    ),
    (
        "prices",
        {"cheap_break_even": True, "price_action": "tibber.get_prices"},
        {"hash_price": "sensor.hash_price"},
        {"cheap": "no_hash_price"},
    ),
]
"""Options that mean nothing without another one: form, option, the other, errors."""


@pytest.mark.parametrize(("page", "half", "other", "errors"), HALVES)
async def test_half_of_what_belongs_together(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    page: str,
    half: dict[str, Any],
    other: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """An option that would do nothing is refused, and says what it needs."""
    MockConfigEntry(domain="tibber").add_to_hass(hass)
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    chosen = {"miners": miners} if page == "manager" else {}
    result = await choose(hass, entry, page)
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {**chosen, **sections(page, **half)}
    )
    assert result["errors"] == errors
    assert opened(result) >= errors.keys()
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {**chosen, **sections(page, **half, **other)}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert {**half, **other}.items() <= entry.options.items()


@pytest.mark.parametrize(
    ("stored", "changed", "errors"),
    [
        (
            {"price": "sensor.price", "cheap_limit": 0.2},
            {"price": None},
            {"electricity": "no_price"},
        ),
        (
            {"price_action": "tibber.get_prices", "cheap_hours": 6},
            {"price_action": None, "cheap_hours": 7},
            {"electricity": "no_price"},
        ),
        (
            {
                "price": "sensor.price",
                "hash_price": "sensor.hash_price",
                "cheap_break_even": True,
            },
            {"hash_price": None},
            {"earnings": "no_hash_price"},
        ),
        (
            {"price": "sensor.gone", "cheap_hours": 6},
            {"price": "sensor.price"},
            {"electricity": "no_forecast"},
        ),
    ],
)
async def test_taken_away_what_another_needs(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    stored: dict[str, Any],
    changed: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """The error stands once: at what was changed, which is what the screen shows."""
    hass.states.async_set("sensor.price", "0.3", {"unit_of_measurement": "EUR/kWh"})
    entry = make_manager(grid, *miners, **stored)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "prices")
    entered = {k: v for k, v in (stored | changed).items() if v is not None}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], sections("prices", **entered)
    )
    assert result["errors"] == errors
    assert opened(result) >= errors.keys()


async def test_entity_and_action(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Prices come from one of the two: the other would be ignored."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "prices")
    both = {"price": "sensor.price", "price_action": "tibber.get_prices"}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], sections("prices", **both)
    )
    assert result["errors"] == {"electricity": "entity_or_action"}


async def test_action_of_nobody(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """An action gives no prices as long as its integration is not set up."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "prices")
    entered = sections("prices", price_action="tibber.get_prices")
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    assert result["errors"] == {"electricity": "price_unreadable"}
    named = result["description_placeholders"] or {}
    assert named["entity"] == "tibber.get_prices"
    assert named["detail"] == "tibber is not set up"
    MockConfigEntry(domain="tibber").add_to_hass(hass)
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], entered
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_form_after_errors(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Each error is at its section, which is open; all that was entered stays."""
    entry = make_manager(grid, *miners, least_run=45, reserve="sensor.car")
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "manager")
    # The first, and those that hold something.
    assert opened(result) == {"starts", "grid"}
    entered = sections(
        least_run=30, fill_first=70, fuse=35, allowed_until="20:00:00", deadband=50
    )
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"miners": [], **entered}
    )
    assert result["errors"] == {
        "miners": "nothing_chosen",
        "grid": "fuse_without_sensor",
        "permission": "allowed_both_times",
    }
    assert opened(result) == {"starts", "battery", "grid", "permission"}
    for name, values in entered.items():
        for key, value in pages.PAGES["manager"][name].items():
            wanted = values.get(key, pages.DEFAULTS[key])
            assert suggested_in(result, name)[key] == wanted, (key, value)


@pytest.mark.parametrize(
    ("state", "unit", "more", "error"),
    [
        ("0.3", "EUR/kWh", {"cheap_hours": 6}, "no_forecast"),
        ("0.3", "EUR/kWh", {"cheap_limit": 0.2}, None),
        ("0.3", "EUR", {"cheap_limit": 0.2}, "price_unreadable"),
        ("unavailable", None, {"cheap_hours": 6}, None),
    ],
)
async def test_price_without_use(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    state: str,
    unit: str | None,
    more: dict[str, Any],
    error: str | None,
) -> None:
    """A price that can be seen to be of no use is refused, and one from before is not."""
    hass.states.async_set("sensor.price", state, {"unit_of_measurement": unit})
    options = {"price": "sensor.price", **more}
    for before in ({}, options):
        entry = make_manager(grid, *miners, **before)
        entry.add_to_hass(hass)
        result = await choose(hass, entry, "prices")
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], sections("prices", **options)
        )
        if before or error is None:
            assert result["type"] is FlowResultType.CREATE_ENTRY
            continue
        # At what is new: the hours, or the entity alone.
        section = "cheap" if error == "no_forecast" else "electricity"
        assert result["errors"] == {section: error}
        named = result["description_placeholders"] or {}
        assert named["field"] == label("prices", "electricity", "price")
        assert named["entity"] == "sensor.price"


@pytest.mark.parametrize(
    ("section", "key", "unit"),
    [
        ("cheap", "cheap_limit_entity", "EUR"),
        ("earnings", "hash_price", "EUR/kWh"),
        ("earnings", "feed_in", "ct"),
    ],
)
async def test_money_without_use(
    hass: HomeAssistant,
    grid: er.RegistryEntry,
    miners: list[str],
    section: str,
    key: str,
    unit: str,
) -> None:
    """The other entities of the form must have a price that can be read, too."""
    entry = make_manager(grid, *miners, price_action="tibber.get_prices")
    entry.add_to_hass(hass)
    hass.states.async_set("sensor.money", "0.3", {"unit_of_measurement": unit})
    result = await choose(hass, entry, "prices")
    entered = {"price_action": "tibber.get_prices", key: "sensor.money"}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], sections("prices", **entered)
    )
    assert result["errors"] == {section: "price_unreadable"}
    named = result["description_placeholders"] or {}
    assert named["field"] == label("prices", section, key)
    assert named["problem"] == "the unit is not known"


async def test_options_of_a_miner(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """Each miner has its own full power and phases; emptied ones are unknown again."""
    entry = make_manager(grid, *miners, phases={miners[1]: "2"}, least_run=45)
    entry.add_to_hass(hass)
    for entered, stored in (
        ({"full_power": 3400}, {"full_power": {miners[0]: 3400}}),
        ({}, {"full_power": {}}),
    ):
        result = await choose(hass, entry, "which_miner")
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], {"miner": miners[0]}
        )
        assert result["step_id"] == "miner"
        assert result["description_placeholders"] == {"name": "Barn"}
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], entered
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert dict(entry.options) == {
            "miners": miners,
            "phases": {miners[1]: "2"},
            "least_run": 45,
            **stored,
        }


async def test_options_without_a_miner(
    hass: HomeAssistant, grid: er.RegistryEntry
) -> None:
    """A manager whose miners were all removed has no miner to set."""
    entry = make_manager(grid, "gone")
    entry.add_to_hass(hass)
    result = await choose(hass, entry, "which_miner")
    assert result["reason"] == "no_miner_to_manage"


def test_each_setting_is_an_option() -> None:
    """No setting is forgotten in the forms, and none is asked for twice."""
    asked = [
        key for page in pages.PAGES.values() for rows in page.values() for key in rows
    ]
    asked += pages.OF_MINER
    assert len(asked) == len(set(asked))
    assert set(asked) == set(pages.DEFAULTS)
    assert set(pages.SENSORS) <= set(asked)
