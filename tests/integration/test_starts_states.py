"""The starts that readings show: each state and reading in one table."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util.dt import start_of_local_day
import pytest

from custom_components.whatsminer.client import MinerData, MinerIdentity
from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.control import starts
from custom_components.whatsminer.control.starts import Phase, Seen, Starts, follow
from tests.simulator import ManualClock

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """Return the time that lies so many seconds back."""
    return NOW - timedelta(seconds=seconds)


BEFORE = ago(15)
LONG_AGO = ago(9000)
NOTHING = Seen()
STOPPED = Seen(Phase.STOPPED, BEFORE)
SENT = Seen(Phase.STOPPED, BEFORE, sent=ago(20))
STARTED = Seen(Phase.STARTED, BEFORE)
MINING = Seen(Phase.MINING, BEFORE)
COUNTING = Seen(Phase.COUNTING, BEFORE, count=600)

# What was seen, the last start noted, and the reading: whether it mines, and its count
# of seconds; then the phase that it leads to, and how long ago it says that mining
# started, if that is new.
TABLE: list[tuple[Seen, datetime | None, bool, int | None, Phase, float | None]] = [
    # The first reading: a count tells of a start that may be noted from an earlier run.
    (NOTHING, None, False, None, Phase.STOPPED, None),
    (NOTHING, None, True, None, Phase.MINING, None),
    (NOTHING, None, True, 500, Phase.COUNTING, 500),
    (NOTHING, LONG_AGO, True, 500, Phase.COUNTING, 500),
    (NOTHING, ago(510), True, 500, Phase.COUNTING, None),
    (NOTHING, ago(10), True, 500, Phase.COUNTING, None),
    # It mines, and nothing has said since when.
    (MINING, None, False, None, Phase.STOPPED, None),
    (MINING, None, True, None, Phase.MINING, None),
    (MINING, None, True, 500, Phase.COUNTING, 500),
    (MINING, ago(510), True, 500, Phase.COUNTING, None),
    # It was stopped: a start lies between the two readings, whatever the count says.
    (STOPPED, LONG_AGO, False, None, Phase.STOPPED, None),
    (STOPPED, LONG_AGO, True, None, Phase.STARTED, 0),
    (STOPPED, LONG_AGO, True, 0, Phase.COUNTING, 0),
    (STOPPED, LONG_AGO, True, 5, Phase.COUNTING, 5),
    (STOPPED, LONG_AGO, True, 9000, Phase.COUNTING, 15),
    (STOPPED, None, True, 5, Phase.COUNTING, 5),
    # The clock was set back meanwhile.
    (Seen(Phase.STOPPED, ago(-60)), LONG_AGO, True, 5, Phase.COUNTING, 0),
    # It was noted as it was sent: the reading shows the same start.
    (STOPPED, ago(10), True, 5, Phase.COUNTING, None),
    (SENT, ago(20), False, None, Phase.STOPPED, None),
    (SENT, ago(20), True, None, Phase.STARTED, None),
    (SENT, ago(20), True, 3, Phase.COUNTING, None),
    # Sent so long ago that it must be another one.
    (Seen(Phase.STOPPED, BEFORE, sent=ago(150)), ago(150), True, 3, Phase.COUNTING, 3),
    # It was seen to start: the count that begins belongs to that.
    (STARTED, ago(30), False, None, Phase.STOPPED, None),
    (STARTED, ago(30), True, None, Phase.STARTED, None),
    (STARTED, ago(30), True, 4, Phase.COUNTING, None),
    # It counts: only a lower count is a start, and not one that was noted as sent.
    (COUNTING, LONG_AGO, False, 615, Phase.STOPPED, None),
    (COUNTING, LONG_AGO, True, None, Phase.COUNTING, None),
    (COUNTING, LONG_AGO, True, 600, Phase.COUNTING, None),
    (COUNTING, LONG_AGO, True, 615, Phase.COUNTING, None),
    (COUNTING, LONG_AGO, True, 5, Phase.COUNTING, 5),
    (COUNTING, ago(10), True, 5, Phase.COUNTING, None),
    (COUNTING, ago(300), True, 5, Phase.COUNTING, 5),
]


@pytest.mark.parametrize(("seen", "last", "mining", "count", "phase", "start"), TABLE)
def test_follow(
    seen: Seen,
    last: datetime | None,
    mining: bool,
    count: int | None,
    phase: Phase,
    start: float | None,
) -> None:
    """One reading more leads to one phase, and shows a start or none."""
    then, started = follow(seen, last, mining, count, NOW)
    assert then.phase is phase
    assert then.at == NOW
    assert started == (None if start is None else ago(start))


def test_a_start_that_was_sent_is_awaited_once() -> None:
    """What was sent waits for one start, through readings that show none."""
    seen, _ = follow(SENT, ago(20), False, None, NOW)
    assert seen.sent == SENT.sent
    seen, started = follow(seen, ago(20), True, None, NOW)
    assert started is None
    assert seen.sent is None


def test_all_phases() -> None:
    """No phase is forgotten in the table."""
    assert {row[0].phase for row in TABLE} == set(Phase)
    assert {row[4] for row in TABLE} == set(Phase) - {Phase.NOTHING}


def reading(mining: bool, count: int | None) -> MinerData:
    """Return a reading."""
    return MinerData(identity=MinerIdentity(), mining=mining, mining_uptime=count)


@pytest.mark.parametrize("count", [-10_000_000, -1, 10**11, 10**18])
async def test_counts_that_cannot_be(hass: HomeAssistant, count: int) -> None:
    """An absurd count of seconds shows no start, and does no harm."""
    history = Starts(hass, "entry", 10)
    await history.async_note(reading(True, count))
    assert history.last is None
    assert history.wait_until() is None
    await history.async_note(reading(False, count))
    await history.async_note(reading(True, count))
    assert history.today == 1


async def test_a_stop_within_a_reading(hass: HomeAssistant) -> None:
    """The status was mining, then it stopped, then the count was 0: that is no start."""
    history = Starts(hass, "entry", 10)
    await history.async_note(reading(True, 5000))
    before = history.today, history.last
    await history.async_note(reading(True, 0))
    assert (history.today, history.last) == before
    await history.async_note(reading(True, 20))
    assert history.last is not None
    assert history.last != before[1]


async def test_the_future_is_forgotten(
    hass: HomeAssistant, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts and stops that have not been yet are forgotten for good."""
    key = f"{DOMAIN}.entry.starts"
    times = ["2027-03-01T10:00:00+00:00", "2026-11-26T09:00:00+00:00"]
    hass_storage[key] = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": {"starts": times, "stop": "2027-03-01T10:00:00+00:00"},
    }
    monkeypatch.setattr(starts, "utcnow", lambda: NOW)
    history = Starts(hass, "entry", 10)
    await history.async_load()
    assert history.last == ago(3 * 3600)
    assert history.last_stop is None
    # A clock that was ahead is put right.
    monkeypatch.setattr(starts, "utcnow", lambda: NOW + timedelta(days=200))
    await history.async_note(reading(False, None))
    await history.async_note(reading(True, None))
    monkeypatch.setattr(starts, "utcnow", lambda: NOW)
    await history.async_note(reading(True, None))
    monkeypatch.setattr(starts, "utcnow", lambda: NOW + timedelta(days=300))
    assert history.last in (None, ago(3 * 3600))


