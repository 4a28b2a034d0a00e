"""What is asked when."""

import pytest

from custom_components.whatsminer.client import InvalidResponse, Miner, MinerUnreachable
from tests.simulator import SimulatedMiner

from .conftest import Time, of
from .questions import codes

WITH_ERRORS = ("2.0.5", "2.2.2", "3.0.2", "dual")
WITH_COMMANDS = ("1.4", *WITH_ERRORS)


@of("2.0.5", "2.2.2")
async def test_power_of_a_stopped_miner(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Without a summary the power supply is asked each time; no old power is shown."""
    sim.faults.mining_down = "error"
    await client.stop()
    for refused in (False, True):
        if refused:
            sim.faults.refuse["get_psu"] = 14
        for _ in range(2):
            time.pass_by(15)
            sim.log.clear()
            data = await client.read()
            assert "get_psu" in sim.log.commands
            assert (data.power is None) is refused


@of("2.0.5", "2.2.2")
@pytest.mark.parametrize("given", [-1, 2147483647])
async def test_summary_without_power(
    sim: SimulatedMiner, client: Miner, time: Time, given: int
) -> None:
    """The power supply stands in for a power that the summary does not have, each time."""
    sim.faults.odd.absurd["Power"] = given
    for stopped in (False, False, True):
        if stopped:
            await client.stop()
        time.pass_by(15)
        data = await client.read()
        assert data.power is not None
        assert (data.power < 100) is stopped


@of(*WITH_ERRORS)
@pytest.mark.parametrize("interval", [10, 15, 20, 30, 60, 120, 600])
async def test_a_new_error_is_seen_in_time(
    sim: SimulatedMiner, client: Miner, time: Time, interval: int
) -> None:
    """At 60 s and more it is seen with the next poll, else within about half a minute."""
    await client.read()
    for _ in range(7):
        time.now += interval
        await client.read()
    sim.machine.error_codes[110] = sim.clock.now()
    waited = 0
    while codes(await client.read()) != [110]:
        time.now += interval
        waited += interval
    assert waited <= max(interval, 45)


@of("2.0.5", "2.2.2")
@pytest.mark.parametrize("interval", [10, 15, 25, 30, 60, 600])
async def test_periods(
    sim: SimulatedMiner, client: Miner, time: Time, interval: int
) -> None:
    """Who it is is asked within a minute, all else in time; few questions per poll."""
    await client.read()
    asked = dict.fromkeys(
        ("get_error_code", "get_miner_info", "get_psu", "edevs", "pools"), 0.0
    )
    most = dict.fromkeys(asked, 0.0)
    joined = sim.api == "2.0.5"
    for _ in range(max(12, 700 // interval)):
        time.now += interval
        sim.log.clear()
        await client.read()
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
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Another miner at the address is seen at once when its counts jump."""
    before = await client.read()
    time.pass_by(3600)
    await client.read()
    await sim.replace()
    time.pass_by(15)
    sim.faults.odd.fans_stopped = True
    try:
        data = await client.read()
    except MinerUnreachable:  # the kept line broke
        data = await client.read()
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
    sim: SimulatedMiner, client: Miner, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose counts do not jump is seen within a minute."""
    for _ in range(9):
        await client.read()
        time.pass_by(15)
    sim.device.mac = "CA:0A:18:00:00:99"
    waited = 0
    while (await client.read()).identity.mac != "ca:0a:18:00:00:99":
        time.pass_by(15)
        waited += 15
    assert waited <= 60


@of("2.0.5")
async def test_a_jump_without_proof(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """As long as nobody says who it is after a jump, there is no reading of the miner."""
    await client.read()
    sim.faults.unavailable.add("get_miner_info")
    sim.machine.booted_at = sim.clock.now()
    for _ in range(3):
        time.pass_by(15)
        with pytest.raises(InvalidResponse):
            await client.read()
    sim.faults.unavailable.clear()
    time.pass_by(15)
    assert (await client.read()).identity.mac == sim.mac.lower()


@of("3.0.2", "dual")
async def test_stopped(sim: SimulatedMiner, client: Miner, time: Time) -> None:
    """A stopped miner with API 3 is known as before, but for what it measured."""
    before = await client.read()
    await client.stop()
    time.pass_by(60)
    data = await client.read()
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
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Boards that are asked for by turns do not run on after a stop."""
    await client.read()
    await client.stop()
    time.pass_by(15)
    assert {board.chips for board in (await client.read()).boards} == {0}


@of("dual")
async def test_errors_of_a_stopped_miner(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """New ones are seen, and silence ends what was known."""
    await client.read()
    await client.stop()
    time.pass_by(60)
    assert codes(await client.read()) == []
    sim.machine.error_codes[110] = sim.clock.now()
    for _ in range(2):
        time.pass_by(20)
        data = await client.read()
    assert codes(data) == [110]
    sim.faults.unavailable.add("get_error_code")
    time.pass_by(60)
    assert codes(await client.read()) is None


@of("3.0.2")
async def test_v3_settings_have_a_lifetime(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Settings count on for three minutes of silence, and no longer."""
    assert (await client.read()).power_percent == 100
    sim.faults.unavailable.add("get.miner.setting")
    for _ in range(3):
        time.pass_by(60)
        assert (await client.read()).power_percent == 100
    time.pass_by(60)
    assert (await client.read()).power_percent is None


@of("2.0.5", "3.0.2")
async def test_fans_of_an_earlier_run(
    sim: SimulatedMiner, client: Miner, time: Time
) -> None:
    """Fans that turned in an earlier run stand still, they are not missing."""
    earlier = await Miner(sim.host).read()
    sim.faults.odd.fans_stopped = True
    assert (await Miner(sim.host).read()).fan_speed_in is None
    client.remember(earlier)
    data = await client.read()
    assert (data.fan_speed_in, data.fan_speed_out) == (0, 0)
    assert data.hashrate


@of("2.0.5")
async def test_an_earlier_run_of_another_miner(
    sim: SimulatedMiner, client: Miner
) -> None:
    """It is forgotten as soon as the other one says who it is."""
    earlier = await Miner(sim.host).read()
    await sim.replace()
    sim.faults.odd.fans_stopped = True
    sim.faults.refuse |= {"get_version": 132, "devdetails": 132}
    client.remember(earlier)
    data = await client.read()
    assert data.identity.mac == sim.mac.lower()
    assert data.identity.model is None
    assert data.fan_speed_in is None
