"""Whether it is cheap now.

Home Assistant's part passes prices, time and what the miners do; nothing here has a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import ceil
from typing import Any

from .blocks import SLOT, Block, CheapRule, Prices, Spent, plan


@dataclass(frozen=True, slots=True)
class Cheap:
    """What the prices say now."""

    is_cheap: bool
    until: float | None
    """When the cheap time ends, if it is cheap."""
    next_start: float | None
    """When the next cheap time begins that is known."""


class CheapTimes:
    """Follow the cheap times from step to step.

    A plan stands until something is new: prices, the rule, a start, a slot in which no one
    mined although it was cheap. So it does not change its mind without a reason, and what
    was not had is had later in the day if it still can be.
    """

    def __init__(self, zone: tzinfo, stored: Mapping[str, Any] | None = None) -> None:
        """Go on from what was stored, if it is of this day."""
        stored = stored or {}
        self.zone = zone
        self.blocks: list[Block] = []
        self._day: int | None = stored.get("day")
        self._had: int = max(0, stored.get("slots") or 0)
        self._slot: int | None = stored.get("slot")
        self._is_had: bool = stored.get("is_had", False)
        self._since: int | None = stored.get("since")
        self._known: object = None

    def dump(self) -> dict[str, Any]:
        """Return what has to be stored."""
        return {
            "day": self._day,
            "slots": self._had,
            "slot": self._slot,
            "is_had": self._is_had,
            "since": self._since,
        }

    def step(
        self,
        now: float,
        prices: Prices,
        rule: CheapRule,
        *,
        is_mining: bool,
        starts_today: int,
    ) -> Cheap:
        """Return whether it is cheap."""
        slot = int(now // SLOT)
        if slot != self._slot:
            self._enter(slot)
        # What has begun counts before a new plan: it goes on until it is long enough.
        self._count(slot, is_mining=is_mining)
        known = (dict(prices), rule, starts_today)
        if known != self._known:
            self._plan(slot, prices, rule, is_mining, starts_today)
            self._known = known
            self._count(slot, is_mining=is_mining)
        block = self._block(slot)
        is_cheap = block is not None
        later = [each.first for each in self.blocks if each.first > slot]
        return Cheap(
            is_cheap,
            block.after * SLOT if block else None,
            later[0] * SLOT if later else None,
        )

    def _block(self, slot: int) -> Block | None:
        """Return the block that a slot is in."""
        return next((b for b in self.blocks if b.first <= slot < b.after), None)

    def _count(self, slot: int, *, is_mining: bool) -> None:
        """Count a slot that is cheap and in which the miners mine."""
        if is_mining and self._block(slot):
            self._is_had = True
            self._since = slot if self._since is None else self._since

    def _enter(self, slot: int) -> None:
        """Count the slot before, and begin a new one."""
        before = self._slot
        if self._since is not None and self._since > slot:
            # The clock was set back.
            self._since = None
        if before is not None and not self._is_had:
            self._since = None
            if self._block(before):
                self._known = None
        if self._is_had:
            self._had += 1
        day = datetime.fromtimestamp(slot * SLOT, self.zone).toordinal()
        if day != self._day:
            self._day, self._had = day, 0
        self._slot, self._is_had = slot, False

    def _plan(
        self, slot: int, prices: Prices, rule: CheapRule, is_mining: bool, starts: int
    ) -> None:
        """Plan anew from this slot on."""
        lacks = 0
        if is_mining and self._since is not None:
            lacks = max(0, ceil(rule.shortest / SLOT) - (slot - self._since))
        spent = Spent(self._had, starts, is_mining, lacks)
        self.blocks = plan(prices, slot, self.zone, rule, spent)


def is_below(price: float, limit: float, margin: float, *, was: bool) -> bool:
    """Return whether a price that comes without a forecast is cheap.

    Once it is, it stays so until the price is above the limit by the margin.
    """
    return price <= limit + (margin if was else 0)
