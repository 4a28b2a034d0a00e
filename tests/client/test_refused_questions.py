"""What becomes of a reading when a part of it is refused, silent or cut off."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from custom_components.whatsminer.client import Miner, MinerBusy, NoAnswer
from custom_components.whatsminer.client.dialects import v2_session
from custom_components.whatsminer.client.transport import Transport
from tests.conftest import PASSWORD
from tests.replay.recording import CAPTURES
from tests.simulator import SimulatedMiner

from .conftest import Time, of
from .questions import JOINED, codes


@of("2.0.5", "2.2.2", "dual")
async def test_errors_while_mining_does_not_answer(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """While mining commands are refused (132), what still answers is asked on."""
    assert codes(await client.read()) == []
    sim.faults.odd.btminer_unknown = True
    sim.machine.error_codes[542] = sim.clock.now()
    for _ in range(3):
        time.pass_by(15)
        data = await client.read()
    assert codes(data) == [542]
    assert data.hashrate is None
    assert data.hashrate_factory
    sim.machine.error_codes.clear()
    sim.faults.odd.btminer_unknown = False
    for _ in range(3):
        time.pass_by(15)
        data = await client.read()
    assert codes(data) == []
    assert data.hashrate


@of("2.0.5", "2.2.2")
async def test_errors_that_are_not_answered(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """An old "none" is unknown with the first silence, and an answer ends that."""
    await client.read()
    sim.faults.unavailable.add("get_error_code")
    for _ in range(3):
        time.pass_by(15)
        data = await client.read()
    assert codes(data) is None
    sim.faults.unavailable.clear()
    for _ in range(3):
        time.pass_by(15)
        data = await client.read()
    assert codes(data) == []


@of("2.0.5", "2.2.2")
async def test_refused_errors_are_unknown(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """A refusal ends what was known at once, but is not for good."""
    await client.read()
    sim.faults.refuse["get_error_code"] = 14
    time.pass_by(60)
    assert codes(await client.read()) is None
    sim.faults.refuse.clear()
    time.pass_by(600)
    assert codes(await client.read()) == []


@of("1.4", "2.0.5", "2.2.2")
async def test_silence_is_no_refusal(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Who refuses `status`, or is silent to it alone, is there; not who is silent to all."""
    await client.read()
    for fault in ("refuse", "unavailable"):
        time.pass_by(15)
        if fault == "refuse":
            sim.faults.refuse["status"] = 132
        else:
            sim.faults.refuse.clear()
            sim.faults.unavailable.add("status")
        assert (await client.read()).hashrate
    time.pass_by(15)
    sim.faults.unavailable |= {"summary", "edevs", "devs", "pools", JOINED}
    sim.log.clear()
    with pytest.raises(NoAnswer):
        await client.read()
    assert not {"get_error_code", "get_psu"} & set(sim.log.commands)


@of("2.0.5", "2.2.2")
async def test_neither_status_nor_summary(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """A miner that refuses both is asked for the rest; one that refuses all is away."""
    await client.read()
    time.pass_by(60)
    sim.faults.refuse |= {"status": 132, "summary": 132, JOINED: 132}
    data = await client.read()
    assert (data.hashrate, data.mining, data.errors) == (None, None, ())
    rest = ("edevs", "devs", "pools", "get_error_code", "get_psu", "get_miner_info")
    sim.faults.refuse |= dict.fromkeys(rest, 132)
    time.pass_by(60)
    with pytest.raises(NoAnswer):
        await client.read()


@of("2.0.5", "2.2.2")
async def test_unknown_commands(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """What the firmware does not know it is asked again ten minutes later."""
    sim.faults.refuse["get_psu"] = 14
    await client.read()
    asked = []
    for minute in range(1, 23):
        time.pass_by(60)
        sim.log.clear()
        assert (await client.read()).hashrate
        if "get_psu" in sim.log.commands:
            asked.append(minute)
    assert asked == [10, 20]
    sim.faults.refuse.clear()
    supply = None
    for _ in range(10):
        time.pass_by(60)
        supply = (await client.read()).power_supply
    assert supply is not None
    assert supply.model


@of("2.0.5", "2.2.2", "1.4")
async def test_only_devs_works(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """Where edevs is refused, boards come from devs; be it from the first or later."""
    assert len((await client.read()).boards) == 3
    sim.faults.odd.edevs_refused = True
    for _ in range(8):
        time.pass_by(15)
        data = await client.read()
        assert len(data.boards) == 3
        assert data.hashrate
    other = Miner(sim.host)
    assert len((await other.read()).boards) == 3


@of("2.0.5", "2.2.2", "3.0.2", "dual")
async def test_lists_in_msg(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """Pools, boards and power supply may be a list in Msg, joined or not."""
    sim.faults.odd.msg_lists = True
    for _ in range(3):
        data = await client.read()
        assert len(data.boards) == 3
        assert len(data.pools) == 3
        assert data.power_supply and data.power_supply.model
        time.pass_by(15)


@of("2.0.5", "2.2.2")
async def test_summary_is_unreadable(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Without the summary there are boards and pools still, and the supply's power."""
    await client.read()
    sim.faults.odd.cut_parts["summary"] = 200
    for _ in range(4):
        time.pass_by(15)
        data = await client.read()
    assert data.hashrate is None
    assert len(data.boards) == len(data.pools) == 3
    assert data.power and data.power > 1000
    sim.faults.unavailable.add("get_psu")
    assert (await client.read()).power is None


@of("3.0.2")
async def test_v3_status_is_not_answered(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Without a status what else answers is read."""
    await client.read()
    for faults in (
        {"refuse": {"get.miner.status": -1}},
        {"unavailable": {"get.miner.status"}},
    ):
        for name, value in faults.items():
            setattr(sim.faults, name, value)
        data = await client.read()
        assert data.mining is True
        assert data.hashrate is None
        assert codes(data) == []
        assert data.hashrate_factory


@of("3.0.2")
async def test_no_permission_to_read(sim: SimulatedMiner, client: Miner) -> None:
    """Code -4 to a question means that the miner has too many connections."""
    await client.read()
    sim.faults.refuse["get.device.info"] = -4
    with pytest.raises(MinerBusy):
        await client.read()
    sim.faults.refuse = {"get.miner.setting": -4, "get.miner.status": -4}
    assert (await client.read()).mining is True


async def test_bare_code_136(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full house may be a code alone."""
    raw = (CAPTURES / "tether_mock_v2" / "get_token_17th.json").read_bytes()

    async def exchange(self: Transport, request: bytes) -> bytes:
        """Answer everything so."""
        return raw

    monkeypatch.setattr(Transport, "exchange", exchange)
    nothing = partial(asyncio.sleep, 0)
    session = v2_session.Session(Transport("127.0.0.1", 1), PASSWORD, nothing)
    with pytest.raises(MinerBusy):
        await session.execute("power_on")


@of("2.0.5", "2.2.2")
async def test_half_the_answers(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """Each question that is not answered costs its own answer alone."""
    full = await client.read()
    readers: dict[str, Callable[[Any], Any]] = {
        "get_error_code": lambda data: data.errors,
        "get_psu": lambda data: data.power_supply and data.power_supply.voltage_in,
        "get_miner_info": lambda data: data.led,
    }
    for command, read in readers.items():
        sim.faults.refuse = {command: 132}
        for _ in range(2):
            time.pass_by(60)
            data = await client.read()
        assert read(full) is not None
        assert read(data) is None
        assert data.hashrate
        assert all(
            other(data) is not None
            for name, other in readers.items()
            if name != command
        )
