"""A real Home Assistant, a real config flow over REST, a simulated miner."""

import asyncio
from contextlib import AsyncExitStack
from ipaddress import ip_address
import json
from pathlib import Path
import re
from shutil import copytree
import sys
from typing import Any

import pytest

from scripts.demo_home import folder
from scripts.demo_home.children import Child
from scripts.demo_home.home import Home
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

FLOW = "/api/config/config_entries/flow"
# All blueprints, each with a miner of its own.
AUTOMATIONS = """
input_boolean: {told: }
input_number:
  surplus: {min: -9000, max: 9000, unit_of_measurement: W, initial: -1000}
  water: {min: 0, max: 100, initial: 90}
automation tried:
  - id: solar
    alias: Solar
    use_blueprint:
      path: whatsminer/solar_surplus.yaml
      input:
        miner: switch.whatsminer_m50s_vh50_mining
        grid_power: input_number.surplus
        fed_in_is: positive
        stop_after: {seconds: 2}
  - id: interlock
    alias: Interlock
    use_blueprint:
      path: whatsminer/temperature_and_pump.yaml
      input: {miners: [switch.whatsminer_m60s_vk40_000004_mining], temperatures: [input_number.water], hot_for: {seconds: 0}}
  - id: watchdog
    alias: Watchdog
    use_blueprint:
      path: whatsminer/watchdog.yaml
      input:
        miners: [switch.whatsminer_m50s_vh50_000002_mining]
        problem_for: {seconds: 0}
        notify:
          - action: input_boolean.turn_on
            target: {entity_id: input_boolean.told}
"""


async def choose(home: Home, way: str) -> Any:
    """Open the flow and choose how to find what is to be added."""
    flow = await home.post(FLOW, {"handler": "whatsminer"})
    assert flow["type"] == "menu"
    return await home.post(f"{FLOW}/{flow['flow_id']}", {"next_step_id": way})


async def add(home: Home, **answers: str) -> Any:
    """Fill in the form for one miner, and return what comes of it."""
    flow = await choose(home, "address")
    assert {field["name"] for field in flow["data_schema"]} == {"host", "password"}
    return await home.post(f"{FLOW}/{flow['flow_id']}", answers)


async def add_farm(home: Home, network: str, password: str) -> Any:
    """Scan a network, add all that is found, and return the report."""
    flow = await choose(home, "scan")
    path = f"{FLOW}/{flow['flow_id']}"
    await home.post(path, {"network": network})
    flow = await progressed(home, path)
    assert flow["step_id"] == "found"
    (field,) = (field for field in flow["data_schema"] if field["name"] == "miners")
    miners = [option["value"] for option in field["selector"]["select"]["options"]]
    await home.post(path, {"miners": miners, "password": password})
    return await progressed(home, path)


async def progressed(home: Home, path: str) -> Any:
    """Wait until what a flow does is done, and return its next step."""
    async with asyncio.timeout(60):
        while (flow := await home.get(path))["type"] == "progress":
            await asyncio.sleep(0.1)
    return flow


async def becomes(home: Home, entity_id: str, wanted: str) -> None:
    """Wait until an entity has a state."""
    async with asyncio.timeout(60):
        while (await home.get(f"/api/states/{entity_id}"))["state"] != wanted:
            await asyncio.sleep(0.1)


def prepare(path: Path, port: int) -> Child:
    """Return a Home Assistant with a folder of its own."""
    folder.prepare(port, path)
    (path / "dashboard.yaml").write_text("views: []\n")
    command = [sys.executable, "-m", "homeassistant", "--config", str(path)]
    return Child(
        name="Home Assistant",
        command=[*command, "--skip-pip", "--log-no-color"],
        log=path / "logs" / "home-assistant.log",
        cwd=path,
        env={"HA_DISABLE_LOG_FILE": "1", "HOME": str(path / "home")},
    )


def import_blueprints(path: Path) -> None:
    """Import all; the one that looks each minute looks each five seconds here."""
    source = folder.ROOT / "blueprints" / "automation" / "whatsminer"
    target = path / "blueprints" / "automation" / "whatsminer"
    copytree(source, target)
    solar = target / "solar_surplus.yaml"
    text = solar.read_text()
    assert text.count('minutes: "/1"') == 1
    solar.write_text(text.replace('minutes: "/1"', 'seconds: "/5"'))


def stored_entries(path: Path) -> int:
    """Return how many miners Home Assistant has stored."""
    stored = path / ".storage" / "core.config_entries"
    entries = json.loads(stored.read_text())["data"]["entries"]
    return sum(entry["domain"] == "whatsminer" for entry in entries)


