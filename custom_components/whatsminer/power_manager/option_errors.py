"""What is wrong about options that are entered together.

Each field is right by itself. But a limit that nothing is measured for would limit
nothing, and a half of two times would be no time.
"""

from collections.abc import Mapping
from typing import Any

from .heating import highest_target, presets_of
from .settings import Settings


def error_of(entered: Mapping[str, Any]) -> str | None:
    """Return the first error of a form of options, as the translation names it."""
    checks = _checks(Settings(**entered))
    return next((error for error, is_made in checks if is_made), None)


def _checks(settings: Settings) -> tuple[tuple[str, bool], ...]:
    """Return each error, and whether it is made."""
    targets = presets_of(settings).values()
    price = settings.price or settings.price_action
    is_limited = settings.cheap_limit is not None or settings.cheap_limit_entity
    heats = targets or settings.room_upper is not None
    return (
        ("both_times", _is_half(settings.allowed_from, settings.allowed_until)),
        ("both_times", _is_half(settings.quiet_from, settings.quiet_until)),
        (
            "fuse_without_sensor",
            bool(settings.fuse)
            and not (settings.phase_1 or settings.phase_2 or settings.phase_3),
        ),
        ("entity_or_action", bool(settings.price and settings.price_action)),
        (
            "no_price",
            not price
            and bool(settings.cheap_hours or is_limited or settings.cheap_break_even),
        ),
        ("no_hash_price", settings.cheap_break_even and not settings.hash_price),
        ("no_room", bool(heats) and not settings.room),
        (
            "target_too_high",
            any(each > highest_target(settings) for each in targets),
        ),
    )


def _is_half(start: str | None, end: str | None) -> bool:
    """Return whether only one of two times is there."""
    return (start is None) is not (end is None)
