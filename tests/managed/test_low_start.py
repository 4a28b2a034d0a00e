"""The option *Start at low power*, with the real law and simulated miners."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine, living_miners

from .home import Home, a_home, kill

MINUTE = 60
FULL = 3600


@pytest.fixture(autouse=True)
def living_miner(time: TimeMachine) -> Iterator[None]:
    """Let the miner live on while the queue waits."""
    with living_miners(time):
        yield


@asynccontextmanager
async def stopped(
    hass: HomeAssistant, time: TimeMachine, api: str
) -> AsyncIterator[Home]:
    """Set up a home whose miner has mined, and is stopped."""
    async with a_home(
        hass, time, apis=(api,), options={"low_start": True}, mode=Mode.OFF
    ) as home:
        await home.live(MINUTE)
        assert not home.mines()
        await home.set_mode(Mode.SOLAR)
        yield home


def start_power(home: Home) -> float:
    """Return the W with which the miner starts."""
    return home.miners[0].machine.settings.power or FULL


async def until_it_mines(home: Home) -> None:
    """Let time pass until the surplus for its lowest power has started the miner."""
    home.pv = 1900
    for _ in range(30):
        await home.live(MINUTE, step=30)
        if home.mines():
            return
    raise AssertionError("it was not started")


@pytest.mark.parametrize("api", ["2.2.2", "3.0.2"])
async def test_low_start(hass: HomeAssistant, time: TimeMachine, api: str) -> None:
    """It is started with its lowest power; more surplus gives it the rest."""
    async with stopped(hass, time, api) as home:
        await until_it_mines(home)
        assert start_power(home) < 0.6 * FULL
        await home.live(30 * MINUTE, step=60)
        assert home.power < 0.7 * FULL
        home.pv = 4500
        # API 2.2 shows a mean of five minutes, and what it can draw is measured first.
        await home.live(8 * MINUTE, step=30)
        assert start_power(home) == FULL
        assert home.power > 0.9 * FULL
        assert len(home.said("Lowering the start power of Miner 1")) == 1
        assert len(home.said("Restoring the start power of Miner 1")) == 1


@pytest.mark.parametrize("is_held", [False, True])
async def test_low_start_is_handed_back(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any], is_held: bool
) -> None:
    """Who removes the manager gets the start power back, also after a kill."""
    async with stopped(hass, time, "2.2.2") as home:
        await until_it_mines(home)
        if is_held:
            await home.call("switch.miner_1_mining", "turn_off")
        await kill(home, hass_storage)
        assert start_power(home) < 0.6 * FULL
        await hass.config_entries.async_remove(home.entry.entry_id)
        await time.settle()
        assert start_power(home) == FULL
        home.entry.add_to_hass(hass)


async def test_low_start_is_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that refuses it is started as if the option was off."""
    async with stopped(hass, time, "2.2.2") as home:
        home.miners[0].device.faults.refuse["set_power"] = 132
        home.pv = 4500
        await home.live(20 * MINUTE, step=30)
        assert home.mines()
        assert start_power(home) == FULL
        assert len(home.said("Miner 1 did not lower its start power")) == 1


async def send(home: Home, command: str, **parameters: object) -> None:
    """Send the miner a command by hand."""
    await home.hass.services.async_call(
        "whatsminer",
        "send_command",
        {
            "entity_id": "switch.miner_1_mining",
            "command": command,
            "parameters": parameters,
        },
        blocking=True,
    )
    await home.time.settle()


async def test_newer_limit_wins(hass: HomeAssistant, time: TimeMachine) -> None:
    """A limit that was lowered meanwhile is not raised by giving back the start power."""
    async with stopped(hass, time, "2.2.2") as home:
        full_power = {home.entries[0].entry_id: FULL}
        options = {**home.entry.options, "full_power": full_power}
        hass.config_entries.async_update_entry(home.entry, options=options)
        await home.reload()
        await until_it_mines(home)
        await home.live(30 * MINUTE, step=60)
        await send(home, "adjust_power_limit", power_limit="3000")
        await home.live(30 * MINUTE, step=60)
        await home.manager.async_end_hold()
        home.pv = 4500
        await home.live(20 * MINUTE, step=30)
        assert home.said("Restoring the start power of Miner 1")
        assert start_power(home) == 3000


async def test_newer_limit_of_one_that_stands(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """The same of a miner that is stopped, and so reports no limit but what was set."""
    async with stopped(hass, time, "2.2.2") as home:
        await until_it_mines(home)
        await home.call("switch.miner_1_mining", "turn_off", by_person=True)
        await send(home, "adjust_power_limit", power_limit="3000")
        await home.live(MINUTE)
        await hass.config_entries.async_remove(home.entry.entry_id)
        await time.settle()
        assert start_power(home) == 3000
        home.entry.add_to_hass(hass)


@pytest.mark.parametrize(
    ("api", "command", "parameters"),
    [
        ("2.2.2", "set_power", {"power": "2500"}),
        ("3.0.2", "set.miner.power", {"param": 2500}),
    ],
)
async def test_start_power_set_by_hand(
    hass: HomeAssistant,
    time: TimeMachine,
    api: str,
    command: str,
    parameters: dict[str, object],
) -> None:
    """It stays, and is what a later low start is followed by."""
    async with stopped(hass, time, api) as home:
        await until_it_mines(home)
        await home.live(30 * MINUTE, step=60)
        await send(home, command, **parameters)
        await home.manager.async_end_hold()
        home.pv = 4500
        await home.live(20 * MINUTE, step=30)
        assert not home.said("Restoring the start power of Miner 1")
        assert start_power(home) == 2500
        await home.set_mode(Mode.OFF)
        await home.live(20 * MINUTE, step=60)
        await home.set_mode(Mode.SOLAR)
        await until_it_mines(home)
        assert start_power(home) < 1500
        await home.live(30 * MINUTE, step=60)
        home.pv = 4500
        await home.live(20 * MINUTE, step=30)
        assert home.said("Restoring the start power of Miner 1")
        assert start_power(home) == 2500
