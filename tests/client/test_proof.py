"""What proves a password and confirms a command: a yes, sealed on API v2."""

from collections.abc import AsyncIterator, Awaitable, Callable
import json
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    AuthenticationError,
    Capability,
    CommandFailed,
    Miner,
    MinerUnreachable,
    NoAnswer,
    WriteAccessDisabled,
)
from custom_components.whatsminer.client.crypto import Envelope
from custom_components.whatsminer.client.transport import FrameTransport, Transport
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

YES = {"STATUS": "S", "When": 1, "Code": 131, "Msg": "API command OK"}
NO = {"STATUS": "E", "When": 1, "Code": 132, "Msg": "API command ERROR"}

type Seal = Callable[[str], str]
type Answer = Callable[[Seal], bytes]


@pytest.fixture
async def sim() -> AsyncIterator[SimulatedMiner]:
    """Return a simulated miner of API 2.0.5."""
    async with at_home(api="2.0.5") as simulated:
        yield simulated


@pytest.fixture
def answer_all(
    sim: SimulatedMiner, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Answer], None]:
    """Return a function that gives one answer to all that is encrypted."""
    real = Transport.exchange
    given: list[Answer] = []

    async def exchange(self: Transport, request: bytes) -> bytes:
        if "enc" not in json.loads(request):
            return await real(self, request)
        return given[-1](Envelope.of_key(sim.device.tokens.key).seal)

    monkeypatch.setattr(Transport, "exchange", exchange)
    return given.append


def plain(answer: Any) -> Answer:
    """Return an answer in plain text."""
    return lambda _: json.dumps(answer).encode()


def sealed(answer: Any, name: str = "enc") -> Answer:
    """Return an encrypted answer."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return lambda seal: json.dumps({name: seal(text)}).encode()


NOTHING = [
    pytest.param(plain({}), id="nothing"),
    pytest.param(plain(YES), id="plain yes"),
    pytest.param(plain({"STATUS": [YES]}), id="plain yes in a list"),
    pytest.param(plain([YES]), id="list"),
    pytest.param(plain("S"), id="text"),
    pytest.param(plain({"enc": 1}), id="number"),
    pytest.param(plain({"enc": ""}), id="empty"),
    pytest.param(plain({"enc": "AAAA"}), id="no block"),
    pytest.param(plain({"enc": "A" * 22 + "=="}), id="sealed rubbish"),
    pytest.param(lambda _: b"<html>", id="no JSON"),
    pytest.param(sealed({}), id="sealed nothing"),
    pytest.param(sealed([YES]), id="sealed list"),
    pytest.param(sealed({"Code": 131}), id="sealed without STATUS"),
    pytest.param(sealed({"STATUS": "s", "Code": 131}), id="sealed small s"),
    pytest.param(sealed({"STATUS": True, "Code": 131}), id="sealed true"),
    pytest.param(sealed("rubbish"), id="sealed text"),
    pytest.param(sealed({**YES, "Code": 45}), id="sealed yes with the code of a no"),
    pytest.param(sealed({**YES, "Code": "132"}), id="the same as text"),
]


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
@pytest.mark.parametrize("answer", NOTHING)
async def test_no_proof(
    sim: SimulatedMiner,
    answer_all: Callable[[Answer], None],
    answer: Answer,
    password: str,
) -> None:
    """What is neither yes nor no proves no password and confirms no command."""
    miner = Miner(sim.host, password)
    await miner.read()
    answer_all(answer)
    assert await miner.check_password() is False
    assert miner.write_access is None
    assert await miner.stop() is False
    assert await miner.change(Capability.LED, True) is False
    with pytest.raises(NoAnswer):
        await miner.change(Capability.WEB_POOLS, True)
    with pytest.raises(NoAnswer):
        await miner.execute("set_led", param="auto")
    with pytest.raises(NoAnswer):
        await miner.change_password("Other_1")
    assert miner.write_access is None


@pytest.mark.parametrize("status", ["E", "F"])
async def test_error_without_a_code(
    sim: SimulatedMiner, answer_all: Callable[[Answer], None], status: str
) -> None:
    """It is a refusal, and no proof."""
    miner = Miner(sim.host, PASSWORD)
    await miner.read()
    for answer in (plain({"STATUS": status}), sealed({"STATUS": status, "Code": "?"})):
        answer_all(answer)
        assert await miner.check_password() is False
        with pytest.raises(CommandFailed):
            await miner.stop()
        assert miner.write_access is None


@pytest.mark.parametrize(
    ("answer", "proven"),
    [
        (sealed(YES), True),
        (sealed(YES, "data"), True),
        (sealed({"STATUS": "S"}), True),
        (sealed({"STATUS": [YES]}), True),
        (sealed(NO), True),
        (plain(NO), False),
        (plain({**NO, "Code": 14}), False),
        (plain({**NO, "Code": 45}), False),
        (plain({**NO, "Code": 45, "data": "text"}), False),
        (sealed({**NO, "Code": 45}), True),
    ],
)
async def test_proof(
    sim: SimulatedMiner,
    answer_all: Callable[[Answer], None],
    answer: Answer,
    proven: bool,
) -> None:
    """Only who knows the password can seal, be it a no."""
    answer_all(answer)
    assert await Miner(sim.host, PASSWORD).check_password() is proven


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (23, AuthenticationError),
        ("23", AuthenticationError),
        (45, WriteAccessDisabled),
        (135, CommandFailed),
    ],
)
async def test_plain_errors_stay_errors(
    sim: SimulatedMiner,
    answer_all: Callable[[Answer], None],
    code: Any,
    error: type[Exception],
) -> None:
    """A refusal need not be sealed."""
    answer_all(plain({**NO, "Code": code}))
    miner = Miner(sim.host, PASSWORD)
    with pytest.raises(error):
        await miner.stop()
    assert miner.write_access is not True


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
@pytest.mark.parametrize("false_yes", ["plain", "empty"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
async def test_device_that_says_yes_to_everything(
    api: str, false_yes: Any, password: str
) -> None:
    """No password is proven by it, and no command confirmed, on any firmware."""
    async with at_home(api=api) as sim:
        sim.faults.false_yes = false_yes
        miner = Miner(sim.host, password)
        await miner.read()
        assert await miner.check_password() is False
        assert miner.write_access is None
        assert await miner.stop() is False
        await miner.close()


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "dual"])
async def test_pkcs7(api: str) -> None:
    """Answers padded as MicroBT's driver expects them prove and confirm."""
    async with at_home(api=api, v3_password="Other_1") as sim:
        sim.faults.pkcs7 = True
        sim.faults.token_131 = True
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        assert await miner.check_password() is True
        assert await miner.stop() is True
        assert sim.machine.mineroff
        with pytest.raises(CommandFailed) as refused:
            await miner.execute("adjust_power_limit", power_limit="much")
        assert refused.value.sealed
        await miner.close()


