"""Tokens and envelopes: reused, renewed once, backed off; errors are errors."""

import pytest

from custom_components.whatsminer.client import (
    AuthenticationError,
    CommandFailed,
    Miner,
    MinerBusy,
    MinerUnreachable,
    PasswordMissing,
    UnknownCommand,
    WriteAccessDisabled,
)
from custom_components.whatsminer.client.dialects import v2_session
from tests.conftest import PASSWORD
from tests.simulator import ManualClock, SimulatedMiner


class Clock:
    """The client's own clock, to be set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
async def miner(simulated: SimulatedMiner) -> Miner:
    """Return a client that has made its first contact."""
    miner = Miner(simulated.host, PASSWORD, port=simulated.port)
    await miner.identify()
    simulated.log.clear()
    return miner


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the client a clock that the test moves."""
    clock = Clock()
    monkeypatch.setattr(v2_session, "monotonic", clock)
    return clock


async def test_one_token_for_many_commands(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """A token is asked for once and used again."""
    await miner.execute("set_led", param="auto")
    await miner.execute("set_led", param="auto")
    answer = await miner.execute("set_hostname", hostname="Шахта")
    assert answer is not None
    assert answer["Code"] == 131
    assert simulated.log.commands == ["get_token", "set_led", "set_led", "set_hostname"]
    assert simulated.machine.settings.pending["hostname"] == "Шахта"
    assert miner.write_access is True


async def test_token_is_renewed_before_it_ends(
    simulated: SimulatedMiner, miner: Miner, clock: ManualClock, own_clock: Clock
) -> None:
    """After 25 of its 30 minutes a token is given up."""
    await miner.execute("set_led", param="auto")
    for seconds, tokens in ((24 * 60, 1), (2 * 60, 2)):
        clock.advance(seconds)
        own_clock.now += seconds
        await miner.execute("set_led", param="auto")
        assert simulated.log.commands.count("get_token") == tokens


@pytest.mark.parametrize("encrypted", [False, True])
async def test_expired_token_is_renewed_once(
    simulated: SimulatedMiner, miner: Miner, clock: ManualClock, encrypted: bool
) -> None:
    """A miner that forgot the token gets the command again with a new one."""
    simulated.faults.encrypt_token_error = encrypted
    await miner.stop()
    clock.advance(3600)
    await miner.start()
    assert simulated.log.commands == [
        "get_token",
        "power_off",
        "power_on",
        "get_token",
        "power_on",
    ]
    assert [request.code for request in simulated.log][2] == 135
    assert not simulated.machine.mineroff


async def test_wrong_password(simulated: SimulatedMiner) -> None:
    """A wrong password is one refusal with its own name, not a retry."""
    miner = Miner(simulated.host, "wrong", port=simulated.port)
    await miner.identify()
    simulated.log.clear()
    with pytest.raises(AuthenticationError):
        await miner.stop()
    assert simulated.log.connections == 2
    assert not simulated.machine.mineroff


async def test_password_changed_meanwhile(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """With the old password a new token is tried once, then it is wrong."""
    await miner.execute("update_pwd", old=PASSWORD, new="Other_1")
    with pytest.raises(AuthenticationError):
        await miner.stop()
    assert simulated.log.commands.count("get_token") == 2
    miner.set_password("Other_1")
    await miner.stop()
    assert simulated.machine.mineroff


async def test_busy_miner_is_left_alone(
    simulated: SimulatedMiner, miner: Miner, own_clock: Clock
) -> None:
    """After "over max connect" no token is asked for until the time is up."""
    simulated.faults.refuse["get_token"] = 136
    for wait, tries in ((30, 1), (60, 2), (120, 3), (200, 4), (200, 5)):
        with pytest.raises(MinerBusy) as caught:
            await miner.stop()
        assert caught.value.retry_after == wait
        own_clock.now += wait - 1
        with pytest.raises(MinerBusy):
            await miner.stop()
        assert simulated.log.connections == tries
        own_clock.now += 1
    simulated.faults.refuse.clear()
    await miner.stop()
    assert simulated.machine.mineroff


async def test_encrypted_refusal_is_an_error(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """With the API switch off the refusal comes inside the envelope."""
    simulated.device.api_switch = False
    with pytest.raises(WriteAccessDisabled) as caught:
        await miner.stop()
    assert (caught.value.code, caught.value.message) == (45, "can't access write cmd")
    assert miner.write_access is False
    simulated.device.api_switch = True
    await miner.stop()
    assert miner.write_access is True


async def test_refused_command(simulated: SimulatedMiner, miner: Miner) -> None:
    """The miner's own code and words are kept."""
    with pytest.raises(CommandFailed) as caught:
        await miner.execute("adjust_power_limit", power_limit="much")
    assert caught.value.command == "adjust_power_limit"
    assert caught.value.code in (14, 132)
    with pytest.raises(UnknownCommand):
        await miner.execute("no_such_command")
    with pytest.raises(UnknownCommand):
        await miner.query("no_such_command")


async def test_silence_is_no_failure(simulated: SimulatedMiner, miner: Miner) -> None:
    """Many writing commands are carried out without an answer."""
    simulated.faults.silent["power_off"] = "close"
    assert await miner.execute("power_off", respbefore="false") is None
    assert simulated.machine.mineroff


async def test_unreachable_is_a_failure(
    simulated: SimulatedMiner, miner: Miner
) -> None:
    """Without a connection the command cannot have arrived."""
    await miner.start()
    await simulated.stop()
    with pytest.raises(MinerUnreachable):
        await miner.stop()


async def test_reading_needs_no_password(
    simulated: SimulatedMiner, reader: Miner
) -> None:
    """Without a password everything can be read and nothing written."""
    assert reader.can_write is False
    answer = await reader.query("get_miner_info", info="mac")
    assert answer["Msg"]["mac"] == simulated.mac
    with pytest.raises(PasswordMissing):
        await reader.stop()
    reader.set_password(PASSWORD)
    await reader.stop()
    assert simulated.machine.mineroff


async def test_secrets_stay_out_of_errors(simulated: SimulatedMiner) -> None:
    """No error names the password, whatever goes wrong."""
    miner = Miner(simulated.host, "Hidden_99", port=simulated.port)
    with pytest.raises(AuthenticationError) as caught:
        await miner.execute("update_pwd", old="Hidden_99", new="Hidden_98")
    shown = repr(caught.value) + repr(caught.value.__cause__)
    assert "Hidden" not in shown
