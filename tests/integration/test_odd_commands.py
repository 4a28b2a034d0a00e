"""Values that are none, refusals that say nothing about a value, raw commands."""

import asyncio
from datetime import date
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import probatio
import pytest

from custom_components.whatsminer.client import (
    Capability,
    CommandFailed,
    MinerData,
    MinerIdentity,
    MiningState,
)
from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from custom_components.whatsminer.control.ranges import Ranges
from tests.conftest import at_home, until

from .helpers import call, device_id, enter, reads
from .test_command_truth import MINING, PERCENT, writes

LIMIT = "number.miner_power_limit_restarts_mining"


async def test_no_number(hass: HomeAssistant) -> None:
    """NaN passes each comparison that it should not, up to here."""
    async with at_home(api="3.0.2", speed=300) as simulated:
        entry = await enter(hass, simulated)
        simulated.log.clear()
        for entity_id in (LIMIT, PERCENT):
            for value in ("nan", float("nan")):
                with pytest.raises(ServiceValidationError) as caught:
                    await call(hass, "number", "set_value", entity_id, value=value)
                assert caught.value.translation_key == "out_of_range"
        assert writes(simulated) == []
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "parameters",
    [
        {1: 2},
        {None: 1},
        {"param": date(2026, 1, 1)},
        {"param": {1, 2}},
        {"param": float("nan")},
        {"param": [b"x"]},
    ],
)
async def test_parameters_that_json_cannot_hold(
    hass: HomeAssistant, parameters: Any
) -> None:
    """They are refused in words before anything is sent."""
    async with at_home(api="3.0.2", speed=300) as simulated:
        entry = await enter(hass, simulated)
        miner = device_id(hass, entry)
        simulated.log.clear()
        for command in ("summary", "set.system.led"):
            with pytest.raises(probatio.Invalid):
                await hass.services.async_call(
                    DOMAIN,
                    "send_command",
                    {
                        ATTR_DEVICE_ID: miner,
                        "command": command,
                        "parameters": parameters,
                    },
                    blocking=True,
                )
        assert simulated.log.commands == []
        await hass.config_entries.async_unload(entry.entry_id)


def reading(**fields: Any) -> MinerData:
    """Return a reading of a miner that mines."""
    return MinerData(
        identity=MinerIdentity(firmware="1"), state=MiningState.MINING, **fields
    )


async def test_refusals_do_not_lock_out(hass: HomeAssistant) -> None:
    """What a miner had it takes, whatever it refuses meanwhile."""
    ranges = Ranges(hass, "entry", 40)
    no = CommandFailed("adjust_power_limit", 132, "fail")
    limit = Capability.POWER_LIMIT

    async def refuse(value: float, data: MinerData, err: CommandFailed = no) -> Any:
        await ranges.async_note_refusal(err, limit, value, data)
        return ranges.find(limit, data)

    # Nothing says whether it takes any limit.
    assert await refuse(600, reading()) == (500, 15000)
    for code in (23, 135, -5):
        other = CommandFailed("adjust_power_limit", code, "")
        assert await refuse(4000, reading(power_limit=3600), other) == (500, 15000)
    assert await refuse(4000, reading(power_limit=3600)) == (500, 3999)
    # It was lowered, and refuses to be raised again for a reason of its own.
    low = reading(power_limit=3600, power_limit_set=1000)
    assert await refuse(3500, low) == (500, 3999)
    low = reading(power_limit=1000, power_limit_set=1000)
    assert await refuse(1200, low) == (500, 3999)
    assert await refuse(3700, low) == (500, 3699)
    await ranges.async_remove()


@pytest.mark.parametrize(
    ("api", "commands"),
    [
        (
            "2.0.5",
            [
                ("set_low_power", {}),
                ("adjust_power_limit", {"power_limit": "3000"}),
                ("set_target_freq", {"percent": "-1"}),
            ],
        ),
        (
            "3.0.2",
            [
                ("set.miner.power_mode", {"param": "low"}),
                ("set.miner.power_limit", {"param": 3000}),
                ("set.miner.target_freq", {"param": -1}),
            ],
        ),
    ],
)
async def test_raw_commands_that_restart_mining(
    hass: HomeAssistant, api: str, commands: list[tuple[str, dict[str, Any]]]
) -> None:
    """They wait for the rest between two starts as the entities do."""
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated, **{CONF_START_MINUTES: 600})
        miner = device_id(hass, entry)
        for command, parameters in commands:
            action = {
                ATTR_DEVICE_ID: miner,
                "command": command,
                "parameters": parameters,
            }
            simulated.log.clear()
            with pytest.raises(HomeAssistantError) as caught:
                await hass.services.async_call(
                    DOMAIN, "send_command", action, blocking=True
                )
            assert caught.value.translation_key == "too_early"
            assert writes(simulated) == []
        await call(hass, "switch", "turn_off", MINING)
        await hass.services.async_call(DOMAIN, "send_command", action, blocking=True)
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_silence_before_a_command(hass: HomeAssistant, api: str) -> None:
    """Nothing was sent: that the outcome is unknown would not be true."""
    async with at_home(api=api) as simulated:
        entry = await enter(hass, simulated)
        simulated.tokens.clear()
        entry.runtime_data.miner.set_password("Secret_7")  # it needs a new token
        simulated.faults.unavailable |= {"get_token", "get.device.info"}
        with pytest.raises(HomeAssistantError) as caught:
            await call(hass, "switch", "turn_off", MINING)
        assert caught.value.translation_key == "unreachable"
        assert not simulated.machine.mineroff
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_another_miner_during_the_read_back(
    hass: HomeAssistant, api: str
) -> None:
    """That is said at once: what the commanded one did is not seen any more."""
    async with at_home(api=api, speed=300) as simulated:
        entry = await enter(hass, simulated)
        simulated.faults.disobey |= {"power_off", "set.miner.service"}
        stop = hass.async_create_task(call(hass, "switch", "turn_off", MINING))
        await until(
            lambda: {"power_off", "set.miner.service"} & {*simulated.log.commands}
        )
        await reads(simulated)
        assert not stop.done()
        await simulated.replace(state="stopped")
        with pytest.raises(HomeAssistantError) as caught:
            async with asyncio.timeout(60):
                await stop
        assert caught.value.translation_key == "wrong_device"
        await hass.config_entries.async_unload(entry.entry_id)
