"""The last value of each setting that a miner does not report."""

from datetime import datetime
from typing import Any

from homeassistant.util.dt import utcnow

from ..client import Capability
from .starts import Starts

# A power percent ends with each start of mining: the miner runs at its full power then.
_FULL = 100


class LastSet:
    """Remembers the last value of each setting, and when it was set."""

    def __init__(self, starts: Starts) -> None:
        """Use the starts, because a start ends a power percent."""
        self._starts = starts
        self._values: dict[Capability, tuple[Any, datetime]] = {}

    def get(self, setting: Capability) -> Any:
        """Return the current value of a setting; None if it is not known."""
        value, when = self._values.get(setting, (None, None))
        start = self._starts.last
        if setting is not Capability.POWER_PERCENT or start is None:
            return value
        if when is not None and start <= when:
            return value
        return _FULL if self._starts.was_witnessed else None

    def when(self, setting: Capability) -> datetime | None:
        """Return when a setting was set last; None if that is not known."""
        return self._values.get(setting, (None, None))[1]

    def put(self, setting: Capability, value: Any) -> None:
        """Note the new value of a setting."""
        self._values[setting] = value, utcnow()

    def restore(self, setting: Capability, value: Any, when: datetime) -> None:
        """Note the value from before Home Assistant started, unless there is a newer one."""
        self._values.setdefault(setting, (value, when))

    def clear(self) -> None:
        """Forget all values after a factory reset."""
        self._values.clear()

    def doubt(self) -> None:
        """Forget all values, because each may be another one now."""
        self._values = dict.fromkeys(Capability, (None, utcnow()))
