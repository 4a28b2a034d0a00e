"""Write commands: what they do, what they refuse, who may give them."""

import gzip
import json
from typing import Any

import pytest

from tests.simulator import ManualClock, Phase, SimulatedMiner
from tests.simulator.v2_commands import WRITES

from .common import Session, ask, exchange, pad_nul, read_summary, seal

POOLS = {
    "pool1": "stratum+tcp://a.example.com:1",
    "worker1": "w.1",
    "passwd1": "secret",
    "pool2": "",
    "worker2": "",
    "passwd2": "",
    "pool3": "stratum+tcp://c.example.com:3",
    "worker3": "w.3",
    "passwd3": "x",
}
STATIC = {"ip": "10.0.0.9", "mask": "255.0.0.0", "gate": "10.0.0.1", "dns": "10.0.0.2"}


@pytest.mark.parametrize(
    ("command", "params", "setting", "value"),
    [
        ("adjust_power_limit", {"power_limit": "2500"}, "power_limit", 2500),
        ("adjust_power_limit", {"power_limit": 2500}, "power_limit", 2500),
        ("adjust_power_limit", {"power_limit": "99999"}, "power_limit", None),
        ("adjust_power_limit", {"power_limit": "0"}, "power_limit", 0),
        ("set_target_freq", {"percent": "-20"}, "target_percent", -20),
        ("enable_btminer_fast_boot", {}, "fast_boot", True),
        ("disable_btminer_fast_boot", {}, "fast_boot", False),
        ("adjust_upfreq_speed", {"upfreq_speed": "9"}, "upfreq_speed", 9),
        ("set_temp_offset", {"temp_offset": "-30"}, "temp_offset", -30),
        ("set_poweroff_cool", {"poweroff_cool": "1"}, "poweroff_cool", True),
        ("set_poweroff_cool", {"poweroff_cool": 1}, "poweroff_cool", True),
        ("set_fan_zero_speed", {"fan_zero_speed": "1"}, "fan_zero_speed", True),
        ("enable_web_pools", {}, "web_pools", True),
        ("disable_web_pools", {}, "web_pools", False),
        ("set_led", {"param": "auto"}, "led", "auto"),
        (
            "load_log",
            {"ip": "10.0.0.5", "port": "514", "proto": "udp"},
            "log_upload",
            ("10.0.0.5", 514, "udp"),
        ),
        (
            "set_zone",
            {"timezone": "CET-1", "zonename": "Europe/Rome"},
            "pending",
            {"timezone": "CET-1", "zonename": "Europe/Rome"},
        ),
    ],
)
async def test_settings(
    session: Session, command: str, params: dict[str, Any], setting: str, value: object
) -> None:
    """Settings are kept; numbers may be text or JSON numbers."""
    answer = await session.run(command, **params)
    assert (answer["Code"], answer["Msg"]) == (131, "API command OK")
    assert getattr(session.miner.machine.settings, setting) == value


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("adjust_power_limit", {}),
        ("adjust_power_limit", {"power_limit": "-1"}),
        ("adjust_power_limit", {"power_limit": "100000"}),
        ("adjust_power_limit", {"power_limit": "3301"}),
        ("adjust_power_limit", {"power_limit": "many"}),
        ("adjust_power_limit", {"power_limit": True}),
        ("adjust_power_limit", {"power_limit": 2500.5}),
        ("set_target_freq", {"percent": "1"}),
        ("set_target_freq", {"percent": "-101"}),
        ("set_power_pct", {"percent": "101"}),
        ("set_power_pct_v2", {"percent": "-1"}),
        ("adjust_upfreq_speed", {"upfreq_speed": "10"}),
        ("set_temp_offset", {"temp_offset": "1"}),
        ("set_temp_offset", {"temp_offset": "-31"}),
        ("set_poweroff_cool", {"poweroff_cool": "2"}),
        ("set_fan_zero_speed", {}),
        ("power_off", {"respbefore": "maybe"}),
        ("set_led", {"param": "manual"}),
        ("set_led", {"color": "blue", "period": 1, "duration": 1, "start": 0}),
        ("set_led", {"color": "red", "period": 1, "duration": 1}),
        ("update_pwd", {"old": "admin", "new": "ninechars"}),
        ("update_pwd", {"old": "admin", "new": "no good"}),
        ("update_pwd", {"old": "admin", "new": ""}),
        ("update_pwd", {"old": "wrong", "new": "good_1"}),
        ("net_config", {"param": "static"}),
        ("net_config", {**STATIC, "gate": "10.0.0"}),
        ("net_config", {**STATIC, "dns": "10.0.0.2 nonsense"}),
        ("set_hostname", {}),
        ("set_zone", {"timezone": "CET-1"}),
        ("load_log", {"ip": "10.0.0.5", "port": "514", "proto": "icmp"}),
        ("load_log", {"ip": "10.0.0.5", "port": "0", "proto": "tcp"}),
        ("pre_power_on", {"complete": "true", "msg": "hurry up"}),
        ("pre_power_on", {"complete": "false", "msg": "wait for adjust temp"}),
        ("update_firmware", {}),
    ],
)
async def test_refused(session: Session, command: str, params: dict[str, Any]) -> None:
    """What is missing or out of range is 132 and changes nothing."""
    before = repr(session.miner.machine.settings)
    answer = await session.run(command, **params)
    assert answer["STATUS"] == "E"
    assert (answer["Code"], answer["Msg"]) == (132, "API command ERROR")
    assert repr(session.miner.machine.settings) == before
    assert session.miner.machine.phase is Phase.HASHING


