"""What a poll costs a miner and its reader, counted: it must not grow unnoticed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
import gc
from math import inf
from types import FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from custom_components.whatsminer import client
from custom_components.whatsminer.client import (
    Miner,
    MinerUnreachable,
    WhatsminerError,
    lenient_json,
    transport,
)
from tests.conftest import PASSWORD
from tests.simulator import SimulatedMiner

from .conftest import Time

# Twenty minutes: each question has had its turn.
POLLS = 80


class Costs(NamedTuple):
    """What these polls cost, after the first."""

    connections: int
    questions: int
    kilobytes: int
    """Of the answers; what one miner reports is of another length than another."""


COSTS = {
    "cgminer": Costs(87, 87, 489),
    "1.4": Costs(183, 183, 511),
    "2.0.5": Costs(236, 236, 387),
    "2.2.2": Costs(298, 298, 146),
    "3.0.2": Costs(0, 200, 240),
    "dual": Costs(20, 220, 264),
}
"""By generation. What grows here is asked of every miner in the field."""


@pytest.mark.parametrize("sim", COSTS, indirect=True)
async def test_polls(
    sim: SimulatedMiner, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections, questions and bytes are those of the table; each answer is read once."""
    read: list[int] = []

    def noted(loads: Callable[[bytes], Any], answer: bytes) -> Any:
        """Read an answer, and note how long it is."""
        read.append(len(answer))
        return loads(answer)

    miner = Miner(sim.host)
    await miner.read()
    for name in ("loads_strictly", "loads_repaired"):
        loads = getattr(lenient_json, name)
        monkeypatch.setattr(lenient_json, name, partial(noted, loads))
    before = sim.log.connections, len(sim.log)
    for _ in range(POLLS):
        time.pass_by(15)
        await miner.read()
    await miner.close()
    connections, questions = sim.log.connections - before[0], len(sim.log) - before[1]
    assert len(read) == questions
    found = Costs(connections, questions, round(sum(read) / 1000))
    assert (found.connections, found.questions) == COSTS[sim.api][:2]
    assert found.kilobytes == pytest.approx(COSTS[sim.api].kilobytes, rel=0.05)


class Start(NamedTuple):
    """Connections and questions after a restart."""

    reading: tuple[int, int]
    password: tuple[int, int]


STARTS = {
    "cgminer": Start((8, 8), (3, 3)),
    "1.4": Start((7, 7), (4, 4)),
    "2.0.5": Start((6, 6), (3, 3)),
    "2.2.2": Start((9, 9), (3, 3)),
    "3.0.2": Start((1, 5), (2, 2)),
    "dual": Start((4, 8), (2, 2)),
}
"""By generation. Home Assistant's start waits for the reading of each miner."""


@pytest.mark.parametrize("sim", STARTS, indirect=True)
async def test_start(sim: SimulatedMiner, time: Time) -> None:
    """A miner that an earlier run has read is asked for no more than the table has."""
    first = Miner(sim.host, PASSWORD)
    data = await first.read()
    await first.close()
    miner = Miner(sim.host, PASSWORD, mac=sim.mac)
    miner.remember(data)
    costs = []
    for ask in (miner.read, miner.check_password):
        before = sim.log.connections, len(sim.log)
        with suppress(WhatsminerError):
            await ask()
        costs.append((sim.log.connections - before[0], len(sim.log) - before[1]))
    await miner.close()
    assert Start(*costs) == STARTS[sim.api]


QUESTIONS_IN_VAIN = {
    "cgminer": 2,
    "1.4": 3,
    "2.0.5": 3,
    "2.2.2": 2,
    "3.0.2": 2,
    "dual": 2,
}
"""How often a miner that connects and never answers is asked until it is given up.

That times ten seconds is how long it takes to notice; docs/limits.md has it.
"""


@pytest.mark.parametrize("sim", QUESTIONS_IN_VAIN, indirect=True)
async def test_silent_miner(
    sim: SimulatedMiner, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A miner that takes connections and never answers is given up soon."""
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.2)
    miner = Miner(sim.host)
    await miner.read()
    time.pass_by(15)
    sim.faults.mute = True
    before = len(sim.log)
    with pytest.raises(MinerUnreachable):
        await miner.read()
    await miner.close()
    assert len(sim.log) - before == QUESTIONS_IN_VAIN[sim.api]


@pytest.mark.parametrize("sim", QUESTIONS_IN_VAIN, indirect=True)
async def test_dead_miner(sim: SimulatedMiner, time: Time) -> None:
    """A miner without power costs one connection that fails."""
    miner = Miner(sim.host)
    await miner.read()
    time.pass_by(15)
    await sim.stop()
    with (
        patch.object(transport, "find", wraps=transport.find) as find,
        pytest.raises(MinerUnreachable),
    ):
        await miner.read()
    assert find.call_count == 1


FAULTS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "dead": {"unreachable_until": inf},
    "mute": {"mute": True},
    "garbage": {"garbage": True},
    "cut": {"cut": 20},
    "busy": {"refuse": {"get_version": 136, "get_miner_info": 136}},
}


@contextmanager
def new_cycles() -> Iterator[list[str]]:
    """Return what the block left of the client that only a search for cycles would free."""
    found: list[str] = []
    # What was there before is not searched: that takes longer than all the rest.
    gc.freeze()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        for each in gc.garbage:
            if isinstance(each, FrameType):
                if "/whatsminer/client/" in each.f_code.co_filename:
                    found.append(each.f_code.co_qualname)
            elif str(type(each).__module__).startswith(client.__name__):
                found.append(type(each).__qualname__)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("sim", COSTS, indirect=True)
async def test_cycles(
    sim: SimulatedMiner, time: Time, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """What a poll leaves is freed at once, be it a failure.

    Python stops Home Assistant to search for cycles: the more often, the more there are.
    """
    miner = Miner(sim.host)
    await miner.read()
    monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.05)
    for name, value in FAULTS[fault].items():
        setattr(sim.faults, name, value)
    with new_cycles() as found:
        for _ in range(3):
            time.pass_by(15)
            with suppress(WhatsminerError):
                await miner.read()
    await miner.close()
    assert not found
