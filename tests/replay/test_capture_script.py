"""scripts/capture against the simulator: what it asks, what it writes, what it hides."""

import asyncio
from dataclasses import fields
import json
from pathlib import Path
import subprocess
import sys

from homeassistant.components.diagnostics import REDACTED
import pytest

from custom_components.whatsminer.client import Miner, MinerData
from custom_components.whatsminer.diagnostics import redact
from scripts.capture_miner.__main__ import capture, folder_name, main
from scripts.capture_miner.reading import COMMANDS, COMMANDS_V3
from scripts.capture_miner.redacting import Redactor
from scripts.capture_miner.trial import Trial
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.faults import PercentForm
from tests.simulator.settings import PoolSetting

from . import test_captures
from .cases import cases_of
from .device import miner_at
from .recording import Recording

GENERATIONS = {
    "cgminer": "cgminer", "1.4": "1", "2.0.5": "2.0", "2.2.2": "2.2", "3.0.2": "3",
    "dual": "2.2",
}  # fmt: skip
PERCENT = "set.miner.power_percent"
PRIVATE = {"boards", "pools", "power_supply", "identity"}


@pytest.mark.parametrize("api", GENERATIONS)
async def test_capture(api: str, tmp_path: Path) -> None:
    """Only reads are sent, no secret is left, and the folder reads like the miner."""
    out = tmp_path / "capture"
    async with SimulatedMiner(
        api=api, host="127.0.0.50", clock=ManualClock(), serial="HTM31X23B01234567"
    ) as simulated:
        _furnish(simulated)
        port, port_v3 = _ports(simulated)
        await capture(simulated.host, port=port, port_v3=port_v3, out=out, pause=0)
        # Plain cgminer cannot read the first question, which is asked by `cmd`.
        asked = {each.command for each in simulated.log if each.command}
        assert not any(request.encrypted for request in simulated.log)
        assert simulated.log.commands.count("get_token") <= 1
        assert simulated.log.max_concurrent == 1
        reads = {*COMMANDS, *(command.split()[0] for command in COMMANDS_V3)}
        assert asked <= reads
        miner = Miner(simulated.host, port=port, port_v3=port_v3)
        told = await miner.read()
        await miner.close()

    text = "\n".join(file.read_text() for file in out.iterdir()).lower()
    assert [each for each in _secrets(told, simulated) if each.lower() in text] == []
    async with miner_at(Recording.load(out, GENERATIONS[api])) as replayed:
        again = await replayed.read()
    for name in (field.name for field in fields(MinerData)):
        if name not in PRIVATE:
            assert getattr(again, name) == getattr(told, name), name
    assert again.identity.model == told.identity.model
    assert again.identity.firmware == told.identity.firmware
    assert [each.hashrate for each in again.boards] == [
        each.hashrate for each in told.boards
    ]
    assert [(each.alive, each.accepted) for each in again.pools] == [
        (each.alive, each.accepted) for each in told.pools
    ]
    if told.identity.mac and again.identity.mac:
        assert again.identity.mac == f"{told.identity.mac[:9]}00:00:00"


@pytest.mark.parametrize("state", ["hashing", "ramping", "stopped"])
@pytest.mark.parametrize("api", GENERATIONS)
async def test_as_it_is(api: str, state: str, tmp_path: Path) -> None:
    """What is recorded passes the tests for captures, before anything is expected."""
    out = tmp_path / "capture"
    async with SimulatedMiner(api=api, state=state, clock=ManualClock()) as simulated:
        port, port_v3 = _ports(simulated)
        await capture(simulated.host, port=port, port_v3=port_v3, out=out, pause=0)
    (case,) = cases_of(out)
    await test_captures.test_capture(case, lambda *_: None)
    await test_captures.test_again(case)
    await test_captures.test_queries(case)


@pytest.mark.parametrize("form", ["text", "number"])
async def test_power_percent(form: PercentForm, tmp_path: Path) -> None:
    """With consent both forms are tried, the settings read, and 100 % restored."""
    out = tmp_path / "capture"
    async with SimulatedMiner(
        api="3.0.2", clock=ManualClock(), v3_password=PASSWORD
    ) as simulated:
        simulated.faults.percent_form = form
        port, port_v3 = _ports(simulated)
        trial = Trial(80, "super", PASSWORD)
        await capture(
            simulated.host, port=port, port_v3=port_v3, out=out, pause=0, trial=trial
        )
        assert simulated.log.commands.count(PERCENT) == 4
        assert simulated.machine.physics.percent_goal == 1.0
    other = "number" if form == "text" else "text"
    answers = {
        each: json.loads((out / f"{PERCENT}_{each}.json").read_bytes())["code"]
        for each in (form, other)
    }
    assert answers[form] == 0
    assert answers[other] != 0
    settings = json.loads((out / f"get.miner.setting_{form}.json").read_bytes())
    assert settings["msg"]["power-percent"] == 80
    text = "\n".join(file.read_text() for file in out.iterdir())
    assert PASSWORD not in text


