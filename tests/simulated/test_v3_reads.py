"""Read answers of API v3 against recorded ones."""

from typing import Any

import pytest

from tests.simulator import ManualClock, SimulatedMiner

from .common import V3Client, kinds, recorded


def sections(name: str) -> dict[str, Any]:
    """Return the kinds of the recorded fields."""
    found: dict[str, Any] = kinds(recorded(name)["msg"])
    return found


async def test_device_info_m50(dual: SimulatedMiner, client: V3Client) -> None:
    """The whole information has the sections, fields and kinds of the M50."""
    answer = await client.ask("get.device.info")
    expected = recorded("v3_device_info_m50")
    assert list(answer) == list(expected)
    assert list(answer["msg"]) == list(expected["msg"])
    for name, section in expected["msg"].items():
        assert kinds(answer["msg"][name]) == kinds(section)
    for name in ("network", "miner", "system", "power"):
        assert list(answer["msg"][name]) == list(expected["msg"][name])
    assert answer["msg"]["miner"]["hash-board"] == "K40"
    assert answer["msg"]["miner"]["detect-hash-rate"] == "60350:60350:60350"
    assert answer["msg"]["system"]["api"] == "3.0.2"
    power = answer["msg"]["power"]
    assert power["pin"] == pytest.approx(power["vin"] * power["iin"], rel=0.02)


async def test_device_info_m60s(dual: SimulatedMiner, client: V3Client) -> None:
    """The M60S tells less: without its measurements the power supply is the same."""
    dual.faults.psu_unread = True
    found = kinds((await client.ask("get.device.info"))["msg"])
    for name, section in sections("v3_device_info_m60s").items():
        if isinstance(section, dict):
            assert section.items() <= found[name].items()
        else:
            assert section == found[name]
    assert set(found["power"]) == set(sections("v3_device_info_m60s")["power"])


async def test_sections(client: V3Client) -> None:
    """Sections can be asked for, one or several."""
    for param in ("miner", "system", "power", "network", "salt", "error-code"):
        assert list((await client.ask("get.device.info", param))["msg"]) == [param]
    answer = await client.ask("get.device.info", "salt,miner")
    assert set(answer["msg"]) == {"miner", "salt"}
    assert len((await client.ask("get.device.info", None))["msg"]) == 6


async def test_error_forms(dual: SimulatedMiner, client: V3Client) -> None:
    """Errors come as objects with a reason, as texts, or as one text."""
    moment = dual.clock.now()
    dual.machine.error_codes |= dict.fromkeys((264, 265, 266, 267, 270), moment)
    took = recorded("v3_errors")["msg"]["error-code"]
    answer = (await client.ask("get.device.info", "error-code"))["msg"]["error-code"]
    assert [item["reason"] for item in answer] == [item["reason"] for item in took]
    assert [list(item) for item in answer] == [list(item) for item in took]
    dual.machine.missing_boards.add(1)
    dual.faults.v3_errors = "plain"
    answer = await client.ask("get.device.info", "error-code")
    assert answer["msg"]["error-code"][-2:] == ["270", "531"]
    dual.faults.v3_errors = "text"
    answer = await client.ask("get.device.info", "error-code")
    assert answer["msg"]["error-code"] == "btminer process is down err"


@pytest.mark.parametrize(
    ("param", "name"),
    [
        ("summary", "manual_3_summary"),
        ("summary", "v3_summary"),
        ("pools", "v3_pools"),
        ("edevs", "v3_edevs"),
    ],
)
async def test_status(client: V3Client, param: str, name: str) -> None:
    """Each section has at least the recorded fields, in the recorded kinds."""
    answer = await client.ask("get.miner.status", param)
    assert list(answer["msg"]) == [param]
    found, took = kinds(answer["msg"][param]), sections(name)[param]
    if isinstance(took, list):
        found, took = found[0], took[0]
    assert took.items() <= found.items()


async def test_status_values(dual: SimulatedMiner, client: V3Client) -> None:
    """Hash rates are in TH/s, and all sections can be had at once."""
    msg = (await client.ask("get.miner.status", "summary+pools+edevs"))["msg"]
    summary = msg["summary"]
    assert summary["factory-hash"] == pytest.approx(181.05)
    assert summary["hash-1min"] == pytest.approx(181, rel=0.03)
    assert summary["power-rate"] == pytest.approx(
        summary["power-realtime"] / summary["hash-1min"], rel=0.01
    )
    assert [pool["id"] for pool in msg["pools"]] == [1, 2, 3]
    assert "accepted" not in msg["pools"][0]
    assert [board["slot"] for board in msg["edevs"]] == [0, 1, 2]
    assert msg["edevs"][0]["effective-chips"] == 225
    dual.machine.settings.power_limit = 3000
    dual.machine.restart(limit_changed=True)
    dual.faults.v3_down = "zeros"
    summary = (await client.ask("get.miner.status", "summary"))["msg"]["summary"]
    assert summary["power-limit"] == 0


