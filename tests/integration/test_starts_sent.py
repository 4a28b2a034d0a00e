"""A start that is sent is noted before it goes out, until the miner refuses it."""

from copy import deepcopy
from math import inf
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import CONF_START_MINUTES, DOMAIN
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner

from .helpers import call, device_id, make_entry, poll, set_up, turn, value

pytestmark = pytest.mark.usefixtures("all_entities_enabled")

TODAY = "sensor.miner_starts_today"


@pytest.fixture
async def stopped(hass: HomeAssistant, simulated: SimulatedMiner) -> MockConfigEntry:
    """Set up a miner that is stopped, and may start every three hours."""
    simulated.machine.power_off()
    options = {CONF_START_MINUTES: 180}
    entry = make_entry(simulated, PASSWORD, options=options)
    await set_up(hass, entry)
    assert value(hass, TODAY) == "0"
    return entry


async def refused(hass: HomeAssistant, key: str, raw: str | None = None) -> None:
    """Start mining in vain: with the switch, or with a raw command to a device."""
    data = {ATTR_DEVICE_ID: raw, "command": "power_on"}
    start = (
        turn(hass, "mining", on=True)
        if raw is None
        else hass.services.async_call(DOMAIN, "send_command", data, blocking=True)
    )
    with pytest.raises(HomeAssistantError) as caught:
        await start
    assert caught.value.translation_key == key


def last_start(hass: HomeAssistant) -> Any:
    """Return when mining started, by the switch."""
    state = hass.states.get("switch.miner_mining")
    assert state is not None
    return state.attributes["last_start"]


async def test_killed_while_starting(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    stopped: MockConfigEntry,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever ends Home Assistant when the miner gets the command: the start counts."""
    key = f"{DOMAIN}.{stopped.entry_id}.starts"
    written = []
    monkeypatch.setattr(
        simulated.machine,
        "power_on",
        lambda: written.append(deepcopy(hass_storage.get(key))),
    )
    simulated.faults.silent["power_on"] = "close"
    await refused(hass, "outcome_unknown", device_id(hass, stopped))
    (stored,) = written
    assert stored is not None
    assert len(stored["data"]["starts"]) == 1
    await hass.config_entries.async_unload(stopped.entry_id)
    hass_storage[key] = stored
    await hass.config_entries.async_setup(stopped.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert value(hass, TODAY) == "1"
    await refused(hass, "too_early")
    assert len(written) == 1


async def test_silence(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    stopped: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A miner that does not answer may start: that counts."""
    simulated.faults.silent["power_on"] = "close"
    monkeypatch.setattr(simulated.machine, "power_on", lambda: None)
    await refused(hass, "outcome_unknown", device_id(hass, stopped))
    await poll(hass)
    assert value(hass, TODAY) == "1"
    assert last_start(hass) is not None
    await refused(hass, "too_early")


@pytest.mark.parametrize("is_raw", [False, True], ids=["switch", "raw"])
async def test_refused(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    stopped: MockConfigEntry,
    hass_storage: dict[str, Any],
    is_raw: bool,
) -> None:
    """A start that the miner refuses is none, and the next one is not too early."""
    simulated.faults.refuse["power_on"] = 132
    await refused(hass, "command_refused", device_id(hass, stopped) if is_raw else None)
    assert "power_on" in simulated.log.commands
    assert value(hass, TODAY) == "0"
    assert last_start(hass) is None
    stored = hass_storage[f"{DOMAIN}.{stopped.entry_id}.starts"]["data"]
    assert stored["starts"] == []
    assert stored["seen"] is None
    simulated.faults.refuse.clear()
    await turn(hass, "mining", on=True)
    assert value(hass, TODAY) == "1"
    await turn(hass, "mining", on=False)
    await refused(hass, "too_early")


async def test_unreachable(
    hass: HomeAssistant, simulated: SimulatedMiner, stopped: MockConfigEntry
) -> None:
    """A start that never went out is none."""
    await simulated.stop()
    await refused(hass, "unreachable")
    await simulated.start()
    await poll(hass)
    assert value(hass, TODAY) == "0"
    await turn(hass, "mining", on=True)
    assert value(hass, TODAY) == "1"


@pytest.mark.usefixtures("short_commands")
async def test_not_shown(
    hass: HomeAssistant, simulated: SimulatedMiner, stopped: MockConfigEntry
) -> None:
    """A miner that still says that it is stopped when its time is up did not start."""
    simulated.faults.disobey.add("power_on")
    await refused(hass, "not_starting")
    assert value(hass, TODAY) == "0"
    simulated.faults.disobey.clear()
    await turn(hass, "mining", on=True)
    assert value(hass, TODAY) == "1"


@pytest.mark.usefixtures("short_commands")
async def test_not_read(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    stopped: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A miner that took a start, and cannot be read then, may have started."""
    faults = simulated.faults
    monkeypatch.setattr(
        simulated.machine, "power_on", lambda: setattr(faults, "unreachable_until", inf)
    )
    await refused(hass, "not_starting")
    faults.unreachable_until = 0
    await poll(hass)
    assert value(hass, TODAY) == "1"
    await refused(hass, "too_early")


async def test_restart_counts_once(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A restart that the miner shows is not a second start."""
    await set_up(hass, make_entry(simulated, PASSWORD))
    before = int(value(hass, TODAY))
    await call(hass, "button", "press", "button.miner_restart_mining")
    await poll(hass)
    assert int(value(hass, TODAY)) == before + 1


async def test_too_early_is_not_noted(
    hass: HomeAssistant, simulated: SimulatedMiner, stopped: MockConfigEntry
) -> None:
    """What is refused before it is sent is no start."""
    await turn(hass, "mining", on=True)
    first = last_start(hass)
    await turn(hass, "mining", on=False)
    with pytest.raises(ServiceValidationError):
        await turn(hass, "mining", on=True)
    assert last_start(hass) == first
    assert value(hass, TODAY) == "1"
