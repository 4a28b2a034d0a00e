"""Who has a miner: the manager, or whoever set it last by hand.

A manual command is each that the manager did not send. It holds the miner, so that the
two do not fight over it, and the hold runs out, so that nobody has to remember it. One
does not: a stop without a person behind it comes from something that protects the
machine or the house, such as an interlock. It knows when it is over, the clock does not.
"""

from dataclasses import dataclass
from enum import StrEnum


class HoldKind(StrEnum):
    """How a held miner is."""

    OFF = "off"
    """Stopped."""
    SET = "set"
    """As it was set."""


class ManualCommand(StrEnum):
    """What a command by hand does."""

    START = "start"
    STOP = "stop"
    SET = "set"
    """Anything else that changes how it mines."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A miner that is not the manager's for now."""

    kind: HoldKind
    until: float | None
    """None: until it is started by hand, the hold is ended, or it is allowed anew."""


def follow(
    hold: Hold | None,
    command: ManualCommand,
    *,
    by_person: bool,
    until: float,
    is_paused: bool = False,
) -> Hold | None:
    """Return the hold after a manual command; one that runs out does so at `until`.

    While the manager is paused it holds all miners anyway, and when that ends the person
    wants it to manage: then only what protects outlasts it.
    """
    is_latched = hold is not None and hold.until is None
    if command is ManualCommand.STOP and (is_latched or not by_person):
        return Hold(HoldKind.OFF, None)
    if is_latched and command is not ManualCommand.START:
        return hold
    if is_paused:
        return None
    if command is ManualCommand.STOP:
        return Hold(HoldKind.OFF, until)
    was_off = hold is not None and hold.kind is HoldKind.OFF
    kind = HoldKind.OFF if was_off and command is ManualCommand.SET else HoldKind.SET
    return Hold(kind, until)


def expire(hold: Hold | None, now: float) -> Hold | None:
    """Return the hold as time passes."""
    is_over = hold is not None and hold.until is not None and hold.until <= now
    return None if is_over else hold


def set_back(hold: Hold | None, seconds: float) -> Hold | None:
    """Return the hold after the clock was set back: it lasts no longer for that."""
    if hold is None or hold.until is None:
        return hold
    return Hold(hold.kind, hold.until - seconds)


def allow(hold: Hold | None) -> Hold | None:
    """Return the hold after *allowed* was turned on, which ends what has no end."""
    return None if hold is not None and hold.until is None else hold
