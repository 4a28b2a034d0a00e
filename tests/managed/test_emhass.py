"""The automation of the document that carries out a plan of EMHASS."""

from pathlib import Path
import re

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from custom_components.whatsminer.power_manager.law.models import Mode
from tests.blueprints.time_machine import TimeMachine

from .home import a_home

DOCUMENT = Path(__file__).parents[2] / "docs" / "power_manager.md"
PLAN = "sensor.p_deferrable0"
NUMBER = "number.power_requested_power"


async def test_recipe(hass: HomeAssistant, time: TimeMachine) -> None:
    """A plan is requested as long as it is published; then the request expires."""
    found = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    (recipe,) = [each for each in found if PLAN in each]
    async with a_home(hass, time, mode=Mode.EXTERNAL) as home:
        # The manager of this home has another name than that of the document.
        assert "number.power_manager_requested_power" in recipe
        automation = parse_yaml(
            recipe.replace("number.power_manager_", "number.power_")
        )
        assert await async_setup_component(
            hass, "automation", {"automation": [automation]}
        )
        await home.live(120)
        assert hass.states.is_state(NUMBER, "unknown")
        hass.states.async_set(PLAN, "2000.00")
        await home.live(120)
        assert hass.states.is_state(NUMBER, "2000.0")
        await home.live(40 * 60)
        assert hass.states.is_state(NUMBER, "2000.0")
        await home.live(25 * 60)
        assert hass.states.is_state(NUMBER, "unknown")
        await home.call(
            "automation.emhass_to_power_manager", "turn_off", stop_actions=True
        )
