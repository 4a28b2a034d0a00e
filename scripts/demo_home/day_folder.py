"""The configuration folder of the day."""

from typing import Any

from homeassistant.util.yaml import dump

from custom_components.whatsminer.power_manager.settings import Settings
from tests.simulator import SimulatedMiner

from . import meters, miners
from .folder import DAY, prepare, store
from .home import DOMAIN

MACHINE = miners.Miner("127.0.21.4", "2.0.5", "M50S_VH50", "stopped")

MINER = "0" * 26
MANAGER = "1" * 26
"""The ids of the two entries."""


def prepare_day(port: int, speed: float) -> None:
    """Write what a user has made: the meters, the miner, its power manager."""
    prepare(port, DAY)
    packages = DAY / "packages"
    packages.mkdir()
    package = {"template": [meters.configuration()]}
    (packages / "day.yaml").write_text(dump(package))
    store(
        DAY,
        "core.config_entries",
        {"entries": [_miner(), _manager(speed)]},
    )


def _miner() -> dict[str, Any]:
    """Return the entry of the miner.

    Entered by hand, a miner is not polled every second: that is often enough only for one
    that lives at its usual pace.
    """
    machine = SimulatedMiner(host=MACHINE.host, api=MACHINE.api, model=MACHINE.model)
    return {
        "entry_id": MINER,
        "version": 1,
        "domain": DOMAIN,
        "title": "Miner",
        "data": {"host": MACHINE.host, "password": miners.PASSWORD},
        "options": {"scan_interval": 1},
        "source": "user",
        "unique_id": machine.mac.lower(),
    }


def _manager(speed: float) -> dict[str, Any]:
    """Return the entry of the power manager."""
    grid = meters.entity("grid")
    return {
        "entry_id": MANAGER,
        "version": 1,
        "domain": DOMAIN,
        "title": "Power manager",
        "data": {
            "kind": "power_manager",
            "grid": grid,
            "grid_positive": "taken",
            "battery": meters.entity("battery"),
            "battery_positive": "gives",
            "charge": meters.entity("charge"),
        },
        "options": options(speed),
        "source": "user",
        "unique_id": grid,
    }


def options(speed: float) -> dict[str, Any]:
    """Return the options: prices, heat, and what is about time, smaller by the factor.

    Energy is about time, too. Not so the time after which a meter counts as lost: it is
    about Home Assistant.
    """
    hurried = (
        "start_mean",
        "least_run",
        "least_rest",
        "between_starts",
        "grid_budget",
        "heat_pace",
        "heat_settle",
    )
    return {
        "miners": [MINER],
        "price": meters.entity("price"),
        "cheap_limit": 0.18,
        "grid_cap": 5000,
        "room": meters.entity("room"),
        "room_upper": 25,
        "target_comfort": 20.5,
        "target_eco": 16,
        **{name: getattr(Settings(), name) / speed for name in hurried},
    }
