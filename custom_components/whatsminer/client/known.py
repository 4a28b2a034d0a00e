"""What earlier readings showed of a miner, and a single one need not show again."""

from dataclasses import dataclass
import logging
from typing import Self

from .models import MinerData

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Facts about one machine; another machine at the address starts with none."""

    liquid_cooled: bool | None = None
    fans_turned: bool = False
    """Whether a fan ever turned, so that fans at rest are not missing ones."""
    fans_turn: bool = False
    """Whether the last reading had a fan turning."""
    doubted: frozenset[str] = frozenset()
    """What was logged because it cannot be true; once is enough."""

    def after(self, data: MinerData) -> Self:
        """Return what is known after one more reading."""
        doubted = {each.partition(":")[0]: each for each in data.unbelievable}
        for name in doubted.keys() - self.doubted:
            _LOGGER.debug("A miner reports what cannot be true: %s", doubted[name])
        fans = (data.fan_speed_in, data.fan_speed_out)
        # Fans at rest are shown while it hashes only where they have turned before.
        turned = any(fans) or (fans != (None, None) and bool(data.hashrate))
        liquid = (
            self.liquid_cooled if data.liquid_cooled is None else data.liquid_cooled
        )
        if self.liquid_cooled and any(fans) and not self.fans_turn:
            # A single speed may be a slip: a machine in water would be one with fans,
            # and with a fault, for good.
            turned, liquid = False, True
        return type(self)(
            liquid_cooled=liquid,
            fans_turned=self.fans_turned or data.fans_turned is True or turned,
            fans_turn=any(fans),
            doubted=self.doubted | doubted.keys()
            if len(self.doubted) < 500
            else self.doubted,
        )
