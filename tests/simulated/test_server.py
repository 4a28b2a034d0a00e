"""The connection, and what can go wrong with it."""

import asyncio
from contextlib import suppress
import json

import pytest

from tests.conftest import until
from tests.simulator import ManualClock, Phase, ScaledClock, SimulatedMiner
from tests.simulator.faults import parse_fault

from .common import Session, ask, exchange


async def test_idle_close(miner: SimulatedMiner) -> None:
    """A silent connection is closed; ten seconds are the default."""
    assert miner.server.idle_timeout == 10
    miner.server.idle_timeout = 0.05
    assert await exchange(miner) == b""
    assert await exchange(miner, b'{"cmd":"summ') == b""
    assert len(miner.log) == 0
    assert miner.log.connections == 2


@pytest.mark.parametrize(
    "pieces",
    [
        (b'{"cmd":"status"}\n',),
        (b'{"cmd":"status"}\0',),
        (b'\n{"cmd"', b':"sta', b'tus"}'),
        (b'{"cmd":"status","x":"}\\"{"}',),
    ],
)
async def test_framing(miner: SimulatedMiner, pieces: tuple[bytes, ...]) -> None:
    """A request may come in pieces and end in whatever clients end it with."""
    for eof in (False, True):
        data = await exchange(miner, *pieces, eof=eof)
        assert json.loads(data)["Code"] == 131
        assert data.endswith(b"}")


@pytest.mark.parametrize(
    "request_", [b"summary|", b"[1,2] ", b"{nonsense}", b"\xff\xfe"]
)
async def test_no_json(miner: SimulatedMiner, request_: bytes) -> None:
    """What is no JSON object is code 23."""
    answer = json.loads(await exchange(miner, request_, eof=True))
    assert (answer["Code"], answer["Msg"]) == (23, "json cmd err")


async def test_one_command_per_connection(miner: SimulatedMiner) -> None:
    """The miner closes after the answer; a second command is not heard."""
    data = await exchange(miner, b'{"cmd":"status"}{"cmd":"summary"}')
    assert b"SUMMARY" not in data


async def test_counters(miner: SimulatedMiner) -> None:
    """Connections are counted, and how many there were at once."""
    miner.faults.delay = 0.02
    await asyncio.gather(*(ask(miner, "status") for _ in range(5)))
    miner.faults.delay = 0
    await ask(miner, "summary")
    assert miner.log.connections == 6
    assert miner.log.max_concurrent == 5
    assert miner.log.open_connections == 0
    assert miner.log.commands == ["status"] * 5 + ["summary"]
    miner.log.clear()
    assert len(miner.log) == miner.log.connections == 0


async def test_unreachable(miner: SimulatedMiner, clock: ManualClock) -> None:
    """Connections are reset for as long as asked."""
    miner.faults.unreachable(clock, 30)
    with pytest.raises(ConnectionError):
        await ask(miner, "status")
    clock.advance(30)
    assert await ask(miner, "status")
    miner.faults.unreachable(clock)
    clock.advance(1e6)
    with pytest.raises(ConnectionError):
        await ask(miner, "status")
    miner.faults.unreachable(clock, 0)
    assert await ask(miner, "status")


async def test_stop_and_start(miner: SimulatedMiner) -> None:
    """Stopped it refuses connections; started again it has the same port."""
    port = miner.port
    await miner.stop()
    with pytest.raises(ConnectionRefusedError):
        await ask(miner, "status")
    await miner.stop()
    await miner.start()
    assert miner.port == port
    assert await ask(miner, "status")


async def test_stop_ends_connections(miner: SimulatedMiner) -> None:
    """Nothing keeps the server from stopping."""
    miner.faults.hang_seconds = 60
    miner.faults.mute = True
    reader, writer = await asyncio.open_connection(miner.host, miner.port)
    writer.write(b'{"cmd":"status"}')
    idle_reader, idle_writer = await asyncio.open_connection(miner.host, miner.port)
    await until(lambda: miner.log.open_connections == 2)
    await miner.stop()
    assert miner.log.open_connections == 0
    for stream in (reader, idle_reader):
        with suppress(ConnectionError):
            assert await stream.read() == b""
    writer.close()
    idle_writer.close()


async def test_connection_faults(miner: SimulatedMiner) -> None:
    """Answers can be missing, late, short, rubbish, in pieces, or end in NUL."""
    faults = miner.faults
    request = b'{"cmd":"status"}'
    good = await exchange(miner, request)
    faults.only = {"summary"}
    faults.mute = faults.garbage = True
    assert await exchange(miner, request) == good
    assert await exchange(miner, b'{"cmd":"summary"}') == b""
    faults.mute = False
    faults.only = set()
    with pytest.raises(ValueError):
        json.loads(await exchange(miner, request))
    faults.garbage = False
    faults.cut = 40
    assert await exchange(miner, request) == good[:40]
    faults.cut = None
    faults.segments = 7
    faults.trailing_nul = True
    assert await exchange(miner, request) == good + b"\0"
    faults.unavailable = {"status"}
    assert await exchange(miner, request) == b""


