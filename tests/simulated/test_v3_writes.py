"""Write commands of API v3: what they do and what they refuse."""

import json
from typing import Any

import pytest

from tests.simulator import ManualClock, Phase, SimulatedMiner
from tests.simulator.faults import PercentForm

from .common import V3Client

LEDS = [
    {"color": "red", "period": 200, "duration": 100, "start": 0},
    {"color": "green", "period": 200, "duration": 150, "start": 0},
]
ZONE = {"timezone": "CET-1", "zonename": "Europe/Rome"}
STATIC = {
    "ip": "10.0.0.9",
    "netmask": "255.0.0.0",
    "gateway": "10.0.0.1",
    "dns": "10.0.0.2",
}


@pytest.mark.parametrize(
    ("command", "param", "setting", "value"),
    [
        ("set.miner.service", "disable", "start_at_boot", False),
        ("set.miner.service", "enable", "start_at_boot", True),
        ("set.miner.power_mode", "low", "power_mode", "Low"),
        ("set.miner.power_mode", "high", "power_mode", "High"),
        ("set.miner.power_limit", 3000, "power_limit", 3000),
        ("set.miner.power_limit", "3000", "power_limit", 3000),
        ("set.miner.power_limit", 99999, "power_limit", None),
        ("set.miner.power", 3100, "power", 3100),
        ("set.miner.target_freq", -20, "target_percent", -20),
        ("set.miner.upfreq_speed", 10, "upfreq_speed", 10),
        ("set.miner.fastboot", "enable", "fast_boot", True),
        ("set.miner.fastboot", "disable", "fast_boot", False),
        ("set.miner.fast_hash", 1, "fast_hash", True),
        ("set.miner.cointype", {"cointype": "BCH"}, "cointype", "BCH"),
        ("set.system.led", LEDS, "led", "1,200,150,0 0,200,100,0 "),
        ("set.system.led", json.dumps(LEDS), "led", "1,200,150,0 0,200,100,0 "),
        ("set.system.led", "auto", "led", "auto"),
        (
            "set.system.hostname",
            {"hostname": "attic"},
            "pending",
            {"hostname": "attic"},
        ),
        ("set.system.timezone", ZONE, "pending", ZONE),
        ("set.system.timezone", json.dumps(ZONE), "pending", ZONE),
        ("set.system.ntp_server", "a.org,b.org", "ntp_servers", ["a.org", "b.org"]),
        ("set.system.time_randomized", {"start": 9, "stop": 120}, "random_stop", 120),
        ("set.system.webpools", "disable", "web_pools", False),
        (
            "set.log.upload",
            {"ip": "10.0.0.5", "port": "4001", "proto": "udp"},
            *("log_upload", ("10.0.0.5", 4001, "udp")),
        ),
        (
            "set.device.custom_data",
            {"key": "CustomerSn", "value": "S1"},
            *("customer", {"CustomerSn": "S1"}),
        ),
        ("set.fan.poweroff_cool", 1, "poweroff_cool", True),
        ("set.fan.zero_speed", 1, "fan_zero_speed", True),
        ("set.fan.temp_offset", -10, "temp_offset", -10),
    ],
)
async def test_settings(
    dual: SimulatedMiner,
    client: V3Client,
    command: str,
    param: Any,
    setting: str,
    value: Any,
) -> None:
    """Settings are kept; objects may be JSON in a string."""
    answer = await client.run(command, param)
    assert (answer["code"], answer["msg"], answer["desc"]) == (0, "ok", command)
    assert getattr(dual.machine.settings, setting) == value


@pytest.mark.parametrize(
    ("command", "param"),
    [
        ("set.miner.service", "pause"),
        ("set.miner.service", None),
        ("set.miner.power_mode", "Low"),
        ("set.miner.power_limit", 100000),
        ("set.miner.power_limit", 3601),
        ("set.miner.power_limit", None),
        ("set.miner.power_percent", {"percent": "101", "mode": "fast"}),
        ("set.miner.power_percent", {"percent": "50", "mode": "slow"}),
        ("set.miner.power_percent", {"percent": 50, "mode": "fast"}),
        ("set.miner.power_percent", '{"percent": "50", "mode": "fast"}'),
        ("set.miner.power_percent", "50"),
        ("set.miner.power_percent", "no json"),
        ("set.miner.target_freq", 1),
        ("set.miner.upfreq_speed", 11),
        ("set.miner.fastboot", True),
        ("set.miner.fast_hash", 2),
        ("set.miner.heat_mode", "heating"),
        ("set.miner.cointype", {"cointype": "DOGE"}),
        ("set.miner.pools", []),
        ("set.miner.report", {}),
        ("set.system.led", "blink"),
        ("set.system.led", [{"color": "blue"}]),
        ("set.system.net_config", "static"),
        ("set.system.net_config", {"ip": "10.0.0.9"}),
        ("set.system.hostname", {}),
        ("set.system.ntp_server", ""),
        ("set.system.time_randomized", {"start": 121, "stop": 0}),
        ("set.log.upload", {"ip": "x", "port": "1", "proto": "tcp"}),
        ("set.device.custom_data", {"key": "msg10", "value": ""}),
        ("set.device.custom_data", {"key": "msg1", "value": "x" * 128}),
        ("set.fan.temp_offset", 1),
    ],
)
async def test_refused(
    dual: SimulatedMiner, client: V3Client, command: str, param: Any
) -> None:
    """What is missing or out of range is -1 and changes nothing."""
    before = repr(dual.machine.settings)
    answer = await client.run(command, param)
    assert answer["code"] == -1
    assert answer["msg"] in {"fail", "invalid param", "percent must be a string"}
    assert repr(dual.machine.settings) == before
    assert dual.machine.phase is Phase.HASHING


