"""Write down what an older version has stored, for the test of the update from it.

`python -m tests.install.before v0.1.0` uses that version as a user would, in the oldest
Home Assistant; `scripts/test --install` has to have prepared it.
"""

import asyncio
from collections.abc import Callable
import json
from pathlib import Path
import shutil
import sys
from tempfile import TemporaryDirectory
from typing import Any

from tests.conftest import PASSWORD, at_home

from .environment import FLOOR, Environment
from .installed import STORAGE, Installed, prepare, running
from .test_update import HOST, MAC, STORED, TOTAL

# What is ours in the stores that are Home Assistant's.
_OURS: dict[str, tuple[str, Callable[[dict[str, Any]], bool]]] = {
    "core.config_entries": ("entries", lambda each: each["domain"] == "whatsminer"),
    "core.device_registry": (
        "devices",
        lambda each: each["manufacturer"] == "MicroBT",
    ),
    "core.entity_registry": (
        "entities",
        lambda each: each["platform"] == "whatsminer",
    ),
}
_STATES = "core.restore_state"


async def use(home: Installed, host: str) -> set[str]:
    """Add a miner, change what can be changed, start it; return its entities' ids."""
    where = await home.choose_address()
    await home.post(where, {"host": host, "password": PASSWORD})
    await home.wait_for_miners()
    entry = await home.entry()
    await home.post(
        await home.open_options(entry["entry_id"]),
        {"scan_interval": 10, "gentle": True, "minutes_between_starts": 3},
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
    await home.change(energy, new_entity_id=TOTAL, name="Total")
    await home.change(await home.entity_id("button", "reboot"), disabled_by="user")
    await home.energy_above(0.01)
    switch = {"entity_id": await home.entity_id("switch", "mining")}
    for action in ("turn_off", "turn_on"):
        await home.post(f"/api/services/switch/{action}", switch)
    return {each["entity_id"] for each in await home.entities()}


async def main(commit: str) -> None:
    """Run that version, and copy of its stores what is ours."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, commit)
        async with at_home(mac=MAC) as miner:
            async with running(Environment(FLOOR), folder) as home:
                ours = await use(home, miner.host)
            host = miner.host
        shutil.rmtree(STORED, ignore_errors=True)
        STORED.mkdir()
        for path in sorted((folder / STORAGE).iterdir()):
            store = json.loads(path.read_text())
            data = store["data"]
            if path.name in _OURS:
                key, is_ours = _OURS[path.name]
                data[key] = list(filter(is_ours, data[key]))
            elif path.name == _STATES:
                # All that anything is restored from.
                data[:] = [
                    each
                    for each in data
                    if each["extra_data"] and each["state"]["entity_id"] in ours
                ]
            elif not path.name.startswith("whatsminer"):
                continue
            text = json.dumps(store, separators=(",", ":"))
            (STORED / path.name).write_text(text.replace(host, HOST) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
