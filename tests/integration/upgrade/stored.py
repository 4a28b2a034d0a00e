"""What Home Assistant has stored of one miner, as a small file that can be read.

A file holds the storage keys of Home Assistant and of the integration, and what was
shown after a restart. The rows of a list have only what sets them apart from most of them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    issue_registry as ir,
    label_registry as lr,
    restore_state as rs,
)

from tests.conftest import at_home
from tests.integration.helpers import poll
from tests.simulator import ManualClock, SimulatedMiner

FOLDER = Path(__file__).parent
DOMAIN = "whatsminer"

# Of these only our part is kept.
CORE = {
    "core.config_entries": "entries",
    "core.device_registry": "devices",
    "core.entity_registry": "entities",
    "core.restore_state": None,
}
_HOST = "the address"

# Noon at the test's Home Assistant: its day has starts to be counted.
NOW = datetime(2026, 11, 1, 20, tzinfo=UTC)

type Json = dict[str, Any]


def make_miner(api: str, now: datetime = NOW) -> SimulatedMiner:
    """Return the miner of a file; at one time it always shows the same."""
    return at_home(api=api, clock=ManualClock(now.timestamp()))


async def load(hass: HomeAssistant, storage: Json, stored: Json) -> None:
    """Put what was stored into the storage, and let Home Assistant load it."""
    storage.update(stored)
    dr.async_setup(hass)
    for registry in (ar, cr, dr, er, fr, ir, lr, rs):
        await registry.async_load(hass)
    await hass.config_entries.async_initialize()


async def restart(hass: HomeAssistant, storage: Json, stored: Json) -> Json:
    """Load what was stored, set up the entry, and return what is shown then."""
    await load(hass, storage, stored)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert await hass.config_entries.async_setup(entry.entry_id)
    # What one entity restores another one shows, from the next reading on at the latest.
    await poll(hass)
    return shown(hass)


def shown(hass: HomeAssistant) -> Json:
    """Return what stands for each entity.

    Unique id, category, by whom it is disabled, state, and the highest value of a number.
    """
    entities = sorted(er.async_get(hass).entities.values(), key=lambda e: e.entity_id)
    states = {
        each.entity_id: [each.state, each.attributes.get("max")]
        for each in hass.states.async_all()
    }
    return {
        each.entity_id: [
            each.unique_id,
            each.entity_category,
            each.disabled_by,
            *states.get(each.entity_id, [None, None]),
        ]
        for each in entities
    }


def read(file: Path, host: str) -> tuple[Json, Json]:
    """Return what was stored of a miner that has this address now, and was shown."""
    content = json.loads(file.read_text().replace(_HOST, host))
    for key, part in CORE.items():
        data = content["stored"][key]["data"]
        _replace(content["stored"][key], part, list(_full(_part(data, part))))
    return content["stored"], content["shown"]


def write(file: Path, stored: Json, shown: Json, host: str) -> None:
    """Write a file of what is stored of a miner at this address."""
    kept = {
        key: json.loads(json.dumps(content))
        for key, content in sorted(stored.items())
        if key in CORE or key.startswith(f"{DOMAIN}.")
    }
    for key, part in CORE.items():
        _replace(kept[key], part, _short(_part(kept[key]["data"], part)))
    text = _text({"stored": kept, "shown": shown})
    file.write_text(text.replace(host, _HOST))


def _part(data: Any, part: str | None) -> Any:
    """Return the rows of a store."""
    return data if part is None else data[part]


def _replace(content: Json, part: str | None, rows: Any) -> None:
    """Put other rows into a store."""
    if part is None:
        content["data"] = rows
    else:
        content["data"][part] = rows


def _short(rows: list[Json]) -> Json:
    """Return what most rows have, and of each row what it has otherwise."""
    most = {
        key: json.loads(
            Counter(json.dumps(row[key]) for row in rows).most_common(1)[0][0]
        )
        for key in rows[0]
    }
    return {
        "most": most,
        "rows": [
            {key: value for key, value in row.items() if value != most[key]}
            for row in rows
        ],
    }


def _full(short: Json) -> Iterable[Json]:
    """Yield the rows as they were."""
    for row in short["rows"]:
        yield {**short["most"], **row}


def _text(value: Any, indent: str = "") -> str:
    """Return JSON in which what fits into a line is one."""
    line = json.dumps(value)
    if len(indent + line) <= 140 or not isinstance(value, (dict, list)) or not value:
        return line
    deeper = indent + " "
    if isinstance(value, dict):
        rows = [f"{json.dumps(k)}: {_text(v, deeper)}" for k, v in value.items()]
        first, last = "{}"
    else:
        rows = [_text(each, deeper) for each in value]
        first, last = "[]"
    inner = ",\n".join(deeper + row for row in rows)
    return f"{first}\n{inner}\n{indent}{last}"
