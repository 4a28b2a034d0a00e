"""One model whatever the miner speaks: every generation and kind of cooling."""

from collections.abc import AsyncIterator
import json
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Capability,
    Miner,
    MinerUnreachable,
    MiningState,
)
from custom_components.whatsminer.client.controls import offered
from custom_components.whatsminer.client.dialects import dual, v2, v3
from custom_components.whatsminer.client.dialects.v2_identity import version_by_status
from tests.conftest import PASSWORD, at_home
from tests.replay.recording import CAPTURES
from tests.simulator import ManualClock, SimulatedMiner

KINDS = [
    (api, cooling)
    for api in ("cgminer", "1.4", "2.0.5", "2.2.2", "3.0.2", "dual")
    for cooling in ("air", "hydro", "immersion")
    if (api, cooling) != ("cgminer", "hydro")
]
STEERABLE = [kind for kind in KINDS if kind[0] != "cgminer"]


@pytest.fixture
async def sim(request: Any, clock: ManualClock) -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner of the generation and cooling asked for."""
    api, cooling = request.param
    async with at_home(api=api, cooling=cooling, clock=clock) as simulated:
        yield simulated


@pytest.fixture
async def there(sim: SimulatedMiner) -> AsyncIterator[Miner]:
    """Return its client."""
    miner = Miner(sim.host, PASSWORD)
    yield miner
    await miner.close()


@pytest.mark.parametrize("sim", KINDS, indirect=True, ids="-".join)
async def test_read(sim: SimulatedMiner, there: Miner) -> None:
    """Readings have the same names and units everywhere."""
    data = await there.read()
    profile = sim.machine.profile
    rated = profile.factory_ghs / 1000
    assert data.identity.mac == sim.mac.lower()
    assert data.identity.firmware == profile.firmware
    assert data.identity.model == profile.miner_type
    assert data.mining is True
    assert data.state is MiningState.MINING
    assert data.hashrate == pytest.approx(rated, rel=0.05)
    assert data.hashrate_average == pytest.approx(rated, rel=0.1)
    assert data.hashrate_15m == pytest.approx(rated, rel=0.05)
    assert data.hashrate_factory == pytest.approx(rated, rel=0.01)
    assert data.power == pytest.approx(profile.normal_power, rel=0.05)
    assert data.power_limit == profile.normal_power
    assert data.power_mode == "normal"
    assert data.efficiency == pytest.approx(profile.normal_power / rated, rel=0.06)
    assert data.errors == ()
    assert data.uptime == pytest.approx(9000, abs=60)
    assert data.mining_uptime == pytest.approx(8975, abs=60)

    assert [board.slot for board in data.boards] == list(range(profile.boards))
    for board in data.boards:
        assert board.hashrate == pytest.approx(rated / profile.boards, rel=0.1)
        assert board.chips == profile.chips_per_board
        assert board.temperature and 30 < board.temperature < 100
        assert board.frequency and 300 < board.frequency < 1000
    assert len(data.pools) == 3
    assert [pool.priority for pool in data.pools] == [0, 1, 2]
    assert [pool.active for pool in data.pools] == [True, False, False]
    assert all(pool.alive for pool in data.pools)
    if sim.api != "3.0.2":  # the one that counts no shares
        assert data.accepted and data.rejected is not None

    if profile.cooling == "air":
        assert data.liquid_cooled is False
        assert data.fan_speed_in and 1000 < data.fan_speed_in < 7000
        assert data.fan_speed_out and 1000 < data.fan_speed_out < 7000
        assert data.coolant_temperature is None
    else:
        assert data.fan_speed_in is None
        assert data.fan_speed_out is None
        assert data.liquid_cooled is not False
    if data.power_supply:
        assert data.power_supply.voltage_in is None or (
            180 < data.power_supply.voltage_in < 450
        )


@pytest.mark.parametrize("sim", KINDS, indirect=True, ids="-".join)
async def test_connections_of_a_poll(
    sim: SimulatedMiner, there: Miner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll needs few connections with API v2, and with v3 none but the first."""
    now = 0.0
    for dialect in (v2, v3, dual):
        monkeypatch.setattr(dialect, "monotonic", lambda: now)
    await there.read()
    for _ in range(16):
        now += 15
        sim.log.clear()
        await there.read()
        # 2.2.2 does not join its commands.
        most = {"3.0.2": 0, "dual": 1, "2.2.2": 4}.get(sim.api, 3)
        assert sim.log.connections <= most
        assert sim.log.max_concurrent <= 1 + (sim.api == "dual")
        assert "get_token" not in sim.log.commands


