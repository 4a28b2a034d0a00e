"""Machines in water and oil, and machines that lost parts."""

import pytest

from tests.simulator import MODELS, ManualClock, SimulatedMiner

from .common import Session, V3Client, ask, read_summary

LIQUID = [name for name, profile in MODELS.items() if profile.is_liquid]


@pytest.mark.parametrize(
    ("model", "cooling"),
    [(name, None) for name in LIQUID] + [("M50_VH90", "immersion")],
)
async def test_no_fans(socket_enabled: None, model: str, cooling: str | None) -> None:
    """Nothing turns in a liquid cooled machine, in the power supply neither."""
    miner = SimulatedMiner(model=model, cooling=cooling, clock=ManualClock())
    async with miner:
        fields = await read_summary(miner)
        assert fields["Fan Speed In"] == fields["Fan Speed Out"] == 0
        assert fields["MHS 1m"] / 1000 == pytest.approx(
            miner.machine.profile.factory_ghs, rel=0.03
        )
        assert fields["Chip Temp Max"] < 110
        psu = (await ask(miner, "get_psu"))["Msg"]
        assert psu["fan_speed"] == "0"
        session = await Session.open(miner)
        for command in ("set_temp_offset", "set_poweroff_cool", "set_fan_zero_speed"):
            assert (await session.run(command))["Code"] == 132
        assert (await session.run("set_target_freq", percent="20"))["Code"] == 131


@pytest.mark.parametrize("model", LIQUID)
async def test_paired_boards(socket_enabled: None, model: str) -> None:
    """Two boards on one circuit board show its serial number and temperature twice."""
    async with SimulatedMiner(model=model, clock=ManualClock()) as miner:
        boards = (await ask(miner, "edevs"))["DEVS"]
        assert [board["Slot"] for board in boards] == [0, 1, 2, 3]
        serials = [board["PCB SN"] for board in boards]
        assert serials[0] == serials[1] != serials[2] == serials[3]
        temperatures = [board["Temperature"] for board in boards]
        assert temperatures[0] == temperatures[1]
        assert temperatures[2] == temperatures[3]


async def test_three_phases(socket_enabled: None) -> None:
    """A hydro machine has 396 V, and a mock's temperatures."""
    async with SimulatedMiner(cooling="hydro", clock=ManualClock()) as miner:
        assert miner.machine.profile.miner_type == "M53_VH30"
        psu = (await ask(miner, "get_psu"))["Msg"]
        assert int(psu["vin"]) == pytest.approx(39600, abs=300)
        assert psu["name"] == "P564B"
        amperes, watts = int(psu["iin"]) / 1000, int(psu["pin"])
        assert amperes * 396 * 3**0.5 == pytest.approx(watts, rel=0.02)
        assert miner.machine.physics.liquid_temp == pytest.approx(36, abs=4)
        session = await Session.open(miner)
        assert (await session.run("set_power_pct_v2", percent="120"))["Code"] == 131
        assert (await session.run("set_power_pct", percent="120"))["Code"] == 132


async def test_oil(socket_enabled: None) -> None:
    """In oil the environment is about as warm as the oil; 1.x says it is liquid."""
    miner = SimulatedMiner(api="1.4", cooling="immersion", clock=ManualClock())
    async with miner:
        fields = await read_summary(miner)
        assert fields["Liquid Cooling"] is True
        assert fields["Env Temp"] == round(miner.machine.physics.liquid_temp, 2)


@pytest.mark.parametrize("cooling", ["hydro", "immersion"])
async def test_v3(socket_enabled: None, cooling: str) -> None:
    """API v3 tells of the liquid, and heat modes and target frequencies go."""
    clock = ManualClock()
    async with (
        SimulatedMiner(api="dual", cooling=cooling, clock=clock) as miner,
        V3Client.open(miner) as client,
    ):
        info = (await client.ask("get.device.info"))["msg"]
        assert info["miner"]["eeprom-liquid-cooling"] == "1-1-1-1"
        assert info["miner"]["board-num"] == "4"
        assert info["miner"]["pcbsn0"] == info["miner"]["pcbsn1"]
        assert info["power"]["fanspeed"] == 0
        assert info["power"]["liquid-temperature"] > 30
        assert info["power"]["vin"] == pytest.approx(396, abs=3)
        assert info["power"]["vout"] == 1936
        summary = (await client.ask("get.miner.status", "summary"))["msg"]["summary"]
        assert summary["fan-speed-in"] == summary["fan-speed-out"] == 0
        assert len(summary["board-temperature"]) == 4
        assert (await client.run("set.miner.heat_mode", "anti-freezing"))["code"] == 0
        info = (await client.ask("get.device.info", "miner"))["msg"]
        assert info["miner"]["heatmode"] == "anti-freezing"
        assert (await client.run("set.fan.temp_offset", -5))["code"] == -1
        assert (await client.run("set.miner.target_freq", 10))["code"] == 0


async def test_dead_chips(socket_enabled: None, clock: ManualClock) -> None:
    """Dead chips are not counted, and the board hashes less."""
    async with SimulatedMiner(clock=clock) as miner:
        before = (await ask(miner, "edevs"))["DEVS"]
        miner.machine.lose_chips(1, 45)
        clock.advance(600)
        after = (await ask(miner, "edevs"))["DEVS"]
        assert [board["Effective Chips"] for board in after] == [135, 90, 135]
        lost = after[1]["MHS 1m"] / before[1]["MHS 1m"]
        assert lost == pytest.approx(90 / 135, rel=0.03)
        assert after[0]["MHS 1m"] == pytest.approx(before[0]["MHS 1m"], rel=0.03)


async def test_missing_board(dual: SimulatedMiner, client: V3Client) -> None:
    """API v3 leaves a missing board out and names it in the errors."""
    dual.machine.missing_boards.add(1)
    msg = (await client.ask("get.miner.status", "edevs"))["msg"]
    assert [board["slot"] for board in msg["edevs"]] == [0, 2]
    info = (await client.ask("get.device.info"))["msg"]
    assert "pcbsn1" not in info["miner"]
    assert info["miner"]["board-num"] == "3"
    (error,) = info["error-code"]
    assert error["reason"] == "Slot1 not found."