def mines(miner: SimulatedMiner) -> bool:
    """Return whether a miner is switched on, by its own account."""
    return not miner.machine.mineroff


async def test_first_hour_of_a_user(tmp_path: Path, unused_tcp_port: int) -> None:
    """Add a miner with the mistakes that one makes, see it, stop it, restart it.

    Then Home Assistant is killed, and does what its blueprints promise when it is back.
    """
    home_assistant = prepare(tmp_path, unused_tcp_port)
    async with (
        SimulatedMiner(password=PASSWORD, speed=60) as miner,
        at_home(index=1) as second,
        at_home(index=2, api="dual") as third,
        at_home(index=3, api="2.2.2") as fourth,
        at_home(index=4, password="other") as refusing,
        Home(f"http://127.0.0.1:{unused_tcp_port}") as home,
        AsyncExitStack() as stack,
    ):
        await home_assistant.start()
        stack.push_async_callback(home_assistant.stop, patience=0)
        await home.wait_for_answer()
        await home.log_in()
        await home.wait_for_start()
        address = f"{miner.host}:{miner.port}"

        answer = await add(home, host="127.0.0.1:9", password=PASSWORD)
        assert answer["errors"] == {"base": "unreachable"}
        answer = await add(home, host=address, password="wrong")
        assert answer["errors"] == {"base": "invalid_auth"}
        answer = await add(home, host=address, password=PASSWORD)
        assert answer["type"] == "create_entry"
        assert answer["title"] == "WhatsMiner M50S VH50"
        assert await home.add_miner(address, PASSWORD) == "is already set up"
        await home.wait_for_miners()

        name = "whatsminer_m50s_vh50"
        hashrate = await home.get(f"/api/states/sensor.{name}_hashrate")
        assert float(hashrate["state"]) == pytest.approx(126, rel=0.05)
        await becomes(home, f"sensor.{name}_status", "mining")

        switch = {"entity_id": f"switch.{name}_mining"}
        await home.post("/api/services/switch/turn_off", switch)
        assert miner.machine.mineroff
        await becomes(home, f"sensor.{name}_status", "stopped")
        await home.post("/api/services/switch/turn_on", switch)
        await becomes(home, f"switch.{name}_mining", "on")
        # So that its seconds show the restart.
        async with asyncio.timeout(60):
            while miner.machine.elapsed < 4:
                await asyncio.sleep(0.1)
        await home.post("/api/services/homeassistant/update_entity", switch)
        before = miner.machine.started_at
        restart = {"entity_id": f"button.{name}_restart_mining"}
        await home.post("/api/services/button/press", restart)
        assert miner.machine.started_at > before

        hosts = [each.host for each in (second, third, fourth, refusing)]
        hosts.sort(key=ip_address)  # The addresses of the tests begin again after 254.
        answer = await add_farm(home, f"{hosts[0]}-{hosts[-1]}", PASSWORD)
        assert answer["reason"] == "farm_added"
        assert answer["description_placeholders"] == {
            "added": "3",
            "chosen": "4",
            "report": "The miner does not accept this password.\n\n"
            f"- WhatsMiner M50S VH50 (`{refusing.host}`)",
        }
        await home.wait_for_miners()
        await becomes(home, f"sensor.{name}_000002_status", "mining")
        await becomes(home, "sensor.whatsminer_m60s_vk40_status", "mining")
        assert third.log.requests

        miners = (miner, second, third, fourth)
        # Home Assistant stores new entries a second late.
        async with asyncio.timeout(60):
            while stored_entries(tmp_path) < len(miners):
                await asyncio.sleep(0.1)
        await home_assistant.stop(patience=0)
        import_blueprints(tmp_path)
        with (tmp_path / "configuration.yaml").open("a") as configuration:
            configuration.write(AUTOMATIONS)
        assert all(map(mines, miners))
        second.machine.error_codes[110] = second.clock.now()
        await home_assistant.start()
        await home.wait_for_answer()
        async with asyncio.timeout(180):
            while [mines(each) for each in miners] != [False, True, True, False]:
                await asyncio.sleep(0.1)
        await becomes(home, "input_boolean.told", "on")

    text = home_assistant.log.read_text()
    assert PASSWORD not in text
    # Home Assistant says once that it does not know custom integrations.
    about = [
        line
        for line in text.splitlines()
        if re.search("whatsminer|automation|blueprint|template", line.lower())
        and "not been tested by" not in line
    ]
    assert about == []
    assert "Detected blocking call" not in text
