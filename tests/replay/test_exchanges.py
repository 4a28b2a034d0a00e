"""Recorded tokens, envelopes and refusals, played back to a client with a password."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    AuthenticationError,
    CommandFailed,
    MinerBusy,
    WriteAccessDisabled,
    lenient_json,
)
from custom_components.whatsminer.client.crypto import Envelope, md5crypt, sign_token

from .device import miner_at
from .recording import CAPTURES, Recording

AUTH = CAPTURES / "unknown_2020-12_api1.1_auth"
WRONG_PASSWORD = CAPTURES / "unknown_2024-10_wrong-password"
API_OFF = CAPTURES / "m63_vk2a_20250915.16.rel2_api-switch-off"
STATUS = CAPTURES / "m20s_20220919.15.rel_api1.4.0_off" / "status.json"
INFO = CAPTURES / "m60s_vk40_20251209.16.rel2_api3.0.2" / "get_device_info.json"
SETTING = CAPTURES / "doc-examples_v3" / "set.any_ok.json"
LED = {"color": "red", "period": "2000", "duration": "1000", "start": "0"}


def _read(file: Path) -> dict[str, Any]:
    """Return the object in a file."""
    return lenient_json.loads(file.read_bytes())


def _writing(reply: bytes) -> Recording:
    """Return a miner that gives its recorded token and one answer to all writing."""
    recording = Recording.load(AUTH, "1")
    recording.v2["status"] = STATUS.read_bytes()
    recording.sealed = reply
    return recording


def test_crypto() -> None:
    """Key, sign and envelope are those of the recorded exchange."""
    exchange = _read(AUTH / "set_led_encrypted_exchange.json")
    token = exchange["token"]
    key = md5crypt(exchange["password"], token["salt"])
    assert key == exchange["key"]
    assert sign_token(key, token["time"], token["newsalt"]) == exchange["sign"]
    envelope = Envelope.of_key(key)
    sent, said = exchange["request"]["data"], exchange["reply"]["enc"]
    assert envelope.open(sent).decode() == exchange["request_plain"]
    assert envelope.open(said).decode() == exchange["reply_plain"]


async def test_write() -> None:
    """The recorded answer to a write is opened with the recorded token."""
    exchange = _read(AUTH / "set_led_encrypted_exchange.json")
    recording = _writing(json.dumps(exchange["reply"]).encode())
    async with miner_at(recording, exchange["password"]) as miner:
        answer = await miner.execute("set_led", **LED)
        assert answer == json.loads(exchange["reply_plain"])
        assert miner.write_access is True


async def test_write_disabled() -> None:
    """The refusal came encrypted."""
    exchange = _read(AUTH / "write_disabled_encrypted_exchange.json")
    recording = _writing(json.dumps(exchange["reply"]).encode())
    async with miner_at(recording, exchange["password"]) as miner:
        with pytest.raises(WriteAccessDisabled):
            await miner.execute("set_led", **LED)
        assert miner.write_access is False


async def test_wrong_password() -> None:
    """The miner cannot read the envelope, and says so in plain text."""
    recording = _writing((WRONG_PASSWORD / "exec_reboot.json").read_bytes())
    async with miner_at(recording, "not-the-password") as miner:
        with pytest.raises(AuthenticationError):
            await miner.reboot()


async def test_api_switch_off() -> None:
    """No token on the one port, no permission on the other."""
    recording = Recording.load(API_OFF, "3")
    recording.v2["status"] = STATUS.read_bytes()
    async with miner_at(recording, "secret") as miner:
        with pytest.raises(MinerBusy):
            await miner.stop()
    info = _read(INFO)
    recording = Recording.load(API_OFF, "3")
    recording.v2.clear()
    for switch, error in (("0", WriteAccessDisabled), ("1", AuthenticationError)):
        info["msg"]["system"]["apiswitch"] = switch
        recording.v3["get.device.info"] = json.dumps(info).encode()
        async with miner_at(recording, "secret") as miner:
            with pytest.raises(error):
                await miner.stop()


async def test_obeyed() -> None:
    """The plain "ok" of API v3 is enough."""
    recording = Recording("3")
    recording.v3["get.device.info"] = INFO.read_bytes()
    recording.v3["set.miner.service"] = SETTING.read_bytes()
    async with miner_at(recording, "secret") as miner:
        await miner.stop()
        assert miner.write_access is True


async def test_cgminer_wants_another_key() -> None:
    """Plain cgminer refuses `cmd` as it was recorded to do."""
    folder = CAPTURES / "m30s_2020-11_cgminer492"
    refused = _read(folder / "pools_plus_summary_plus_edevs_REJECTED.json")
    recording = Recording.load(folder, "cgminer")
    answer = lenient_json.loads(recording.answer({"cmd": "pools+summary+edevs"}))
    assert answer["STATUS"][0]["Code"] == refused["STATUS"][0]["Code"] == 24
    async with miner_at(recording) as miner:
        assert (await miner.query("summary"))["SUMMARY"]
        with pytest.raises(CommandFailed):
            await miner.query("stats")
