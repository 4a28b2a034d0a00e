"""API v3: frames, tokens, accounts, permissions, reports."""

import asyncio
import json

import pytest

from tests.conftest import until
from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.v3_commands import SETS
from tests.simulator.v3_reads import READS

from .common import V3Client, ask, kinds, recorded


async def test_frames(dual: SimulatedMiner, client: V3Client) -> None:
    """Frames may come in pieces, several at once, with heart-beats between."""
    request = b'{"cmd":"get.device.info","param":"salt"}'
    framed = b"\x28\0\0\0" + request
    for byte in framed:
        client.writer.write(bytes([byte]))
        await client.writer.drain()
    answer = await client.read()
    assert list(answer) == ["code", "when", "msg", "desc"]
    assert answer["msg"] == {"salt": "BQ5hoXV9"}
    client.writer.write(bytes(8) + framed + bytes(4) + framed)
    assert [await client.read(), await client.read()] == [answer, answer]
    assert dual.log.connections == 1
    assert dual.log.commands == ["get.device.info"] * 3


@pytest.mark.parametrize(
    ("request_", "code", "msg", "desc"),
    [
        (b"rubbish", -3, "invalid JSON item", ""),
        (b"[1]", -3, "invalid JSON item", ""),
        (b"{}", -3, "invalid JSON item", ""),
        (b'{"cmd":"get.nothing"}', -2, "invalid command", "get.nothing"),
        (b'{"cmd":7}', -2, "invalid command", ""),
        (b'{"cmd":"summary"}', -2, "invalid command", "summary"),
        (
            b'{"cmd":"get.miner.status"}',
            *(-3, "param item is null", "get.miner.status"),
        ),
        (
            b'{"cmd":"get.miner.status","param":"x"}',
            *(-1, "invalid param", "get.miner.status"),
        ),
        (
            b'{"cmd":"get.device.info","param":"x"}',
            *(-1, "invalid param", "get.device.info"),
        ),
    ],
)
async def test_errors(
    client: V3Client, request_: bytes, code: int, msg: str, desc: str
) -> None:
    """What is wrong has a code, and the connection goes on."""
    client.write(request_)
    answer = await client.read()
    assert (answer["code"], answer["msg"], answer["desc"]) == (code, msg, desc)
    assert (await client.ask("get.fan.setting"))["code"] == 0


async def test_connections(dual: SimulatedMiner) -> None:
    """Ten clients at once; silence ends a connection, and so does an endless frame."""
    links = [await asyncio.open_connection(dual.host, dual.v3_port) for _ in range(10)]
    await until(lambda: dual.log.open_connections == 10)
    async with V3Client.open(dual) as eleventh:
        assert await eleventh.reader.read() == b""
    for _reader, writer in links:
        writer.close()
    await until(lambda: dual.log.open_connections == 0)
    assert dual.v3_server.idle_timeout == 300
    dual.v3_server.idle_timeout = 0.05
    async with V3Client.open(dual) as client:
        assert (await client.ask("get.fan.setting"))["code"] == 0
        assert await client.reader.read() == b""
    async with V3Client.open(dual) as client:
        client.writer.write(b"\xff\xff\xff\x7f")
        assert await client.reader.read() == b""


async def test_ok(client: V3Client) -> None:
    """A good write is answered as documented."""
    answer = await client.run("set.miner.service", "start")
    assert answer == recorded("manual_3_ok") | {"when": answer["when"]}


async def test_no_permission(dual: SimulatedMiner, client: V3Client) -> None:
    """Wrong tokens, unknown accounts and a switch that is off are -4."""
    good = ("set.miner.service", "stop")
    for more in (
        {"token": "AAAAAAAA"},
        {"token": None},
        {"account": "admin"},
        {"account": None},
        {"account": "user1"},
        {"ts": 5},
    ):
        answer = await client.run(*good, **more)
        assert (answer["code"], answer["msg"]) == (-4, "no permission")
    client.password = "wrong"
    assert (await client.run(*good))["code"] == -4
    client.password = "super"
    dual.device.api_switch = False
    answer = await client.run(*good)
    took = recorded("m63_service")
    assert {name: answer[name] for name in took} == took
    info = await client.ask("get.device.info", "system")
    assert info["msg"]["system"]["apiswitch"] == "0"
    dual.device.api_switch = True
    dual.device.default_password = True
    assert (await client.run(*good))["code"] == -4
    assert not dual.machine.mineroff


