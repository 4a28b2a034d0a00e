"""The command line."""

import asyncio
from pathlib import Path
import signal
import subprocess
import sys

from homeassistant.util.yaml import load_yaml_dict
import pytest

from scripts.demo_home import day_folder, miners as demo
from scripts.demo_home.dashboard import PRETENDED
from scripts.demo_home.folder import prepare
from tests.simulator import Phase, SimulatedMiner
from tests.simulator.__main__ import build_error_files, build_miners, build_parser
from tests.simulator.error_file import ErrorFile
from tests.simulator.keeping import go_on, keep
from tests.simulator.odd import Odd
from tests.simulator.profile import MODELS


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help explains faults and shows examples."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--help"])
    told = capsys.readouterr().out
    assert "--fault missing-board=1" in told
    assert "M50S_VH50" in told


def test_demo(tmp_path: Path) -> None:
    """Each miner of the demo has an identity of its own, as each real one has."""
    miners = [
        miner
        for each in (*demo.MINERS, day_folder.MACHINE)
        for miner in build_miners(
            build_parser().parse_args(demo.arguments(each, 20, tmp_path))
        )
    ]
    assert len({miner.mac for miner in miners[:-1]}) == len(demo.MINERS)
    serials = [miner.machine.serial for miner in miners]
    assert serials == [f"SIM000000000{number}" for number in (1, 2, 3, 4)]


