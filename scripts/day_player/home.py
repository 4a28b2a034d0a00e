"""Sets up the miners, and what commands them: a power manager, or automations."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from homeassistant.components import automation
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import (
    CONF_BATTERY,
    CONF_CHARGE,
    CONF_GRID,
    CONF_KIND,
    CONF_MINERS,
    DOMAIN,
    KIND_POWER_MANAGER,
)
from custom_components.whatsminer.power_manager.law.models import Mode
from custom_components.whatsminer.power_manager.options.pages import OF_MINER
from tests.blueprints.time_machine import TimeMachine
from tests.conftest import PASSWORD
from tests.power_manager.days import Day
from tests.simulator import SimulatedMiner

from .entities import BATTERY, CHARGE, FEED_IN, GRID, PRICE, ROOM
from .files import DayFile

_SOME = 300.0
"""W from the grid at which an automation stops a miner."""


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """What was set up, and what can be done with it."""

    unload: Callable[[], Awaitable[None]]
    set_target: Callable[[float], Awaitable[None]]


async def set_up(
    hass: HomeAssistant,
    time: TimeMachine,
    day: DayFile,
    miners: list[SimulatedMiner],
    *,
    by_hand: bool,
) -> SetUp:
    """Set up all of a day."""
    is_automatic = day.day.is_automatic
    entries = [
        MockConfigEntry(
            domain=DOMAIN,
            title=f"Miner {number}",
            unique_id=miner.mac.lower(),
            data={CONF_HOST: miner.host, CONF_PASSWORD: PASSWORD},
            # A room and a price change slowly: weeks would take long.
            options={CONF_SCAN_INTERVAL: 60} if by_hand or is_automatic else {},
            # Nobody looks: what is shown takes most of the time. Automations need switches.
            pref_disable_new_entities=not by_hand,
        )
        for number, miner in enumerate(miners, 1)
    ]
    manager = None if by_hand else _manager(hass, day, [e.entry_id for e in entries])
    loaded = [*entries, manager] if manager else entries
    for each in loaded:
        each.add_to_hass(hass)
    hass.states.async_set(GRID, "0", {"unit_of_measurement": "W"})
    if not await async_setup_component(hass, DOMAIN, {}):
        raise RuntimeError("Home Assistant did not set up the integration")
    await time.settle()
    if manager is None:
        await _automate(hass, day)
    else:
        mode = Mode.AUTOMATIC if is_automatic else Mode.SOLAR
        await manager.runtime_data.async_set_mode(mode)
    await time.settle()

    async def unload() -> None:
        """Unload all of it, who commands first."""
        for each in reversed(loaded):
            await hass.config_entries.async_unload(each.entry_id)

    async def set_target(target: float) -> None:
        """Set the thermostat to a temperature, and on."""
        if manager is not None:
            await manager.runtime_data.async_set_thermostat(is_on=True, target=target)

    return SetUp(unload=unload, set_target=set_target)


def _manager(hass: HomeAssistant, day: DayFile, miners: list[str]) -> MockConfigEntry:
    """Return the entry of the power manager."""
    grid = er.async_get(hass).async_get_or_create(
        "sensor", "meter", "grid", suggested_object_id="grid"
    )
    data = {CONF_KIND: KIND_POWER_MANAGER, CONF_GRID: grid.id}
    if day.day.battery is not None:
        data |= {CONF_BATTERY: BATTERY, CONF_CHARGE: CHARGE}
    options: dict[str, Any] = {
        **_entities(day.day),
        **day.day.manager,
        CONF_MINERS: miners,
    }
    for key in OF_MINER.keys() & options.keys():
        by_number = options[key]
        options[key] = {miners[int(each) - 1]: by_number[each] for each in by_number}
    return MockConfigEntry(
        domain=DOMAIN,
        title="Power",
        unique_id=grid.id,
        data=data,
        options=options,
        pref_disable_new_entities=True,
    )


def _entities(day: Day) -> dict[str, Any]:
    """Return the options that come of what the house of a day has."""
    options: dict[str, Any] = {}
    if day.price:
        options["price"] = PRICE
    if day.feed_in:
        options["feed_in"] = FEED_IN
    if day.room:
        # A preset that is as warm: so the thermostat takes all targets of a tank, too.
        options |= {"room": ROOM, "target_comfort": max(day.room.target)}
    return options


async def _automate(hass: HomeAssistant, day: DayFile) -> None:
    """Set up what users write themselves: two thresholds and two times.

    A miner starts when its full power was fed in for 15 minutes, and stops when some power
    was taken from the grid for 7. Of two miners the second waits twice as long for its
    start, and the first for its stop.
    """
    count = len(day.day.miners)
    automations = [
        {
            "alias": f"{service} {number}",
            "triggers": {
                "trigger": "numeric_state",
                "entity_id": GRID,
                **limit,
                "for": {"minutes": minutes},
            },
            "actions": {
                "action": f"switch.{service}",
                "target": {"entity_id": f"switch.miner_{number}_mining"},
            },
        }
        for number, power in enumerate(day.day.miners, 1)
        for service, limit, minutes in (
            ("turn_on", {"below": -power}, 15 * number),
            ("turn_off", {"above": _SOME}, 7 * (count + 1 - number)),
        )
    ]
    if not await async_setup_component(
        hass, automation.DOMAIN, {automation.DOMAIN: automations}
    ):
        raise RuntimeError("Home Assistant did not set up the automations")