async def test_history(tmp_path: Path) -> None:
    """The past hour and the counters of energy are recorded, where there are any."""
    out = tmp_path / "capture"
    async with SimulatedMiner(api="3.0.2", clock=ManualClock()) as simulated:
        simulated.faults.odd.energy_counters = True
        port, port_v3 = _ports(simulated)
        await capture(simulated.host, port=port, port_v3=port_v3, out=out, pause=0)
    answer = json.loads((out / "get.miner.history.json").read_bytes())
    assert answer["code"] == 0
    assert isinstance(answer["msg"], str)
    summary = json.loads((out / "get.miner.status_summary.json").read_bytes())
    assert "power-on-stats" in summary["msg"]["summary"]


def _ports(simulated: SimulatedMiner) -> tuple[int, int]:
    """Return the ports of API v2 and v3; one that is not open refuses."""
    return (
        simulated.port if simulated.server.listening else 1,
        simulated.v3_port if simulated.v3_server.listening else 1,
    )


SECRETS = (
    "btc.my-pool.net", "backup.farm.lan", "account7.rig12", "account7.spare", "cellar-3",
    "172.20.4.1", "172.20.4.9", "10.99.1.2", "clock.farm.lan", "Customer 4711/B",
)  # fmt: skip


def _furnish(simulated: SimulatedMiner) -> None:
    """Let the miner belong to somebody."""
    settings = simulated.machine.settings
    settings.pools = [
        PoolSetting("stratum+tcp://btc.my-pool.net:3333", "account7.rig12"),
        PoolSetting("stratum+tcp://backup.farm.lan:25", "account7.spare"),
    ]
    settings.hostname = "cellar-3"
    settings.network.gateway = "172.20.4.1"
    settings.network.dns = "172.20.4.1 172.20.4.9"
    settings.log_upload = ("10.99.1.2", 9000, "udp")
    settings.ntp_servers = ["clock.farm.lan", "0.pool.ntp.org"]
    settings.customer = {"CustomerSn": "Customer 4711/B"}


def _secrets(told: MinerData, simulated: SimulatedMiner) -> set[str]:
    """Return what must not be given away."""
    found = {*SECRETS, simulated.mac, simulated.host, simulated.tokens.salt}
    found.add(told.identity.serial_number or "")
    found |= {board.serial_number or "" for board in told.boards}
    if told.power_supply is not None:
        found.add(told.power_supply.serial_number or "")
    return found - {""}


def test_names() -> None:
    """The folder is called after model, firmware and version."""
    assert folder_name({}) == "unknown_unknown_apiunknown"
    assert (
        folder_name(
            {
                "get.device.info": b'{"msg":{"power":{"type":"P221B"},"miner":'
                b'{"type":"M30S++_VH70"},"system":{"api":"3.0.2",'
                b'"fwversion":"20250915.16.Rel2"}}}',
                "get_version": b'{"Msg":{"api_ver":"2.2.2"}}',
            }
        )
        == "m30s++_vh70_20250915.16.rel2_api3.0.2"
    )
    old = b'{"Firmware Version":"\'20210109.22.REL\'"},"Description":"whatsminer v1.3"}'
    assert folder_name({"status": old}) == "unknown_20210109.22.rel_api1.3"


