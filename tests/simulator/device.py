"""One pretend device: a machine, its password, its permissions, its faults."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .clock import Clock
from .faults import Faults
from .generation import Dialect, Generation
from .machine import Machine
from .settings import PoolSetting
from .tokens import FACTORY_PASSWORD, FACTORY_SALT, TokenTable
from .v3_users import Users


@dataclass(slots=True, kw_only=True)
class Device:
    """Hold what the commands of every generation work on."""

    machine: Machine
    generation: Generation
    tokens: TokenTable
    """Password and tokens of API v2."""
    users: Users
    """Accounts of API v3."""
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

    @property
    def dialect(self) -> Dialect:
        """Return how port 4028 speaks; there must be one."""
        dialect = self.generation.dialect
        if dialect is None:
            raise RuntimeError("this generation has no port 4028")
        return dialect

    @property
    def description(self) -> str:
        """Return the `Description` of the daemon's answers."""
        dialect = self.generation.dialect
        return "" if dialect is None else dialect.description

    @property
    def success(self) -> str:
        """Return the text of a write that went well."""
        dialect = self.generation.dialect
        return "API command OK" if dialect is None else dialect.success

    def reboot(self) -> None:
        """Restart the control board; tokens do not outlive that."""
        self.tokens.clear()
        self.machine.reboot()

    def set_pools(self, pools: list[PoolSetting]) -> None:
        """Mine for other pools at once."""
        self.machine.settings.pools = pools
        self.machine.physics.pools.clear()

    def factory_reset(self) -> None:
        """Put everything back, passwords and permissions included."""
        self.machine.factory_reset()
        self.tokens.set_password(FACTORY_PASSWORD, FACTORY_SALT)
        self.users.reset()
        self.api_switch = False
        self.default_password = True

    @property
    def errors(self) -> dict[int, float]:
        """Return the errors to list, and their machine times."""
        active = self.machine.active_errors()
        return self.faults.odd.errors(active, self.machine.clock.now())

    @property
    def fan_speeds(self) -> tuple[int, int]:
        """Return the speeds of intake and exhaust fan in RPM, in steps of 10.

        A fan that coasts reads 0.
        """
        physics = self.machine.physics
        speeds = (physics.fan_in, physics.fan_out)
        if self.faults.odd.fans_stopped:
            speeds = (0.0, 0.0)
        fan_in, fan_out = (round(s / 10) * 10 if s > 100 else 0 for s in speeds)
        return fan_in, fan_out

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
    close: bool = False
    """Close the connection after the answer even if it could go on."""
    upload: bool = False
    """Take a file on the connection, then answer again and restart."""
    gap: int | None = None
    """From now on report every so many seconds; 0: no more."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Hold the bytes that go back, and what went into them."""

    command: str | None
    reply: Reply
    data: bytes | None


def without_numbers(value: Any) -> Any:
    """Return a value with all its numbers as text."""
    if isinstance(value, dict):
        return {name: without_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_numbers(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value
