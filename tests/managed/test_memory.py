"""What a manager keeps over restarts, and over a kill at any moment."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.whatsminer.const import CONF_MINERS, DOMAIN
from custom_components.whatsminer.power_manager.charger import Charger
from custom_components.whatsminer.power_manager.decisions import Decisions
from custom_components.whatsminer.power_manager.law.holds import HoldKind
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Limit,
    Mode,
    Order,
    Plan,
    Reason,
)
from custom_components.whatsminer.power_manager.memory import Memory
from custom_components.whatsminer.power_manager.prices.costs import Costs
from custom_components.whatsminer.power_manager.store import ManagerStore
from custom_components.whatsminer.power_manager.totals import Totals
from tests.blueprints.time_machine import TimeMachine

from .home import Home, a_home, kill
from .puppet import Puppet, puppet_of

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


async def test_decisions(hass: HomeAssistant, time: TimeMachine) -> None:
    """They are there after a restart, and only the last 200."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        for _ in range(150):
            await home.manager.async_set_mode(Mode.FULL)
            await home.manager.async_set_mode(Mode.SOLAR)
        await home.reload()
        messages = [each.message for each in home.manager.decisions]
        assert len(messages) == 200
        assert messages[-1] == "The miners follow the surplus"
        assert home.manager.decisions[-2].inputs["mode"] == "full"


async def test_news_of_each_day(hass: HomeAssistant, berlin: TimeMachine) -> None:
    """What a miner does not keep to is news once on each local day."""
    entry = MockConfigEntry(domain=DOMAIN)
    decisions = Decisions(hass, entry, lambda: None)
    plan = Plan(
        target=0,
        available=None,
        mean=None,
        reason=Reason.HELD,
        orders=(),
        parts={},
        disproved={"miner": Action.PERCENT},
    )
    # From five past midnight on: the first step is past that of UTC.
    for hours, count in ((0, 1), (2, 1), (21, 1), (1, 2)):
        await berlin.move(hours * 3600)
        decisions.compare(plan, {"miner": "Miner"})
        assert len(decisions.all) == count


async def test_limit_is_no_news(hass: HomeAssistant, time: TimeMachine) -> None:
    """A reload says nothing of what limits a miner as before; a new time is news."""
    hass.states.async_set("switch.may", "off")
    async with a_home(hass, time, options={"allowed": "switch.may"}) as home:
        await home.reload()
        await home.live(20)
        off = "Miner 1 has to stay off: mining is not allowed now"
        assert home.said("Miner 1") == [off]
        hass.states.async_set("switch.may", "on")
        hass.states.async_set("switch.may", "off")
        assert home.said("Miner 1") == [off, "Miner 1 is no longer limited", off]


