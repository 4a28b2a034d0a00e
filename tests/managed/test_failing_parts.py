"""The ceilings hold although a part that they do not need fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager import manager, totals
from custom_components.whatsminer.power_manager.decisions import Decisions
from custom_components.whatsminer.power_manager.heating import Heating
from custom_components.whatsminer.power_manager.law.law import Law
from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Reason
from custom_components.whatsminer.power_manager.limits import Limits
from custom_components.whatsminer.power_manager.prices.tariff import Tariff
from custom_components.whatsminer.power_manager.problems import Problems
from custom_components.whatsminer.power_manager.settings import WhenLost
from custom_components.whatsminer.power_manager.sources import Sources
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home

PARTS: dict[str, tuple[object, str]] = {
    "prices": (Tariff, "step"),
    "thermostat": (Heating, "step"),
    "decisions": (Decisions, "compare"),
    "totals": (totals.Totals, "take"),
    "status": (manager, "status_of"),
    "repairs": (Problems, "find"),
}


def fails(*args: object, **kwargs: object) -> None:
    """Fail in a way that nobody foresaw."""
    raise LookupError("nobody foresaw this")


@pytest.mark.parametrize("part", PARTS)
async def test_ceilings_hold(
    hass: HomeAssistant,
    time: TimeMachine,
    caplog: pytest.LogCaptureFixture,
    part: str,
) -> None:
    """The miner keeps to the cap of the grid, and the fault is logged once."""
    options = {"grid_cap": 4000, "lost_after": 60}
    async with a_home(hass, time, options=options, mode=Mode.FULL) as home:
        await home.live(60)
        assert home.percent() == 100
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*PARTS[part], fails)
            home.load = 1500
            await home.live(300)
        assert home.grid <= 4000 + 50
        assert home.mines()
        assert caplog.text.count(f"goes on without its {part}") == 1
        assert caplog.text.count("LookupError: nobody foresaw this") == 1
        await home.live(20)
        assert home.manager.status.limit is Limit.GRID_CAP


async def test_one_entity_fails(hass: HomeAssistant, time: TimeMachine) -> None:
    """What one entity cannot show, the others do all the same."""
    async with a_home(hass, time) as home:
        shown: list[float | None] = []
        home.manager.async_add_listener(fails)
        home.manager.async_add_listener(lambda: shown.append(home.manager.status.power))
        await home.live(30)
        assert shown


@contextmanager
def failing(owner: object, name: str) -> Iterator[None]:
    """Let a part fail as long as this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, fails)
        yield


def shows_fault(home: Home) -> bool:
    """Return whether a repair says that the manager does not decide."""
    issue_id = f"manager_fails_{home.entry.entry_id}"
    return ir.async_get(home.hass).async_get_issue(DOMAIN, issue_id) is not None


async def test_law_fails(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """The ceilings hold without the law, nothing is raised, and it goes on afterwards."""
    options = {"grid_cap": 4000}
    async with a_home(hass, time, options=options, mode=Mode.FULL) as home:
        await home.live(60)
        with failing(Law, "step"):
            home.load = 1500
            await home.live(200)
            assert home.grid <= 4000 + 50
            assert home.mines()
            lowered = home.percent()
            assert lowered < 100
            home.load = 0
            await home.live(120)
            assert home.percent() == lowered
            home.load = 3500
            await home.live(60)
            assert not home.mines()
            assert home.manager.status.limit is Limit.FAULT
            assert shows_fault(home)
        assert caplog.text.count("goes on without its rules") == 1
        home.load = 300
        await home.live(20 * 60, step=30)
        assert not shows_fault(home)
        assert home.mines()


@pytest.mark.parametrize(
    ("owner", "name"), [(Limits, "find"), (Sources, "read"), (Law, "step")]
)
@pytest.mark.parametrize("when_lost", WhenLost)
async def test_fault_lasts(
    hass: HomeAssistant,
    time: TimeMachine,
    owner: object,
    name: str,
    when_lost: WhenLost,
) -> None:
    """The miner does what it does when the meter is lost, and starts no more."""
    options = {"lost_after": 2, "when_lost": when_lost.value}
    async with a_home(hass, time, options=options, mode=Mode.FULL) as home:
        await home.live(60)
        with failing(owner, name):
            await home.live(100)
            assert home.percent() == 100
            await home.live(120)
            assert home.mines() is (when_lost is WhenLost.LOWEST)
            if home.mines():
                assert home.percent() == 40


async def test_fault_and_off(hass: HomeAssistant, time: TimeMachine) -> None:
    """The mode Off stops what is not held at once."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.FULL) as home:
        await home.call("number.miner_2_power_percent", "set_value", value=70)
        with failing(Law, "step"):
            await home.set_mode(Mode.OFF)
            await home.live(20)
            assert not home.mines()
            assert home.mines(1)


async def test_law_fails_and_a_percent_is_refused(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A miner that cannot be lowered is stopped."""
    async with a_home(hass, time, options={"grid_cap": 4000}, mode=Mode.FULL) as home:
        await home.live(60)
        home.miners[0].device.faults.refuse["set_power_pct"] = 132
        with failing(Law, "step"):
            home.load = 1500
            await home.live(60)
            assert not home.mines()


async def test_law_fails_while_paused(hass: HomeAssistant, time: TimeMachine) -> None:
    """What a paused manager has not ordered does not count as in vain afterwards."""
    async with a_home(hass, time) as home:
        await home.manager.async_set_cap(2500)
        home.meter_works = False
        with failing(Law, "step"):
            await home.live(10)
            assert home.percent() == 100
            await home.set_mode(Mode.FULL)
            await home.live(20)
            assert home.mines()
            assert home.power <= 2500 * 1.02


async def test_law_fails_and_a_hand_raises(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A limit that was kept to once lowers the miner again, and does not stop it."""
    async with a_home(hass, time, mode=Mode.FULL) as home:
        await home.manager.async_set_cap(2500)
        await home.live(60)
        with failing(Law, "step"):
            for _ in range(2):
                await home.call("number.miner_1_power_percent", "set_value", value=100)
                await home.live(60)
                assert home.mines()
                assert home.power <= 2500 * 1.02


async def test_one_miner_fails(
    hass: HomeAssistant, time: TimeMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """It counts with its last power, and the others are lowered for it."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.FULL) as home:
        await home.live(60)
        with failing(home.entries[0].runtime_data.commands, "find_range"):
            await home.manager.async_set_cap(5500)
            await home.live(60)
            assert home.percent() == 100
            assert 40 <= home.percent(1) < 70
            assert home.power <= 5500 * 1.02
            assert not shows_fault(home)
            reason = home.manager.status.miners[home.entries[0].entry_id].reason
            assert reason is Reason.UNREACHABLE
        assert caplog.text.count("goes on without its reading of Miner 1") == 1
        await home.live(60)
        reason = home.manager.status.miners[home.entries[0].entry_id].reason
        assert reason is Reason.FULL


async def test_mode_is_shown(hass: HomeAssistant, time: TimeMachine) -> None:
    """The mode is what was chosen, also where nothing else can be shown."""
    async with a_home(hass, time) as home:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*PARTS["status"], fails)
            await home.set_mode(Mode.SOLAR)
            state = hass.states.get("select.power_mode")
        assert state is not None
        assert state.state == "solar"
