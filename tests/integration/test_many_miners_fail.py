"""An action on many miners, of which some fail: the error names them all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
import re
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest

from custom_components.whatsminer.client import CommandFailed, MinerUnreachable
from custom_components.whatsminer.const import CONF_LOWEST_PERCENT, DOMAIN
from custom_components.whatsminer.errors import join_errors, translate_error
from tests.conftest import at_home
from tests.simulator import SimulatedMiner

from .helpers import WORDS, device_id, make_entry, set_up


@asynccontextmanager
async def farm(
    hass: HomeAssistant, number: int, **settings: Any
) -> AsyncIterator[tuple[list[SimulatedMiner], list[ConfigEntry]]]:
    """Return simulated miners that are set up, named Rig 0 and so on."""
    async with AsyncExitStack() as stack:
        sims, entries = [], list[ConfigEntry]()
        for index in range(number):
            sim = await stack.enter_async_context(at_home(index=index, **settings))
            entry = make_entry(sim, title=f"Rig {index}")
            await set_up(hass, entry)
            sims.append(sim)
            entries.append(entry)
        yield sims, entries
        for entry in entries:
            await hass.config_entries.async_unload(entry.entry_id)


async def fail(
    hass: HomeAssistant, device_ids: list[str], action: str, **data: Any
) -> HomeAssistantError:
    """Call an action that fails, and return the error."""
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(
            DOMAIN, action, {ATTR_DEVICE_ID: device_ids, **data}, blocking=True
        )
    return caught.value


async def test_five_of_twenty_refuse(hass: HomeAssistant) -> None:
    """One error names all five, and the others did it."""
    async with farm(hass, 20) as (sims, entries):
        devices = [device_id(hass, entry) for entry in entries]
        for sim in sims[::4]:
            sim.faults.refuse["set_led"] = 132
        err = await fail(hass, devices, "set_led", color="red")
        assert err.translation_key == "several_failed"
        message = str(err)
        assert message.startswith("5 of 20 miners failed. Rig 0, Rig 4, ")
        assert (
            message.count(": The miner refused the command set_led with code 132") == 1
        )
        names = [entry.title for entry in entries[::4]]
        assert ", ".join(names) in message
        assert {sim.machine.settings.led == "auto" for sim in sims[::4]} == {True}
        others = [sim for index, sim in enumerate(sims) if index % 4]
        assert {sim.machine.settings.led == "auto" for sim in others} == {False}


async def test_several_kinds(hass: HomeAssistant) -> None:
    """Each kind of error has one sentence."""
    async with farm(hass, 5) as (sims, entries):
        devices = [device_id(hass, entry) for entry in entries]
        await sims[0].stop()
        await sims[3].stop()
        sims[1].faults.refuse["set_led"] = 132
        message = str(await fail(hass, devices, "set_led", color="red"))
        assert "3 of 5 miners failed." in message
        assert "Rig 0, Rig 3: The miner does not answer. Rig 1 refused" in message
        assert "Rig 2" not in message
        assert "Rig 4" not in message


async def test_several_that_cannot_be_asked(hass: HomeAssistant) -> None:
    """What is known before anything is sent names all, too; nothing is sent."""
    async with farm(hass, 4, api="2.0.5") as (sims, entries):
        devices = [device_id(hass, entry) for entry in entries]
        for entry in entries[:2]:
            await hass.config_entries.async_unload(entry.entry_id)
        err = await fail(hass, devices, "set_power_percent", percent=70, gentle=True)
        assert isinstance(err, ServiceValidationError)
        message = str(err)
        assert err.translation_key == "nothing_sent"
        for entry in entries:
            assert entry.title in message
        assert message.count("cannot do this") == 1
        assert all(sim.machine.physics.percent_goal == 1 for sim in sims)
        err = await fail(hass, [*devices[2:], "x", "y"], "set_led", color="red")
        assert "x, y" in str(err)
        assert {sim.machine.settings.led for sim in sims} == {"auto"}


async def test_one_keeps_the_others_from_it(hass: HomeAssistant) -> None:
    """The error says that the miners that could do it were sent nothing either."""
    async with farm(hass, 2) as (sims, entries):
        await hass.config_entries.async_unload(entries[0].entry_id)
        devices = [device_id(hass, entry) for entry in entries]
        message = str(await fail(hass, devices, "set_led", color="red"))
        assert message.startswith("Home Assistant sent nothing to any miner. ")
        assert "Rig 0" in message
        assert sims[1].machine.settings.led == "auto"


async def test_one_that_fails(hass: HomeAssistant) -> None:
    """The error of one miner stays what it is, and a device counts once."""
    async with farm(hass, 2) as (sims, entries):
        devices = [device_id(hass, entry) for entry in entries]
        await sims[0].stop()
        err = await fail(hass, [*devices, devices[0]], "set_led", color="red")
        assert err.translation_key == "unreachable"
        assert err.translation_placeholders == {"name": "Rig 0"}


async def test_ranges_are_not_mixed(hass: HomeAssistant) -> None:
    """Each miner is named with the range that is its own."""
    async with farm(hass, 3) as (_, entries):
        for entry, lowest in zip(entries, (40, 40, 60), strict=True):
            hass.config_entries.async_update_entry(
                entry, options={CONF_LOWEST_PERCENT: lowest}
            )
            await hass.config_entries.async_reload(entry.entry_id)
        devices = [device_id(hass, entry) for entry in entries]
        message = str(await fail(hass, devices, "set_power_percent", percent=20))
        same = "Rig 0, Rig 1: The miner only accepts values from 40 to 100. The lowest"
        assert same in message
        assert "Rig 2 only accepts values from 60 to 100." in message


@pytest.mark.parametrize(
    "key",
    [key for key, each in WORDS["exceptions"].items() if "{name}" in each["message"]],
)
async def test_each_sentence(hass: HomeAssistant, key: str) -> None:
    """Several names stand before a sentence that is about one miner."""
    async with farm(hass, 1):
        said = WORDS["exceptions"][key]["message"]
        errors = [
            HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key=key,
                translation_placeholders={
                    **dict.fromkeys(re.findall(r"{(\w+)}", said), "x"),
                    "name": name,
                },
            )
            for name in ("Rig 0", "Rig 1")
        ]
        one = re.sub(r"{(\w+)}", "x", said.replace("{name}", "the miner"))
        one = one[:1].upper() + one[1:].removesuffix(".")
        words = f"2 of 2 miners failed. Rig 0, Rig 1: {one}"
        assert str(join_errors(errors, 2)) == words


async def test_bounds(hass: HomeAssistant) -> None:
    """Names and words are as many and as long as they like; the message has an end."""
    async with farm(hass, 1):
        errors = [
            translate_error(
                HomeAssistantError,
                CommandFailed("x", code, f"{code}: {'long ' * 100_000}"),
                f"Rig {code} {'with a long name ' * 20}",
            )
            for code in range(1000)
        ]
        errors.append(
            translate_error(HomeAssistantError, MinerUnreachable(), "The last")
        )
        errors.append(HomeAssistantError("Something without a translation"))
        message = str(join_errors(errors, 2000))
        assert message.startswith("1002 of 2000 miners failed.")
        assert len(message) < 16_000
        assert "(+800)" in message
        assert "The last does not answer" in message
        assert message.endswith(". Something without a translation")
