"""The options of a power manager: what can be wrong, and what can be changed."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.power_manager.options import pages
from custom_components.whatsminer.power_manager.settings import Settings

from .helpers import WORDS
from .manager_helpers import add_sensor, make_manager

pytestmark = pytest.mark.usefixtures("set_up_entry")


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
