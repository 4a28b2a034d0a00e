"""Each capture over real sockets: what the client must say of it."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.whatsminer import client
from custom_components.whatsminer.client import MinerData

from .cases import Case, all_cases
from .device import miner_at
from .table import row

CASES = list(all_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
async def test_capture(
    case: Case, record_property: Callable[[str, object], None]
) -> None:
    """The readings are those that were decided by hand, and nothing is made up."""
    async with miner_at(case.recording()) as miner:
        if case.refuses is not None:
            with pytest.raises(getattr(client, case.refuses)):
                await miner.identify()
            record_property("capture", row(case, None))
            return
        identity = await miner.identify()
        data = await miner.read()
    record_property("capture", row(case, data))
    assert data.identity == identity
    assert differences(case.says, data) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
async def test_again(case: Case) -> None:
    """A second reading says the same as the first."""
    if case.refuses is not None:
        pytest.skip("not a whole miner")
    async with miner_at(case.recording()) as miner:
        assert await miner.read() == await miner.read()


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.name.startswith("as ") and not case.refuses],
    ids=lambda case: case.title,
)
async def test_queries(case: Case) -> None:
    """Every recorded answer can be asked for by hand, a refusal is one."""
    recording = case.recording()
    async with miner_at(recording) as miner:
        for command in recording.v2:
            if case.generation == "cgminer" and "+" in command:
                continue  # it is the refusal of the wrong key
            await _query(miner, recording.v2[command], command)
        for command in recording.v3:
            name, _, param = command.partition(" ")
            # A file that is called otherwise is no question of its own.
            asked = "_" not in name and not param.startswith("no-param")
            if name.startswith("get.") and asked and command not in case.answers:
                parameters = {"param": param} if param else {}
                await _query(miner, recording.v3[command], name, **parameters)


async def _query(
    miner: client.Miner, raw: bytes, command: str, **parameters: str
) -> None:
    """Ask for a recorded answer, which may be a refusal."""
    if _is_refusal(raw):
        with pytest.raises(client.CommandFailed):
            await miner.query(command, **parameters)
    else:
        answer = await miner.query(command, **parameters)
        # The history of a miner that just started is an empty text.
        assert "msg" in answer if "code" in answer else answer


def _is_refusal(raw: bytes) -> bool:
    """Return whether a recorded answer says that the command was not carried out."""
    answer = client.lenient_json.loads(raw)
    status = answer.get("STATUS", answer.get("code"))
    if isinstance(status, list):
        status = status[0]["STATUS"]
    # The manual's own examples have "string" there.
    return status in ("E", "F") or (isinstance(status, int) and status != 0)


def differences(says: dict[str, Any], data: MinerData) -> list[str]:
    """Return where a reading is not what it should be, one line each."""
    found: list[str] = []
    for name, value in says.items():
        of = data.identity if hasattr(data.identity, name) else data
        found += _differences(name, value, getattr(of, name))
    return found


def _differences(path: str, wanted: Any, got: Any) -> list[str]:
    """Compare one value, or all within it that are wanted."""
    if isinstance(wanted, list) and isinstance(got, tuple):
        if len(wanted) != len(got):
            return [f"{path}: {len(wanted)} wanted, {len(got)} there"]
        return [
            line
            for position, pair in enumerate(zip(wanted, got, strict=True))
            for line in _differences(f"{path}[{position}]", *pair)
        ]
    if isinstance(wanted, dict) and got is not None:
        return [
            line
            for name, value in wanted.items()
            for line in _differences(f"{path}.{name}", value, getattr(got, name))
        ]
    if isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        same = isinstance(got, (int, float)) and not isinstance(got, bool)
        if same and got == pytest.approx(wanted, abs=0.0051):
            return []
    elif wanted == got and type(wanted) in (type(got), str):
        return []
    return [f"{path}: {wanted!r} wanted, {got!r} there"]
