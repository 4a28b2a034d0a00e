"""Which readings are worth a row in the database."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadband:
    """How far a value has to move, or how old it has to be, until it is written again."""

    digits: int | None = None
    """To which it is rounded, as by `round`: what is below them means nothing."""
    part: float = 0.0
    """Of the value."""
    step: float = 0.0
    """In its unit."""
    seconds: float = 0.0

    def rounded(self, value: Any) -> Any:
        """Return a value without the digits that mean nothing."""
        if value is None or self.digits is None:
            return value
        return round(value, self.digits)

    def holds(self, written: Any, value: Any, age: float | None) -> bool:
        """Return whether what was written so many seconds ago still stands for a value.

        Nothing stands for zero or for what is not known, nor for a value of a time
        (`age` is None) when the miner did something else.
        """
        if not value or not written or age is None:
            return bool(value == written)
        if age < self.seconds:
            return True
        if distance := max(self.step, self.part and self.part * abs(written)):
            return bool(abs(value - written) < distance)
        return bool(value == written)
