"""What is asked before a command: who is there, and what a token is made of."""

import asyncio
from base64 import encodebytes
import json
from typing import Any, override

from Crypto.Cipher import AES
import pytest

from custom_components.whatsminer.client import (
    AuthenticationError,
    Capability,
    CommandFailed,
    InvalidResponse,
    Miner,
    MinerUnreachable,
    NoAnswer,
    UnknownCommand,
    WriteAccessDisabled,
    WrongDevice,
)
from custom_components.whatsminer.client.crypto import Envelope
from custom_components.whatsminer.client.transport import Transport
from custom_components.whatsminer.client.values import parse_mac
from tests.conftest import PASSWORD, at_home

from .test_delivery import Device, frame

MAC = "ce:01:19:00:00:01"


class Keeping(Device):
    """A miner that keeps its connections, as most do."""

    def __init__(self, address: str) -> None:
        """Have a MAC address."""
        super().__init__()
        self.address = address

    @override
    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer until the other end closes."""
        try:
            while length := int.from_bytes(await reader.readexactly(4), "little"):
                request = json.loads(await reader.readexactly(length))
                command = request["cmd"]
                if command.startswith("set."):
                    self.taken.append((command, request.get("param")))
                    writer.write(frame(self.reply(command)))
                else:
                    told = self.tell(command)
                    told["network"] = {"mac": self.address}
                    answer = {"code": 0, "msg": told, "desc": command}
                    writer.write(frame(answer))
        except OSError, asyncio.IncompleteReadError:
            pass
        writer.close()


async def test_kept_line_of_who_had_the_address() -> None:
    """Who is asked is who is sent to: the kept connection may be an older miner's."""
    old, new = Keeping(MAC), Keeping("ce:01:19:00:00:99")
    server = await asyncio.start_server(old.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    miner = Miner("127.0.0.1", PASSWORD, port=9, port_v3=port, mac=MAC)
    await miner.read()
    server.close()
    server = await asyncio.start_server(new.serve, "127.0.0.1", port)
    for write in (miner.stop(), miner.check_password(), miner.reboot()):
        with pytest.raises(WrongDevice):
            await write
    assert old.taken == new.taken == []
    await miner.close()
    server.close()


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2", "3.0.2", "dual"])
async def test_silence_before_the_command(api: str) -> None:
    """Nothing was sent then, so that nothing is unknown."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        await miner.read()
        sim.faults.unavailable |= {"get_token", "get.device.info"}
        for write in (miner.stop(), miner.change_password("Other_1"), miner.reboot()):
            with pytest.raises(MinerUnreachable) as caught:
                await write
            assert not isinstance(caught.value, NoAnswer)
        await miner.close()


@pytest.mark.parametrize("address", ["00:00:00:00:00:00", "", "unknown"])
@pytest.mark.parametrize("api", ["2.0.5", "2.2.2"])
async def test_name_that_is_gone(api: str, address: str) -> None:
    """Who once told its MAC address on API 2.x always does: another one does not."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        await miner.read()
        sim.device.mac = address
        with pytest.raises(InvalidResponse):
            await miner.stop()
        assert not sim.machine.mineroff


async def test_older_firmware_at_the_address() -> None:
    """A stopped miner of API 1.x does not say who it is; that one of 2.x did shows it.

    Nor is what it reports a reading of the other one.
    """
    async with at_home(api="2.0.5") as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        known = await miner.read()
    other = at_home(api="1.4", state="stopped")
    other.host = sim.host
    other.faults.mining_down = "empty"
    async with other:
        for _ in range(2):
            with pytest.raises(InvalidResponse):
                await miner.start()
            with pytest.raises(InvalidResponse):
                await miner.read()
        restarted = Miner(sim.host, PASSWORD, mac=sim.mac)
        restarted.remember(known)
        for question in (restarted.start(), restarted.read()):
            with pytest.raises(InvalidResponse):
                await question
        assert other.machine.mineroff


async def test_token_that_another_miner_refuses() -> None:
    """Who does not know the token may not be who was asked before: it gets no other one."""
    names, sealed = [MAC], []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.read(10_000))
        answer: dict[str, Any] = {"STATUS": "S", "Code": 131}
        if "enc" in request:
            sealed.append(request)
            if len(sealed) > 1:
                names.append("ce:01:19:00:00:99")
                answer = {"STATUS": "E", "Code": 135, "Msg": "check token err"}
        elif request["cmd"] == "get_token":
            answer["Msg"] = {"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"}
        else:
            answer["Msg"] = {"mac": names[-1]}
        writer.write(json.dumps(answer).encode())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        miner = Miner("127.0.0.1", PASSWORD, port=port, port_v3=9, mac=MAC)
        for error in (NoAnswer, WrongDevice):
            with pytest.raises(error):
                await miner.execute("power_off", respbefore="true")
        assert len(sealed) == 2


