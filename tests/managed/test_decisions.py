"""What a manager says of its decisions, and over restarts only once."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.decisions import Decisions
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Mode,
    Plan,
    Reason,
)
from tests.blueprints.time_machine import TimeMachine

from .home import a_home

pytestmark = pytest.mark.usefixtures("puppet")


async def test_decisions(hass: HomeAssistant, time: TimeMachine) -> None:
    """They are there after a restart, and only the last 200."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        for _ in range(150):
            await home.manager.async_set_mode(Mode.FULL)
            await home.manager.async_set_mode(Mode.SOLAR)
        await home.reload()
        messages = [each.message for each in home.manager.decisions]
        assert len(messages) == 200
        assert messages[-1] == "The miners follow the surplus"
        assert home.manager.decisions[-2].inputs["mode"] == "full"


async def test_news_of_each_day(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """What a miner does not keep to is news once on each local day."""
    entry = MockConfigEntry(domain=DOMAIN)
    decisions = Decisions(hass, entry, lambda: None)
    plan = Plan(
        target=0,
        available=None,
        mean=None,
        reason=Reason.HELD,
        orders=(),
        parts={},
        disproved={"miner": Action.PERCENT},
    )
    # From five past midnight on: the first step is past that of UTC.
    for hours, count in ((0, 1), (2, 1), (21, 1), (1, 2)):
        await berlin.move(hours * 3600)
        decisions.compare(plan, {"miner": "Miner"})
        assert len(decisions.all) == count


async def test_limit_is_no_news(hass: HomeAssistant, time: TimeMachine) -> None:
    """A reload says nothing of what limits a miner as before; a new time is news."""
    hass.states.async_set("switch.may", "off")
    async with a_home(hass, time, options={"allowed": "switch.may"}) as home:
        await home.reload()
        await home.live(20)
        off = "Miner 1 has to stay off: mining is not allowed now"
        assert home.said("Miner 1") == [off]
        hass.states.async_set("switch.may", "on")
        hass.states.async_set("switch.may", "off")
        assert home.said("Miner 1") == [off, "Miner 1 is no longer limited", off]


async def test_limit_that_ends_meanwhile(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """That is news after a restart, and so is the next time; that a miner is away is not."""
    hass.states.async_set("switch.may", "off")
    off, on = "Miner 1 has to stay off", "Miner 1 is no longer limited"
    async with a_home(hass, time, options={"allowed": "switch.may"}) as home:
        miner = home.entries[0].entry_id
        await hass.config_entries.async_unload(miner)
        await home.reload()
        await home.live(20)
        await hass.config_entries.async_setup(miner)
        await home.live(20)
        assert [home.said(off)[1:], home.said(on)] == [[], []]
        await hass.config_entries.async_unload(home.entry.entry_id)
        hass.states.async_set("switch.may", "on")
        await hass.config_entries.async_setup(home.entry.entry_id)
        await home.live(20)
        assert len(home.said(on)) == 1
        hass.states.async_set("switch.may", "off")
        assert len(home.said(off)) == 2


@pytest.mark.parametrize("renames", [False, True])
async def test_limit_is_no_news_by_any_name(
    hass: HomeAssistant, time: TimeMachine, renames: bool
) -> None:
    """A miner is no other one whose name begins alike, and the same by a new name."""
    hass.states.async_set("switch.may", "off")
    options = {"allowed": "switch.may"}
    async with a_home(hass, time, states=("hashing",) * 2, options=options) as home:
        entry = home.entries[0]
        hass.config_entries.async_update_entry(entry, title="Miner")
        hass.states.async_set("switch.may", "on")
        hass.states.async_set("switch.may", "off")
        before = home.said("has to stay off")
        off = "has to stay off: mining is not allowed now"
        assert before[-2:] == [f"Miner {off}", f"Miner 2 {off}"]
        if renames:
            hass.config_entries.async_update_entry(entry, title="Anna")
        await home.reload()
        await home.live(20)
        assert home.said("has to stay off") == before


async def test_decisions_of_an_earlier_version(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Those without what decides are kept; what is news after them is."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await home.live(20)
        await hass.config_entries.async_unload(home.entry.entry_id)
        stored = hass_storage[f"{DOMAIN}.{home.entry.entry_id}.decisions"]["data"]
        assert stored
        for each in stored:
            del each["miner"], each["decides"]
        count = len(stored)
        await hass.config_entries.async_setup(home.entry.entry_id)
        await home.live(20)
        messages = [each.message for each in home.manager.decisions]
        assert messages[:count] == [each["message"] for each in stored]
        assert home.said("The miners follow") == ["The miners follow the surplus"] * 2
