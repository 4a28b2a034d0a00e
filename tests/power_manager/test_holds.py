"""Who has a miner: every state, every manual command, and what ends a hold."""

import pytest

from custom_components.whatsminer.client import Capability
from custom_components.whatsminer.control.commands import (
    REBOOT,
    RESTART,
    START,
    STOP,
    Command,
    ask,
    raw,
)
from custom_components.whatsminer.power_manager.holds import manual_command
from custom_components.whatsminer.power_manager.law.holds import (
    Hold,
    HoldKind,
    ManualCommand,
    allow,
    expire,
    follow,
)

NOW, LATER, UNTIL = 1000.0, 2000.0, 5000.0
OFF = Hold(HoldKind.OFF, LATER)
SET = Hold(HoldKind.SET, LATER)
LATCHED = Hold(HoldKind.OFF, None)
NEW_OFF = Hold(HoldKind.OFF, UNTIL)
NEW_SET = Hold(HoldKind.SET, UNTIL)

# By a person, by something else, and the same two while the manager is paused.
TABLE = [
    (None, ManualCommand.START, (NEW_SET, NEW_SET, None, None)),
    (None, ManualCommand.STOP, (NEW_OFF, LATCHED, None, LATCHED)),
    (None, ManualCommand.SET, (NEW_SET, NEW_SET, None, None)),
    (OFF, ManualCommand.START, (NEW_SET, NEW_SET, None, None)),
    (OFF, ManualCommand.STOP, (NEW_OFF, LATCHED, None, LATCHED)),
    (OFF, ManualCommand.SET, (NEW_OFF, NEW_OFF, None, None)),
    (SET, ManualCommand.START, (NEW_SET, NEW_SET, None, None)),
    (SET, ManualCommand.STOP, (NEW_OFF, LATCHED, None, LATCHED)),
    (SET, ManualCommand.SET, (NEW_SET, NEW_SET, None, None)),
    (LATCHED, ManualCommand.START, (NEW_SET, NEW_SET, None, None)),
    (LATCHED, ManualCommand.STOP, (LATCHED, LATCHED, LATCHED, LATCHED)),
    (LATCHED, ManualCommand.SET, (LATCHED, LATCHED, LATCHED, LATCHED)),
]


@pytest.mark.parametrize(("hold", "manual", "then"), TABLE)
def test_manual_command(
    hold: Hold | None, manual: ManualCommand, then: tuple[Hold | None, ...]
) -> None:
    """A manual command holds; what protects outlasts what only runs out, and a pause."""
    cases = [
        follow(hold, manual, by_person=person, until=UNTIL, is_paused=paused)
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
    """The clock ends what a manual command did, and *allowed* what protects."""
    assert expire(hold, NOW) == hold
    assert expire(hold, LATER) == at_end
    assert allow(hold) == allowed


@pytest.mark.parametrize(
    ("command", "manual"),
    [
        (START, ManualCommand.START),
        (STOP, ManualCommand.STOP),
        (RESTART, ManualCommand.SET),
        (REBOOT, ManualCommand.SET),
        (ask(Capability.POWER_PERCENT, 60), ManualCommand.SET),
        (ask(Capability.POWER_LIMIT, 3000), ManualCommand.SET),
        (ask(Capability.POWER_MODE, "low"), ManualCommand.SET),
        (raw("power_off", {}), ManualCommand.STOP),
        (raw("set.miner.service", {"param": "start"}), ManualCommand.START),
        (raw("set_power_pct", {"percent": "60"}), ManualCommand.SET),
        (ask(Capability.LED, True), None),
        (ask(Capability.POOLS, []), None),
        (ask(Capability.WEB_POOLS, True), None),
    ],
)
def test_what_is_a_manual_command(
    command: Command, manual: ManualCommand | None
) -> None:
    """What leaves the power as it is holds nothing."""
    assert manual_command(command) is manual
