"""What a miner draws at which percent."""

from math import inf

import pytest

from custom_components.whatsminer.power_manager.law.machine import (
    full_power,
    percent_within,
    power_at,
)


@pytest.mark.parametrize("full", [400.0, 1800.0, 3300.0, 9600.0])
@pytest.mark.parametrize("percent", [1, 40, 73, 99, 100])
def test_there_and_back(full: float, percent: int) -> None:
    """Each of the three follows from the two others."""
    power = power_at(full, percent)
    assert percent_within(full, power) == percent
    assert full_power(power, percent) == pytest.approx(full)


def test_recorded_shape() -> None:
    """The idle power of an M60-class machine, and all of it."""
    assert power_at(3300, 100) == 3300
    assert power_at(3300, 0) == 262


def test_within_is_never_above() -> None:
    """A percent is rounded down."""
    for power in range(300, 3300, 7):
        assert power_at(3300, percent_within(3300, power)) <= power


def test_no_bounds() -> None:
    """Whatever is asked, a percent is between 0 and 100."""
    assert percent_within(3300, inf) == 100
    assert percent_within(3300, 99999) == 100
    assert percent_within(3300, -50) == 0
