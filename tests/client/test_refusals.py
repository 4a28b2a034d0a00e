"""One question that is refused, or not answered, costs its own answer alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from custom_components.whatsminer.client import CommandFailed, Miner, MinerUnreachable
from custom_components.whatsminer.client.dialects.v2_session import Session
from custom_components.whatsminer.client.dialects.v3_session import SessionV3
from custom_components.whatsminer.client.transport import FrameTransport, Transport
from tests.replay.device import HOST, replay
from tests.replay.recording import Recording
from tests.simulator import SimulatedMiner

from .conftest import Time, of


@pytest.fixture
async def miner(sim: SimulatedMiner, time: Time) -> AsyncIterator[Miner]:
    """Return its client, after a first reading, with an error since then."""
    miner = Miner(sim.host)
    await miner.read()
    sim.machine.error_codes[542] = sim.clock.now()
    yield miner
    await miner.close()


def codes(data: Any) -> list[int] | None:
    """Return the codes of the errors."""
    return None if data.errors is None else [error.code for error in data.errors]


@of("2.0.5", "2.2.2")
@pytest.mark.parametrize("code", [14, 45, 132, 136])
@pytest.mark.parametrize("command", ["status", "summary", "edevs", "pools"])
async def test_one_is_refused(
    sim: SimulatedMiner, miner: Miner, time: Time, command: str, code: int
) -> None:
    """The errors, and what else is answered, are read on."""
    sim.faults.refuse = {command: code, "summary+edevs+pools": code}
    for _ in range(4):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == [542]
    assert (data.hashrate is None) is (command == "summary")


@of("2.0.5", "2.2.2")
async def test_silent_status(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """A miner that is silent to one question is not away."""
    sim.faults.unavailable.add("status")
    for _ in range(4):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == [542]
    assert data.hashrate
    sim.faults.unavailable |= {"summary", "summary+edevs+pools"}
    with pytest.raises(MinerUnreachable):
        await miner.read()


@of("2.0.5", "2.2.2")
@pytest.mark.parametrize("code", [45, 132])
async def test_mining_and_status_are_refused(
    sim: SimulatedMiner, miner: Miner, time: Time, code: int
) -> None:
    """What is left are the errors and the power supply; with nothing it is away."""
    refused = ("status", "summary", "edevs", "devs", "pools", "summary+edevs+pools")
    sim.faults.refuse = dict.fromkeys(refused, code)
    for _ in range(4):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == [542]
    assert data.hashrate is data.mining is None
    sim.faults.refuse |= dict.fromkeys(
        ("get_error_code", "get_psu", "get_miner_info"), code
    )
    for _ in range(4):
        time.pass_by(15)
        with suppress(MinerUnreachable):
            await miner.read()
    with pytest.raises(MinerUnreachable):
        await miner.read()


@of("2.0.5", "2.2.2")
async def test_what_was_known_is_not_unknown(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Code 14 to what was answered before is a mood, and asked again as ever."""
    sim.faults.refuse = {"get_error_code": 14}
    for _ in range(4):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) is None
    sim.faults.refuse = {}
    for _ in range(4):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == [542]


@of("dual")
@pytest.mark.parametrize("code", [-1, -2])
async def test_one_of_two_generations(
    sim: SimulatedMiner, miner: Miner, time: Time, code: int
) -> None:
    """While API 3 refuses, API 2 is spoken; API 3 is found again later."""
    spoken = [miner.has_accounts]
    sim.faults.refuse = {"get.device.info": code}
    with pytest.raises(CommandFailed):
        await miner.read()
    time.pass_by(15)
    data = await miner.read()
    assert codes(data) == [542]
    assert data.hashrate
    spoken.append(miner.has_accounts)
    sim.faults.refuse = {}
    time.pass_by(15)
    await miner.read()
    spoken.append(miner.has_accounts)
    time.pass_by(600)
    data = await miner.read()
    spoken.append(miner.has_accounts)
    assert spoken == [True, False, False, True]
    assert data.temperature_offset is not None


async def test_refusal_that_is_a_whole_answer() -> None:
    """Only text is quoted: in an answer there are salts and names, and errors are logged."""
    recording = Recording()
    message = b'{"salt": "pepper", "user": "bc1q.rig7"}'
    recording.v2["status"] = b'{"STATUS": "E", "Code": 132, "Msg": %b}' % message
    recording.v3["get.device.info"] = b'{"code": -1, "msg": %b}' % message
    async with replay(recording) as device:
        v2 = Session(Transport(HOST, device.port), None, partial(asyncio.sleep, 0))
        with pytest.raises(CommandFailed, match="code 132, ''"):
            await v2.query("status")
        v3 = SessionV3(FrameTransport(HOST, device.port_v3), None, "super")
        with pytest.raises(CommandFailed, match="code -1, ''"):
            await v3.query("get.device.info", kept=False)
