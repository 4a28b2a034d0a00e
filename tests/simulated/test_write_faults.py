"""Faults of answers to commands: how they are sealed, and what they say."""

from base64 import b64decode
import json

import pytest

from tests.simulator import Phase, SimulatedMiner, crypto
from tests.simulator.faults import FalseYes

from .common import Session, V3Client, ask, exchange, seal


async def test_pkcs7(miner: SimulatedMiner) -> None:
    """Answers can be padded with PKCS#7; requests may be so at any time."""
    session = await Session.open(miner)
    miner.faults.pkcs7 = True
    outer = json.loads(await session.send("power_off", respbefore="true"))
    plain = crypto.decrypt(session.aes_key, outer["enc"])
    assert plain[-plain[-1] :] == bytes([plain[-1]]) * plain[-1]
    assert json.loads(plain[: -plain[-1]])["Code"] == 131
    text = json.dumps({"cmd": "power_on", "token": session.sign}).encode()
    count = 16 - len(text) % 16
    await exchange(miner, seal(session.aes_key, text + bytes([count]) * count))
    assert not miner.machine.mineroff


@pytest.mark.parametrize("length", range(1, 33))
def test_pkcs7_always_pads(length: int) -> None:
    """A text of whole blocks gets a block more."""
    sealed = crypto.encrypt(bytes(32), b"x" * length, pkcs7=True)
    plain = crypto.decrypt(bytes(32), sealed)
    assert len(b64decode(sealed)) == 16 * (length // 16 + 1)
    assert plain[:length] == b"x" * length
    assert set(plain[length:]) == {16 - length % 16}


@pytest.mark.parametrize("false_yes", ["plain", "empty"])
async def test_false_yes(miner: SimulatedMiner, false_yes: FalseYes) -> None:
    """Whatever is encrypted is answered in plain text, and nothing is done."""
    session = await Session.open(miner, "wrong")
    miner.faults.false_yes = false_yes
    answer = json.loads(await session.send("power_off"))
    assert answer.get("Code") == (131 if false_yes == "plain" else None)
    assert miner.machine.phase is Phase.HASHING
    assert (await ask(miner, "status"))["Code"] == 131


@pytest.mark.parametrize("false_yes", ["plain", "empty"])
async def test_false_yes_v3(dual: SimulatedMiner, false_yes: FalseYes) -> None:
    """On API v3 a yes that does not name the command, or nothing at all."""
    dual.faults.false_yes = false_yes
    async with V3Client.open(dual, "wrong") as client:
        answer = await client.run("set.miner.service", "stop")
    assert answer == ({"code": 0, "msg": "ok"} if false_yes == "plain" else {})
    assert dual.machine.phase is Phase.HASHING


async def test_closes_after_each_answer(dual: SimulatedMiner) -> None:
    """As MicroBT's mock does, which takes a heart-beat for an error, too."""
    dual.faults.v3_close = True
    async with V3Client.open(dual) as client:
        assert (await client.ask("get.device.info"))["code"] == 0
        assert await client.reader.read() == b""
    async with V3Client.open(dual) as client:
        client.writer.write(bytes(4))
        assert await client.reader.read() == b""


async def test_wrong_token(dual: SimulatedMiner) -> None:
    """A wrong token can have another code; a missing permission keeps its own."""
    dual.faults.v3_wrong_token = -1
    async with V3Client.open(dual, "wrong") as client:
        assert (await client.run("set.system.led", "auto"))["code"] == -1
    dual.device.api_switch = False
    async with V3Client.open(dual) as client:
        assert (await client.run("set.system.led", "auto"))["code"] == -4


async def test_token_with_another_code(miner: SimulatedMiner) -> None:
    """A token can come with code 131, and its absence has words of its own."""
    miner.faults.token_131 = True
    assert (await ask(miner, "get_token"))["Code"] == 131
    session = await Session.open(miner)
    plain = json.dumps({"cmd": "power_off"}).encode()
    padded = plain + bytes(-len(plain) % 16)
    answer = json.loads(await exchange(miner, seal(session.aes_key, padded)))
    assert (answer["Code"], answer["Msg"]) == (135, "json token err")


async def test_silent_while_the_api_is_off(miner: SimulatedMiner) -> None:
    """4028 can be closed without a word while the API switch is off."""
    miner.faults.api_silent = True
    assert (await ask(miner, "status"))["Code"] == 131
    miner.device.api_switch = False
    assert await exchange(miner, b'{"cmd": "status"}') == b""


async def test_reboot_answers_before(miner: SimulatedMiner) -> None:
    """Only a reboot that is asked to answer before does so."""
    session = await Session.open(miner)
    assert await session.send("reboot") == b""
    assert miner.machine.reboots == 1