def test_several() -> None:
    """Each miner has an address, a state and an identity of its own."""
    args = ["--count", "3", "--speed", "60", "--state", "hashing,stopped"]
    args += ["--api-off", "--password", "x_1"]
    for fault in (
        "missing-board=1",
        "error=110",
        "dead-pool=1",
        "lowest-limit=2000",
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
        assert miner.machine.lowest_limit == 2000
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


def test_addresses_of_models() -> None:
    """Miners of different models never have the same MAC address."""
    addresses = {
        SimulatedMiner(model=model, index=index).mac
        for model in MODELS
        for index in range(3)
    }
    assert len(addresses) == 3 * len(MODELS)
    # The first half is of one model: no index makes two of them meet.
    assert len({address[:8] for address in addresses}) == len(MODELS)


def test_errors_from_files(tmp_path: Path) -> None:
    """Errors come and go with the lines of a file; those of --fault stay."""
    first, second = tmp_path / "first", tmp_path / "second"
    arguments = ["--count", "2", "--errors-from", f"{first},{second}"]
    args = build_parser().parse_args([*arguments, "--fault", "error=111"])
    miners = build_miners(args)
    files = build_error_files(args, miners)

    def errors() -> list[list[int]]:
        """Read the files, and return the errors of both miners."""
        for file in files:
            file.read()
        return [list(miner.machine.active_errors()) for miner in miners]

    assert errors() == [[111], [111]]
    first.write_text("110\n111\n\nno code\n")
    assert errors() == [[111, 110], [111]]
    since = miners[0].machine.active_errors()[110]
    second.write_text("2010")
    assert errors() == [[111, 110], [111, 2010]]
    assert miners[0].machine.active_errors()[110] == since
    first.write_text("350\n")
    second.unlink()
    assert errors() == [[111, 350], [111]]


async def test_errors_while_running(tmp_path: Path) -> None:
    """A miner that runs reads its file each second."""
    file = tmp_path / "errors"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulator", "--port", "0"),
        *("--api", "2.0.5", "--errors-from", str(file)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    address = (await process.stdout.readline()).decode().split()[2]
    host, _, port = address.partition(":")

    async def becomes(wanted: bytes) -> None:
        """Wait until the miner tells of these errors."""
        async with asyncio.timeout(60):
            while True:
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b'{"cmd":"get_error_code"}')
                answer = await reader.read()
                writer.close()
                if wanted in answer:
                    return
                await asyncio.sleep(0.1)

    await becomes(b'"error_code":[]')
    file.write_text("110\n")
    await becomes(b'"110"')
    file.unlink()
    await becomes(b'"error_code":[]')
    process.terminate()
    await process.wait()


def test_goes_on(tmp_path: Path) -> None:
    """A miner goes on where it was: its tuning, its settings, passwords and errors."""
    errors = tmp_path / "errors"
    errors.write_text("110\n")
    arguments = ["--state", "ramping", "--speed", "20", "--errors-from", str(errors)]
    args = build_parser().parse_args(arguments)
    (miner,), kept = build_miners(args), tmp_path / "kept" / "miner"
    assert not go_on(miner, kept)
    build_error_files(args, [miner])[0].read()
    machine, clock = miner.machine, miner.clock
    machine.settings.hostname = "cellar"
    miner.tokens.set_password("New_1")
    miner.users.set_password("super", "New_2")
    miner.device.api_switch = False
    came_to = clock.now()
    keep(miner, kept)

    (again,) = build_miners(args)
    (file,) = build_error_files(args, [again])
    assert go_on(again, kept)
    file.read()
    went_on, since = again.machine, again.machine.active_errors()
    assert went_on.clock is again.clock
    assert again.clock.now() >= came_to
    went_on.advance()
    assert went_on.phase is Phase.RAMPING
    assert went_on.started_at == machine.started_at
    assert since == machine.active_errors() != {}
    for moment in (machine.booted_at, machine.started_at, since[110]):
        assert again.clock.wall_at(moment) == clock.wall_at(moment)
    assert went_on.settings == machine.settings
    assert again.tokens.key == miner.tokens.key
    assert again.users.passwords["super"] == "New_2"
    assert again.users.salt == miner.users.salt
    assert not again.device.api_switch
    # What a file pretends still ends with its line.
    errors.unlink()
    file.read()
    assert went_on.active_errors() == {}

    # What another version of the simulator, or another miner, has kept is no past of it.
    other = build_parser().parse_args([*arguments, "--model", "M60_VK20"])
    assert not go_on(build_miners(other)[0], kept)
    kept.write_bytes(b"older" + kept.read_bytes())
    assert not go_on(build_miners(args)[0], kept)


async def test_kept_when_it_ends(tmp_path: Path) -> None:
    """The program keeps its miners when it is ended, and begins with them."""
    for state in ("stopped", "hashing"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.simulator", "--port", "0"),
            *("--api", "2.0.5", "--state", state, "--keep", str(tmp_path)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout
        assert b" stopped, " in await process.stdout.readline()
        process.terminate()
        await process.wait()


def test_demo_finds_its_miners(tmp_path: Path) -> None:
    """The switches of the demo that pretend a fault name its miners."""
    prepare(8123, tmp_path)
    command_line = load_yaml_dict(str(tmp_path / "configuration.yaml"))["command_line"]
    switches = {each["switch"]["unique_id"]: each["switch"] for each in command_line}
    assert len(switches) == len(demo.MINERS) * len(PRETENDED)
    for miner in demo.MINERS:
        simulated = SimulatedMiner(host=miner.host, api=miner.api, model=miner.model)
        for key in PRETENDED:
            switch = switches[f"{simulated.mac.lower()}_{key}"]
            for command in ("command_on", "command_off", "command_state"):
                assert switch[command].endswith(f"faults/{miner.host}")


def test_demo_switches_work(tmp_path: Path) -> None:
    """Each switch of the demo lets one thing go wrong, and ends that alone."""
    prepare(8123, tmp_path)
    host = demo.MINERS[0].host
    (miner,) = build_miners(build_parser().parse_args([]))
    file = ErrorFile(miner.device, tmp_path / "faults" / host)

    def run(command: str) -> bool:
        """Run a command of a switch as Home Assistant does, and read the file."""
        done = subprocess.run(command, shell=True, cwd=tmp_path, check=False)  # noqa: S602
        file.read()
        return done.returncode == 0

    command_line = load_yaml_dict(str(tmp_path / "configuration.yaml"))["command_line"]
    fan, fans, silent = (each["switch"] for each in command_line[:3])
    assert not run(fan["command_state"])
    for switch in (fan, fans, silent):
        assert run(switch["command_on"])
        assert run(switch["command_state"])
    assert list(miner.machine.active_errors()) == [110]
    assert miner.faults.odd == Odd(fans_stopped=True, btminer_unknown=True)
    assert run(fans["command_off"])
    assert not run(fans["command_state"])
    assert miner.faults.odd == Odd(btminer_unknown=True)
    assert list(miner.machine.active_errors()) == [110]


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
