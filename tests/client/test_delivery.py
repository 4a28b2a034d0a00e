"""Each command arrives, is refused, or is said not to be known; none is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
import logging
from typing import Any, override

import pytest

from custom_components.whatsminer.client import (
    CONTROLS,
    AuthenticationError,
    Capability,
    CommandFailed,
    InvalidResponse,
    LedPattern,
    Miner,
    MinerUnreachable,
    NoAnswer,
    PoolLogin,
    transport,
)
from tests.conftest import PASSWORD, at_home
from tests.simulator.faults import PercentForm, Silence

POOL = PoolLogin(url="stratum+tcp://a:1", worker="w", password="Hidden_1")
PATTERN = LedPattern(color="red", period=200, duration=100)
ASKED: dict[Capability, tuple[Any, ...]] = {
    Capability.START_STOP: (False, True),
    Capability.RESTART: (None,),
    Capability.REBOOT: (None,),
    Capability.FACTORY_RESET: (None,),
    Capability.LED: (True, False, (PATTERN,)),
    Capability.POOLS: ((POOL,), (POOL, POOL), (POOL, POOL, POOL)),
    Capability.WEB_POOLS: (False, True),
    Capability.POWER_MODE: ("low", "normal", "high"),
    Capability.POWER_LIMIT: (2000, 3000),
    Capability.DYNAMIC_POWER: (1500, 3300),
    Capability.POWER_PERCENT: (100, 50, 0),
    Capability.POWER_PERCENT_GENTLE: (100, 60),
    Capability.RESTORE_POWER_PERCENT: (None,),
    Capability.TARGET_FREQUENCY: (-10, 0),
    Capability.FAST_BOOT: (True, False),
    Capability.UPFREQ_SPEED: (0, 10),
    Capability.TEMPERATURE_OFFSET: (-30, 0),
    Capability.MINE_AT_BOOT: (False, True),
    Capability.HEAT_MODE: ("heating", "anti-freezing", "normal"),
}


def frame(answer: object) -> bytes:
    """Return an answer as a frame."""
    data = json.dumps(answer).encode()
    return len(data).to_bytes(4, "little") + data


class Device:
    """A miner with API v3 that hashes, takes whatever comes, and hangs up after it."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.taken: list[tuple[str, Any]] = []
        self.reply: Callable[[str], Any] = lambda command: {
            "code": 0,
            "msg": "ok",
            "desc": command,
        }
        self.port = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request."""
        length = int.from_bytes(await reader.readexactly(4), "little")
        request = json.loads(await reader.readexactly(length))
        command = request["cmd"]
        if command.startswith("set."):
            self.taken.append((command, request.get("param")))
            answer = self.reply(command)
        else:
            answer = {"code": 0, "msg": self.tell(command), "desc": command}
        if answer is not None:
            writer.write(frame(answer))
        writer.close()

    def tell(self, command: str) -> dict[str, Any]:
        """Return what is read of a machine that is tuned."""
        if command == "get.device.info":
            return {
                "network": {"mac": "CE:01:19:00:00:01"},
                "miner": {"working": "true", "eeprom-liquid-cooling": "1-1-1"},
                "system": {"api": "3.0.2", "fwversion": "1", "apiswitch": "1"},
                "salt": "BQ5hoXV9",
            }
        if command == "get.miner.status":
            return {"summary": {"elapsed": 9000, "hash-1min": 100, "up-freq-finish": 1}}
        return {"power-percent": 100, "power-mode": "normal"}


@asynccontextmanager
async def listening(device: Device) -> AsyncIterator[Miner]:
    """Run a device and return its client."""
    server = await asyncio.start_server(device.serve, "127.0.0.1", 0)
    miner = Miner(
        "127.0.0.1", PASSWORD, port=9, port_v3=server.sockets[0].getsockname()[1]
    )
    try:
        yield miner
    finally:
        await miner.close()
        server.close()


async def test_device_that_closes_after_each_answer() -> None:
    """As the maker's mock does: each command of each value arrives, once."""
    device = Device()
    async with listening(device) as miner:
        await miner.read()
        assert set(ASKED) == set(CONTROLS)
        count = 0
        for what, values in ASKED.items():
            for value in values:
                await miner.read()
                assert await miner.change(what, value) is True
                count += 1
                assert len(device.taken) == count
        assert count >= 36
        assert miner.write_access is True


@pytest.mark.parametrize("salt", [None, 7])
async def test_device_without_a_salt(salt: Any) -> None:
    """No command can be signed then: that is said, and nothing is sent."""

    class Saltless(Device):
        @override
        def tell(self, command: str) -> dict[str, Any]:
            """Leave out what signs commands, or make it no text."""
            return {**super().tell(command), "salt": salt}

    device = Saltless()
    async with listening(device) as miner:
        assert (await miner.read()).hashrate
        with pytest.raises(InvalidResponse):
            await miner.stop()
        with pytest.raises(InvalidResponse):
            await miner.check_password()
        assert miner.write_access is None
        assert device.taken == []


