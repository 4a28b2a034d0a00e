"""Make the files of this version: `python -m pytest tests/integration/upgrade/make.py`.

It lets a miner be used for a while, and Home Assistant end. It is no test: what an
earlier version has stored cannot be made anew, so each version gets files of its own.
"""

import asyncio
from copy import deepcopy
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, restore_state as rs
import pytest

from tests.conftest import PASSWORD
from tests.integration.helpers import later
from tests.simulator import ManualClock, SimulatedMiner

from . import stored

MANIFEST = Path(__file__).parents[3] / "custom_components/whatsminer/manifest.json"
VERSION = json.loads(MANIFEST.read_text())["version"]

pytestmark = pytest.mark.parametrize("load_registries", [False])


def _id(hass: HomeAssistant, miner: SimulatedMiner, name: str) -> str:
    """Return the entity of a platform and key."""
    domain, key = name.split(".")
    found = er.async_get(hass).async_get_entity_id(
        domain, stored.DOMAIN, f"{miner.mac.lower()}_{key}"
    )
    assert found, name
    return found


async def _add(hass: HomeAssistant, miner: SimulatedMiner) -> ConfigEntry:
    """Add a miner by hand, and do with its entities what users do."""
    flow = hass.config_entries.flow
    result: Any = await flow.async_init(stored.DOMAIN, context={"source": SOURCE_USER})
    for answer in (
        {"next_step_id": "address"},
        {"host": miner.host, "password": PASSWORD},
    ):
        result = await flow.async_configure(result["flow_id"], answer)
    await hass.async_block_till_done(wait_background_tasks=True)
    entry: ConfigEntry = result["result"]
    hass.config_entries.async_update_entry(
        entry, title="Cellar", options={"lowest_percent": 50, "gentle": False}
    )
    change = er.async_get(hass).async_update_entity
    for name in ("switch.led", "sensor.worker"):
        change(_id(hass, miner, name), disabled_by=None)
    by_user = er.RegistryEntryDisabler.USER
    change(_id(hass, miner, "sensor.pool"), disabled_by=by_user)
    change(_id(hass, miner, "sensor.power"), new_entity_id="sensor.cellar_draws")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def _use(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, miner: SimulatedMiner
) -> None:
    """Do what leaves traces in the storage."""
    clock = miner.clock
    assert isinstance(clock, ManualClock)

    async def call(action: str, name: str, **data: Any) -> None:
        """Let an entity do something, while time goes by."""
        target = {"entity_id": _id(hass, miner, name), **data}
        domain, service = action.split(".")
        task = hass.async_create_task(
            hass.services.async_call(domain, service, target, blocking=True)
        )
        while not task.done():
            freezer.tick(0.5)
            clock.advance(0.5)
            # Timers stand still: let what was sent arrive.
            for _ in range(200):
                await asyncio.sleep(0)
        await task

    async def wait(times: int, seconds: int) -> None:
        """Let time pass."""
        for _ in range(times):
            clock.advance(seconds)
            await later(hass, freezer, seconds)

    await call("switch.turn_off", "switch.mining")
    await wait(2, 300)
    await call("switch.turn_on", "switch.mining")
    await wait(180, 15)
    await call("number.set_value", "number.power_percent", value=80)
    await call("switch.turn_on", "switch.led")
    miner.faults.refuse |= {"adjust_power_limit": 132, "set.miner.power_limit": -2}
    with pytest.raises(HomeAssistantError):
        await call("number.set_value", "number.power_limit", value=3590)


@pytest.mark.parametrize("api", ["dual", "2.0.5"])
async def test_make(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    api: str,
) -> None:
    """Write what is stored at the end."""
    before = stored.NOW - timedelta(hours=1)
    freezer.move_to(before)
    await stored.load(hass, hass_storage, {})
    async with stored.make_miner(api, before) as miner:
        entry = await _add(hass, miner)
        await _use(hass, freezer, miner)
        await rs.RestoreStateData.async_save_persistent_states(hass)
        await hass.config_entries.async_unload(entry.entry_id)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await hass.async_block_till_done()
        stored.write(_file(api), hass_storage, {}, miner.host)


@pytest.mark.parametrize("api", ["dual", "2.0.5"])
async def test_make_shown(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    api: str,
) -> None:
    """Write what is shown after a restart, too."""
    freezer.move_to(stored.NOW)
    async with stored.make_miner(api) as miner:
        content, _ = stored.read(_file(api), miner.host)
        original = deepcopy(content)
        shown = await stored.restart(hass, hass_storage, content)
        stored.write(_file(api), original, shown, miner.host)


def _file(api: str) -> Path:
    """Return where the file of this version is."""
    return stored.FOLDER / f"{VERSION}_{api}.json"
