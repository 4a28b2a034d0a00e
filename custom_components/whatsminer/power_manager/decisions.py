"""What the manager has decided, and by what: for the question why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One thing that the manager has decided, or found."""

    at: datetime
    message: str
    """One plain sentence."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What it was decided by."""
