"""What limits do with a miner that is held, and what is left of that afterwards."""

from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.law.holds import HoldKind
from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import a_home, kill

MINUTE = 60


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
