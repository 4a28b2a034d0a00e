"""The examples in the documents, run as they stand there."""

import asyncio
from collections.abc import AsyncIterator
import logging
from pathlib import Path
import re
import sys
from textwrap import indent
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_service,
)

from custom_components.whatsminer import client
from tests.conftest import at_home
from tests.simulator import ManualClock, Phase, SimulatedMiner

from .helpers import make_entry, poll, set_up, value

DOCS = Path(__file__).parents[2] / "docs"
FARM_LOOP = {ATTR_ENTITY_ID: "automation.stop_hot_miners"}


def blocks(document: str, language: str) -> list[str]:
    """Return the examples of a document."""
    text = (DOCS / document).read_text()
    return re.findall(rf"```{language}\n(.+?)```", text, re.DOTALL)


def automations(document: str) -> list[dict[str, Any]]:
    """Return the automations among the examples."""
    parsed: list[Any] = [parse_yaml(text) for text in blocks(document, "yaml")]
    return [each for each in parsed if "triggers" in each]


async def add(hass: HomeAssistant, miner: SimulatedMiner, name: str) -> None:
    """Add a miner under a name."""
    await set_up(hass, make_entry(miner, title=name))


def heat(miner: SimulatedMiner, temperature: float) -> None:
    """Make the boards of a miner hot."""
    for board in miner.machine.boards:
        board.temperature = temperature


@pytest.fixture(params=["1.4", "2.0.5", "dual"])
async def farm(
    request: Any, hass: HomeAssistant, clock: ManualClock
) -> AsyncIterator[tuple[SimulatedMiner, SimulatedMiner]]:
    """Return the miners Cellar and Attic; the farm loop watches over them."""
    async with (
        at_home(api=request.param, clock=clock, index=0) as cellar,
        at_home(api=request.param, clock=clock, index=1) as attic,
    ):
        await add(hass, cellar, "Cellar")
        await add(hass, attic, "Attic")
        (loop,) = automations("controls.md")
        assert await async_setup_component(hass, "automation", {"automation": loop})
        await hass.async_block_till_done()
        yield cellar, attic
        await hass.services.async_call("automation", "turn_off", FARM_LOOP, True)


