"""What a manager was asked for, and what it found out: all that outlasts a restart."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Final, Self, get_type_hints

from ..stored_json import UNREADABLE, from_json, to_json
from .charger import Charger
from .efficiency import Efficiency
from .law.holds import Hold
from .law.models import Mode
from .law.wants import Request
from .members import Member
from .prices.costs import Costs
from .totals import Totals

_OWN_FORM: Final = (Costs, Efficiency, Totals)
"""What has a form of its own in JSON."""


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
    hot_sensors: list[str] = field(default_factory=list)
    """Which temperatures were too hot last, by their options."""
    hot_miners: list[str] = field(default_factory=list)
    """Which miners were too hot last, by the ids of their entries."""
    totals: Totals = field(default_factory=Totals)
    costs: Costs = field(default_factory=Costs)
    efficiency: Efficiency = field(default_factory=Efficiency)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: value.as_json() if isinstance(value, _OWN_FORM) else to_json(value)
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what was stored; what cannot be read is as in a new manager."""
        values = {}
        for name, kind in get_type_hints(cls).items():
            own_form = kind in _OWN_FORM
            read = kind.from_json if own_form else partial(from_json, kind)
            with suppress(*UNREADABLE):
                values[name] = read(stored[name])
        return cls(**values)
