"""What the tests of questions share."""

from typing import Any

JOINED = "summary+edevs+pools"


def codes(data: Any) -> list[int] | None:
    """Return the codes of the errors."""
    return None if data.errors is None else [error.code for error in data.errors]
