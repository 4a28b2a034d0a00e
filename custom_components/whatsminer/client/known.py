"""What earlier readings showed of a miner, and a single one need not show again."""

from dataclasses import dataclass
import logging
from typing import Self

from .models import MinerData

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Facts about one machine; another machine at the address begins anew."""

    liquid_cooled: bool | None = None
    fans_turned: bool = False
    """Whether a fan ever turned, so that fans at rest are not missing ones."""
    doubted: frozenset[str] = frozenset()
    """What was logged because it cannot be true; once is enough."""

    def after(self, data: MinerData) -> Self:
        """Return what is known after one more reading."""
        doubted = {each.partition(":")[0]: each for each in data.unbelievable}
        for name in doubted.keys() - self.doubted:
            _LOGGER.debug("A miner reports what cannot be true: %s", doubted[name])
        fans = (data.fan_speed_in, data.fan_speed_out)
        # Fans at rest are shown while it hashes only where they have turned before.
        turned = (
            data.fans_turned
            or any(fans)
            or (fans != (None, None) and bool(data.hashrate))
        )
        liquid = data.liquid_cooled
        return type(self)(
            liquid_cooled=self.liquid_cooled if liquid is None else liquid,
            fans_turned=self.fans_turned or bool(turned),
            doubted=self.doubted | doubted.keys()
            if len(self.doubted) < 500
            else self.doubted,
        )