async def test_refusals_of_a_device_that_closes() -> None:
    """A refusal is not lost with the connection."""
    device = Device()
    async with listening(device) as miner:
        device.reply = lambda command: {"code": -1, "msg": "fail", "desc": command}
        for what, values in ASKED.items():
            await miner.read()
            with pytest.raises(CommandFailed) as caught:
                await miner.change(what, values[0])
            assert (caught.value.code, caught.value.message) == (-1, "fail")
        device.reply = lambda command: {"code": -1, "desc": command}
        with pytest.raises(CommandFailed) as caught:
            await miner.stop()
        assert (caught.value.code, caught.value.message) == (-1, "")


async def test_simulator_that_closes() -> None:
    """The same with a simulated miner: what was asked is done, a password is checked."""
    async with at_home(api="3.0.2") as sim:
        sim.faults.v3_close = True
        miner = Miner(sim.host, PASSWORD)
        for _ in range(3):
            await miner.read()
            assert await miner.stop()
            assert sim.machine.mineroff
            assert await miner.start()
            assert not sim.machine.mineroff
        wrong = Miner(sim.host, "wrong")
        with pytest.raises(AuthenticationError):
            await wrong.check_password()
        with pytest.raises(AuthenticationError):
            await wrong.stop()
        assert not sim.machine.mineroff


