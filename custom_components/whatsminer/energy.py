"""Calculate energy from the power of each reading, and from the miner's counters."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any, Self

WATT_SECONDS = 3_600_000
"""W times s in a kWh."""

# W that no miner draws: the largest machines draw 12,000 or so.
CEILING = 20_000.0

# A counter that is believed stays below so many times the most power seen.
_MARGIN = 2.0
# Seconds for which a counter may have counted before its last change was seen.
_SLACK = 120.0

# A counter is believed once it agreed with the power, within a part of it, for so many
# seconds and kWh. Where the miner begins to count is not known, nor is its unit proven.
_AGREE_SECONDS = 1800.0
_AGREE_ENERGY = 0.1
_AGREE_WITHIN = 0.03


@dataclass(slots=True, frozen=True)
class _Mark:
    """A counter and the sum at one moment."""

    value: float
    """kWh by the counter."""
    moment: float
    """Unix time."""
    total: float
    """kWh by the sum."""


@dataclass(slots=True)
class _Counter:
    """A counter of the miner, and whether it is trusted."""

    last: _Mark
    """When it changed last."""
    since: _Mark
    """Since when it is compared with the power."""
    trusted: bool = False


@dataclass(slots=True, kw_only=True)
class EnergyMeter:
    """Adds up energy between readings; unknown energy is not counted.

    Gaps are filled by a counter of the miner that has proven to count the same.
    """

    total: float = 0.0
    """kWh."""
    highest: float = 0.0
    """W, the most that was ever read."""
    _counters: dict[str, _Counter] = field(default_factory=dict, init=False)
    _last: tuple[float, float] | None = field(default=None, init=False)
    _has_gap: bool = field(default=True, init=False)

    @property
    def known(self) -> float | None:
        """Return the sum in kWh; None until the first power reading."""
        was_read = self.total or self.highest or self._last is not None
        return self.total if was_read else None

    def take(
        self,
        power: float | None,
        *,
        moment: float,
        longest: float,
        most: float = CEILING,
    ) -> None:
        """Count from the last reading to this one, in W and s, by the trapezoid rule.

        Nothing is counted from or to an unknown power or one that cannot be, as it is
        more than `most` W, nor over more than `longest` s: that is a gap.
        """
        if power is None or not 0 <= power <= most:
            self.note_gap()
            return
        seconds = moment - self._last[0] if self._last else 0.0
        if self._last is None or seconds > longest:
            self._has_gap = True
        elif seconds > 0:
            self.total += (self._last[1] + power) / 2 * seconds / WATT_SECONDS
        self.highest = max(self.highest, power)
        self._last = moment, power

    def note_gap(self) -> None:
        """Count nothing from the last reading to the next one."""
        self._last = None
        self._has_gap = True

    def compare(self, values: Mapping[str, float | None], *, now: float) -> None:
        """Compare the miner's counters, in kWh, the best first; fill a gap by one.

        `now` is Unix time, because a gap may be longer than Home Assistant runs.
        """
        known = {
            name: value
            for name, value in values.items()
            if value is not None and isfinite(value) and value >= 0
        }
        odd = {name for name, value in known.items() if self._is_odd(name, value, now)}
        moved = {
            name
            for name in known.keys() & self._counters.keys() - odd
            if known[name] != self._counters[name].last.value
        }
        if self._has_gap:
            self._fill({name: known[name] for name in known if name in moved})
        for name, value in known.items():
            mark = _Mark(value, now, self.total)
            if name in odd or name not in self._counters:
                self._counters[name] = _Counter(mark, mark)
            elif name in moved:
                counter = self._counters[name]
                counter.last = mark
                if self._has_gap:
                    counter.since = mark
                else:
                    _judge(counter)
        # One that has not moved yet may still count what the gap held.
        self._has_gap = self._has_gap and not moved

    def _is_odd(self, name: str, value: float, now: float) -> bool:
        """Return whether a counter went back, or faster than the miner can draw."""
        if (counter := self._counters.get(name)) is None:
            return False
        watts = min(CEILING, _MARGIN * self.highest)
        most = watts * (now - counter.last.moment + _SLACK) / WATT_SECONDS
        return not 0 <= value - counter.last.value <= most or now < counter.last.moment

    def _fill(self, values: Mapping[str, float]) -> None:
        """Add the energy that the first trusted counter has and the sum lacks."""
        for name, value in values.items():
            counter = self._counters[name]
            if counter.trusted:
                counted = self.total - counter.last.total
                self.total += max(0.0, value - counter.last.value - counted)
                return

    def as_json(self) -> dict[str, Any]:
        """Return the data to store for the next start."""
        return {
            "total": self.total,
            "highest": self.highest,
            "counters": {
                name: {**asdict(counter.last), "trusted": counter.trusted}
                for name, counter in self._counters.items()
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Continue from stored data; raises ValueError if the data makes no sense."""
        try:
            meter = cls(
                total=_amount(stored["total"]), highest=_amount(stored["highest"])
            )
            for name, each in stored["counters"].items():
                mark = _Mark(*(_amount(each[key]) for key in _Mark.__slots__))
                meter._counters[name] = _Counter(mark, mark, each["trusted"] is True)
        except (AttributeError, KeyError, TypeError) as err:
            raise ValueError(f"no energy: {stored!r}") from err
        return meter


def _judge(counter: _Counter) -> None:
    """Trust a counter that agreed with the power for long enough."""
    last, since = counter.last, counter.since
    ours = last.total - since.total
    if last.moment - since.moment >= _AGREE_SECONDS and ours >= _AGREE_ENERGY:
        difference = abs(last.value - since.value - ours)
        counter.trusted = difference <= _AGREE_WITHIN * ours
        counter.since = last


def _amount(value: Any) -> float:
    """Return a stored number that is one and not negative."""
    if type(value) not in (int, float) or not isfinite(value) or value < 0:
        raise ValueError(f"no amount: {value!r}")
    return float(value)
