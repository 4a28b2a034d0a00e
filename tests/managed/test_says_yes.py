"""Miners that say yes to everything, and do something else: no yes is a proof.

Time flows by the second here, and commands are read back as often as in a house.
"""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.control import queue
from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine
from tests.simulator import SimulatedMiner
from tests.simulator.v3_status import V3Error

from .home import Home, a_home

MINUTE = 60
FULL = 3600
GENERATIONS = ["2.0.5", "2.2.2", "3.0.2"]
WRITES = ("power_o", "set_power", "set.miner")

type Do = Callable[[], object]


@pytest.fixture(autouse=True)
def usual_confirmation(
    quick_confirmation: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read a miner that was commanded as often as in a house."""
    monkeypatch.setattr(queue, "CONFIRM_FIRST", 0.25)
    monkeypatch.setattr(queue, "CONFIRM_MOST", 3.0)


def does_nothing(_: SimulatedMiner, __: Do) -> None:
    """Do nothing."""


def does_another(miner: SimulatedMiner, _: Do) -> None:
    """Do something else, whatever is asked for."""
    miner.machine.set_power_percent(90, fast=True)


def is_late(miner: SimulatedMiner, do: Do) -> None:
    """Do it after a minute and a half, if that is possible then."""

    def do_or_not() -> None:
        """Do it, unless it is impossible by now."""
        with suppress(V3Error):
            do()

    miner.machine.plan(90, do_or_not)


def forgets(miner: SimulatedMiner, do: Do) -> None:
    """Do it, and a minute after the last command be as before."""
    machine = miner.machine
    before, was_off = deepcopy(machine.settings), machine.mineroff
    machine.planned.clear()

    def undo() -> None:
        """Be as before, at full power."""
        machine.settings = before
        machine.physics.set_percent(100, fast=True)
        if was_off:
            machine.power_off()
        else:
            machine.power_on()

    do()
    machine.plan(60, undo)


def says_yes(home: Home, how: Callable[[SimulatedMiner, Do], None]) -> None:
    """Let the miner say yes from now on."""
    (miner,) = home.miners
    miner.device.faults.instead = partial(how, miner)
    miner.log.clear()


async def live(home: Home, seconds: int) -> None:
    """Let time flow; the meter reports each ten seconds."""
    for _ in range(seconds // 10):
        await home.time.flow(10)
        home.report()


def written(home: Home) -> int:
    """Return how many commands the miner was sent."""
    return sum(each.startswith(WRITES) for each in home.miners[0].log.commands)


def stuck(home: Home) -> str | None:
    """Return which miners do not stop, as the repair says."""
    issue = ir.async_get(home.hass).async_get_issue(
        DOMAIN, f"miner_does_not_stop_{home.entry.entry_id}"
    )
    return None if issue is None else (issue.translation_placeholders or {})["which"]


@pytest.mark.parametrize("how", [does_nothing, does_another])
@pytest.mark.parametrize("api", GENERATIONS)
async def test_yes_to_a_stop(
    hass: HomeAssistant,
    time: TimeMachine,
    api: str,
    how: Callable[[SimulatedMiner, Do], None],
) -> None:
    """It mines on: a repair names it, and it is asked again after each minute that it had."""
    async with a_home(hass, time, apis=(api,)) as home:
        says_yes(home, how)
        await home.manager.async_set_mode(Mode.OFF)
        await live(home, 15 * MINUTE)
        assert home.mines()
        assert len(home.said("Miner 1 did not stop")) == 1
        assert stuck(home) == "Miner 1"
        assert 8 <= written(home) <= 20


@pytest.mark.parametrize("api", GENERATIONS)
async def test_yes_to_a_start(hass: HomeAssistant, time: TimeMachine, api: str) -> None:
    """It stays off: that is said once, and each try waits twice as long."""
    async with a_home(hass, time, states=("stopped",), apis=(api,)) as home:
        says_yes(home, does_nothing)
        await home.manager.async_set_mode(Mode.FULL)
        await live(home, 40 * MINUTE)
        assert not home.mines()
        assert len(home.said("Miner 1 did not start")) == 1
        assert written(home) <= 5


@pytest.mark.parametrize("api", GENERATIONS[1:])
async def test_yes_to_a_percent(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> None:
    """Its power stays as it is: that is said, and it is stopped to keep below a cap."""
    async with a_home(hass, time, apis=(api,), mode=Mode.FULL) as home:
        await live(home, MINUTE)
        home.miners[0].device.faults.disobey |= {
            "set_power_pct",
            "set.miner.power_percent",
        }
        await home.manager.async_set_cap(2000)
        await live(home, 5 * MINUTE)
        assert len(home.said("Miner 1 did not change its power")) == 1
        assert not home.mines()


@pytest.mark.parametrize("api", GENERATIONS)
async def test_yes_comes_late(hass: HomeAssistant, time: TimeMachine, api: str) -> None:
    """What comes late is seen when it comes, and nothing is said of it any more."""
    async with a_home(hass, time, apis=(api,)) as home:
        says_yes(home, is_late)
        await home.manager.async_set_mode(Mode.OFF)
        await live(home, 10 * MINUTE)
        assert not home.mines()
        assert stuck(home) is None
        assert written(home) <= 2


@pytest.mark.parametrize("api", GENERATIONS[1:])
async def test_percent_is_forgotten(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> None:
    """It goes back to full power again and again: that is said, and asked seldom."""
    async with a_home(hass, time, apis=(api,), mode=Mode.FULL) as home:
        home.pv = 2500
        await live(home, MINUTE)
        says_yes(home, forgets)
        await home.manager.async_set_mode(Mode.SOLAR)
        await live(home, 20 * MINUTE)
        said = "Miner 1 accepts a power percent and goes back from it by itself"
        assert len(home.said(said)) == 1
        before = written(home)
        await live(home, 20 * MINUTE)
        assert len(home.said(said)) == 1
        assert written(home) - before <= 15


@pytest.mark.parametrize("api", GENERATIONS[1:])
async def test_percent_below_a_cap_is_forgotten(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> None:
    """What does not stay below a cap is stopped."""
    async with a_home(hass, time, apis=(api,), mode=Mode.FULL) as home:
        await live(home, MINUTE)
        (miner,) = home.miners
        miner.device.faults.instead = partial(forgets, miner)
        await home.manager.async_set_cap(2000)
        await live(home, 2 * MINUTE)
        assert home.mines()
        miner.device.faults.instead = lambda do: (
            do() if home.said("Miner 1 accepts") else forgets(miner, do)
        )
        await live(home, 6 * MINUTE)
        assert not home.mines()


@pytest.mark.parametrize("api", GENERATIONS)
async def test_stop_is_forgotten(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> None:
    """It mines again by itself: a repair names it until a stop lasts."""
    async with a_home(hass, time, apis=(api,)) as home:
        (miner,) = home.miners
        says_yes(home, forgets)
        await home.manager.async_set_mode(Mode.OFF)
        await live(home, 6 * MINUTE)
        assert stuck(home) == "Miner 1"
        assert "is its lowest for today" not in str(home.manager.decisions)
        miner.device.faults.instead = None
        await live(home, 15 * MINUTE)
        assert not home.mines()
        assert stuck(home) is None


async def test_own_starts_are_no_return(hass: HomeAssistant, time: TimeMachine) -> None:
    """What the manager starts itself soon after a stop does not mine by itself."""
    async with a_home(hass, time, options={"least_rest": 0}) as home:
        for _ in range(3):
            await home.manager.async_set_mode(Mode.OFF)
            await live(home, MINUTE)
            assert not home.mines()
            await home.manager.async_set_mode(Mode.FULL)
            await live(home, 2 * MINUTE)
            assert home.mines()
            assert stuck(home) is None


@pytest.mark.parametrize("api", GENERATIONS[1:])
async def test_low_start_without_effect(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> None:
    """It starts at full power all the same: it follows the surplus from then on.

    What shows that is the power after it has tuned: no miner reports a start power.
    """
    async with a_home(hass, time, apis=(api,), options={"low_start": True}) as home:
        await home.manager.async_set_mode(Mode.OFF)
        await live(home, 2 * MINUTE)
        assert not home.mines()
        home.miners[0].device.faults.disobey |= {"set_power", "set.miner.power"}
        await home.manager.async_set_mode(Mode.SOLAR)
        home.pv = 1900
        await live(home, 36 * MINUTE)
        assert home.mines()
        assert len(home.said("Miner 1 accepted a lower start power")) == 1
        await live(home, 5 * MINUTE)
        assert home.power < 0.5 * FULL
