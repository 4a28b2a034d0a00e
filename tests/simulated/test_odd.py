"""Odd readings: each fault shows what a machine in the field, or a hostile one, does."""

import json
from typing import Any

import pytest

from tests.simulator import ManualClock, SimulatedMiner
from tests.simulator.__main__ import build_miners, build_parser
from tests.simulator.odd import FLAP_SECONDS, ODD_HELP, PAST_AGE

from .common import Json, V3Client, ask, exchange, read_summary

JOINED = "summary+edevs+pools"


async def errors(miner: SimulatedMiner) -> list[Json]:
    """Return the list of errors."""
    found: list[Json] = (await ask(miner, "get_error_code"))["Msg"]["error_code"]
    return found


async def raw(miner: SimulatedMiner, command: str) -> str:
    """Return the text of an answer."""
    return (await exchange(miner, json.dumps({"cmd": command}).encode())).decode()


@pytest.mark.parametrize(
    "line", [each for each in ODD_HELP.splitlines() if not each.startswith("   ")]
)
def test_every_fault_of_the_help(line: str) -> None:
    """What the help names is taken."""
    name, _, value = (
        line.split(maxsplit=1)[0].replace("[", "").replace("]", "").partition("=")
    )
    examples = {
        "COMMAND:N": "pools:900",
        "CODES": "205,206",
        "CODE": "110",
        "FIELD:VALUE": "Power:65535",
    }
    fault = f"{name}={examples.get(value, '5')}" if value else name
    (miner,) = build_miners(build_parser().parse_args(["--fault", fault]))
    assert miner.faults.odd != type(miner.faults.odd)()


async def test_msg_lists(miner: SimulatedMiner) -> None:
    """Rows and the power supply are a list in Msg, joined ones, too."""
    miner.faults.odd.msg_lists = True
    for command in ("pools", "edevs", "devs", "get_psu"):
        answer = await ask(miner, command)
        assert answer["Code"] == 131
        assert answer["Msg"][0]
    joined = await ask(miner, JOINED)
    assert joined["summary"][0]["SUMMARY"]
    assert len(joined["pools"][0]["Msg"]) == 3


async def test_cut_parts(miner: SimulatedMiner) -> None:
    """An answer is cut off alone, and in the middle of a joined one."""
    miner.faults.odd.cut_parts["edevs"] = 500
    assert len(await raw(miner, "edevs")) == 500
    joined = await raw(miner, JOINED)
    with pytest.raises(ValueError):
        json.loads(joined)
    assert joined.startswith('{"summary":[{')
    assert joined.endswith("}")
    assert '"pools":[{"STATUS"' in joined


async def test_mining_does_not_answer(miner: SimulatedMiner, client: V3Client) -> None:
    """All of mining is refused with 132; the daemon answers."""
    miner.faults.odd.btminer_unknown = True
    for command in ("summary", "edevs", "devs", "pools", JOINED):
        answer = await ask(miner, command)
        assert (answer["STATUS"], answer["Code"]) == ("E", 132)
        assert answer["Msg"] == "API btminer unknow err"
    for command in ("status", "get_error_code", "get_psu"):
        assert (await ask(miner, command))["Code"] == 131


async def test_edevs_refused(miner: SimulatedMiner) -> None:
    """Only devs has the boards."""
    miner.faults.odd.edevs_refused = True
    assert (await ask(miner, "edevs"))["STATUS"] == "E"
    assert len((await ask(miner, "devs"))["DEVS"]) == 3
    assert (await ask(miner, JOINED))["edevs"][0]["STATUS"] == "E"


async def test_errors_that_are_over(miner: SimulatedMiner, clock: ManualClock) -> None:
    """They stay in the list with the time of their last occurrence."""
    odd = miner.faults.odd
    odd.stale_errors[205] = PAST_AGE
    odd.keeps_errors = True
    miner.machine.error_codes[110] = clock.now()
    first = await errors(miner)
    assert first == [
        {"205": miner.device.local_text(clock.now() - PAST_AGE)},
        {"110": miner.device.local_text(clock.now())},
    ]
    miner.machine.error_codes.clear()
    clock.advance(3600)
    assert [list(each) for each in await errors(miner)] == [["205"], ["110"]]
    assert (await errors(miner))[1] == first[1]


async def test_flapping(miner: SimulatedMiner, clock: ManualClock) -> None:
    """An error changes 38 times in six hours, with a new time at each appearance."""
    miner.faults.odd.flapping.add(206)
    seen = []
    for _ in range(round(6 * 3600 / FLAP_SECONDS)):
        seen += [each["206"] for each in await errors(miner)]
        clock.advance(FLAP_SECONDS)
    assert len(seen) == len(set(seen)) == 19


async def test_error_flood(miner: SimulatedMiner) -> None:
    """The list is long, and another one each time."""
    miner.faults.odd.error_flood = 20_000
    first, second = await errors(miner), await errors(miner)
    assert len(first) == len(second) == 20_000
    assert first[0] != second[0]


