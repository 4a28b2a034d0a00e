"""Diagnostics help, and give nothing away."""

from dataclasses import replace
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
from custom_components.whatsminer.diagnostics import redact
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .helpers import make_entry, set_up

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
        entry = make_entry(simulated, options={"scan_interval": 30})
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
    await entry.runtime_data.coordinator.async_refresh()
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


SECRET_NAMES = (
    *("pool_user", "poolUser", "Pool User", "wallet", "wallet-address", "apikey"),
    *("api_key", "SerialNo", "serial-no", "PCBSN0", "minersn", "CustomerSn"),
    *("ipv6", "IPv6", "ip6", "local_ip", "IPAddress", "mac_addr", "MAC", "wlanMac"),
    *("btrom-worker-suffix", "workers", "pool1", "password2", "admin_passwd"),
    *("ntp-server", "dns2", "gateway_v6", "hostname", "Stratum URL", "newsalt"),
    *("chipdata0", "Chip Data", "email", "login", "Proxy", "token"),
)


@pytest.mark.parametrize(
    "secret", ["Xy7-Zq9_Kp3w", 982451653, ["Xy7-Zq9_Kp3w", "second-One9"]]
)
async def test_names_of_secrets(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    secret: Any,
) -> None:
    """What a field of such a name holds is nowhere, whatever its firmware."""
    texts = [str(each) for each in (secret if isinstance(secret, list) else [secret])]
    says = [f"no reply for {text.upper()}, try again" for text in texts]
    for name in SECRET_NAMES:
        answers = {"some": {"deep": [{name: secret}], "says": says, texts[0]: 1}}
        monkeypatch.setattr(Miner, "answers", answers)
        found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
        shown = json.dumps(found["answers"]).lower()
        assert not [text for text in texts if text.lower() in shown], name
        assert "no reply for" in shown


async def test_what_is_no_secret(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What helps stays readable: a name that holds a part of another is no secret."""
    plain = {
        "description": "Machine 7 at 10:05:47",
        "Power Mode": "Normal",
        "chip-temp-min": 61.3,
        "detect-hash-rate": "61434:53890:65727",
        "working": "true",
        "timezone": "CST-8",
        "Works": 7.5,
        "machine": "H616",
        "web-pool": 1,
        "Pool Rejected%": 0.2,
        "stratum-active": True,
        "energy-ws": 123456789,
        "fwversion": "20250214.16.1.AMS",
    }
    monkeypatch.setattr(Miner, "answers", plain)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert found["answers"] == plain


async def test_secrets_in_free_text(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulated: SimulatedMiner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Passwords and addresses are found in sentences, and in names of fields."""
    entry = make_entry(simulated, "wordy")
    await set_up(hass, entry)
    mac = simulated.mac
    answers = {
        "says": [
            "password wordy refused, wordyness is not",
            f"I am {mac}, {mac.lower().replace(':', '-')}, {mac.replace(':', '')}",
            "at fe80::1ff:fe23:4567:890a and 2001:db8:0:1:1:1:1:1, 10.20.30.40",
        ],
        "10.20.30.40": "up",
        "fe80::1": "up",
    }
    monkeypatch.setattr(Miner, "answers", answers)
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    shown = json.dumps(found["answers"])
    for secret in ("wordy ", "fe80", "2001", "10.20", mac[:8], mac.replace(":", "")):
        assert secret.lower() not in shown.lower()
    assert "wordyness is not" in shown


async def test_what_no_file_can_hold(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half an emoji, endless numbers and no numbers do not keep it from being loaded."""
    odd = {"text": "rig \ud83d", "\udc00": 1, "huge": 2**200, "none": float("nan")}
    monkeypatch.setattr(Miner, "answers", odd)
    coordinator = loaded.runtime_data.coordinator
    coordinator.data = replace(coordinator.data, unbelievable=("power: 2147483647",))
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert found["answers"] == {"text": "rig ?", "?": 1, "huge": 2**200, "none": "nan"}
    assert found["data"]["unbelievable"] == ["power: 2147483647"]


async def test_serials_and_suffix_of_a_reading(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
) -> None:
    """Details of a reading are there; what names the machine or its owner is not."""
    coordinator = loaded.runtime_data.coordinator
    boards = tuple(
        replace(each, serial_number="HQM5S-99-17", chip_bin="BINV22")
        for each in coordinator.data.boards
    )
    coordinator.data = replace(
        coordinator.data, boards=boards, worker_suffix=".rig-77", power_rate=27.5
    )
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert found["data"]["boards"][0]["chip_bin"] == "BINV22"
    assert found["data"]["power_rate"] == 27.5
    text = json.dumps(found)
    assert "HQM5S-99-17" not in text
    assert "rig-77" not in text


def test_host_name_of_a_new_miner() -> None:
    """It is in no other text redacted, as one that a user gave is."""
    for name, reason in (
        ("WhatsMiner", "by whatsminer api"),
        ("WhatsMiner-17", f"by {REDACTED} api"),
    ):
        found = redact({"hostname": name, "why": f"by {name.lower()} api"})
        assert found == {"hostname": REDACTED, "why": reason}


def test_secrets_in_numbers() -> None:
    """A serial number that stands elsewhere as a number is found there, too."""
    found = redact(
        {
            "info": {"minersn": "240112345678", "pin": 3312.5},
            "other": [240112345678, 240112345678.0, 17, True],
        }
    )
    assert found["other"] == [REDACTED, REDACTED, 17, True]
    assert found["info"]["pin"] == 3312.5
