"""What a user can attach to an issue to show why a power manager did something."""

from dataclasses import asdict
from typing import Any

from .manager import PowerManager


def describe_manager(manager: PowerManager) -> dict[str, Any]:
    """Return what a manager is set to, what it does, and what it has decided."""
    expires = manager.request_expires
    return {
        "settings": asdict(manager.settings),
        "mode": manager.mode,
        "status": asdict(manager.status),
        "requested_power": manager.requested_power,
        "request_expires": expires and expires.isoformat(),
        "power_cap": manager.power_cap,
        "heating": {"does": manager.heating.status, **manager.heating.dump()},
        "decisions": [asdict(each) for each in manager.decisions],
        "steps": [asdict(each) for each in manager.steps],
    }
