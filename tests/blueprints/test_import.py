"""The blueprints can be imported by their link, and shown by the user interface."""

from pathlib import Path
import re

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from .conftest import BLUEPRINTS
from .helpers import warnings

FILES = sorted((BLUEPRINTS / "automation" / "whatsminer").glob("*.yaml"))
DOCUMENT = Path(__file__).parents[2] / "docs" / "blueprints.md"


def test_all_are_there() -> None:
    """There are three, and each is documented with its link."""
    assert [file.stem for file in FILES] == [
        "solar_surplus",
        "temperature_and_pump",
        "watchdog",
    ]
    document = DOCUMENT.read_text()
    for file in FILES:
        assert f"automation%2Fwhatsminer%2F{file.name})" in document


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_import(
    hass: HomeAssistant,
    file: Path,
    aioclient_mock: AiohttpClientMocker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant takes the file from the link that is written in it."""
    text = file.read_text()
    link = re.search(r"source_url: (\S+)", text)
    assert link is not None
    raw = link[1].replace("github.com", "raw.githubusercontent.com")
    aioclient_mock.get(raw.replace("/blob/", "/"), text=text)
    imported = await fetch_blueprint_from_url(hass, link[1])
    blueprint = imported.blueprint
    assert imported.suggested_filename == f"whatsminer-ha/{file.stem}"
    assert blueprint.domain == "automation"
    assert blueprint.name.startswith("WhatsMiner: ")
    assert not blueprint.validate()
    assert warnings(caplog) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_inputs(file: Path) -> None:
    """Every input is explained by a name, is used, and all but a few have defaults."""
    blueprint = Blueprint(
        load_yaml_dict(str(file)),
        path=file.name,
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )
    inputs = blueprint.inputs
    assert all(each and each["name"] and each["selector"] for each in inputs.values())
    needed = {name for name, each in inputs.items() if each and "default" not in each}
    assert len(needed) <= 2, f"too much to fill in: {needed}"
    for name in inputs:
        assert f"!input {name}\n" in file.read_text()


async def test_listed(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> None:
    """The user interface lists them without an error."""
    assert await async_setup_component(hass, "automation", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "blueprint/list", "domain": "automation"})
    listed = (await client.receive_json())["result"]
    for file in FILES:
        assert "error" not in listed[f"whatsminer/{file.name}"]
