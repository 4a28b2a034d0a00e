"""What limits each miner: handed out so that what runs goes on running."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from custom_components.whatsminer.power_manager.law.ceilings import (
    Headroom,
    allocate,
    is_hot,
    is_within,
    phase_current,
    phase_headroom,
    power_headroom,
)
from custom_components.whatsminer.power_manager.law.models import (
    Ceiling,
    Limit,
    MinerReading,
)


def miner(key: str, state: str = "tuned", power: float = 3000) -> MinerReading:
    """Return a miner of 3,000 W that runs tuned, tunes, or is stopped."""
    return MinerReading(
        key=key,
        power=0 if state == "off" else power,
        mining=state != "off",
        is_steerable=state == "tuned",
        full_power=3000,
        lowest_percent=40,
    )


def watts(ceilings: dict[str, Ceiling], miners: list[MinerReading]) -> list[float]:
    """Return what each may draw; 3,000 W where nothing limits it."""
    return [
        ceilings[each.key].power if each.key in ceilings else 3000 for each in miners
    ]


# W of one of 3,000 W at 40 %.
LOWEST = 1357.2
# How the miners are, the cap, and what each may draw.
CAPS: list[tuple[list[tuple[Any, ...]], float, list[float]]] = [
    ([("tuned",)], 5000, [3000]),
    ([("tuned",)], 2000, [2000]),
    ([("tuned",)], LOWEST, [LOWEST]),
    ([("tuned",)], LOWEST - 1, [0]),
    ([("tuned",)], 0, [0]),
    ([("tuned",)], -500, [0]),
    # Both are throttled before one is stopped; what remains goes to the first.
    ([("tuned",), ("tuned",)], 5000, [3000, 2000]),
    ([("tuned",), ("tuned",)], 2900, [2900 - LOWEST, LOWEST]),
    ([("tuned",), ("tuned",)], 2700, [2700, 0]),
    # What tunes cannot be throttled: all that it may come to draw, or draws, or nothing.
    ([("tuning", 800), ("tuned",)], 4400, [3000, 1400]),
    ([("tuning", 800), ("tuned",)], 2500, [800, 1700]),
    ([("tuning", 2000), ("tuned",)], 2500, [0, 2500]),
    # What is stopped gets what those that run leave.
    ([("off",), ("tuned",)], 4000, [1000, 3000]),
    # Only one of them starts at a time.
    ([("off",), ("off",)], 4000, [3000, 3000]),
]


@pytest.mark.parametrize(("states", "cap", "expected"), CAPS)
def test_cap(states: list[tuple[Any, ...]], cap: float, expected: list[float]) -> None:
    """A cap throttles as many as it can, and no two that run get the same W."""
    miners = [miner(str(index), *each) for index, each in enumerate(states)]
    ceilings = allocate(miners, [power_headroom(Limit.POWER_CAP, cap, miners)], {})
    assert watts(ceilings, miners) == pytest.approx(expected)
    assert {each.limit for each in ceilings.values()} <= {Limit.POWER_CAP}


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_held_leaves_the_rest(is_first: bool) -> None:
    """A held miner may have what the others can do without; they get what it leaves."""
    held = replace(miner("held", power=1631.4), percent=50, is_held=True)
    miners = [held, miner("free")] if is_first else [miner("free"), held]
    cap = [power_headroom(Limit.POWER_CAP, 4000, miners)]
    ceilings = allocate(miners, cap, {})
    assert ceilings["held"].power == pytest.approx(4000 - LOWEST)
    assert ceilings["free"].power == pytest.approx(4000 - 1631, abs=1)


def test_own_ceiling_frees_the_room() -> None:
    """What must not mine leaves its part to the others."""
    miners = [miner("a"), miner("b")]
    ceilings = allocate(
        miners,
        [power_headroom(Limit.GRID_CAP, 3000, miners)],
        {"a": Limit.TEMPERATURE},
    )
    assert ceilings == {"a": Ceiling(power=0, limit=Limit.TEMPERATURE)}


def test_no_rooms() -> None:
    """Without a limit there are no ceilings, known full power or not."""
    miners = [miner("a"), MinerReading(key="b", mining=True)]
    assert allocate(miners, [], {}) == {}


def test_tightest_of_several_rooms() -> None:
    """The tightest headroom limits, and is named."""
    miners = [miner("a"), miner("b")]
    headrooms = [
        power_headroom(Limit.POWER_CAP, 5000, miners),
        Headroom(Limit.FUSE, 1500, {"b": 1.0}),
    ]
    ceilings = allocate(miners, headrooms, {})
    assert ceilings == {"b": Ceiling(power=1500, limit=Limit.FUSE)}


def test_phases() -> None:
    """A miner on three phases draws a third of its power on each."""
    miners = [miner("a"), miner("b")]
    phases = {"a": "1"}
    assert phase_current("1", miners, phases) == pytest.approx(4000 / 230)
    assert phase_current("2", miners, phases) == pytest.approx(1000 / 230)
    # 10 A for a, which is on this phase only, and for a third of b.
    ceilings = allocate(miners, [phase_headroom("1", 10, miners, phases)], {})
    assert ceilings["a"].power + ceilings["b"].power / 3 == pytest.approx(2300)
    assert ceilings["a"].power >= LOWEST
    # On another phase a is not limited at all.
    assert "a" not in allocate(miners, [phase_headroom("2", 2, miners, phases)], {})


@pytest.mark.parametrize(
    ("now", "start", "end", "expected"),
    [
        (12, None, None, True),
        (12, 8, None, True),
        (12, 8, 18, True),
        (7, 8, 18, False),
        (18, 8, 18, False),
        (23, 22, 6, True),
        (5, 22, 6, True),
        (6, 22, 6, False),
        (12, 8, 8, True),
    ],
)
def test_hours(now: int, start: int | None, end: int | None, expected: bool) -> None:
    """The hours may be around midnight."""
    hours = [None if each is None else time(each) for each in (start, end)]
    assert is_within(time(now), *hours) is expected


@pytest.mark.parametrize(
    ("temperature", "was_hot", "expected"),
    [
        (None, True, False),
        (84.9, False, False),
        (85, False, True),
        (81, True, True),
        (80, True, True),
        (79.9, True, False),
    ],
)
def test_heat(temperature: float | None, was_hot: bool, expected: bool) -> None:
    """It has to cool down before it is cool; what is not reported stops nothing."""
    assert is_hot(temperature, 85, was_hot=was_hot) is expected
    assert not is_hot(temperature, 0, was_hot=was_hot)


@pytest.mark.parametrize(
    ("lost", "cap", "expected"),
    [(3000, 5000, 2000), (3000, 3500, 0), (0, 3000, 3000), (3000, 2000, 0)],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_no_answer(lost: float, cap: float, expected: float, is_first: bool) -> None:
    """What does not answer keeps what it draws: nothing can throttle it."""
    silent = replace(miner("s", "off", 0), is_reachable=False, mining=None, power=lost)
    miners = [miner("a"), silent]
    headroom = power_headroom(Limit.POWER_CAP, cap, miners)
    ceilings = allocate(miners[::-1] if is_first else miners, [headroom], {})
    assert watts(ceilings, miners)[0] == expected
    assert "s" not in ceilings