@pytest.mark.parametrize("code", [-1, -2, -3])
@pytest.mark.parametrize("led", ["auto", ""])
async def test_wrong_token_with_another_code(code: int, led: str) -> None:
    """Only a yes proves a password on API v3: a wrong one may fail in any way."""
    async with at_home(api="3.0.2") as sim:
        sim.faults.v3_wrong_token = code
        sim.machine.settings.led = led
        wrong = Miner(sim.host, "wrong")
        assert await wrong.check_password() is False
        assert wrong.write_access is None
        with pytest.raises(CommandFailed):
            await wrong.stop()
        assert wrong.write_access is None
        assert not sim.machine.mineroff
        right = Miner(sim.host, PASSWORD)
        assert await right.check_password() is True
        assert right.write_access is True
        await wrong.close()
        await right.close()


async def test_nothing_to_prove_with() -> None:
    """With the LED in use and reports unknown the password stays unproven."""
    async with at_home(api="3.0.2") as sim:
        sim.machine.settings.led = "1,200,100,0 "
        sim.faults.refuse["set.miner.report"] = -2
        miner = Miner(sim.host, PASSWORD)
        assert await miner.check_password() is False
        access = [miner.write_access]
        assert await miner.stop() is True
        access.append(miner.write_access)
        assert access == [None, True]
        await miner.close()


async def test_led_refused_but_reports_work() -> None:
    """One yes is enough."""
    async with at_home(api="3.0.2") as sim:
        sim.faults.refuse["set.system.led"] = -1
        miner = Miner(sim.host, PASSWORD)
        assert await miner.check_password() is True
        await miner.close()