async def test_pools(session: Session) -> None:
    """Pools are switched at once; all nine parameters are wanted."""
    short = {key: value for key, value in POOLS.items() if key != "passwd3"}
    answer = await session.run("update_pools", **short)
    assert (answer["Code"], answer["Msg"]) == (132, "API parse pools param error")
    await session.run("update_pools", **POOLS)
    pools = (await ask(session.miner, "pools"))["POOLS"]
    assert [(pool["POOL"], pool["URL"], pool["User"]) for pool in pools] == [
        (1, POOLS["pool1"], "w.1"),
        (2, POOLS["pool3"], "w.3"),
    ]
    assert pools[0]["Stratum Active"]
    assert session.miner.machine.phase is Phase.HASHING
    await session.run("update_pools", **dict.fromkeys(POOLS, ""))
    assert (await ask(session.miner, "pools"))["POOLS"] == []
    codes = (await ask(session.miner, "get_error_code"))["Msg"]["error_code"]
    assert list(codes[0]) == ["2000"]


async def test_led(session: Session) -> None:
    """One colour per call, both stay; auto takes both back."""
    led = {"period": 200, "duration": 100, "start": 0}
    await session.run("set_led", color="red", **led)
    await session.run("set_led", color="green", **led)
    info = (await ask(session.miner, "get_miner_info"))["Msg"]
    assert info["ledstat"] == "1,200,100,0 0,200,100,0 "
    await session.run("set_led", param="auto")
    assert (await ask(session.miner, "get_miner_info"))["Msg"]["ledstat"] == "auto"


async def test_power_off_answer(session: Session, clock: ManualClock) -> None:
    """With respbefore "false" the answer is late or missing."""
    assert (await session.run("power_off", respbefore="false"))["Code"] == 131
    assert session.miner.machine.mineroff
    await session.run("power_on")
    clock.advance(10)
    assert (await ask(session.miner, "status"))["Msg"]["mineroff"] == "false"
    session.miner.faults.late_seconds = None
    assert await session.send("power_off", respbefore="false") == b""
    assert (await ask(session.miner, "status"))["Msg"]["mineroff"] == "true"


@pytest.mark.parametrize("mode", ["Low", "Normal", "High"])
async def test_power_mode(session: Session, clock: ManualClock, mode: str) -> None:
    """A change of the power mode restarts and usually gets no answer."""
    assert await session.send(f"set_{mode.lower()}_power") == b""
    miner = session.miner
    assert miner.machine.phase is Phase.RESTARTING
    assert (await read_summary(miner))["Power Mode"] == mode
    assert (await ask(miner, "status"))["Msg"]["power_mode"] == mode.lower()
    clock.advance(120)
    limit = {"Low": 2640, "Normal": 3300, "High": 3630}[mode]
    assert (await read_summary(miner))["Power Limit"] == limit


async def test_power_limit(session: Session, clock: ManualClock) -> None:
    """The limit reads 0 for a while, then it is there; status of 2024 shows it."""
    assert (await session.run("adjust_power_limit", power_limit="2500"))["Code"] == 131
    fields = await read_summary(session.miner)
    assert (fields["Power Limit"], fields["MHS 5s"]) == (0, 0)
    clock.advance(55)
    assert (await read_summary(session.miner))["Power Limit"] == 0
    clock.advance(40)
    assert (await read_summary(session.miner))["Power Limit"] == 2500


async def test_power_percent(session: Session, clock: ManualClock) -> None:
    """It needs finished tuning."""
    assert (await session.run("set_power_pct", percent="50"))["Code"] == 131
    clock.advance(5)
    assert (await read_summary(session.miner))["Power"] < 2000
    assert (await session.run("set_power_pct_v2", percent=100))["Code"] == 131
    await session.run("restart_btminer")
    assert (await session.run("set_power_pct", percent="50"))["Code"] == 132


async def test_reboot(session: Session, clock: ManualClock) -> None:
    """No answer, a minute away, token and waiting settings done."""
    miner = session.miner
    await session.run("set_hostname", hostname="garage")
    await session.run("set_zone", timezone="UTC0", zonename="UTC")
    info = (await ask(miner, "get_miner_info"))["Msg"]
    assert info["hostname"] == "WhatsMiner"
    assert await session.send("reboot") == b""
    with pytest.raises(ConnectionError):
        await ask(miner, "status")
    clock.advance(60)
    assert (await ask(miner, "get_miner_info"))["Msg"]["hostname"] == "garage"
    assert miner.machine.settings.utc_offset == 0
    assert json.loads(await session.send("power_off"))["Code"] == 135


