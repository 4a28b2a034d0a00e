"""Who has a miner: every state, every hand, and what ends a hold."""

import pytest

from custom_components.whatsminer.client import Capability
from custom_components.whatsminer.control.commands import (
    REBOOT,
    RESTART,
    START,
    STOP,
    ask,
    raw,
)
from custom_components.whatsminer.power_manager.holds import (
    Hand,
    Hold,
    HoldKind,
    allow,
    expire,
    follow,
)
from custom_components.whatsminer.power_manager.miners import hand_of

NOW, LATER, UNTIL = 1000.0, 2000.0, 5000.0
OFF = Hold(HoldKind.OFF, LATER)
SET = Hold(HoldKind.SET, LATER)
LATCHED = Hold(HoldKind.OFF, None)
NEW_OFF = Hold(HoldKind.OFF, UNTIL)
NEW_SET = Hold(HoldKind.SET, UNTIL)

# By a person, by something else, and the same two while the manager is paused.
TABLE = [
    (None, Hand.START, (NEW_SET, NEW_SET, None, None)),
    (None, Hand.STOP, (NEW_OFF, LATCHED, None, LATCHED)),
    (None, Hand.SET, (NEW_SET, NEW_SET, None, None)),
    (OFF, Hand.START, (NEW_SET, NEW_SET, None, None)),
    (OFF, Hand.STOP, (NEW_OFF, LATCHED, None, LATCHED)),
    (OFF, Hand.SET, (NEW_OFF, NEW_OFF, None, None)),
    (SET, Hand.START, (NEW_SET, NEW_SET, None, None)),
    (SET, Hand.STOP, (NEW_OFF, LATCHED, None, LATCHED)),
    (SET, Hand.SET, (NEW_SET, NEW_SET, None, None)),
    (LATCHED, Hand.START, (NEW_SET, NEW_SET, None, None)),
    (LATCHED, Hand.STOP, (LATCHED, LATCHED, LATCHED, LATCHED)),
    (LATCHED, Hand.SET, (LATCHED, LATCHED, LATCHED, LATCHED)),
]


@pytest.mark.parametrize(("hold", "hand", "then"), TABLE)
def test_hand(hold: Hold | None, hand: Hand, then: tuple[Hold | None, ...]) -> None:
    """A hand holds; what protects outlasts what only runs out, and a pause."""
    cases = [
        follow(hold, hand, by_person=person, until=UNTIL, is_paused=paused)
        for paused in (False, True)
        for person in (True, False)
    ]
    assert tuple(cases) == then


@pytest.mark.parametrize(
    ("hold", "at_end", "allowed"),
    [
        (None, None, None),
        (OFF, None, OFF),
        (SET, None, SET),
        (LATCHED, LATCHED, None),
    ],
)
def test_end(hold: Hold | None, at_end: Hold | None, allowed: Hold | None) -> None:
    """The clock ends what a hand did, and *allowed* what protects."""
    assert expire(hold, NOW) == hold
    assert expire(hold, LATER) == at_end
    assert allow(hold) == allowed


@pytest.mark.parametrize(
    ("command", "hand"),
    [
        (START, Hand.START),
        (STOP, Hand.STOP),
        (RESTART, Hand.SET),
        (REBOOT, Hand.SET),
        (ask(Capability.POWER_PERCENT, 60), Hand.SET),
        (ask(Capability.POWER_LIMIT, 3000), Hand.SET),
        (ask(Capability.POWER_MODE, "low"), Hand.SET),
        (raw("power_off", {}), Hand.STOP),
        (raw("set.miner.service", {"param": "start"}), Hand.START),
        (raw("set_power_pct", {"percent": "60"}), Hand.SET),
        (ask(Capability.LED, True), None),
        (ask(Capability.POOLS, []), None),
        (ask(Capability.WEB_POOLS, True), None),
    ],
)
def test_what_is_a_hand(command: object, hand: Hand | None) -> None:
    """What leaves the power as it is holds nothing."""
    assert hand_of(command) is hand  # type: ignore[arg-type]
