"""Parts of answers that stay as they were are not read again."""

from collections.abc import Callable
from typing import Any

import orjson

from .fields import Doubts


class Unchanged:
    """What was last read of the parts of one miner's answers.

    Why: from poll to poll most parts stay the same (names, settings, pools at rest). To
    see that takes a tenth of the time of reading them.
    """

    def __init__(self) -> None:
        """Begin without anything read."""
        self._last: dict[object, tuple[bytes, Any]] = {}

    def read[ReadT](
        self, part: object, given: object, doubts: Doubts, read: Callable[[], ReadT]
    ) -> ReadT:
        """Return what is read of a part, which nobody may change afterwards.

        `part` names it. What cannot be true is noted each time.
        """
        # Not the values themselves: true, 1 and 1.0 are equal in Python.
        as_json = orjson.dumps(given)
        last = self._last.get(part)
        if last is not None and last[0] == as_json:
            found: ReadT = last[1]
            return found
        before = doubts.times
        found = read()
        if doubts.times == before:
            self._last[part] = as_json, found
        else:
            self._last.pop(part, None)
        return found
