"""The dashboard for farms, of real entities, and the examples next to it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import make_entry, poll, set_up, value

ROOT = Path(__file__).parents[2]
DASHBOARD: Any = parse_yaml((ROOT / "dashboards" / "farm.yaml").read_text("utf-8"))
EXAMPLES: list[Any] = [
    parse_yaml(block)
    for block in re.findall(
        r"^```yaml\n(.*?)^```",
        (ROOT / "docs" / "farm.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
]

type Farm = dict[str, SimulatedMiner]

MINERS: dict[str, dict[str, Any]] = {
    "Attic": {"api": "2.0.5", "state": "stopped"},
    "Barn": {"api": "2.2.2"},
    "Cellar": {"api": "2.0.5"},
    "Shed": {"api": "2.0.5"},
}
AREAS = {"Attic": "House", "Cellar": "House", "Barn": "Yard"}


def cards(part: Any, kind: str) -> Iterator[Any]:
    """Find all cards of one kind."""
    if isinstance(part, dict):
        if part.get("type") == kind:
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from cards(each, kind)


TEMPLATES = [card["content"] for card in cards(DASHBOARD, "markdown")]


def render(hass: HomeAssistant) -> list[list[list[str]]]:
    """Render the cards, in the order of the file, and return the cells of their tables."""
    rendered = [
        Template(each, hass).async_render(parse_result=False) for each in TEMPLATES
    ]
    return [
        [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in text.splitlines()
        ]
        for text in rendered
    ]


def device(hass: HomeAssistant, name: str) -> str:
    """Return the id of a miner's device."""
    entity = er.async_get(hass).async_get(f"sensor.{name.lower()}_status")
    assert entity is not None
    assert entity.device_id is not None
    return entity.device_id


def link(hass: HomeAssistant, name: str) -> str:
    """Return what leads to the page of a miner."""
    return f"[{name}](/config/devices/device/{device(hass, name)})"


@pytest.fixture
async def farm(hass: HomeAssistant, clock: ManualClock) -> AsyncIterator[Farm]:
    """Run miners that mine, one that is stopped, one with a fault; one is unavailable."""
    areas, devices = ar.async_get(hass), dr.async_get(hass)
    async with AsyncExitStack() as stack:
        miners: Farm = {}
        for index, (name, settings) in enumerate(MINERS.items()):
            miner = at_home(index=index, clock=clock, **settings)
            await stack.enter_async_context(miner)
            miners[name] = miner
        miners["Barn"].machine.error_codes[110] = clock.now()
        for name, miner in miners.items():
            entry = make_entry(miner, title=name)
            await set_up(hass, entry)
            if name in AREAS:
                area = areas.async_get_or_create(AREAS[name])
                devices.async_update_device(device(hass, name), area_id=area.id)
        await miners["Shed"].stop()
        await poll(hass)
        yield miners
        for entry in hass.config_entries.async_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)


async def test_cards(hass: HomeAssistant, farm: Farm) -> None:
    """Each miner has its row; what is not known is not counted, and told."""
    totals, trouble, areas, miners = render(hass)

    told = [name for name in MINERS if name != "Shed"]
    sums = {
        key: sum(float(value(hass, f"sensor.{name.lower()}_{key}")) for name in told)
        for key in ("hashrate", "power", "energy")
    }
    assert totals[2:] == [
        ["Hashrate", f"**{sums['hashrate']:.1f} TH/s** (3 of 4 miners)"],
        ["Power", f"**{sums['power'] / 1000:.2f} kW** (3 of 4 miners)"],
        [
            "Efficiency",
            f"**{sums['power'] / sums['hashrate']:.1f} J/TH** (3 of 4 miners)",
        ],
        ["Energy since they were added", "**0.0 kWh** (3 of 4 miners)"],
        [
            "Miners",
            "**4**: 2 mining, 0 starting, 1 stopped, 0 idle or at fault, 1 unavailable",
        ],
        ["In trouble", "**1**"],
    ]
    assert sums["hashrate"] > 200

    error = value(hass, "sensor.barn_error")
    assert trouble[2:] == [
        [link(hass, "Barn"), "Yard", "Mining", error],
        [link(hass, "Shed"), "", "Unavailable", ""],
    ]

    assert [row[:2] for row in areas[2:]] == [
        ["No area", "0 of 1"],
        ["House", "1 of 2"],
        ["Yard", "1 of 1"],
    ]
    assert areas[2][2:] == ["–", "–"]
    assert float(areas[4][3]) * 1000 == pytest.approx(
        float(value(hass, "sensor.barn_power")), abs=10
    )

    assert [row[0] for row in miners[2:]] == [link(hass, name) for name in MINERS]
    attic, barn, cellar, shed = (row[1:] for row in miners[2:])
    assert attic[:3] == ["House", "Stopped", "0.0"]
    assert barn[-1] == error
    assert cellar[:2] == ["House", "Mining"]
    assert [float(cell) for cell in cellar[2:6]] == [
        pytest.approx(float(value(hass, f"sensor.cellar_{key}")), abs=0.5)
        for key in (
            "hashrate",
            "hashrate_relative_to_factory",
            "power",
            "chip_temperature_maximum",
        )
    ]
    assert cellar[6] == ""
    assert shed == ["", "Unavailable", "–", "–", "–", "–", "–"]

    # No change of a sensor makes Home Assistant render more than once a second.
    for template in TEMPLATES:
        info = Template(template, hass).async_render_to_info()
        assert info.rate_limit == 1
        assert not any(entity.startswith("sensor.") for entity in info.entities)


