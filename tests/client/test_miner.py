"""A miner as a caller sees it: identity, readings and commands."""

import asyncio
from copy import deepcopy

import pytest

from custom_components.whatsminer.client import (
    AuthenticationError,
    InvalidResponse,
    Miner,
    MinerUnreachable,
    MiningState,
    NoAnswer,
    NotAWhatsminer,
)
from custom_components.whatsminer.client.dialects import v2
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.faults import MiningDown


async def test_identify(simulated: SimulatedMiner, reader: Miner) -> None:
    """The miner tells who it is."""
    identity = await reader.identify()
    assert identity.mac == simulated.mac.lower()
    assert identity.model == "M50S_VH50"
    assert identity.serial_number == "SIM0000000001"
    assert identity.firmware == "20230803.11.REL"
    assert identity.api_version == "2.0.5"
    assert identity.control_board == "H616"


async def test_read(simulated: SimulatedMiner, reader: Miner) -> None:
    """All readings of a hashing miner are there, in their units."""
    data = await reader.read()
    machine = simulated.machine
    profile = machine.profile
    rated = profile.factory_ghs / 1000
    assert data.mining is True
    assert data.state is MiningState.MINING
    assert data.hashrate_factory == rated
    assert data.hashrate == pytest.approx(rated, rel=0.05)
    assert data.hashrate_average == pytest.approx(rated, rel=0.2)
    assert data.power == pytest.approx(profile.normal_power, rel=0.05)
    assert data.power_limit == profile.normal_power
    assert data.power and data.hashrate
    assert data.efficiency == pytest.approx(data.power / data.hashrate, rel=0.02)
    assert data.power_mode == "normal"
    assert data.chip_temperature_min and data.chip_temperature_average
    assert data.chip_temperature_max and data.board_temperature
    assert (
        data.chip_temperature_min
        < data.chip_temperature_average
        < data.chip_temperature_max
        < 110
    )
    assert 30 < data.board_temperature < data.chip_temperature_max
    assert data.environment_temperature and 5 < data.environment_temperature < 40
    assert data.fan_speed_in and data.fan_speed_in > 1000
    assert data.fan_speed_out and data.fan_speed_out > 1000
    assert data.uptime and data.mining_uptime and data.uptime > data.mining_uptime
    assert data.accepted and data.rejected is not None
    assert data.errors == ()
    assert [board.slot for board in data.boards] == [0, 1, 2]
    assert sum(board.hashrate or 0 for board in data.boards) == pytest.approx(
        data.hashrate, rel=0.02
    )
    assert [pool.priority for pool in data.pools] == [0, 1, 2]
    assert data.pools[0].active and data.pools[0].alive
    assert data.pools[0].accepted == data.accepted


