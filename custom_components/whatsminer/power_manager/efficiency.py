"""How much power the miners need for their hashrate, as far as that can be said.

A miner reports its power of this moment, and its hashrate as the mean of a minute or more.
Right after a change of the power the two do not belong together: one over the other was
never true. So what counts is what each miner showed when its power had been steady for
longer than that. While it changes, what it showed last stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from ..stored_numbers import stored_number

_STEADY: Final = 0.05
"""Part by which a power may waver and is still the same."""
_SETTLES: Final = 180.0
"""s for which it has to be the same until the hashrate belongs to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hashing:
    """What a miner that mines shows."""

    key: str
    """Id of its config entry."""
    power: float | None
    """W."""
    hashrate: float | None
    """TH/s."""
    read_at: float
    """When it was asked for its hashrate, in UTC seconds."""


@dataclass(slots=True)
class Efficiency:
    """Keeps what each miner has shown when it was steady."""

    steady: dict[str, tuple[float, float]] = field(default_factory=dict)
    """W and TH/s of the miners that mine."""
    _since: dict[str, tuple[float, float]] = field(default_factory=dict)
    """The power of each of them, and since when it is that."""

    def take(self, miners: Iterable[Hashing], now: float) -> None:
        """Take in what those miners show that mine now; the others are forgotten."""
        mining = {each.key: each for each in miners}
        for known in (self.steady, self._since):
            for key in known.keys() - mining.keys():
                del known[key]
        for key, each in mining.items():
            before, since = self._since.get(key, (0.0, now))
            power = each.power or 0.0
            # One from before the clock was set back begins anew.
            if abs(power - before) > _STEADY * before or since > now:
                self._since[key] = power, now
            elif power and each.hashrate and each.read_at - since >= _SETTLES:
                self.steady[key] = power, each.hashrate

    @property
    def value(self) -> float | None:
        """Return the J/TH of all of them; None while none has been steady."""
        if not self.steady:
            return None
        power, hashrate = map(sum, zip(*self.steady.values(), strict=True))
        return power / hashrate

    def as_json(self) -> dict[str, Any]:
        """Return what has to outlast a restart."""
        return {key: list(each) for key, each in self.steady.items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Go on from what was stored; raises ValueError when it makes no sense."""
        found = {
            key: (stored_number(power), stored_number(hashrate))
            for key, (power, hashrate) in stored.items()
        }
        if not all(hashrate > 0 for _, hashrate in found.values()):
            raise ValueError(f"{stored!r}")
        return cls(found)