async def test_down(dual: SimulatedMiner, client: V3Client, clock: ManualClock) -> None:
    """Without the mining process there is a text, or zeros on other machines."""
    dual.machine.power_off()
    clock.advance(400)
    down = "btminer process is down err"
    answer = await client.ask("get.miner.status", "summary")
    assert (answer["code"], answer["msg"]) == (0, {"summary": down})
    answer = await client.ask("get.miner.status", "pools")
    assert (answer["code"], answer["msg"]) == (-1, down)
    info = (await client.ask("get.device.info"))["msg"]
    assert info["miner"]["working"] == "false"
    assert info["error-code"] == down
    dual.faults.v3_down = "zeros"
    msg = (await client.ask("get.miner.status", "summary+pools"))["msg"]
    assert msg["summary"]["hash-realtime"] == msg["summary"]["power-limit"] == 0
    assert msg["summary"]["elapsed"] > 400
    assert msg["summary"]["power-5min"] == pytest.approx(13.5, abs=1)
    assert not any(pool["stratum-active"] for pool in msg["pools"])


async def test_odd_values(dual: SimulatedMiner, client: V3Client) -> None:
    """Unknown values, missing and more fields, numbers as text."""
    faults = dual.faults
    faults.v3_rating_unknown = faults.v3_detect_unknown = faults.v3_btrom = True
    faults.v3_omit = {"power.mode", "summary.target-freq", "error-code"}
    faults.unset_limit = "2147483647"
    info = (await client.ask("get.device.info"))["msg"]
    assert info["miner"]["detect-hash-rate"] == "-1:-1:-1"
    assert info["miner"]["power-limit-set"] == "2147483647"
    assert info["system"]["btrom"] == "1"
    assert "mode" not in info["power"]
    assert "error-code" not in info
    summary = (await client.ask("get.miner.status", "summary"))["msg"]["summary"]
    assert summary["factory-hash"] == -0.003
    assert "target-freq" not in summary
    faults.numbers_as_text = True
    answer = await client.ask("get.miner.status", "summary")
    assert answer["code"] == 0
    assert answer["msg"]["summary"]["factory-hash"] == "-0.003"
    assert all(
        isinstance(t, str) for t in answer["msg"]["summary"]["board-temperature"]
    )


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("get.system.setting", "v3_system_setting"),
        ("get.fan.setting", "manual_3_fan_setting"),
        ("get.device.custom_data", "manual_3_custom_data"),
    ],
)
async def test_settings(client: V3Client, command: str, name: str) -> None:
    """Settings have the recorded or documented fields and kinds."""
    answer = await client.ask(command)
    assert kinds(answer) == kinds(recorded(name))
    if command == "get.system.setting":
        assert answer["msg"] == recorded(name)["msg"]


async def test_miner_setting(dual: SimulatedMiner, client: V3Client) -> None:
    """The miner's settings."""
    settings = dual.machine.settings
    settings.power_limit, settings.upfreq_speed, settings.fast_boot = 3000, 7, True
    dual.machine.physics.set_percent(80, fast=False)
    assert (await client.ask("get.miner.setting"))["msg"] == {
        "power-limit": 3000,
        "upfreq-speed": 7,
        "power-mode": "normal",
        "fast-boot": "enable",
        "fast-hash": "disable",
        "target-freq": 0,
        "power-percent": 80,
    }


async def test_history(client: V3Client, clock: ManualClock) -> None:
    """The past of at most a day, as text; numbers may be texts."""
    clock.advance(3600)
    end = int(clock.wall())
    answer = await client.ask(
        "get.miner.history", {"begin": str(end - 1800), "end": str(end)}
    )
    records = [record.split(",") for record in answer["msg"].split()]
    assert 5 <= len(records) <= 7
    for epoch, rate, power in records:
        assert end - 1800 <= int(epoch) <= end
        assert float(rate) == pytest.approx(181, rel=0.05)
        assert int(power) == pytest.approx(3600, rel=0.05)
    for wrong in ({"begin": end - 86401, "end": end}, {"begin": end}, "x", None):
        assert (await client.ask("get.miner.history", wrong))["code"] == -1


@pytest.mark.parametrize("state", ["booting", "ramping", "hashing", "stopped"])
@pytest.mark.parametrize("down", ["text", "zeros"])
async def test_every_state(socket_enabled: None, state: str, down: Any) -> None:
    """Everything is answered in every state."""
    clock = ManualClock()
    async with SimulatedMiner(api="3.0.2", clock=clock, state=state) as miner:
        miner.faults.v3_down = down
        async with V3Client.open(miner) as client:
            for command in ("get.device.info", "get.miner.setting"):
                assert (await client.ask(command))["code"] == 0
            answer = await client.ask("get.miner.status", "summary+edevs")
            assert answer["code"] == 0
