"""What earlier readings showed of a miner, and a single one need not show again."""

from dataclasses import dataclass
from typing import Self

from .models import MinerData


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Facts about one machine; another machine at the address begins anew."""

    liquid_cooled: bool | None = None
    fans_turned: bool = False
    """Whether a fan ever turned, so that fans at rest are not missing ones."""

    def after(self, data: MinerData) -> Self:
        """Return what is known after one more reading."""
        fans = (data.fan_speed_in, data.fan_speed_out)
        # Fans at rest are shown while it hashes only where they have turned before.
        turned = any(fans) or (fans != (None, None) and bool(data.hashrate))
        liquid = data.liquid_cooled
        return type(self)(
            liquid_cooled=self.liquid_cooled if liquid is None else liquid,
            fans_turned=self.fans_turned or turned,
        )
