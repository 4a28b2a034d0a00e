"""Finding out who is there: in bounded time, and with what was said in it."""

import asyncio
from dataclasses import replace
import json
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Miner,
    MinerBusy,
    MinerUnreachable,
    NoAnswer,
    NotAWhatsminer,
    UnknownCommand,
    miner as client_miner,
)
from custom_components.whatsminer.client.dialects import v2, v2_identity
from tests.conftest import PASSWORD
from tests.replay.device import miner_at
from tests.replay.recording import CAPTURES, Recording
from tests.simulator import SimulatedMiner

ASKED = {
    *("get_version", "get_miner_info", "status", "summary", "devdetails"),
    "get.device.info",
}


@pytest.fixture
async def short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a twentieth of the time be all that there is."""
    for name in (
        *("IDENTIFY_SECONDS", "QUESTION_SECONDS", "REST_SECONDS"),
        "HANGING_SECONDS",
    ):
        monkeypatch.setattr(v2, name, getattr(v2, name) / 20)
    monkeypatch.setattr(client_miner, "IDENTIFY_TIMEOUT", 1.0)
    monkeypatch.setattr(v2, "monotonic", asyncio.get_running_loop().time)


def hang_unless(simulated: SimulatedMiner, *answered: str) -> None:
    """Let the miner answer these alone, and take all else without an answer."""
    simulated.faults.mute = True
    simulated.faults.only = ASKED - set(answered) | {
        *("summary+edevs+pools", "edevs", "devs", "pools"),
        *("get_psu", "get_error_code", "get_token"),
    }


def client(simulated: SimulatedMiner) -> Miner:
    """Return the client of a miner; what it does not have is closed."""
    return Miner(
        simulated.host,
        PASSWORD,
        port=simulated.port if simulated.server.listening else 9,
        port_v3=simulated.v3_port if simulated.v3_server.listening else 9,
    )


def test_all_that_is_asked_fits_into_the_time() -> None:
    """One question that hangs, and all that follow it, leave some time to API v3."""
    others = len(v2.IDENTITY) - 1
    longest = v2.QUESTION_SECONDS + others * v2.HANGING_SECONDS
    assert longest <= v2.IDENTIFY_SECONDS < client_miner.IDENTIFY_TIMEOUT == 20


@pytest.mark.parametrize(
    ("api", "answered", "firmware"),
    [
        ("2.0.5", ("get_version", "get_miner_info"), "20230803.11.REL"),
        ("2.0.5", ("get_miner_info",), None),
        ("2.0.5", ("get_miner_info", "status"), "20230803.11.REL"),
        ("1.4", ("summary",), "20220919.15.REL"),
        ("2.2.2", ("get_version", "get_miner_info"), "20260312.16.REL3"),
        ("dual", ("get_version", "get_miner_info"), "20251209.16.Rel2"),
        ("dual", ("get.device.info",), "20251209.16.Rel2"),
    ],
)
async def test_half_hanging(
    short_time: None, api: str, answered: tuple[str, ...], firmware: str | None
) -> None:
    """The MAC address is enough; what hangs besides holds nobody up."""
    async with SimulatedMiner(api=api, password=PASSWORD) as simulated:
        hang_unless(simulated, *answered)
        miner = client(simulated)
        async with asyncio.timeout(1.5):
            identity = await miner.identify()
        assert identity.mac == simulated.mac.lower()
        assert identity.firmware == firmware
        assert miner.has_accounts is ("get.device.info" in answered)
        await miner.close()


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "dual", "3.0.2"])
async def test_mute(short_time: None, api: str) -> None:
    """Who says nothing at all is given up in time, so that what is known is restored."""
    async with SimulatedMiner(api=api, password=PASSWORD) as simulated:
        hang_unless(simulated)
        miner = client(simulated)
        with pytest.raises(MinerUnreachable):
            async with asyncio.timeout(1.5):
                await miner.read()


async def test_what_was_not_said_is_made_up_for(
    short_time: None, simulated: SimulatedMiner
) -> None:
    """The first reading asks for what hung, not the one ten minutes later."""
    hang_unless(simulated, "get_miner_info")
    miner = client(simulated)
    identity = await miner.identify()
    assert identity.firmware is None
    simulated.faults.mute = False
    data = await miner.read()
    assert data.identity.firmware == "20230803.11.REL"
    assert data.identity.mac == simulated.mac.lower()


async def test_old_answers_are_not_the_new_ones(
    short_time: None, simulated: SimulatedMiner
) -> None:
    """What another miner said before is forgotten, also where this one hangs."""
    miner = client(simulated)
    assert (await miner.identify()).serial_number is not None
    simulated.device.mac = "CA:0A:18:00:00:99"
    hang_unless(simulated, "get_version", "status")
    identity = await miner.identify()
    assert identity.mac is None
    assert identity.serial_number is None


async def test_answers_of_another(simulated: SimulatedMiner) -> None:
    """Of what another miner answered nothing stays, also what this one was not asked."""
    miner = client(simulated)
    await miner.read()
    assert {"summary", "status"} <= miner.answers.keys()
    simulated.device.mac = "CA:0A:18:00:00:99"
    await miner.identify()
    assert miner.answers.keys() == {"get_version", "get_miner_info", "devdetails"}


async def test_slow(short_time: None) -> None:
    """A miner that needs seconds for each answer is known by the most important."""
    async with SimulatedMiner(api="dual", password=PASSWORD) as simulated:
        simulated.faults.delay = 0.3
        miner = client(simulated)
        identity = await miner.identify()
        assert identity.mac == simulated.mac.lower()
        assert identity.firmware == "20251209.16.Rel2"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
async def test_stranger(short_time: None, answer: bytes) -> None:
    """Who answers with something else is no miner; who is silent was not reached."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotAWhatsminer if answer else NoAnswer):
            await Miner("127.0.0.1", port=port, port_v3=9).identify()


