"""What earlier readings showed of a miner, and a single one need not show again."""

from dataclasses import dataclass
import logging
from typing import Self

from .models import MinerData

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
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
        known = (
            liquid,
            self.fans_turned or data.fans_turned is True or turned,
            any(fans),
            self._doubted_after(data) if data.unbelievable else self.doubted,
        )
        # Most readings show nothing new.
        if known == (
            self.liquid_cooled,
            self.fans_turned,
            self.fans_turn,
            self.doubted,
        ):
            return self
        return type(self)(*known)

    def _doubted_after(self, data: MinerData) -> frozenset[str]:
        """Log what cannot be true for the first time, and return all of it."""
        doubted = {each.partition(":")[0]: each for each in data.unbelievable}
        for name in doubted.keys() - self.doubted:
            _LOGGER.debug("A miner reports what cannot be true: %s", doubted[name])
        return (
            self.doubted if len(self.doubted) >= 500 else self.doubted | doubted.keys()
        )
