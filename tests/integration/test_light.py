"""What is written is little: rows of the database count, and each poll is a report."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant
from homeassistant.util.dt import utcnow
import pytest

from custom_components.whatsminer.const import SCAN_INTERVAL
from custom_components.whatsminer.deadband import Deadband
from tests.conftest import at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import enter, later, value

MOST_ROWS = 20
MINUTES = 10


class Steady:
    """A miner that mines evenly but for noise, and counts on."""

    def __init__(self, miner: SimulatedMiner, clock: ManualClock) -> None:
        """Note what it does now."""
        self._machine, self._clock = miner.machine, clock
        self._random = Random(1)
        self._machine.advance()
        physics = self._machine.physics
        self._rates = [board.averages.rate["1m"] for board in physics.boards]
        self._heat = [board.temperature for board in physics.boards]
        self._power, self._around = physics.power, physics.env_temp
        self._fans = physics.fan_in, physics.fan_out

    def go_on(
        self, seconds: float, noise: float = 1, factor: float = 1, warmer: float = 0
    ) -> None:
        """Let time pass: noise of 0.4 % on rates and power, 0.3 K, 30 rpm (one sigma)."""
        self._clock.advance(seconds)
        self._machine.advance()
        physics = self._machine.physics

        def some(most: float) -> float:
            return self._random.gauss(0, most) * noise

        rate, heat = factor * (1 + some(0.004)), warmer + some(0.3)
        for board, usual, warm in zip(
            physics.boards, self._rates, self._heat, strict=True
        ):
            board.averages.rate = dict.fromkeys(board.averages.rate, usual * rate)
            board.temperature = warm + heat
        physics.power = self._power * factor * (1 + some(0.004))
        physics.env_temp = self._around + warmer + some(0.3)
        physics.fan_in, physics.fan_out = (each + some(30) for each in self._fans)


@contextmanager
def rows(hass: HomeAssistant) -> Iterator[Counter[str]]:
    """Count what the recorder would write, by entity: each change of state or attributes."""
    found: Counter[str] = Counter()

    def count(event: Event[Any]) -> None:
        found[event.data["entity_id"]] += 1

    remove = hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    yield found
    remove()


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2", "dual"])
async def test_rows(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    api: str,
) -> None:
    """A miner that mines evenly writes few rows; each entity is reported all the same."""
    seconds = int(SCAN_INTERVAL.total_seconds())
    async with at_home(api=api, clock=clock) as miner:
        entry = await enter(hass, miner)
        steady = Steady(miner, clock)
        # What is written first is not in the middle of the noise.
        steady.go_on(seconds, noise=0, factor=0.994, warmer=-0.6)
        await later(hass, freezer, seconds)
        with rows(hass) as found:
            for _ in range(MINUTES * 60 // seconds):
                steady.go_on(seconds)
                await later(hass, freezer, seconds)
                assert {
                    state.entity_id
                    for state in hass.states.async_all()
                    if (utcnow() - state.last_reported).total_seconds() > 1
                } == set()
        assert found.total() <= MOST_ROWS * MINUTES
        # It is not that nothing is written.
        assert found["sensor.miner_energy"] >= MINUTES // 2
        assert found["sensor.miner_hashrate"] >= 2
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("api", ["2.0.5", "dual"])
async def test_change_shows(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
    api: str,
) -> None:
    """A change of 1 % or 1 K is there with the next poll."""
    keys = ("hashrate", "hashrate_relative_to_factory", "power")
    warm = ("board_temperature", "hottest_chip", "environment_temperature")
    async with at_home(api=api, clock=clock) as miner:
        entry = await enter(hass, miner)
        steady = Steady(miner, clock)
        steady.go_on(16, noise=0)
        await later(hass, freezer)

        def shown() -> dict[str, float]:
            return {
                key: float(value(hass, f"sensor.miner_{key}")) for key in keys + warm
            }

        before = shown()
        steady.go_on(16, noise=0, factor=1.01, warmer=1)
        await later(hass, freezer)
        after = shown()
        for key in keys:
            assert after[key] == pytest.approx(1.01 * before[key], rel=0.002), key
        for key in warm:
            assert after[key] == pytest.approx(before[key] + 1, abs=0.25), key
        await hass.config_entries.async_unload(entry.entry_id)


async def test_at_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: ManualClock,
) -> None:
    """With another status all is written, and a miner that is back shows what it reads."""
    async with at_home(api="2.0.5", clock=clock) as miner:
        entry = await enter(hass, miner)
        steady = Steady(miner, clock)
        steady.go_on(16, noise=0)
        await later(hass, freezer)
        before = value(hass, "sensor.miner_power"), value(hass, "sensor.miner_energy")
        steady.go_on(16, noise=0, factor=1.002)
        await later(hass, freezer)
        assert value(hass, "sensor.miner_power") == before[0]
        miner.faults.unreachable(clock)
        await later(hass, freezer)
        assert value(hass, "sensor.miner_power") == STATE_UNAVAILABLE
        miner.faults.unreachable(clock, 0)
        await later(hass, freezer)
        assert value(hass, "sensor.miner_power") != before[0]
        assert value(hass, "sensor.miner_energy") != before[1]
        miner.machine.power_off()
        await later(hass, freezer)
        assert value(hass, "sensor.miner_hashrate") == "0.0"
        assert value(hass, "sensor.miner_efficiency") == STATE_UNKNOWN
        await hass.config_entries.async_unload(entry.entry_id)


async def test_state_of_somebody_else(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulated: SimulatedMiner
) -> None:
    """A state that the integration has not written is not taken for its own."""
    await enter(hass, simulated)
    await later(hass, freezer)
    for entity_id in ("sensor.miner_status", "switch.miner_mining"):
        before = value(hass, entity_id)
        hass.states.async_set(entity_id, "made up")
        await later(hass, freezer)
        assert value(hass, entity_id) == before


@pytest.mark.parametrize(
    ("band", "written", "value", "age", "holds"),
    [
        (Deadband(part=0.005), 1000.0, 1004.9, 0, True),
        (Deadband(part=0.005), 1000.0, 1005.0, 0, False),
        (Deadband(part=0.005), 1000.0, 995.0, 0, False),
        (Deadband(part=0.005), 1000.0, 1001.0, None, False),
        (Deadband(part=0.005), 1000.0, 1000.0, None, True),
        (Deadband(part=0.005), 0.1, 0.0, 0, False),
        (Deadband(part=0.005), 0.0, 0.1, 0, False),
        (Deadband(step=0.5), 60.0, 60.4, 0, True),
        (Deadband(step=0.5), 60.0, 60.5, 0, False),
        (Deadband(step=50), 4000, None, 0, False),
        (Deadband(step=50), None, 4000, 0, False),
        (Deadband(step=50), None, None, 0, True),
        (Deadband(seconds=60), 7, 8, 59, True),
        (Deadband(seconds=60), 7, 8, 60, False),
        (Deadband(seconds=60), 7, 0, 1, False),
    ],
)
def test_deadband(
    band: Deadband, written: Any, value: Any, age: float | None, holds: bool
) -> None:
    """What was written stands for a value that is near, but not for zero or unknown."""
    assert band.holds(written, value, age) is holds