async def go_round(hass: HomeAssistant) -> None:
    """Let the farm loop go round once, whatever the time is."""
    await hass.services.async_call("automation", "trigger", FARM_LOOP, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_farm_loop_each_minute(
    hass: HomeAssistant, farm: tuple[SimulatedMiner, SimulatedMiner]
) -> None:
    """The loop goes round by itself."""
    _, attic = farm
    heat(attic, 79)
    await poll(hass)
    await poll(hass, 16 + 61)
    assert attic.machine.mineroff


async def test_farm_loop(
    hass: HomeAssistant, farm: tuple[SimulatedMiner, SimulatedMiner]
) -> None:
    """The hot miner is stopped, the other one is not."""
    cellar, attic = farm
    heat(attic, 77.5)
    await poll(hass)
    await go_round(hass)
    assert cellar.machine.mining_up
    assert attic.machine.mining_up
    heat(attic, 79)
    await poll(hass)
    await go_round(hass)
    assert cellar.machine.mining_up
    assert attic.machine.mineroff
    assert value(hass, "switch.attic_mining") == "off"
    assert value(hass, "switch.cellar_mining") == "on"


async def test_farm_loop_unknown(
    hass: HomeAssistant,
    farm: tuple[SimulatedMiner, SimulatedMiner],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A miner that does not answer, or tells no temperature, is left alone."""
    cellar, attic = farm
    heat(attic, 85)
    await cellar.stop()
    await poll(hass)
    await go_round(hass)
    assert value(hass, "sensor.cellar_board_temperature") == "unavailable"
    assert attic.machine.mineroff
    hass.states.async_set("sensor.attic_board_temperature", "unknown")
    attic.machine.power_on()
    await go_round(hass)
    assert attic.machine.phase is Phase.RESTARTING
    automation = "homeassistant.components.automation"
    assert all(
        each.levelno < logging.WARNING or not each.name.startswith(automation)
        for each in caplog.records
    )


async def test_farm_loop_goes_on(
    hass: HomeAssistant, farm: tuple[SimulatedMiner, SimulatedMiner]
) -> None:
    """A miner that refuses does not keep the next one from being stopped."""
    cellar, attic = farm
    for miner in farm:
        heat(miner, 85)
    for command in ("power_off", "set.miner.service"):
        cellar.faults.refuse[command] = 132
    await poll(hass)
    await go_round(hass)
    assert cellar.machine.mining_up
    assert attic.machine.mineroff
    cellar.faults.refuse.clear()
    await poll(hass)
    await go_round(hass)
    assert cellar.machine.mineroff


async def test_commands(hass: HomeAssistant, clock: ManualClock) -> None:
    """Any command is sent, and a reading one's answer can be used."""
    (example,) = (
        parse_yaml(text)
        for text in blocks("controls.md", "yaml")
        if "send_command" in text
    )
    assert isinstance(example, list)
    tell = {"event": "told", "event_data": {"answer": "{{ answer[cellar] }}"}}
    script = {"example": {"sequence": [*example, tell]}}
    told: list[Event] = async_capture_events(hass, "told")
    async with at_home(clock=clock) as miner:
        await add(hass, miner, "Cellar")
        assert await async_setup_component(hass, "script", {"script": script})
        await hass.services.async_call("script", "example", blocking=True)
        assert miner.machine.mineroff
        assert told[0].data["answer"]["Msg"]["mac"] == miner.mac


async def test_message_about_a_fault(
    hass: HomeAssistant, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that appears is told of in words."""
    turns = "custom_components.whatsminer.client.dialects.v2.TURNS"
    monkeypatch.setattr(turns, {"get_error_code": 0.0})
    (example,) = (each for each in automations("entities.md"))
    messages = async_mock_service(hass, "notify", "notify")
    async with at_home(clock=clock) as miner:
        await add(hass, miner, "Miner")
        assert await async_setup_component(hass, "automation", {"automation": example})
        miner.machine.error_codes[110] = clock.now()
        await poll(hass)
        words = "Intake fan speed cannot be measured / is wrong"
        assert [each.data["message"] for each in messages] == [f"Miner: {words}"]
        miner.machine.error_codes.clear()
        await poll(hass)
        assert len(messages) == 1


async def run(folder: Path, program: str) -> str:
    """Run a program beside a copy of the client, and return what it said."""
    (folder / "client").symlink_to(Path(client.__file__).parent)
    (folder / "example.py").write_text(program)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "example.py"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "3.0.2", "dual"])
async def test_farm_loop_in_python(
    api: str, clock: ManualClock, tmp_path: Path
) -> None:
    """The hot miner is stopped, though the one before it does not answer."""
    (program,) = blocks("client.md", "python")
    gone = at_home()
    async with at_home(
        api=api, clock=clock, password="yyyy", v3_password="yyyy"
    ) as miner:
        program = program.replace("192.168.1.50", gone.host)
        program = program.replace("192.168.1.51", miner.host)
        heat(miner, 77)
        assert "MinerUnreachable" in await run(tmp_path, program)
        assert miner.machine.mining_up
        (tmp_path / "client").unlink()
        heat(miner, 79)
        await run(tmp_path, program)
        assert miner.machine.mineroff


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2", "dual"])
async def test_lines_of_the_library(
    api: str, clock: ManualClock, tmp_path: Path
) -> None:
    """What has become of the library's lines in Python can be run one after another."""
    text = (DOCS / "client.md").read_text()
    cells = [row.split("|")[3] for row in text.splitlines() if row.startswith("|")]
    lines = [
        line
        for cell in cells
        for line in re.findall(r"`([^`]+)`", cell)
        if "miner." in line or "Miner(" in line
    ]
    assert len(lines) == 8
    body = "\n".join(line if "=" in line[:8] else f"print({line})" for line in lines)
    async with at_home(
        api=api, clock=clock, password="xxxx", v3_password="xxxx"
    ) as miner:
        program = (
            "import asyncio\nfrom client import Miner\n\n"
            f"async def main():\n{indent(body, '    ')}\n    await miner.close()\n\n"
            "asyncio.run(main())\n"
        )
        said = await run(tmp_path, program.replace("192.168.1.100", miner.host))
        assert miner.mac in said
        assert "MHS" in said
        assert miner.machine.mineroff
