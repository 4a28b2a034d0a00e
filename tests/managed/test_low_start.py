"""The option *Start at low power*, with the real law and simulated miners."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home, kill

MINUTE = 60
OPTIONS = {"low_start": True}


async def until_it_mines(home: Home) -> None:
    """Let time pass until the miner was started, by a surplus for its lowest power."""
    home.pv = 1900
    for _ in range(60):
        await home.live(30)
        if home.mines():
            return
    raise AssertionError([str(each.message) for each in home.manager.decisions], home.manager.status, home.miners[0].log.commands[-20:])


@pytest.mark.parametrize("api", ["2.2.2", "3.0.2"])
async def test_low_start(hass: HomeAssistant, time: TimeMachine, api: str) -> None:
    """It is started with its lowest power; more surplus gives it the rest."""
    async with a_home(
        hass, time, states=("stopped",), apis=(api,), options=OPTIONS, mode=Mode.SOLAR
    ) as home:
        machine = home.miners[0].machine
        full = machine.physics.limit(machine.settings, 3)
        await until_it_mines(home)
        assert (machine.settings.power or full) < 0.6 * full
        await home.live(40 * MINUTE, step=30)
        assert home.power < 0.7 * full
        home.pv = 4500
        await home.live(10 * MINUTE)
        assert machine.settings.power == full
        assert home.power > 0.9 * full
        (lowered,) = home.said("Lowered the start power of")
        (restored,) = home.said("Restored the start power of")
        assert "Miner 1" in lowered
        assert "Miner 1" in restored


async def test_low_start_is_handed_back(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Who removes the manager gets the start power back, also after a kill."""
    async with a_home(
        hass,
        time,
        states=("stopped",),
        apis=("2.2.2",),
        options=OPTIONS,
        mode=Mode.SOLAR,
    ) as home:
        machine = home.miners[0].machine
        full = machine.physics.limit(machine.settings, 3)
        await until_it_mines(home)
        await kill(home, hass_storage)
        assert (machine.settings.power or full) < 0.6 * full
        await hass.config_entries.async_remove(home.entry.entry_id)
        await time.settle()
        assert machine.settings.power == full
        home.entry.add_to_hass(hass)


async def test_low_start_is_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that refuses it is started as if the option was off."""
    async with a_home(
        hass,
        time,
        states=("stopped",),
        apis=("2.2.2",),
        options=OPTIONS,
        mode=Mode.SOLAR,
    ) as home:
        home.miners[0].device.faults.refuse["set_power"] = 132
        home.pv = 4500
        await home.live(15 * MINUTE)
        assert home.mines()
        assert home.miners[0].machine.settings.power is None
