"""What the manager does with the orders of the law."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.whatsminer.const import CONF_MINERS, DOMAIN
from custom_components.whatsminer.logbook import async_describe_events
from custom_components.whatsminer.power_manager.decisions import EVENT_DECISION
from custom_components.whatsminer.power_manager.law.models import (
    Action,
    Mode,
    Order,
    Outcome,
    Reason,
)
from custom_components.whatsminer.power_manager.store import ManagerStore
from tests.blueprints.time_machine import TimeMachine
from tests.conftest import until

from .home import Home, a_home
from .puppet import puppet_of

pytestmark = pytest.mark.usefixtures("puppet")


def an_order(
    home: Home,
    action: Action,
    value: float | None = None,
    number: int = 0,
    *,
    at_once: bool = False,
) -> Order:
    """Return an order to one of the miners."""
    return Order(
        miner=home.entries[number].entry_id,
        action=action,
        value=value,
        reason=Reason.SURPLUS,
        at_once=at_once,
    )


async def order(
    home: Home,
    action: Action,
    value: float | None = None,
    number: int = 0,
    *,
    at_once: bool = False,
) -> Outcome | None:
    """Let the law give an order; return what it heard of it."""
    law = puppet_of(home.manager)
    law.orders.append(an_order(home, action, value, number, at_once=at_once))
    law.noted.clear()
    await home.live(10)
    return law.noted[0][1] if law.noted else None


async def test_carried_out(hass: HomeAssistant, time: TimeMachine) -> None:
    """An order is a command to the miner, and the law hears of its end."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        assert await order(home, Action.PERCENT, 60) is Outcome.CONFIRMED
        assert home.percent() == 60
        await home.live(10)
        assert puppet_of(home.manager).last.miners[0].percent == 60
        assert await order(home, Action.STOP) is Outcome.CONFIRMED
        assert not home.mines()
        assert await order(home, Action.START) is Outcome.CONFIRMED
        assert home.mines()
        await home.live(10)
        reading = puppet_of(home.manager).last.miners[0]
        assert not reading.is_held
        assert not reading.is_steerable
        # A percent is no decision, but a step.
        assert [each.message for each in home.manager.steps] == [
            "Changing the power of Miner 1 to 60 %: there is surplus"
        ]
        assert home.said("Stopping Miner 1") == ["Stopping Miner 1: there is surplus"]
        assert home.said("Starting Miner 1")


async def test_paused(hass: HomeAssistant, time: TimeMachine) -> None:
    """Nothing is sent; what would be done is said once."""
    async with a_home(hass, time) as home:
        sent = len(home.miners[0].log.commands)
        assert await order(home, Action.STOP) is Outcome.SUPERSEDED
        assert await order(home, Action.STOP) is Outcome.SUPERSEDED
        assert await order(home, Action.PERCENT, 50) is Outcome.SUPERSEDED
        assert home.mines()
        assert "power_off" not in home.miners[0].log.commands[sent:]
        assert home.said("Would") == ["Would stop Miner 1: there is surplus"]
        assert home.manager.status.reason is Reason.PAUSED


async def test_pause_ends(hass: HomeAssistant, time: TimeMachine) -> None:
    """While it is paused the logbook does not say that the miners follow."""
    async with a_home(hass, time) as home:
        home.pv = 4000
        await home.live(600)
        would = "The miners would follow the surplus"
        assert home.said("The miners") == [would]
        await home.set_mode(Mode.SOLAR)
        await home.live(60)
        assert home.said("The miners") == [would, "The miners follow the surplus"]


