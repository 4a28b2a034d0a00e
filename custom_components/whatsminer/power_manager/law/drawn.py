"""What the miners drew, and how much of it a report of the meter has in it.

No meter says whether it reports the moment or a mean, nor how late it is: many pass on
what an inverter has measured some seconds before. But the house does not know when the
miners change their power. What is available goes on as it was where their part was taken
away rightly, and jumps with each of their changes where it was not. While they change
little, all guesses are the same and say nothing.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MINUTE: Final = 60.0
SLOW: Final = 30.0
"""s between two reports from which on they may be means."""
KEPT: Final = 30 * _MINUTE
"""s for which what they drew is known; so far apart, two reports say nothing of it."""
_LATE: Final = tuple(5.0 * each for each in range(1, 13))
"""s by which a report may be late, each a guess."""
_NEAR: Final = 3.0
"""s by which the best of these guesses may be wrong."""
_CLEARLY: Final = 0.4
"""Part of the jumps of a meter that is not late below which it is taken to be late."""
_FADES: Final = 0.8
"""Of the jumps that were seen, so much still counts 30 s later, or at the next report."""
_DIFFERS: Final = 100.0
"""W that are a change of what they draw, at least, and not only a wobble."""
_WOBBLES: Final = 0.03
"""The same as a part of what they draw."""
LAG: Final = 2.0
"""s from the end of a command until a meter shows what it has done."""


@dataclass(slots=True)
class _Guess:
    """What a report may be."""

    last: float | None = None
    """W that were available by this guess."""
    jumps: float = 0.0
    """W by which that has jumped lately."""

    def judge(self, available: Sequence[float], fades: float, *, is_told: bool) -> None:
        """Take in what is available by it; of several it may be the best counts."""
        last = available[1] if self.last is None else self.last
        self.last = min(available, key=lambda each: abs(each - last))
        if is_told:
            self.jumps = fades * self.jumps + abs(self.last - last)


class Drawn:
    """Knows what they drew, and learns what the meter reports."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._own = deque[tuple[float, float]]()
        self._guesses = [_Guess() for _ in range(2 + len(_LATE))]
        """It reports the mean, the moment, or one of the moments before."""
        self._differed = False
        """The last of them were not the same."""

    def clear(self) -> None:
        """Forget what they drew."""
        self._own.clear()

    def add(self, own: float, changed_at: float, now: float) -> None:
        """Take in what they draw: they have since the last command took effect."""
        last = self._own[-1][0] if self._own else now
        self._own.append((changed_at if last < changed_at < now else now, own))
        while len(self._own) > 1 and self._own[0][0] < now - KEPT:
            self._own.popleft()

    def within(
        self, others: float, before: float, at: float, changed_at: float
    ) -> tuple[float, bool] | None:
        """Return the W that a report has in it, and whether it is a mean.

        None: it is of a time when they changed their power. `others` is what the grid and
        the battery gave by this report, `before` the time of the one before.
        """
        own, passed = self._own[-1][1], at - before
        is_sure = changed_at + LAG <= at
        if passed >= KEPT:
            return (own, False) if is_sure else None
        is_slow = passed >= SLOW
        mean = self._mean(before, at) if is_slow else own
        spans = [(mean, mean, mean), (self._at(at - LAG), own, own)]
        spans += [self._around(at - late) for late in _LATE]
        drawn = [middle for _, middle, _ in spans]
        change = max(_DIFFERS, _WOBBLES * own)
        differ = max(drawn) - min(drawn) >= change
        fades = _FADES ** min(1.0, passed / SLOW)
        for guess, span in zip(self._guesses, spans, strict=True):
            available = [each - others for each in span]
            guess.judge(available, fades, is_told=differ or self._differed)
        self._differed = differ
        best = self._find_best(is_slow=is_slow)
        if best > 1:
            is_sure = max(spans[best]) - min(spans[best]) < change
        elif drawn[best] != own:
            is_sure = True
        return (drawn[best], best == 0) if is_sure else None

    def _find_best(self, *, is_slow: bool) -> int:
        """Return the guess that jumped least; a late one has to be clearly better."""
        jumps = [each.jumps for each in self._guesses]
        usual = 0 if is_slow and jumps[0] <= jumps[1] else 1
        late = min(range(2, len(jumps)), key=jumps.__getitem__)
        return late if jumps[late] < _CLEARLY * jumps[usual] else usual

    def _around(self, at: float) -> tuple[float, float, float]:
        """Return what they drew shortly before a time, then, and shortly after."""
        return self._at(at - _NEAR), self._at(at), self._at(at + _NEAR)

    def _at(self, at: float) -> float:
        """Return what they drew at a time."""
        found = (power for since, power in reversed(self._own) if since <= at)
        return next(found, self._own[0][1])

    def _mean(self, start: float, end: float) -> float:
        """Return the mean of what they drew between two reports."""
        total = 0.0
        power = self._own[0][1]
        at = start
        for since, new in self._own:
            if since >= end:
                break
            if since > at:
                total += power * (since - at)
                at = since
            power = new
        return (total + power * (end - at)) / (end - start)
