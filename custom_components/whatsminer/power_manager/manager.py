"""The power manager: reads, lets the law decide, sends, and shows why.

Each step of the law takes a moment, and what it orders is carried out in tasks of its
own: no miner waits for another, and no slow one for the law.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..control.commands import Command
from ..control.hands import async_listen_to_hands
from ..storage import UNREADABLE
from .charger import Charger
from .decisions import Decision, Decisions, held
from .hand_back import async_restore_power
from .heating import Heating
from .holds import Hold, allow, expire, follow
from .law import Law
from .limits import Limits
from .members import async_claim, async_release, listed_miners
from .memory import Memory
from .miners import ManagedMiner, hand_of, outcome_of, silent_miners
from .models import Action, MinerReading, Mode, Order, Outcome, Plan, Readings, Want
from .price_window import price_windows
from .problems import Problems
from .settings import Settings
from .showing import hashrate_of, inputs_of, status_of
from .sources import GRACE, Sources
from .status import Status
from .store import ManagerStore
from .tariff import Rates, Tariff, until_words
from .wants import Asked, Request, alive, want

type ManagerConfigEntry = ConfigEntry[PowerManager]

_STEP: Final = timedelta(seconds=10)
# s by which the clock has to run ahead of the time that has passed to have been set.
_AHEAD: Final = 60.0


class PowerManager:
    """Decides how much power its miners draw, and has them do it."""

    def __init__(
        self, hass: HomeAssistant, entry: ManagerConfigEntry, settings: Settings
    ) -> None:
        """Prepare; nothing is read or sent yet. A new manager is paused."""
        self.entry = entry
        self.settings = settings
        self.status = Status(mode=Mode.PAUSED)
        self._hass = hass
        self._memory = Memory()
        self._law = Law(self.settings)
        self._problems = Problems(hass, entry)
        self._sources = Sources(hass, entry.data, self.settings)
        self._tariff = Tariff(hass, entry, self.settings)
        self._limits = Limits(self._sources, self.settings)
        self.heating = Heating(self._sources, self.settings)
        self._miners: dict[str, ManagedMiner] = {}
        self._store = ManagerStore(
            hass, entry.entry_id, self._dump, lambda: self._decisions.dump()
        )
        self._decisions = Decisions(hass, entry, self._store.async_save_decisions)
        self._inputs: dict[str, Any] = {}
        self._since = self._commanded_at = self._stepped_at = self._loop_at = 0.0
        self._listeners: list[CALLBACK_TYPE] = []
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @property
    def mode(self) -> Mode:
        """Return the mode."""
        return self._memory.mode

    @property
    def members(self) -> tuple[str, ...]:
        """Return the miners that it has, by the ids of their entries, in their order."""
        return tuple(self._miners)

    @property
    def requested_power(self) -> float | None:
        """Return the W that were requested; None if nothing was, or it has expired."""
        request = alive(self._memory.request, _now())
        return request.watts if request else None

    @property
    def request_expires(self) -> datetime | None:
        """Return until when the request counts; None: there is none, or it stays."""
        request = alive(self._memory.request, _now())
        expires = request.expires if request else None
        return None if expires is None else dt_util.utc_from_timestamp(expires)

    @property
    def power_cap(self) -> float | None:
        """Return the W that all miners may draw together; None: there is no cap."""
        return self._memory.cap

    @property
    def charger(self) -> Charger:
        """Return what evcc has set."""
        return self._memory.charger

    @property
    def decisions(self) -> list[Decision]:
        """Return the last decisions, the oldest first."""
        return list(self._decisions.all)

    @property
    def steps(self) -> list[Decision]:
        """Return the last changes of a power percent, the oldest first."""
        return list(self._decisions.steps)

    async def async_load(self) -> None:
        """Go on from what was stored."""
        stored, decided = await self._store.async_load()
        self._memory = memory = Memory.from_json(stored)
        with suppress(*UNREADABLE):
            self._law = Law(self.settings, stored.get("law"))
        known = stored.get("tariff")
        self._tariff = Tariff(self._hass, self.entry, self.settings, known)
        self._decisions.load(decided)
        self._sources.permit.is_on = memory.allowed
        self._sources.pump.is_on = memory.pump
        self.heating = Heating(self._sources, self.settings, stored.get("heating"))
        self.status = Status(mode=memory.mode, rates=self._tariff.currencies)
        taken = list[str]()
        for key in listed_miners(self.entry.options):
            miner = ManagedMiner(self._hass, key, self.settings)
            if not async_claim(self._hass, key, self.entry):
                taken.append(miner.name)
                continue
            miner.hold = memory.holds.get(key)
            miner.last_power = memory.last_powers.get(key, 0.0)
            self._miners[key] = miner
        self._problems.show("miner_of_two_managers", taken)

    async def async_start(self) -> None:
        """Begin to manage."""
        self._since = _now()
        self._step()
        self._unsubscribe = [
            async_track_time_interval(self._hass, self._tick, _STEP),
            self._sources.async_listen(self._step),
            *(
                async_listen_to_hands(self._hass, key, partial(self._async_hand, key))
                for key in self._miners
            ),
        ]

    async def async_stop(self, *, hand_back: bool) -> None:
        """Send nothing more; first hand the miners back, if that is asked for.

        Those that were taken off the list are handed back in any case.
        """
        while self._unsubscribe:
            self._unsubscribe.pop()()
        kept = () if hand_back else listed_miners(self.entry.options)
        await self.async_hand_back(kept)
        if hand_back:
            self._problems.clear()
        await self._store.async_close()
        async_release(self._hass, self.entry)

    async def async_remove(self) -> None:
        """Forget all of it, after it was stopped."""
        self._problems.clear()
        async_release(self._hass, self.entry)
        await self._store.async_remove()

    async def async_hand_back(self, kept: Collection[str] = ()) -> None:
        """Leave the other miners at their full power, unless a cap may forbid that."""
        settings, has_cap = self.settings, self.power_cap is not None
        if self.mode is Mode.PAUSED or has_cap or settings.grid_cap or settings.fuse:
            return
        miners = [each for key, each in self._miners.items() if key not in kept]
        await async_restore_power(miners, self._law)

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call this when the status has changed; returns how to end it."""
        self._listeners.append(update)
        return lambda: self._listeners.remove(update)

    async def async_set_mode(self, mode: Mode) -> None:
        """Change the mode."""
        self._memory.mode = mode
        await self._async_changed()

    async def async_request(self, watts: float | None) -> None:
        """Request power for the mode *External*, or renew it; None: no longer."""
        lasts = 60 * self.settings.request_lasts
        expires = _now() + lasts if lasts else None
        self._memory.request = None if watts is None else Request(watts, expires)
        await self._async_changed()

    async def async_set_charger(self, **changes: Any) -> None:
        """Change fields of evcc's charger, and request the power that it asks for."""
        self._memory.charger = replace(self._memory.charger, **changes)
        await self.async_request(self.charger.watts(self.settings.evcc_phases))

    async def async_set_cap(self, watts: float | None) -> None:
        """Cap the power of all miners; None: no cap."""
        self._memory.cap = watts
        await self._async_changed()

    async def async_set_thermostat(self, **changes: Any) -> None:
        """Change fields of the thermostat."""
        self.heating.thermostat = replace(self.heating.thermostat, **changes)
        await self._async_changed()

    async def async_end_hold(self, key: str | None = None) -> None:
        """Manage a held miner again, by the id of its entry; None: all of them."""
        for each in self._miners.values():
            if key in (None, each.key):
                self._hold(each, None, "the hold was ended")
        await self._async_changed()

    async def _async_changed(self) -> None:
        """Keep what was changed before anything is sent by it."""
        await self._store.async_save()
        self._step()

    async def _async_hand(
        self, key: str, command: Command, context: Context | None
    ) -> None:
        """Hold a miner that somebody else commands; stored before that is sent."""
        if (hand := hand_of(command)) is None:
            return
        miner, user_id = self._miners[key], context and context.user_id
        hold = follow(
            miner.hold,
            hand,
            by_person=user_id is not None,
            until=_now() + 60 * self.settings.hold_lasts,
            is_paused=self.mode is Mode.PAUSED,
        )
        who = "it was set by hand" if user_id else "something else has set it"
        self._hold(miner, hold, who)
        await self._async_changed()

    @callback
    def _hold(self, miner: ManagedMiner, hold: Hold | None, why: str) -> None:
        """Hold a miner from now on, or manage it again."""
        if miner.hold != hold:
            miner.hold = hold
            self._decisions.add(held(miner.name, hold, why), self._inputs)

    @callback
    def _tick(self, now: datetime) -> None:
        """Take the next step."""
        self._step()

    @callback
    def _step(self) -> None:
        """Read, decide, send and show."""
        now, local = _now(), dt_util.now()
        if now < self._stepped_at:
            self._set_back(self._stepped_at - now)
        loop_at = self._hass.loop.time()
        ahead = now - self._stepped_at - (loop_at - self._loop_at)
        if self._stepped_at and ahead > _AHEAD:
            # The clock was set, or the machine slept: no meter could report meanwhile.
            self._sources.skip(ahead)
        self._stepped_at, self._loop_at = now, loop_at
        memory, managed = self._memory, list(self._miners.values())
        source = self._sources.read(now)
        allowed = self._pass_time(now)
        miners = [each.read(now) for each in managed]
        learned = [self._law.as_learned(each, now) for each in miners]
        rates = self._tariff.step(now, source, learned)
        ceilings = self._limits.find(
            now,
            local.time(),
            source,
            learned,
            hot={each.key for each in managed if each.is_hot},
            allowed=allowed,
            cap=memory.cap,
            since=self._commanded_at,
        )
        heat = self.heating.step(now, memory.mode, learned)
        asked = Asked(
            surplus=self.settings.use_surplus and rates.is_surplus_wanted,
            cheap=rates.cheap_power,
            heat=heat,
            minimum=self.settings.use_minimum,
        )
        readings = Readings(
            now=now,
            day=local.date().isoformat(),
            want=self._want(now, learned, asked),
            source=source,
            miners=tuple(
                replace(each, ceiling=ceilings.get(each.key)) for each in miners
            ),
        )
        plan = self._law.step(readings)
        self._inputs = inputs_of(memory, readings, plan, rates)
        self._decisions.compare(
            plan,
            {each.key: each.name for each in managed},
            self._inputs,
            until_words(rates),
            is_paused=memory.mode is Mode.PAUSED,
        )
        for order in plan.orders:
            self._order(order)
        # What is counted and shown are the powers as learned: right after a change of the
        # percent the power that was read is an old one.
        self._show(replace(readings, miners=tuple(learned)), plan, rates, heat)

    @callback
    def _show(self, readings: Readings, plan: Plan, rates: Rates, heat: float) -> None:
        """Count and show what the miners draw, for the W of heat that is asked for."""
        memory, managed = self._memory, list(self._miners.values())
        used = memory.totals.take(readings, heat)
        hashrate = hashrate_of(managed)
        memory.costs.take(
            readings.day, readings.now, rates, used=used, hashrate=hashrate
        )
        self.status = status_of(memory, readings, plan, managed, rates, hashrate)
        self._show_problems(readings)
        self._store.async_save_soon()
        for update in tuple(self._listeners):
            update()

    def _want(self, now: float, miners: list[MinerReading], asked: Asked) -> Want:
        """Return what is wanted now."""
        return want(
            self._memory.mode,
            self._memory.request,
            miners,
            all_minimum=self.settings.minimum_all,
            now=now,
            asked=asked,
        )

    @callback
    def _set_back(self, seconds: float) -> None:
        """Let nothing last longer because the clock was set back."""
        self._since -= seconds
        self._commanded_at -= seconds
        request = self._memory.request
        if request and request.expires is not None:
            request = Request(request.watts, request.expires - seconds)
            self._memory.request = request
        for each in self._miners.values():
            if each.hold and each.hold.until is not None:
                each.hold = Hold(each.hold.kind, each.hold.until - seconds)

    @callback
    def _pass_time(self, now: float) -> bool:
        """End the holds that are over; return whether the miners may mine."""
        allowed, was_turned_on = self._sources.permit.read(now)
        for each in self._miners.values():
            if was_turned_on:
                self._hold(each, allow(each.hold), "mining is allowed again")
            self._hold(each, expire(each.hold, now), "the hold has run out")
        return allowed

    @callback
    def _order(self, order: Order) -> None:
        """Carry out an order of the law, in a task of its own."""
        miner = self._miners[order.miner]
        if self.mode is Mode.PAUSED:
            self._law.note(order, Outcome.SUPERSEDED, _now())
            self._decisions.would(miner.name, order, self._inputs)
            return
        self._decisions.order(miner.name, order, self._inputs)
        miner.sending += 1
        self._commanded_at = _now()
        self.entry.async_create_background_task(
            self._hass,
            self._async_carry_out(miner, order, miner.hold),
            f"{self.entry.title} {order.action}",
        )

    async def _async_carry_out(
        self, miner: ManagedMiner, order: Order, hold: Hold | None
    ) -> None:
        """Carry out an order, unless somebody has taken the miner over meanwhile."""
        outcome = Outcome.SUPERSEDED
        try:
            if order.action is not Action.PERCENT:
                await self._store.async_save()
            is_taken = miner.hold != hold and not order.at_once
            if not is_taken and self.mode is not Mode.PAUSED:
                await miner.async_carry_out(order)
                outcome = Outcome.CONFIRMED
        except HomeAssistantError as err:
            outcome = outcome_of(err)
            if outcome is not Outcome.SUPERSEDED:
                self._decisions.fail(miner.name, order, str(err), self._inputs)
        finally:
            miner.sending -= 1
        self._decisions.end(order, works=outcome is Outcome.CONFIRMED)
        self._commanded_at = _now()
        self._law.note(order, outcome, self._commanded_at)

    @callback
    def _show_problems(self, readings: Readings) -> None:
        """Show what only the user can mend."""
        gone = [key for key, each in self._miners.items() if each.entry is None]
        self._problems.show("managed_miner_removed", gone)
        stuck = [
            each.name
            for key, each in self._miners.items()
            if key in self._law.unstoppable
        ]
        self._problems.show("miner_does_not_stop", stuck)
        fighting = price_windows(self._hass, self._miners)
        self._problems.show("price_window_on_managed_miner", fighting)
        # Other integrations may come later than this one, and miners answer.
        if readings.now - self._since > GRACE:
            has_cap = self.power_cap is not None or self.settings.quiet_power > 0
            silent = silent_miners(self._miners, readings) if has_cap else ()
            self._problems.show("silent_miner_counts", silent)
            self._problems.show("source_missing", self._sources.missing)
            self._problems.show("prices_unreadable", self._tariff.problems)

    def _dump(self) -> dict[str, Any]:
        """Return what is stored."""
        self._memory.holds = {
            key: each.hold for key, each in self._miners.items() if each.hold
        }
        self._memory.last_powers = {
            key: each.last_power for key, each in self._miners.items()
        }
        self._memory.allowed = self._sources.permit.is_on
        self._memory.pump = self._sources.pump.is_on
        return {
            **self._memory.as_json(),
            "law": self._law.dump(),
            "heating": self.heating.dump(),
            "tariff": self._tariff.dump(),
        }


def _now() -> float:
    """Return the time in UTC seconds."""
    return dt_util.utcnow().timestamp()
