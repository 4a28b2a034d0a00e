"""Several parts asked for at once, and pools."""

import json

import pytest

from custom_components.whatsminer.client import Miner, WhatsminerError, lenient_json
from custom_components.whatsminer.client.transport import Transport
from tests.simulator import SimulatedMiner

from .conftest import Time, of
from .questions import JOINED


@of("2.0.5")
async def test_stopped_miner_is_not_asked_twice(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Where the joined question is refused while it is stopped, no part is asked for."""
    await client.read()
    await client.stop()
    sim.faults.mining_down = "error"
    time.pass_by(60)
    sim.log.clear()
    assert (await client.read()).mining is False
    assert JOINED in sim.log.commands
    assert not {"summary", "edevs", "pools"} & {*sim.log.commands}
    await client.start()
    time.pass_by(400)
    assert (await client.read()).hashrate


@of("2.0.5")
@pytest.mark.parametrize("worked", [False, True])
async def test_joined_question_is_tried_again(
    sim: SimulatedMiner, client: Miner, time: Time, worked: bool
) -> None:
    """Where it worked once it may again in five minutes; else it never will."""
    if worked:
        await client.read()
    sim.faults.refuse[JOINED] = 45
    asked = []
    for seconds in range(0, 721, 60):
        sim.log.clear()
        data = await client.read()
        assert data.hashrate
        assert len(data.boards) == len(data.pools) == 3
        if JOINED in sim.log.commands:
            asked.append(seconds)
        time.pass_by(60)
    assert asked == ([0, 300, 600] if worked else [0])


@of("2.2.2")
async def test_joined_summary_without_power(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """API 2.2 answers the joined question with next to nothing: it is not put again."""
    for _ in range(3):
        data = await client.read()
        assert None not in (data.hashrate, data.power, data.power_limit)
        assert None not in (data.fan_speed_in, data.environment_temperature)
        assert len(data.boards) == len(data.pools) == 3
        time.pass_by(400)
    assert sim.log.commands.count(JOINED) == 1


@of("2.0.5", "1.4", "2.2.2", "cgminer")
async def test_pools_cut_off(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """Pools that are cut off are unknown, and nothing else is."""
    before = await client.read()
    assert before.pools
    sim.faults.odd.cut_parts["pools"] = 700
    for _ in range(8):
        time.pass_by(15)
        data = await client.read()
        assert data.hashrate and data.board_temperature and data.fan_speed_in
        assert data.state == before.state
        assert len(data.boards) == 3
    assert data.pools == ()
    sim.faults.odd.cut_parts.clear()
    for _ in range(8):
        time.pass_by(15)
        data = await client.read()
    assert len(data.pools) == 3


@of("2.0.5")
@pytest.mark.parametrize("part", ["summary", "edevs", "pools"])
async def test_part_of_the_joined_answer(
    sim: SimulatedMiner,
    client: Miner,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
) -> None:
    """What is cut off in the joined answer alone is asked for by itself, at once."""
    await client.read()
    exchange = Transport.exchange

    async def cut(self: Transport, request: bytes) -> bytes:
        """Cut the one part of the joined answer off in the middle."""
        if JOINED not in request.decode():
            return await exchange(self, request)
        sim.faults.odd.cut_parts[part] = 300
        try:
            return await exchange(self, request)
        finally:
            sim.faults.odd.cut_parts.clear()

    with monkeypatch.context() as patch:
        patch.setattr(Transport, "exchange", cut)
        for _ in range(4):
            time.pass_by(15)
            data = await client.read()
            assert data.hashrate and data.board_temperature and data.fan_speed_in
            assert len(data.boards) == 3
            assert len(data.pools) == 3
    # It is tried again later, and is enough then.
    time.pass_by(300)
    await client.read()
    time.pass_by(15)
    sim.log.clear()
    assert (await client.read()).hashrate
    assert JOINED in sim.log.commands
    assert not {"summary", "edevs", "pools"} & {*sim.log.commands}


@of("2.0.5")
async def test_joined_answer_cut_anywhere(
    sim: SimulatedMiner, client: Miner, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is cut, a part is there as it came, or not at all."""
    line = Transport(sim.host, 4028)
    raw = await line.exchange(json.dumps({"cmd": JOINED}).encode())
    whole = json.loads(raw)
    for size in range(0, len(raw), 5):
        try:
            parts = lenient_json.loads_begun(raw[:size])
        except WhatsminerError:
            continue
        assert {name: whole[name] for name in parts} == parts

    await client.read()
    exchange = Transport.exchange
    for size in range(0, len(raw), 97):

        async def cut(self: Transport, request: bytes, size: int = size) -> bytes:
            """Cut the joined answer; answer nothing else of mining."""
            answer = await exchange(self, request)
            if JOINED in request.decode():
                return answer[:size]
            if b"summary" in request:
                return b'{"STATUS":"E","Code":132,"Msg":"API btminer unknow err"}'
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(Transport, "exchange", cut)
            time.pass_by(400)
            data = await client.read()
        came = b'"edevs":' in raw[:size]
        assert (data.hashrate is not None) is came


@of("dual")
async def test_absurd_pool(sim: SimulatedMiner, client: Miner) -> None:
    """A count that cannot be true costs that count alone."""
    sim.faults.odd.absurd = {"Accepted": 2**40, "Stale": 2**40}
    data = await client.read()
    assert len(data.pools) == 3
    assert data.accepted is None
    assert data.rejected is not None


@of("dual")
async def test_backup_pools(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """Pools that v3 leaves out come from v2, each in its place."""
    sim.faults.odd.backups_left_out = True
    sim.machine.dead_pools.add(0)
    pools = (await client.read()).pools
    assert [pool.priority for pool in pools] == [0, 1, 2]
    assert [pool.active for pool in pools] == [False, True, False]
    assert all(pool.accepted is not None for pool in pools)
    assert pools[1].rejected_percent is not None
    assert pools[1].stale_percent is not None


@of("3.0.2", "dual")
async def test_pools_of_an_idle_miner(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Pools that are left out are asked for alone; a refusal concerns nothing else."""
    before = await client.read()
    sim.faults.odd.idle_pools = True
    time.pass_by(15)
    data = await client.read()
    assert data.hashrate and data.boards
    assert len(data.pools) == (len(before.pools) if sim.api == "dual" else 0)


@of("dual")
async def test_pools_of_a_stopped_miner(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Where nobody lists pools, those that v2 alone listed stay known as well."""
    sim.faults.odd.backups_left_out = True
    before = (await client.read()).pools
    assert len(before) == 3
    sim.machine.power_off()
    time.pass_by(75)
    counted = (await client.read()).pools
    assert all(pool.accepted is not None for pool in counted)
    sim.faults.unavailable.add("pools")
    time.pass_by(75)
    data = await client.read()
    assert data.mining is False
    assert data.accepted is None
    assert [(pool.priority, pool.url, pool.worker) for pool in data.pools] == [
        (pool.priority, pool.url, pool.worker) for pool in before
    ]
