"""The configuration folder of the demo's Home Assistant."""

import json
from pathlib import Path
import shutil
import socket
from typing import Any

from homeassistant.util.yaml import dump

from .say import DemoError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".demo"
DAY = FOLDER / "day"
"""The folder of the day: what it plays is no past of the other one."""
LOGS = "logs"
DASHBOARD = "dashboard.yaml"
HOUSE = "house.yaml"
FAULTS = "faults"
"""The folder inside with the errors of each miner; configuration.yaml writes them."""
MINERS_KEPT = "miners"
"""The folder inside with what each miner was when the demo ended."""

SAVED = {"automations.yaml": "[]\n", "scripts.yaml": "{}\n", "scenes.yaml": "[]\n"}
"""What the user makes in the browser, as it begins."""

BLUEPRINTS = ROOT / "blueprints" / "automation" / "whatsminer"
FARM = "dashboards/farm.yaml"
"""The dashboard for many miners, in the project and in the folder."""

HOST = "127.0.0.1"


def free_port(wanted: int | None) -> int:
    """Return the wanted port, else 8123 or, if that is taken, any free one."""
    for port in (wanted,) if wanted else (8123, 0):
        with socket.socket() as probe:
            # As Home Assistant does: a port in TIME_WAIT after the last demo is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoError(f"port {wanted} is in use, or only for root: use another one")


def prepare(port: int, folder: Path) -> None:
    """Make a folder ready for a start on a port, keeping what is there."""
    shutil.rmtree(folder / LOGS, ignore_errors=True)
    for name in (".storage", "home", LOGS, FAULTS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    link = folder / "custom_components"
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT / "custom_components", target_is_directory=True)
    shutil.copy(Path(__file__).with_name("configuration.yaml"), folder)

    for name, empty in SAVED.items():
        if not (folder / name).exists():
            (folder / name).write_text(empty)

    # In configuration.yaml, http: is deprecated and asks for a confirmation in the browser.
    # Home Assistant completes its oldest format with its own defaults.
    store(folder, "http", {"server_host": [HOST], "server_port": port})
    panel = {"core": {"default_panel": "bitcoin-miners"}}
    store(folder, "frontend.system_data", panel)
    # All but the account: the step "core_config" would add integrations that call out.
    if not (folder / ".storage" / "onboarding").exists():
        done = ["core_config", "analytics", "integration"]
        store(folder, "onboarding", {"done": done}, version=4)


def add_blueprints(folder: Path) -> None:
    """Put the blueprints of the project where Home Assistant looks for them."""
    # Not linked: it does not look behind links.
    target = folder / "blueprints" / "automation" / BLUEPRINTS.name
    shutil.copytree(BLUEPRINTS, target, dirs_exist_ok=True)


def add_house(folder: Path) -> None:
    """Put a meter, a price and a room there, for a power manager."""
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name(HOUSE), packages)


def add_farm(folder: Path) -> None:
    """Put the dashboard for many miners there, as docs/farm.md says."""
    (folder / FARM).parent.mkdir(exist_ok=True)
    shutil.copy(ROOT / FARM, folder / FARM)
    shown = {"mode": "yaml", "title": "Farm", "icon": "mdi:server-network"}
    dashboards = {"miner-farm": {**shown, "filename": FARM}}
    package = {"lovelace": {"dashboards": dashboards}}
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    (packages / "farm.yaml").write_text(dump(package))


def store(folder: Path, key: str, data: dict[str, Any], version: int = 1) -> None:
    """Write one of Home Assistant's stores before it starts."""
    path = folder / ".storage" / key
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    path.write_text(json.dumps(content, indent=2))
    path.chmod(0o600)
