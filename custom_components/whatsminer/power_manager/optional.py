"""Parts of a step that may fail: the step goes on without them."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..const import LOGGER


class OptionalParts:
    """Lets a step go on without a part that fails.

    The ceilings (fuse, cap of the grid, temperature) hold only as long as steps are
    taken. If a fault in reading prices, say, ended the step, the miners would go on
    without limits. So whatever no ceiling depends on is such a part. It is the only place
    that catches what nobody foresaw.
    """

    def __init__(self, name: str) -> None:
        """None has failed yet; the name is that of the manager."""
        self._name = name
        self._failed: set[str] = set()

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Do a part, and log the first time that it fails, with its traceback."""
        try:
            yield
        except Exception:
            if what not in self._failed:
                self._failed.add(what)
                LOGGER.exception("%s goes on without its %s", self._name, what)
