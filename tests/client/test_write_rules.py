"""Nothing is sent to another miner, or to one that is known not to take it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    CONTROLS,
    Capability,
    CommandFailed,
    InvalidResponse,
    Miner,
    MinerBusy,
    MinerData,
    MinerIdentity,
    MinerUnreachable,
    MiningState,
    NotNow,
    PasswordMissing,
    Pool,
    PoolLogin,
    WrongDevice,
)
from custom_components.whatsminer.client.controls import offered
from custom_components.whatsminer.client.protocol import parse_version
from tests.conftest import PASSWORD, at_home
from tests.simulator import ManualClock, SimulatedMiner

GENERATIONS = ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"]
PERCENTS = (
    Capability.POWER_PERCENT,
    Capability.POWER_PERCENT_GENTLE,
    Capability.RESTORE_POWER_PERCENT,
)
OTHER = "CE:01:19:AA:BB:CC"

WRITES: dict[str, Callable[[Miner], Awaitable[Any]]] = {
    "stop": Miner.stop,
    "reboot": Miner.reboot,
    "limit": lambda miner: miner.change(Capability.POWER_LIMIT, 2500),
    "mode": lambda miner: miner.change(Capability.POWER_MODE, "low"),
    "percent": lambda miner: miner.change(Capability.POWER_PERCENT, 60),
    "led": lambda miner: miner.change(Capability.LED, True),
    "password": lambda miner: miner.change_password("Other_1"),
    "check": Miner.check_password,
    "raw": lambda miner: (
        miner.execute("set.miner.service", param="stop")
        if miner.has_accounts
        else miner.execute("power_off")
    ),
}


def sent(sim: SimulatedMiner) -> list[str]:
    """Return the commands that wrote something, or tried."""
    return [
        each.command or ""
        for each in sim.log
        if each.encrypted or (each.command or "").startswith("set.")
    ]


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("api", GENERATIONS)
async def test_another_miner(api: str, name: str) -> None:
    """One that took the address since the last reading is left alone."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        await miner.read()
        await miner.check_password()
        sim.log.clear()
        sim.device.mac = OTHER
        with pytest.raises(WrongDevice):
            await WRITES[name](miner)
        assert sent(sim) == []
        assert "get_token" not in sim.log.commands
        assert not sim.machine.mineroff
        sim.device.mac = sim.mac
        await miner.close()


@pytest.mark.parametrize("api", GENERATIONS)
async def test_the_same_miner(api: str) -> None:
    """It costs one connection to ask who it is; however its address is written."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac.upper().replace(":", "-"))
        await miner.read()
        off = []
        assert await miner.stop() is True
        off.append(sim.machine.mineroff)
        # API 1.x names itself in summary alone, and not while it is stopped.
        sim.faults.mining_down = "empty"
        assert await miner.start() is True
        off.append(sim.machine.mineroff)
        assert off == [True, False]
        await miner.close()


@pytest.mark.parametrize("api", ["2.0.5", "2.2.2"])
@pytest.mark.parametrize("fault", ["unavailable", "refuse"])
async def test_no_answer_who_it_is(api: str, fault: str) -> None:
    """Where the question is not answered nothing is written."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        await miner.read()
        if fault == "unavailable":
            sim.faults.unavailable.add("get_miner_info")
        else:
            sim.faults.refuse["get_miner_info"] = 132
        with pytest.raises((MinerUnreachable, CommandFailed)):
            await miner.stop()
        assert not sim.machine.mineroff


async def test_no_answer_who_it_is_on_api_3() -> None:
    """The salt comes with who it is: without either nothing is written."""
    async with at_home(api="3.0.2") as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        await miner.read()
        sim.faults.refuse["get.device.info"] = -4
        with pytest.raises(MinerBusy):
            await miner.stop()
        assert sent(sim) == []
        await miner.close()


async def test_api_3_without_its_name() -> None:
    """It always says who it is: what does not is not written to."""
    async with at_home(api="3.0.2") as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        sim.faults.v3_omit.add("network.mac")
        with pytest.raises(InvalidResponse):
            await miner.stop()
        assert sent(sim) == []
        # Without an address to compare with there is nothing to prove.
        assert await Miner(sim.host, PASSWORD).stop()
        await miner.close()


