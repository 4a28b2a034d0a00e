"""A miner of a power manager that takes no commands: it is a load like any other."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.law.models import Limit, Mode, Reason
from tests.blueprints.time_machine import TimeMachine
from tests.conftest import PASSWORD

from .home import Home, a_home

TWO = ("hashing",) * 2


def reason(home: Home, number: int = 0) -> Reason | Limit | None:
    """Return why a miner draws what it draws."""
    return home.manager.status.miners[home.entries[number].entry_id].reason


def named(home: Home) -> str | None:
    """Return the miners that the repair names; None: there is none."""
    issue_id = f"managed_miner_takes_no_commands_{home.entry.entry_id}"
    issue = ir.async_get(home.hass).async_get_issue(DOMAIN, issue_id)
    if issue is None:
        return None
    assert issue.translation_placeholders is not None
    return issue.translation_placeholders["which"]


async def reconfigure(home: Home, *entered: dict[str, Any]) -> None:
    """Go through the reconfiguration of the first miner."""
    result: Any = await home.entries[0].start_reconfigure_flow(home.hass)
    for each in entered:
        result = await home.hass.config_entries.flow.async_configure(
            result["flow_id"], each
        )
    assert result["type"] == "abort", result
    await home.time.settle()


async def only_read(home: Home) -> None:
    """Only read the first miner from now on."""
    await reconfigure(home, {"next_step_id": "only_read"}, {})


async def test_only_read(hass: HomeAssistant, time: TimeMachine) -> None:
    """It mines on whatever the mode, which its page and a repair say."""
    async with a_home(hass, time, states=TWO, mode=Mode.FULL) as home:
        await only_read(home)
        await home.set_mode(Mode.OFF)
        await home.live(60)
        assert (home.mines(0), home.mines(1)) == (True, False)
        assert reason(home) is Reason.NO_COMMANDS
        assert reason(home, 1) is Reason.OFF
        assert named(home) == "Miner 1"
        host = home.miners[0].host
        await reconfigure(home, {"host": host, "password": PASSWORD})
        await home.live(60)
        assert not home.mines(0)
        assert named(home) is None


async def test_api_turned_off(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner whose API was turned off for commands says so with the first of them."""
    async with a_home(hass, time, mode=Mode.FULL) as home:
        home.miners[0].device.api_switch = False
        await home.set_mode(Mode.OFF)
        await home.live(600)
        assert reason(home) is Reason.NO_COMMANDS
        assert named(home) == "Miner 1"
        issue_id = f"miner_does_not_stop_{home.entry.entry_id}"
        assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
        home.miners[0].device.api_switch = True
        await home.live(900)
        assert not home.mines()
        assert named(home) is None


async def test_plain_cgminer(hass: HomeAssistant, time: TimeMachine) -> None:
    """Firmware without any command is no different."""
    async with a_home(hass, time, mode=Mode.SOLAR, apis=("cgminer",)) as home:
        await home.live(60)
        assert reason(home) is Reason.NO_COMMANDS
        assert home.manager.status.reason is Reason.NO_COMMANDS
        assert named(home) == "Miner 1"


@pytest.mark.parametrize("cap", [4000, 5000])
async def test_cap_and_no_commands(
    hass: HomeAssistant, time: TimeMachine, cap: float
) -> None:
    """Below a cap the others get what it leaves, however the list begins."""
    async with a_home(hass, time, states=TWO, mode=Mode.FULL) as home:
        await only_read(home)
        await home.manager.async_set_cap(cap)
        await home.live(120)
        assert home.mines(0)
        assert home.mines(1) is (cap == 5000)
        assert home.power < cap * 1.01
        assert reason(home) is Reason.NO_COMMANDS


async def test_surplus(hass: HomeAssistant, time: TimeMachine) -> None:
    """The others follow what it leaves of the surplus."""
    async with a_home(hass, time, states=TWO, mode=Mode.SOLAR) as home:
        home.pv = 6000
        await only_read(home)
        await home.live(300)
        assert home.mines(1)
        assert home.grid == pytest.approx(0, abs=150)


async def test_minimum(hass: HomeAssistant, time: TimeMachine) -> None:
    """The first that takes commands keeps its lowest power, and no more than that."""
    states = ("stopped", "hashing")
    async with a_home(hass, time, states=states, mode=Mode.SOLAR) as home:
        await only_read(home)
        await home.set_mode(Mode.MINIMUM_SOLAR)
        await home.live(300)
        assert reason(home) is Reason.NO_COMMANDS
        assert home.percent(1) == 40
