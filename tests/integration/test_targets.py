"""Actions find their miners in devices, areas, floors, labels and entities."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import attr
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_device_registry,
)

from tests.conftest import at_home
from tests.simulator import SimulatedMiner

from .helpers import DOMAIN, device_id, make_entry, set_up

type Farm = dict[str, tuple[SimulatedMiner, MockConfigEntry]]


@pytest.fixture
async def farm(hass: HomeAssistant) -> AsyncIterator[Farm]:
    """Return the miners Attic, Barn and Cellar."""
    async with AsyncExitStack() as stack:
        found: Farm = {}
        for index, name in enumerate(("Attic", "Barn", "Cellar")):
            sim = await stack.enter_async_context(at_home(index=index))
            entry = make_entry(sim, title=name)
            await set_up(hass, entry)
            found[name] = sim, entry
        yield found
        for _, entry in found.values():
            await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def plug(hass: HomeAssistant) -> dr.DeviceEntry:
    """Return a device that is no miner, with an entity."""
    entry = MockConfigEntry(domain="plugs")
    entry.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("plugs", "1")}, name="Plug"
    )
    er.async_get(hass).async_get_or_create(
        *("switch", "plugs", "1"),
        config_entry=entry,
        device_id=device.id,
        suggested_object_id="plug",
    )
    return device


async def led(hass: HomeAssistant, target: dict[str, str | list[str]]) -> None:
    """Let the LED of the target flash, as a script or the interface calls it."""
    await hass.services.async_call(
        DOMAIN, "set_led", {"color": "red"}, blocking=True, target=target
    )


def flashing(farm: Farm) -> set[str]:
    """Return which miners flash, and have them stop."""
    names = {
        name for name, (sim, _) in farm.items() if sim.machine.settings.led != "auto"
    }
    for sim, _ in farm.values():
        sim.machine.settings.led = "auto"
    return names


def place(hass: HomeAssistant, name: str, *devices: str) -> ar.AreaEntry:
    """Put devices into an area."""
    area = ar.async_get(hass).async_get_or_create(name)
    for each in devices:
        dr.async_get(hass).async_update_device(each, area_id=area.id)
    return area


async def test_each_kind(hass: HomeAssistant, farm: Farm, plug: dr.DeviceEntry) -> None:
    """Devices, areas, floors, labels and entities; what is no miner is passed over."""
    ids = {name: device_id(hass, entry) for name, (_, entry) in farm.items()}
    floor = fr.async_get(hass).async_create("Ground")
    hall = place(hass, "Hall", ids["Barn"], plug.id)
    ar.async_get(hass).async_update(hall.id, floor_id=floor.floor_id)
    place(hass, "Loft", ids["Attic"])
    label = lr.async_get(hass).async_create("Peak").label_id
    entities = er.async_get(hass)

    await led(hass, {"device_id": [ids["Cellar"], plug.id]})
    assert flashing(farm) == {"Cellar"}
    await led(hass, {"area_id": hall.id})
    assert flashing(farm) == {"Barn"}
    await led(hass, {"floor_id": floor.floor_id, "device_id": ids["Attic"]})
    assert flashing(farm) == {"Attic", "Barn"}
    await led(hass, {"entity_id": ["switch.cellar_mining", "switch.plug", "sun.sun"]})
    assert flashing(farm) == {"Cellar"}

    dr.async_get(hass).async_update_device(ids["Cellar"], labels={label})
    dr.async_get(hass).async_update_device(plug.id, labels={label})
    await led(hass, {"label_id": label})
    assert flashing(farm) == {"Cellar"}
    ar.async_get(hass).async_update(hall.id, labels={label})
    await led(hass, {"label_id": label})
    assert flashing(farm) == {"Barn", "Cellar"}
    entities.async_update_entity("switch.attic_mining", labels={label})
    await led(hass, {"label_id": label})
    assert flashing(farm) == {"Attic", "Barn", "Cellar"}
    entities.async_update_entity(
        "switch.attic_mining", hidden_by=er.RegistryEntryHider.USER
    )
    await led(hass, {"label_id": label})
    assert flashing(farm) == {"Barn", "Cellar"}


async def test_sensor_elsewhere(hass: HomeAssistant, farm: Farm) -> None:
    """A miner is where its device is, wherever one of its sensors was put."""
    area = place(hass, "Meters", device_id(hass, farm["Barn"][1]))
    er.async_get(hass).async_update_entity("sensor.attic_power", area_id=area.id)
    await led(hass, {"area_id": area.id})
    assert flashing(farm) == {"Barn"}


async def test_no_miner(hass: HomeAssistant, farm: Farm, plug: dr.DeviceEntry) -> None:
    """A target without a miner is an error, and nothing is sent."""
    area = place(hass, "Kitchen", plug.id)
    targets: list[dict[str, str | list[str]]] = [
        {},
        {"device_id": plug.id},
        {"device_id": []},
        {"device_id": "none"},
        {"area_id": area.id},
        {"area_id": "nowhere"},
        {"floor_id": "nowhere"},
        {"label_id": "nothing"},
        {"entity_id": ["switch.plug", "switch.not_there"]},
        {"entity_id": "all"},
    ]
    for target in targets:
        with pytest.raises(ServiceValidationError) as caught:
            await led(hass, target)
        assert caught.value.translation_key == "no_miner", target
    assert str(caught.value) == "None of the selected targets is a WhatsMiner"
    assert flashing(farm) == set()


async def test_typo_beside_a_miner(
    hass: HomeAssistant, farm: Farm, caplog: pytest.LogCaptureFixture
) -> None:
    """A label that is not there is in the log; a device that is not there is an error."""
    attic = device_id(hass, farm["Attic"][1])
    await led(hass, {"device_id": attic, "label_id": "paek"})
    assert flashing(farm) == {"Attic"}
    assert "Referenced labels paek are missing" in caplog.text
    with pytest.raises(ServiceValidationError) as caught:
        await led(hass, {"device_id": [attic, "not_there"]})
    assert str(caught.value) == (
        "Home Assistant sent nothing to any miner. Device with ID not_there was not found"
    )
    assert flashing(farm) == set()


async def test_disabled(hass: HomeAssistant, farm: Farm) -> None:
    """A miner that is disabled is passed over in its area, and an error if named."""
    ids = {name: device_id(hass, entry) for name, (_, entry) in farm.items()}
    area = place(hass, "Hall", *ids.values())
    await hass.config_entries.async_set_disabled_by(
        farm["Barn"][1].entry_id, ConfigEntryDisabler.USER
    )
    await led(hass, {"area_id": area.id})
    assert flashing(farm) == {"Attic", "Cellar"}
    with pytest.raises(ServiceValidationError):
        await led(hass, {"device_id": list(ids.values())})
    assert flashing(farm) == set()
    await hass.config_entries.async_set_disabled_by(farm["Barn"][1].entry_id, None)


async def test_not_loaded_in_an_area(hass: HomeAssistant, farm: Farm) -> None:
    """A miner that is not loaded is no reason to leave it out without a word."""
    ids = {name: device_id(hass, entry) for name, (_, entry) in farm.items()}
    area = place(hass, "Hall", *ids.values())
    for name in ("Cellar", "Barn"):
        await hass.config_entries.async_unload(farm[name][1].entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await led(hass, {"area_id": area.id})
    assert str(caught.value).startswith("Home Assistant sent nothing to any miner. ")
    assert "Barn, Cellar" in str(caught.value)
    assert flashing(farm) == set()


async def test_once(hass: HomeAssistant, farm: Farm) -> None:
    """A miner that is meant in several ways is acted on once, and named as it was."""
    sim, entry = farm["Attic"]
    attic = device_id(hass, entry)
    area = place(hass, "Hall", attic)
    sim.log.clear()
    answer = await hass.services.async_call(
        *(DOMAIN, "send_command"),
        {"command": "devdetails"},
        blocking=True,
        target={
            "device_id": [attic, attic],
            "area_id": area.id,
            "entity_id": "switch.attic_mining",
        },
        return_response=True,
    )
    assert answer is not None
    assert answer.keys() == {attic}
    assert sim.log.commands.count("devdetails") == 1


async def test_old_calls(hass: HomeAssistant, farm: Farm) -> None:
    """Automations from before, which have the devices among their data, go on."""
    ids = [device_id(hass, farm[name][1]) for name in ("Barn", "Cellar")]
    script = {
        "sequence": [
            {
                "action": f"{DOMAIN}.set_led",
                "data": {"device_id": ids, "color": "red"},
            },
        ]
    }
    assert await async_setup_component(hass, "script", {"script": {"old": script}})
    await hass.services.async_call("script", "old", blocking=True)
    assert flashing(farm) == {"Barn", "Cellar"}


async def test_device_of_two(hass: HomeAssistant, farm: Farm) -> None:
    """The id of a device from before it was split in two stands for the miner's half."""
    sim, entry = farm["Attic"]
    attic = device_id(hass, entry)
    device = dr.async_get(hass).async_get(attic)
    assert isinstance(device, dr.DeviceEntry)
    split = attr.evolve(device, composite_device_id="before")
    mock_device_registry(hass, {attic: split})
    sim.log.clear()
    answer = await hass.services.async_call(
        *(DOMAIN, "send_command"),
        {"command": "devdetails", "device_id": ["before", attic]},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    assert answer.keys() == {"before"}
    assert sim.log.commands.count("devdetails") == 1