async def test_other_entity_id(hass: HomeAssistant, farm: Farm) -> None:
    """An entity with another id is missing, not zero; so are all without a status's."""
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.cellar_hashrate", new_entity_id="sensor.downstairs"
    )
    registry.async_update_entity("sensor.barn_status", new_entity_id="sensor.yard")
    # As Home Assistant calls an entity that appears when its device has an area already.
    registry.async_update_entity(
        "sensor.cellar_chip_temperature_maximum",
        new_entity_id="sensor.house_cellar_chip_temperature_maximum",
    )
    await hass.async_block_till_done()
    totals, _, _, miners = render(hass)
    assert totals[2][1].endswith("TH/s** (1 of 4 miners)")
    assert totals[6][1].startswith("**4**: 2 mining")
    rows = {row[0].partition("]")[0]: row[1:] for row in miners[2:]}
    assert rows["[Cellar"][2] == "?"
    assert float(rows["[Cellar"][5]) > 50
    assert rows["[Barn"] == ["Yard", "Mining", "?", "?", "?", "?", "?"]


async def test_no_miners(hass: HomeAssistant) -> None:
    """Without miners the cards say so."""
    totals, trouble, areas, miners = render(hass)
    assert totals[2] == ["Hashrate", "–"]
    assert trouble == [["There are no miners."]]
    assert len(areas) == len(miners) == 2


async def test_commands(hass: HomeAssistant, farm: Farm) -> None:
    """A label and an area act on their miners, and on no setting of them."""
    label = lr.async_get(hass).async_create("Peak")
    er.async_get(hass).async_update_entity(
        "switch.cellar_mining", labels={label.label_id}
    )
    stop, start = (card["tap_action"] for card in cards(DASHBOARD, "button"))
    for action, mining in ((stop, "off"), (start, "on")):
        assert action["action"] == "perform-action"
        assert action["confirmation"]["text"]
        domain, service = action["perform_action"].split(".")
        await hass.services.async_call(domain, service, action["target"], blocking=True)
        assert value(hass, "switch.cellar_mining") == mining
        assert value(hass, "switch.barn_mining") == "on"
        assert value(hass, "switch.attic_mining") == "off"

    fast_boot = {"entity_id": "switch.cellar_fast_boot"}
    await hass.services.async_call("switch", "turn_on", fast_boot, blocking=True)
    await hass.services.async_call(
        "switch", "turn_off", {"area_id": "house"}, blocking=True
    )
    assert farm["Cellar"].machine.mineroff
    assert not farm["Barn"].machine.mineroff
    assert value(hass, "switch.cellar_mining") == "off"
    assert value(hass, "switch.cellar_fast_boot") == "on"


async def test_examples(hass: HomeAssistant, farm: Farm) -> None:
    """What docs/farm.md does with a label does what it says."""
    label = lr.async_get(hass).async_create("Peak")
    for name in ("Attic", "Cellar"):
        er.async_get(hass).async_update_entity(
            f"switch.{name.lower()}_mining", labels={label.label_id}
        )
    stop, percent = EXAMPLES[:2]
    (start,) = (each for each in EXAMPLES if "sequence" in each)
    start["sequence"][0]["repeat"]["sequence"][1]["delay"]["seconds"] = 0
    only = {"sequence": [percent]}
    scripts = {"stop": {"sequence": [stop]}, "start": start, "percent": only}
    assert await async_setup_component(hass, "script", {"script": scripts})

    er.async_get(hass).async_update_entity("switch.attic_mining", labels=set())
    await hass.services.async_call("script", "percent", blocking=True)
    assert farm["Cellar"].machine.physics.percent_goal == pytest.approx(0.6)
    assert farm["Barn"].machine.physics.percent_goal == pytest.approx(1)
    await hass.services.async_call("script", "stop", blocking=True)
    assert farm["Cellar"].machine.mineroff
    assert not farm["Barn"].machine.mineroff

    er.async_get(hass).async_update_entity(
        "switch.attic_mining", labels={label.label_id}
    )
    await hass.services.async_call("script", "start", blocking=True)
    assert not farm["Attic"].machine.mineroff
    assert not farm["Cellar"].machine.mineroff
