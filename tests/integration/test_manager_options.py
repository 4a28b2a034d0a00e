"""The options of a power manager: what can be wrong, and what can be changed."""

from typing import Any

from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.power_manager.options import pages
from custom_components.whatsminer.power_manager.settings import Settings

from .flow_helpers import suggested
from .manager_helpers import (
    add_sensor,
    choose,
    make_manager,
    opened,
    sections,
    suggested_in,
)

pytestmark = pytest.mark.usefixtures("set_up_entry")


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


async def test_miner_that_is_only_read_now(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """It keeps its place on the list: its power counts in each limit."""
    entry = make_manager(grid, *miners)
    entry.add_to_hass(hass)
    barn = hass.config_entries.async_get_known_entry(miners[0])
    hass.config_entries.async_update_entry(barn, data={CONF_HOST: "127.0.0.1"})
    result = await choose(hass, entry, "manager")
    kept = suggested(result)["miners"]
    await hass.config_entries.options.async_configure(
        result["flow_id"], {"miners": kept, **sections(grid_cap=4000)}
    )
    assert dict(entry.options) == {"miners": miners, "grid_cap": 4000}


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
