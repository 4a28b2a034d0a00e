"""Everything that can be said to a user has its words."""

from itertools import product
import json
from pathlib import Path
from typing import Any

import pytest

import custom_components.whatsminer
from custom_components.whatsminer import errors
from custom_components.whatsminer.client import (
    CONTROLS,
    Capability,
    MinerData,
    MinerIdentity,
    MiningState,
)
from custom_components.whatsminer.control import commands
from custom_components.whatsminer.sensor_descriptions import STATUS


@pytest.fixture(name="words")
def english() -> Any:
    """Return the English texts."""
    folder = Path(custom_components.whatsminer.__file__).parent
    return json.loads((folder / "translations" / "en.json").read_text("utf-8"))


def test_errors(words: Any) -> None:
    """Each error has a text for commands and polls, and one for the flow."""
    for _, key in errors.ERROR_KEYS:
        assert key in words["exceptions"]
        assert key in words["config"]["error"]


def test_plain(words: Any) -> None:
    """Errors are shown as they are: what Markdown needs would be seen in them."""
    texts = [each["message"] for each in words["exceptions"].values()]
    texts += words["config"]["error"].values()
    assert [each for each in texts if set(each) & set("`*")] == []


def test_commands(words: Any) -> None:
    """Each command has a text for when the miner does not obey."""
    for capability in Capability:
        command = commands.ask(capability, [] if capability == "pools" else 1)
        assert f"not_{command.key}" in words["exceptions"]
        # A setting that is under way leaves the status what it is.
        assert (command.key in (STATUS.options or ())) is (command.target is None)


def test_blocked(words: Any) -> None:
    """Each reason why a miner does not take something now has its words."""
    found = set()
    for capability, state in product(Capability, MiningState):
        mining = state is not MiningState.STOPPED
        data = MinerData(identity=MinerIdentity(), mining=mining, state=state)
        command = commands.ask(capability, [] if capability == "pools" else 1)
        if (reason := CONTROLS[capability].blocked(data)) is not None:
            found.add(f"{command.subject}_{reason}")
    assert found == {
        "power_mode_stopped",
        "power_percent_starting",
        "power_percent_stopped",
        "power_percent_tuning",
    }
    assert found <= words["exceptions"].keys()


def test_status(words: Any) -> None:
    """Each status has a name, and each name a status."""
    named = words["entity"]["sensor"]["status"]["state"]
    assert set(named) == set(STATUS.options or ())
    assert set(MiningState) <= set(named)