async def test_refused(hass: HomeAssistant, time: TimeMachine) -> None:
    """A refusal is said once, until it works again."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        faults = home.miners[0].device.faults
        faults.refuse["set_power_pct"] = 45
        for percent in (60, 61):
            outcome = await order(home, Action.PERCENT, percent)
            assert outcome is Outcome.REFUSED
        (said,) = home.said("Miner 1 did not change its power")
        assert said.startswith("Miner 1 did not change its power: it refuses commands")
        faults.refuse.clear()
        assert await order(home, Action.PERCENT, 62) is Outcome.CONFIRMED
        faults.refuse["set_power_pct"] = 45
        await order(home, Action.PERCENT, 63)
        assert len(home.said("Miner 1 did not change its power")) == 2


async def test_not_now(hass: HomeAssistant, time: TimeMachine) -> None:
    """A percent that comes too early is no refusal: it was never sent."""
    async with a_home(hass, time, states=("ramping",), mode=Mode.SOLAR) as home:
        assert await order(home, Action.PERCENT, 60) is Outcome.SUPERSEDED


@pytest.mark.usefixtures("short_commands")
async def test_not_obeyed(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that says yes and does nothing has not done it."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        home.miners[0].device.faults.disobey.add("power_off")
        assert await order(home, Action.STOP) is Outcome.FAILED
        assert home.said("Miner 1 did not stop")


async def test_unreachable(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner whose entry is not loaded cannot be commanded, the others can."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        await hass.config_entries.async_unload(home.entries[0].entry_id)
        assert await order(home, Action.STOP) is Outcome.UNKNOWN
        assert await order(home, Action.STOP, number=1) is Outcome.CONFIRMED


async def test_last_power_counts_for_a_while(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A miner that is not read any more draws its last power for five minutes."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        before = puppet_of(home.manager).last.miners[0].power
        assert before is not None
        assert before > 1000
        await hass.config_entries.async_unload(home.entries[0].entry_id)
        await home.live(290)
        reading = puppet_of(home.manager).last.miners[0]
        assert reading.power == before
        assert not reading.is_reachable
        await home.live(30)
        assert puppet_of(home.manager).last.miners[0].power == 0


async def test_clock_set_back(hass: HomeAssistant, time: TimeMachine) -> None:
    """What a miner draws is known, and forgotten, as if the clock had always been so."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await order(home, Action.PERCENT, 60)
        time.set_clock(timedelta(hours=-1))
        await home.live(60)
        power = puppet_of(home.manager).last.miners[0].power
        assert power == pytest.approx(home.power, rel=0.05)
        await hass.config_entries.async_unload(home.entries[0].entry_id)
        time.set_clock(timedelta(hours=-1))
        await home.live(320)
        assert puppet_of(home.manager).last.miners[0].power == 0


