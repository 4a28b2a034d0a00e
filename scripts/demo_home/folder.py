"""The configuration folder of the demo's Home Assistant."""

import json
from pathlib import Path
import shutil
import socket
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".demo"
LOGS = FOLDER / "logs"
DASHBOARD = FOLDER / "dashboard.yaml"
FAULTS = "faults"
"""The folder inside with the errors of each miner; configuration.yaml writes them."""

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
    raise OSError(f"port {wanted} is taken")


def prepare(port: int) -> None:
    """Make the folder ready for a start on a port, keeping what is there."""
    shutil.rmtree(LOGS, ignore_errors=True)
    shutil.rmtree(FOLDER / FAULTS, ignore_errors=True)
    for name in (".storage", "home", LOGS.name, FAULTS):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
    link = FOLDER / "custom_components"
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT / "custom_components", target_is_directory=True)
    shutil.copy(Path(__file__).with_name("configuration.yaml"), FOLDER)

    # In configuration.yaml, http: is deprecated and asks for a confirmation in the browser.
    # Home Assistant completes its oldest format with its own defaults.
    _store("http", {"server_host": [HOST], "server_port": port})
    _store("frontend.system_data", {"core": {"default_panel": "bitcoin-miners"}})
    # All but the account: the step "core_config" would add integrations that call out.
    if not (FOLDER / ".storage" / "onboarding").exists():
        done = ["core_config", "analytics", "integration"]
        _store("onboarding", {"done": done}, version=4)


def _store(key: str, data: dict[str, Any], version: int = 1) -> None:
    """Write one of Home Assistant's stores before it starts."""
    path = FOLDER / ".storage" / key
    store = {"version": version, "minor_version": 1, "key": key, "data": data}
    path.write_text(json.dumps(store, indent=2))
    path.chmod(0o600)
