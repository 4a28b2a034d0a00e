"""Time that a test moves does not overtake what a moment has set off."""

from datetime import datetime, timedelta
from hashlib import pbkdf2_hmac

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_interval

from .time_machine import TimeMachine


def work() -> bytes:
    """Compute for longer than the event loop waits for a timer below."""
    return pbkdf2_hmac("sha256", b"", b"", 500_000)


class Notes:
    """Notes at which second it was called."""

    def __init__(self) -> None:
        """Begin empty."""
        self.seconds: list[int] = []

    @callback
    def note(self, now: datetime) -> None:
        """Note the second."""
        self.seconds.append(now.second)


async def test_slow_before_a_timer(hass: HomeAssistant, time: TimeMachine) -> None:
    """What is to come after ten seconds does so, however slow the machine was before."""
    notes = Notes()
    before = hass.loop.time()
    work()
    async_call_later(hass, 10, notes.note)
    assert hass.loop.time() == before
    await time.move(10)
    assert notes.seconds == [10]


async def test_slow_within_a_moment(hass: HomeAssistant, time: TimeMachine) -> None:
    """What comes each ten seconds is not late because of what comes before it."""
    notes = Notes()

    @callback
    def be_slow(_: datetime) -> None:
        """Work in the loop."""
        work()

    async_call_later(hass, 9, be_slow)
    stop = async_track_time_interval(hass, notes.note, timedelta(seconds=10))
    for _ in range(3):
        await time.move(10)
    stop()
    assert notes.seconds == [10, 20, 30]


async def test_slow_thread(hass: HomeAssistant, time: TimeMachine) -> None:
    """A timer waits for what a thread does, and a move for both."""
    done: list[str] = []
    before = hass.loop.time()
    job = hass.loop.run_in_executor(None, work)
    job.add_done_callback(lambda _: done.append("job"))
    hass.loop.call_later(0.02, done.append, "timer")
    await time.settle()
    assert hass.loop.time() == before
    await time.move(0.02)
    assert done == ["job", "timer"]