async def test_removed_miner_draws_no_more(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """What a removed miner draws is the house's: it adds to no power and no energy."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        before = puppet_of(home.manager).last.miners[1].power
        await hass.config_entries.async_remove(home.entries[0].entry_id)
        await home.live(20)
        (other,) = puppet_of(home.manager).last.miners
        assert other.power == before
        assert home.manager.status.power == before
        home.entries[0].add_to_hass(hass)


async def test_hand_while_an_order_waits(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order is given up when somebody takes the miner over; a ceiling's is not."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        save = ManagerStore.async_save

        async def save_slowly(_: ManagerStore) -> None:
            """Let a manual command come in between."""
            monkeypatch.setattr(ManagerStore, "async_save", save)
            await hass.services.async_call(
                "number",
                "set_value",
                {"entity_id": "number.miner_1_power_percent", "value": 70},
                blocking=True,
            )

        monkeypatch.setattr(ManagerStore, "async_save", save_slowly)
        assert await order(home, Action.STOP) is Outcome.SUPERSEDED
        assert home.mines()
        assert await order(home, Action.STOP, at_once=True) is Outcome.CONFIRMED


async def test_saved_before_it_is_sent(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a start or a stop depends on is on disk before the miner hears of it."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        save, mined_at_save = ManagerStore.async_save, list[bool]()

        async def noting_save(store: ManagerStore) -> None:
            """Note whether the miner still mines."""
            mined_at_save.append(home.mines())
            await save(store)

        monkeypatch.setattr(ManagerStore, "async_save", noting_save)
        await order(home, Action.STOP)
        assert mined_at_save == [True, False]
        assert not home.mines()


async def test_logbook(hass: HomeAssistant, time: TimeMachine) -> None:
    """Each decision is an event with one sentence, on the manager's device."""
    events: list[Event] = []
    hass.bus.async_listen(EVENT_DECISION, events.append)
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await order(home, Action.STOP)
        (event,) = [each for each in events if "Stopping" in each.data["message"]]
        assert event.data["device_id"]
        described: dict[str, Any] = {}
        async_describe_events(
            hass, lambda domain, kind, describe: described.update({kind: describe})
        )
        assert described[EVENT_DECISION](event) == {
            "name": "Power",
            "message": "Stopping Miner 1: there is surplus",
            "icon": "mdi:head-lightbulb-outline",
        }
        (decision,) = [
            each for each in home.manager.decisions if "Stopping" in each.message
        ]
        assert decision.inputs["mode"] == "solar"
        assert decision.inputs["grid"] == pytest.approx(home.load, abs=4000)


async def test_name_of_the_device(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner has the name that the user gave its device, from then on."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        devices = dr.async_get(hass)
        (device,) = dr.async_entries_for_config_entry(devices, home.entries[0].entry_id)
        devices.async_update_device(device.id, name_by_user="Heater")
        await order(home, Action.STOP)
        assert home.said("Stopping") == ["Stopping Heater: there is surplus"]


async def test_hand_is_lower_than_the_limit(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A limit does not take the place of a lower percent that is being set by hand."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        faults, law = home.miners[0].device.faults, puppet_of(home.manager)
        faults.only, faults.delay = {"set_power_pct"}, 0.2
        hand = hass.async_create_task(
            hass.services.async_call(
                "number",
                "set_value",
                {"entity_id": "number.miner_1_power_percent", "value": 50},
                blocking=True,
            )
        )
        await until(lambda: home.percent() == 50)
        law.orders.append(an_order(home, Action.PERCENT, 60, at_once=True))
        home.report()
        await hand
        await time.settle()
        assert [outcome for _, outcome in law.noted] == [Outcome.SUPERSEDED]
        assert home.percent() == 50
        assert await order(home, Action.PERCENT, 45, at_once=True) is Outcome.CONFIRMED
        assert home.percent() == 45


async def test_hand_back(hass: HomeAssistant, time: TimeMachine) -> None:
    """Removing hands back; reloading does not, nor does it touch what is held."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        await order(home, Action.PERCENT, 60)
        await home.call("number.miner_2_power_percent", "set_value", value=70)
        await home.reload()
        assert home.percent() == 60
        await hass.config_entries.async_remove(home.entry.entry_id)
        await time.settle()
        assert home.percent() == 100
        assert home.percent(1) == 70
        home.entry.add_to_hass(hass)


async def test_hand_back_while_an_order_is_under_way(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """A miner that was just told to draw less, and shows nothing of it yet."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        faults = home.miners[0].device.faults
        faults.only, faults.delay = {"set_power_pct"}, 0.2
        puppet_of(home.manager).orders.append(an_order(home, Action.PERCENT, 60))
        home.report()
        await until(lambda: home.percent() == 60)
        await hass.config_entries.async_remove(home.entry.entry_id)
        await time.settle()
        assert home.percent() == 100
        home.entry.add_to_hass(hass)


async def test_order_that_waits_while_it_is_disabled(
    hass: HomeAssistant, time: TimeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not sent yet when the miners are handed back is never sent."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await order(home, Action.PERCENT, 60)
        law, save = puppet_of(home.manager), ManagerStore.async_save
        waits, written = asyncio.Event(), asyncio.Event()

        async def slow(store: ManagerStore) -> None:
            """Save, and come to an end later."""
            waits.set()
            await save(store)
            await written.wait()

        monkeypatch.setattr(ManagerStore, "async_save", slow)
        law.orders.append(an_order(home, Action.STOP))
        home.report()
        await waits.wait()
        faults = home.miners[0].device.faults
        faults.only, faults.delay = {"set_power_pct"}, 0.2
        disabling = hass.async_create_task(
            hass.config_entries.async_set_disabled_by(
                home.entry.entry_id, ConfigEntryDisabler.USER
            )
        )
        await until(lambda: home.percent() == 100)
        written.set()
        await disabling
        await time.settle()
        assert home.mines()
        assert "power_off" not in home.miners[0].log.commands
        assert law.noted[-1] == (an_order(home, Action.STOP), Outcome.SUPERSEDED)


async def test_order_that_is_under_way_when_it_ends(
    hass: HomeAssistant, time: TimeMachine, hass_storage: dict[str, Any]
) -> None:
    """What was sent and not shown yet may have been done, and is stored as that."""
    async with a_home(hass, time, states=("stopped",), mode=Mode.SOLAR) as home:
        law = puppet_of(home.manager)
        home.miners[0].device.faults.disobey.add("power_on")
        law.orders.append(an_order(home, Action.START))
        home.report()
        await until(lambda: "power_on" in home.miners[0].log.commands)
        await hass.config_entries.async_unload(home.entry.entry_id)
        assert law.noted == [(an_order(home, Action.START), Outcome.UNKNOWN)]
        powers = hass_storage[f"{DOMAIN}.{home.entry.entry_id}.manager"]["data"]
        assert powers["last_powers"][home.entries[0].entry_id] > 3000
        await hass.config_entries.async_unload(home.entries[0].entry_id)


async def test_order_that_is_under_way_when_all_ends(
    hass: HomeAssistant, time: TimeMachine
) -> None:
    """While Home Assistant stops nobody takes the miner for one that waits for orders."""
    async with a_home(hass, time, states=("stopped",), mode=Mode.SOLAR) as home:
        law = puppet_of(home.manager)
        home.miners[0].device.faults.disobey.add("power_on")
        law.orders.append(an_order(home, Action.START))
        home.report()
        await until(lambda: "power_on" in home.miners[0].log.commands)

        @callback
        def report(_: Event) -> None:
            """Let the meter report once more."""
            home.load += 1
            home.report()

        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, report)
        steps = len(law.readings)
        await hass.async_stop(force=True)
        assert law.noted == [(an_order(home, Action.START), Outcome.UNKNOWN)]
        assert len(law.readings) > steps
        assert law.last.miners[0].is_busy


async def test_miner_is_reloaded(hass: HomeAssistant, time: TimeMachine) -> None:
    """An order that ends with that is no refusal: it may have been done."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        faults, law = home.miners[0].device.faults, puppet_of(home.manager)
        faults.only, faults.delay = {"set_power_pct"}, 0.2
        law.orders.append(an_order(home, Action.PERCENT, 60))
        home.report()
        await until(lambda: home.percent() == 60)
        await hass.config_entries.async_reload(home.entries[0].entry_id)
        await home.live(10)
        assert law.noted == [(an_order(home, Action.PERCENT, 60), Outcome.UNKNOWN)]
        assert home.said("did not") == []


async def test_taken_off_the_list(hass: HomeAssistant, time: TimeMachine) -> None:
    """A miner that is no longer on the list is handed back, the others are not."""
    async with a_home(hass, time, states=("hashing",) * 2, mode=Mode.SOLAR) as home:
        await order(home, Action.PERCENT, 60)
        await order(home, Action.PERCENT, 70, number=1)
        hass.config_entries.async_update_entry(
            home.entry, options={CONF_MINERS: [home.entries[1].entry_id]}
        )
        await home.reload()
        assert home.percent() == 100
        assert home.percent(1) == 70


async def test_disabled(hass: HomeAssistant, time: TimeMachine) -> None:
    """Disabling hands back, too."""
    async with a_home(hass, time, mode=Mode.SOLAR) as home:
        await order(home, Action.PERCENT, 60)
        await hass.config_entries.async_set_disabled_by(
            home.entry.entry_id, ConfigEntryDisabler.USER
        )
        await time.settle()
        assert home.percent() == 100


@pytest.mark.parametrize(
    "options", [{"cap": 2000}, {"grid_cap": 5000}, {"fuse": 16}, {}]
)
async def test_hand_back_under_a_cap(
    hass: HomeAssistant, time: TimeMachine, options: dict[str, float]
) -> None:
    """Where more power may be too much, or nothing was sent, all stays as it is."""
    cap = options.pop("cap", None)
    mode = Mode.SOLAR if options or cap else Mode.PAUSED
    async with a_home(hass, time, options=options, mode=mode) as home:
        await home.manager.async_set_cap(cap)
        if mode is Mode.SOLAR:
            await order(home, Action.PERCENT, 60)
        else:
            await home.call("number.miner_1_power_percent", "set_value", value=60)
        await hass.config_entries.async_remove(home.entry.entry_id)
        await time.settle()
        assert home.percent() == 60
        home.entry.add_to_hass(hass)
