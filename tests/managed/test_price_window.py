"""An automation that fights with the manager is a repair."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.blueprints.conftest import blueprints
from tests.blueprints.helpers import configure
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home

# Fixtures are found where they are named.
__all__ = ["blueprints"]

pytestmark = pytest.mark.usefixtures("puppet")


def automation(name: str, miner: str) -> dict[str, Any]:
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
        await home.live(10)
        assert shown(home) == "Night tariff"
        await home.call("automation.night_tariff", "turn_off")
        await home.live(10)
        assert shown(home) is None
        await home.call("automation.night_tariff", "turn_on")
        await home.live(10)
        assert shown(home) == "Night tariff"
        await configure(hass, [other])
        await home.live(10)
        assert shown(home) is None
        await configure(hass, [])
