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
    issue_registry as ir,
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
    # It has no chip temperature before it mines for the first time.
    "Attic": {"api": "1.4", "state": "stopped"},
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


CELL = r"<t[dh][^>]*>(.*?)</t[dh]>"
TEMPLATES = [card["content"] for card in cards(DASHBOARD, "markdown")]


def render(hass: HomeAssistant) -> list[list[list[str]]]:
    """Render the cards, in the order of the file, and return the cells of their tables."""
    rendered = [
        Template(each, hass).async_render(parse_result=False) for each in TEMPLATES
    ]
    # A blank line would end the table for Markdown.
    assert not any("\n\n" in text for text in rendered)
    return [
        [
            [" ".join(cell.split()) for cell in re.findall(CELL, row, re.DOTALL)]
            for row in re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
        ]
        or [[text]]
        for text in rendered
    ]


def plain(cell: str) -> str:
    """Return what a cell says, its lines apart."""
    return re.sub(r"<.*?>", "", cell.replace("<br>", " / ")).strip()


def icon(cell: str) -> str:
    """Return the first icon of a cell."""
    found = re.search(r'icon="mdi:(.*?)"', cell)
    return found[1] if found else ""


def device(hass: HomeAssistant, name: str) -> str:
    """Return the id of a miner's device."""
    entity = er.async_get(hass).async_get(f"sensor.{name.lower()}_status")
    assert entity is not None
    assert entity.device_id is not None
    return entity.device_id


def link(hass: HomeAssistant, name: str) -> str:
    """Return what leads to the page of a miner."""
    return f'<a href="/config/devices/device/{device(hass, name)}">{name}</a>'


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
    """Each miner has its row; what is not known is not counted, and reported."""
    totals, trouble, areas, miners = render(hass)

    told = [name for name in MINERS if name != "Shed"]
    sums = {
        key: sum(float(value(hass, f"sensor.{name.lower()}_{key}")) for name in told)
        for key in ("hashrate", "power", "energy")
    }
    assert totals == [
        ["Hashrate", f"<b>{sums['hashrate']:.1f} TH/s</b> (3 of 4 miners)"],
        ["Power", f"<b>{sums['power'] / 1000:.2f} kW</b> (3 of 4 miners)"],
        [
            "Efficiency",
            f"<b>{sums['power'] / sums['hashrate']:.1f} J/TH</b> (3 of 4 miners)",
        ],
        ["Energy since they were added", "<b>0.0 kWh</b> (3 of 4 miners)"],
        [
            "Miners",
            "<b>4</b>: 2 mining, 0 starting, 1 stopped, 0 idle or at fault, 1 unavailable",
        ],
        ["With a problem", "<b>1</b>"],
    ]
    assert sums["hashrate"] > 200

    error = value(hass, "sensor.barn_error")
    assert [[plain(cell) for cell in row] for row in trouble[1:]] == [
        ["Barn", "Yard", f"Mining / {error}"],
        ["Shed", "–", "Unavailable"],
    ]
    assert [icon(row[0]) for row in trouble[1:]] == ["alert", "lan-disconnect"]
    assert link(hass, "Barn") in trouble[1][0]

    assert [row[:2] for row in areas[1:]] == [
        ["No area", "0 of 1"],
        ["House", "1 of 2"],
        ["Yard", "1 of 1"],
    ]
    assert areas[1][2:] == ["–", "–"]
    power = float(value(hass, "sensor.barn_power"))
    assert areas[3][3] == f"{power / 1000:.2f} kW"

    for row, name in zip(miners[1:], MINERS, strict=True):
        assert link(hass, name) in row[0]
    attic, barn, cellar, shed = miners[1:]
    assert plain(attic[0]) == "Attic / Stopped, House"
    assert attic[2].startswith("0.0")
    assert hass.states.get("sensor.attic_hottest_chip") is None
    assert attic[4] == "–"
    assert plain(barn[0]) == f"Barn / Mining, Yard / {error}"
    assert plain(cellar[0]) == "Cellar / Mining, House"
    assert [icon(row[0]) for row in miners[1:]] == [
        "stop",
        "alert",
        "pickaxe",
        "lan-disconnect",
    ]
    assert plain(cellar[1]) == value(hass, "sensor.cellar_ip_address")
    rate, share = plain(cellar[2]).split(" / ")
    for shown, key, digits in (
        (rate, "hashrate", 0.1),
        (share.removesuffix(" %"), "hashrate_relative_to_factory", 1),
        (cellar[4], "hottest_chip", 1),
    ):
        assert float(shown) == pytest.approx(
            float(value(hass, f"sensor.cellar_{key}")), abs=digits
        )
    assert cellar[3] == f"{float(value(hass, 'sensor.cellar_power')) / 1000:.2f}"
    assert [plain(cell) for cell in shed] == ["Shed / Unavailable", *"––––"]

    # No change of a sensor makes Home Assistant render more than once a second.
    for template in TEMPLATES:
        info = Template(template, hass).async_render_to_info()
        assert info.rate_limit == 1
        assert not any(entity.startswith("sensor.") for entity in info.entities)


