"""Each generation of API v2 against what was recorded of it."""

import json
from struct import pack, unpack
from typing import Any

import pytest

from tests.replay.recording import CAPTURES
from tests.simulator import GENERATIONS, ManualClock, SimulatedMiner

from .common import Session, ask, exchange, read_summary, recorded
from .test_reads import inner, shape


def started(api: str, **more: Any) -> SimulatedMiner:
    """Return a miner of a generation."""
    return SimulatedMiner(api=api, clock=ManualClock(), **more)


async def send(miner: SimulatedMiner, **request: Any) -> dict[str, Any]:
    """Send a request as it is; cgminer ends its answers in NUL."""
    data = await exchange(miner, json.dumps(request).encode())
    found: dict[str, Any] = json.loads(data.rstrip(b"\0"))
    return found


def no_errors(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out error codes, which are not always there."""
    return {
        name: value
        for name, value in fields.items()
        if "Error " not in name or name.endswith("Count")
    }


@pytest.mark.parametrize(
    ("api", "prefix", "key"), [("cgminer", "cgminer", "command"), ("1.4", "v1", "cmd")]
)
@pytest.mark.parametrize("command", ["summary", "edevs", "pools"])
async def test_old_fields(
    socket_enabled: None, api: str, prefix: str, key: str, command: str
) -> None:
    """Fields, their order of types, and the envelope are the recorded ones."""
    async with started(api) as miner:
        miner.machine.factory_errors.append(2310)
        miner.machine.error_codes[205] = miner.clock.now()
        took = recorded(f"{prefix}_{command}")
        answer = await send(miner, **{key: command})
        expected = no_errors(inner(took))
        found = no_errors(inner(answer))
        assert list(found) == list(expected)
        assert shape(found) == shape(expected)
        assert shape(answer["STATUS"][0]) == shape(took["STATUS"][0])
        for name in ("Code", "Description", "Msg"):
            assert answer["STATUS"][0][name] == took["STATUS"][0][name]
        if command == "pools":
            numbers = [pool["POOL"] for pool in answer["POOLS"]]
            assert numbers == [pool["POOL"] for pool in took["POOLS"]]


@pytest.mark.parametrize("api", ["cgminer", "1.4"])
async def test_errors_in_summary(socket_enabled: None, api: str) -> None:
    """Errors are counted in summary, those of the factory apart."""
    async with started(api) as miner:
        miner.machine.error_codes |= dict.fromkeys((110, 111), miner.clock.now())
        miner.machine.factory_errors += [208, 2310]
        fields = inner(await send(miner, command="summary"))
        assert (fields["Error Code Count"], fields["Factory Error Code Count"]) == (
            2,
            2,
        )
        assert (fields["Error Code 1"], fields["Factory Error Code 1"]) == (111, 2310)
        times = [name for name in fields if name.endswith(" Time")]
        assert times == (
            [] if api == "cgminer" else [f"Error {n} Time" for n in range(4)]
        )


async def test_cgminer(socket_enabled: None) -> None:
    """Plain cgminer knows `command` only, joins by `+`, and ends in NUL."""
    async with started("cgminer") as miner:
        refused = await send(miner, cmd="pools+summary+edevs")
        expected = recorded("cgminer_missing_command")
        expected["STATUS"][0]["When"] = int(miner.clock.wall())
        assert refused == expected
        assert (await exchange(miner, b'{"command":"summary"}')).endswith(b"}\0")
        joined = await send(miner, command="summary+pools")
        assert list(joined) == ["summary", "pools", "id"]
        codes = {"stats": 70, "version": 22, "devdetails": 69, "devs": 9}
        for command, code in codes.items():
            assert (await send(miner, command=command))["STATUS"][0]["Code"] == code
        for command in ("get_token", "get_psu", "status", "power_off", "summary+x"):
            status = (await send(miner, command=command))["STATUS"][0]
            assert (status["STATUS"], status["Code"]) == ("E", 14)
        assert (await send(miner, enc=1, data="AAAA"))["STATUS"][0]["Code"] == 24
        data = await exchange(miner, b"summary|", eof=True)
        assert json.loads(data.rstrip(b"\0"))["STATUS"][0]["Code"] == 23


async def test_v1_daemon(socket_enabled: None) -> None:
    """The daemon of 1.4 names itself and knows less."""
    async with started("1.4") as miner:
        miner.machine.power_off()
        answer = await ask(miner, "status")
        took = recorded("v1_status")
        assert answer == took | {"When": answer["When"]}
        psu = (await ask(miner, "get_psu"))["Msg"]
        assert list(psu) == ["name", "hw_version", "sw_version", "model"]
        version = (await ask(miner, "get_version"))["Msg"]
        assert version == {
            "api_ver": "whatsminer v1.4.0",
            "fw_ver": "20220919.15.REL",
        }
        miner.faults.version_text = True
        assert (await ask(miner, "get_version"))["Msg"] == "whatsminer v1.4.0"
        for command in ("get_miner_info", "get_error_code", "stats"):
            answer = await ask(miner, command)
            assert (answer["Code"], answer["Description"]) == (14, "whatsminer v1.4.0")
        assert (await ask(miner, "get_token"))["Code"] == 134
        joined = await ask(miner, "pools+summary+edevs")
        assert list(joined) == ["pools", "summary", "edevs", "id"]


async def test_v1_writes(socket_enabled: None) -> None:
    """1.4 has SSH and another name for the fast boot, and an empty success."""
    async with started("1.4") as miner:
        session = await Session.open(miner)
        answer = await session.run("enable_cgminer_fast_boot")
        assert (answer["Code"], answer["Msg"]) == (131, "")
        assert miner.machine.settings.fast_boot
        assert (await session.run("ssh_open"))["Code"] == 131
        assert miner.machine.settings.ssh
        assert (await session.run("set_target_freq", percent="-11"))["Code"] == 132
        assert (await session.run("set_target_freq", percent="-10"))["Code"] == 131
        for command in (
            "enable_btminer_fast_boot",
            "adjust_power_limit",
            "adjust_upfreq_speed",
            "set_power",
        ):
            assert (await session.run(command))["Code"] == 14


def is_float32(value: float) -> bool:
    """Tell whether a number is one of single precision."""
    return bool(value == unpack("f", pack("f", value))[0])


async def test_compat_summary(socket_enabled: None) -> None:
    """Since 2024-11 summary is in Msg, with float32 and texts for truth."""
    async with started("2.2.2") as miner:
        answer = await ask(miner, "summary")
        assert (answer["STATUS"], answer["Code"]) == ("S", 131)
        fields = answer["Msg"]
        assert list(fields) == list(inner(recorded("manual_2.2_summary")))
        assert fields["Hash Stable"] == "true"
        assert fields["HS RT"] == fields["MHS 1m"]
        assert fields["Target Freq"] == 0
        for name in ("Elapsed", "MHS av", "MHS 1m", "Power", "freq_avg", "Env Temp"):
            assert isinstance(fields[name], float)
            assert is_float32(fields[name])
        assert fields["MHS 1m"] == pytest.approx(181e6, rel=0.03)


@pytest.mark.parametrize("command", ["summary", "edevs", "pools", "get_miner_info"])
async def test_compat_fields(socket_enabled: None, command: str) -> None:
    """The fields are those of an M30S++ of 2025-03, and rejected shares in its units."""
    folder = CAPTURES / "m30spp_vh40_20250321.14.rel_api2.2.x"
    asked = "devs" if command == "edevs" else command
    real = json.loads((folder / f"{asked}.json").read_bytes())
    clock = ManualClock()
    async with SimulatedMiner(api="2.2.2", clock=clock) as miner:
        clock.advance(100_000)
        answer = await ask(miner, command)
        assert list(answer) == list(real)
        assert list(inner(answer)) == list(inner(real))
        if command == "pools":
            pool, total = answer["POOLS"][0], (await ask(miner, "summary"))["Msg"]
            rejected = pool["Rejected"] / (pool["Accepted"] + pool["Rejected"])
            assert rejected > 0
            assert pool["Pool Rejected%"] == pytest.approx(100 * rejected, abs=1e-4)
            assert total["Pool Rejected%"] == pytest.approx(rejected, abs=1e-4)


async def test_compat_mean_power(socket_enabled: None) -> None:
    """Power is a mean of five minutes: it falls slowly."""
    clock = ManualClock()
    async with SimulatedMiner(api="2.2.2", clock=clock) as miner:
        full = (await ask(miner, "summary"))["Msg"]["Power"]
        miner.machine.power_off()
        for low, high in ((0.7, 0.9), (0.4, 0.6), (0.0, 0.2)):
            clock.advance(60 if high == 0.9 else 90 if high == 0.6 else 160)
            fields = (await ask(miner, "summary"))["Msg"]
            assert low * full < fields["Power"] < high * full
        assert fields["Hash Stable"] == "false"
        assert fields["Hash Stable Cost Seconds"] == 0


async def test_compat_reads(socket_enabled: None) -> None:
    """Boards in TH/s, no devdetails, little when joined, the model in get_version."""
    async with started("2.2.2") as miner:
        answer = await ask(miner, "edevs")
        took = recorded("compat_edevs")
        assert shape(inner(answer)) == shape(inner(took))
        assert list(inner(answer)) == list(inner(took))
        assert answer["STATUS"] == took["STATUS"]
        assert answer["DEVS"][0]["MHS 1m"] == pytest.approx(60, rel=0.05)
        refused = await ask(miner, "devdetails")
        assert (refused["Code"], refused["Msg"]) == (132, "This command is deprecated.")
        joined = await ask(miner, "summary+pools")
        summary = joined["summary"][0]
        few = CAPTURES / "unknown_2026_api2.2.x" / "summary_list_tera.json"
        took = json.loads(few.read_bytes())
        assert summary["STATUS"] == took["STATUS"]
        assert list(inner(summary)) == list(inner(took))
        average = (await ask(miner, "summary"))["Msg"]["MHS av"]
        assert inner(summary)["MHS av"] == pytest.approx(average / 1e6, rel=0.01)
        assert joined["pools"][0]["POOLS"] == (await ask(miner, "pools"))["POOLS"]
        version = (await ask(miner, "get_version"))["Msg"]
        assert shape(version) == shape(recorded("manual_2.2_get_version")["Msg"])
        assert version["miner_type"] == "M60S_VK40"
        psu = (await ask(miner, "get_psu"))["Msg"]
        assert shape(psu) == shape(recorded("manual_2.2_get_psu")["Msg"])
        pool = inner(await ask(miner, "pools"))
        assert (pool["POOL"], pool["To Remove"]) == (1, False)
        assert "Stratum URL" not in pool
        info = (await ask(miner, "get_miner_info"))["Msg"]
        assert info["upfreq_speed"] == "0"
        status = (await ask(miner, "status"))["Msg"]
        assert list(status)[-4:] == [
            "fast_mining",
            "fast_hash",
            "liquid_temp",
            "power_pct",
        ]
        assert isinstance(status["liquid_temp"], float)
        assert status["power_pct"] == 100


@pytest.mark.parametrize(
    ("command", "params", "setting", "value"),
    [
        ("set_power", {"power": "3000"}, "power", 3000),
        ("disable_btminer_init", {}, "start_at_boot", False),
        ("enable_btminer_init", {}, "start_at_boot", True),
        ("set_customer_msg", {"key": "msg3", "val": "hi"}, "customer", {"msg3": "hi"}),
        ("set_target_freq", {"percent": "5"}, "target_percent", 5),
    ],
)
async def test_compat_writes(
    socket_enabled: None, command: str, params: dict[str, str], setting: str, value: Any
) -> None:
    """What came with 2.2 is there."""
    async with started("2.2.2") as miner:
        session = await Session.open(miner)
        assert (await session.run(command, **params))["Code"] == 131
        assert getattr(miner.machine.settings, setting) == value


async def test_compat_refusals(socket_enabled: None) -> None:
    """What is not for this machine or not there any more is refused."""
    async with started("2.2.2") as miner:
        session = await Session.open(miner)
        assert (await session.run("pre_power_on"))["Code"] == 14
        assert (await session.run("set_heat_mode", mode="heating"))["Code"] == 132
        assert (await session.run("set_customer_msg", key="msg10"))["Code"] == 132
        await session.run("set_customer_msg", key="CustomerSn", val="S1")
        texts = (await session.run("get_customer_msg"))["Msg"]
        assert (texts["CustomerSn"], texts["msg9"]) == ("S1", "")
    async with started("2.2.2", cooling="hydro") as miner:
        session = await Session.open(miner)
        assert (await session.run("set_heat_mode", mode="anti-icing"))["Code"] == 131
        assert miner.machine.settings.heat_mode == "anti-icing"


async def test_power_watts(socket_enabled: None) -> None:
    """set_power acts at once when tuned; restore_power_pct ends the percentage."""
    clock = ManualClock()
    async with SimulatedMiner(api="2.2.2", clock=clock) as miner:
        session = await Session.open(miner)
        await session.run("set_power", power="2500")
        clock.advance(60)
        assert miner.machine.physics.power == pytest.approx(2500, rel=0.03)
        await session.run("set_power", power="0")
        await session.run("set_power_pct", percent="50")
        clock.advance(20)
        assert miner.machine.physics.power < 2000
        await session.run("restore_power_pct")
        clock.advance(300)
        assert miner.machine.physics.power == pytest.approx(3600, rel=0.03)
        assert miner.machine.hash_stable


async def test_no_start_at_boot(socket_enabled: None) -> None:
    """Without the start at boot the machine stays off after a restart."""
    clock = ManualClock()
    async with SimulatedMiner(api="2.2.2", clock=clock) as miner:
        session = await Session.open(miner)
        await session.run("disable_btminer_init")
        miner.machine.reboot()
        clock.advance(120)
        assert (await ask(miner, "status"))["Msg"]["mineroff"] == "true"


async def test_odd_forms(socket_enabled: None) -> None:
    """Some machines answer in yet other forms."""
    async with started("2.2.2", api_switch=False) as miner:
        faults = miner.faults
        assert (await ask(miner, "get_token"))["Code"] == 134
        faults.token_refused = True
        took = recorded("m63_get_token")
        answer = await ask(miner, "get_token")
        assert {name: answer[name] for name in took} == took
        faults.summary_in_tera = True
        assert (await read_summary(miner))["MHS 1m"] == pytest.approx(181, rel=0.03)
        faults.summary_in_tera = False
        faults.numbers_as_text = True
        answer = await ask(miner, "summary")
        assert answer["Code"] == 131
        assert all(isinstance(value, str) for value in answer["Msg"].values())
        faults.numbers_as_text = False
        faults.unset_limit = "2147483647"
        status = (await ask(miner, "status"))["Msg"]
        assert status["power_limit_set"] == "2147483647"
        faults.psu_unread = True
        assert "vin" not in (await ask(miner, "get_psu"))["Msg"]


@pytest.mark.parametrize("state", ["booting", "ramping", "stopped"])
@pytest.mark.parametrize("api", [name for name in GENERATIONS if name != "3.0.2"])
async def test_every_state(socket_enabled: None, api: str, state: str) -> None:
    """Every generation answers its reads in every state."""
    async with started(api, state=state) as miner:
        for command in ("summary", "edevs", "pools", "devdetails"):
            assert await send(miner, command=command)


def test_unknown_generation() -> None:
    """Only known generations and coolings can be simulated."""
    for wrong in (
        {"api": "4.0"},
        {"cooling": "ice"},
        {"api": "cgminer", "cooling": "hydro"},
    ):
        with pytest.raises(ValueError):
            started(wrong.pop("api", "2.0.5"), **wrong)