async def test_limit_that_ends_meanwhile(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """That is news after a restart, and so is the next time; that a miner is away is not."""
    hass.states.async_set("switch.may", "off")
    off, on = "Miner 1 has to stay off", "Miner 1 is no longer limited"
    async with a_home(hass, time, options={"allowed": "switch.may"}) as home:
        miner = home.entries[0].entry_id
        await hass.config_entries.async_unload(miner)
        await home.reload()
        await home.live(20)
        await hass.config_entries.async_setup(miner)
        await home.live(20)
        assert [home.said(off)[1:], home.said(on)] == [[], []]
        await hass.config_entries.async_unload(home.entry.entry_id)
        hass.states.async_set("switch.may", "on")
        await hass.config_entries.async_setup(home.entry.entry_id)
        await home.live(20)
        assert len(home.said(on)) == 1
        hass.states.async_set("switch.may", "off")
        assert len(home.said(off)) == 2


@pytest.mark.parametrize("renames", [False, True])
async def test_limit_is_no_news_by_any_name(
    hass: HomeAssistant, time: TimeMachine, renames: bool
) -> None:
    """A miner is no other one whose name begins alike, and the same by a new name."""
    hass.states.async_set("switch.may", "off")
    options = {"allowed": "switch.may"}
    async with a_home(hass, time, states=("hashing",) * 2, options=options) as home:
        entry = home.entries[0]
        hass.config_entries.async_update_entry(entry, title="Miner")
        hass.states.async_set("switch.may", "on")
        hass.states.async_set("switch.may", "off")
        before = home.said("has to stay off")
        off = "has to stay off: mining is not allowed now"
        assert before[-2:] == [f"Miner {off}", f"Miner 2 {off}"]
        if renames:
            hass.config_entries.async_update_entry(entry, title="Anna")
        await home.reload()
        await home.live(20)
        assert home.said("has to stay off") == before


async def test_decisions_of_an_earlier_version(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """Those without keys are kept; what is news after them is."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await home.live(20)
        await hass.config_entries.async_unload(home.entry.entry_id)
        stored = hass_storage[f"{DOMAIN}.{home.entry.entry_id}.decisions"]["data"]
        assert stored
        for each in stored:
            del each["miner"], each["key"]
        count = len(stored)
        await hass.config_entries.async_setup(home.entry.entry_id)
        await home.live(20)
        messages = [each.message for each in home.manager.decisions]
        assert messages[:count] == [each["message"] for each in stored]
        assert home.said("The miners follow") == ["The miners follow the surplus"] * 2


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


async def test_step_that_fails(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager that cannot start has no miners, and hears of nothing."""
    async with a_home(hass, time) as home, a_home(hass, time) as other:
        miner = home.entries[0].entry_id
        with monkeypatch.context() as patch:
            patch.setattr(Puppet, "step", None)
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


async def test_totals(hass: HomeAssistant, time: TimeMachine) -> None:
    """Energy from surplus and grid, hashrate and efficiency of all miners."""
    async with a_home(
        hass, time, states=("hashing", "stopped"), mode=Mode.SOLAR
    ) as home:
        home.pv = 2300
        await home.live(3600, step=30)
        status = home.manager.status
        assert status.power == pytest.approx(home.power, rel=0.05)
        assert status.miners_mining == 1
        assert status.hashrate == pytest.approx(125, abs=10)
        assert status.efficiency == pytest.approx(26.4, abs=2)
        # 2 kW of 3.3 kW are from the sun, and all of the surplus is used.
        assert status.energy == pytest.approx(3.3, abs=0.2)
        assert status.energy_surplus_today == pytest.approx(2, abs=0.1)
        assert status.energy_grid_today == pytest.approx(1.3, abs=0.2)
        assert status.surplus_used_today == pytest.approx(100, abs=1)
        await home.live(16 * 3600, step=600)
        assert home.manager.status.energy_surplus_today == 0


async def test_totals_without_a_meter(hass: HomeAssistant, time: TimeMachine) -> None:
    """Where the energy comes from is not guessed once the meter counts as lost."""
    hass.states.async_set("sensor.price", "0.3", {"unit_of_measurement": "EUR/kWh"})
    options = {"price": "sensor.price"}
    async with a_home(hass, time, mode=Mode.FULL, options=options) as home:
        home.pv = 5000
        await home.live(3600, step=30)
        assert home.manager.status.cost_today is not None
        home.meter_works = False
        await home.live(900, step=30)
        known = home.manager.status
        assert known.energy_surplus_today
        await home.live(7200, step=30)
        status = home.manager.status
        assert status.energy_surplus_today == known.energy_surplus_today
        assert status.energy_grid_today == known.energy_grid_today
        assert status.energy == pytest.approx((known.energy or 0) + 6.6, abs=0.4)
        assert status.cost_today is None


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


def efficiency(home: Home) -> float | None:
    """Return the J/TH of the miners of a home."""
    return home.manager.status.efficiency


async def test_efficiency(hass: HomeAssistant, time: TimeMachine) -> None:
    """Power changes at once, and the hashrate is a mean: no value is of two moments."""
    async with a_home(hass, time, states=("hashing", "stopped")) as home:
        assert efficiency(home) is None
        await home.live(5 * 60)
        steady = [efficiency(home)]
        seen = set(steady)
        for percent in (40, 100, 60):
            number = "number.miner_1_power_percent"
            await home.call(number, "set_value", value=percent)
            for _ in range(36):
                await home.live(10)
                seen.add(efficiency(home))
            steady.append(efficiency(home))
            await home.reload()
            assert efficiency(home) == steady[-1]
        known = [each for each in steady if each]
        assert len(known) == len(set(known)) == 4
        # What the miner itself wavers by.
        least, most = 0.97 * min(known), 1.03 * max(known)
        assert all(each and least <= each <= most for each in seen)
        assert max(known) < 1.2 * min(known)
        await home.call("switch.miner_1_mining", "turn_off")
        await home.live(10)
        assert efficiency(home) is None
