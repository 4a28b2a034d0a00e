"""Read answers against recorded ones: the same fields of the same types."""

import json
from typing import Any

import pytest

from tests.simulator import Faults, ManualClock, SimulatedMiner

from .common import Session, ask, exchange, read_summary, recorded

NUMBER = (int, float)


def shape(fields: dict[str, Any]) -> dict[str, str]:
    """Return the JSON type of each field."""
    return {name: type(value).__name__ for name, value in fields.items()}


def inner(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the first item of an answer's list, or its Msg."""
    for name, value in answer.items():
        if name not in {"STATUS", "Msg"} and isinstance(value, list):
            found: dict[str, Any] = value[0]
            return found
    msg: dict[str, Any] = answer["Msg"]
    return msg


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("summary", {"Upfreq Complete": "int"}),
        ("edevs", {}),
        ("pools", {}),
        ("devdetails", {}),
        ("get_psu", {}),
        ("get_version", {}),
        (
            "get_miner_info",
            {"hostname": "str", "minersn": "str", "powersn": "str"},
        ),
    ],
)
async def test_fields_of_the_manual(
    socket_enabled: None, command: str, more: dict[str, str]
) -> None:
    """Firmware of 2022 answers with the fields of the 2.0.5 manual."""
    clock = ManualClock()
    async with SimulatedMiner(
        clock=clock, model="M30S+VE40", firmware="20220125.13.Rel"
    ) as miner:
        expected = shape(inner(recorded(f"manual_2.0.5_{command}")))
        answer = await ask(miner, command)
        assert shape(inner(answer)) == expected | more
        if command in {"summary", "edevs", "pools"}:
            assert answer["STATUS"] == [
                {"STATUS": "S", "Msg": answer["STATUS"][0]["Msg"]}
            ]
            assert answer["id"] == 1
        elif command != "devdetails":
            assert list(answer) == ["STATUS", "When", "Code", "Msg", "Description"]
            assert answer["Code"] == 131
            assert answer["When"] == clock.wall()


async def test_devs_is_edevs(miner: SimulatedMiner) -> None:
    """Both give the boards; 2023's firmware says Factory GHS."""
    answer = await ask(miner, "edevs")
    assert answer == await ask(miner, "devs")
    assert answer["STATUS"][0]["Msg"] == "3 ASC(s)"
    assert [board["Slot"] for board in answer["DEVS"]] == [0, 1, 2]
    for board in answer["DEVS"]:
        assert board["Factory GHS"] == 42000
        assert board["Effective Chips"] == 135
        assert board["Status"] == "Alive"


async def test_summary_while_starting(socket_enabled: None, clock: ManualClock) -> None:
    """Soon after the start the fields and numbers are the recorded ones."""
    async with SimulatedMiner(clock=clock, state="booting") as miner:
        fields = await read_summary(miner)
        assert fields["Elapsed"] == 0
        clock.advance(27)
        clock.advance(20)
        fields = await read_summary(miner)
        booting = inner(recorded("starting_summary"))
        assert set(fields) == set(booting)
        for name in booting:
            if name.startswith(("MHS", "Chip Temp", "Fan Speed", "HS RT", "Total")):
                assert fields[name] == booting[name]
        assert fields["Upfreq Complete"] == 0
        assert fields["Target Freq"] == 360
        assert fields["Power"] == pytest.approx(262, abs=60)


async def test_summary_while_off(miner: SimulatedMiner, clock: ManualClock) -> None:
    """Off looks as a mock has it."""
    miner.machine.power_off()
    clock.advance(300)
    fields = await read_summary(miner)
    mock = inner(recorded("mock_suspended_summary"))
    for name in ("Power", "Power Limit", "freq_avg", "Target MHS", "MHS av", "HS RT"):
        assert fields[name] == pytest.approx(mock[name], abs=1)
    boards = (await ask(miner, "edevs"))["DEVS"]
    assert {board["Status"] for board in boards} == {"Initialising"}
    assert {board["Effective Chips"] for board in boards} == {0}
    psu = (await ask(miner, "get_psu"))["Msg"]
    assert (psu["enable"], psu["iin"]) == ("0", "0")
    assert psu["pin"] in {"13", "14"}
    assert int(psu["vin"]) > 20000
    msg = (await ask(miner, "status"))["Msg"]
    assert msg["mineroff"] == "true"
    assert msg["mineroff_reason"] == "by whatsminer api"
    # The zone is CST-8, eight hours ahead.
    assert msg["mineroff_time"] == "2023-11-15 06:13:20"
    assert not any(
        pool["Stratum Active"] for pool in (await ask(miner, "pools"))["POOLS"]
    )


@pytest.mark.parametrize(
    ("firmware", "name", "fields"),
    [
        ("20230208.18.Rel", "status_20230208", None),
        (
            "20230803.11.REL",
            None,
            [
                "mineroff",
                "mineroff_reason",
                "mineroff_time",
                "FirmwareVersion",
                "power_mode",
                "hash_percent",
            ],
        ),
        ("20240924.14.Rel", "status_20240924", None),
    ],
)
async def test_status_forms(
    socket_enabled: None, firmware: str, name: str | None, fields: list[str] | None
) -> None:
    """The form of `status` is that of the firmware."""
    async with SimulatedMiner(clock=ManualClock(), firmware=firmware) as miner:
        if miner.machine.profile.firmware_date >= 20240624:
            assert (await ask(miner, "status"))["Msg"]["power_limit_set"] == ""
            miner.machine.settings.power_limit = 3300
        msg = (await ask(miner, "status"))["Msg"]
        if name:
            assert msg == recorded(name)["Msg"]
        else:
            assert list(msg) == fields


