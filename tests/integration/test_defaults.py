"""What is on at first, and that it stays as it is."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import RELOAD_AFTER_UPDATE_DELAY
from homeassistant.const import CONF_PASSWORD, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.dt import utcnow
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.whatsminer.entity import WhatsminerReading
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner

from .helpers import DOMAIN, make_entry, set_up, value

SHOWN = {
    *("sensor.status", "sensor.hashrate", "sensor.hashrate_percent", "sensor.power"),
    *("sensor.efficiency", "sensor.energy", "sensor.chip_temperature_max"),
    *("sensor.board_temperature", "sensor.environment_temperature"),
    *("sensor.error", "sensor.limited_by", "sensor.stop_reason"),
    *("sensor.rejected_percent", "sensor.mining_uptime", "sensor.ip_address"),
    *("binary_sensor.problem", "binary_sensor.pool_connected"),
    *("event.fault", "event.operation"),
}
FANS = {"sensor.fan_speed_in", "sensor.fan_speed_out"}
CONTROLS = {
    *("switch.mining", "number.power_percent", "number.power_limit"),
    *("select.power_mode", "button.restart_mining", "button.reboot", "button.identify"),
}
INSTEAD = {
    *("binary_sensor.mining", "sensor.power_percent", "sensor.power_limit"),
    "sensor.power_mode",
}


def on(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return what is on, by platform and key."""
    entries = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        f"{each.domain}.{each.unique_id.partition('_')[2]}"
        for each in entries
        if not each.disabled_by
    }


@pytest.mark.parametrize(
    ("settings", "password", "expected"),
    [
        ({"api": "2.0.5"}, PASSWORD, SHOWN | FANS | CONTROLS),
        # Its sensor of the power percent is not there: it does not report one.
        (
            {"api": "2.0.5"},
            None,
            SHOWN | FANS | INSTEAD - {"sensor.power_percent"},
        ),
        ({"api": "2.2.2"}, None, SHOWN | FANS | INSTEAD),
        # Cooled by liquid, and with API 3 no miner gives a reason.
        (
            {"api": "2.2.2", "cooling": "hydro"},
            PASSWORD,
            SHOWN | CONTROLS | {"sensor.coolant_temperature"},
        ),
        (
            {"api": "dual", "cooling": "hydro"},
            PASSWORD,
            (SHOWN | CONTROLS | {"sensor.coolant_temperature"})
            - {"sensor.stop_reason"},
        ),
        # It has no limit that could be set.
        (
            {"api": "1.4"},
            PASSWORD,
            (SHOWN | FANS | CONTROLS | {"sensor.power_limit"})
            - {"sensor.stop_reason", "number.power_limit"},
        ),
    ],
)
async def test_on_at_first(
    hass: HomeAssistant,
    clock: ManualClock,
    settings: dict[str, Any],
    password: str | None,
    expected: set[str],
) -> None:
    """A new miner has 28 entities at most, none of its sensors unknown while it mines."""
    async with at_home(clock=clock, **settings) as miner:
        entry = make_entry(miner, password)
        await set_up(hass, entry)
        assert on(hass, entry) == expected
        assert len(expected) <= 28
        assert value(hass, "sensor.miner_ip_address") == miner.host
        unknown = {
            state.entity_id
            for state in hass.states.async_all(("sensor", "binary_sensor"))
            if state.state == STATE_UNKNOWN
        }
        assert unknown == set()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_earlier_miner_keeps_what_it_has(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, simulated: SimulatedMiner
) -> None:
    """What was on stays on, what was off stays off, whatever is on at first today."""
    entry = make_entry(simulated)
    entry.add_to_hass(hass)
    for key, disabler in (
        ("pool", None),
        ("hashrate", er.RegistryEntryDisabler.USER),
        ("power", er.RegistryEntryDisabler.INTEGRATION),
    ):
        entity_registry.async_get_or_create(
            "sensor",
            DOMAIN,
            f"{entry.unique_id}_{key}",
            config_entry=entry,
            disabled_by=disabler,
        )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    found = on(hass, entry)
    assert "sensor.pool" in found
    assert not {"sensor.hashrate", "sensor.power"} & found


async def test_password_later(hass: HomeAssistant, simulated: SimulatedMiner) -> None:
    """With a password the controls come, and what showed the same stays."""
    entry = make_entry(simulated, None)
    await set_up(hass, entry)
    before = on(hass, entry)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_PASSWORD: PASSWORD}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert on(hass, entry) == before | CONTROLS


async def test_off_costs_nothing(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, simulated: SimulatedMiner
) -> None:
    """A reading that is off is made at the first start alone, and when it is enabled."""
    entry = make_entry(simulated)
    await set_up(hass, entry)
    made: set[str] = set()

    def note(entity: WhatsminerReading, coordinator: Any, description: Any) -> None:
        init(entity, coordinator, description)
        made.add(description.key)

    init = WhatsminerReading.__init__
    with patch.object(WhatsminerReading, "__init__", autospec=True, side_effect=note):
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert made == {
        each.partition(".")[2] for each in on(hass, entry) if "sensor." in each
    }
    entity_id = entity_registry.async_get_entity_id(
        "sensor", DOMAIN, f"{entry.unique_id}_pool"
    )
    assert entity_id is not None
    assert hass.states.get(entity_id) is None
    entity_registry.async_update_entity(entity_id, disabled_by=None)
    async_fire_time_changed(
        hass, utcnow() + timedelta(seconds=RELOAD_AFTER_UPDATE_DELAY + 1)
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get(entity_id) is not None
