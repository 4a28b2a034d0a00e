"""Many miners of mixed age follow what is requested."""

from collections.abc import Sequence
from random import Random

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.energy import CEILING, WATT_SECONDS
from custom_components.whatsminer.power_manager.law.machine import power_at
from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_calm_home, a_home

APIS = ("1.4", "2.0.5", "2.2.2", "3.0.2", "dual")
# By firmware without a power percent, or with its API turned off, none can follow.
DEAD = 3


def limits(home: Home, dead: Sequence[int]) -> tuple[float, float]:
    """Return what those that can be steered draw at least and at most together."""
    full = [
        each.machine.physics.power
        for number, each in enumerate(home.miners)
        if number not in dead
    ]
    return sum(power_at(each, 40) for each in full), sum(full)


@pytest.mark.parametrize(("count", "poll"), [(10, 15), (50, 60)])
async def test_requests(
    hass: HomeAssistant, time: TimeMachine, count: int, poll: int
) -> None:
    """20 requests between lowest and full are met within 3 % in 30 s."""
    random = Random(count)
    async with a_home(
        hass, time, states=("hashing",) * count, apis=APIS, poll=poll
    ) as home:
        dead = range(0, count, count // DEAD)[:DEAD]
        for number in dead:
            home.miners[number].device.faults.unreachable(time.clock)
        # Their last power counts for five minutes.
        await home.live(390, step=15)
        lowest, full = limits(home, dead)
        await home.manager.async_request(full)
        await home.set_mode(Mode.EXTERNAL)
        await home.live(60)
        worst = 0.0
        for _ in range(20):
            power = random.uniform(lowest, full)
            await home.manager.async_request(power)
            await home.time.settle()
            await home.live(30)
            alive = sum(
                each.machine.physics.power
                for number, each in enumerate(home.miners)
                if number not in dead
            )
            worst = max(worst, abs(alive - power) / power)
        assert worst <= 0.03
        assert all(home.mines(number) for number in range(count))


async def test_energy(hass: HomeAssistant, time: TimeMachine) -> None:
    """What many miners draw together is counted, though no single one draws as much."""
    async with a_calm_home(hass, time, states=("hashing",) * 7) as home:
        assert home.power > CEILING
        await home.live(60)
        before = home.manager.status.energy or 0.0
        await home.live(600)
        counted = (home.manager.status.energy or 0.0) - before
        assert counted == pytest.approx(home.power * 600 / WATT_SECONDS, rel=0.02)