async def test_service(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """Mining is stopped, started and restarted."""
    await client.run("set.miner.service", "stop")
    assert dual.machine.mineroff
    assert dual.machine.off_reason == "by whatsminer api"
    clock.advance(15)
    await client.run("set.miner.service", "start")
    clock.advance(10)
    assert dual.machine.mining_up
    await client.run("set.miner.service", "restart")
    assert dual.machine.phase is Phase.RESTARTING


async def test_pools(dual: SimulatedMiner, client: V3Client) -> None:
    """Up to three pools, encrypted; both paddings are taken."""
    command = "set.miner.pools"
    pools = [
        {"pool": f"stratum+tcp://{n}.org:1", "worker": f"w.{n}", "passwd": "secret"}
        for n in range(4)
    ]
    for zeros in (False, True):
        for count in (1, 3):
            data = client.sealed(command, pools[:count], zeros=zeros)
            assert (await client.run(command, data))["code"] == 0
            kept = dual.machine.settings.pools
            assert [pool.user for pool in kept] == ["w.0", "w.1", "w.2"][:count]
    assert (await client.run(command, client.sealed(command, pools)))["code"] == -1
    shown = (await client.ask("get.miner.status", "pools"))["msg"]["pools"]
    assert shown[0]["url"] == "stratum+tcp://0.org:1"
    assert "secret" not in "\n".join(request.describe() for request in dual.log)


async def test_power_percent(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """A percentage acts at once, while mining is tuned and in the modes that allow it."""
    command = "set.miner.power_percent"
    param = {"percent": "50", "mode": "fast"}
    assert (await client.run(command, param))["code"] == 0
    clock.advance(5)
    assert dual.machine.physics.power < 2200
    dual.machine.settings.power_mode = "High"
    slow = {"percent": "60", "mode": "normal"}
    assert (await client.run(command, slow))["code"] == -1
    dual.machine.settings.power_mode = "Low"
    assert (await client.run(command, slow))["code"] == 0
    await client.run("set.miner.service", "restart")
    answer = await client.run(command, param)
    assert (answer["code"], answer["msg"]) == (-1, "fail")


@pytest.mark.parametrize("form", ["text", "number", "json"])
async def test_form_of_power_percent(
    dual: SimulatedMiner, client: V3Client, form: PercentForm
) -> None:
    """One form is taken, as MicroBT's mock takes only text in an object."""
    dual.faults.percent_form = form
    forms: dict[str, Any] = {
        "text": {"percent": "50", "mode": "fast"},
        "number": {"percent": 50, "mode": "fast"},
        "json": '{"percent": "50", "mode": "fast"}',
    }
    for name, param in forms.items():
        answer = await client.run("set.miner.power_percent", param)
        assert answer["code"] == (0 if name == form else -1)
        if (form, name) == ("text", "number"):
            assert answer["msg"] == "percent must be a string"


@pytest.mark.parametrize("mode", ["fast", "normal"])
async def test_power_percent_above_hundred(mode: str) -> None:
    """Machines that are cooled by liquid take up to 200."""
    for cooling, most in (("air", 100), ("hydro", 200)):
        async with (
            SimulatedMiner(api="3.0.2", cooling=cooling) as miner,
            V3Client.open(miner) as client,
        ):
            for percent, code in ((most, 0), (most + 1, -1)):
                param = {"percent": str(percent), "mode": mode}
                answer = await client.run("set.miner.power_percent", param)
                assert answer["code"] == code


async def test_power(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """A power acts at once when tuned, else from the next start."""
    await client.run("set.miner.power", 2500)
    clock.advance(60)
    assert dual.machine.physics.power == pytest.approx(2500, rel=0.03)
    await client.run("set.miner.service", "restart")
    clock.advance(120)
    await client.run("set.miner.power", 3000)
    clock.advance(2400)
    assert dual.machine.physics.power == pytest.approx(2500, rel=0.03)
    await client.run("set.miner.service", "restart")
    clock.advance(2400)
    assert dual.machine.physics.power == pytest.approx(3000, rel=0.03)


async def test_network(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """New network settings restart the machine."""
    assert (await client.run("set.system.net_config", STATIC))["code"] == 0
    clock.advance(60)
    async with V3Client.open(dual) as again:
        network = (await again.ask("get.device.info", "network"))["msg"]["network"]
        assert (network["ip"], network["proto"]) == ("10.0.0.9", "static")
        assert (await again.run("set.system.net_config", "dhcp"))["code"] == 0
    assert dual.machine.settings.network.proto == "dhcp"


async def test_restore(dual: SimulatedMiner, client: V3Client) -> None:
    """The miner's settings go back, the pools stay."""
    await client.run("set.miner.fastboot", "enable")
    await client.run("set.miner.power", 3000)
    assert (await client.run("set.miner.restore_setting"))["code"] == 0
    settings = dual.machine.settings
    assert (settings.fast_boot, settings.power, len(settings.pools)) == (False, None, 3)


async def test_factory_reset(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """Passwords, permissions, switch and pools are back to the beginning."""
    dual.users.set_password("super", "Other_1")
    dual.users.permissions["user1"] = {"set.miner.service"}
    client.password, client.salt = "Other_1", dual.users.salt
    assert (await client.run("set.system.factory_reset"))["code"] == 0
    clock.advance(60)
    assert dual.users.passwords["super"] == "super"
    assert dual.users.masks() == "super=255 user1=0 user2=0 user3=0"
    assert dual.machine.settings.pools == []
    async with V3Client.open(dual) as again:
        assert (await again.run("set.miner.service", "stop"))["code"] == -4
