"""What only the user can mend is told as long as it is so."""

import json
from pathlib import Path
from string import Formatter

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer import access, issues
from custom_components.whatsminer.client.dialects import v2_session
from custom_components.whatsminer.client.protocol import is_newer_than_known
from custom_components.whatsminer.const import DOMAIN
from custom_components.whatsminer.power_manager import problems
from tests.conftest import PASSWORD, at_home
from tests.simulator import SimulatedMiner

from .helpers import make_entry, poll, set_up


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check at each poll, and take for lasting what is seen once."""
    monkeypatch.setattr(access, "CHECK_AGAIN", 0)
    monkeypatch.setattr(access, "CHECK_CLOSED_AGAIN", 0)
    monkeypatch.setattr(issues, "LASTING", 0)


def told(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the kinds of issues that there are about an entry."""
    return {
        issue.translation_key or ""
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue_id.endswith(entry.entry_id) and issue.active
    }


def test_words() -> None:
    """Each issue has its words: all of a manager's name it, and what is wrong."""
    path = Path(issues.__file__).parent / "translations" / "en.json"
    words = json.loads(path.read_text("utf-8"))["issues"]
    assert words.keys() == {*issues.ISSUES, *problems.PROBLEMS}
    for key, texts in words.items():
        assert ("fix_flow" in texts) is (key in issues.FIXABLE)
        dialogs = texts["fix_flow"]["step"].values() if "fix_flow" in texts else ()
        for dialog in dialogs:
            # On a phone, a second line of it covers what is below.
            assert len(dialog["title"]) <= 28
            assert "{" not in dialog["title"]
        steps = dialogs or [texts]
        used = {
            name
            for text in (texts["title"], *(step["description"] for step in steps))
            for _, name, _, _ in Formatter().parse(text)
            if name
        }
        if key in problems.PROBLEMS:
            # An error of the manager itself is about none of its parts.
            which = set() if key == "manager_fails" else {"which"}
            assert used == {"name", "manager"} | which, key
        else:
            assert used <= {"name", "miner", "firmware", "api_version", "documentation"}


