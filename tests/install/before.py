"""Write what an older version stored, for the test of the update from it.

`python -m tests.install.before v0.1.0 tests/install/0.1.0` after `scripts/test --install`
has prepared the environments. It uses that version as a user would.
"""

import asyncio
import json
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any

from scripts.demo_home.home import CONFIG
from tests.conftest import PASSWORD, at_home

from .environment import FLOOR, Environment
from .installed import STORAGE, Installed, prepare, running
from .test_update import HOST, MAC

REGISTRIES = ("core.config_entries", "core.device_registry", "core.entity_registry")
STATES = "core.restore_state"


async def use(home: Installed) -> None:
    """Add a miner, change what can be changed, start and stop."""
    where = await home.choose_address()
    await home.post(where, {"host": HOST, "password": PASSWORD})
    await home.wait_for_miners()
    entry = await home.entry()
    flow = await home.post(f"{CONFIG}/options/flow", {"handler": entry["entry_id"]})
    await home.post(
        f"{CONFIG}/options/flow/{flow['flow_id']}",
        {"minutes_between_starts": 3, "scan_interval": 10},
    )
    await home.wait_for_miners()
    (device,) = (
        each
        for each in await home.command("config/device_registry/list")
        if entry["entry_id"] in each["config_entries"]
    )
    await home.command(
        "config/device_registry/update", device_id=device["id"], name_by_user="Shed"
    )
    energy = await home.entity_id("sensor", "energy")
    await home.change(energy, new_entity_id="sensor.shed_total", name="Total")
    await home.change(await home.entity_id("button", "reboot"), disabled_by="user")
    switch = {"entity_id": await home.entity_id("switch", "mining")}
    for action in ("turn_off", "turn_on"):
        await home.post(f"/api/services/switch/{action}", switch)
    await home.energy_above(0.01)


def reduced(name: str, data: Any) -> Any:
    """Return of a store what is ours."""
    match name:
        case "core.config_entries":
            data["entries"] = [
                each for each in data["entries"] if each["domain"] == "whatsminer"
            ]
        case "core.entity_registry":
            data["entities"] = [
                each for each in data["entities"] if each["platform"] == "whatsminer"
            ]
        case "core.restore_state":
            data = [
                each for each in data if each["extra_data"] is not None
            ]
    return data


async def main(commit: str, target: Path) -> None:
    """Run that version in the oldest Home Assistant, and copy what it has stored."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, commit)
        async with (
            at_home(mac=MAC) as miner,
            running(Environment(FLOOR), folder) as home,
        ):
            pass
