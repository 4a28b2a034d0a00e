"""Parts of a machine: running averages, hash boards, pools."""

from dataclasses import dataclass, field
from functools import lru_cache
from math import exp

WINDOWS: dict[str, float] = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0}


@lru_cache(maxsize=16)
def _parts(dt: float) -> list[tuple[str, float]]:
    """Return how much of a new value goes into each average."""
    return [(window, 1 - exp(-dt / tau)) for window, tau in WINDOWS.items()]


class Averages:
    """Decaying averages as cgminer keeps them, in MH/s."""

    def __init__(self) -> None:
        """Start at zero."""
        self.clear()

    def clear(self) -> None:
        """Forget everything, as a new mining process does."""
        self.rate = dict.fromkeys(WINDOWS, 0.0)
        self.total = 0.0
        self.seconds = 0.0

    def add(self, mhs: float, dt: float) -> None:
        """Take the rate of the last `dt` seconds."""
        rate = self.rate
        for window, part in _parts(dt):
            rate[window] += (mhs - rate[window]) * part
        self.total += mhs * dt
        self.seconds += dt

    @property
    def average(self) -> float:
        """Return the average since the mining process started."""
        return self.total / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Counter:
    """What a miner counts of itself."""

    energy: float = 0.0
    """W s."""
    work: float = 0.0
    """TH."""
    seconds: float = 0.0

    def add(self, power: float, mhs: float, dt: float) -> None:
        """Count the last `dt` seconds."""
        self.energy += power * dt
        self.work += mhs * dt / 1e6
        self.seconds += dt


@dataclass(slots=True, kw_only=True)
class Board:
    """One hash board."""

    slot: int
    chips: int
    factory_ghs: int
    serial: str
    chip_data: str
    quality: float
    """How this board compares with its rating."""
    finish: float
    """The part of the ramp after which this board is done."""
    temperature: float = 25.0
    frequency: float = 0.0
    upfreq_complete: bool = False
    accepted: int = 0
    rejected: int = 0
    last_work: float = 0.0
    """Machine time of the last valid work."""
    averages: Averages = field(default_factory=Averages)
    dead_chips: int = 0

    @property
    def working(self) -> int:
        """Return the number of chips found."""
        return max(0, self.chips - self.dead_chips)

    def clear(self) -> None:
        """Start the counters anew, as a new mining process does."""
        self.averages.clear()
        self.frequency = 0.0
        self.upfreq_complete = False
        self.accepted = self.rejected = 0
        self.last_work = 0.0


@dataclass(slots=True)
class PoolState:
    """Counters of one pool since the mining process started."""

    accepted: int = 0
    rejected: int = 0
    stale: int = 0
    getworks: int = 0
    last_share: float = 0.0
    """Machine time of the last share, 0 for none."""
    best_share: int = 0