async def test_nothing_to_mend(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """A miner that obeys needs nothing."""
    await poll(hass)
    assert told(hass, loaded) == set()


async def test_write_access_off(hass: HomeAssistant) -> None:
    """A repair says how to turn commands on, until they are."""
    async with at_home(api="3.0.2", api_switch=False) as simulated:
        entry = make_entry(simulated)
        await set_up(hass, entry)
        assert told(hass, entry) == {"write_access_off"}
        (issue,) = ir.async_get(hass).issues.values()
        assert issue.severity is ir.IssueSeverity.WARNING
        assert issue.is_fixable is True
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["name"] == "Miner"
        assert str(issue.learn_more_url).endswith("docs/setup.md#turn-on-commands")
        await simulated.stop()
        await poll(hass)
        assert told(hass, entry) == {"write_access_off"}
        await simulated.start()
        simulated.device.api_switch = True
        await poll(hass)
        assert told(hass, entry) == set()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_ignored_before_a_restart(hass: HomeAssistant) -> None:
    """A repair that the user ignores stays ignored while nothing is checked yet."""
    async with at_home(api="3.0.2", api_switch=False) as simulated:
        entry = make_entry(simulated)
        await set_up(hass, entry)
        issue_id = f"write_access_off_{entry.entry_id}"
        ir.async_ignore_issue(hass, DOMAIN, issue_id, ignore=True)
        hass.set_state(CoreState.not_running)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        hass.set_state(CoreState.running)
        await poll(hass)
        issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        assert issue is not None
        assert issue.active
        assert issue.dismissed_version is not None


async def test_write_access_without_password(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """Who wants to read only is not bothered."""
    simulated.device.api_switch = False
    entry = make_entry(simulated, None)
    await set_up(hass, entry)
    assert told(hass, entry) == set()


@pytest.mark.parametrize(
    ("api", "password", "account", "expected"),
    [
        ("2.0.5", "admin", "super", {"default_password"}),
        ("2.0.5", "super", "super", set()),
        ("3.0.2", "super", "super", {"default_password"}),
        ("3.0.2", "user1", "user1", {"default_password"}),
        ("dual", "admin", "super", {"default_password"}),
        ("dual", PASSWORD, "super", set()),
    ],
)
async def test_default_password(
    hass: HomeAssistant, api: str, password: str, account: str, expected: set[str]
) -> None:
    """The password of every new miner is warned of."""
    async with at_home(
        api=api,
        password=password,
        v3_password="super" if api == "3.0.2" else PASSWORD,
    ) as simulated:
        simulated.users.permissions["user1"] |= {"set.system.led"}
        entry = make_entry(simulated, password, account=account)
        await set_up(hass, entry)
        assert told(hass, entry) == expected
        await hass.config_entries.async_unload(entry.entry_id)


async def test_wrong_default_password(
    hass: HomeAssistant, simulated: SimulatedMiner
) -> None:
    """A password that the miner does not take says nothing about the miner."""
    entry = make_entry(simulated, "admin")
    await set_up(hass, entry)
    assert told(hass, entry) == set()


async def test_token_table_full(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A miner that stays too busy is told of, and checked until it is not."""
    monkeypatch.setattr(v2_session, "_BACK_OFF_FIRST", 0)
    monkeypatch.setattr(v2_session, "_BACK_OFF_MOST", 0)
    monkeypatch.setattr(issues, "LASTING", 600)
    simulated.faults.refuse["get_token"] = 136
    await set_up(hass, entry)
    await poll(hass)
    assert told(hass, entry) == set()
    monkeypatch.setattr(issues, "LASTING", 0)
    await poll(hass)
    assert told(hass, entry) == {"token_table_full"}
    simulated.faults.refuse.clear()
    await poll(hass)
    assert told(hass, entry) == set()
    assert entry.runtime_data.access.accepted is True


async def test_password_check_is_cut_off(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A check that breaks off is made again, and is not taken for anything else."""
    simulated.faults.unavailable.add("get_token")
    await set_up(hass, entry)
    assert entry.runtime_data.access.accepted is None
    assert told(hass, entry) == set()
    simulated.faults.unavailable.clear()
    await poll(hass)
    assert entry.runtime_data.access.accepted is True


@pytest.mark.parametrize(
    ("api_version", "new"),
    [
        (None, False),
        ("1.4.0", False),
        ("2.0.5", False),
        ("2.2.9", False),
        ("2.3.0", True),
        ("3", False),
        ("3.0.9", False),
        ("3.1.0", True),
        ("4.0.0", True),
        ("9" * 5000, True),
        ("2." + "9" * 5000, True),
    ],
)
def test_api_versions(api_version: str | None, new: bool) -> None:
    """A new major or minor version is new, the last number is not."""
    assert is_newer_than_known(api_version) is new


async def test_unknown_firmware(
    hass: HomeAssistant,
    simulated: SimulatedMiner,
    entry: MockConfigEntry,
) -> None:
    """A miner that never tells how it mines may have firmware that nobody has met."""
    await set_up(hass, entry)
    assert told(hass, entry) == set()
    simulated.faults.refuse |= dict.fromkeys(
        ("summary", "summary+edevs+pools", "summary+devs+pools"), 14
    )
    for _ in range(2):
        await poll(hass)
        assert told(hass, entry) == {"unknown_firmware"}
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["firmware"] == r"20230803\.11\.REL"
    simulated.faults.refuse.clear()
    await poll(hass)
    assert told(hass, entry) == set()


async def test_poll_that_ends_while_it_is_disabled(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A reading that comes while the entities go away brings no repair back."""
    simulated.device.api_switch = False
    await set_up(hass, entry)
    coordinator, readings = entry.runtime_data.coordinator, []

    @callback
    def read(event: Event[EventStateChangedData]) -> None:
        """Come to the end of a poll."""
        readings.append(event.data["entity_id"])
        coordinator.async_update_listeners()

    hass.bus.async_listen_once(EVENT_STATE_CHANGED, read)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert readings
    assert told(hass, entry) == set()


async def test_ends_with_the_entry(
    hass: HomeAssistant, simulated: SimulatedMiner, entry: MockConfigEntry
) -> None:
    """A miner that is disabled or removed needs nothing any more."""
    simulated.device.api_switch = False
    await set_up(hass, entry)
    assert told(hass, entry) == {"write_access_off"}
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert told(hass, entry) == set()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert told(hass, entry) == {"write_access_off"}
    await hass.config_entries.async_remove(entry.entry_id)
    assert told(hass, entry) == set()
