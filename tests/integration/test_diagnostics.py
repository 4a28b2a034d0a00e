"""Diagnostics help, and give nothing away."""

import json
from pathlib import Path
import re
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.whatsminer.client import Miner
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .conftest import make_entry, set_up

CAPTURES = Path(__file__).parents[1] / "captures"


@pytest.mark.parametrize(
    ("api", "commands"),
    [
        ("1.4", {"summary", "pools", "status"}),
        ("2.0.5", {"summary", "edevs", "pools", "get_psu", "get_version", "status"}),
        ("2.2.2", {"summary", "get_version", "get_error_code"}),
        ("3.0.2", {"get.device.info", "get.miner.status", "get.miner.setting"}),
        ("dual", {"get.device.info", "get.miner.status", "get_version"}),
    ],
)
async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    api: str,
    commands: set[str],
) -> None:
    """Readings and raw answers are there; secrets, addresses and pools are not."""
    async with at_home(api=api) as simulated:
        entry = MockConfigEntry(
            domain="whatsminer",
            title="Miner",
            unique_id=simulated.mac.lower(),
            data={"host": simulated.host, "password": PASSWORD},
            options={"scan_interval": 30},
        )
        await set_up(hass, entry)
        found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
        await hass.config_entries.async_unload(entry.entry_id)
    assert found["data"]["hashrate"] > 10
    assert found["write_access"] is (None if api == "1.4" else True)
    assert found["password_taken"] is True
    assert found["last_exception"] is None
    assert found["pending"] is None
    assert found["entry"]["options"] == {"scan_interval": 30}
    assert found["answers"].keys() >= commands
    assert found["data"]["pools"][0]["alive"] is True
    text = json.dumps(found)
    assert simulated.machine.profile.firmware in text
    for secret in (
        PASSWORD,
        simulated.mac,
        simulated.mac.lower(),
        simulated.host,
        simulated.machine.serial,
        simulated.tokens.salt,
        "worker.001",
        "example.com",
    ):
        assert secret not in text
    assert not re.search(r"([0-9a-f]{2}:){5}", text, re.IGNORECASE)


async def test_while_it_does_not_answer(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulated: SimulatedMiner,
) -> None:
    """What was last known is there, and what went wrong."""
    entry = make_entry(simulated, PASSWORD)
    await set_up(hass, entry)
    await simulated.stop()
    await entry.runtime_data.async_refresh()
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["last_update_success"] is False
    assert found["last_exception"] == "MinerUnreachable"
    assert found["data"]["identity"]["model"] == "M50S_VH50"


async def test_never_set_up(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulated: SimulatedMiner,
) -> None:
    """A miner that has never answered has diagnostics, too."""
    entry = make_entry(simulated, PASSWORD)
    await simulated.stop()
    await set_up(hass, entry)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found == {
        "entry": {
            "data": {
                "host": REDACTED,
                "port": simulated.port,
                "password": REDACTED,
            },
            "options": {},
        },
        "state": "setup_retry",
        "reason": "unreachable",
    }


async def test_recorded_answers(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In answers of real miners nothing that names the machine or its owner is left."""
    answers: dict[str, Any] = {}
    for path in sorted(CAPTURES.glob("*/*.json")):
        if path.name != "expected.json":
            try:
                answers[f"{path.parent.name}/{path.name}"] = json.loads(
                    path.read_text()
                )
            except ValueError:
                continue
    assert len(answers) > 50
    monkeypatch.setattr(Miner, "answers", answers)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert found["answers"].keys() == answers.keys()
    text = json.dumps(found["answers"])
    assert "M60S_VK40" in text
    for secret in (
        r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}",
        r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b",
        r"stratum\+tcp://",
        r"worker(?!-suffix)",
        r"BTM0000",
        r"uhCiDyVj",
        r"K8EC374",
    ):
        assert not re.findall(rf"(?i).{{20}}{secret}.{{20}}", text)