@pytest.mark.parametrize("sim", STEERABLE, indirect=True, ids="-".join)
async def test_stop_and_start(
    sim: SimulatedMiner, there: Miner, clock: ManualClock
) -> None:
    """A stopped miner says so; what stopping does not change stays, the rest is unknown."""
    before = await there.read()
    await there.stop()
    clock.advance(600)
    data = await there.read()
    assert data.mining is False
    assert data.state is MiningState.STOPPED
    assert data.power is not None
    assert data.power < 20
    assert not data.hashrate
    assert data.efficiency is None
    assert data.chip_temperature_max is None
    assert data.power_limit == before.power_limit
    assert data.hashrate_factory == before.hashrate_factory
    assert data.power_mode == before.power_mode
    assert [(pool.url, pool.worker) for pool in data.pools] == [
        (pool.url, pool.worker) for pool in before.pools
    ]
    assert data.identity == before.identity

    await there.start()
    clock.advance(10)
    data = await there.read()
    assert data.mining is True
    assert data.state is MiningState.STARTING
    assert data.chip_temperature_max is None
    clock.advance(300)
    assert (await there.read()).state is MiningState.TUNING
    clock.advance(3600)
    assert (await there.read()).state is MiningState.MINING


@pytest.mark.parametrize("sim", STEERABLE, indirect=True, ids="-".join)
async def test_restart_and_reboot(
    sim: SimulatedMiner, there: Miner, clock: ManualClock
) -> None:
    """Restart and reboot begin their counts of seconds anew."""
    before = await there.read()
    await there.restart()
    clock.advance(60)
    after = await there.read()
    assert before.mining_uptime and after.mining_uptime is not None
    assert after.mining_uptime < 61
    assert before.uptime and after.uptime and after.uptime > before.uptime

    await there.reboot()
    clock.advance(5)
    with pytest.raises(MinerUnreachable):
        await there.read()
    clock.advance(180)
    again = await there.read()
    assert again.uptime is not None
    assert again.uptime < 200


@pytest.mark.parametrize("sim", KINDS, indirect=True, ids="-".join)
async def test_capabilities(sim: SimulatedMiner, there: Miner) -> None:
    """What can be asked for follows from firmware and cooling."""
    can = (await there.read()).capabilities
    new = sim.api in ("2.2.2", "3.0.2", "dual")
    assert (Capability.START_STOP in can) is (sim.api != "cgminer")
    assert (Capability.POWER_PERCENT in can) is (sim.api != "cgminer")
    assert (Capability.POWER_LIMIT in can) is (sim.api not in ("cgminer", "1.4"))
    assert (Capability.MINE_AT_BOOT in can) is new
    assert (Capability.DYNAMIC_POWER in can) is new
    hydro = sim.machine.profile.cooling == "hydro"
    if new:
        assert (Capability.HEAT_MODE in can) is (sim.machine.profile.cooling != "air")
    elif hydro:
        assert Capability.HEAT_MODE not in can


@pytest.mark.parametrize(
    ("folder", "limit"),
    [
        ("m31s_20210109.22.rel_api1.3_sleeping", False),
        ("m20s_20220919.15.rel_api1.4.0_off", False),
        ("m30spp_vh90_20221009.17.rel_api2.0.x", True),
        ("unknown_20230208.18.rel_api2.0.x", True),
    ],
)
async def test_generation_by_status(folder: str, limit: bool) -> None:
    """Without a version, the words of a recorded status tell it."""
    status = json.loads((CAPTURES / folder / "status.json").read_bytes())
    version = version_by_status(status["Msg"])
    assert version is not None
    assert (Capability.POWER_LIMIT in offered(version, None)) is limit


@pytest.mark.parametrize("sim", KINDS, indirect=True, ids="-".join)
async def test_missing_board_and_dead_chips(sim: SimulatedMiner, there: Miner) -> None:
    """A board that is gone is not in the list; the others stay what they are."""
    sim.machine.missing_boards.add(1)
    sim.machine.lose_chips(0, 20)
    data = await there.read()
    profile = sim.machine.profile
    assert [board.slot for board in data.boards] == [
        slot for slot in range(profile.boards) if slot != 1
    ]
    assert data.boards[0].chips == profile.chips_per_board - 20
    assert 531 in [error.code for error in data.errors or ()]
    error = next(error for error in data.errors or () if error.code == 531)
    assert error.words == "Board 1: not found"
    assert error.severity == "critical"


