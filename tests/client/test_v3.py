"""API v3: tokens, frames, accounts; and firmware that speaks v2 as well."""

from collections.abc import AsyncIterator

import pytest

from custom_components.whatsminer.client import (
    ACCOUNTS,
    AuthenticationError,
    CommandFailed,
    Miner,
    PasswordMissing,
    UnknownCommand,
    WriteAccessDisabled,
    transport,
)
from custom_components.whatsminer.client.crypto import TokenV3
from tests.conftest import PASSWORD, at_home, until
from tests.simulator import SimulatedMiner


@pytest.fixture
async def sim() -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner that speaks only API v3."""
    async with at_home(api="3.0.2") as simulated:
        yield simulated


@pytest.fixture
async def dual() -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner that speaks both."""
    async with at_home(api="dual") as simulated:
        yield simulated


@pytest.fixture
async def miner(sim: SimulatedMiner) -> AsyncIterator[Miner]:
    """Return a client of the one that speaks v3, after its first contact."""
    miner = Miner(sim.host, PASSWORD)
    await miner.identify()
    sim.log.clear()
    yield miner
    await miner.close()


@pytest.mark.parametrize(
    ("command", "password", "salt", "time", "token"),
    [
        ("set.miner.pools", "super", "5QAHiKMb", 1692685512, "t5VzZdBe"),
        ("set.miner.service", "super", "Abc123xy", 1759800000, "Cg2iuKaj"),
        ("set.miner.service", "super", "BQ5hoXV9", 1700000000, "n5JRDCDx"),
        ("set.system.led", "super", "s3xkGSq1", 1700000000, "ckxNEmmH"),
        ("set.miner.power_limit", "user1", "uhCiDyVj", 1786611588, "CqkkosJ4"),
        ("set.user.change_passwd", "super", "BQ5hoXV9", 1700000000, "bKl/MfQX"),
    ],
)
def test_token(command: str, password: str, salt: str, time: int, token: str) -> None:
    """The worked vectors of tokens."""
    assert TokenV3(command, password, salt, time).text == token


@pytest.mark.parametrize(
    ("token", "plain", "sealed"),
    [
        (
            TokenV3("set.miner.pools", "super", "5QAHiKMb", 1692685512),
            '[{"pool":"stratum+tcp://pool:3333","worker":"worker","passwd":"x"}]',
            (
                "M7c6KBuUVIiP+BnrFxPBexRUr3Zw94Ng42eBDFq02W9o7MSxcGd0EcmSwVx72paF9s8xliqc"
                "Lqi00gxEFa8AzpW/A3R+69wXNkHPuGtqhA4="
            ),
        ),
        (
            TokenV3("set.user.change_passwd", "super", "BQ5hoXV9", 1700000000),
            '{"account":"super","new":"Abc_123","old":"super"}',
            (
                "XeZpn4opYV+7FrLlroCvmTH6/DEpV5eBC+4JEVuENu7VT6MVtCVPH4G+P12CSdiFinziICA4"
                "ZYxTM9NXZCHU4g=="
            ),
        ),
    ],
)
def test_encrypted_parameter(token: TokenV3, plain: str, sealed: str) -> None:
    """The worked vectors of encrypted parameters."""
    assert token.envelope.seal_pkcs7(plain) == sealed


async def test_connections(sim: SimulatedMiner, miner: Miner) -> None:
    """Readings share one kept connection, each command and its question have theirs."""
    await miner.read()
    assert sim.log.connections == 0
    await miner.execute("set.system.led", param="auto")
    await miner.execute("set.system.led", param="auto")
    await miner.read()
    assert sim.log.connections == 4
    await until(lambda: sim.log.open_connections == 1)


async def test_connection_that_the_miner_closed(
    sim: SimulatedMiner, miner: Miner
) -> None:
    """A connection that was idle for too long is opened again."""
    await miner.read()
    await sim.v3_server.stop()
    await sim.start()
    assert (await miner.read()).hashrate
    await sim.v3_server.stop()
    await sim.start()
    await miner.execute("set.system.led", param="auto")


async def test_pushed_frames_are_passed_over(sim: SimulatedMiner, miner: Miner) -> None:
    """Reports that the miner sends unasked are not taken for answers."""
    sim.faults.v3_pushes = True
    for _ in range(3):
        assert (await miner.read()).hashrate
    answer = await miner.query("get.system.setting")
    assert answer["desc"] == "get.system.setting"


async def test_wrong_password(sim: SimulatedMiner) -> None:
    """A wrong password is told from an API switch that is off."""
    miner = Miner(sim.host, "wrong")
    with pytest.raises(AuthenticationError):
        await miner.check_password()
    with pytest.raises(AuthenticationError):
        await miner.stop()
    assert not sim.machine.mineroff
    sim.device.api_switch = False
    with pytest.raises(WriteAccessDisabled):
        await miner.stop()
    await miner.check_password()
    assert miner.write_access is False
    await miner.close()


