"""Parts of a step that may fail: the step goes on without them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import override

from ..const import LOGGER

type Part = Callable[[str], AbstractContextManager[None, bool]]
"""What a part that may fail is done in, by its name."""


class OptionalParts:
    """Lets a step go on without a part that fails.

    The ceilings (fuse, cap of the grid, temperature) hold only as long as steps are
    taken. If a fault in reading prices, say, ended the step, the miners would go on
    without limits. So whatever no ceiling depends on is such a part, and so is each miner.
    What the ceilings depend on is one, too: `Fallback` takes its place. It is the only
    class that catches what nobody foresaw.
    """

    def __init__(self, name: str) -> None:
        """None has failed yet; the name is that of the manager."""
        self._name = name
        self._failed: set[str] = set()

    def part(self, what: str) -> AbstractContextManager[None, bool]:
        """Do a part, and log the first time that it fails, with its traceback."""
        return _Part(self._name, what, self._failed)


class _Part(AbstractContextManager[None, bool]):
    """One part while it is done."""

    def __init__(self, name: str, what: str, failed: set[str]) -> None:
        """Know what it is, and what has failed before."""
        self._name = name
        self._what = what
        self._failed = failed

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        err: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Let nobody hear of an error but the log."""
        if not isinstance(err, Exception):
            return False
        if self._what not in self._failed:
            self._failed.add(self._what)
            LOGGER.error(
                "%s goes on without its %s", self._name, self._what, exc_info=err
            )
        return True
