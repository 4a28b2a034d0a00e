"""One pretend device: a machine, its password, its permissions, its faults."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .clock import Clock
from .faults import Faults
from .machine import Machine
from .tokens import TokenTable


@dataclass(slots=True, kw_only=True)
class Device:
    """Hold what the commands of every generation work on."""

    machine: Machine
    tokens: TokenTable
    clock: Clock
    mac: str
    api_switch: bool = True
    default_password: bool = False
    """The admin password was never changed, so writing is not allowed."""
    faults: Faults = field(default_factory=Faults)

    @property
    def reachable(self) -> bool:
        """Tell whether the device takes connections."""
        self.machine.advance()
        return (
            self.machine.api_up and self.clock.wall() >= self.faults.unreachable_until
        )

    @property
    def may_write(self) -> bool:
        """Tell whether writing is allowed."""
        return self.api_switch and not self.default_password

    def epoch(self, moment: float) -> int:
        """Return the epoch to show for a machine time; 0 stays 0 (never)."""
        return int(self.clock.wall_at(moment)) if moment else 0

    def local_text(self, moment: float) -> str:
        """Return a machine time as the device's local time."""
        shown = self.epoch(moment) + self.machine.settings.utc_offset
        return datetime.fromtimestamp(shown, UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Hold what goes back over the connection."""

    answer: dict[str, Any] | None = None
    """None: nothing is answered."""
    text: str | None = None
    """Given instead of an answer that is no JSON."""
    encrypt: bool = False
    hang: bool = False
    """Leave the connection open instead of closing it."""
    delay: float = 0.0
    tail: bytes = b""
    """Raw bytes after the answer."""
