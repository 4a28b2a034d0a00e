"""Home Assistant with many simulated miners: what it costs, and how late its loop is."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
import json
from pathlib import Path
import shutil
import sqlite3
import sys
import time
from typing import Any

from scripts.demo_home import children, folder as demo_folder
from tests.simulator.__main__ import build_miners, build_parser

ROOT = Path(__file__).parents[2]
INTERVAL = 15
_PASSWORD = "Secret_7"
# In the order of the miners, over and over.
_GENERATIONS = ("2.0.5", "dual")
# Seconds for the sockets of the simulator, for a start, for a stop ...
_LONGEST = 240
# ... and for the recorder to catch up with a start.
_SETTLING = 90
_CONFIGURATION = """\
homeassistant:
  name: Bench
  country: IS
  time_zone: UTC
recorder:
  auto_purge: false
logger:
  default: warning
bench_meter:
  settle: {settle}
  seconds: {seconds}
  longest: {longest}
  profile: {profile}
"""


class Farm:
    """A number of simulated miners in a process of their own."""

    def __init__(self, count: int, log: Path) -> None:
        """Choose their addresses."""
        apis = [_GENERATIONS[each % len(_GENERATIONS)] for each in range(count)]
        self._arguments = [
            *("--host", "127.77.0.1", "--count", str(count), "--api", ",".join(apis)),
            *("--password", _PASSWORD, "--v3-password", _PASSWORD),
        ]
        self.miners = build_miners(build_parser().parse_args(self._arguments))
        command = [sys.executable, "-m", "tests.simulator", *self._arguments]
        self._log = log
        self._child = children.Child("the simulator", command, log, ROOT)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let them answer for the time of the block."""
        self._log.unlink(missing_ok=True)
        async with children.running(self._child):
            last = self.miners[-1].host
            await until(lambda: f" {last}:" in self._log.read_text())
            yield

    def entries(self) -> list[dict[str, Any]]:
        """Return the config entries of all of them, as Home Assistant stores them."""
        when = "2026-01-01T00:00:00+00:00"
        return [
            {
                "created_at": when,
                "modified_at": when,
                "data": {"host": miner.host, "password": _PASSWORD},
                "options": {"scan_interval": INTERVAL},
                "discovery_keys": {},
                "disabled_by": None,
                "domain": "whatsminer",
                "entry_id": f"{number:032x}",
                "minor_version": 1,
                "version": 1,
                "pref_disable_new_entities": False,
                "pref_disable_polling": False,
                "source": "user",
                "subentries": [],
                "title": f"Bench {number}",
                "unique_id": miner.mac.lower(),
            }
            for number, miner in enumerate(self.miners)
        ]


def prepare(home: Path, component: Path, farm: Farm) -> None:
    """Make the folder of a Home Assistant that has never seen these miners."""
    shutil.rmtree(home, ignore_errors=True)
    components = home / "custom_components"
    components.mkdir(parents=True)
    (home / ".storage").mkdir()
    shutil.copytree(component, components / "whatsminer")
    shutil.copytree(Path(__file__).with_name("meter"), components / "bench_meter")
    http = {
        "server_host": [demo_folder.HOST],
        "server_port": demo_folder.free_port(None),
    }
    demo_folder.store(home, "http", http)
    demo_folder.store(home, "core.config_entries", {"entries": farm.entries()})


async def run_home(home: Path, *, seconds: int, profile: bool) -> dict[str, Any]:
    """Start Home Assistant, let it poll for so many seconds or not, stop it; return the cost."""
    configuration = _CONFIGURATION.format(
        settle=INTERVAL + 5,
        seconds=seconds,
        longest=_SETTLING,
        profile=str(profile).lower(),
    )
    (home / "configuration.yaml").write_text(configuration)
    for name in ("started", "polled", "stopped"):
        (home / f"{name}.json").unlink(missing_ok=True)
    log = home / "output.log"
    command = [sys.executable, "-m", "homeassistant", "-c", str(home), "--skip-pip"]
    # Not from here: Python would find the integration of this folder first.
    child = children.Child("Home Assistant", command, log, home)
    began = time.monotonic()
    await child.start()
    try:
        await until((home / "started.json").exists)
        start = time.monotonic() - began
        await until((home / "polled.json").exists, _LONGEST + 4 * seconds)
        began = time.monotonic()
    finally:
        await child.stop(_LONGEST)
    stop = time.monotonic() - began
    measured = json.loads((home / "stopped.json").read_text())
    return {"seconds": {"start": start, "stop": stop}, **measured}


def count_rows(home: Path, begin: float, end: float) -> int:
    """Return how many states of the miners the recorder wrote in a time."""
    query = """
        SELECT count(*) FROM states JOIN states_meta USING (metadata_id)
        WHERE states_meta.entity_id LIKE '%.bench\\_%' ESCAPE '\\'
        AND last_updated_ts BETWEEN ? AND ?
    """
    with closing(sqlite3.connect(home / "home-assistant_v2.db")) as database:
        return int(database.execute(query, (begin, end)).fetchone()[0])


async def measure(
    home: Path, component: Path, farm: Farm, *, seconds: int, profile: bool
) -> dict[str, float]:
    """Return what a number of miners costs: at the first start, and at the second.

    The CPU of a poll is what Home Assistant needs more than with the same miners while
    nothing is polled (`idle`): its own clocks, and the meter. The statistics of the
    recorder, every five minutes, are in neither.

    At the first one Home Assistant adds all entities at once, as no user does. Its voice
    assistant then decides for each one that is enabled whether it may be used by voice, two
    events each in a single dispatch, and it complains of more than 10,000: that is of 180
    miners.
    """
    count = len(farm.miners)
    prepare(home, component, farm)
    async with farm.running():
        first = await run_home(home, seconds=0, profile=False)
        second = await run_home(home, seconds=seconds, profile=profile)
    polls, idle = second["polls"], second["idle"]
    cpu_idle = idle["cpu"] / idle["wall"]
    rows = count_rows(home, polls["at"], polls["at"] + polls["wall"])
    minutes = polls["wall"] / 60
    lags = {
        f"{kind}_{how}": polls[f"{kind}_{how}"]
        for kind in ("lag", "busy")
        for how in ("p50", "p99", "worst")
    }
    return {
        "first_start": first["seconds"]["start"],
        "start": second["seconds"]["start"],
        "start_cpu": second["start"]["cpu"],
        "start_busy_worst": second["start"]["busy_worst"],
        "settled": second["start"]["settled"],
        "stop": second["seconds"]["stop"],
        "stop_cpu": second["stop"]["cpu"] * 1000,
        "cpu_idle": cpu_idle * 1000,
        "cpu_per_poll": (polls["cpu"] / polls["wall"] - cpu_idle)
        * (INTERVAL / count)
        * 1000,
        **lags,
        "memory": polls["memory"],
        "changes": polls["changes"] / count / minutes,
        "rows": rows / count / minutes,
    }


async def warm_up(home: Path, component: Path, log: Path) -> None:
    """Start Home Assistant once: the first start ever compiles it."""
    farm = Farm(1, log)
    prepare(home, component, farm)
    async with farm.running():
        await run_home(home, seconds=0, profile=False)


async def until(is_so: Callable[[], bool], seconds: float = _LONGEST) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.05)
