"""What a manager keeps over restarts, and over a kill at any moment."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.whatsminer.const import CONF_MINERS, DOMAIN
from custom_components.whatsminer.power_manager.charger import Charger
from custom_components.whatsminer.power_manager.law.holds import HoldKind
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Limit,
    Mode,
    Order,
    Reason,
)
from custom_components.whatsminer.power_manager.manager import PowerManager
from custom_components.whatsminer.power_manager.memory import Memory
from custom_components.whatsminer.power_manager.prices.costs import Costs
from custom_components.whatsminer.power_manager.store import ManagerStore
from custom_components.whatsminer.power_manager.totals import Totals
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home, kill
from .puppet import puppet_of

pytestmark = pytest.mark.usefixtures("puppet")


async def test_killed(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """All that somebody has asked for is there at once."""
    async with a_home(hass, time, states=("hashing",) * 2) as home:
        await home.set_mode(Mode.EXTERNAL)
        await home.manager.async_request(2500)
        await home.manager.async_set_cap(4000)
        await home.call("switch.miner_1_mining", "turn_off")
        await home.call("number.miner_2_power_percent", "set_value", value=60)
        held_until = home.manager.status.miners[home.entries[1].entry_id].held_until
        await kill(home, hass_storage)
        manager = home.manager
        assert manager.mode is Mode.EXTERNAL
        assert manager.requested_power == 2500
        assert manager.power_cap == 4000
        first, second = (manager.status.miners[each.entry_id] for each in home.entries)
        assert (first.hold, first.held_until) == (HoldKind.OFF, None)
        assert (second.hold, second.held_until) == (HoldKind.SET, held_until)
        # A request runs on while Home Assistant does not.
        await kill(home, hass_storage, 15 * 60)
        assert home.manager.requested_power is None
        assert home.manager.status.reason is Reason.REQUEST_EXPIRED


async def test_law_and_totals(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """What no command depends on is written every five minutes; a stop or start at once."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.pv = 2000
        await home.live(900)
        steps = len(puppet_of(home.manager).readings)
        await kill(home, hass_storage)
        stored = puppet_of(home.manager).stored
        assert stored is not None
        assert steps - 64 <= stored["steps"] <= steps
        energy = home.manager.status.energy_surplus_today
        assert energy is not None
        assert energy > 0.04
        law = puppet_of(home.manager)
        law.orders.append(
            Order(
                miner=home.entries[0].entry_id,
                action=Action.STOP,
                reason=Reason.NO_SURPLUS,
            )
        )
        await home.live(20)
        steps = len(law.readings)
        await kill(home, hass_storage)
        stored = puppet_of(home.manager).stored
        assert stored is not None
        assert stored["steps"] >= steps - 3


