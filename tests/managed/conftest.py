"""Fixtures of the managed home: time that the test moves, and a law that obeys."""

from collections.abc import AsyncIterator, Iterator
import logging

from homeassistant.core import HomeAssistant
import pytest

from custom_components.whatsminer.power_manager import manager
from tests.blueprints.time_machine import TimeMachine
from tests.integration.conftest import (
    custom_integration,
    quick_confirmation,
    short_commands,
)

from .puppet import Puppet

# Fixtures are found where they are named.
__all__ = [
    "custom_integration",
    "quick_confirmation",
    "short_commands",
]

MORNING = "2026-05-20T08:00:00.600000+00:00"


@pytest.fixture
def time(hass: HomeAssistant) -> Iterator[TimeMachine]:
    """Return the time, standing still until the test moves it."""
    with TimeMachine(hass, MORNING) as machine:
        yield machine


@pytest.fixture(autouse=True)
async def quiet(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Keep the log short, and the local time that of UTC."""
    caplog.set_level(logging.WARNING)
    await hass.config.async_set_time_zone("UTC")


@pytest.fixture
def puppet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test give the orders in place of the law."""
    monkeypatch.setattr(manager, "Law", Puppet)


@pytest.fixture
async def berlin(hass: HomeAssistant, quiet: None) -> AsyncIterator[TimeMachine]:
    """Return the time: five past midnight in Berlin, when the samples begin."""
    with TimeMachine(hass, "2026-05-13T22:05:00.600000+00:00") as machine:
        await hass.config.async_set_time_zone("Europe/Berlin")
        yield machine
