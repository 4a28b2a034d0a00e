"""What users meet has its words, its icon and its line in the documents, and no more.

All of it is looked up by what Home Assistant has registered, over all platforms. What
fails names what was forgotten, or what is left from something that is gone.
"""

import ast
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import product
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.whatsminer import errors
from custom_components.whatsminer.client import (
    CONTROLS,
    Capability,
    MinerData,
    MinerIdentity,
    MiningState,
)
from custom_components.whatsminer.control import commands

from .helpers import DOMAIN, KINDS, WORDS, make_entry, make_miner, set_up
from .manager_helpers import add_sensor, make_manager

ROOT = Path(__file__).parents[2]
HOME = ROOT / "custom_components" / DOMAIN
ICONS = json.loads((HOME / "icons.json").read_text("utf-8"))
ACTIONS = load_yaml_dict(str(HOME / "services.yaml"))

# Whose icon is that of their device class.
PLAIN = {
    "binary_sensor.pool_connected",
    "sensor.board_n_frequency",
    "sensor.board_n_temperature",
    "sensor.frequency",
    "sensor.mining_uptime",
    "sensor.power_average",
    "sensor.psu_current_in",
    "sensor.psu_power_in",
    "sensor.psu_temperature",
    "sensor.psu_voltage_in",
    "sensor.psu_voltage_out",
}
# What has a control that shows the same, by how it is described.
CONTROLLED = {
    ("binary_sensor", "Mining"),
    *(("sensor", f"Power {what}") for what in ("limit", "mode", "percent")),
}
# In which document and under which heading the entities of a platform are.
TABLES = {
    "binary_sensor": ("entities.md", "Binary sensors"),
    "event": ("entities.md", "Events"),
    "sensor": ("entities.md", "Sensors"),
} | dict.fromkeys(
    ("button", "climate", "number", "select", "switch"),
    ("controls.md", "Controls and actions"),
)
OF_MANAGER = ("power_manager.md", "Entities")
# The options that bring entities of a power manager.
OF_OPTIONS: dict[str, Any] = {
    "evcc": True,
    "price": "sensor.price",
    "hash_price": "sensor.hash_price",
    "cheap_hours": 6,
    "room": "sensor.room",
}

type Entities = list[er.RegistryEntry]


@pytest.fixture
async def entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
) -> Entities:
    """Return all entities that there are, of any miner and of a power manager."""
    found, miners = [], []
    async with AsyncExitStack() as stack:
        for index, kind in enumerate(KINDS):
            miner = await stack.enter_async_context(make_miner(kind, index=index))
            entry = make_entry(miner)
            await set_up(hass, entry)
            found += er.async_entries_for_config_entry(entity_registry, entry.entry_id)
            await hass.config_entries.async_unload(entry.entry_id)
            miners.append(entry.entry_id)
    entry = make_manager(add_sensor(hass, "grid"), miners[0], **OF_OPTIONS)
    await set_up(hass, entry)
    found += er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    return found


def _is_of_manager(entity: er.RegistryEntry) -> bool:
    """Return whether an entity is one of the power manager's."""
    return entity.unique_id.startswith(f"{entity.config_entry_id}_")


def _keys(entities: Entities) -> dict[str, er.RegistryEntry]:
    """Return the entities that have words of their own, by platform and key."""
    return {
        f"{each.domain}.{each.translation_key}": each
        for each in entities
        if each.translation_key
    }


def _flat(content: Any) -> dict[str, Any]:
    """Return what a file has for entities, by platform and key."""
    return {
        f"{domain}.{key}": each
        for domain, keys in content["entity"].items()
        for key, each in keys.items()
    }


def _states(entity: er.RegistryEntry) -> set[str]:
    """Return the states that have words."""
    capabilities = entity.capabilities or {}
    if "options" in capabilities:
        return set(capabilities["options"])
    on_or_off = entity.domain in ("binary_sensor", "switch")
    return {"on", "off"} if on_or_off else set()


def test_words(entities: Entities) -> None:
    """Each entity has a name, each of its states a word."""
    keys, words = _keys(entities), _flat(WORDS)
    assert {key for key in keys if not words.get(key, {}).get("name")} == set()
    assert words.keys() - keys.keys() == set(), "no entity has these"
    for each in entities:
        assert each.translation_key or each.original_device_class, each.entity_id
    for key, entity in keys.items():
        named = set(words[key].get("state", ()))
        if "options" in (entity.capabilities or {}):
            assert named == _states(entity), key
        assert named <= _states(entity), key


def test_icons(entities: Entities) -> None:
    """Each entity has an icon, unless that of its device class is as good."""
    keys, icons = _keys(entities), _flat(ICONS)
    without = {key for key in keys if not icons.get(key, {}).get("default")}
    assert without - PLAIN == set(), "give these an icon, or add them to PLAIN"
    assert PLAIN - without == set(), "these have an icon"
    assert {key for key in without if not keys[key].original_device_class} == set()
    assert icons.keys() - keys.keys() == set(), "no entity has these"
    for key, icon in icons.items():
        assert set(icon.get("state", ())) <= _states(keys[key]), key