async def test_another_miner_falls_silent() -> None:
    """It was the last to say who it is: a stopped one of API 1.x is taken for that."""
    async with at_home(api="1.4") as sim:
        miner = Miner(sim.host, PASSWORD, mac=sim.mac)
        await miner.read()
        await sim.replace()
        assert (await miner.read()).identity.mac == sim.mac.lower()
        sim.machine.power_off()
        sim.faults.mining_down = "empty"
        assert (await miner.read()).identity.mac is None
        assert miner.last_mac == sim.mac.lower()
        with pytest.raises(WrongDevice):
            await miner.start()
        assert sim.machine.mineroff


@pytest.mark.parametrize(
    "found",
    ["CE0119000001", "ce01.1900.0001", "CE-01-19-00-00-01", " ce:01:19:00:00:01 "],
)
def test_forms_of_a_mac_address(found: str) -> None:
    """They all mean the same miner."""
    assert parse_mac(found) == MAC


@pytest.mark.parametrize("found", ["CE01190000012", "CE011900000", "0000.0000.0000"])
def test_no_mac_address(found: str) -> None:
    """Others mean none."""
    assert parse_mac(found) is None


@pytest.mark.parametrize("field", ["time", "salt", "newsalt"])
@pytest.mark.parametrize("found", [None, True, "", [], {}, 1.5])
async def test_token_of_odd_fields(
    field: str, found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no token is not taken for a wrong password."""
    real = Transport.exchange

    async def exchange(self: Transport, request: bytes) -> bytes:
        answer = await real(self, request)
        if json.loads(request).get("cmd") != "get_token":
            return answer
        told = json.loads(answer)
        told["Msg"][field] = found
        return json.dumps(told).encode()

    monkeypatch.setattr(Transport, "exchange", exchange)
    async with at_home(api="2.0.5") as sim:
        miner = Miner(sim.host, PASSWORD)
        for write in (miner.check_password(), miner.stop()):
            with pytest.raises(InvalidResponse):
                await write


async def test_sealed_refusal_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who seals it has read what was sealed: no wrong password, a refusal."""
    real = Transport.exchange
    async with at_home(api="2.0.5") as sim:

        async def exchange(self: Transport, request: bytes) -> bytes:
            if "enc" not in json.loads(request):
                return await real(self, request)
            seal = Envelope.of_key(sim.device.tokens.key).seal
            no = json.dumps({"STATUS": "E", "Code": 23, "Msg": "json cmd err"})
            return json.dumps({"enc": seal(no)}).encode()

        monkeypatch.setattr(Transport, "exchange", exchange)
        with pytest.raises(CommandFailed) as caught:
            await Miner(sim.host, PASSWORD).stop()
        assert caught.value.code == 23


def test_base64_in_lines() -> None:
    """OpenSSL breaks them, and reading JSON makes blanks of that."""
    key = "k" * 22
    cipher = AES.new(b"0" * 32, AES.MODE_ECB)
    envelope = Envelope(b"0" * 32)
    plain = b'{"STATUS":"S","Msg":"' + key.encode() * 6 + b'"}'
    sealed = encodebytes(cipher.encrypt(plain + b"\0" * (-len(plain) % 16))).decode()
    assert "\n" in sealed.strip()
    assert envelope.open(sealed.replace("\n", " ")) == plain


async def test_account_that_may_not_do_all() -> None:
    """A password that was just taken is not wrong for the next command."""
    async with at_home(api="3.0.2") as sim:
        sim.users.set_password("user1", "Other_1")
        sim.users.permissions["user1"].add("set.miner.report")
        miner = Miner(sim.host, "Other_1", account="user1")
        assert await miner.check_password() is True
        with pytest.raises(WriteAccessDisabled):
            await miner.stop()
        assert miner.write_access is True
        sim.users.set_password("user1", "Third_3")
        with pytest.raises(AuthenticationError):
            await miner.stop()
        await miner.close()


async def test_password_changed_without_a_new_salt() -> None:
    """The check does not go by what was taken before."""
    async with at_home(api="3.0.2") as sim:
        miner = Miner(sim.host, PASSWORD)
        assert await miner.check_password() is True
        sim.users.passwords["super"] = "Other_1"
        with pytest.raises(WriteAccessDisabled):
            await miner.stop()
        with pytest.raises(AuthenticationError):
            await miner.check_password()
        await miner.close()


async def test_other_code_for_a_wrong_form() -> None:
    """-2 is, by one client, also the answer to incorrect parameters."""
    device = Keeping(MAC)
    server = await asyncio.start_server(device.serve, "127.0.0.1", 0)
    miner = Miner(
        "127.0.0.1", PASSWORD, port=9, port_v3=server.sockets[0].getsockname()[1]
    )

    def reply(command: str) -> dict[str, Any]:
        percent = device.taken[-1][1]["percent"]
        return {"code": 0 if percent == 50 else -2, "msg": "", "desc": command}

    device.reply = reply
    assert await miner.change(Capability.POWER_PERCENT, 50)
    assert len(device.taken) == 2
    device.reply = lambda command: {"code": -2, "msg": "", "desc": command}
    with pytest.raises(UnknownCommand):
        await miner.change(Capability.POWER_PERCENT, 60)
    assert len(device.taken) == 3
    await miner.close()
    server.close()