async def test_endless(miner: SimulatedMiner) -> None:
    """An endless answer goes on until the client has enough."""
    miner.faults.endless = True
    reader, writer = await asyncio.open_connection(miner.host, miner.port)
    writer.write(b'{"cmd":"summary"}')
    assert len(await reader.readexactly(3_000_000)) == 3_000_000
    writer.close()
    await writer.wait_closed()
    await until(lambda: not miner.log.open_connections)


async def test_command_faults(session: Session) -> None:
    """Commands can be refused, disobeyed, or carried out in silence."""
    faults = session.miner.faults
    faults.refuse = {"power_off": 45, "summary": 14, "get_token": 136}
    assert (await session.run("power_off"))["Msg"] == "can't access write cmd"
    assert (await ask(session.miner, "summary"))["Msg"] == "invalid cmd"
    assert (await ask(session.miner, "get_token"))["Msg"] == "over max connect"
    faults.refuse = {}
    faults.disobey = {"power_off"}
    assert (await session.run("power_off"))["Code"] == 131
    assert session.miner.machine.phase is Phase.HASHING
    faults.disobey = set()
    faults.silent["power_off"] = "close"
    assert await session.send("power_off") == b""
    assert session.miner.machine.mineroff
    faults.silent.clear()
    assert (await session.run("set_low_power"))["Code"] == 131
    assert (await session.run("reboot", respbefore="true"))["Code"] == 131


def test_parse_faults() -> None:
    """The command line's faults are understood."""
    clock = ManualClock()
    miner = SimulatedMiner(clock=clock)
    for spec in (
        "unreachable=30",
        "mute",
        "delay=1.5",
        "cut=10",
        "garbage",
        "endless",
        "only=summary",
        "segments=3",
        "nul",
        "refuse=power_off:45",
        "refuse=reboot",
        "disobey=power_on",
        "silent=power_on",
        "silent=power_off:hang",
        "unavailable=pools",
        "mining-down=empty",
        "broken-errors",
    ):
        assert parse_fault(miner.faults, clock, spec) is None
    faults = miner.faults
    assert faults.unreachable_until == clock.wall() + 30
    assert faults.mute
    assert faults.refuse == {"power_off": 45, "reboot": 132}
    assert faults.silent["power_off"] == "hang"
    assert faults.mining_down == "empty"
    assert parse_fault(faults, clock, "error=110") == ("error", 110)
    assert parse_fault(faults, clock, "dead-chips=2:7") == ("dead-chips 2", 7)
    for spec in (
        "token-refused",
        "summary-tera",
        "version-text",
        "text-numbers",
        "psu-unread",
        "unset-limit=2147483647",
        "token-131",
        "api-silent",
        "pkcs7",
        "empty-yes",
        "plain-yes",
        "v3-close",
        "v3-wrong-token=-1",
        "percent-form=json",
        "v3-silent",
        "v3-pushes",
        "v3-errors=plain",
        "v3-down=zeros",
        "v3-btrom",
        "v3-omit=power.mode",
        "v3-rating-unknown",
        "v3-detect-unknown",
    ):
        assert parse_fault(faults, clock, spec) is None
    assert (faults.v3_errors, faults.v3_down) == ("plain", "zeros")
    assert (faults.false_yes, faults.percent_form) == ("plain", "json")
    assert faults.v3_wrong_token == -1
    assert faults.v3_omit == {"power.mode"}
    assert faults.unset_limit == "2147483647"
    for bad in ("nonsense", "delay", "mining-down=maybe", "percent-form=any"):
        with pytest.raises(ValueError):
            parse_fault(faults, clock, bad)


def test_loopback_only() -> None:
    """No other address is served."""
    for host in ("0.0.0.0", "192.0.2.1"):
        with pytest.raises(ValueError, match="loopback"):
            SimulatedMiner(host=host)


def test_not_started() -> None:
    """There is no port before the start."""
    with pytest.raises(RuntimeError):
        _ = SimulatedMiner(clock=ManualClock()).port


def test_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine time may run faster; the past is shown in wall time."""
    now = 1000.0
    monkeypatch.setattr("tests.simulator.clock.time", lambda: now)
    clock = ScaledClock(60)
    now = 1010.0
    assert clock.now() == 1600
    assert clock.wall() == 1010
    assert clock.wall_at(1300) == 1005
    assert clock.wall_at(900) == 900
    with pytest.raises(ValueError):
        ScaledClock(0)
    with pytest.raises(ValueError):
        ManualClock().advance(-1)


async def test_speed(socket_enabled: None) -> None:
    """At speed 600 a machine boots in no time, and tokens live as long as ever."""
    async with SimulatedMiner(speed=600, state="booting") as miner:
        session = await Session.open(miner)
        await asyncio.sleep(0.15)
        assert miner.clock.now() - miner.machine.booted_at >= 89
        assert miner.machine.mining_up
        assert (await session.run("power_off"))["Code"] == 131