async def test_connections_of_a_poll(
    simulated: SimulatedMiner, reader: Miner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first, no poll needs more than three connections, one at a time."""
    now = 0.0
    monkeypatch.setattr(v2, "monotonic", lambda: now)
    await reader.read()
    asked = set()
    for _ in range(60):
        now += 15
        simulated.log.clear()
        await reader.read()
        assert simulated.log.connections <= 3
        assert simulated.log.max_concurrent == 1
        assert {"status", "summary+edevs+pools"} <= set(simulated.log.commands)
        asked |= set(simulated.log.commands)
    assert {"get_error_code", "get_miner_info", "get_version"} <= asked
    assert "get_token" not in asked


async def test_miner_that_does_not_join(
    simulated: SimulatedMiner, reader: Miner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without joined commands everything is read still, boards and pools by turns."""
    now = 0.0
    monkeypatch.setattr(v2, "monotonic", lambda: now)
    simulated.faults.refuse["summary+edevs+pools"] = 45
    first = await reader.read()
    assert first.hashrate
    assert not reader.can_write
    for _ in range(8):
        now += 15
        simulated.log.clear()
        data = await reader.read()
        assert simulated.log.connections <= 4
        assert "summary+edevs+pools" not in simulated.log.commands
    assert len(data.boards) == 3
    assert len(data.pools) == 3
    assert data.errors == ()


async def test_stop_and_start(
    simulated: SimulatedMiner, miner: Miner, clock: ManualClock
) -> None:
    """A stopped miner says so and why, and draws next to nothing."""
    await miner.stop()
    clock.advance(60)
    data = await miner.read()
    assert data.mining is False
    assert data.state is MiningState.STOPPED
    assert data.stop_reason == "by whatsminer api"
    assert data.hashrate == 0
    assert data.power is not None and data.power < 20
    assert data.power_limit is None
    assert data.efficiency is None
    assert data.chip_temperature_max is None

    await miner.start()
    clock.advance(10)
    data = await miner.read()
    assert data.mining is True
    assert data.state is MiningState.STARTING
    clock.advance(240)
    assert (await miner.read()).state is MiningState.TUNING
    clock.advance(3600)
    assert (await miner.read()).state is MiningState.MINING


async def test_restart(
    simulated: SimulatedMiner, miner: Miner, clock: ManualClock
) -> None:
    """A restart is seen by the mining time, which begins anew."""
    before = await miner.read()
    await miner.restart()
    clock.advance(40)
    after = await miner.read()
    assert before.mining_uptime and after.mining_uptime is not None
    assert after.mining_uptime < 60 < before.mining_uptime
    assert before.uptime and after.uptime and after.uptime > before.uptime


async def test_reboot(
    simulated: SimulatedMiner, miner: Miner, clock: ManualClock
) -> None:
    """A reboot takes the miner away; afterwards its uptime begins anew."""
    before = await miner.read()
    await miner.reboot()
    clock.advance(5)
    with pytest.raises(MinerUnreachable):
        await miner.read()
    clock.advance(120)
    after = await miner.read()
    assert before.uptime and after.uptime is not None
    assert after.uptime < before.uptime


@pytest.mark.parametrize("how", ["zeros", "empty", "error"])
async def test_mining_process_is_away(
    simulated: SimulatedMiner, miner: Miner, clock: ManualClock, how: MiningDown
) -> None:
    """While nothing tells of mining, what it measured is unknown, what it is stays."""
    before = await miner.read()
    await miner.stop()
    clock.advance(60)
    simulated.faults.mining_down = how
    data = await miner.read()
    assert data.mining is False
    assert data.state is MiningState.STOPPED
    if how != "zeros":
        assert data.hashrate == 0
        assert data.power is not None and data.power < 20
        assert [board.serial_number for board in data.boards] == [
            board.serial_number for board in before.boards
        ]
        assert {(board.temperature, board.chips) for board in data.boards} == {
            (None, None)
        }
    assert data.identity.mac == simulated.mac.lower()


async def test_broken_error_list(simulated: SimulatedMiner, reader: Miner) -> None:
    """Errors are read, also from the list that is not JSON."""
    simulated.machine.error_codes[329] = simulated.clock.now()
    simulated.machine.error_codes[110] = simulated.clock.now()
    for broken in (False, True):
        simulated.faults.broken_error_list = broken
        reader.set_password(None)
        errors = (await reader.read()).errors or ()
        assert sorted(error.code for error in errors) == [110, 329]
        assert all(error.since for error in errors)


async def test_garbage(simulated: SimulatedMiner, reader: Miner) -> None:
    """A miner that answers nonsense is not taken for one that tells something."""
    simulated.faults.garbage = True
    with pytest.raises(NotAWhatsminer):
        await reader.read()
    simulated.faults.garbage = False
    await reader.read()
    simulated.faults.garbage = True
    with pytest.raises((NoAnswer, InvalidResponse)):
        await reader.read()


async def test_answer_in_pieces_with_nul(
    simulated: SimulatedMiner, reader: Miner
) -> None:
    """TCP may cut an answer anywhere, and old firmware ends it with a NUL."""
    simulated.faults.segments = 7
    simulated.faults.trailing_nul = True
    assert (await reader.read()).hashrate


async def test_check_password(simulated: SimulatedMiner, miner: Miner) -> None:
    """The proof finds out the write access and leaves the miner as it was."""
    before = deepcopy(simulated.machine.settings)
    assert await miner.check_password() is True
    assert miner.write_access is True
    assert simulated.machine.settings == before
    assert {
        request.command: request.params
        for request in simulated.log
        if request.encrypted
    } == {"set_led": {"param": "auto"}}


async def test_check_password_with_led_in_use(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """A LED that somebody set stays as it is; write access stays unknown then."""
    await miner.execute("set_led", color="red", period=200, duration=100, start=0)
    other = Miner(simulated.host, PASSWORD, port=simulated.port)
    simulated.log.clear()
    await other.check_password()
    assert other.write_access is None
    assert "set_led" not in simulated.log.commands


async def test_check_password_without_write_access(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """A right password is right also when the API switch is off."""
    simulated.device.api_switch = False
    await miner.check_password()
    assert miner.write_access is False


async def test_check_wrong_password(simulated: SimulatedMiner) -> None:
    """A wrong password is found out."""
    miner = Miner(simulated.host, "wrong", port=simulated.port)
    with pytest.raises(AuthenticationError):
        await miner.check_password()


async def test_check_password_in_silence(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """A miner that answers nothing encrypted proves nothing."""
    await miner.identify()
    simulated.faults.unavailable.add("status")
    simulated.faults.silent["set_led"] = "close"
    assert await miner.check_password() is False
    assert miner.write_access is None


async def test_another_makers_miner() -> None:
    """Other miners speak cgminer's API on the same port, but are not WhatsMiners."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(
            b'{"STATUS":[{"STATUS":"E","Code":24,"Msg":"Missing JSON \'command\'",'
            b'"Description":"cgminer 4.11.1"}],"id":1}\0'
        )
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    miner = Miner("127.0.0.1", port=server.sockets[0].getsockname()[1])
    with pytest.raises(NotAWhatsminer):
        await miner.identify()
    server.close()


async def test_many_miners_in_one_program() -> None:
    """Each miner has its own token and password."""
    async with (
        SimulatedMiner(password="One_1", index=0) as first,
        SimulatedMiner(password="Two_2", index=1) as second,
    ):
        miners = [
            Miner(first.host, "One_1", port=first.port),
            Miner(second.host, "Two_2", port=second.port),
        ]
        await asyncio.gather(*(miner.stop() for miner in miners))
        readings = await asyncio.gather(*(miner.read() for miner in miners))
        assert [data.mining for data in readings] == [False, False]
        assert readings[0].identity.mac != readings[1].identity.mac
