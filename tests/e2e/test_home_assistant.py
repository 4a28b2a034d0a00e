"""A real Home Assistant, a real config flow over REST, a simulated miner."""

import asyncio
from pathlib import Path
import sys
from typing import Any

import pytest

from scripts.demo_home import folder
from scripts.demo_home.children import Child, running
from scripts.demo_home.home import Home
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner

FLOW = "/api/config/config_entries/flow"


async def add(home: Home, **answers: str) -> Any:
    """Open the flow, fill in its form, and return what comes of it."""
    flow = await home.post(FLOW, {"handler": "whatsminer"})
    assert flow["step_id"] == "user"
    assert {field["name"] for field in flow["data_schema"]} == {"host", "password"}
    return await home.post(f"{FLOW}/{flow['flow_id']}", answers)


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