@pytest.mark.parametrize(
    ("firmware", "asked"),
    [("20240430.16.REL", False), ("20240501.16.REL", True), ("20251209.16.Rel2", True)],
)
async def test_who_is_asked_for_api_3(firmware: str, asked: bool) -> None:
    """Firmware older than API 3 is not knocked at on its port."""
    async with SimulatedMiner(api="dual", password=PASSWORD) as simulated:
        simulated.machine.profile = replace(
            simulated.machine.profile, firmware=firmware
        )
        miner = client(simulated)
        assert (await miner.identify()).firmware == firmware
        assert miner.has_accounts is asked
        assert ("get.device.info" in simulated.log.commands) is asked
        await miner.close()


@pytest.mark.parametrize(
    ("message", "proven"),
    [
        ({"system": {"api": "3.0.0"}}, True),
        ({"miner": {"working": "true"}}, True),
        ({"system": {}, "miner": {}}, False),
        ({"system": "text", "miner": []}, False),
        ({"network": {"mac": "CE:01:19:00:00:01"}}, False),
        ("text", False),
        ([], False),
        (None, False),
    ],
)
async def test_what_proves_api_3(message: Any, proven: bool) -> None:
    """A WhatsMiner tells of its system or of its mining, whatever else is there."""
    recording = Recording("3")
    answer = {"code": 0, "msg": message, "desc": "get.device.info"}
    recording.v3["get.device.info"] = json.dumps(answer).encode()
    async with miner_at(recording) as miner:
        if proven:
            await miner.identify()
            assert miner.has_accounts
        else:
            with pytest.raises(NotAWhatsminer):
                await miner.identify()
            assert miner.has_accounts is None


