"""The options of a power manager: which sensors they take."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest

from .manager_helpers import add_sensor, choose, label, make_manager, sections

pytestmark = pytest.mark.usefixtures("set_up_entry")


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
