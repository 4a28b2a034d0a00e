"""Settings: each arrives at the machine, and is read back where the miner tells it."""

from typing import Any

import pytest

from custom_components.whatsminer.client import (
    CONTROLS,
    AuthenticationError,
    Capability,
    CommandFailed,
    Miner,
    PoolLogin,
)
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner

GENERATIONS = ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"]


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
@pytest.mark.parametrize(
    ("what", "value", "setting", "kept"),
    [
        (Capability.POWER_LIMIT, 2500, "power_limit", 2500),
        (Capability.DYNAMIC_POWER, 1500, "power", 1500),
        (Capability.POWER_MODE, "low", "power_mode", "Low"),
        (Capability.TARGET_FREQUENCY, -10, "target_percent", -10),
        (Capability.FAST_BOOT, True, "fast_boot", True),
        (Capability.UPFREQ_SPEED, 5, "upfreq_speed", 5),
        (Capability.TEMPERATURE_OFFSET, -5, "temp_offset", -5),
        (Capability.WEB_POOLS, False, "web_pools", False),
    ],
)
async def test_setting(
    sim: SimulatedMiner,
    client: Miner,
    what: Capability,
    value: Any,
    setting: str,
    kept: Any,
) -> None:
    """A setting that the miner offers is changed by one call, whatever it speaks."""
    if what not in (await client.read()).capabilities:
        return
    sim.faults.silent.clear()
    await client.change(what, value)
    assert getattr(sim.machine.settings, setting) == kept


@pytest.mark.parametrize("sim", ["2.0.5", "2.2.2"], indirect=True)
async def test_refused_while_stopped(sim: SimulatedMiner, client: Miner) -> None:
    """What a stopped miner does not report stays known when it refuses another value.

    So it does when it refuses the password.
    """
    before = await client.read()
    await client.stop()
    pool = PoolLogin(url="stratum+tcp://a:1", worker="w")
    commands = ("adjust_power_limit", "enable_btminer_fast_boot", "update_pools")
    sim.faults.refuse = dict.fromkeys(commands, 132)
    for what, value in (
        (Capability.POWER_LIMIT, 2500),
        (Capability.FAST_BOOT, True),
        (Capability.POOLS, [pool]),
    ):
        with pytest.raises(CommandFailed):
            await client.change(what, value)
    with pytest.raises(CommandFailed):
        await client.execute("adjust_power_limit", power_limit="2500")
    client.set_password("Wrong_1")
    with pytest.raises(AuthenticationError):
        await client.change(Capability.POWER_LIMIT, 2500)
    after = await client.read()
    assert after.power_limit == before.power_limit is not None
    assert after.fast_boot == before.fast_boot is not None
    assert [each.url for each in after.pools] == [each.url for each in before.pools]


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_led(sim: SimulatedMiner, client: Miner) -> None:
    """The LED flashes, and goes back to what the miner likes."""
    await client.change(Capability.LED, True)
    assert sim.machine.settings.led != "auto"
    data = await client.read()
    assert data.led != "auto"
    await client.change(Capability.LED, False)
    assert sim.machine.settings.led == "auto"


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_pools(sim: SimulatedMiner, client: Miner) -> None:
    """The pools that were set are those that are reported, and no others."""
    await client.read()
    logins = [
        PoolLogin(url=f"stratum+tcp://{name}:1", worker=f"w{name}", password=name)
        for name in "ab"
    ]
    assert await client.change(Capability.POOLS, logins)
    assert [
        PoolLogin(url=pool.url, worker=pool.user, password=pool.password)
        for pool in sim.machine.settings.pools
    ] == logins
    control = CONTROLS[Capability.POOLS]
    assert control.confirmed(logins, await client.read()) is True


@pytest.mark.parametrize("sim", GENERATIONS, indirect=True)
async def test_power_percent(
    sim: SimulatedMiner, client: Miner, clock: ManualClock
) -> None:
    """A percent lowers the power within seconds, and is undone."""
    data = await client.read()
    assert data.power
    await client.change(Capability.POWER_PERCENT, 60)
    clock.advance(400)
    lowered = await client.read()
    assert lowered.power
    assert lowered.power < 0.75 * data.power
    await client.change(Capability.RESTORE_POWER_PERCENT)
    clock.advance(400)
    restored = await client.read()
    assert restored.power == pytest.approx(data.power, rel=0.1)
    if Capability.POWER_PERCENT_GENTLE in data.capabilities:
        await client.change(Capability.POWER_PERCENT_GENTLE, 80)
        clock.advance(1200)
        assert ((await client.read()).power or 0) < 0.9 * data.power


@pytest.mark.parametrize("sim", ["2.2.2", "3.0.2", "dual"], indirect=True)
async def test_power_percent_is_told(sim: SimulatedMiner, client: Miner) -> None:
    """New firmware tells the percent that is in force."""
    await client.change(Capability.POWER_PERCENT, 60)
    assert (await client.read()).power_percent == 60


@pytest.mark.parametrize("api", ["2.2.2", "3.0.2", "dual"])
async def test_heat_mode_and_start_at_boot(api: str) -> None:
    """What only machines cooled by water have, and what only new firmware has."""
    async with at_home(api=api, cooling="hydro") as sim:
        client = Miner(sim.host, PASSWORD)
        assert Capability.HEAT_MODE in (await client.read()).capabilities
        for mode in ("heating", "anti-freezing"):
            await client.change(Capability.HEAT_MODE, mode)
        await client.change(Capability.MINE_AT_BOOT, False)
        await client.change(Capability.MINE_AT_BOOT, True)
        await client.close()


@pytest.mark.parametrize("sim", ["2.0.5", "3.0.2"], indirect=True)
async def test_factory_reset(sim: SimulatedMiner, client: Miner) -> None:
    """A factory reset restarts the machine with nothing of its settings."""
    await client.change(Capability.POWER_LIMIT, 2500)
    await client.change(Capability.FACTORY_RESET)
    assert sim.machine.reboots == 1
    assert sim.machine.settings.power_limit is None
