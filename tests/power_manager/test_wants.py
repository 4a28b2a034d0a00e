"""What is wanted in each mode."""

from math import inf

import pytest

from custom_components.whatsminer.power_manager.law.models import (
    MinerReading,
    Mode,
    Reason,
    Want,
)
from custom_components.whatsminer.power_manager.law.wants import (
    Request,
    lowest_power,
    want,
)

NOW = 1000.0
MINERS = (
    MinerReading(key="a", full_power=3000, lowest_percent=40),
    MinerReading(key="b", full_power=2000, lowest_percent=50),
)
REQUEST = Request(2500, NOW + 1)


@pytest.mark.parametrize(
    ("mode", "request_", "expected"),
    [
        (Mode.OFF, REQUEST, Want(reason=Reason.OFF, power=0, at_once=True)),
        (Mode.SOLAR, REQUEST, Want(reason=Reason.SURPLUS, follows_surplus=True)),
        (Mode.PAUSED, REQUEST, Want(reason=Reason.SURPLUS, follows_surplus=True)),
        (Mode.FULL, None, Want(reason=Reason.FULL, power=inf)),
        (Mode.EXTERNAL, REQUEST, Want(reason=Reason.REQUEST, power=2500)),
        (
            Mode.EXTERNAL,
            Request(0, NOW + 1),
            Want(reason=Reason.REQUEST, power=0),
        ),
        (
            Mode.EXTERNAL,
            Request(2500, NOW),
            Want(reason=Reason.REQUEST_EXPIRED, power=0),
        ),
        (
            Mode.EXTERNAL,
            Request(2500, None),
            Want(reason=Reason.REQUEST, power=2500),
        ),
        (Mode.EXTERNAL, None, Want(reason=Reason.REQUEST_EXPIRED, power=0)),
    ],
)
def test_mode(mode: Mode, request_: Request | None, expected: Want) -> None:
    """Each mode wants one thing, and says why."""
    assert want(mode, request_, MINERS, all_minimum=False, now=NOW) == expected


@pytest.mark.parametrize(
    ("everyone", "miners", "minimum", "count"),
    [(False, MINERS, 1357.2, 1), (True, MINERS, 2457.2, 2), (False, (), 0, 0)],
)
def test_minimum(
    everyone: bool, miners: tuple[MinerReading, ...], minimum: float, count: int
) -> None:
    """The first miner of the list keeps its lowest power, or all do."""
    wanted = want(Mode.MINIMUM_SOLAR, None, miners, all_minimum=everyone, now=NOW)
    assert wanted == Want(
        reason=Reason.SURPLUS,
        minimum=minimum,
        minimum_miners=count,
        follows_surplus=True,
    )


def test_lowest_of_what_does_not_report_its_full_power() -> None:
    """Its power now has to do; of a stopped one nothing is known."""
    assert lowest_power(MinerReading(key="a", power=3000)) == pytest.approx(1357.2)
    assert lowest_power(MinerReading(key="a")) == 0
