"""What a manager was asked for, and what it found out: all that outlasts a restart."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from ..storage import UNREADABLE
from .charger import Charger
from .efficiency import Efficiency
from .holds import Hold, HoldKind
from .law.models import Mode
from .law.stored import stored_if_any, stored_number
from .law.wants import Request
from .members import Member
from .prices.costs import Costs
from .totals import Totals


@dataclass(slots=True, kw_only=True)
class Memory:
    """The state of a manager, but for that of the law."""

    mode: Mode = Mode.PAUSED
    request: Request | None = None
    cap: float | None = None
    charger: Charger = field(default_factory=Charger)
    holds: dict[str, Hold] = field(default_factory=dict)
    """By the id of the miner's entry."""
    last_powers: dict[str, float] = field(default_factory=dict)
    """W that each miner drew when it answered last, by the same."""
    members: dict[str, Member] = field(default_factory=dict)
    """Who the miners on the list are, or were, by the same."""
    allowed: bool = True
    """What the entity *allowed* said last."""
    pump: bool = False
    """What the pump's entity said last."""
    totals: Totals = field(default_factory=Totals)
    costs: Costs = field(default_factory=Costs)
    efficiency: Efficiency = field(default_factory=Efficiency)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        request = self.request
        return {
            "mode": self.mode.value,
            "request": request and {"watts": request.watts, "expires": request.expires},
            "cap": self.cap,
            "charger": asdict(self.charger),
            "holds": {
                key: {"kind": hold.kind.value, "until": hold.until}
                for key, hold in self.holds.items()
            },
            "last_powers": self.last_powers,
            "members": {key: asdict(each) for key, each in self.members.items()},
            "allowed": self.allowed,
            "pump": self.pump,
            "totals": self.totals.as_json(),
            "costs": self.costs.as_json(),
            "efficiency": self.efficiency.as_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what was stored; what cannot be read is as in a new manager."""
        readers: dict[str, Callable[[Any], Any]] = {
            "mode": Mode,
            "request": lambda it: (
                None
                if it is None
                else Request(stored_number(it["watts"]), stored_if_any(it["expires"]))
            ),
            "cap": stored_if_any,
            "charger": lambda it: Charger(
                is_on=bool(it["is_on"]), current=int(stored_number(it["current"]))
            ),
            "holds": lambda it: {
                key: Hold(HoldKind(each["kind"]), stored_if_any(each["until"]))
                for key, each in it.items()
            },
            "last_powers": lambda it: {
                key: stored_number(watts) for key, watts in it.items()
            },
            "members": lambda it: {
                key: Member(str(each["title"]), each["unique_id"])
                for key, each in it.items()
            },
            "allowed": bool,
            "pump": bool,
            "totals": Totals.from_json,
            "costs": Costs.from_json,
            "efficiency": Efficiency.from_json,
        }
        values = {}
        for name, read in readers.items():
            with suppress(*UNREADABLE):
                values[name] = read(stored[name])
        return cls(**values)
