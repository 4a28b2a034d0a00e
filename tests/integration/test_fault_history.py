"""Which faults are news: as a table of readings, and under a flood of codes."""

from dataclasses import replace
from itertools import count

import pytest

from custom_components.whatsminer.client import MinerData, MinerError, MinerIdentity
from custom_components.whatsminer.fault_history import FaultHistory

MINUTE = 60.0
NOTHING = MinerData(identity=MinerIdentity(), errors=())
OLD = "2025-09-17 10:05:47"
DAY_LATER = "2025-09-18 10:05:47"
MINUTES_LATER = "2025-09-17 10:17:00"
LOST = "1970-01-01 02:03:04"

type Listed = tuple[tuple[int, str | None, bool], ...] | None


def reading(listed: Listed) -> MinerData:
    """Return a reading with these codes, stamps, and whether they are past."""
    if listed is None:
        return replace(NOTHING, errors=None)
    return replace(
        NOTHING,
        errors=tuple(
            MinerError(code=code, since=since, past=past)
            for code, since, past in listed
        ),
    )


NO: Listed = ()
NOW: Listed = ((205, OLD, False),)
PAST: Listed = ((205, OLD, True),)
LATER: Listed = ((205, DAY_LATER, False),)
LATER_PAST: Listed = ((205, DAY_LATER, True),)
SOON: Listed = ((205, MINUTES_LATER, False),)
CLOCK_LOST: Listed = ((205, LOST, False),)
NO_STAMP: Listed = ((205, None, False),)
FUTURE: Listed = ((205, "2106-02-07 06:28:15", False),)
NONSENSE: Listed = ((205, "2025-13-77 99:99", False),)
NEVER: Listed = ((205, "9999-12-31 24:00:00", False),)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        # Comes, goes, and stays away.
        ([(0, NO), (1, NOW), (2, NO), (31, NO), (32, NO)], ["+1", "-32"]),
        ([(0, NO), (1, NOW), (2, NO), (30, NOW), (31, NO), (60, NO)], ["+1"]),
        ([(0, NO), (1, NOW), (2, NO), (40, NO), (41, NOW)], ["+1", "-40", "+41"]),
        # There at first: no news, but its end is.
        ([(0, NOW), (1, NOW), (2, NO), (32, NO)], ["-32"]),
        ([(0, None), (1, NOW), (2, NO), (32, NO)], ["-32"]),
        ([(0, PAST), (1, PAST), (2, NO), (99, NO), (100, NO)], []),
        # What is not reported has not gone.
        ([(0, NOW), (1, None), (50, None), (51, NOW)], []),
        ([(0, NO), (1, NOW), (2, NO), (9, None), (33, NO)], ["+1", "-33"]),
        # Listed for days after it is over.
        ([(0, NO), (1, NOW), (5, PAST), (34, PAST), (35, PAST)], ["+1", "-35"]),
        ([(0, NO), (1, NOW), (5, PAST), (9, NOW), (36, PAST)], ["+1"]),
        ([(0, PAST), (1, NOW), (9, PAST), (60, PAST)], []),
        ([(0, NO), (1, PAST), (40, PAST)], ["+1", "-40"]),
        # A stamp that is half an hour newer is another occurrence.
        ([(0, NOW), (1, LATER), (2, LATER)], ["+1"]),
        ([(0, PAST), (1, LATER_PAST), (32, LATER_PAST)], ["+1", "-32"]),
        ([(0, NO), (1, NOW), (2, LATER)], ["+1", "+2"]),
        ([(0, NOW), (1, SOON)], []),
        ([(0, NO), (1, NOW), (2, SOON), (3, SOON)], ["+1"]),
        ([(0, NO), (1, NOW), (50, LATER)], ["+1", "+50"]),
        ([(0, LATER), (1, NOW), (2, LATER)], []),
        ([(0, NO), (1, NOW), (2, NO), (9, LATER)], ["+1"]),
        # No stamp that makes sense is no newer one.
        ([(0, NOW), (1, CLOCK_LOST), (2, NOW), (3, FUTURE), (4, NONSENSE)], []),
        ([(0, PAST), (1, CLOCK_LOST), (2, FUTURE), (3, NONSENSE), (4, NEVER)], []),
        ([(0, CLOCK_LOST), (1, NOW), (2, LATER)], ["+2"]),
        ([(0, NO), (1, CLOCK_LOST)], ["+1"]),
        ([(0, NO_STAMP), (1, NO), (20, NO_STAMP), (21, NO), (60, NO)], ["-60"]),
    ],
)
def test_what_is_news(
    readings: list[tuple[float, Listed]], expected: list[str]
) -> None:
    """Of readings by the minute, these minutes have an event."""
    history = FaultHistory(reading(readings[0][1]))
    seen = [
        f"{'+' if has_appeared else '-'}{minute}"
        for minute, listed in readings[1:]
        for has_appeared, _ in history.compare(reading(listed), minute * MINUTE)
    ]
    assert seen == expected


def test_flapping_without_going() -> None:
    """A code whose stamp gets newer every few minutes is no event each time."""
    history = FaultHistory(reading(NO))
    seen = []
    for change in range(19):
        hour, minute = divmod(change * 19, 60)
        stamp = f"2025-09-17 {hour + 3:02}:{minute:02}:00"
        data = reading(((110, stamp, False),))
        for second in range(0, 19 * 60, 15):
            moment = change * 19 * MINUTE + second
            seen += [has_appeared for has_appeared, _ in history.compare(data, moment)]
    for minute in range(400, 500):
        seen += [is_new for is_new, _ in history.compare(NOTHING, minute * MINUTE)]
    assert seen == [True, False]


def test_flood() -> None:
    """Ever other codes are one event for each reading, the worst that wait first."""
    history = FaultHistory(NOTHING)
    codes = count(100_000)
    appeared = []
    for each in range(200):
        errors = tuple(MinerError(code=next(codes)) for _ in range(99))
        worst = MinerError(code=200)
        data = replace(NOTHING, errors=(*errors, worst) if each == 100 else errors)
        events = list(history.compare(data, each * 15.0))
        assert len(events) == 1
        appeared += [fault.code for is_new, fault in events if is_new]
    assert 200 in appeared
    after = [
        event
        for each in range(400)
        for event in history.compare(NOTHING, 3000 + each * 15.0)
    ]
    assert len(after) <= 40
    assert not list(history.compare(NOTHING, 1e6))


def test_fans_that_stand_still() -> None:
    """What the miner does not report itself is an event, too."""
    history = FaultHistory(NOTHING)
    still = replace(NOTHING, fan_speed_in=0, fan_speed_out=0, hashrate=51.0)
    ((has_appeared, fault),) = history.compare(still, 15.0)
    assert has_appeared
    assert fault.attributes()["words"] == "Both fans stand still"
    assert fault.attributes()["code"] is None
