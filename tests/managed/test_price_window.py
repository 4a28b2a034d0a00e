"""An automation of the old blueprint *price window* fights with the manager: a repair."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.blueprints.helpers import configure
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home
from .puppet import puppet_of

pytestmark = pytest.mark.usefixtures("puppet", "blueprint")

# What of the blueprint counts: where it has its miners.
BLUEPRINT = """
blueprint:
  name: "WhatsMiner: price window"
  domain: automation
  input: {miners: {}, price_sensor: {}}
trigger_variables:
  miners: !input miners
triggers: [{trigger: state, entity_id: !input price_sensor}]
actions: [{action: switch.turn_on, target: {entity_id: "{{ miners }}"}}]
"""


@pytest.fixture
def blueprint(hass: HomeAssistant, tmp_path: Path) -> None:
    """Put the blueprint where an earlier version had it."""
    hass.config.config_dir = str(tmp_path)
    folder = tmp_path / "blueprints" / "automation" / "whatsminer"
    folder.mkdir(parents=True)
    (folder / "price_window.yaml").write_text(BLUEPRINT)


def automation(name: str, miner: Any) -> dict[str, Any]:
    """Return an automation that mines at a low price."""
    inputs = {"miners": [miner], "price_sensor": "sensor.price"}
    path = "whatsminer/price_window.yaml"
    return {
        "id": name,
        "alias": name,
        "use_blueprint": {"path": path, "input": inputs},
    }


def shown(home: Home) -> str | None:
    """Return which automations the repair names."""
    issue = ir.async_get(home.hass).async_get_issue(
        DOMAIN, f"price_window_on_managed_miner_{home.entry.entry_id}"
    )
    if issue is None:
        return None
    assert issue.translation_placeholders
    return issue.translation_placeholders["which"]


async def test_price_window(hass: HomeAssistant, time: TimeMachine) -> None:
    """It is named while it is on and has a miner of the manager."""
    async with a_home(hass, time) as home:
        await home.live(10)
        assert shown(home) is None
        mine = automation("Night tariff", "switch.miner_1_mining")
        other = automation("Other", "switch.miner_2_mining")
        await configure(hass, [mine, other])
        await home.live(60)
        assert shown(home) == "Night tariff"
        await home.call("automation.night_tariff", "turn_off")
        await home.live(60)
        assert shown(home) is None
        await home.call("automation.night_tariff", "turn_on")
        await home.live(60)
        assert shown(home) == "Night tariff"
        await configure(hass, [other])
        await home.live(60)
        assert shown(home) is None
        await configure(hass, [])


async def test_meter_of_each_second(hass: HomeAssistant, time: TimeMachine) -> None:
    """There may be many automations: a report of a meter is no reason to search them."""
    async with a_home(hass, time) as home:
        home.every = 1
        await configure(hass, [automation("Night tariff", "switch.miner_1_mining")])
        await home.live(60, step=1)
        assert shown(home) == "Night tariff"
        await home.call("automation.night_tariff", "turn_off")
        changes = []
        for _ in range(120):
            before = shown(home)
            await home.live(1, step=1)
            await home.call("automation.night_tariff", "toggle")
            changes.append(shown(home) != before)
        assert sum(changes) <= 2
        await configure(hass, [])


@pytest.mark.parametrize("miners", [None, 5, {"entity_id": []}, [{"a": 1}, None]])
async def test_no_miners(hass: HomeAssistant, time: TimeMachine, miners: Any) -> None:
    """Whatever else somebody has entered there, the manager goes on."""
    async with a_home(hass, time) as home:
        odd = automation("Night tariff", None)
        odd["use_blueprint"]["input"]["miners"] = miners
        await configure(hass, [odd])
        steps = len(puppet_of(home.manager).readings)
        await home.live(60)
        assert len(puppet_of(home.manager).readings) >= steps + 2
        assert home.manager.status.reason == "paused"
        assert shown(home) is None
        await configure(hass, [])
