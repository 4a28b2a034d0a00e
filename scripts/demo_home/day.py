"""A day in a household with sun on its roof and a room to heat, played at speed.

Home Assistant's clock cannot be hurried. So the household and its miner live faster, and
the power manager gets its times divided by the same factor.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
import json
from typing import Any

from aiohttp import ClientError
from homeassistant.util.yaml import dump

from custom_components.whatsminer.client import Miner, WhatsminerError
from tests.household import Kind, Minute, make_day

from . import day_dashboard, meters
from .day_folder import MACHINE, MANAGER, prepare_day
from .folder import DASHBOARD, DAY, ROOT
from .home import Home
from .homes import Homes
from .say import DemoError, say
from .start import changes, invite, started

PRESETS = {"00:00": "eco", "06:00": "comfort", "09:00": "eco"}
"""What the household sets at the thermostat, by the time of day."""

_TEXTS = ROOT / "custom_components/whatsminer/translations/en.json"
REASONS: dict[str, str] = json.loads(_TEXTS.read_text())["entity"]["sensor"]["reason"][
    "state"
]


async def day(port: int, kind: Kind, speed: float) -> None:
    """Play a day, and keep showing its end until canceled."""
    prepare_day(port, speed)
    minutes = make_day(kind)
    async with started(DAY, port, [MACHINE], speed) as home:
        await home.wait_for_miners()
        registry = (await home.ask("config/entity_registry/list"))[0]
        manager = day_dashboard.entities_of(MANAGER, registry)
        view = day_dashboard.build(registry, manager, kind, speed)
        (DAY / DASHBOARD).write_text(dump(view))
        await _begin(home, minutes[0], manager)
        invite(home, "Ctrl-C ends the demo.")
        say(f"a {kind} day begins; each second is {speed / 60:.3g} minutes of it")
        async with asyncio.TaskGroup() as group:
            messages = group.create_task(
                _report(home, {"switch.miner_mining", manager["sensor.reason"]})
            )
            homes = await _play(home, minutes, speed, manager["climate.thermostat"])
            switch = await home.get("/api/states/switch.miner_mining")
            messages.cancel()
        steered, always = homes.steered, homes.always
        say(
            f"the day is over: {steered.imported:.1f} kWh from the grid for "
            f"{steered.paid / 100:.2f}, {always.imported:.1f} kWh for "
            f"{always.paid / 100:.2f} if the miner just ran"
        )
        say(
            f"the miner used {steered.mined:.1f} kWh at {homes.kwh_price(steered):.1f} ct "
            f"({always.mined:.1f} kWh at {homes.kwh_price(always):.1f} ct if it just ran); "
            f"starts: {switch['attributes']['starts_today']}"
        )
        say(
            "the room: "
            + ", ".join(
                f"{each:.1f} °C at {at}" for at, each in homes.temperatures.items()
            )
        )
        await asyncio.Event().wait()


async def _begin(home: Home, minute: Minute, manager: dict[str, str]) -> None:
    """Turn the thermostat on, and let the power manager begin once it sees the meters."""
    await _show(home, Homes().read(minute, 0))
    await _set_preset(home, minute, manager["climate.thermostat"])
    await home.act("climate.turn_on", manager["climate.thermostat"])
    await home.act("select.select_option", manager["select.mode"], option="automatic")


async def _set_preset(home: Home, minute: Minute, thermostat: str) -> None:
    """Set the thermostat at the times of the day at which the household does."""
    if (preset := PRESETS.get(minute.time)) is not None:
        await home.act("climate.set_preset_mode", thermostat, preset_mode=preset)


async def _play(
    home: Home, minutes: list[Minute], speed: float, thermostat: str
) -> Homes:
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
        with suppress(ClientError, DemoError):
            await _set_preset(home, minute, thermostat)
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


async def _report(home: Home, entities: Collection[str]) -> None:
    """Print what the power manager does, and why."""
    clock = ""
    async for entity, _, new in changes(home):
        if entity == meters.entity("time"):
            clock = new
        elif entity in entities:
            what = REASONS.get(new, f"The miner is {new}")
            say(f"{clock}  {what}")
