"""How long a value outlives its reading: by a table, and by nothing else."""

from dataclasses import fields, replace
from typing import Any

import pytest

from custom_components.whatsminer.client import (
    Board,
    Capability,
    MinerData,
    MinerError,
    MinerIdentity,
    Pool,
    PowerSupply,
)
from custom_components.whatsminer.client.lifetimes import (
    A_DAY,
    ALWAYS,
    ANSWERS,
    LASTING,
    SET_BY,
    Memory,
)

MAC = "c4:11:04:00:00:01"
BOARD = Board(
    slot=1,
    hashrate=40.0,
    hashrate_factory=42.0,
    temperature=70.0,
    chips=135,
    serial_number="BHM1",
    chip_bin="K88",
)
POOL = Pool(priority=0, url="stratum+tcp://a:1", worker="w", alive=True, accepted=7)
FULL = MinerData(
    identity=MinerIdentity(
        mac=MAC,
        model="M50S_VH50",
        serial_number="S1",
        hostname="rig",
        firmware="20230803.11.REL",
        api_version="2.0.5",
        control_board="H616",
    ),
    mining=True,
    hashrate=120.0,
    hashrate_factory=126.0,
    power=3300.0,
    power_limit=3400.0,
    power_limit_set=3400.0,
    power_mode="normal",
    fast_boot=False,
    board_temperature=70.0,
    liquid_cooled=False,
    fan_speed_in=5400,
    fan_speed_out=5300,
    fans_turned=True,
    uptime=9000,
    accepted=7,
    boards=(BOARD,),
    pools=(POOL,),
    power_supply=PowerSupply(model="P221", serial_number="P1", voltage_in=230.0),
    errors=(),
)
EMPTY = MinerData(identity=MinerIdentity())
STOPPED = MinerData(
    identity=MinerIdentity(), mining=False, hashrate=0.0, power_limit_set=3400.0
)
LISTS = ("boards", "pools")


@pytest.fixture
def memory() -> Memory:
    """Return a memory of one full reading at second 0."""
    memory = Memory()
    assert memory.complete(FULL, 0) == FULL
    return memory


def names(kind: type) -> list[tuple[str, float]]:
    """Return what outlives a reading of a kind of part, and for how long."""
    return list(LASTING[kind].items())


@pytest.mark.parametrize(("name", "seconds"), names(MinerData))
def test_fields(memory: Memory, name: str, seconds: float) -> None:
    """A field of the table stays until its lifetime is over."""
    at_last = 1e9 if seconds == ALWAYS else seconds
    assert getattr(memory.complete(EMPTY, at_last), name) == getattr(FULL, name)
    if seconds < ALWAYS:
        assert getattr(memory.complete(EMPTY, seconds + 1), name) is None


@pytest.mark.parametrize(("name", "seconds"), names(MinerIdentity))
def test_identity(memory: Memory, name: str, seconds: float) -> None:
    """So does who the miner is."""
    at_last = 1e9 if seconds == ALWAYS else seconds
    found = getattr(memory.complete(EMPTY, at_last).identity, name)
    assert found == getattr(FULL.identity, name)


def test_proof_does_not_stay(memory: Memory) -> None:
    """The MAC address says who answers now, or nothing."""
    assert memory.complete(EMPTY, 1).identity.mac is None


def test_nothing_else_stays(memory: Memory) -> None:
    """What is measured or counted is true for its own reading only."""
    data = memory.complete(EMPTY, 1)
    kept = {
        each.name
        for each in fields(data)
        if getattr(data, each.name) != getattr(EMPTY, each.name)
    }
    assert kept == {*LASTING[MinerData], "fans_turned", "identity", "power_supply"}
    assert data.power_supply == PowerSupply(model="P221", serial_number="P1")
    assert data.errors is None