@pytest.mark.parametrize(
    ("readings", "seen"),
    [
        ([(True, 9000)], False),
        ([(True, 200)], True),
        ([(False, None), (True, None)], True),
        ([(True, 9000), (True, 3)], True),
        ([(True, 9000), (True, 8000)], False),
    ],
)
async def test_seen(
    hass: HomeAssistant, readings: list[tuple[bool, int | None]], seen: bool
) -> None:
    """A start was seen when it was, or is found out later."""
    history = Starts(hass, "entry", 10)
    for mining, count in readings:
        await history.async_note(reading(mining, count))
    assert history.was_witnessed is seen
    again = Starts(hass, "entry", 10)
    await again.async_load()
    assert again.was_witnessed is seen
    assert again.last == history.last


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """Return the clock by which starts are noted."""
    clock = ManualClock(NOW.timestamp())
    monkeypatch.setattr(
        starts, "utcnow", lambda: datetime.fromtimestamp(clock.now(), UTC)
    )
    midnight = start_of_local_day(NOW.date())
    monkeypatch.setattr(starts, "start_of_local_day", lambda: midnight)
    return clock


@pytest.mark.usefixtures("clock")
async def test_a_start_is_withdrawn(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """While it is under way it is stored, and forbids another; then all is as before."""
    old = {"starts": [ago(2e5).isoformat()], "stop": None, "seen": ago(2e5).isoformat()}
    key = f"{DOMAIN}.entry.starts"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": old}
    history = Starts(hass, "entry", 10)
    await history.async_load()
    await history.async_note(reading(False, None))
    await history.async_sending()
    assert (history.last, history.today) == (ago(2e5), 0)
    assert history.wait_until() == NOW + timedelta(minutes=10)
    again = Starts(hass, "entry", 10)
    await again.async_load()
    assert (again.last, again.today, again.was_witnessed) == (NOW, 1, True)
    await history.async_withdraw()
    await history.async_sent(shows=True)
    assert (history.last, history.today) == (ago(2e5), 0)
    assert history.was_witnessed
    assert history.wait_until() is None
    assert hass_storage[key]["data"] == old


@pytest.mark.parametrize("shows", [True, False])
async def test_a_start_that_a_reading_shows(
    hass: HomeAssistant, clock: ManualClock, shows: bool
) -> None:
    """Whatever becomes of the command, what was seen has been, and once."""
    history = Starts(hass, "entry", 10)
    await history.async_note(reading(False, None))
    await history.async_sending()
    clock.advance(5)
    await history.async_note(reading(True, None))
    await history.async_withdraw()
    await history.async_sent(shows=shows)
    assert (history.last, history.today) == (NOW + timedelta(seconds=5), 1)


@pytest.mark.parametrize("shows", [True, False])
async def test_a_start_that_shows_late(
    hass: HomeAssistant, clock: ManualClock, shows: bool
) -> None:
    """The next reading may show it, or it may begin until a newer command came."""
    history = Starts(hass, "entry", 10)
    await history.async_note(reading(False, None))
    await history.async_sending()
    clock.advance(20)
    await history.async_sent(shows=shows)
    assert history.last == NOW + timedelta(seconds=0 if shows else 20)
    clock.advance(5)
    await history.async_note(reading(True, None))
    assert history.today == 1
    await history.async_note(reading(False, None))
    clock.advance(5)
    await history.async_note(reading(True, None))
    assert history.today == 2