async def test_net_config(session: Session, clock: ManualClock) -> None:
    """Network settings show after the restart."""
    miner = session.miner
    assert (await session.run("net_config", **STATIC, host="attic"))["Code"] == 131
    clock.advance(60)
    info = (await ask(miner, "get_miner_info"))["Msg"]
    assert (info["proto"], info["ip"], info["hostname"]) == (
        "static",
        "10.0.0.9",
        "attic",
    )
    session = await Session.open(miner)
    assert (await session.run("net_config", param="dhcp"))["Code"] == 131
    assert miner.machine.settings.network.proto == "dhcp"


async def test_factory_reset(session: Session, clock: ManualClock) -> None:
    """Password, permissions, pools, mode and limit are back to the beginning."""
    miner = session.miner
    await session.run("update_pwd", old="admin", new="Secret_1")
    session = await Session.open(miner, "Secret_1")
    await session.run("adjust_power_limit", power_limit="2500")
    assert (await session.run("factory_reset"))["Code"] == 131
    clock.advance(120)
    assert miner.tokens.salt == "BQ5hoXV9"
    assert (await ask(miner, "pools"))["POOLS"] == []
    assert miner.machine.settings.power_limit is None
    assert (await ask(miner, "get_miner_info"))["Msg"]["ip"] == miner.host
    session = await Session.open(miner, "admin")
    assert (await session.run("power_off"))["Code"] == 45


async def test_pre_power_on(session: Session, clock: ManualClock) -> None:
    """Warming up is to be asked again and again until complete."""
    params = {"complete": "false", "msg": "wait for adjust temp"}
    await session.run("power_off")
    assert (await session.run("pre_power_on", **params))["Msg"]["complete"] == "false"
    clock.advance(61)
    assert (await session.run("pre_power_on", **params))["Msg"]["complete"] == "true"


async def test_download_logs(session: Session) -> None:
    """The size comes first, then the file on the same connection."""
    data = await session.send("download_logs")
    end = data.index(b"}") + 1
    size = int(session.unseal(data[:end])["Msg"]["logfilelen"])
    assert len(data) - end == size
    assert b"pretend log" in gzip.decompress(data[end:])


@pytest.mark.parametrize(
    "command",
    [
        "set_power",
        "restore_power_pct",
        "set_heat_mode",
        "disable_btminer_init",
        "enable_btminer_init",
        "set_customer_msg",
        "set_fast_mining",
        "ssh_open",
        "enable_cgminer_fast_boot",
    ],
)
async def test_other_generations(session: Session, command: str) -> None:
    """Commands of older and newer firmware are unknown, in the envelope."""
    assert (await session.run(command))["Code"] == 14


@pytest.mark.parametrize("command", WRITES)
async def test_no_permission(socket_enabled: None, command: str) -> None:
    """Without permission every write is 45, encrypted; in plain text always."""
    clock = ManualClock()
    async with SimulatedMiner(clock=clock, default_password=True) as miner:
        session = await Session.open(miner)
        answer = await session.run(command)
        assert (answer["Code"], answer["Msg"]) == (45, "can't access write cmd")
        miner.device.default_password = False
        answer = await ask(miner, command, token=session.sign)
        assert answer["Code"] == 45
        assert miner.machine.phase is Phase.HASHING


async def test_bad_envelopes(session: Session, clock: ManualClock) -> None:
    """Errors around the envelope are plain."""
    miner = session.miner
    cases = [
        (b'{"enc":1,"data":"@@@@"}', 137),
        (b'{"enc":1,"data":"AAAA"}', 23),
        (b'{"enc":1,"data":""}', 23),
        (b'{"enc":1}', 23),
        (seal(session.aes_key, pad_nul(b"[1]")), 23),
        (seal(bytes(32), pad_nul(b'{"cmd":"power_off"}')), 23),
        (seal(session.aes_key, pad_nul(b'{"cmd":"power_off"}')), 135),
    ]
    for request, code in cases:
        answer = json.loads(await exchange(miner, request))
        assert (answer["STATUS"], answer["Code"]) == ("E", code)
    miner.faults.encrypt_token_error = True
    session.sign = "wrong"
    assert (await session.run("power_off"))["Msg"] == "check token err"
    assert miner.machine.phase is Phase.HASHING


async def test_log_keeps_no_secrets(session: Session) -> None:
    """Requests are noted without passwords and tokens."""
    await session.run("update_pools", **POOLS)
    await session.run("update_pwd", old="admin", new="geheim_1")
    told = "\n".join(request.describe() for request in session.miner.log)
    for secret in ("geheim_1", "admin", "secret", session.sign):
        assert secret not in told
    assert "update_pools [encrypted] pool1='stratum+tcp://a.example.com:1'" in told
    assert session.miner.log.requests[-1].params == {}
