"""A real Home Assistant, a real config flow over REST, a simulated miner."""

import asyncio
from pathlib import Path
import sys
from typing import Any

import pytest

from scripts.demo_home import folder
from scripts.demo_home.children import Child, running
from scripts.demo_home.home import Home
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

FLOW = "/api/config/config_entries/flow"


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
    async with asyncio.timeout(20):
        while (await home.get(f"/api/states/{entity_id}"))["state"] != wanted:
            await asyncio.sleep(0.1)


async def test_first_hour_of_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Add a miner with the mistakes that one makes, see it, stop it, restart it."""
    monkeypatch.setattr(folder, "FOLDER", tmp_path)
    monkeypatch.setattr(folder, "LOGS", tmp_path / "logs")
    port = folder.free_port(None)
    folder.prepare(port)
    (tmp_path / "dashboard.yaml").write_text("views: []\n")
    log = tmp_path / "logs" / "home-assistant.log"
    command = [sys.executable, "-m", "homeassistant", "--config", str(tmp_path)]
    home_assistant = Child(
        name="Home Assistant",
        command=[*command, "--skip-pip", "--log-no-color"],
        log=log,
        cwd=tmp_path,
        env={"HA_DISABLE_LOG_FILE": "1", "HOME": str(tmp_path / "home")},
    )
    async with (
        SimulatedMiner(password=PASSWORD, speed=60) as miner,
        at_home(index=1) as second,
        at_home(index=2, api="dual") as third,
        at_home(index=3, password="other") as refusing,
        Home(f"http://127.0.0.1:{port}") as home,
        running(home_assistant),
    ):
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
        assert await home.add_miner(address, PASSWORD) == "is there already"
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
        await asyncio.sleep(4)
        await home.post("/api/services/homeassistant/update_entity", switch)
        before = miner.machine.elapsed
        assert before > 150
        restart = {"entity_id": f"button.{name}_restart_mining"}
        await home.post("/api/services/button/press", restart)
        assert miner.machine.elapsed < before

        answer = await add_farm(home, f"{second.host}-{refusing.host}", PASSWORD)
        assert answer["reason"] == "farm_added"
        assert answer["description_placeholders"] == {
            "added": "2",
            "chosen": "3",
            "report": "The miner does not take this password.\n\n"
            f"- WhatsMiner M50S VH50 (`{refusing.host}`)",
        }
        await home.wait_for_miners()
        await becomes(home, f"sensor.{name}_000002_status", "mining")
        await becomes(home, "sensor.whatsminer_m60s_vk40_status", "mining")
        assert third.log.requests

    text = log.read_text()
    assert PASSWORD not in text
    # Home Assistant says once that it does not know custom integrations.
    about = [
        line
        for line in text.splitlines()
        if "whatsminer" in line.lower() and "not been tested by" not in line
    ]
    assert about == []
    assert "Detected blocking call" not in text
