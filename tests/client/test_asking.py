"""What is asked when, and what becomes of it when a part is not answered."""

from collections.abc import AsyncIterator, Callable
import json
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Miner,
    MinerBusy,
    MinerUnreachable,
    NoAnswer,
    WhatsminerError,
    lenient_json,
)
from custom_components.whatsminer.client.dialects import v2_session
from custom_components.whatsminer.client.transport import Transport
from tests.conftest import PASSWORD
from tests.replay.recording import CAPTURES
from tests.simulator import SimulatedMiner

from .conftest import Time, of

WITH_ERRORS = ("2.0.5", "2.2.2", "3.0.2", "dual")
WITH_COMMANDS = ("1.4", *WITH_ERRORS)
JOINED = "summary+edevs+pools"


@pytest.fixture
async def miner(sim: SimulatedMiner) -> AsyncIterator[Miner]:
    """Return its client."""
    miner = Miner(sim.host, PASSWORD)
    yield miner
    await miner.close()


def codes(data: Any) -> list[int] | None:
    """Return the codes of the errors."""
    return None if data.errors is None else [error.code for error in data.errors]


@of("2.0.5", "2.2.2", "dual")
async def test_errors_while_mining_does_not_answer(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """While mining commands are refused (132), what still answers is asked on."""
    assert codes(await miner.read()) == []
    sim.faults.odd.btminer_unknown = True
    sim.machine.error_codes[542] = sim.clock.now()
    for _ in range(3):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == [542]
    assert data.hashrate is None
    assert data.hashrate_factory
    sim.machine.error_codes.clear()
    sim.faults.odd.btminer_unknown = False
    for _ in range(3):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == []
    assert data.hashrate


@of("2.0.5", "2.2.2")
async def test_errors_that_are_not_answered(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """An old "none" is unknown with the first silence, and an answer ends that."""
    await miner.read()
    sim.faults.unavailable.add("get_error_code")
    for _ in range(3):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) is None
    sim.faults.unavailable.clear()
    for _ in range(3):
        time.pass_by(15)
        data = await miner.read()
    assert codes(data) == []


@of("2.0.5", "2.2.2")
async def test_refused_errors_are_unknown(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """A refusal ends what was known at once, but is not for good."""
    await miner.read()
    sim.faults.refuse["get_error_code"] = 14
    time.pass_by(60)
    assert codes(await miner.read()) is None
    sim.faults.refuse.clear()
    time.pass_by(600)
    assert codes(await miner.read()) == []


@of("1.4", "2.0.5", "2.2.2")
async def test_silence_is_no_refusal(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Who refuses `status`, or is silent to it alone, is there; not who is silent to all."""
    await miner.read()
    for fault in ("refuse", "unavailable"):
        time.pass_by(15)
        if fault == "refuse":
            sim.faults.refuse["status"] = 132
        else:
            sim.faults.refuse.clear()
            sim.faults.unavailable.add("status")
        assert (await miner.read()).hashrate
    time.pass_by(15)
    sim.faults.unavailable |= {"summary", "edevs", "devs", "pools", JOINED}
    sim.log.clear()
    with pytest.raises(NoAnswer):
        await miner.read()
    assert not {"get_error_code", "get_psu"} & set(sim.log.commands)


@of("2.0.5", "2.2.2")
async def test_neither_status_nor_summary(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """A miner that refuses both is asked for the rest; one that refuses all is away."""
    await miner.read()
    time.pass_by(60)
    sim.faults.refuse |= {"status": 132, "summary": 132, JOINED: 132}
    data = await miner.read()
    assert (data.hashrate, data.mining, data.errors) == (None, None, ())
    rest = ("edevs", "devs", "pools", "get_error_code", "get_psu", "get_miner_info")
    sim.faults.refuse |= dict.fromkeys(rest, 132)
    time.pass_by(60)
    with pytest.raises(NoAnswer):
        await miner.read()


@of("2.0.5", "2.2.2")
async def test_unknown_commands(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """What the firmware does not know it is asked again ten minutes later."""
    sim.faults.refuse["get_psu"] = 14
    await miner.read()
    asked = []
    for minute in range(1, 23):
        time.pass_by(60)
        sim.log.clear()
        assert (await miner.read()).hashrate
        if "get_psu" in sim.log.commands:
            asked.append(minute)
    assert asked == [10, 20]
    sim.faults.refuse.clear()
    supply = None
    for _ in range(10):
        time.pass_by(60)
        supply = (await miner.read()).power_supply
    assert supply is not None
    assert supply.model


@of("2.0.5", "2.2.2")
async def test_power_of_a_stopped_miner(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Without a summary the power supply is asked each time; no old power is shown."""
    sim.faults.mining_down = "error"
    await miner.stop()
    for refused in (False, True):
        if refused:
            sim.faults.refuse["get_psu"] = 14
        for _ in range(2):
            time.pass_by(15)
            sim.log.clear()
            data = await miner.read()
            assert "get_psu" in sim.log.commands
            assert (data.power is None) is refused


@of("2.0.5")
async def test_stopped_miner_is_not_asked_twice(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Where the joined question is refused while it is stopped, no part is asked for."""
    await miner.read()
    await miner.stop()
    sim.faults.mining_down = "error"
    time.pass_by(60)
    sim.log.clear()
    assert (await miner.read()).mining is False
    assert JOINED in sim.log.commands
    assert not {"summary", "edevs", "pools"} & {*sim.log.commands}
    await miner.start()
    time.pass_by(400)
    assert (await miner.read()).hashrate


@of("2.0.5")
@pytest.mark.parametrize("worked", [False, True])
async def test_joined_question_is_tried_again(
    sim: SimulatedMiner, miner: Miner, time: Time, worked: bool
) -> None:
    """Where it worked once it may again in five minutes; else it never will."""
    if worked:
        await miner.read()
    sim.faults.refuse[JOINED] = 45
    asked = []
    for seconds in range(0, 721, 60):
        sim.log.clear()
        data = await miner.read()
        assert data.hashrate
        assert len(data.boards) == len(data.pools) == 3
        if JOINED in sim.log.commands:
            asked.append(seconds)
        time.pass_by(60)
    assert asked == ([0, 300, 600] if worked else [0])


@of("2.0.5", "1.4", "2.2.2", "cgminer")
async def test_pools_cut_off(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """Pools that are cut off are unknown, and nothing else is."""
    before = await miner.read()
    assert before.pools
    sim.faults.odd.cut_parts["pools"] = 700
    for _ in range(8):
        time.pass_by(15)
        data = await miner.read()
        assert data.hashrate and data.board_temperature and data.fan_speed_in
        assert data.state == before.state
        assert len(data.boards) == 3
    assert data.pools == ()
    sim.faults.odd.cut_parts.clear()
    for _ in range(8):
        time.pass_by(15)
        data = await miner.read()
    assert len(data.pools) == 3


@of("2.0.5")
@pytest.mark.parametrize("part", ["summary", "edevs", "pools"])
async def test_part_of_the_joined_answer(
    sim: SimulatedMiner,
    miner: Miner,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
) -> None:
    """What is cut off in the joined answer alone is asked for by itself, at once."""
    await miner.read()
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
            data = await miner.read()
            assert data.hashrate and data.board_temperature and data.fan_speed_in
            assert len(data.boards) == 3
            assert len(data.pools) == 3
    # It is tried again later, and is enough then.
    time.pass_by(300)
    await miner.read()
    time.pass_by(15)
    sim.log.clear()
    assert (await miner.read()).hashrate
    assert JOINED in sim.log.commands
    assert not {"summary", "edevs", "pools"} & {*sim.log.commands}


@of("2.0.5")
async def test_joined_answer_cut_anywhere(
    sim: SimulatedMiner, miner: Miner, time: Time, monkeypatch: pytest.MonkeyPatch
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

    await miner.read()
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
            data = await miner.read()
        came = b'"edevs":' in raw[:size]
        assert (data.hashrate is not None) is came


@of("2.0.5", "2.2.2", "1.4")
async def test_only_devs_works(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """Where edevs is refused, boards come from devs; be it from the first or later."""
    assert len((await miner.read()).boards) == 3
    sim.faults.odd.edevs_refused = True
    for _ in range(8):
        time.pass_by(15)
        data = await miner.read()
        assert len(data.boards) == 3
        assert data.hashrate
    other = Miner(sim.host)
    assert len((await other.read()).boards) == 3


@of("2.0.5", "2.2.2", "3.0.2", "dual")
async def test_lists_in_msg(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """Pools, boards and power supply may be a list in Msg, joined or not."""
    sim.faults.odd.msg_lists = True
    for _ in range(3):
        data = await miner.read()
        assert len(data.boards) == 3
        assert len(data.pools) == 3
        assert data.power_supply and data.power_supply.model
        time.pass_by(15)


@of(*WITH_ERRORS)
@pytest.mark.parametrize("interval", [10, 15, 20, 30, 60, 120, 600])
async def test_a_new_error_is_seen_in_time(
    sim: SimulatedMiner, miner: Miner, time: Time, interval: int
) -> None:
    """At 60 s and more it is seen with the next poll, else within about half a minute."""
    await miner.read()
    for _ in range(7):
        time.now += interval
        await miner.read()
    sim.machine.error_codes[110] = sim.clock.now()
    waited = 0
    while codes(await miner.read()) != [110]:
        time.now += interval
        waited += interval
    assert waited <= max(interval, 45)


@of("2.0.5", "2.2.2")
@pytest.mark.parametrize("interval", [10, 15, 25, 30, 60, 600])
async def test_periods(
    sim: SimulatedMiner, miner: Miner, time: Time, interval: int
) -> None:
    """Who it is is asked within a minute, all else in time; few questions per poll."""
    await miner.read()
    asked = dict.fromkeys(
        ("get_error_code", "get_miner_info", "get_psu", "edevs", "pools"), 0.0
    )
    most = dict.fromkeys(asked, 0.0)
    joined = sim.api == "2.0.5"
    for _ in range(max(12, 700 // interval)):
        time.now += interval
        sim.log.clear()
        await miner.read()
        commands = sim.log.commands
        if joined:
            commands += ["edevs", "pools"]
        for command in asked:
            if command in commands:
                most[command] = max(most[command], time.now - asked[command])
                asked[command] = time.now
        if interval < 30:
            turns = 1 + interval // 16
            assert sim.log.connections <= 2 + turns * (1 if joined else 2)
        else:
            assert sim.log.connections <= (6 if joined else 8)
        if interval >= 60:
            assert {*asked} <= {*commands}
    assert most["get_miner_info"] <= max(60, interval)
    assert most["get_error_code"] <= max(60, interval)
    assert max(most.values()) <= max(120, interval)


@of(*WITH_COMMANDS)
async def test_another_miner_with_other_counts(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Another miner at the address is seen at once when its counts jump."""
    before = await miner.read()
    time.pass_by(3600)
    await miner.read()
    await sim.replace()
    time.pass_by(15)
    sim.faults.odd.fans_stopped = True
    try:
        data = await miner.read()
    except MinerUnreachable:  # the kept line broke
        data = await miner.read()
    machine = sim.machine
    assert data.identity.mac == sim.mac.lower() != before.identity.mac
    assert data.identity.model == before.identity.model
    if sim.api != "1.4":
        assert data.identity.serial_number == machine.serial
    assert data.uptime == pytest.approx(machine.uptime, abs=16)
    # Nothing that was known of the other one is told of this one.
    assert data.fan_speed_in is None


@of("2.0.5", "2.2.2")
async def test_another_miner_that_is_alike(
    sim: SimulatedMiner, miner: Miner, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose counts do not jump is seen within a minute."""
    for _ in range(9):
        await miner.read()
        time.pass_by(15)
    sim.device.mac = "CA:0A:18:00:00:99"
    waited = 0
    while (await miner.read()).identity.mac != "ca:0a:18:00:00:99":
        time.pass_by(15)
        waited += 15
    assert waited <= 60


@of("2.0.5")
async def test_a_jump_without_proof(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """As long as nobody says who it is after a jump, that is unknown."""
    await miner.read()
    sim.faults.unavailable.add("get_miner_info")
    sim.machine.booted_at = sim.clock.now()
    for _ in range(3):
        time.pass_by(15)
        assert (await miner.read()).identity.mac is None
    sim.faults.unavailable.clear()
    time.pass_by(15)
    assert (await miner.read()).identity.mac == sim.mac.lower()


@of("3.0.2", "dual")
async def test_stopped(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """A stopped miner with API 3 is known as before, but for what it measured."""
    before = await miner.read()
    await miner.stop()
    time.pass_by(60)
    data = await miner.read()
    assert data.hashrate == 0
    assert data.hashrate_factory == before.hashrate_factory
    assert data.power_limit == before.power_limit
    assert data.power_mode == before.power_mode
    assert [pool.url for pool in data.pools] == [pool.url for pool in before.pools]
    assert [board.hashrate for board in data.boards] == [0, 0, 0]
    assert data.chip_temperature_max is None
    # The text that v3 has for its errors then says nothing; v2 is asked.
    assert codes(data) == ([] if sim.api == "dual" else None)


@of("2.2.2")
async def test_boards_after_a_stop(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Boards that are asked for by turns do not run on after a stop."""
    await miner.read()
    await miner.stop()
    time.pass_by(15)
    assert {board.chips for board in (await miner.read()).boards} == {0}


@of("2.0.5", "2.2.2")
async def test_summary_is_unreadable(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Without the summary there are boards and pools still, and the supply's power."""
    await miner.read()
    sim.faults.odd.cut_parts["summary"] = 200
    for _ in range(4):
        time.pass_by(15)
        data = await miner.read()
    assert data.hashrate is None
    assert len(data.boards) == len(data.pools) == 3
    assert data.power and data.power > 1000
    sim.faults.unavailable.add("get_psu")
    assert (await miner.read()).power is None


@of("dual")
async def test_errors_of_a_stopped_miner(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """New ones are seen, and silence ends what was known."""
    await miner.read()
    await miner.stop()
    time.pass_by(60)
    assert codes(await miner.read()) == []
    sim.machine.error_codes[110] = sim.clock.now()
    for _ in range(2):
        time.pass_by(20)
        data = await miner.read()
    assert codes(data) == [110]
    sim.faults.unavailable.add("get_error_code")
    time.pass_by(60)
    assert codes(await miner.read()) is None


@of("dual")
async def test_absurd_pool(sim: SimulatedMiner, miner: Miner) -> None:
    """A count that cannot be true costs that count alone."""
    sim.faults.odd.absurd = {"Accepted": 2**40, "Stale": 2**40}
    data = await miner.read()
    assert len(data.pools) == 3
    assert data.accepted is None
    assert data.rejected is not None


@of("dual")
async def test_backup_pools(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """Pools that v3 leaves out come from v2, each in its place."""
    sim.faults.odd.backups_left_out = True
    sim.machine.dead_pools.add(0)
    pools = (await miner.read()).pools
    assert [pool.priority for pool in pools] == [0, 1, 2]
    assert [pool.active for pool in pools] == [False, True, False]
    assert all(pool.accepted is not None for pool in pools)
    assert pools[1].rejected_percent is not None
    assert pools[1].stale_percent is not None


@of("3.0.2", "dual")
async def test_pools_of_an_idle_miner(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Pools that are left out are asked for alone; a refusal concerns nothing else."""
    before = await miner.read()
    sim.faults.odd.idle_pools = True
    time.pass_by(15)
    data = await miner.read()
    assert data.hashrate and data.boards
    assert len(data.pools) == (len(before.pools) if sim.api == "dual" else 0)


@of("dual")
async def test_pools_of_a_stopped_miner(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Where nobody lists pools, those that v2 alone listed stay known as well."""
    sim.faults.odd.backups_left_out = True
    before = (await miner.read()).pools
    assert len(before) == 3
    sim.machine.power_off()
    time.pass_by(75)
    counted = (await miner.read()).pools
    assert all(pool.accepted is not None for pool in counted)
    sim.faults.unavailable.add("pools")
    time.pass_by(75)
    data = await miner.read()
    assert data.mining is False
    assert data.accepted is None
    assert [(pool.priority, pool.url, pool.worker) for pool in data.pools] == [
        (pool.priority, pool.url, pool.worker) for pool in before
    ]


@of("3.0.2")
async def test_v3_settings_have_a_lifetime(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Settings count on for three minutes of silence, and no longer."""
    assert (await miner.read()).power_percent == 100
    sim.faults.unavailable.add("get.miner.setting")
    for _ in range(3):
        time.pass_by(60)
        assert (await miner.read()).power_percent == 100
    time.pass_by(60)
    assert (await miner.read()).power_percent is None


@of("3.0.2")
async def test_v3_status_is_not_answered(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Without a status what else answers is read."""
    await miner.read()
    for faults in (
        {"refuse": {"get.miner.status": -1}},
        {"unavailable": {"get.miner.status"}},
    ):
        for name, value in faults.items():
            setattr(sim.faults, name, value)
        data = await miner.read()
        assert data.mining is True
        assert data.hashrate is None
        assert codes(data) == []
        assert data.hashrate_factory


@of("3.0.2")
async def test_no_permission_to_read(sim: SimulatedMiner, miner: Miner) -> None:
    """Code -4 to a question means that the miner has too many connections."""
    await miner.read()
    sim.faults.refuse["get.device.info"] = -4
    with pytest.raises(MinerBusy):
        await miner.read()
    sim.faults.refuse = {"get.miner.setting": -4, "get.miner.status": -4}
    assert (await miner.read()).mining is True


async def test_bare_code_136(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full house may be a code alone."""
    raw = (CAPTURES / "tether_mock_v2" / "get_token_17th.json").read_bytes()

    async def exchange(self: Transport, request: bytes) -> bytes:
        """Answer everything so."""
        return raw

    monkeypatch.setattr(Transport, "exchange", exchange)
    session = v2_session.Session(Transport("127.0.0.1", 1), PASSWORD)
    with pytest.raises(MinerBusy):
        await session.execute("power_on")


@of("2.0.5", "3.0.2")
async def test_fans_of_an_earlier_run(
    sim: SimulatedMiner, miner: Miner, time: Time
) -> None:
    """Fans that turned in an earlier run stand still, they are not missing."""
    earlier = await Miner(sim.host).read()
    sim.faults.odd.fans_stopped = True
    assert (await Miner(sim.host).read()).fan_speed_in is None
    miner.remember(earlier)
    data = await miner.read()
    assert (data.fan_speed_in, data.fan_speed_out) == (0, 0)
    assert data.hashrate


@of("2.0.5")
async def test_an_earlier_run_of_another_miner(
    sim: SimulatedMiner, miner: Miner
) -> None:
    """It is forgotten as soon as the other one says who it is."""
    earlier = await Miner(sim.host).read()
    await sim.replace()
    sim.faults.odd.fans_stopped = True
    sim.faults.refuse |= {"get_version": 132, "devdetails": 132}
    miner.remember(earlier)
    data = await miner.read()
    assert data.identity.mac == sim.mac.lower()
    assert data.identity.model is None
    assert data.fan_speed_in is None


@of("2.0.5", "2.2.2")
async def test_half_the_answers(sim: SimulatedMiner, miner: Miner, time: Time) -> None:
    """Each question that is not answered costs its own answer alone."""
    full = await miner.read()
    readers: dict[str, Callable[[Any], Any]] = {
        "get_error_code": lambda data: data.errors,
        "get_psu": lambda data: data.power_supply and data.power_supply.voltage_in,
        "get_miner_info": lambda data: data.led,
    }
    for command, read in readers.items():
        sim.faults.refuse = {command: 132}
        for _ in range(2):
            time.pass_by(60)
            data = await miner.read()
        assert read(full) is not None
        assert read(data) is None
        assert data.hashrate
        assert all(
            other(data) is not None
            for name, other in readers.items()
            if name != command
        )
