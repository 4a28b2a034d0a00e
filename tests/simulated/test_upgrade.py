"""A change of firmware: the same machine comes back with other ports and words."""

import asyncio

import pytest

from tests.simulator import ManualClock, SimulatedMiner

from .common import Session, V3Client, ask


async def test_to_dual(miner: SimulatedMiner, clock: ManualClock) -> None:
    """After the restart port 4433 is open too; identity and settings stay."""
    session = await Session.open(miner)
    await session.run("adjust_power_limit", power_limit="2500")
    await session.run("update_pwd", old="admin", new="Mine_1")
    before = (miner.mac, miner.machine.serial, miner.port)
    with pytest.raises(RuntimeError):
        _ = miner.v3_port
    await miner.upgrade(api="dual", firmware="20250915.16.Rel2")
    with pytest.raises(ConnectionError):
        await ask(miner, "status")
    async with V3Client.open(miner) as client:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.ask("get.device.info")
    clock.advance(120)
    assert (miner.mac, miner.machine.serial, miner.port) == before
    assert miner.ports == [miner.port, miner.v3_port]
    version = (await ask(miner, "get_version"))["Msg"]
    assert (version["fw_ver"], version["api_ver"]) == ("20250915.16.Rel2", "2.2.2")
    assert (await ask(miner, "summary"))["Msg"]["Power Limit"] == 2500
    assert (await ask(miner, "status"))["Msg"]["power_limit_set"] == "2500"
    async with V3Client.open(miner) as client:
        info = (await client.ask("get.device.info"))["msg"]
        assert info["network"]["mac"] == miner.mac
        assert info["miner"]["power-limit-set"] == "2500"
        assert (await client.run("set.miner.service", "stop"))["code"] == 0
    session = await Session.open(miner, "Mine_1")
    assert (await session.run("power_on"))["Code"] == 131


async def test_to_v3_and_back(miner: SimulatedMiner, clock: ManualClock) -> None:
    """Ports that a firmware does not have are closed, and open again at the same."""
    port = miner.port
    await miner.upgrade(api="3.0.2")
    clock.advance(60)
    with pytest.raises(ConnectionRefusedError):
        await ask(miner, "status")
    async with V3Client.open(miner) as client:
        assert (await client.ask("get.fan.setting"))["code"] == 0
    await miner.upgrade(api="2.0.5")
    clock.advance(60)
    assert miner.ports == [port]
    version = (await ask(miner, "get_version"))["Msg"]
    assert (version["fw_ver"], version["api_ver"]) == ("20230803.11.REL", "2.0.5")
    with pytest.raises(ConnectionRefusedError):
        async with V3Client.open(miner):
            pass


async def test_wrong_upgrades(miner: SimulatedMiner) -> None:
    """What is not known changes nothing."""
    for wrong in ({"api": "9"}, {"api": "dual", "firmware": "newest"}):
        with pytest.raises(ValueError):
            await miner.upgrade(**wrong)
    assert miner.api == "2.0.5"
    assert miner.machine.reboots == 0


async def test_before_start(socket_enabled: None, clock: ManualClock) -> None:
    """A miner that does not listen yet does not begin to by an upgrade."""
    miner = SimulatedMiner(clock=clock)
    await miner.upgrade(api="dual")
    assert miner.ports == []
    clock.advance(60)
    async with miner:
        assert len(miner.ports) == 2
