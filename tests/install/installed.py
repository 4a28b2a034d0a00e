"""A real Home Assistant in an environment of its own, and what a test asks of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import re
import socket
from typing import Any

from scripts.demo_home import children, folder as demo_folder
from scripts.demo_home.home import CONFIG, Home

from .environment import Environment, copy_component

FLOW = f"{CONFIG}/flow"
LOG = Path("logs") / "home-assistant.log"
STORAGE = ".storage"
USUAL = "custom integration whatsminer which has not been tested by Home Assistant"

# It is about noon there: no test runs over a midnight.
_CONFIGURATION = """\
homeassistant:
  name: Clean
  country: IS
  time_zone: Etc/GMT{offset:+d}
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    homeassistant.util.package: info
"""
# The newer ones write the time zone, too.
_RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:.]+(?:[+-]\d\d:\d\d)? (\w+) \(", re.MULTILINE
)


class Installed(Home):
    """A client for a Home Assistant that runs from a folder."""

    def __init__(self, url: str, folder: Path) -> None:
        """Remember the folder as well."""
        super().__init__(url)
        self.folder = folder

    async def choose_address(self) -> str:
        """Open the flow for one miner by its address, and return where to answer."""
        flow = await self.post(FLOW, {"handler": "whatsminer"})
        flow = await self.post(f"{FLOW}/{flow['flow_id']}", {"next_step_id": "address"})
        assert flow["step_id"] == "address"
        return f"{FLOW}/{flow['flow_id']}"

    async def open_options(self, entry_id: str) -> str:
        """Open the dialog of an entry's options, and return where to answer."""
        flow = await self.post(f"{CONFIG}/options/flow", {"handler": entry_id})
        return f"{CONFIG}/options/flow/{flow['flow_id']}"

    async def entry(self) -> Any:
        """Return the only entry."""
        (entry,) = await self.get(f"{CONFIG}/entry?domain=whatsminer")
        return entry

    async def reload(self, entry_id: str | None = None) -> None:
        """Reload an entry, or the only one, and wait until it is set up."""
        data = {"entry_id": entry_id or (await self.entry())["entry_id"]}
        await self.post("/api/services/homeassistant/reload_config_entry", data)
        await self.wait_for_miners()

    async def disable(self, entry_id: str, by: str | None) -> None:
        """Disable an entry; None: enable it."""
        command = "config_entries/disable"
        await self.command(command, entry_id=entry_id, disabled_by=by)

    async def remove(self, entry_id: str | None = None) -> None:
        """Remove an entry, or the only one."""
        entry_id = entry_id or (await self.entry())["entry_id"]
        answer = await self._request("DELETE", f"{CONFIG}/entry/{entry_id}")
        assert answer == {"require_restart": False}

    async def entities(self) -> list[dict[str, Any]]:
        """Return what the registry of entities has of ours."""
        entities = await self.command("config/entity_registry/list")
        return [each for each in entities if each["platform"] == "whatsminer"]

    async def entity_id(self, domain: str, key: str) -> str:
        """Return the id of an entity, whatever it is called."""
        (entity,) = (
            each
            for each in await self.entities()
            if each["entity_id"].startswith(f"{domain}.")
            and each["unique_id"].partition("_")[2] == key
        )
        return str(entity["entity_id"])

    async def change(self, entity_id: str, **changes: Any) -> None:
        """Change an entity's place in the registry."""
        await self.command(
            "config/entity_registry/update", entity_id=entity_id, **changes
        )

    async def state(self, entity_id: str) -> str:
        """Return the state of an entity, once it has one that says something."""
        async with asyncio.timeout(120):
            while True:
                states = {
                    each["entity_id"]: each for each in await self.get("/api/states")
                }
                state = states.get(entity_id, {"state": "unavailable"})["state"]
                if state not in ("unavailable", "unknown"):
                    return str(state)
                await asyncio.sleep(0.2)

    async def energy(self) -> float:
        """Return the energy that was counted, in kWh."""
        return float(await self.state(await self.entity_id("sensor", "energy")))

    async def energy_above(self, least: float) -> float:
        """Wait until more energy is counted, and return how much."""
        async with asyncio.timeout(120):
            while (energy := await self.energy()) <= least:
                await asyncio.sleep(0.5)
        return energy


def prepare(folder: Path, commit: str | None = None) -> None:
    """Make a folder with the integration at a commit, and nothing of it configured."""
    for name in (STORAGE, "home", "logs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    copy_component(folder, commit or os.environ["INSTALL_COMMIT"])
    # The signs of these zones are those of POSIX.
    offset = datetime.now(UTC).hour - 12
    configuration = _CONFIGURATION.format(offset=offset)
    (folder / "configuration.yaml").write_text(configuration)
    done = ["core_config", "analytics", "integration"]
    demo_folder.store(folder, "onboarding", {"done": done}, version=4)


@asynccontextmanager
async def running(environment: Environment, folder: Path) -> AsyncIterator[Installed]:
    """Run Home Assistant from a folder until the end of the block, then stop it."""
    with socket.create_server((demo_folder.HOST, 0)) as probe:
        port = probe.getsockname()[1]
    settings = {"server_host": [demo_folder.HOST], "server_port": port}
    demo_folder.store(folder, "http", settings)
    program = children.Child(
        name=f"Home Assistant {environment.version}",
        command=[
            *(str(environment.python), "-m", "homeassistant"),
            *("--config", str(folder), "--log-no-color"),
        ],
        log=folder / LOG,
        cwd=folder,
        env={
            **environment.offline,
            "HA_DISABLE_LOG_FILE": "1",
            "HOME": str(folder / "home"),
        },
    )
    async with (
        Installed(f"http://{demo_folder.HOST}:{port}", folder) as home,
        children.running(program),
    ):
        await home.wait_for_answer(180)
        await home.log_in()
        await home.wait_for_start(180)
        assert (await home.get("/api/config"))["version"] == environment.version
        yield home


def complaints(folder: Path, starts: int) -> list[str]:
    """Return what the log says of us at WARNING or above.

    But for what Home Assistant says of each custom integration at each start.
    """
    ours = [
        text
        for level, text in _records((folder / LOG).read_text())
        if level in ("WARNING", "ERROR", "CRITICAL") and "whatsminer" in text.lower()
    ]
    usual = [text for text in ours if USUAL in text]
    assert len(usual) == starts
    return [text for text in ours if text not in usual]


def _records(log: str) -> Iterator[tuple[str, str]]:
    """Yield level and text of each record, a traceback being part of it."""
    found = list(_RECORD.finditer(log))
    ends = [*(each.start() for each in found[1:]), len(log)]
    for record, end in zip(found, ends, strict=True):
        yield record[1], log[record.start() : end]


def stored(folder: Path, name: str) -> Any:
    """Return what Home Assistant has stored under a name."""
    return json.loads((folder / STORAGE / name).read_text())["data"]
