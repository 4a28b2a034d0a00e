"""Steps through the dialogs for many miners."""

import asyncio
import socket
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.discovery import ip_report
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner

from .helpers import WORDS

SAID = WORDS["config"]["error"]
APIS = ("1.4", "2.0.5", "2.2.2", "3.0.2", "dual")


def free_host() -> str:
    """Return a loopback address of its own."""
    return at_home().host


async def choose(hass: HomeAssistant, way: str) -> Any:
    """Open the flow and choose how to find miners."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await go_on(hass, result, next_step_id=way)


async def go_on(hass: HomeAssistant, result: Any, **answers: Any) -> Any:
    """Fill in a form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], answers)


async def finish(hass: HomeAssistant, result: Any) -> Any:
    """Wait until what is in progress is done."""
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    await hass.async_block_till_done(wait_background_tasks=True)
    return await hass.config_entries.flow.async_configure(result["flow_id"])


async def find(hass: HomeAssistant, *hosts: str) -> Any:
    """Scan these addresses."""
    result = await choose(hass, "scan")
    return await finish(hass, await go_on(hass, result, network=",".join(hosts)))


async def add(hass: HomeAssistant, result: Any, *miners: SimulatedMiner) -> Any:
    """Add these of the miners that were found."""
    chosen = [miner.mac.lower() for miner in miners]
    result = await go_on(hass, result, miners=chosen, password=PASSWORD)
    assert result["step_id"] == "adding"
    return await finish(hass, result)


def labels(result: Any) -> list[str]:
    """Return the rows of the list."""
    assert result["step_id"] == "found"
    selector = result["data_schema"].schema["miners"]
    return [option["label"] for option in selector.config["options"]]


async def remove_all(hass: HomeAssistant) -> None:
    """Remove all miners."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def press(miners: list[SimulatedMiner], **how: Any) -> None:
    """Press the button of these miners."""
    for miner in miners:
        miner.press_ip_report(ip_report.LISTEN_ADDRESS, **how)


async def listen(hass: HomeAssistant) -> Any:
    """Begin to listen, and wait until it is so."""
    result = await choose(hass, "report")
    assert result["type"] is FlowResultType.FORM
    return await listen_again(hass, result)


async def listen_again(hass: HomeAssistant, result: Any) -> Any:
    """Continue, and wait until Home Assistant listens."""
    result = await go_on(hass, result)
    assert result["progress_action"] == "listening"
    await until(is_taken)
    return result


def is_taken() -> bool:
    """Tell whether somebody listens already."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip_report.LISTEN_ADDRESS, ip_report.LISTEN_PORT))
        except OSError:
            return True
    return False


async def count(hass: HomeAssistant, result: Any, **counts: str) -> Any:
    """Wait until so many are shown."""
    async with asyncio.timeout(60):
        while result["description_placeholders"] != counts:
            await asyncio.sleep(0.01)
            result = await hass.config_entries.flow.async_configure(result["flow_id"])
    return result


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection and never answer."""
    await reader.read()
    writer.close()