@pytest.mark.parametrize("closes", [False, True])
async def test_answer_that_never_comes(
    closes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-back decides what became of a command; where there is none it is an error."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.1)
    async with at_home(api="3.0.2") as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        how: Silence = "close" if closes else "hang"
        sim.faults.silent = {
            "set.miner.service": how,
            "set.system.reboot": how,
            "set.user.change_passwd": how,
        }
        assert await miner.stop() is False
        assert (await miner.read()).mining is False
        with pytest.raises(NoAnswer):
            await miner.change(Capability.MINE_AT_BOOT, False)
        with pytest.raises(NoAnswer):
            await miner.execute("set.miner.service", param="start")
        assert sim.log.commands.count("set.miner.service") == 3  # none twice
        assert await miner.reboot() is False
        await miner.close()


@pytest.mark.parametrize("api", ["2.0.5", "3.0.2"])
async def test_silence_where_the_miner_never_answered(api: str) -> None:
    """Without a connection the command has not arrived, and that is said."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        await sim.stop()
        for what, values in ASKED.items():
            with pytest.raises(MinerUnreachable):
                await miner.change(what, values[0])


async def test_restarts_are_expected_to_be_silent() -> None:
    """Of API v2: what restarts the miner may be silent, what it does not report not."""
    async with at_home(api="1.4") as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        for command in ("set_power_pct", "enable_web_pools", "reboot", "set_low_power"):
            sim.faults.silent[command] = "close"
        with pytest.raises(NoAnswer):
            await miner.change(Capability.POWER_PERCENT, 60)
        with pytest.raises(NoAnswer):
            await miner.change(Capability.WEB_POOLS, True)
        with pytest.raises(NoAnswer):
            await miner.execute("enable_web_pools")
        assert await miner.change(Capability.POWER_MODE, "low") is False
        assert await miner.execute("set_low_power") is None
        assert await miner.reboot() is False


@pytest.mark.parametrize("api", ["1.4", "2.0.5", "2.2.2"])
async def test_reboot_is_answered(api: str) -> None:
    """It is asked to answer first, as MicroBT's driver asks."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        assert await miner.reboot() is True
        sent = [each.params for each in sim.log if each.command == "reboot"]
        assert sent == [{"respbefore": "true"}]


@pytest.mark.parametrize("api", ["2.0.5", "3.0.2", "dual"])
async def test_password_change_without_an_answer(api: str) -> None:
    """Only trying shows which of two passwords the miner takes."""
    async with at_home(api=api) as sim:
        miner = Miner(sim.host, PASSWORD)
        await miner.read()
        for command in ("update_pwd", "set.user.change_passwd"):
            sim.faults.silent[command] = "close"
        await miner.change_password("Other_1")
        assert await miner.stop()
        for command in ("update_pwd", "set.user.change_passwd"):
            sim.faults.unavailable.add(command)
        with pytest.raises(NoAnswer):
            await miner.change_password("Third_3")
        assert await miner.start()
        await miner.close()


@pytest.mark.parametrize(
    ("form", "tries"), [("text", [1, 1]), ("number", [2, 1]), ("json", [3, 1])]
)
async def test_form_of_power_percent(form: PercentForm, tries: list[int]) -> None:
    """What a mining, tuned miner refuses is sent in other forms, once per firmware."""
    async with at_home(api="3.0.2") as sim:
        sim.faults.percent_form = form
        miner = Miner(sim.host, PASSWORD)
        for percent, count in zip((60, 80), tries, strict=True):
            sim.log.clear()
            assert await miner.change(Capability.POWER_PERCENT, percent)
            assert sim.log.commands.count("set.miner.power_percent") == count
            assert (await miner.read()).power_percent == percent
            miner.set_password(PASSWORD)  # what was learned stays
        assert await miner.change(Capability.RESTORE_POWER_PERCENT)
        assert await miner.change(Capability.POWER_PERCENT_GENTLE, 70)
        await miner.close()


async def test_first_form_is_text() -> None:
    """A number may do worse than fail on firmware that reads text."""
    device = Device()
    async with listening(device) as miner:
        await miner.read()
        await miner.change(Capability.POWER_PERCENT, 50.0)
        await miner.change(Capability.POWER_PERCENT_GENTLE, 150)
        await miner.change(Capability.RESTORE_POWER_PERCENT)
    assert [param for _, param in device.taken] == [
        {"percent": "50", "mode": "fast"},
        {"percent": "150", "mode": "normal"},
        {"percent": "100", "mode": "fast"},
    ]


async def test_all_forms_are_refused() -> None:
    """A miner that takes none is not asked for the others again."""
    device = Device()
    async with listening(device) as miner:
        await miner.read()
        device.reply = lambda command: {"code": -1, "msg": "fail", "desc": command}
        for count in (3, 4, 5):
            with pytest.raises(CommandFailed):
                await miner.change(Capability.POWER_PERCENT, 50)
            assert len(device.taken) == count


@pytest.mark.parametrize("answer", [None, {}, {"code": 0}])
async def test_no_other_form_after_a_possible_yes(answer: Any) -> None:
    """An answer that is neither yes nor no ends the search."""
    device = Device()
    async with listening(device) as miner:
        await miner.read()
        device.reply = lambda command: (
            {"code": -1, "msg": "fail", "desc": command}
            if len(device.taken) == 1
            else answer
        )
        assert await miner.change(Capability.POWER_PERCENT, 50) is False
        assert len(device.taken) == 2


async def test_refusal_in_high_mode_is_not_about_the_form() -> None:
    """The normal way is not for machines with fans in high mode."""
    async with at_home(api="3.0.2") as sim:
        sim.machine.settings.power_mode = "High"
        miner = Miner(sim.host, PASSWORD)
        with pytest.raises(CommandFailed):
            await miner.change(Capability.POWER_PERCENT_GENTLE, 60)
        assert sim.log.commands.count("set.miner.power_percent") == 1
        # The quick way is for all: there a refusal is about the form.
        sim.faults.percent_form = "number"
        assert await miner.change(Capability.POWER_PERCENT, 60)
        assert sim.log.commands.count("set.miner.power_percent") == 3
        await miner.close()


@pytest.mark.parametrize("api", ["2.2.2", "3.0.2", "dual"])
async def test_more_than_hundred(api: str) -> None:
    """Machines cooled by liquid take up to 200 where the command allows it."""
    async with at_home(api=api, cooling="hydro") as sim:
        miner = Miner(sim.host, PASSWORD)
        data = await miner.read()
        for what in (Capability.POWER_PERCENT, Capability.POWER_PERCENT_GENTLE):
            limits = CONTROLS[what].limits(data)
            assert limits is not None
            short = api == "2.2.2" and what is Capability.POWER_PERCENT
            assert limits[1] == (100 if short else 200)
            assert await miner.change(what, limits[1])
            assert (await miner.read()).power_percent == limits[1]
        await miner.close()
    async with at_home(api=api) as sim:
        data = await Miner(sim.host).read()
        for what in (Capability.POWER_PERCENT, Capability.POWER_PERCENT_GENTLE):
            assert CONTROLS[what].limits(data) == (0 if api == "2.2.2" else 1, 100)


async def test_log(
    sim_log: Callable[[str], Awaitable[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """Commands are logged with outcome and duration, and nothing that is in them."""
    caplog.set_level(logging.DEBUG, "custom_components.whatsminer.client")
    for api, words in (
        ("2.0.5", ("get_token: ok", "update_pools: ok", "nothing: UnknownCommand 14")),
        ("3.0.2", ("set.miner.pools: ok", "set.nothing: UnknownCommand -2")),
    ):
        shown = await sim_log(api)
        assert all(each in shown for each in words)
        for secret in (PASSWORD, "Hidden_1", "stratum", "salt", "token="):
            assert secret not in shown


@pytest.fixture
def sim_log(caplog: pytest.LogCaptureFixture) -> Callable[[str], Awaitable[str]]:
    """Return a function that sends commands and returns what the client logged."""

    async def send(api: str) -> str:
        caplog.clear()
        async with at_home(api=api) as sim:
            miner = Miner(sim.host, PASSWORD)
            await miner.read()
            await miner.change(Capability.POOLS, [POOL])
            with pytest.raises(CommandFailed):
                await miner.execute("set.nothing" if api[0] == "3" else "nothing")
            await miner.close()
        return "\n".join(
            record.getMessage()
            for record in caplog.records
            if "whatsminer.client" in record.name
        )

    return send
