"""Whose clock says how old an error is."""

from typing import Any

import pytest

from custom_components.whatsminer.client import Miner
from custom_components.whatsminer.client.dialects import v2, v3
from custom_components.whatsminer.client.past_errors import earlier
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner

A_DAY = 24 * 3600.0
OURS = 1_800_000_000.0


async def errors(simulated: SimulatedMiner) -> list[tuple[int, bool]]:
    """Return the code of each error that is read, and whether it is over."""
    miner = Miner(simulated.host, PASSWORD)
    data = await miner.read()
    await miner.close()
    return [(each.code, each.past) for each in data.errors or ()]


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2", "3.0.2", "dual"])
@pytest.mark.parametrize("ahead", [3 * A_DAY, 365 * A_DAY])
async def test_our_clock_is_ahead(
    api: str, ahead: float, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of a minute ago by the miner's clock is not over, whatever ours says."""
    for dialect in (v2, v3):
        monkeypatch.setattr(dialect, "time", lambda: clock.now() + ahead)
    async with at_home(api=api, clock=clock) as simulated:
        simulated.machine.error_codes[205] = clock.now()
        clock.advance(60)
        assert await errors(simulated) == [(205, False)]
        # By the miner's own clock it becomes one of the past.
        clock.advance(2 * A_DAY)
        assert await errors(simulated) == [(205, True)]


@pytest.mark.parametrize(("api", "code"), [("2.2.2", 330), ("dual", 2000)])
async def test_our_clock_is_ahead_while_stopped(
    api: str, code: int, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The miner's clock counts for errors that the older API is asked for, too."""
    for dialect in (v2, v3):
        monkeypatch.setattr(dialect, "time", lambda: clock.now() + 3 * A_DAY)
    async with at_home(api=api, clock=clock) as simulated:
        simulated.machine.error_codes[code] = clock.now()
        clock.advance(60)
        simulated.machine.power_off()
        assert await errors(simulated) == [(code, False)]


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (OURS - A_DAY, OURS - A_DAY),
        (str(int(OURS - A_DAY)), OURS - A_DAY),
        (OURS + A_DAY, OURS),
        # Counted from the start, in ms, or nothing of the kind.
        (3521, OURS),
        (1, OURS),
        (OURS * 1000, OURS),
        (-1, OURS),
        (True, OURS),
        ("soon", OURS),
        (None, OURS),
        ({}, OURS),
    ],
)
def test_earlier(answered: Any, expected: float) -> None:
    """What is no time does not count, and neither does the later of two."""
    assert earlier(OURS, answered) == expected
