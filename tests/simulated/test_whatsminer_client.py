"""Drive the simulator with PyPI `whatsminer` 0.1.2, a client no one here wrote."""

import asyncio
from typing import Any

import pytest
from whatsminer import WhatsminerAccessToken, WhatsminerAPI

from tests.simulator import ManualClock, Phase, SimulatedMiner

# The client calls passlib in a way that will go one day.
pytestmark = pytest.mark.filterwarnings("ignore:passing settings:DeprecationWarning")


async def token(
    miner: SimulatedMiner, password: str | None = "admin"
) -> WhatsminerAccessToken:
    """Return the client's token object; with a password it fetches a token."""
    return await asyncio.to_thread(
        WhatsminerAccessToken, miner.host, miner.port, password
    )


async def read(miner: SimulatedMiner, command: str) -> dict[str, Any]:
    """Read with the client."""
    found: dict[str, Any] = await asyncio.to_thread(
        WhatsminerAPI.get_read_only_info, await token(miner, None), command
    )
    return found


async def execute(
    access: WhatsminerAccessToken, command: str, params: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Write with the client."""
    found: dict[str, Any] = await asyncio.to_thread(
        WhatsminerAPI.exec_command, access, command, params
    )
    return found


@pytest.mark.parametrize(
    ("command", "key"),
    [
        ("summary", "SUMMARY"),
        ("edevs", "DEVS"),
        ("devs", "DEVS"),
        ("devdetails", "DEVDETAILS"),
        ("pools", "POOLS"),
        ("get_psu", "Msg"),
        ("get_version", "Msg"),
        ("status", "Msg"),
        ("get_miner_info", "Msg"),
        ("get_error_code", "Msg"),
    ],
)
async def test_reads(miner: SimulatedMiner, command: str, key: str) -> None:
    """The client reads everything; all answers fit into its 4000 bytes."""
    assert (await read(miner, command))[key]


async def test_stop_and_start(miner: SimulatedMiner, clock: ManualClock) -> None:
    """The client stops and starts the machine with one token."""
    access = await token(miner)
    answer = await execute(access, "power_off", {"respbefore": "true"})
    assert answer == {
        "STATUS": "S",
        "When": int(clock.wall()),
        "Code": 131,
        "Msg": "API command OK",
        "Description": "",
    }
    clock.advance(30)
    assert (await read(miner, "status"))["Msg"]["mineroff"] == "true"
    fields = (await read(miner, "summary"))["SUMMARY"][0]
    assert fields["Power"] in {13, 14}
    assert fields["MHS 5s"] == 0
    await execute(access, "power_on")
    assert miner.machine.phase is Phase.RESTARTING
    clock.advance(120)
    fields = (await read(miner, "summary"))["SUMMARY"][0]
    assert 90 < fields["Elapsed"] <= 120
    assert fields["Power"] > 800
    assert miner.log.commands.count("get_token") == 1


async def test_parameters(miner: SimulatedMiner) -> None:
    """Parameters arrive, beyond ASCII too."""
    access = await token(miner)
    await execute(access, "set_hostname", {"hostname": "Шахта-7 ⛏"})
    await execute(access, "adjust_power_limit", {"power_limit": "2500"})
    assert miner.machine.settings.pending == {"hostname": "Шахта-7 ⛏"}
    assert miner.machine.settings.power_limit == 2500


async def test_encrypted_read(miner: SimulatedMiner) -> None:
    """A read in an envelope is answered in an envelope."""
    answer = await execute(await token(miner), "summary")
    assert answer["SUMMARY"][0]["Factory GHS"] == 126000
    assert [request.encrypted for request in miner.log] == [False, True]


async def test_wrong_password(miner: SimulatedMiner) -> None:
    """A wrong password shows as code 23 in plain text."""
    access = await token(miner, "wrong")
    with pytest.raises(Exception, match="enc json load err"):
        await execute(access, "power_off", {"respbefore": "true"})
    assert miner.machine.phase is Phase.HASHING
    assert miner.log.requests[-1].code == 23


async def test_api_switch_off(socket_enabled: None) -> None:
    """With the API switch off this client takes the encrypted error for success."""
    async with SimulatedMiner(clock=ManualClock(), api_switch=False) as miner:
        answer = await execute(await token(miner), "power_off")
        assert answer["STATUS"] == "E"
        assert answer["Code"] == 45
        assert answer["Msg"] == "can't access write cmd"
        assert miner.machine.phase is Phase.HASHING


async def test_over_max_connect(miner: SimulatedMiner, clock: ManualClock) -> None:
    """The 33rd token is refused, until one has run out."""
    miner.tokens.max_tokens = 3
    for _ in range(3):
        await token(miner)
    with pytest.raises(Exception, match="over max connect"):
        await token(miner)
    clock.advance(1800)
    assert (await token(miner)).sign


async def test_expired_token(miner: SimulatedMiner, clock: ManualClock) -> None:
    """After 30 minutes the token is not known any more."""
    access = await token(miner)
    clock.advance(1799)
    assert (await execute(access, "power_on"))["Code"] == 131
    clock.advance(1)
    with pytest.raises(Exception, match="check token err"):
        await execute(access, "power_on")


async def test_password_change(miner: SimulatedMiner) -> None:
    """A new password kills tokens and brings a new salt."""
    access = await token(miner)
    salt = miner.tokens.salt
    answer = await execute(access, "update_pwd", {"old": "admin", "new": "S0lar_42"})
    assert answer["Code"] == 131
    assert miner.tokens.salt != salt
    with pytest.raises(Exception, match="enc json load err"):
        await execute(access, "power_on")
    assert (await execute(await token(miner, "S0lar_42"), "power_on"))["Code"] == 131