@pytest.mark.parametrize(
    ("api", "command", "names"),
    [
        ("cgminer", "summary", ["Power", "Elapsed"]),
        ("1.4", "summary", ["Power", "Elapsed"]),
        ("2.0.5", "get_psu", ["vin", "pin"]),
        ("2.2.2", "edevs", ["Temperature", "Factory GHS"]),
        ("2.2.2", "pools", ["Accepted"]),
        ("3.0.2", "get.device.info", ["iin", "hash-percent"]),
        ("3.0.2", "get.miner.status", ["power-realtime", "board-temperature"]),
    ],
)
async def test_absurd(api: str, command: str, names: list[str]) -> None:
    """Every number is absurd, or one field is; text stays text."""
    async with SimulatedMiner(api=api) as miner:
        miner.machine.settings.target_percent = -5
        miner.faults.odd.absurd[""] = 2147483647
        if miner.api == "3.0.2":
            async with V3Client.open(miner) as client:
                answer = await client.ask(
                    command, *(["summary"] * ("status" in command))
                )
        else:
            key = "command" if api == "cgminer" else "cmd"
            reply = await exchange(miner, json.dumps({key: command}).encode())
            answer = json.loads(reply.rstrip(b"\0"))
    values = {name: value for name, value in _fields(answer) if name in names}
    assert {*values} == {*names}
    assert {str(value) for value in values.values()} == {"2147483647"}
    assert answer.get("Code", answer.get("code", 0)) in (0, 131)


def _fields(value: Any, name: str = "") -> list[tuple[str, Any]]:
    """Return all fields in an answer."""
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _fields(item, key)]
    if isinstance(value, list):
        return [pair for item in value for pair in _fields(item, name)]
    return [(name, value)]


async def test_one_absurd_field(miner: SimulatedMiner) -> None:
    """One field alone has the value, and tokens are given still."""
    miner.faults.odd.absurd["Power"] = 1e11
    fields = await read_summary(miner)
    assert fields["Power"] == 1e11
    assert fields["Elapsed"] < 1e5
    miner.faults.odd.absurd[""] = -1
    assert (await ask(miner, "get_token"))["Msg"]["time"] != "-1"


async def test_half_emoji(miner: SimulatedMiner, client: V3Client) -> None:
    """Names end with half an emoji, as JSON escapes it."""
    miner.faults.odd.half_emoji = True
    for command, name in (
        ("get_miner_info", "hostname"),
        ("pools", "User"),
        ("devdetails", "Model"),
        ("get_version", "fw_ver"),
    ):
        text = await raw(miner, command)
        assert r" \ud83d" in text
        assert name in text


async def test_fans_and_btmineroff() -> None:
    """Both fans stand still while it hashes; `btmineroff` lies."""
    async with SimulatedMiner(api="1.4") as miner:
        miner.faults.odd.fans_stopped = True
        miner.faults.odd.btmineroff_lie = True
        fields = await read_summary(miner)
        assert fields["MHS 1m"] > 1e7
        assert (fields["Fan Speed In"], fields["Fan Speed Out"]) == (0, 0)
        assert (await ask(miner, "status"))["Msg"]["btmineroff"] == "true"


async def test_energy_counters(
    dual: SimulatedMiner, client: V3Client, clock: ManualClock
) -> None:
    """They count what the machine draws, and begin anew when they are told to."""
    assert "power-on-stats" not in (await _summary(client))
    dual.faults.odd.energy_counters = True
    before = await _summary(client)
    true = 0.0
    for _ in range(600):
        clock.advance(6)
        true += dual.machine.physics.power * 6
    after = await _summary(client)
    for name in ("power-on-stats", "cumulative-stats"):
        counted = after[name]["energy-ws"] - before[name]["energy-ws"]
        assert counted == pytest.approx(true, rel=0.01)
    life = after["cumulative-stats"]
    assert life["total-secs"] - before["cumulative-stats"]["total-secs"] == 3600
    rate = life["total-ths"] - before["cumulative-stats"]["total-ths"]
    assert rate / 3600 == pytest.approx(after["hash-average"], rel=0.05)
    dual.machine.physics.count_period = 1800
    clock.advance(1800)
    assert (await _summary(client))["power-on-stats"]["energy-ws"] < true * 0.51


async def _summary(client: V3Client) -> Json:
    """Return the summary of API v3."""
    found: Json = (await client.ask("get.miner.status", "summary"))["msg"]["summary"]
    return found


async def test_pools_of_v3(dual: SimulatedMiner, client: V3Client) -> None:
    """Backups are left out; or all are, and they are refused alone."""
    dual.faults.odd.backups_left_out = True
    answer = await client.ask("get.miner.status", "pools")
    assert [pool["id"] for pool in answer["msg"]["pools"]] == [1]
    dual.faults.odd.idle_pools = True
    assert (await client.ask("get.miner.status", "pools"))["code"] == -1
    answer = await client.ask("get.miner.status", "summary+pools")
    assert set(answer["msg"]) == {"summary"}


async def test_replaced(dual: SimulatedMiner, clock: ManualClock) -> None:
    """Another miner begins its counts anew, under the same address."""
    async with V3Client.open(dual) as client:
        first = (await client.ask("get.device.info"))["msg"]
    clock.advance(86400)
    accepted = (await ask(dual, "pools"))["POOLS"][0]["Accepted"]
    dual.faults.odd.replaced_at = clock.wall() + 60
    await dual.replace_if_due()
    clock.advance(60)
    await dual.replace_if_due()
    async with V3Client.open(dual) as client:
        second = (await client.ask("get.device.info"))["msg"]
    assert first["network"]["mac"] != second["network"]["mac"] == dual.mac
    assert first["miner"]["miner-sn"] != second["miner"]["miner-sn"]
    assert dual.machine.uptime < 10_000
    assert (await ask(dual, "pools"))["POOLS"][0]["Accepted"] < accepted
    await dual.replace_if_due()
    assert second["network"]["mac"] == dual.mac