async def test_errors(miner: SimulatedMiner, clock: ManualClock) -> None:
    """Errors come as a list of code and local time."""
    clock.advance(10)
    miner.machine.error_codes[110] = clock.now()
    miner.machine.missing_boards.add(1)
    answer = await ask(miner, "get_error_code")
    assert shape(answer) == shape(recorded("get_error_code_with_errors"))
    codes = answer["Msg"]["error_code"]
    assert codes[0] == {"110": "2023-11-15 06:13:30"}
    assert list(codes[1]) == ["531"]
    assert (await ask(miner, "edevs"))["STATUS"][0]["Msg"] == "2 ASC(s)"
    miner.faults.broken_error_list = True
    data = await exchange(miner, b'{"cmd":"get_error_code"}')
    assert b'"error_code":["110":"2023-11-15 06:13:30","531":"2023' in data
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)


async def test_broken_list_without_errors(socket_enabled: None) -> None:
    """An empty list is fine even on the firmware that breaks it."""
    faults = Faults(broken_error_list=True)
    async with SimulatedMiner(clock=ManualClock(), faults=faults) as miner:
        assert (await ask(miner, "get_error_code"))["Msg"] == {"error_code": []}


async def test_info_selector(miner: SimulatedMiner) -> None:
    """`info` selects fields; several firmwares ignore it."""
    assert (await ask(miner, "get_miner_info", info="mac, hostname"))["Msg"] == {
        "hostname": "WhatsMiner",
        "mac": "CA:0A:18:00:00:01",
    }
    miner.faults.ignore_info_selector = True
    assert len((await ask(miner, "get_miner_info", info="mac"))["Msg"]) == 10


async def test_unknown(miner: SimulatedMiner) -> None:
    """What is unknown is code 14; `command` works as `cmd` does."""
    for name in ("stats", "version", "config", "coin", "get_customer_msg", ""):
        answer = await ask(miner, name)
        assert (answer["STATUS"], answer["Code"]) == ("E", 14)
        assert answer["Msg"] == "invalid cmd"
    assert json.loads(await exchange(miner, b'{"command":"summary"}'))["SUMMARY"]
    assert json.loads(await exchange(miner, b'{"cmd":7}'))["Code"] == 14


async def test_joined(miner: SimulatedMiner) -> None:
    """Mining commands can be joined, others not."""
    answer = await ask(miner, "pools+summary+edevs")
    assert list(answer) == ["pools", "summary", "edevs", "id"]
    for name, key in (("pools", "POOLS"), ("summary", "SUMMARY"), ("edevs", "DEVS")):
        assert len(answer[name]) == 1
        assert answer[name][0][key]
        assert answer[name][0]["id"] == 1
    for bad in ("summary+get_psu", "summary+status", "summary+", "summary+nonsense"):
        answer = await ask(miner, bad)
        assert (answer["Code"], answer["Msg"]) == (45, "command join err")


async def test_mining_process_away(miner: SimulatedMiner) -> None:
    """While off, mining commands may also fail; the daemon's answer on."""
    miner.machine.power_off()
    assert (await read_summary(miner))["MHS av"] == 0
    miner.faults.mining_down = "empty"
    assert await exchange(miner, b'{"cmd":"summary+pools"}') == b""
    assert (await ask(miner, "status"))["Code"] == 131
    miner.faults.mining_down = "error"
    assert (await ask(miner, "summary"))["Code"] == 132
    miner.machine.power_on()
    assert (await ask(miner, "edevs"))["Code"] == 132


async def test_encrypted_reads(session: Session) -> None:
    """Reads in an envelope need a good token; get_token is always plain."""
    assert (await session.run("edevs"))["DEVS"]
    assert (await session.run("get_psu"))["Code"] == 131
    assert (await session.run("stats"))["Code"] == 14
    assert json.loads(await session.send("get_token"))["Code"] == 134
    session.sign = "no sign"
    assert json.loads(await session.send("edevs"))["Code"] == 135


@pytest.mark.parametrize("model", ["M50S_VH50", "M30S+VE40", "M50_VH90", "M60_VK20"])
async def test_models(socket_enabled: None, model: str) -> None:
    """Each model names itself and hashes at about its rating."""
    async with SimulatedMiner(clock=ManualClock(), model=model) as miner:
        details = (await ask(miner, "devdetails"))["DEVDETAILS"]
        assert {board["Model"] for board in details} == {model}
        fields = await read_summary(miner)
        profile = miner.machine.profile
        assert fields["MHS 1m"] / 1000 == pytest.approx(profile.factory_ghs, rel=0.03)
        assert fields["Power"] == pytest.approx(profile.normal_power, rel=0.03)
        assert fields["Power Limit"] == profile.normal_power
        assert fields["Power Rate"] == pytest.approx(
            1e6 * fields["Power"] / fields["HS RT"], abs=0.01
        )
        assert fields["Chip Temp Min"] < fields["Chip Temp Avg"]
        assert fields["Chip Temp Avg"] < fields["Chip Temp Max"] < 110
        assert fields["Temperature"] < fields["Chip Temp Max"]