ANTMINER: dict[str, Any] = {
    "get_version": {"STATUS": "S", "Msg": {"api_ver": "3.7"}, "Description": "x 4.11"},
    "get_miner_info": {"STATUS": "S", "Msg": {"mac": "00:00:00:00:00:00"}},
    "status": {"STATUS": "S", "Msg": {"btmin": "1"}},
    "summary": {"STATUS": [{"Description": "cgminer 4.9"}], "SUMMARY": [{"MHS av": 1}]},
    "devdetails": {"DEVDETAILS": [{"Driver": "bitmain"}, {"Driver": None}]},
}


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("get_version", {"Msg": {"fw_ver": "20230803.11.REL"}}),
        ("get_version", {"Msg": "api 2", "Description": "whatsminer v1.3"}),
        ("get_miner_info", {"Msg": {"mac": "C4:11:04:00:00:01"}}),
        ("status", {"Msg": {"mineroff": "false"}}),
        ("status", {"Msg": {"btmineroff": "false"}}),
        ("summary", {"SUMMARY": [{"Factory GHS": 1}]}),
        ("summary", {"SUMMARY": [{"HS RT": 1}]}),
        ("summary", {"STATUS": [{"Description": "btminer"}], "SUMMARY": [{}]}),
        ("devdetails", {"DEVDETAILS": [{"Driver": "bitmicro"}]}),
    ],
)
def test_what_proves_a_whatsminer(command: str, answer: dict[str, Any]) -> None:
    """One sign is enough; what other makers' miners answer is none."""
    assert not v2_identity.is_v2_whatsminer(ANTMINER)
    assert v2_identity.is_v2_whatsminer(ANTMINER | {command: answer})


@pytest.mark.parametrize("page", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"{}"])
async def test_api_3_beside_something_else(page: bytes) -> None:
    """Something else on the old port does not hide a miner on the new one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(page)
        writer.close()

    async with (
        SimulatedMiner(api="3.0.2", password=PASSWORD) as simulated,
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
    ):
        port = server.sockets[0].getsockname()[1]
        miner = Miner(simulated.host, port=port, port_v3=simulated.v3_port)
        assert (await miner.identify()).mac == simulated.mac.lower()
        assert miner.has_accounts
        await miner.close()


async def test_busy_while_it_is_identified(simulated: SimulatedMiner) -> None:
    """Who says no more than its MAC address is known; who says not even that is busy."""
    miner = client(simulated)
    simulated.faults.refuse = dict.fromkeys(("summary", "status", "devdetails"), 136)
    assert (await miner.identify()).mac == simulated.mac.lower()
    simulated.faults.refuse["get_miner_info"] = 136
    with pytest.raises(MinerBusy):
        await client(simulated).identify()


def without_mac(folder: str, generation: str) -> Recording:
    """Return a recording whose summary has no MAC address."""
    recording = Recording.load(CAPTURES / folder, generation)
    answer = json.loads(recording.v2["summary"])
    answer["SUMMARY"][0].pop("MAC", None)
    recording.v2["summary"] = json.dumps(answer).encode()
    return recording


async def test_plain_cgminer() -> None:
    """It has no daemon, so no command, and perhaps no MAC address, ever."""
    folder = "m30s_2020-11_cgminer492"
    async with miner_at(Recording.load(CAPTURES / folder, "cgminer"), "pw") as miner:
        assert (await miner.identify()).mac == "c6:02:14:00:1f:b3"
        assert miner.is_plain_cgminer
        with pytest.raises(UnknownCommand):
            await miner.check_password()
    async with miner_at(without_mac(folder, "cgminer")) as miner:
        assert (await miner.identify()).mac is None
        assert miner.is_plain_cgminer
        data = await miner.read()
        assert data.hashrate == pytest.approx(85.163, abs=0.001)
        assert data.identity.mac is None


@pytest.mark.parametrize(
    ("folder", "generation"),
    [
        ("m60x_2026-02_api2.0.x_booting", "2.0"),
        ("m31s_2021-02_btminer_api1.x", "1"),
    ],
)
async def test_no_mac_yet(folder: str, generation: str) -> None:
    """A miner with a daemon that gives no MAC address now will give it later."""
    recording = Recording.load(CAPTURES / folder, generation)
    if "summary" in recording.v2:
        recording = without_mac(folder, generation)
    async with miner_at(recording) as miner:
        assert not miner.is_plain_cgminer
        assert (await miner.identify()).mac is None
        assert not miner.is_plain_cgminer


@pytest.mark.parametrize("api", ["cgminer", "1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_only_cgminer_is_plain(api: str) -> None:
    """Of all generations only one has no daemon; its oldest has no MAC address."""
    async with SimulatedMiner(api=api) as simulated:
        simulated.faults.oldest_summary = api == "cgminer"
        miner = client(simulated)
        identity = await miner.identify()
        assert miner.is_plain_cgminer is (api == "cgminer")
        assert identity.mac == (None if api == "cgminer" else simulated.mac.lower())
        assert (await miner.read()).hashrate
        await miner.close()
