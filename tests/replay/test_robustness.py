"""Answers that nobody recorded: each field of each capture missing or of another kind.

What is missing must read as None, as what another field tells, or not change anything;
it must never become a zero, and never raise anything but the client's own errors.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict
from functools import cache
import json
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Miner,
    MinerData,
    MinerUnreachable,
    WhatsminerError,
    lenient_json,
)
from custom_components.whatsminer.client.transport import FrameTransport, Transport

from .cases import Case, all_cases
from .recording import Recording

CASES = [case for case in all_cases() if not case.refuses]
FIRST_CASES = list({case.folder: case for case in reversed(CASES)}.values())
# Two miners are enough for each field.
_MINERS_PER_FIELD = 2
DROPPED = object()
# Places in a list, and the power percent, of which 0 stands for all of the power.
_NOT_MEASURED = ("slot", "priority", "code", "power_percent")
WRONG: tuple[Any, ...] = (DROPPED, None, "", "abc", "inf", [], {})

type Path = tuple[str | int, ...]
type Change = Callable[[Any], Any]


@pytest.fixture
def playing(monkeypatch: pytest.MonkeyPatch) -> list[Recording]:
    """Replace the sockets; the last recording of the list is played."""
    now: list[Recording] = []

    async def exchange(_: Transport, request: bytes) -> bytes:
        """Answer as on port 4028."""
        if not now[-1].v2:
            raise MinerUnreachable("no port")
        return now[-1].answer(json.loads(request))

    async def exchange_frame(
        _: FrameTransport,
        request: bytes,
        pick: Callable[[bytes], dict[str, Any] | None],
        *,
        kept: bool,
    ) -> dict[str, Any] | None:
        """Answer as on port 4433."""
        if not now[-1].v3:
            raise MinerUnreachable("no port")
        answer = pick(now[-1].answer_v3(json.loads(request)))
        if answer is None:
            raise MinerUnreachable("no answer")
        return answer

    monkeypatch.setattr(Transport, "exchange", exchange)
    monkeypatch.setattr(FrameTransport, "exchange", exchange_frame)
    return now


@pytest.mark.parametrize("case", FIRST_CASES, ids=lambda case: case.title)
async def test_wrong_fields(case: Case, playing: list[Recording]) -> None:
    """Each field alone is dropped, or becomes something that it never is."""
    asyncio.get_running_loop().set_debug(False)  # thousands of readings
    recording = case.recording()
    playing.append(recording)
    usual = await Miner("miner").read()
    others = [await _read_alone(recording, api) for api in ("v2", "v3")]
    found = []
    for answers in (recording.v2, recording.v3):
        for command, raw in list(answers.items()):
            answer = lenient_json.loads(raw)
            for path in _paths(answer):
                if case not in _fields()[command, path][:_MINERS_PER_FIELD]:
                    continue
                for wrong in WRONG:
                    answers[command] = _changed(answer, path, wrong)
                    try:
                        data = await Miner("miner").read()
                    except WhatsminerError:
                        continue
                    if data == usual:
                        continue
                    found += [
                        f"{command} {path} = {_name(wrong)}: {line}"
                        for line in _made_up(usual, data, path, wrong, others)
                    ]
            answers[command] = raw
    assert found == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
async def test_numbers_as_text(case: Case, playing: list[Recording]) -> None:
    """It makes no difference whether numbers are written as text."""
    recording = case.recording()
    playing.append(recording)
    usual = await Miner("miner").read()
    _convert(recording, lambda value: str(value) if _is_number(value) else value)
    assert await Miner("miner").read() == usual


@pytest.mark.parametrize("case", FIRST_CASES, ids=lambda case: case.title)
@pytest.mark.parametrize(
    "wrong", [None, "", "abc", "nan", [], {}, [[]], {"a": 1}], ids=repr
)
async def test_all_wrong(case: Case, wrong: Any, playing: list[Recording]) -> None:
    """With no single value left, all that is read is None, or that it is no miner."""
    recording = case.recording()
    playing.append(recording)
    _convert(recording, lambda value: value if value in ("S", "E", 0) else wrong)
    try:
        data = await Miner("miner").read()
    except WhatsminerError:
        return
    numbers = {
        path: value
        for path, value in _flat(data).items()
        if _is_number(value) and value and path[-1] not in _NOT_MEASURED
    }
    assert numbers == {}


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\0", b"{}", b"[]", b"null", b"0", b'"Msg"', b'{"Msg":"text"}'),
        *(b"<html>", b'{"STATUS":[]}', b'{"STATUS":"S","Msg":[1]}'),
        *(b'{"STATUS":{"STATUS":[]}}', b"[" * 100_000, b'{"Msg":' * 100_000),
    ],
    ids=lambda raw: raw[:30],
)
async def test_wrong_answers(raw: bytes, playing: list[Recording]) -> None:
    """An answer that is none at all gives one of the client's errors, or a None."""
    recording = next(iter(case for case in CASES if "m5x" in case.title)).recording()
    playing.append(recording)
    for command in list(recording.v2):
        usual = recording.v2[command]
        recording.v2[command] = raw
        with suppress(WhatsminerError):
            await Miner("miner").read()
        recording.v2[command] = usual


