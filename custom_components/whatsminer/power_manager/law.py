"""What the miners are to do: pure, deterministic, with no clock of its own."""

from collections.abc import Mapping
from typing import Any

from .models import Order, Outcome, Plan, Readings
from .settings import Settings


class Law:
    """Decides, a step at a time, which miner runs at which percent."""

    def __init__(
        self, settings: Settings, stored: Mapping[str, Any] | None = None
    ) -> None:
        """Go on from what was stored."""
        self.settings = settings

    def step(self, readings: Readings) -> Plan:
        """Decide by the newest readings."""
        raise NotImplementedError

    def note(self, order: Order, outcome: Outcome, now: float) -> None:
        """Note what became of an order."""
        raise NotImplementedError

    def dump(self) -> dict[str, Any]:
        """Return what must outlast a restart, for JSON."""
        raise NotImplementedError