def test_stopped(memory: Memory) -> None:
    """What does not change by stopping stays, without what was measured."""
    data = memory.complete(STOPPED, 60, LISTS)
    assert data.boards == (
        Board(
            slot=1,
            hashrate=0.0,
            hashrate_factory=42.0,
            serial_number="BHM1",
            chip_bin="K88",
        ),
    )
    assert data.pools == (Pool(priority=0, url="stratum+tcp://a:1", worker="w"),)
    assert data.hashrate_factory == 126
    assert data.power_limit == 3400
    assert data.power_mode == "normal"
    assert data.fan_speed_in is None
    late = memory.complete(STOPPED, A_DAY + 1, LISTS)
    assert late.pools == ()
    assert late.power_limit is None
    assert late.power_mode is None
    assert late.hashrate_factory == 126
    assert late.boards == data.boards


def test_lists_that_were_given(memory: Memory) -> None:
    """An empty list is an answer; what is gone from one does not come back."""
    assert memory.complete(STOPPED, 1).pools == ()
    assert memory.complete(STOPPED, 2, LISTS).pools == ()
    other = replace(FULL, boards=(replace(BOARD, slot=2),))
    memory.complete(other, 3)
    assert [board.slot for board in memory.complete(STOPPED, 4, LISTS).boards] == [2]


@pytest.mark.parametrize(
    "change", [{"power_limit_set": 3000.0}, {"power_mode": "low"}, {"mining": True}]
)
def test_power_limit_of_other_settings(memory: Memory, change: dict[str, Any]) -> None:
    """It does not stay when something else was set, nor while mining restarts."""
    data = memory.complete(replace(STOPPED, **change), 1, LISTS)
    assert data.power_limit is None


@pytest.mark.parametrize("what", SET_BY)
def test_what_was_set(memory: Memory, what: Capability) -> None:
    """What somebody asks for anew is not known until it is read again."""
    memory.forget_what_sets(what)
    data = memory.complete(STOPPED, 1, LISTS)
    for name in SET_BY[what]:
        assert not getattr(data, name)
    assert data.hashrate_factory == 126


def test_a_stop_is_no_setting(memory: Memory) -> None:
    """The command to stop leaves everything known."""
    memory.forget_what_sets(Capability.START_STOP)
    assert memory.complete(STOPPED, 1, LISTS).pools


def test_earlier_run() -> None:
    """Of an earlier run only that is taken over which always stays true."""
    memory = Memory()
    memory.remember(replace(FULL, errors=(MinerError(code=110),)), 0)
    data = memory.complete(STOPPED, 1, LISTS)
    assert data.identity == replace(FULL.identity, mac=None, hostname=None)
    assert data.hashrate_factory == 126
    assert data.liquid_cooled is False
    assert data.power_mode is None
    assert data.pools == ()
    assert data.boards[0].serial_number == "BHM1"
    assert data.errors is None
    assert memory.known.fans_turned
    assert memory.is_other("c4:11:04:00:00:02")
    assert not memory.is_other(MAC)
    assert not memory.is_other(None)


def test_fans_of_runs_before_the_last_one() -> None:
    """That the fans turned outlives a run that saw them at rest alone."""
    at_rest = replace(STOPPED, fan_speed_in=0, fan_speed_out=0)
    data = FULL
    for _ in range(3):
        memory = Memory()
        memory.remember(data, 0)
        data = memory.complete(at_rest, 1)
        assert memory.known.fans_turned


def test_another_miner(memory: Memory) -> None:
    """Nothing is taken for another one's."""
    memory.forget()
    assert memory.complete(STOPPED, 1, LISTS) == STOPPED
    assert not memory.known.fans_turned


def test_answers_have_an_end() -> None:
    """An answer counts for minutes at most, as the documents say; errors do not."""
    assert "get_error_code" not in ANSWERS
    short = {name for name, seconds in ANSWERS.items() if seconds < ALWAYS}
    assert max(ANSWERS[name] for name in short) == 180
