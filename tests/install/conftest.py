"""One Home Assistant after the other; nothing without `scripts/test --install`."""

import os

import pytest

from .environment import Environment

_VERSIONS = os.environ.get("INSTALL_VERSIONS", "").split()
collect_ignore_glob = [] if _VERSIONS else ["test_*"]


@pytest.fixture(autouse=True)
def fair_clock() -> None:
    """Leave the clock alone: Home Assistant runs in a process of its own."""


@pytest.fixture(
    params=[
        pytest.param(version, marks=pytest.mark.xdist_group(version))
        for version in _VERSIONS
    ]
)
def environment(request: pytest.FixtureRequest) -> Environment:
    """Return the environment of one version of Home Assistant."""
    return Environment(request.param)