@pytest.mark.parametrize("sim", KINDS, indirect=True, ids="-".join)
async def test_no_pool(
    sim: SimulatedMiner,
    there: Miner,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A miner whose pools are dead says so; it may go on hashing for a while."""
    now = 0.0
    for dialect in (v2, v3, dual):
        monkeypatch.setattr(dialect, "monotonic", lambda: now)
    await there.read()
    sim.machine.dead_pools |= {0, 1, 2}
    for _ in range(10):
        now += 120
        clock.advance(120)
        await there.read()
    data = await there.read()
    assert not any(pool.alive for pool in data.pools)
    assert data.hashrate is not None
    if sim.api != "cgminer":  # which does not say that mining is on
        assert data.state in (MiningState.IDLE, MiningState.TUNING, MiningState.MINING)


async def test_firmware_change_is_found_out(clock: ManualClock) -> None:
    """A miner that comes back with another generation is read on."""
    async with at_home(api="2.0.5", model="M60_VK20", clock=clock) as sim:
        miner = Miner(sim.host, PASSWORD)
        before = await miner.read()
        assert before.identity.api_version == "2.0.5"
        await sim.upgrade(api="dual", firmware="20251209.16.Rel2")
        clock.advance(5)
        with pytest.raises(MinerUnreachable):
            await miner.read()
        clock.advance(1800)
        after = await miner.read()
        assert miner.has_accounts is True
        assert after.identity.mac == before.identity.mac
        assert after.identity.firmware == "20251209.16.Rel2"
        assert after.hashrate
        await miner.close()


async def test_firmware_change_asks_for_the_model(clock: ManualClock) -> None:
    """What is built in is asked for again where other firmware names it."""
    async with at_home(api="2.0.5", clock=clock) as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        await miner.read()
        await sim.upgrade(api="2.0.5", firmware="20231111.11.REL")
        clock.advance(1800)
        sim.log.clear()
        await miner.read()
        assert "devdetails" in sim.log.commands
        await miner.close()


async def test_firmware_change_that_nobody_saw(clock: ManualClock) -> None:
    """It is found out, too, when the miner was away between two polls only."""
    async with at_home(api="2.0.5", model="M60_VK20", clock=clock) as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        await sim.upgrade(api="dual", firmware="20251209.16.Rel2")
        clock.advance(1800)
        for _ in range(2):
            data = await miner.read()
        assert miner.has_accounts is True
        assert data.hashrate
        await miner.close()


ODDITIES: list[tuple[str, Any]] = [
    ("summary_in_tera", True),
    ("numbers_as_text", True),
    ("unset_limit", "2147483647"),
    ("psu_unread", True),
    ("version_text", True),
    ("v3_btrom", True),
    ("v3_rating_unknown", True),
    ("v3_detect_unknown", True),
    ("v3_errors", "plain"),
    ("v3_pushes", True),
    ("v3_omit", {"power.mode"}),
]


@pytest.mark.parametrize(
    ("sim", "name", "value"),
    [
        pytest.param((api, "air"), name, value, id=f"{api}-{name}")
        for api, cooling in KINDS
        for name, value in ODDITIES
        if cooling == "air" and (not name.startswith("v3") or api in ("3.0.2", "dual"))
    ],
    indirect=["sim"],
)
async def test_oddities(
    sim: SimulatedMiner, there: Miner, name: str, value: Any
) -> None:
    """The oddities that were seen on some device change no reading."""
    setattr(sim.faults, name, value)
    data = await there.read()
    profile = sim.machine.profile
    rated = profile.factory_ghs / 1000
    assert data.hashrate == pytest.approx(rated, rel=0.05)
    assert data.power == pytest.approx(profile.normal_power, rel=0.05)
    assert data.power_limit == profile.normal_power
    assert data.power_limit_set is None or data.power_limit_set < 20000
    assert len(data.boards) == profile.boards
    assert len(data.pools) == 3
    assert data.hashrate_factory is None or data.hashrate_factory > 0