@pytest.mark.parametrize("api", GENERATIONS)
@pytest.mark.parametrize("is_read", [False, True])
async def test_power_mode_of_a_stopped_miner(api: str, is_read: bool) -> None:
    """It would have to be started first, and an unasked start is not ours to make."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD)
        if is_read:
            await miner.read()
        sim.machine.power_off()
        with pytest.raises(NotNow) as caught:
            await miner.change(Capability.POWER_MODE, "low")
        assert caught.value.reason == "stopped"
        assert caught.value.command == Capability.POWER_MODE
        assert "stopped" in str(caught.value)
        assert sent(sim) == []
        assert sim.machine.settings.power_mode == "Normal"
        await miner.close()


@pytest.mark.parametrize("api", GENERATIONS)
@pytest.mark.parametrize("what", PERCENTS)
async def test_power_percent_takes_a_tuned_miner(
    api: str, what: Capability, clock: ManualClock
) -> None:
    """It is known beforehand when it cannot be set."""
    async with at_home(api=api, clock=clock) as sim:
        miner = Miner(sim.host, PASSWORD)
        if what not in (await miner.read()).capabilities:
            return
        own = api == "2.2.2" and what is Capability.RESTORE_POWER_PERCENT
        sim.machine.restart()
        for seconds, reason in ((20, "starting"), (200, "tuning")):
            clock.advance(seconds)
            sim.log.clear()
            if own:
                assert await miner.change(what, 60)
                continue
            with pytest.raises(NotNow) as caught:
                await miner.change(what, 60)
            assert caught.value.reason == reason
            assert sent(sim) == []
        clock.advance(3600)
        assert await miner.change(what, 60)
        sim.machine.power_off()
        if not own:
            with pytest.raises(NotNow) as caught:
                await miner.change(what, 60)
            assert caught.value.reason == "stopped"
        await miner.close()


async def test_miner_that_tunes_for_ever(clock: ManualClock) -> None:
    """After an hour it is asked nonetheless, and says itself what it takes."""
    async with at_home(api="3.0.2", state="ramping", clock=clock) as sim:
        sim.machine.stay()
        miner = Miner(sim.host, PASSWORD)
        with pytest.raises(NotNow):
            await miner.change(Capability.POWER_PERCENT, 60)
        clock.advance(4000)
        with pytest.raises(CommandFailed) as caught:
            await miner.change(Capability.POWER_PERCENT, 60)
        assert (caught.value.code, caught.value.message) == (-1, "fail")
        # Its refusal says nothing about the form.
        assert sent(sim) == ["set.miner.power_percent"]
        await miner.close()


async def test_state_that_is_not_known() -> None:
    """The miner itself decides then."""
    async with at_home(api="2.0.5") as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        sim.faults.garbage = True
        sim.faults.only = {"status"}
        sim.faults.refuse |= dict.fromkeys(
            ("summary", "summary+edevs+pools", "get_psu"), 132
        )
        assert await miner.change(Capability.POWER_PERCENT, 60)
        reader = Miner(sim.host)
        with pytest.raises(PasswordMissing):
            await reader.change(Capability.POWER_PERCENT, 60)


def data(version: str | None = None, **fields: Any) -> MinerData:
    """Return a reading."""
    return MinerData(identity=MinerIdentity(api_version=version), **fields)


def test_each_capability_has_its_row() -> None:
    """What is announced has its commands on both APIs."""
    assert set(CONTROLS) == set(Capability)
    assert offered("3.0", True) | offered("3.0", False) == set(Capability)
    for control in CONTROLS.values():
        value: Any = 1
        if control.capability is Capability.POOLS:
            value = [PoolLogin(url="a", worker="w")]
        if control.capability is Capability.LED:
            value = True
        assert control.v2(value, (2, 2))
        assert control.v3(value)[0].startswith("set.")
        assert control.seconds > 0


@pytest.mark.parametrize(
    ("version", "liquid", "missing"),
    [
        (
            "1.4",
            False,
            {
                Capability.POWER_LIMIT,
                Capability.TARGET_FREQUENCY,
                Capability.UPFREQ_SPEED,
                Capability.TEMPERATURE_OFFSET,
                Capability.DYNAMIC_POWER,
                Capability.POWER_PERCENT_GENTLE,
                Capability.MINE_AT_BOOT,
                Capability.HEAT_MODE,
            },
        ),
        (
            "2.0.5",
            None,
            {
                Capability.DYNAMIC_POWER,
                Capability.POWER_PERCENT_GENTLE,
                Capability.MINE_AT_BOOT,
                Capability.HEAT_MODE,
            },
        ),
        ("2.2.2", False, {Capability.HEAT_MODE}),
        ("2.2.2", True, {Capability.TEMPERATURE_OFFSET}),
        ("3.0.2", None, {Capability.HEAT_MODE}),
    ],
)
def test_what_a_version_offers(
    version: str, liquid: bool | None, missing: set[Capability]
) -> None:
    """Newer firmware can be asked for more."""
    assert set(Capability) - offered(version, liquid) == missing


@pytest.mark.parametrize(
    ("version", "parsed"),
    [
        ("2.0.5", (2, 0)),
        ("3", (3, 0)),
        ("whatsminer v1.4.0", (1, 4)),
        ("3.0.2-beta", (3, 0)),
        ("9" * 5000, (999999999, 0)),
        ("", (0, 0)),
        ("none", (0, 0)),
        (None, (0, 0)),
    ],
)
def test_versions(version: str | None, parsed: tuple[int, int]) -> None:
    """The first two numbers count, and what is no version is none."""
    assert parse_version(version) == parsed


def test_limits() -> None:
    """The range depends on API and cooling."""
    limits = {
        (what, version, liquid): CONTROLS[what].limits(
            data(version, liquid_cooled=liquid)
        )
        for what in CONTROLS
        for version in ("1.4", "2.2.2", "3.0.2")
        for liquid in (False, True)
    }
    for version, liquid, least, most in (
        ("2.2.2", True, 0, 100),
        ("3.0.2", False, 1, 100),
        ("3.0.2", True, 1, 200),
    ):
        assert limits[Capability.POWER_PERCENT, version, liquid] == (least, most)
    assert limits[Capability.POWER_PERCENT_GENTLE, "2.2.2", True] == (0, 200)
    assert limits[Capability.POWER_PERCENT_GENTLE, "2.2.2", False] == (0, 100)
    assert limits[Capability.POWER_LIMIT, "3.0.2", True] == (500, 15000)
    assert limits[Capability.DYNAMIC_POWER, "2.2.2", False] == (500, 15000)
    assert limits[Capability.TARGET_FREQUENCY, "2.2.2", False] == (-100, 0)
    assert limits[Capability.TARGET_FREQUENCY, "2.2.2", True] == (-100, 100)
    assert limits[Capability.UPFREQ_SPEED, "2.2.2", True] == (0, 9)
    assert limits[Capability.UPFREQ_SPEED, "3.0.2", True] == (0, 10)
    assert limits[Capability.TEMPERATURE_OFFSET, "2.2.2", False] == (-30, 0)
    assert limits[Capability.REBOOT, "2.2.2", False] is None


def test_starts() -> None:
    """What starts mining, or starts it anew, is known beforehand."""
    on, off = data(mining=True), data(mining=False)
    starts = {
        what
        for what, control in CONTROLS.items()
        if control.starts_mining(True, on) or control.starts_mining(True, off)
    }
    restarts = {
        Capability.RESTART,
        Capability.POWER_LIMIT,
        Capability.POWER_MODE,
        Capability.TARGET_FREQUENCY,
    }
    assert starts == restarts | {Capability.START_STOP}
    assert {what for what in CONTROLS if CONTROLS[what].restarts_mining} == restarts
    start = CONTROLS[Capability.START_STOP].starts_mining
    assert (start(True, on), start(True, off), start(False, on)) == (False, True, False)
    assert not CONTROLS[Capability.POWER_LIMIT].starts_mining(2500, off)
    assert CONTROLS[Capability.RESTART].starts_mining(None, off)


def test_read_back() -> None:
    """What has to be shown, and when it is."""
    pools = CONTROLS[Capability.POOLS]
    logins = [PoolLogin(url=name, worker="w") for name in "abc"]

    def listed(names: str) -> MinerData:
        return data(
            pools=tuple(
                Pool(priority=number, url=name, worker="w")
                for number, name in enumerate(names)
            )
        )

    assert pools.confirmed(logins, listed("abc")) is True
    # API v3 leaves out backups; one that is not wanted is none.
    assert pools.confirmed(logins, listed("a")) is True
    assert pools.confirmed(logins, listed("b")) is False
    assert pools.confirmed(logins[:1], listed("ab")) is False
    assert pools.confirmed(logins, listed("")) is None
    led = CONTROLS[Capability.LED]
    assert led.confirmed(True, data(led="auto")) is False
    assert led.confirmed(False, data(led="auto")) is True
    assert led.confirmed((), data(led="1,2,3,4 ")) is True
    assert led.confirmed(True, data()) is None
    restore = CONTROLS[Capability.RESTORE_POWER_PERCENT]
    assert restore.confirmed(None, data(power_percent=100)) is True
    assert CONTROLS[Capability.START_STOP].confirmed(True, data(mining=True)) is True
    assert CONTROLS[Capability.MINE_AT_BOOT].confirmed(True, data()) is None
    for what in (Capability.RESTART, Capability.REBOOT, Capability.FACTORY_RESET):
        control = CONTROLS[what]
        assert control.counter is not None
        assert control.counter(data(uptime=5, mining_uptime=5)) == 5


@pytest.mark.parametrize("state", MiningState)
def test_blocked(state: MiningState) -> None:
    """Only states in which the miner is known to refuse block."""
    now = data("3.0.2", mining=state is not MiningState.STOPPED, state=state)
    reason = state if state in ("stopped", "starting", "tuning") else None
    for what in PERCENTS:
        assert CONTROLS[what].blocked(now) == reason
        assert CONTROLS[what].can_be_blocked
    stopped = "stopped" if state is MiningState.STOPPED else None
    assert CONTROLS[Capability.POWER_MODE].blocked(now) == stopped
    assert CONTROLS[Capability.START_STOP].blocked(now) is None
    assert not CONTROLS[Capability.START_STOP].can_be_blocked
