"""What users read in a Home Assistant whose language is German."""

from contextlib import AsyncExitStack

from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.whatsminer.const import DOMAIN
from tests.conftest import at_home
from tests.simulator import SimulatedMiner

from . import flow_helpers, test_manager_flow as manager_flow
from .helpers import KINDS, enter, make_entry, make_miner, press, set_up
from .manager_helpers import add_sensor, make_manager


@pytest.fixture(autouse=True)
def german(hass: HomeAssistant) -> None:
    """Let Home Assistant speak German."""
    hass.config.language = "de"


async def _text(hass: HomeAssistant, kind: str, key: str) -> str:
    """Return what the frontend shows for a key."""
    words = await async_get_translations(hass, hass.config.language, kind, {DOMAIN})
    return words[f"component.{DOMAIN}.{kind}.{key}"]


@pytest.mark.usefixtures("set_up_entry")
async def test_error_of_a_dialog(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A wrong password is said to be wrong in German."""
    host = flow_helpers.address(simulated)
    result = await flow_helpers.start(hass, {CONF_HOST: host, CONF_PASSWORD: "falsch"})
    text = await _text(hass, "config", f"error.{result['errors']['base']}")
    assert text == "Der Miner akzeptiert dieses Passwort nicht."


async def test_error_of_a_command(hass: HomeAssistant) -> None:
    """A command that a miner does not take now says so in German, with its name."""
    async with at_home(state="stopped") as miner:
        entry = await enter(hass, miner)
        with pytest.raises(HomeAssistantError) as caught:
            await press(hass, "mining_neu_starten")
        await hass.config_entries.async_unload(entry.entry_id)
    text = await _text(hass, "exceptions", f"{caught.value.translation_key}.message")
    assert text.format(**caught.value.translation_placeholders or {}) == (
        "Miner ist gestoppt. Schalte zum Starten „Mining“ ein."
    )


@pytest.mark.usefixtures("set_up_entry")
async def test_name_of_a_manager(
    hass: HomeAssistant, grid: er.RegistryEntry, miners: list[str]
) -> None:
    """A new power manager has a German name."""
    result = await manager_flow.start(hass)
    result = await manager_flow.enter(hass, result, grid=grid.entity_id)
    result = await manager_flow.enter(hass, result, miners=miners)
    assert result["title"] == "Energiemanager"


@pytest.mark.usefixtures("all_entities_enabled")
async def test_names_of_entities(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """No two entities of a platform have the same name on one device."""
    async with AsyncExitStack() as stack:
        entries = []
        for index, kind in enumerate(KINDS):
            miner = await stack.enter_async_context(make_miner(kind, index=index))
            entries.append(make_entry(miner))
            await set_up(hass, entries[-1])
        grid = add_sensor(hass, "grid")
        miners = [each.entry_id for each in entries]
        entries.append(make_manager(grid, *miners, evcc=True, room="sensor.room"))
        await set_up(hass, entries[-1])
        found = [
            (each.device_id, each.domain, each.original_name)
            for each in entity_registry.entities.values()
            if each.platform == DOMAIN
        ]
        for entry in reversed(entries):
            await hass.config_entries.async_unload(entry.entry_id)
    assert len(found) == len(set(found)) > 100