def test_event_types(entities: Entities) -> None:
    """Each type of an event has a word, an icon, and its place in the documents."""
    rows = _rows("event")
    events = {
        key: each for key, each in _keys(entities).items() if each.domain == "event"
    }
    assert events
    for key, entity in events.items():
        assert entity.capabilities is not None
        types = set(entity.capabilities["event_types"])
        for content in (WORDS, ICONS):
            attributes = _flat(content)[key]["state_attributes"]
            assert set(attributes["event_type"]["state"]) == types, key
        assert set(re.findall(r"`(\w+)`", rows[_name(entity)][0])) == types, key


def test_documents(entities: Entities) -> None:
    """Each entity has a row, which has its states."""
    missing, wrong = set(), set()
    rows = {
        (domain, of_manager): _rows(domain, of_manager=of_manager)
        for domain in TABLES
        for of_manager in (False, True)
    }
    words = _flat(WORDS)
    seen = {(each.domain, _is_of_manager(each), _name(each)) for each in entities}
    for entity in entities:
        name = f"{entity.domain} {_name(entity)}"
        table = rows[entity.domain, _is_of_manager(entity)]
        if (cells := table.get(_name(entity))) is None:
            missing.add(name)
            continue
        states = words.get(f"{entity.domain}.{entity.translation_key}", {}).get("state")
        if "options" in (entity.capabilities or {}):
            wrong |= {
                f"{name}: {word}"
                for word in (states or {}).values()
                # Reasons have a table of their own.
                if word.lower() not in " ".join(cells).lower()
                and "(#reasons)" not in cells[0]
            }
    assert missing == set()
    assert wrong == set()
    there = {(*table, name) for table, names in rows.items() for name in names}
    assert there - seen == set(), "no entity has these names"


def test_on_at_first(entities: Entities) -> None:
    """Each entity is in the table of what is on, with a reason, and as it is."""
    listed: dict[tuple[str, str], str] = {}
    for cell, names, at_first, why in _table("entities.md", "On at first"):
        assert why, names
        for name in names.split(", "):
            key = cell.lower().replace(" ", "_"), name
            assert key not in listed
            listed[key] = at_first
    # All miners here have a password, and with that the controls.
    assert listed == {
        (each.domain, _name(each)): (
            "on"
            if not each.disabled_by
            else "no control"
            if (each.domain, _name(each)) in CONTROLLED
            else "off"
        )
        for each in entities
        if not _is_of_manager(each)
    }
    assert not any(each.disabled_by for each in entities if _is_of_manager(each))


def _name(entity: er.RegistryEntry) -> str:
    """Return the name as the documents have it."""
    return re.sub(r"^Board \d+ ", "Board n ", entity.original_name or "")


def _table(document: str, heading: str) -> Iterator[list[str]]:
    """Yield the cells of the rows under a heading."""
    text = (ROOT / "docs" / document).read_text()
    section = re.split(r"^#+ ", text, flags=re.MULTILINE)
    (part,) = (each for each in section if each.startswith(f"{heading}\n"))
    for line in re.findall(r"^\|---.*\n((?:\|.*\n)+)", part, re.MULTILINE):
        for row in line.splitlines():
            yield row.strip("| ").split(" | ")


def _rows(domain: str, *, of_manager: bool = False) -> dict[str, list[str]]:
    """Return the rows for a platform by the names of the entities."""
    place = OF_MANAGER if of_manager else TABLES[domain]
    found = {}
    for cell, *cells in _table(*place):
        if place[0] != "entities.md":
            match = re.fullmatch(r"(.+) \((\w+)\)", cell)
            assert match is not None, cell
            name, kind = match.groups()
            if kind == domain:
                found[name] = cells
            continue
        for name in _names(cell):
            found[name] = cells
    return found


def _names(cell: str) -> Iterator[str]:
    """Yield the names of a row, where "Chip temperature minimum, average" are two."""
    first = ""
    for name in cell.replace("*", "").split(", "):
        if name[0].islower():
            yield f"{first} {name}"
        else:
            first = name.rpartition(" ")[0]
            yield name