def test_redacting_broken_json() -> None:
    """Nothing but secrets is changed, be the text as broken as it may."""
    raw = (
        b'{"MAC":"C6:06:12:00:2D:63","POOL": 1,"URL":"stratum+tcp:\\/\\/me@btc.home:25",'
        b'"User":"me.rig7","Debug":"x me.rig7 192.168.1.77","netmask":"255.255.255.0",'
        b'"serial_no":"A1234567890""temp0":"3",,"hostname":"my\\"cave","sn": 1430000123,'
        b'"msg0":"my \\u0428ed","pool1":"btc.home:25","worker1":"me.rig7","passwd1":"geheim",'
        b'"ntp":["10.0.0.1","0.pool.ntp.org","home"],"Chip Data":"K8EC374-2426 B-7A",'
        b'"error_code":["329":"2022-01-17 11:28:11"],"minersn":"","x":\xff"PCB SN":"HEM12345'
    )
    assert Redactor("192.168.1.77", "miner").redact({"a": raw})["a"] == (
        b'{"MAC":"C6:06:12:00:00:00","POOL": 1,"URL":"stratum+tcp:\\/\\/pool1.example.com:25",'
        b'"User":"worker.001","Debug":"x worker.001 192.0.2.1","netmask":"255.255.255.0",'
        b'"serial_no":"A1200000000""temp0":"3",,"hostname":"host","sn": 1430000000,'
        b'"msg0":"text","pool1":"pool1.example.com:25","worker1":"worker.001","passwd1":"x",'
        b'"ntp":["192.0.2.1","0.pool.ntp.org","192.0.2.1"],"Chip Data":"K8EC374-0000 B-0A",'
        b'"error_code":["329":"2022-01-17 11:28:11"],"minersn":"","x":\xff"PCB SN":"HEM00000'
    )


@pytest.mark.parametrize(
    "name",
    ["pool_user", "wallet", "apikey", "api-key", "SerialNo", "ipv6", "PoolUrl", "pwd"],
)
def test_redacting_knows_parts_of_names(name: str) -> None:
    """What is secret goes by parts of the name, the same as in the diagnostics."""
    raw = f'{{"{name}":"q7Xk92.zzt","{name}":["q7Xk93.zzt",""],"mode":"normal"}}'
    masked = Redactor().redact({"a": raw.encode()})["a"].decode()
    assert "q7Xk9" not in masked
    assert masked.endswith('"mode":"normal"}')
    assert REDACTED not in redact({"mode": "normal"}).values()
    assert redact({name: "q7Xk92.zzt"}) == {name: REDACTED}


def test_redacting_is_consistent() -> None:
    """The same secret becomes the same mask, in whatever answer."""
    answers = {
        "pools": b'{"URL":"a.pool.home:1","User":"u.1"},{"URL":"b.home:1","User":"u.2"}',
        "get.miner.status": b'{"url":"a.pool.home:1","account":"u.1","mode":"normal"}',
    }
    masked = Redactor("normal").redact(answers)
    assert masked["get.miner.status"] == (
        b'{"url":"pool1.example.com:1","account":"worker.001","mode":"normal"}'
    )
    assert b'"pool2.example.com:1","User":"worker.002"' in masked["pools"]


async def test_nobody_there(tmp_path: Path) -> None:
    """Without an answer nothing is written."""
    with pytest.raises(ValueError, match="answers neither on port"):
        await capture("127.0.0.1", port=1, port_v3=1, out=tmp_path / "a", pause=0)
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileExistsError):
        await capture("127.0.0.1", port=1, port_v3=1, out=tmp_path, pause=0)


async def test_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that takes questions and says nothing is left alone soon."""
    asked = 0

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hang up."""
        nonlocal asked
        asked += 1
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ValueError, match="answers neither"):
            await capture(
                "127.0.0.1", port=port, port_v3=1, out=tmp_path / "a", pause=0
            )
    assert asked == 3
    assert (
        "this port does not answer; no more questions to it" in capsys.readouterr().err
    )


async def test_power_percent_without_api_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was read is kept when the power percent cannot be tried."""
    out = tmp_path / "capture"
    async with SimulatedMiner(api="2.0.5", clock=ManualClock()) as simulated:
        port, port_v3 = _ports(simulated)
        trial = Trial(80, "super", PASSWORD)
        await capture(
            simulated.host, port=port, port_v3=port_v3, out=out, pause=0, trial=trial
        )
    assert (out / "summary.json").exists()
    assert "the power percent could not be restored" in capsys.readouterr().err


def test_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure is one line."""
    ports = ["--port", "1", "--port-v3", "1"]
    monkeypatch.setattr(sys, "argv", ["capture", "127.0.0.1", *ports])
    assert main() == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "capture: 127.0.0.1 answers neither on port 1 nor on 1"


def test_without_home_assistant() -> None:
    """The program runs where Home Assistant is not installed."""
    code = (
        "import sys; sys.modules['homeassistant'] = None; sys.argv = ['x', '--help'];"
        "import runpy; runpy.run_module('scripts.capture_miner', run_name='__main__')"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--port-v3" in done.stdout
