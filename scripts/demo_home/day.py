"""A day in a household with sun on its roof, played at speed.

Home Assistant's clock cannot be hurried. So the household and its miner live faster, and
the automation, made from the blueprint, gets its times divided by the same factor.
"""

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import ClientError
from homeassistant.util.yaml import dump

from custom_components.whatsminer.client import Miner, WhatsminerError
from tests.household import Kind, Minute, make_day

from . import day_dashboard, meters
from .day_folder import MACHINE, prepare_day
from .folder import DASHBOARD, DAY
from .home import Home
from .homes import Homes
from .say import DemoError, say
from .start import changes, invite, started

START = 5 * 60
"""The minute of the day with which the play begins."""


async def day(port: int, kind: Kind, speed: float) -> None:
    """Play a day, and keep showing its end until canceled."""
    prepare_day(port, speed)
    async with started(DAY, port, [MACHINE], speed) as home:
        await home.wait_for_miners()
        registry = (await home.ask("config/entity_registry/list"))[0]
        view = day_dashboard.build(registry, kind, speed)
        (DAY / DASHBOARD).write_text(dump(view))
        invite(home, "Ctrl-C ends the demo.")
        say(f"a {kind} day begins; each second is {speed / 60:.3g} minutes of it")
        async with asyncio.TaskGroup() as group:
            messages = group.create_task(_report(home))
            homes = await _play(home, make_day(kind)[START:], speed)
            starts = await home.get("/api/states/sensor.miner_starts_today")
            messages.cancel()
        steered, always = homes.steered, homes.always
        say(
            f"the day is over: {steered.imported:.1f} kWh from the grid, "
            f"{always.imported:.1f} kWh if the miner just ran ({homes.saved:.0f} % less)"
        )
        say(
            f"the miner used {steered.mined:.1f} kWh ({always.mined:.1f} kWh if it just ran); "
            f"starts: {starts['state']}"
        )
        await asyncio.Event().wait()


async def _play(home: Home, minutes: list[Minute], speed: float) -> Homes:
    """Let the household live, and Home Assistant see its meters each minute."""
    homes = Homes()
    # A meter in the miner's cable: the integration's sensor is as old as its last poll.
    cable = Miner(MACHINE.host)
    power = 0.0
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, minute in enumerate(minutes, start=1):
        with suppress(WhatsminerError):
            power = (await cable.read()).power or 0.0
        homes.step(minute, power)
        await _show(home, homes.read(minute, power))
        await asyncio.sleep(start + number * 60 / speed - loop.time())
    await cable.close()
    return homes


async def _show(home: Home, values: dict[str, Any]) -> None:
    """Hand over what the meters show; the household lives on while nobody looks."""
    with suppress(ClientError, DemoError):
        try:
            await home.post(f"/api/events/{meters.EVENT}", values)
        except DemoError:
            # A login holds for half an hour, a day at low speed takes longer.
            await home.log_in()


async def _report(home: Home) -> None:
    """Print when the automation starts and stops the miner."""
    clock = ""
    async for entity, old, new in changes(home):
        if entity == meters.entity("time"):
            clock = new
        elif entity == "switch.miner_mining":
            say(f"{clock}  mining {old} -> {new}")
