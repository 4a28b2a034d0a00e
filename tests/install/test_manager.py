"""From nothing to a power manager and back, in an environment of its own."""

import asyncio
from pathlib import Path
from typing import Any

from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

from .environment import Environment
from .installed import FLOW, STORAGE, Installed, complaints, prepare, running, stored

GRID = "sensor.grid_power"
ROOM = "sensor.room_temperature"
REQUESTED = 2000
"""W. A miner that mines draws more at its full power."""


async def test_life_of_a_manager(environment: Environment, tmp_path: Path) -> None:
    """Add a manager, give it a mode and options; restart, disable, remove."""
    environment.clean()
    prepare(tmp_path)
    async with at_home() as miner:
        async with running(environment, tmp_path) as home:
            where = await home.choose_address()
            await home.post(where, {"host": miner.host, "password": PASSWORD})
            await home.wait_for_miners()
            member = (await home.entry())["entry_id"]
            manager = await add_manager(home, member)

            # In this order: without a request the mode stops the miner.
            await home.act("number.set_value", await requested(home), value=REQUESTED)
            await home.act("select.select_option", await mode(home), option="external")
            await until(lambda: is_throttled(miner))

            await set_full_power(home, manager, member, 3400)
            await home.wait_for_miners()
            await set_room(home, manager)
            await home.wait_for_miners()
            await check_thermostat(home)
            await home.reload(manager)
            await check(home)
            assert is_throttled(miner)

        kept = stored(tmp_path, f"whatsminer.{manager}.manager")
        assert (kept["mode"], kept["request"]["watts"]) == ("external", REQUESTED)
        (entry,) = (
            each
            for each in stored(tmp_path, "core.config_entries")["entries"]
            if each["entry_id"] == manager
        )
        options = {"miners": [member], "full_power": {member: 3400}, "phases": {}}
        assert entry["options"] == options | {"room": ROOM}
        async with running(environment, tmp_path) as home:
            await report(home)
            await home.wait_for_miners()
            await check(home)
            assert is_throttled(miner)

            # What it was given stays with it; the miner gets its full power back.
            await home.disable(manager, "user")
            await until(lambda: has_full_power(miner))
            await home.disable(manager, None)
            await home.wait_for_miners()
            await until(lambda: is_throttled(miner))
            await check(home)
            await confirmed(home)

            await home.remove(manager)
            await until(lambda: has_full_power(miner))
            assert (await home.entry())["entry_id"] == member
            ours = {each["config_entry_id"] for each in await home.entities()}
            assert ours == {member}
            assert not miner.machine.mineroff

    assert complaints(tmp_path, starts=2) == []
    assert not list((tmp_path / STORAGE).glob(f"whatsminer.{manager}*"))


async def add_manager(home: Installed, member: str) -> str:
    """Add a manager with the two forms of its flow, and return its entry's id."""
    await report(home)
    flow = await home.post(FLOW, {"handler": "whatsminer"})
    where = f"{FLOW}/{flow['flow_id']}"
    flow = await home.post(where, {"next_step_id": "manager"})
    assert flow["step_id"] == "manager"
    flow = await home.post(where, {"grid": GRID, "grid_positive": "taken"})
    assert flow["step_id"] == "manager_miners"
    flow = await home.post(where, {"miners": [member], "battery_positive": "gives"})
    assert flow["type"] == "create_entry"
    await home.wait_for_miners()
    assert await home.state(await mode(home)) == "paused"
    return str(flow["result"]["entry_id"])


async def set_full_power(
    home: Installed, manager: str, member: str, watts: int
) -> None:
    """Enter an option of a miner in the dialog, which reloads the manager."""
    where = await home.open_options(manager)
    await home.post(where, {"next_step_id": "which_miner"})
    flow = await home.post(where, {"miner": member})
    assert flow["step_id"] == "miner"
    flow = await home.post(where, {"full_power": watts})
    assert flow["type"] == "create_entry"


async def set_room(home: Installed, manager: str) -> None:
    """Enter what is heated in the dialog, which reloads the manager."""
    where = await home.open_options(manager)
    flow = await home.post(where, {"next_step_id": "heating"})
    sections: dict[str, Any] = {each["name"]: {} for each in flow["data_schema"]}
    flow = await home.post(where, sections | {"room": {"room": ROOM}})
    assert flow["type"] == "create_entry", flow


async def check_thermostat(home: Installed) -> None:
    """Check that the thermostat shows what the sensor of the room does."""
    thermostat = await home.entity_id("climate", "thermostat")
    shown = (await home.get(f"/api/states/{thermostat}"))["attributes"]
    assert shown["current_temperature"] == 19.5
    await home.act("climate.set_temperature", thermostat, temperature=21.5)
    shown = (await home.get(f"/api/states/{thermostat}"))["attributes"]
    assert shown["temperature"] == 21.5


async def report(home: Installed) -> None:
    """Let the meter and the sensor of the room report."""
    temperature = {"unit_of_measurement": "°C", "device_class": "temperature"}
    state = {"state": "19.5", "attributes": temperature}
    await home.post(f"/api/states/{ROOM}", state)
    attributes = {"unit_of_measurement": "W", "device_class": "power"}
    state = {"state": "300", "attributes": attributes}
    await home.post(f"/api/states/{GRID}", state)


async def check(home: Installed) -> None:
    """Check that the manager shows what it was given."""
    assert await home.state(await mode(home)) == "external"
    assert float(await home.state(await requested(home))) == REQUESTED


async def confirmed(home: Installed) -> None:
    """Wait until the miner's power percent is known to be lower."""
    percent = await home.entity_id("number", "power_percent")
    async with asyncio.timeout(60):
        while float(await home.state(percent)) > 90:
            await asyncio.sleep(0.2)


async def mode(home: Installed) -> str:
    """Return the id of the manager's mode."""
    return await home.entity_id("select", "mode")


async def requested(home: Installed) -> str:
    """Return the id of the power that is requested."""
    return await home.entity_id("number", "requested_power")


def is_throttled(miner: SimulatedMiner) -> bool:
    """Tell whether a miner was asked for less than its full power."""
    return miner.machine.physics.percent_goal < 0.9


def has_full_power(miner: SimulatedMiner) -> bool:
    """Tell whether a miner was asked for its full power."""
    return miner.machine.physics.percent_goal == 1
