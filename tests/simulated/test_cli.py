"""The command line."""

import asyncio
import signal
import sys

import pytest

from tests.simulator import Phase
from tests.simulator.__main__ import build_miners, build_parser


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help explains faults and shows examples."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--help"])
    told = capsys.readouterr().out
    assert "--fault missing-board=1" in told
    assert "M50S_VH50" in told


def test_several() -> None:
    """Each miner has an address, a state and an identity of its own."""
    args = ["--count", "3", "--speed", "60", "--state", "hashing,stopped"]
    args += ["--api-off", "--password", "x_1"]
    for fault in (
        "missing-board=1",
        "error=110",
        "dead-pool=1",
        "disobey=power_off",
        "token-pause=180",
    ):
        args += ["--fault", fault]
    miners = build_miners(build_parser().parse_args(args))
    assert [miner.host for miner in miners] == ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    assert [miner.machine.phase for miner in miners] == [
        Phase.HASHING,
        Phase.STOPPED,
        Phase.STOPPED,
    ]
    assert len({miner.mac for miner in miners}) == 3
    assert len({miner.machine.serial for miner in miners}) == 3
    for miner in miners:
        assert not miner.device.api_switch
        assert miner.tokens.password == "x_1"
        assert list(miner.machine.active_errors()) == [110, 531]
        assert miner.machine.active_pool == 1
        assert miner.tokens.pause == 180
        assert miner.faults.disobey == {"power_off"}


def test_lists() -> None:
    """Generation, model and cooling may be named for each miner."""
    args = ["--count", "4", "--api", "1.4,dual,2.0.5", "--cooling", "air,hydro,air"]
    args += ["--model", ",,M60_VK20", "--v3-password", "y_2"]
    args += ["--fault", "dead-chips=1:9", "--fault", "factory-error=2310"]
    miners = build_miners(build_parser().parse_args(args))
    assert [miner.api for miner in miners] == ["1.4", "dual", "2.0.5", "2.0.5"]
    assert [miner.machine.profile.miner_type for miner in miners] == [
        "M31SV10",
        "M63_VK20",
        "M60_VK20",
        "M60_VK20",
    ]
    for miner in miners:
        assert miner.machine.boards[1].dead_chips == 9
        assert miner.machine.factory_errors == [2310]
        assert miner.users.passwords["super"] == "y_2"
    assert miners[3].host == "127.0.0.4"


@pytest.mark.parametrize(
    "args",
    [
        ["--host", "192.0.2.1"],
        ["--host", "here"],
        ["--count", "0"],
        ["--state", "asleep"],
        ["--speed", "0"],
        ["--firmware", "newest"],
        ["--fault", "nonsense"],
        ["--api", "3"],
        ["--model", "S19"],
        ["--cooling", "ice"],
    ],
)
def test_wrong_arguments(args: list[str]) -> None:
    """What cannot be is refused."""
    with pytest.raises(ValueError):
        build_miners(build_parser().parse_args(args))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_run_and_end(number: signal.Signals) -> None:
    """It says where it listens and ends cleanly on a signal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulator", "--port", "0", "--password", "geheim_1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    first = (await process.stdout.readline()).decode()
    assert "127.0.0.1:" in first
    assert "M50S_VH50 hashing, MAC CA:0A:18:00:00:01" in first
    process.send_signal(number)
    out, err = await process.communicate()
    assert process.returncode == 0
    assert out.decode().endswith("ended\n")
    assert err == b""
    assert "geheim_1" not in first + out.decode()
