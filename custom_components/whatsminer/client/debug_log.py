"""Log how commands went: never what was in them, or what came back."""

from collections.abc import Awaitable
import logging
from time import monotonic

from .exceptions import CommandFailed, WhatsminerError

_LOGGER = logging.getLogger(__name__)


def logged[ResultT](
    host: str, command: str, exchange: Awaitable[ResultT]
) -> Awaitable[ResultT]:
    """Return an exchange that logs command, outcome and duration, where that is wanted."""
    if not _LOGGER.isEnabledFor(logging.DEBUG):
        return exchange
    return _logged(host, command, exchange)


async def _logged[ResultT](
    host: str, command: str, exchange: Awaitable[ResultT]
) -> ResultT:
    """Carry out an exchange and log it."""
    began = monotonic()
    outcome = "interrupted"
    try:
        result = await exchange
    except WhatsminerError as err:
        code = f" {err.code}" if isinstance(err, CommandFailed) else ""
        outcome = f"{type(err).__name__}{code}"
        raise
    else:
        outcome = "not known" if result is None else "ok"
        return result
    finally:
        _LOGGER.debug("%s: %s: %s, %.2f s", host, command, outcome, monotonic() - began)
