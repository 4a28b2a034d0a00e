"""Which miners a power manager has: two managers, and miners that come and go."""

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.power_manager.law.models import Reason
from tests.conftest import PASSWORD, at_home, until

from .helpers import DOMAIN, call, make_entry, set_up, value
from .manager_helpers import Home, add_sensor, change, make_manager, owned


async def test_fewer_miners(hass: HomeAssistant, home: Home) -> None:
    """What is on the device of a miner goes with the miner."""
    await change(hass, home.manager, miners=[home.keys[1]])
    there = owned(hass, home.manager)
    assert not [each for each in there if ".barn_" in each]
    assert [each for each in there if ".attic_" in each]
    assert "button.power_manager_end_hold" in there


async def test_two_managers(hass: HomeAssistant, home: Home) -> None:
    """A miner is the first manager's, which a repair of the other says; then it is free."""
    second = make_manager(add_sensor(hass, "other"), home.keys[0], title="Second")
    await set_up(hass, second)
    issue = f"miner_of_two_managers_{second.entry_id}"
    registry = ir.async_get(hass)
    assert registry.async_get_issue(DOMAIN, issue) is not None
    assert second.runtime_data.members == ()
    # Whichever of the two loads first.
    for each in (home.manager, second):
        await hass.config_entries.async_unload(each.entry_id)
    for each in (second, home.manager):
        await hass.config_entries.async_setup(each.entry_id)
    assert second.runtime_data.members == ()
    assert home.keys[0] in home.manager.runtime_data.members
    await change(hass, home.manager, miners=[home.keys[1]])
    assert second.runtime_data.members == (home.keys[0],)
    assert registry.async_get_issue(DOMAIN, issue) is None
    assert "sensor.barn_power_manager" in owned(hass, second)
    await hass.config_entries.async_unload(second.entry_id)


def deleted(hass: HomeAssistant, home: Home) -> str | None:
    """Return the deleted miners that a repair names; None: there is no repair."""
    issue_id = f"managed_miner_removed_{home.manager.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if issue is None:
        return None
    assert issue.translation_placeholders is not None
    return issue.translation_placeholders["which"]


async def delete_first(hass: HomeAssistant, home: Home) -> None:
    """Delete the entry of the first miner."""
    await hass.config_entries.async_remove(home.keys[0])
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_removed_miner(hass: HomeAssistant, home: Home) -> None:
    """Its entities and its hold go at once, and a repair names it until it is off the list."""
    await call(hass, "switch", "turn_off", "switch.barn_mining")
    await until(lambda: value(hass, "sensor.power_manager_miners_held") == "1")
    await delete_first(hass, home)
    assert value(hass, "sensor.power_manager_miners_held") == "0"
    assert "barn" not in " ".join(owned(hass, home.manager))
    assert "sensor.attic_power_manager" in owned(hass, home.manager)
    assert deleted(hass, home) == "Barn"
    # It is remembered over restarts, too.
    await hass.config_entries.async_reload(home.manager.entry_id)
    assert deleted(hass, home) == "Barn"
    await change(hass, home.manager, miners=[home.keys[1]])
    assert deleted(hass, home) is None


async def test_removed_miner_and_manager(hass: HomeAssistant, home: Home) -> None:
    """The repair goes with the manager."""
    await delete_first(hass, home)
    assert deleted(hass, home) == "Barn"
    await hass.config_entries.async_remove(home.manager.entry_id)
    assert deleted(hass, home) is None


@pytest.mark.parametrize("is_off", [False, True])
async def test_miner_is_added_again(
    hass: HomeAssistant, home: Home, is_off: bool
) -> None:
    """It takes its old place, with its options, also while the manager was disabled."""
    old, other = home.keys
    await change(hass, home.manager, full_power={old: 3400, other: 3500})
    entry_id = home.manager.entry_id
    if is_off:
        await hass.config_entries.async_set_disabled_by(
            entry_id, ConfigEntryDisabler.USER
        )
    await delete_first(hass, home)
    again = make_entry(home.miners[0], title="Barn again")
    await set_up(hass, again)
    if is_off:
        await hass.config_entries.async_set_disabled_by(entry_id, None)
        await hass.async_block_till_done(wait_background_tasks=True)
    new = again.entry_id
    assert home.manager.runtime_data.members == (new, other)
    assert dict(home.manager.options) == {
        "miners": [new, other],
        "full_power": {new: 3400, other: 3500},
    }
    assert deleted(hass, home) is None
    assert "sensor.barn_again_power_manager" in owned(hass, home.manager)
    assert value(hass, "sensor.barn_again_power_manager") != Reason.UNREACHABLE
    await hass.config_entries.async_unload(new)


async def test_miner_is_added_again_without_password(
    hass: HomeAssistant, home: Home
) -> None:
    """It takes its old place when it can be controlled; another miner never does."""
    await delete_first(hass, home)
    again = make_entry(home.miners[0], None, title="Barn")
    await set_up(hass, again)
    async with at_home(api="dual", index=2) as stranger:
        other = make_entry(stranger, title="Shed")
        await set_up(hass, other)
        assert home.manager.runtime_data.members == (home.keys[1],)
        assert deleted(hass, home) == "Barn"
        await hass.config_entries.async_unload(other.entry_id)
    data = {**again.data, CONF_PASSWORD: PASSWORD}
    hass.config_entries.async_update_entry(again, data=data)
    await hass.config_entries.async_reload(again.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert home.manager.runtime_data.members == (again.entry_id, home.keys[1])
    assert deleted(hass, home) is None
    await hass.config_entries.async_unload(again.entry_id)


@pytest.mark.parametrize("end", ["disabled", "removed"])
async def test_other_gives_up(hass: HomeAssistant, home: Home, end: str) -> None:
    """The miners of a manager that is disabled or removed are free for another."""
    second = make_manager(add_sensor(hass, "other"), *home.keys, title="Second")
    await set_up(hass, second)
    assert second.runtime_data.members == ()
    if end == "disabled":
        await hass.config_entries.async_set_disabled_by(
            home.manager.entry_id, ConfigEntryDisabler.USER
        )
    else:
        await hass.config_entries.async_remove(home.manager.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert second.runtime_data.members == tuple(home.keys)
    await hass.config_entries.async_unload(second.entry_id)