@pytest.mark.parametrize(
    "hottest",
    [
        "house_cellar_hottest_chip",
        # Of a miner that was added before version 0.2.0.
        "cellar_chip_temperature_maximum",
        "house_cellar_chip_temperature_maximum",
    ],
)
async def test_other_entity_id(hass: HomeAssistant, farm: Farm, hottest: str) -> None:
    """An entity with another id is missing, not zero; so are all without a status's."""
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.cellar_hashrate", new_entity_id="sensor.downstairs"
    )
    registry.async_update_entity("sensor.barn_status", new_entity_id="sensor.yard")
    # As Home Assistant calls an entity that appears when its device has an area already.
    registry.async_update_entity(
        "sensor.cellar_hottest_chip", new_entity_id=f"sensor.{hottest}"
    )
    await hass.async_block_till_done()
    totals, _, _, miners = render(hass)
    assert totals[0][1].endswith("TH/s</b> (1 of 4 miners)")
    assert totals[4][1].startswith("<b>4</b>: 2 mining")
    rows = {plain(row[0]).partition(" /")[0]: row for row in miners[1:]}
    assert plain(rows["Cellar"][2]).startswith("?")
    assert float(rows["Cellar"][4]) > 50
    barn = [plain(cell) for cell in rows["Barn"]]
    assert barn == ["Barn / Mining, Yard / ?", *"????"]


async def test_without_areas(hass: HomeAssistant, farm: Farm) -> None:
    """There is no column for areas while no miner with a problem has one."""
    devices = dr.async_get(hass)
    for name in AREAS:
        devices.async_update_device(device(hass, name), area_id=None)
    _, trouble, _, _ = render(hass)
    assert trouble[0] == ["Miner", "Status and error"]
    assert [plain(row[0]) for row in trouble[1:]] == ["Barn", "Shed"]
    assert {len(row) for row in trouble} == {2}


async def test_large_units(hass: HomeAssistant, farm: Farm) -> None:
    """Much is shown in units that fit it."""
    for name, hashrate, power in (("cellar", "1234.5", "2000000"), ("barn", "1", "9")):
        for key, state in (("hashrate", hashrate), ("power", power)):
            entity = f"sensor.{name}_{key}"
            attributes = hass.states.get(entity)
            assert attributes is not None
            hass.states.async_set(entity, state, attributes.attributes)
    totals, _, areas, _ = render(hass)
    assert "1.24 PH/s" in totals[0][1]
    assert "2.00 MW" in totals[1][1]
    assert areas[3][2:] == ["1.0 TH/s", "9 W"]


async def test_repairs(hass: HomeAssistant, farm: Farm) -> None:
    """A miner that refuses commands, or has the first password, is marked."""
    registry, entries = er.async_get(hass), {}
    for name in MINERS:
        entity = registry.async_get(f"sensor.{name.lower()}_status")
        assert entity is not None
        entries[name] = entity.config_entry_id
    assert not any("To repair" in row[0] for row in render(hass)[0])
    for name, key in (("Attic", "write_access_off"), ("Cellar", "default_password")):
        ir.async_create_issue(
            hass,
            DOMAIN,
            f"{key}_{entries[name]}",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
        )
    totals, _, _, miners = render(hass)
    assert totals[-1] == [
        '<a href="/config/repairs">To repair</a>',
        "refuse commands: 1, default password: 1",
    ]
    attic, barn, cellar, _ = (plain(row[0]) for row in miners[1:])
    assert attic.endswith("Refuses commands")
    assert cellar.endswith("Still has its default password")
    assert "efuse" not in barn
    assert "password" not in barn


async def test_no_miners(hass: HomeAssistant) -> None:
    """Without miners the cards say so."""
    totals, trouble, areas, miners = render(hass)
    assert totals[0] == ["Hashrate", "<b>–</b>"]
    assert trouble == [["There are no miners."]]
    assert len(areas) == len(miners) == 1


@pytest.mark.usefixtures("all_entities_enabled")
async def test_commands(hass: HomeAssistant, farm: Farm) -> None:
    """A label and an area act on their miners, and on no setting of them."""
    label = lr.async_get(hass).async_create("Peak")
    er.async_get(hass).async_update_entity(
        "switch.cellar_mining", labels={label.label_id}
    )
    # On the dashboard itself they would stand there without the label, too.
    assert not [*cards(DASHBOARD, "button")]
    stop, start = (card["tap_action"] for card in cards(EXAMPLES, "button"))
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


async def test_german(hass: HomeAssistant) -> None:
    """The entity IDs that a German Home Assistant makes are found, too."""
    hass.config.language = "de"
    async with at_home(api="2.2.2") as miner:
        entry = make_entry(miner, title="Keller")
        await set_up(hass, entry)
        assert hass.states.get("sensor.keller_power") is None
        totals, _, areas, miners = render(hass)
        watts = float(value(hass, "sensor.keller_leistung"))
        assert totals[1] == ["Power", f"<b>{watts / 1000:.2f} kW</b>"]
        assert areas[1][3] == f"{watts / 1000:.2f} kW"
        assert totals[3][1].endswith(" kWh</b>")
        rate, share = plain(miners[1][2]).split(" / ")
        assert float(rate) > 50
        assert share.endswith(" %")
        assert "?" not in " ".join(map(plain, miners[1]))
        await hass.config_entries.async_unload(entry.entry_id)
