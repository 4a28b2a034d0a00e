"""Limits hold whatever a miner does, also one that is held."""

import asyncio
from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager.law.holds import HoldKind
from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine
from tests.conftest import until

from .home import a_home, kill

MINUTE = 60


async def test_cap_falls(hass: HomeAssistant, time: TimeMachine) -> None:
    """Tuned miners are throttled at once; what tunes is stopped."""
    async with a_home(
        hass, time, states=("hashing", "hashing", "ramping"), mode=Mode.FULL
    ) as home:
        await home.live(MINUTE)
        assert home.power > 7000
        await home.manager.async_set_cap(4000)
        await time.settle()
        await home.live(2, step=1)
        powers = [each.machine.physics.power for each in home.miners]
        assert sum(powers[:2]) <= 4000 * 1.02
        await home.live(20)
        assert home.power <= 4000 * 1.02
        assert home.mines(0)
        assert home.mines(1)
        assert not home.mines(2)


async def test_grid_cap_falls_by_the_load(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A kettle under a full fuse is obeyed with the next report."""
    async with a_home(hass, time, options={"grid_cap": 5000}, mode=Mode.FULL) as home:
        await home.live(MINUTE)
        home.load = 3000
        await home.live(1, step=1)
        home.report()
        await time.settle()
        await home.live(2, step=1)
        assert home.grid <= 5000 * 1.02
        await home.live(MINUTE)
        assert home.grid == pytest.approx(5000, rel=0.03)
        assert home.mines()
        home.load = 4500
        await home.live(20)
        assert not home.mines()


@pytest.mark.parametrize("states", [("stopped", "hashing"), ("hashing", "stopped")])
async def test_cap_and_no_answer(
    hass: HomeAssistant,
    time: TimeMachine,
    hass_storage: dict[str, Any],
    states: tuple[str, ...],
) -> None:
    """A miner that does not answer goes on drawing: no other one gets its power."""
    async with a_home(hass, time, states=states, mode=Mode.FULL) as home:
        await home.manager.async_set_cap(4000)
        await home.live(2 * MINUTE)
        silent = states.index("hashing")
        await home.miners[silent].stop()
        await home.live(15 * MINUTE, step=30)
        await kill(home, hass_storage)
        await home.live(15 * MINUTE, step=30)
        assert home.mines(silent)
        assert not home.mines(1 - silent)
        issues = ir.async_get(hass)
        issue = (DOMAIN, f"silent_miner_counts_{home.entry.entry_id}")
        assert issues.async_get_issue(*issue) is not None
        await hass.config_entries.async_remove(home.entries[silent].entry_id)
        await home.live(MINUTE)
        assert home.mines(1 - silent)
        assert issues.async_get_issue(*issue) is None
        home.entries[silent].add_to_hass(hass)


@pytest.mark.usefixtures("short_commands")
async def test_cap_and_a_start_without_answer(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A start of which nothing was heard may have been one."""
    async with a_home(hass, time, states=("stopped",) * 2) as home:
        first, second = home.miners
        first.device.faults.refuse["power_on"] = 132

        async def fall_silent() -> None:
            """Answer nothing more once it mines."""
            while second.machine.mineroff:
                await asyncio.sleep(0.001)
            await second.stop()

        silent = asyncio.create_task(fall_silent())
        await home.set_mode(Mode.FULL)
        await home.live(MINUTE)
        async with asyncio.timeout(60):
            await silent
        await home.manager.async_set_cap(4000)
        first.device.faults.refuse.clear()
        await home.live(30 * MINUTE, step=30)
        assert not home.mines(0)


async def test_ceiling_binds_what_is_held(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A manual command does not lift the cap, but a pause does."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await home.call("number.miner_1_power_percent", "set_value", value=100)
        await home.manager.async_set_cap(2500)
        await home.live(20)
        assert home.power <= 2500 * 1.02
        await home.set_mode(Mode.PAUSED)
        await home.call("number.miner_1_power_percent", "set_value", value=100)
        await home.live(5 * MINUTE)
        assert home.power > 3000


@pytest.mark.parametrize("meanwhile", ["nothing", "restart", "by_hand", "elsewhere"])
async def test_held_after_a_ceiling(
    hass: HomeAssistant,
    time: TimeMachine,
    hass_storage: dict[str, Any],
    meanwhile: str,
) -> None:
    """It returns to what was set by hand, unless somebody has set it anew."""
    async with a_home(hass, time, apis=("3.0.2",), mode=Mode.SOLAR) as home:
        percent = partial(home.call, "number.miner_1_power_percent", "set_value")
        await percent(value=90)
        await home.manager.async_set_cap(2100)
        await home.live(7 * MINUTE)
        lowered = home.percent()
        assert 50 < lowered < 75
        match meanwhile:
            case "restart":
                await kill(home, hass_storage)
            case "by_hand":
                await percent(value=50)
            case "elsewhere":
                home.miners[0].machine.set_power_percent(45, fast=True)
                await home.live(MINUTE)
        await home.manager.async_set_cap(2600)
        await home.live(7 * MINUTE)
        expected = {"by_hand": 50, "elsewhere": 45}.get(meanwhile)
        assert home.power <= 2600 * 1.02
        assert home.percent() == expected or (not expected and home.percent() > lowered)
        await home.manager.async_set_cap(None)
        await home.live(MINUTE)
        assert home.percent() == (expected or 90)
        assert home.manager.status.miners[home.entries[0].entry_id].hold is HoldKind.SET


async def test_cap_falls_while_it_is_set_by_hand(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """What is given back later is what was set last, not what it had before that."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        number = "number.miner_1_power_percent"
        await home.call(number, "set_value", value=80)
        await home.live(MINUTE)
        faults = home.miners[0].device.faults
        faults.only, faults.delay = {"set_power_pct"}, 0.2
        call, data = hass.services.async_call, {"entity_id": number, "value": 45}
        hand = hass.async_create_task(call("number", "set_value", data, blocking=True))
        await until(lambda: home.percent() == 45)
        await home.manager.async_set_cap(2500)
        await hand
        await home.live(MINUTE)
        await home.manager.async_set_cap(1500)
        await home.live(MINUTE)
        assert 40 <= home.percent() < 45
        await home.manager.async_set_cap(None)
        await home.live(MINUTE)
        assert home.percent() == 45
