"""Which miners a manager has: a miner belongs to one manager."""

from collections.abc import Iterable, Mapping

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_MINERS, DOCUMENTATION, DOMAIN, is_manager
from ..device_text import escape_markdown, one_line

_ISSUE = "miner_of_another_manager"


@callback
def members(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the miners of a manager, without those that an older one has."""
    taken = {
        miner for other in _managers(hass, before=entry) for miner in _named(other)
    }
    return [miner for miner in _named(entry) if miner not in taken]


@callback
def shared(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, ConfigEntry]:
    """Return the miners that a manager names but an older one has, each with that one."""
    return {
        miner: other
        for miner in _named(entry)
        for other in reversed(_managers(hass, before=entry))
        if miner in _named(other)
    }


@callback
def update_shared(hass: HomeAssistant) -> None:
    """Report who names miners of an older manager; whoever no longer does is reloaded."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if not is_manager(entry):
            continue
        issue_id = f"{_ISSUE}_{entry.entry_id}"
        if entry.disabled_by is None and (others := shared(hass, entry)):
            _report(hass, issue_id, entry, others)
        elif ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            if entry.state is ConfigEntryState.LOADED:
                hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def forget_shared(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Withdraw the issue of a manager that was removed, and what others waited for."""
    ir.async_delete_issue(hass, DOMAIN, f"{_ISSUE}_{entry.entry_id}")
    update_shared(hass)


def _report(
    hass: HomeAssistant,
    issue_id: str,
    entry: ConfigEntry,
    others: Mapping[str, ConfigEntry],
) -> None:
    """Create the issue of a manager that names miners of another one."""
    other = next(iter(others.values()))
    miners = [hass.config_entries.async_get_entry(each) for each in others]
    document = f"{DOCUMENTATION}/power_manager.md"
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        learn_more_url=document,
        translation_key=_ISSUE,
        translation_placeholders={
            # The title is shown as it is; the description renders Markdown.
            "name": one_line(entry.title),
            "other": one_line(other.title),
            "manager": escape_markdown(entry.title),
            "other_manager": escape_markdown(other.title),
            "miners": escape_markdown(", ".join(each.title for each in miners if each)),
            "documentation": document,
        },
    )


@callback
def manager_of(hass: HomeAssistant, miner: str) -> ConfigEntry | None:
    """Return the manager's entry that a miner belongs to."""
    return next((each for each in _managers(hass) if miner in _named(each)), None)


@callback
def free_miners(hass: HomeAssistant, entry: ConfigEntry | None) -> dict[str, str]:
    """Return the titles of the miners that a manager, or a new one, can have, by entry.

    Without a password a miner is only read.
    """
    taken = {
        miner
        for other in _managers(hass)
        if other is not entry
        for miner in _named(other)
    }
    miners = {
        each.entry_id: each.title
        for each in hass.config_entries.async_entries(DOMAIN)
        if each.source != SOURCE_IGNORE
        and not is_manager(each)
        and CONF_PASSWORD in each.data
        and each.entry_id not in taken
    }
    return dict(sorted(miners.items(), key=lambda each: each[1].lower()))


def _managers(
    hass: HomeAssistant, before: ConfigEntry | None = None
) -> list[ConfigEntry]:
    """Return the enabled managers, the oldest first; only those older than one."""
    managers: Iterable[ConfigEntry] = (
        each
        for each in hass.config_entries.async_entries(DOMAIN)
        if is_manager(each) and (each.disabled_by is None or each is before)
    )
    found = sorted(managers, key=lambda each: (each.created_at, each.entry_id))
    return found if before is None else found[: found.index(before)]


def _named(entry: ConfigEntry) -> list[str]:
    """Return the miners that are chosen for a manager."""
    named: list[str] = entry.options.get(CONF_MINERS, [])
    return named