async def test_every_write_is_protected(dual: SimulatedMiner) -> None:
    """No write is carried out without permission."""
    before = repr(dual.machine.settings)
    async with V3Client.open(dual, "user2", "user2") as client:
        for command in SETS:
            assert (await client.run(command))["code"] == -4
    assert repr(dual.machine.settings) == before


async def test_permissions(dual: SimulatedMiner, client: V3Client) -> None:
    """Users may do what `super` lets them; only `super` gives permissions."""
    grant = {"user": "user1", "permission": "set.miner.service, set.user.permission"}
    async with V3Client.open(dual, "user1", "user1") as user:
        assert (await user.run("set.miner.service", "stop"))["code"] == -4
        assert (await client.run("set.user.permission", grant))["code"] == 0
        assert (await user.run("set.miner.service", "stop"))["code"] == 0
        assert (await user.run("set.user.permission", grant))["code"] == -4
        assert (await user.run("set.system.reboot"))["code"] == -4
    assert dual.machine.mineroff
    info = await client.ask("get.device.info", "miner")
    assert info["msg"]["miner"]["permission"] == "super=255 user1=3 user2=0 user3=0"
    for wrong in (
        {"user": "super", "permission": ""},
        {"user": "user1", "permission": "x"},
    ):
        assert (await client.run("set.user.permission", wrong))["code"] == -1


PASSWORDS = {"account": "super", "new": "Abc_123", "old": "super"}


async def test_passwords(dual: SimulatedMiner, client: V3Client) -> None:
    """A new password brings a new salt; API v2's password is another one."""
    command = "set.user.change_passwd"
    wrong = client.sealed(command, PASSWORDS | {"old": "wrong"})
    assert (await client.run(command, wrong))["code"] == -1
    assert (await client.run(command, "AAAA"))["msg"] == "invalid param"
    assert (await client.run(command, PASSWORDS))["msg"] == "invalid param"
    zeros = client.sealed(command, PASSWORDS, zeros=True)
    assert (await client.run(command, zeros))["code"] == 0
    assert dual.tokens.password == "admin"
    assert dual.tokens.salt == "BQ5hoXV9"
    client.password = "Abc_123"
    assert (await client.run("set.miner.service", "stop"))["code"] == -4
    client.salt = (await client.ask("get.device.info", "salt"))["msg"]["salt"]
    assert client.salt != "BQ5hoXV9"
    assert (await client.run("set.miner.service", "stop"))["code"] == 0
    assert "Abc_123" not in "\n".join(request.describe() for request in dual.log)


async def test_v3_password(socket_enabled: None) -> None:
    """The password of `super` can be given; v3 alone has no port 4028."""
    clock = ManualClock()
    async with SimulatedMiner(api="3.0.2", clock=clock, v3_password="P_3") as miner:
        async with V3Client.open(miner, "P_3") as client:
            assert (await client.run("set.miner.service", "stop"))["code"] == 0
        with pytest.raises(RuntimeError):
            _ = miner.port
        assert miner.ports == [miner.v3_port]
    with pytest.raises(RuntimeError):
        _ = SimulatedMiner(clock=clock).v3_port


async def test_reports(dual: SimulatedMiner, client: V3Client) -> None:
    """Reports come between answers, on this connection, until they are ended."""
    dual.v3_server.second = 0.01
    assert (await client.run("set.miner.report", {"gap": 1}))["code"] == 0
    for _ in range(3):
        report = await client.read()
        assert report["desc"] == "get.miner.report"
        assert list(report["msg"]) == ["summary", "pools", "edevs"]
    async with V3Client.open(dual) as other:
        assert (await other.ask("get.fan.setting"))["desc"] == "get.fan.setting"
    answer = await client.run("set.miner.report", {"gap": 0})
    while answer["desc"] == "get.miner.report":
        answer = await client.read()
    assert answer["desc"] == "set.miner.report"
    await asyncio.sleep(0.05)
    assert (await client.ask("get.fan.setting"))["desc"] == "get.fan.setting"
    assert (await client.ask("get.miner.report"))["msg"]["summary"]
    assert (await client.run("set.miner.report", {"gap": 286}))["code"] == -1


async def test_pushes_between_answers(dual: SimulatedMiner, client: V3Client) -> None:
    """Reports nobody asked for can be had before each answer."""
    dual.faults.v3_pushes = True
    assert (await client.ask("get.fan.setting"))["desc"] == "get.miner.report"
    assert (await client.read())["desc"] == "get.fan.setting"