@pytest.mark.parametrize("account", ACCOUNTS[1:])
async def test_account(sim: SimulatedMiner, account: str) -> None:
    """Another account has another password, and may do what it was allowed."""
    sim.users.set_password(account, "Other_1")
    miner = Miner(sim.host, "Other_1", account=account)
    with pytest.raises(AuthenticationError):
        await miner.stop()
    sim.users.permissions[account].add("set.miner.service")
    await miner.stop()
    assert sim.machine.mineroff
    await miner.close()


async def test_password_changed_meanwhile(sim: SimulatedMiner, miner: Miner) -> None:
    """A new salt is noticed; with the new password commands work again."""
    await miner.execute("set.system.led", param="auto")
    sim.users.set_password("super", "Other_1")
    with pytest.raises(AuthenticationError):
        await miner.stop()
    miner.set_password("Other_1")
    await miner.stop()
    assert sim.machine.mineroff


async def test_check_password_changes_nothing(
    sim: SimulatedMiner, miner: Miner
) -> None:
    """The proof leaves the LED as it is."""
    await miner.check_password()
    assert miner.write_access is True
    assert sim.machine.settings.led == "auto"
    pattern = [{"color": "red", "period": 200, "duration": 100, "start": 0}]
    await miner.execute("set.system.led", param=pattern)
    led = sim.machine.settings.led
    other = Miner(sim.host, PASSWORD)
    await other.check_password()
    assert other.write_access is True
    assert sim.machine.settings.led == led
    await other.close()


async def test_pools_are_sent_encrypted(sim: SimulatedMiner, miner: Miner) -> None:
    """Passwords of pools do not travel in plain text."""
    pools = [{"pool": "stratum+tcp://a:1", "worker": "w", "passwd": "Hidden_1"}]
    await miner.execute("set.miner.pools", param=pools)
    (pool,) = sim.machine.settings.pools
    assert (pool.url, pool.user, pool.password) == (
        "stratum+tcp://a:1",
        "w",
        "Hidden_1",
    )


async def test_refusals(miner: Miner) -> None:
    """Codes become the errors that they mean."""
    with pytest.raises(UnknownCommand) as unknown:
        await miner.query("get.nothing")
    assert unknown.value.code == -2
    with pytest.raises(CommandFailed) as failed:
        await miner.execute("set.miner.power_limit", param="much")
    assert failed.value.code in (-1, -3)
    miner.set_password(None)
    with pytest.raises(PasswordMissing):
        await miner.stop()


async def test_mining_is_down(sim: SimulatedMiner, miner: Miner) -> None:
    """Where the miner sends a text instead of a summary, nothing is made up."""
    sim.machine.power_off()
    sim.faults.v3_errors = "text"
    data = await miner.read()
    assert data.mining is False
    assert data.hashrate == 0
    assert data.boards == ()
    assert data.errors is None
    assert data.power is not None


async def test_both_are_used(dual: SimulatedMiner) -> None:
    """Shares come from v2, everything else from v3."""
    miner = Miner(dual.host, PASSWORD)
    data = await miner.read()
    assert data.identity.api_version == "3.0.2"
    assert data.accepted and data.rejected is not None
    assert data.pools[0].accepted == data.accepted
    await miner.stop()
    assert "set.miner.service" in dual.log.commands
    assert (await miner.query("get_version"))["Code"] == 131
    assert (await miner.query("get.device.info"))["code"] == 0
    await miner.execute("set_led", param="auto")
    await miner.execute("set.system.led", param="auto")
    await miner.reboot()
    await miner.close()


@pytest.mark.parametrize(
    ("password", "command"),
    [("Second_2", "power_off"), ("Third_3", "set.miner.service")],
)
async def test_password_that_fits_one(password: str, command: str) -> None:
    """The generation that takes the password is written with."""
    async with at_home(api="dual", password="Second_2", v3_password="Third_3") as sim:
        miner = Miner(sim.host, password)
        await miner.check_password()
        assert miner.write_access is True
        await miner.stop()
        assert command in sim.log.commands
        assert (await miner.read()).mining is False
        await miner.start()
        await miner.reboot()
        await miner.close()


async def test_password_that_fits_none(dual: SimulatedMiner) -> None:
    """It is wrong only when neither takes it."""
    miner = Miner(dual.host, "wrong")
    with pytest.raises(AuthenticationError):
        await miner.check_password()
    await miner.close()


async def test_password_changed_on_one(dual: SimulatedMiner) -> None:
    """When one does not take it any more, the other is tried."""
    miner = Miner(dual.host, PASSWORD)
    await miner.check_password()
    dual.users.set_password("super", "Other_1")
    await miner.stop()
    assert "power_off" in dual.log.commands
    await miner.close()


async def test_v3_port_is_silent(
    dual: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some machines do not answer on the newer port: the older one is enough."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.2)
    dual.faults.v3_silent = True
    miner = Miner(dual.host, PASSWORD)
    data = await miner.read()
    assert miner.has_accounts is False
    assert data.hashrate
    await miner.stop()
    assert dual.machine.mineroff
