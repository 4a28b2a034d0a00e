"""From the version before to this one: what was there stays."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any

from tests.conftest import at_home

from .environment import Environment
from .installed import STORAGE, Installed, complaints, prepare, running, stored

# Made by `before.py` with commit 032203e, the last of version 0.1.0.
STORED = Path(__file__).with_name("stored_by_0_1_0")
HOST = "127.0.0.99"
"""Stands in it for the address of the miner."""
MAC = "CA:0A:18:00:12:34"
TOTAL = "sensor.shed_total"
"""What the user called the energy."""
_TIME = re.compile(r"[-\dT:.]{26}\+00:00")
# What the user sees of an entity in the registry.
SEEN = ("entity_id", "name", "disabled_by", "hidden_by")


async def test_update(environment: Environment, tmp_path: Path) -> None:
    """Entities, their ids and names, options, energy and starts are those of before."""
    prepare(tmp_path)
    (entry,) = before("core.config_entries")["entries"]
    old = seen(before("core.entity_registry")["entities"])
    starts = before(f"whatsminer.{entry['entry_id']}.starts")["starts"]
    energy = energy_before()
    assert energy > 0 and len(starts) > 1
    async with at_home(mac=MAC) as miner:
        copy_stored(tmp_path, miner.host)
        async with running(environment, tmp_path) as home:
            await home.wait_for_miners()
            assert old.items() <= seen(await home.entities()).items()
            enabled = {each[0] for each in old.values() if not each[2]}
            assert enabled <= await provided(home)

            assert await home.entity_id("sensor", "energy") == TOTAL
            assert await home.energy() >= energy
            energy = await home.energy_above(energy)
            today = await home.state(await home.entity_id("sensor", "starts_today"))
            assert int(float(today)) == len(starts)

            (device,) = (
                each
                for each in await home.command("config/device_registry/list")
                if entry["entry_id"] in each["config_entries"]
            )
            assert device["name_by_user"] == "Shed"

        (after,) = (
            each
            for each in stored(tmp_path, "core.config_entries")["entries"]
            if each["entry_id"] == entry["entry_id"]
        )
        assert after["data"] == entry["data"] | {"host": miner.host}
        for key in ("options", "title", "unique_id"):
            assert after[key] == entry[key]
        total = stored(tmp_path, "whatsminer.energy")[entry["entry_id"]]["total"]
        assert round(total, 6) >= energy
    assert complaints(tmp_path, starts=1) == []


def before(name: str) -> Any:
    """Return what the version before had stored."""
    return json.loads((STORED / name).read_text())["data"]


def energy_before() -> float:
    """Return the energy that the version before had restored."""
    (value,) = (
        each["extra_data"]["native_value"]
        for each in before("core.restore_state")
        if each["state"]["entity_id"] == TOTAL
    )
    return float(value)


def copy_stored(folder: Path, host: str) -> None:
    """Copy what was stored, as if the last start was a while ago, by the miner's host."""
    for path in STORED.iterdir():
        text = path.read_text().replace(HOST, host)
        if path.name.endswith(".starts"):
            times = [datetime.fromisoformat(each) for each in _TIME.findall(text)]
            later = datetime.now(UTC) - timedelta(minutes=5) - max(times)
            for each in times:
                text = text.replace(each.isoformat(), (each + later).isoformat())
        (folder / STORAGE / path.name).write_text(text)


def seen(entities: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Return how entities look to the user, by what they are."""
    return {
        f"{each['entity_id'].partition('.')[0]} {each['unique_id']}": tuple(
            each[key] for key in SEEN
        )
        for each in entities
    }


async def provided(home: Installed) -> set[str]:
    """Return the ids of the entities that are there, and not only remembered."""
    return {
        each["entity_id"]
        for each in await home.get("/api/states")
        if not each["attributes"].get("restored")
    }