async def test_log_download(client: V3Client) -> None:
    """The log follows its size; the connection goes on afterwards."""
    answer = await client.ask("get.log.download")
    assert kinds(answer) == kinds(recorded("manual_3_log"))
    content = await client.reader.readexactly(int(answer["msg"]["logsize"]))
    assert content.startswith(b"\x1f\x8b")
    assert (await client.ask("get.fan.setting"))["code"] == 0


async def test_firmware_upload(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """The miner is ready, takes a file, says so and restarts."""
    answer = await client.run("set.system.update_firmware")
    assert (answer["code"], answer["msg"]) == (0, "ready")
    content = b"firmware" * 5000
    client.writer.write(len(content).to_bytes(4, "little") + content)
    assert (await client.read())["code"] == 0
    assert await client.reader.read() == b""
    assert dual.v3_server.uploads == [content]
    assert dual.machine.reboots == 1
    clock.advance(60)
    async with V3Client.open(dual) as again:
        assert (await again.ask("get.fan.setting"))["code"] == 0


async def test_reboot(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """A restart is answered and ends this connection; both ports are away."""
    async with V3Client.open(dual) as other:
        await other.ask("get.fan.setting")
        assert (await client.run("set.system.reboot"))["code"] == 0
        assert await client.reader.read() == b""
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await other.ask("get.fan.setting")
    with pytest.raises(ConnectionError):
        await ask(dual, "status")
    clock.advance(60)
    assert (await ask(dual, "status"))["Code"] == 131


async def test_faults(dual: SimulatedMiner) -> None:
    """The faults of the connection hit API v3 too."""
    faults = dual.faults

    async def answer(size: int = -1) -> bytes:
        async with V3Client.open(dual) as client:
            client.write(b'{"cmd":"get.fan.setting"}')
            async with asyncio.timeout(60):
                if size > 0:
                    return await client.reader.readexactly(size)
                client.writer.write_eof()
                return await client.reader.read()

    good = await answer()
    assert json.loads(good[4:])["code"] == 0
    faults.segments = 5
    assert await answer() == good
    faults.cut = 30
    assert await answer() == good[:30]
    faults.cut = None
    faults.garbage = True
    with pytest.raises(ValueError):
        json.loads((await answer())[4:])
    faults.garbage = False
    faults.endless = True
    assert len(await answer(200_000)) == 200_000
    faults.endless = False
    faults.mute = True
    assert await answer() == b""
    faults.mute = False
    faults.v3_silent = True
    assert await answer() == b""
    faults.v3_silent = False
    faults.unavailable = {"get.fan.setting"}
    assert await answer() == b""


async def test_command_faults(dual: SimulatedMiner, client: V3Client) -> None:
    """Commands can be refused, disobeyed, or carried out in silence."""
    faults = dual.faults
    faults.refuse = {"set.miner.service": -5, "get.fan.setting": -1}
    assert (await client.run("set.miner.service", "stop"))["msg"] == "out of memory"
    assert (await client.ask("get.fan.setting"))["msg"] == "fail"
    faults.refuse = {}
    faults.disobey = {"set.miner.service"}
    assert (await client.run("set.miner.service", "stop"))["code"] == 0
    assert not dual.machine.mineroff
    faults.disobey = set()
    faults.silent["set.miner.service"] = "close"
    with pytest.raises(asyncio.IncompleteReadError):
        await client.run("set.miner.service", "stop")
    assert dual.machine.mineroff


async def test_stop_ends_reports(dual: SimulatedMiner, client: V3Client) -> None:
    """Nothing keeps the servers from stopping, and the ports stay the same."""
    await client.run("set.miner.report", {"gap": 285})
    ports = dual.ports
    await dual.stop()
    assert dual.log.open_connections == 0
    assert dual.ports == []
    await dual.start()
    assert dual.ports == ports


ODD: list[object] = [None, 0, -1, 1.5, True, "", "[", "[1]", "{}", [], [[]], ["{}"], {}]


@pytest.mark.parametrize("command", sorted(SETS.keys() | READS.keys()))
async def test_odd_parameters(
    dual: SimulatedMiner, clock: ManualClock, command: str
) -> None:
    """Whatever the parameter is, there is an answer."""
    dual.faults.disobey = {"set.system.update_firmware"}
    for param in ODD:
        async with V3Client.open(dual) as client:
            answer = await client.run(command, param)
            assert (answer["code"], answer["desc"]) in {
                (code, command) for code in (0, -1, -3, -4)
            }
        if not dual.device.reachable:
            clock.advance(120)
        dual.device.api_switch, dual.device.default_password = True, False