def test_actions() -> None:
    """Actions and their fields are the same wherever they are named."""
    document = (ROOT / "docs" / "controls.md").read_text()
    rows = dict(
        re.findall(r"^\| `whatsminer\.(\w+)` \| (.*?) \|", document, re.MULTILINE)
    )
    for where in (WORDS["services"], ICONS["services"], rows):
        assert where.keys() == ACTIONS.keys()
    for action, content in ACTIONS.items():
        fields = content.get("fields", {})
        assert content["target"] == {"entity": {"integration": DOMAIN}}
        words = WORDS["services"][action]
        assert words["name"] and words["description"], action
        assert words.get("fields", {}).keys() == fields.keys(), action
        for field, described in words.get("fields", {}).items():
            assert described["name"] and described["description"], (action, field)
        named = set(re.findall(r"`(\w+)`", rows[action]))
        assert fields.keys() <= named, action
        for field in fields.values():
            for selector in field["selector"].values():
                if key := (selector or {}).get("translation_key"):
                    options = WORDS["selector"][key]["options"]
                    assert options.keys() == set(selector["options"]), action


async def test_actions_exist(hass: HomeAssistant, entities: Entities) -> None:
    """What is described can be called, and nothing else."""
    assert hass.services.async_services()[DOMAIN].keys() == ACTIONS.keys()


def _commands() -> Iterator[commands.Command]:
    """Yield a command for each thing that can be asked of a miner."""
    for capability in Capability:
        yield commands.ask(capability, [] if capability is Capability.POOLS else 1)
    yield commands.STOP


def _blocked() -> set[str]:
    """Return the reasons why a miner does not take something now."""
    found = set()
    for command, state in product(_commands(), MiningState):
        mining = state is not MiningState.STOPPED
        data = MinerData(identity=MinerIdentity(), mining=mining, state=state)
        assert command.control is not None
        if (reason := command.control.blocked(data)) is not None:
            found.add(f"{command.subject}_{reason}")
    return found


def test_every_capability_has_a_command() -> None:
    """What a miner is said to be capable of can be asked of it."""
    assert set(Capability) - CONTROLS.keys() == set()


def test_blocked() -> None:
    """A power percent needs tuned mining, a power mode and a restart mining."""
    assert _blocked() == {
        "power_mode_stopped",
        "power_percent_starting",
        "power_percent_stopped",
        "power_percent_tuning",
        "start_stop_stopped",
    }


def test_status(entities: Entities) -> None:
    """A setting that is under way leaves the status what it is, another command not."""
    named = _keys(entities)["sensor.status"].capabilities
    assert named is not None
    for command in _commands():
        assert (command.key in named["options"]) is (command.target is None)
    assert set(MiningState) <= set(named["options"])


def test_exceptions() -> None:
    """Each error that is raised has its words, and all words are of one that is raised."""
    made = {f"not_{command.key}" for command in _commands()} | _blocked()
    made |= {key for _, key in errors.ERROR_KEYS}
    raised, said = set(made), set(made)
    for file in HOME.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        raised |= set(_raised(tree))
        said |= {
            each.value
            for each in ast.walk(tree)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
    words = WORDS["exceptions"]
    assert raised - words.keys() == set(), "raised without words"
    assert words.keys() - said == set(), "never raised"
    assert {key for _, key in errors.ERROR_KEYS} - WORDS["config"][
        "error"
    ].keys() == set()


def _raised(tree: ast.AST) -> Iterator[str]:
    """Yield the translation keys with which exceptions are made."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if re.fullmatch(r"\w*make_(error|refusal)", name):
            keys = call.args[:1]
        elif re.match(
            r"(HomeAssistant|Validation|ConfigEntry|Service|Update)\w*", name
        ):
            keys = [
                each.value for each in call.keywords if each.arg == "translation_key"
            ]
        else:
            continue
        for key in keys:
            if isinstance(key, ast.Constant):
                yield str(key.value)


def test_plain() -> None:
    """Errors are shown as they are: what Markdown needs would be seen in them."""
    texts = [each["message"] for each in WORDS["exceptions"].values()]
    texts += WORDS["config"]["error"].values()
    assert [each for each in texts if set(each) & set("`*")] == []


def test_fields() -> None:
    """Each field of a form is explained."""
    for kind in ("config", "options"):
        for step in WORDS[kind]["step"].values():
            for form in (step, *step.get("sections", {}).values()):
                described = form.get("data_description", {})
                assert form.get("data", {}).keys() == described.keys(), step["title"]


@pytest.mark.parametrize("kind", ["issues", "config", "options"])
def test_flows_and_issues(kind: str) -> None:
    """No step, error, end or issue has words that nothing in the code speaks of."""
    said = " ".join(file.read_text("utf-8") for file in HOME.rglob("*.py"))
    keys = set(WORDS[kind]) if kind == "issues" else set()
    for part in ("step", "error", "abort", "progress"):
        keys |= set(WORDS[kind].get(part, ()))
    # Home Assistant itself ends a flow with these.
    keys -= {"already_in_progress"}
    keys -= {"reauth_successful", "unknown"}
    assert keys
    missing = {key for key in keys if f'"{key}"' not in said}
    assert {key for key in missing if f"async_step_{key}" not in said} == set()
