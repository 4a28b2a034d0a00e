"""Log how commands went: never what was in them, or what came back."""

from collections.abc import Awaitable
import logging
from time import monotonic

from .exceptions import CommandFailed, WhatsminerError

_LOGGER = logging.getLogger(__name__)


async def logged[ResultT](
    host: str, command: str, exchange: Awaitable[ResultT]
) -> ResultT:
    """Carry out an exchange, and log command, outcome and duration."""
    if not _LOGGER.isEnabledFor(logging.DEBUG):
        return await exchange
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
