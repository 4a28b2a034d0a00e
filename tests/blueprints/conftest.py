"""Fixtures of the blueprints: time that the test moves, and a Home Assistant with them."""

from collections.abc import Iterator
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.integration.conftest import (
    custom_integration,
    quick_confirmation,
    short_commands,
)

from .time_machine import TimeMachine

# Fixtures are found where they are named.
__all__ = [
    "custom_integration",
    "quick_confirmation",
    "short_commands",
]

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
MIDNIGHT = "2026-05-20T00:00:00.600000+00:00"


@pytest.fixture
def time(hass: HomeAssistant) -> Iterator[TimeMachine]:
    """Return the time, standing still until the test moves it."""
    with TimeMachine(hass, MIDNIGHT) as machine:
        yield machine


@pytest.fixture(autouse=True)
async def blueprints(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Put the blueprints where a user's import would put them."""
    # A day has thousands of lines of less weight, which take a fifth of the time.
    caplog.set_level(logging.WARNING)
    await hass.config.async_set_time_zone("UTC")
    hass.config.config_dir = str(tmp_path)
    (tmp_path / "blueprints").symlink_to(BLUEPRINTS, target_is_directory=True)


@pytest.fixture
async def toggles(hass: HomeAssistant) -> None:
    """Have a switched pump, and a latch."""
    made = {"input_boolean": {"pump": None, "latch": None}}
    assert await async_setup_component(hass, "input_boolean", made)
