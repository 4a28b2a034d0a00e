"""Files of ours in .storage that something has spoiled: the miner is there all the same."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from tests.simulator import SimulatedMiner

from .helpers import make_entry, set_up

FAR = "9999-12-31T23:59:59-12:00"
DATA: tuple[Any, ...] = (
    7,
    "text",
    [[]],
    {"starts": ["2026-99-99T10:00:00+00:00"], "stop": None},
    {"starts": [{}], "stop": [], "seen": 7},
    {"starts": [FAR, "0001-01-01T00:00:00+14:00"], "stop": FAR, "seen": FAR},
    {"total": 1, "highest": 2, "counters": {"lifetime": [1]}},
    {"total": 10**400, "highest": 2, "counters": {}},
    {"identity": {}, "capabilities": [{"a": 1}], "state": []},
    {"firmware": [], "power_limit": [7]},
)


@pytest.mark.usefixtures("all_entities_enabled")
@pytest.mark.parametrize(
    "name", ["{}", "energy", "energy/{}", "{}.starts", "{}.ranges"]
)
@pytest.mark.parametrize(
    "stored",
    [
        {"version": 0, "minor_version": 1, "data": {}},
        {"version": "1", "minor_version": 1, "data": {}},
        {"version": 99, "minor_version": 1, "data": {}},
        {"data": {}},
        *({"version": 1, "minor_version": 1, "data": data} for data in DATA),
    ],
    ids=str,
)
async def test_spoiled_file(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulated: SimulatedMiner,
    caplog: pytest.LogCaptureFixture,
    stored: dict[str, Any],
    name: str,
) -> None:
    """What cannot be read counts as nothing: all of the entities come up."""
    entry = make_entry(simulated, None)
    name, _, part = name.format(entry.entry_id).partition("/")
    key = f"whatsminer.{name}"
    if part:
        stored = stored | {"data": {part: stored["data"]}}
    hass_storage[key] = stored | {"key": key}
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    for entity_id in ("sensor.miner_energy", "sensor.miner_starts_today"):
        assert (state := hass.states.get(entity_id)) is not None
        assert float(state.state) <= 1
    assert hass.states.get("sensor.miner_hashrate") is not None
    assert "Traceback" not in caplog.text