@pytest.mark.parametrize("code", [-1, -2])
async def test_the_other_api_proves(code: int) -> None:
    """Where API v3 shows nothing, the password may be that of API v2."""
    async with at_home(api="dual", v3_password="Other_1") as sim:
        sim.faults.v3_wrong_token = code
        miner = Miner(sim.host, PASSWORD)
        await miner.stop()
        assert "power_off" in sim.log.commands
        assert sim.machine.mineroff
        assert await miner.check_password() is True
        await miner.close()


async def test_the_other_api_is_busy() -> None:
    """What could not be asked yet is asked again."""
    async with at_home(api="dual", v3_password="Other_1") as sim:
        sim.faults.v3_wrong_token = -1
        sim.faults.refuse["get_token"] = 136
        miner = Miner(sim.host, PASSWORD)
        assert await miner.check_password() is False
        sim.faults.refuse.clear()
        miner.set_password(PASSWORD)  # its token may be asked for at once again
        assert await miner.stop() is True
        assert "power_off" in sim.log.commands
        await miner.close()


async def test_api_is_switched_on_again() -> None:
    """Only then it shows that API v3 does not take the password."""
    async with at_home(api="dual", v3_password="Other_1") as sim:
        sim.device.api_switch = False
        miner = Miner(sim.host, PASSWORD)
        assert await miner.check_password() is False
        with pytest.raises(WriteAccessDisabled):
            await miner.stop()
        sim.device.api_switch = True
        assert await miner.check_password() is True
        assert await miner.stop() is True
        assert "power_off" in sim.log.commands
        await miner.close()


async def test_none_of_the_two_proves() -> None:
    """API v3 is written with then, and the check is not repeated for each command."""
    async with at_home(api="dual", password="Other_1") as sim:
        sim.machine.settings.led = "1,200,100,0 "
        sim.faults.refuse["set.miner.report"] = -2
        miner = Miner(sim.host, PASSWORD)
        for _ in range(2):
            await miner.stop()
        assert sim.log.commands.count("set.miner.report") == 1
        assert sim.log.commands.count("set.miner.service") == 2
        await miner.close()


V3_ANSWERS: list[tuple[Any, bool]] = [
    ({"code": 0, "msg": "ok", "desc": "set.system.led"}, True),
    ({"code": "0", "msg": "ok", "desc": "set.system.led"}, True),
    ({"code": 0, "msg": "ok"}, False),
    ({"code": 0, "msg": "ok", "desc": None}, False),
    ({"msg": "ok", "desc": "set.system.led"}, False),
    ({"code": None, "msg": "ok", "desc": "set.system.led"}, False),
    ({"code": False, "msg": "ok", "desc": "set.system.led"}, False),
    ({"code": "ok", "msg": "ok", "desc": "set.system.led"}, False),
    ({"code": [], "msg": "ok", "desc": "set.system.led"}, False),
    ({"STATUS": "S", "Code": 131}, False),
    ({}, False),
]


@pytest.mark.parametrize(("answer", "proven"), V3_ANSWERS)
async def test_yes_of_api_3(
    answer: Any, proven: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code 0 of an answer that names the command is a yes, and nothing else."""
    real = FrameTransport.exchange

    async def exchange(
        self: FrameTransport,
        request: bytes,
        pick: Callable[[bytes], dict[str, Any] | None],
        *,
        kept: bool,
    ) -> dict[str, Any]:
        command = json.loads(request)["cmd"]
        if command == "set.system.led":
            found = pick(json.dumps(answer).encode())
            assert found is not None
            return found
        if command == "set.miner.report":
            raise NoAnswer("silent")
        answering: Awaitable[dict[str, Any]] = real(self, request, pick, kept=kept)
        return await answering

    monkeypatch.setattr(FrameTransport, "exchange", exchange)
    async with at_home(api="3.0.2") as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        assert await miner.check_password() is proven
        assert miner.write_access is (True if proven else None)
        assert await miner.change(Capability.LED, False) is proven
        await miner.close()


async def test_api_is_off_without_a_word() -> None:
    """Firmware with its API off may accept a connection and close it: no answer."""
    async with at_home(api="2.0.5") as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        sim.faults.api_silent = True
        sim.device.api_switch = False
        with pytest.raises(MinerUnreachable):
            await miner.check_password()
        with pytest.raises(MinerUnreachable):
            await miner.stop()
        with pytest.raises(MinerUnreachable):
            await miner.read()