@cache
def _fields() -> Mapping[tuple[str, Path], list[Case]]:
    """Return which captures have a field in an answer."""
    found = defaultdict[tuple[str, Path], list[Case]](list)
    for case in FIRST_CASES:
        recording = case.recording()
        for command, raw in (*recording.v2.items(), *recording.v3.items()):
            for path in _paths(lenient_json.loads(raw)):
                found[command, path].append(case)
    return found


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Return the way to each field; of a list's rows, which are alike, of the first."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from _paths(value[0], (*path, 0))


def _changed(answer: dict[str, Any], path: Path, wrong: Any) -> bytes:
    """Return the answer with one field dropped or replaced."""
    answer = deepcopy(answer)
    inner: Any = answer
    for key in path[:-1]:
        inner = inner[key]
    if wrong is DROPPED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    return json.dumps(answer).encode()


def _convert(recording: Recording, change: Change) -> None:
    """Change every single value of every answer."""
    for answers in (recording.v2, recording.v3):
        for command, raw in answers.items():
            answer = _converted(lenient_json.loads(raw), change)
            answers[command] = json.dumps(answer).encode()


def _converted(value: Any, change: Change) -> Any:
    """Return a value with every single value within it changed."""
    if isinstance(value, dict):
        return {key: _converted(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_converted(inner, change) for inner in value]
    return change(value)


async def _read_alone(recording: Recording, api: str) -> MinerData | None:
    """Return what the miner says over one of two APIs; None if it has but one."""
    if not (recording.v2 and recording.v3):
        return None
    other = "v3" if api == "v2" else "v2"
    answers = getattr(recording, other)
    setattr(recording, other, {})
    try:
        return await Miner("miner").read()
    except WhatsminerError:
        return None
    finally:
        setattr(recording, other, answers)


def _made_up(
    usual: MinerData,
    data: MinerData,
    path: Path,
    wrong: Any,
    others: list[MinerData | None],
) -> Iterator[str]:
    """Return what is said of a miner although it does not say so, over either API."""
    told = _flat(usual)
    by_one = [_flat(each) for each in others if each is not None]
    for name, value in _flat(data).items():
        before = told.get(name)
        # Without a total, shares are counted by pool: the manual's own have none.
        if name[-1] in ("accepted", "rejected"):
            continue
        # An error of which nothing shows that it is over is a current one.
        if name[-1] == "past" and not value:
            continue
        if any(name in each and each[name] == value for each in by_one):
            continue
        if _is_number(value) and value == 0 and before != 0:
            yield f"{name} was {before}, is {value}"
        # A pool is dead when it is anything but alive.
        if value is False and before is not False and wrong not in ("abc", "inf"):
            yield f"{name} was {before}, is {value}"
    # API v3 leaves the list out when there is no error.
    left_out = "error-code" in path and wrong is DROPPED
    within = 0 in path and ("error_code" in path or "error-code" in path)
    if usual.errors and data.errors == () and not (wrong == [] or left_out or within):
        yield "errors are gone"


def _flat(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """Return all single readings by name."""
    if isinstance(value, MinerData):
        value = asdict(value)
        del value["capabilities"], value["unbelievable"]
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, tuple):
        # Rows by their own number, so that they stay who they are when one is gone.
        inner = [(_own_number(row, at), row) for at, row in enumerate(value)]
    else:
        return {path: value}
    found: dict[tuple[Any, ...], Any] = {}
    for key, each in inner:
        found |= _flat(each, (*path, key))
    return found


def _own_number(row: Any, position: int) -> int:
    """Return the number of a board, pool or error."""
    for name in ("slot", "priority", "code"):
        if name in row:
            return int(row[name])
    return position


def _is_number(value: Any) -> bool:
    """Tell whether this is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _name(wrong: Any) -> str:
    """Return how a wrong value is shown."""
    return "dropped" if wrong is DROPPED else repr(wrong)
