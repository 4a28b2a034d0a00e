"""Signs that another miner may have the address, if it does not identify itself."""

from ..models import MinerData

# The miner counts uptime by its own clock, and is asked late now and then.
_UPTIME_TOLERANCE = 120.0


class Signs:
    """What one miner would hardly do: count backwards, or have other parts."""

    def __init__(self) -> None:
        """Begin without a reading."""
        self._uptime: tuple[int, float] | None = None
        self._accepted: int | None = None
        self._rated: float | None = None
        self._boards: dict[int, str] = {}

    def differ(self, data: MinerData, now: float) -> bool:
        """Note a reading; return whether it may be another miner's than before.

        A reboot or other pools look like that, too: then one question is in vain.
        """
        boards = {
            board.slot: board.serial_number
            for board in data.boards
            if board.serial_number is not None
        }
        found = (
            self._uptime_jumped(data.uptime, now)
            or _is_lower(data.accepted, self._accepted)
            or (
                None not in (data.hashrate_factory, self._rated)
                and data.hashrate_factory != self._rated
            )
            or any(
                boards.get(slot, serial) != serial
                for slot, serial in self._boards.items()
            )
        )
        if data.uptime is not None:
            self._uptime = (data.uptime, now)
        if data.accepted is not None:
            self._accepted = data.accepted
        self._rated = data.hashrate_factory or self._rated
        self._boards |= boards
        return found

    def _uptime_jumped(self, uptime: int | None, now: float) -> bool:
        """Return whether the control board was started at another time than before."""
        if uptime is None or self._uptime is None:
            return False
        before, at = self._uptime
        return not before <= uptime <= before + now - at + _UPTIME_TOLERANCE


def _is_lower(count: int | None, before: int | None) -> bool:
    """Return whether a count went down."""
    return count is not None and before is not None and count < before
