"""Text of a device does no harm where people read it."""

from html import unescape
from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.helpers.template import Template
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import issues
from custom_components.whatsminer.client import CommandFailed
from custom_components.whatsminer.device_text import (
    escape_markdown,
    model_name,
    one_line,
)
from custom_components.whatsminer.errors import translate_error
from tests.simulator import SimulatedMiner

from .helpers import device_id, poll

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "[here](https://evil.example/login)",
    "![](https://evil.example/pixel.png)",
    "https://evil.example www.evil.example a@evil.example",
    "**bold** _it_ `code` ~~x~~ # h | a | &lt;b&gt; <!-- \\",
    "a\n\n# Your password is needed\r\n\t- here",
    "\u202eesrever \x00\x07\x1b[31m \ud83d \u2028",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_one_line(text: str) -> None:
    """Nothing but what can be printed, in one line."""
    line = one_line(text)
    assert line.isprintable()
    assert line.encode()
    assert [*line.split(" ")] == line.split()


def test_length() -> None:
    """It has an end, however long the text is."""
    assert one_line("x" * 255) == "x" * 255
    assert one_line("x" * 10_000_000) == "x" * 254 + "…"


@pytest.mark.parametrize("text", HOSTILE)
def test_escape_markdown(text: str) -> None:
    """No character is left that could begin anything, and the text is the same."""
    escaped = escape_markdown(text)
    assert not re.search(r"[!-/:-@\[-`{-~]", re.sub(r"\\[!-~]", "", escaped))
    assert re.sub(r"\\(.)", r"\1", escaped) == one_line(text)


@pytest.mark.parametrize("text", HOSTILE[:-1])
async def test_repair(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulated: SimulatedMiner,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    """What a repair quotes is escaped in its description, and plain in its title."""
    monkeypatch.setattr(issues, "LASTING", 0)
    hass.config_entries.async_update_entry(loaded, title=text)
    simulated.faults.refuse |= {"summary": 14, "summary+edevs+pools": 14}
    await poll(hass)
    await poll(hass)
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_key == "unknown_firmware"
    placeholders = issue.translation_placeholders
    assert placeholders is not None
    assert placeholders["miner"] == escape_markdown(text)
    assert placeholders["name"] == one_line(text)
    assert placeholders["firmware"] == r"20230803\.11\.REL"


@pytest.mark.parametrize("text", HOSTILE)
def test_messages(text: str) -> None:
    """A message quotes a miner in one short line; it is shown as plain text."""
    failed = CommandFailed(text, 45, text * 10_000)
    for kind in (HomeAssistantError, UpdateFailed):
        err = translate_error(kind, failed, "Miner")
        assert err.translation_placeholders is not None
        assert err.translation_placeholders["command"] == one_line(text)
        for quoted in err.translation_placeholders.values():
            assert quoted.isprintable()
            assert len(quoted) <= 255
    assert len(str(failed)) < 2000


async def test_dashboard(
    hass: HomeAssistant, loaded: MockConfigEntry, simulated: SimulatedMiner
) -> None:
    """The farm dashboard shows a name as it is written, and no markup of it."""
    name = "<img src=x> [a](b) | `c` & 'd'"
    devices, device = dr.async_get(hass), device_id(hass, loaded)
    area = ar.async_get(hass).async_create("<b>Hall</b>")
    devices.async_update_device(device, name_by_user=name, area_id=area.id)
    await simulated.stop()
    await poll(hass)
    path = Path(__file__).parents[2] / "dashboards" / "farm.yaml"
    dashboard = parse_yaml(path.read_text("utf-8"))
    assert isinstance(dashboard, dict)
    contents = [
        card["content"]
        for section in dashboard["views"][0]["sections"]
        for card in section["cards"]
        if "content" in card
    ]
    texts = [Template(each, hass).async_render(parse_result=False) for each in contents]
    assert not any("<img" in text or "<b>Hall" in text for text in texts)
    shown = [name in unescape(text) for text in texts]
    assert shown == [False, True, False, True]
    assert all("<b>Hall</b>" in unescape(text) for text in texts[1:])


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("M30S+VE40", "WhatsMiner M30S+ VE40"),
        ("M30S++_VH70", "WhatsMiner M30S++ VH70"),
        ("M63_VK2A", "WhatsMiner M63 VK2A"),
        ("M30SV20", "WhatsMiner M30S V20"),
        ("M50S", "WhatsMiner M50S"),
        (None, "WhatsMiner"),
    ],
)
def test_model_name(model: str | None, shown: str) -> None:
    """A model has its gap, whatever the miner has in its place."""
    assert model_name(model) == shown