async def test_seldom_written(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """A manager that only counts writes every five minutes, and when all ends."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        key = f"{DOMAIN}.{home.entry.entry_id}.manager"
        home.pv = 2000
        await home.live(60)
        written = list[Any]()
        for _ in range(360):
            await home.live(10)
            if not written or hass_storage[key] is not written[-1]:
                written.append(hass_storage[key])
        assert 11 <= len(written) <= 13
        steps = len(puppet_of(home.manager).readings)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await time.settle()
        assert hass_storage[key]["data"]["law"]["steps"] == steps


async def test_permits_at_once(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """That mining is not allowed any more is known after a crash right after it."""
    hass.states.async_set("switch.may", "on")
    options = {"allowed": "switch.may"}
    async with a_home(hass, time, mode=Mode.SOLAR, options=options) as home:
        await home.live(20)
        hass.states.async_set("switch.may", "off")
        await time.settle()
        await home.live(10)
        hass.states.async_remove("switch.may")
        await kill(home, hass_storage)
        await home.live(20)
        assert home.manager.status.limit is Limit.NOT_ALLOWED


@pytest.mark.parametrize("kind", ["manager", "decisions"])
@pytest.mark.parametrize(
    "stored",
    [
        {"version": 1, "minor_version": 1, "data": "nonsense"},
        {"version": 1, "minor_version": 1, "data": {"mode": 5, "holds": [1]}},
        {"version": 1, "minor_version": 1, "data": [1, {"at": "never"}]},
        {"version": 9, "minor_version": 1, "data": {}},
    ],
)
async def test_unreadable(
    hass: HomeAssistant,
    time: TimeMachine,
    hass_storage: dict[str, Any],
    kind: str,
    stored: dict[str, Any],
) -> None:
    """What cannot be read is as in a new manager."""
    async with a_home(hass, time) as home:
        key = f"{DOMAIN}.{home.entry.entry_id}.{kind}"
        await hass.config_entries.async_unload(home.entry.entry_id)
        hass_storage[key] = {"key": key, **stored}
        await hass.config_entries.async_setup(home.entry.entry_id)
        await time.settle()
        assert home.manager.mode is Mode.PAUSED


@pytest.mark.parametrize(
    "spoiled",
    [
        {"request": {}},
        {"request": []},
        {"request": {"watts": "nan", "expires": None}},
        {"holds": {"miner": {"kind": "off", "until": "nan"}}},
        {"last_powers": {"miner": "inf"}},
        {"totals": {}},
        {"totals": Totals().as_json() | {"heat": "nan"}},
        {"costs": Costs().as_json() | {"cost": [0.0, 0.0]}},
        {"costs": Costs().as_json() | {"earned": ["nan", 0.0, 0.0, None]}},
        {"efficiency": {"miner": ["nan", 100.0]}},
    ],
    ids=str,
)
def test_half_of_it(spoiled: dict[str, Any]) -> None:
    """What can be read is kept, and text is no number."""
    memory = Memory(mode=Mode.FULL, cap=3000)
    assert Memory.from_json(memory.as_json() | spoiled) == memory
    stored = memory.as_json() | spoiled | {"cap": "much"}
    assert Memory.from_json(stored) == Memory(mode=Mode.FULL)


async def test_forgotten(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Nothing is left of a manager that was removed."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        entry_id = home.entry.entry_id
        await home.live(310)
        assert [each for each in hass_storage if entry_id in each]
        await hass.config_entries.async_remove(entry_id)
        await time.settle()
        await home.live(310)
        assert not [each for each in hass_storage if entry_id in each]
        home.entry.add_to_hass(hass)


async def test_closed(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """What was closed writes nothing more: the files may be those of the next one."""
    store = ManagerStore(hass, "entry")
    await store.async_close()
    await store.async_remove()
    await store.async_save()
    store.async_save_soon()
    store.async_save_decisions()
    await time.move(310)
    await time.settle()
    assert not [each for each in hass_storage if "entry" in each]


async def test_asked_while_it_stops(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked just then is kept, and nothing is decided by it any more."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        law, written, save = (
            puppet_of(home.manager),
            asyncio.Event(),
            ManagerStore.async_save,
        )

        async def slow(store: ManagerStore) -> None:
            """Save, and come to an end later."""
            await save(store)
            await written.wait()

        with monkeypatch.context() as patch:
            patch.setattr(ManagerStore, "async_save", slow)
            asked = hass.async_create_task(home.manager.async_set_mode(Mode.FULL))
        await hass.config_entries.async_unload(home.entry.entry_id)
        steps = len(law.readings)
        written.set()
        await asked
        assert len(law.readings) == steps
        await hass.config_entries.async_setup(home.entry.entry_id)
        assert home.manager.mode is Mode.FULL


def state(home: Home) -> ConfigEntryState:
    """Return the state of the manager's entry."""
    found: ConfigEntryState = home.entry.state
    return found


def reason(home: Home) -> str | None:
    """Return what decides now."""
    return home.manager.status.reason


async def test_requests(hass: HomeAssistant, time: TimeMachine) -> None:
    """A request runs out; a repeated one is renewed, 0 W is 0 W, and none is none."""
    async with a_home(hass, time, mode=Mode.EXTERNAL) as home:
        manager = home.manager
        assert reason(home) == "request_expired"
        await manager.async_request(2500)
        assert reason(home) == "request"
        await home.live(600)
        await manager.async_request(2500)
        await home.live(600)
        assert manager.requested_power == 2500
        await home.live(310)
        assert home.manager.requested_power is None
        assert home.manager.request_expires is None
        assert reason(home) == "request_expired"
        await manager.async_request(0)
        assert reason(home) == "request"
        assert puppet_of(manager).last.want.power == 0
        await manager.async_request(None)
        assert reason(home) == "request_expired"


async def test_request_without_end(hass: HomeAssistant, time: TimeMachine) -> None:
    """Whoever sends only changes is asked for nothing else."""
    async with a_home(
        hass, time, options={"request_lasts": 0}, mode=Mode.EXTERNAL
    ) as home:
        await home.manager.async_request(2500)
        assert home.manager.request_expires is None
        await home.live(24 * 3600, step=3600)
        assert home.manager.requested_power == 2500


async def test_evcc(hass: HomeAssistant, time: TimeMachine) -> None:
    """Its charger wants on or off and A; of that and a request the newest counts."""
    options = {"evcc": True, "evcc_phases": 3}
    async with a_home(hass, time, options=options) as home:
        manager = home.manager
        await home.set_mode(Mode.EXTERNAL)
        await manager.async_set_charger(current=6)
        assert manager.requested_power == 0
        await manager.async_set_charger(is_on=True)
        assert manager.requested_power == 4140
        assert manager.charger == Charger(is_on=True, current=6)
        await manager.async_request(1000)
        assert manager.requested_power == 1000
        await home.reload()
        await home.manager.async_set_charger(current=4)
        assert home.manager.requested_power == 2760


async def test_two_managers(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner belongs to the one that had it first."""
    async with a_home(hass, time) as home, a_home(hass, time) as other:
        miner = home.entries[0].entry_id
        hass.config_entries.async_update_entry(
            other.entry,
            options={CONF_MINERS: [miner, *other.entry.options[CONF_MINERS]]},
        )
        await other.reload()
        assert miner in home.manager.status.miners
        assert miner not in other.manager.status.miners
        issues = ir.async_get(hass)
        issue = f"miner_of_two_managers_{other.entry.entry_id}"
        assert issues.async_get_issue(DOMAIN, issue) is not None
        hass.config_entries.async_update_entry(home.entry, options={CONF_MINERS: []})
        await home.reload()
        await other.reload()
        assert miner in other.manager.status.miners
        assert issues.async_get_issue(DOMAIN, issue) is None


async def test_start_that_fails(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager that cannot start has no miners, and hears of nothing."""
    async with a_home(hass, time) as home, a_home(hass, time) as other:
        miner = home.entries[0].entry_id
        with monkeypatch.context() as patch:
            patch.setattr(PowerManager, "async_start", None)
            await home.reload()
        assert state(home) is ConfigEntryState.SETUP_ERROR
        await hass.config_entries.async_set_disabled_by(
            home.entry.entry_id, ConfigEntryDisabler.USER
        )
        hass.config_entries.async_update_entry(
            other.entry, options={CONF_MINERS: [miner]}
        )
        await other.reload()
        assert other.manager.members == (miner,)
        await hass.config_entries.async_set_disabled_by(home.entry.entry_id, None)


async def test_removed_miner_and_sensor(hass: HomeAssistant, time: TimeMachine) -> None:
    """Both are repairs; the other miners go on."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        issues = ir.async_get(hass)

        def has(key: str) -> bool:
            """Return whether there is a repair of that kind."""
            issue_id = f"{key}_{home.entry.entry_id}"
            return issues.async_get_issue(DOMAIN, issue_id) is not None

        home.meter_works = False
        hass.states.async_remove(home.grid_entity)
        await home.live(170)
        assert not has("source_missing")
        await home.live(30)
        assert has("source_missing")
        assert not has("managed_miner_removed")
        await hass.config_entries.async_remove(home.entries[0].entry_id)
        home.report()
        await home.live(200)
        assert has("managed_miner_removed")
        assert not has("source_missing")
        (left,) = puppet_of(home.manager).last.miners
        assert left.is_reachable
        home.entries[0].add_to_hass(hass)


async def test_reload(hass: HomeAssistant, time: TimeMachine) -> None:
    """Options that are saved leave no values that are not known, and no news."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await home.live(60)
        said = home.said("")
        assert said
        seen: dict[str, list[str]] = {}

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            if (state := event.data["new_state"]) is not None:
                seen.setdefault(event.data["entity_id"], []).append(state.state)

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        await home.reload()
        for key in ("reason", "power", "target_power", "energy", "miners_mining"):
            first, *others = seen[f"sensor.power_{key}"]
            assert first == "unavailable"
            assert others
            assert "unknown" not in others
        assert home.said("") == said
