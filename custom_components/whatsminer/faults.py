"""The miner's errors in the form in which entities show them."""

from collections.abc import Iterable

from .client import MinerError, Severity

_RANKS = list(Severity)


def words(error: MinerError) -> str:
    """Return what an error means, or at least its code."""
    return error.words or f"Code {error.code}"


def worst(errors: Iterable[MinerError] | None) -> MinerError | None:
    """Return the most severe error; None when there is none."""
    return max(
        errors or (), key=lambda error: _RANKS.index(error.severity), default=None
    )


def attributes(error: MinerError) -> dict[str, str | int | None]:
    """Return all that is known of an error."""
    return {
        "code": error.code,
        "words": words(error),
        "severity": error.severity.value,
        "since": error.since,
        "reason": error.reason,
    }
