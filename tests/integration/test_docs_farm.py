"""The configuration in the guide for farms is accepted, and means what it says."""

from fnmatch import fnmatch
from pathlib import Path
import re
from typing import Any

from homeassistant.components import recorder
from homeassistant.components.lovelace import YAML_DASHBOARD_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entityfilter import INCLUDE_EXCLUDE_FILTER_SCHEMA
from homeassistant.util.yaml import parse_yaml

from tests.conftest import at_home

from .helpers import make_entry, set_up

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "farm.md").read_text("utf-8")


def _configuration(key: str) -> Any:
    """Return what the guide puts under a key of configuration.yaml."""
    blocks = re.findall(r"^( *)```yaml\n(.*?)^\1```", GUIDE, re.DOTALL | re.MULTILINE)
    parsed: list[Any] = [parse_yaml(text) for _, text in blocks]
    return [each[key] for each in parsed if key in each]


async def _entities(hass: HomeAssistant) -> set[str]:
    """Return the entity IDs of a miner that is only read, which has most sensors."""
    async with at_home(api="2.0.5") as miner:
        entry = make_entry(miner, None, title="Attic")
        await set_up(hass, entry)
        registry = er.async_get(hass)
        found = er.async_entries_for_config_entry(registry, entry.entry_id)
        await hass.config_entries.async_unload(entry.entry_id)
        return {each.entity_id for each in found}


async def test_recorder(hass: HomeAssistant) -> None:
    """Each pattern excludes an entity, and power and energy are still written."""
    config, _ = _configuration("recorder")
    recorder.CONFIG_SCHEMA({"recorder": config})
    entities = await _entities(hass)
    for pattern in config["exclude"]["entity_globs"]:
        assert [each for each in entities if fnmatch(each, pattern)], pattern
    included = INCLUDE_EXCLUDE_FILTER_SCHEMA({"exclude": config["exclude"]})
    assert included("sensor.attic_power")
    assert included("sensor.attic_energy")
    assert not included("sensor.attic_hashrate_relative_to_factory")


def test_database() -> None:
    """Home Assistant accepts both addresses."""
    _, config = _configuration("recorder")
    (other,) = re.findall(r"# db_url: (\S+)", GUIDE)
    for address in (config["db_url"], other):
        recorder.CONFIG_SCHEMA({"recorder": {"db_url": address}})


async def test_prometheus(hass: HomeAssistant) -> None:
    """Each pattern finds an entity, be it of a miner from before version 0.2.0."""
    (config,) = _configuration("prometheus")
    before = {"sensor.attic_chip_temperature_maximum"}
    entities = await _entities(hass) | before
    for pattern in config["filter"]["include_entity_globs"]:
        assert [each for each in entities if fnmatch(each, pattern)], pattern


def test_dashboard_as_a_file() -> None:
    """Home Assistant accepts it, and the file is in this repository."""
    (config,) = _configuration("lovelace")
    for dashboard in config["dashboards"].values():
        YAML_DASHBOARD_SCHEMA(dashboard)
        assert (ROOT / dashboard["filename"]).exists()
