"""The power manager: reads, lets the law decide, has it carried out, and shows why.

It only connects its parts: each of them is in a file of its own.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..device_text import one_line
from ..stored_json import UNREADABLE
from .charger import Charger
from .claims import claim_miners, hot_miners, keep_miners
from .clock import StepClock
from .decisions import Decision, Decisions
from .fallback import Fallback
from .hand_back import async_restore_power
from .heating import Heating
from .holds import Holds
from .law.law import Law
from .law.models import Ceiling, MinerReading, Mode, Plan, Readings, Want
from .law.wants import Asked, Request, alive, earlier, want
from .limits import Limits
from .members import Member, async_release, listed_miners, remembered
from .memory import Memory
from .miners import ManagedMiner
from .optional import OptionalParts
from .orders import Orders
from .prices.tariff import Rates, Tariff
from .problems import Problems
from .settings import Settings
from .showing import hashing, hashrate_of, inputs_of, status_of, status_of_fault
from .sources import Sources
from .status import Status
from .store import ManagerStore

type ManagerConfigEntry = ConfigEntry[PowerManager]

_STEP: Final = timedelta(seconds=10)
# s between two times that numbers are shown, at least: each is a row of the database, and
# some meters report each second. A step may come a little early.
_SHOWN: Final = 9.0


class PowerManager:
    """Decides how much power its miners draw, and has them do it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ManagerConfigEntry,
        settings: Settings,
        store: ManagerStore,
        stored: Mapping[str, Any],
    ) -> None:
        """Go on from what was stored; nothing is read or sent yet.

        A new manager is paused.
        """
        self.entry = entry
        self.settings = settings
        self._hass = hass
        self._store = store
        self._memory = memory = Memory.from_json(stored)
        self._decisions = Decisions(hass, entry, store.async_save_decisions)
        self._law = Law(settings)
        with suppress(*UNREADABLE):
            self._law = Law(settings, stored.get("law"))
        # One that is deleted reloads its manager. Added again, it has another id.
        entries = hass.config_entries.async_entries(DOMAIN)
        self._law.forget_others({each.entry_id for each in entries})
        self._problems = Problems(hass, entry)
        self._optional = OptionalParts(one_line(entry.title)).part
        self._sources = Sources(hass, entry.data, settings)
        self._sources.permit.is_on = memory.allowed
        self._sources.pump.is_on = memory.pump
        self._fallback = Fallback(settings)
        self._ceilings = dict[str, Ceiling]()
        self._limits = Limits(self._sources, settings, memory.hot_sensors)
        self._tariff = Tariff(hass, entry, settings, stored.get("tariff"))
        self.heating = Heating(self._sources, settings, stored.get("heating"))
        self._miners = self._claim_miners()
        self._holds = Holds(self._miners, settings, memory, self._decisions, self._law)
        self._orders = Orders(hass, entry, self._law, memory, self._decisions, store)
        self.status = Status()
        self._clock = StepClock()
        self._since = self._shown_at = 0.0
        self._listeners: list[CALLBACK_TYPE] = []
        self._unsubscribe: list[CALLBACK_TYPE] = []
        store.keep(self._dump, self._decisions.dump)

    @classmethod
    async def async_load(
        cls, hass: HomeAssistant, entry: ManagerConfigEntry, settings: Settings
    ) -> Self:
        """Return the manager of an entry, as it was."""
        store = ManagerStore(hass, entry.entry_id)
        stored, decided = await store.async_load()
        manager = cls(hass, entry, settings, store, stored)
        manager._decisions.load(decided)
        return manager

    @property
    def mode(self) -> Mode:
        """Return the mode."""
        return self._memory.mode

    @property
    def members(self) -> tuple[str, ...]:
        """Return the miners that it has, by the ids of their entries, in their order."""
        return tuple(self._miners)

    @property
    def deleted(self) -> dict[str, Member]:
        """Return who those of its list were whose entries were deleted, by these."""
        get_entry = self._hass.config_entries.async_get_entry
        members = self._memory.members.items()
        return {key: each for key, each in members if get_entry(key) is None}

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

    async def async_start(self) -> None:
        """Begin to manage."""
        self._since = _now()
        self._step()
        self._unsubscribe = [
            async_track_time_interval(self._hass, self._tick, _STEP),
            self._sources.async_listen(self._step),
            *self._holds.async_listen(self._hass, self._async_changed),
        ]

    async def async_stop(self, *, hand_back: bool) -> None:
        """Send nothing more; first hand the miners back, if that is asked for.

        Those that were taken off the list are handed back in any case.
        """
        while self._unsubscribe:
            self._unsubscribe.pop()()
        try:
            await self._orders.async_cancel()
            kept = () if hand_back else listed_miners(self.entry.options)
            await self.async_hand_back(kept)
            if hand_back:
                self._problems.clear()
            await self._store.async_close()
        finally:
            async_release(self._hass, self.entry)

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
        self._holds.end(key)
        await self._async_changed()

    async def _async_changed(self) -> None:
        """Keep what was changed before anything is sent by it.

        It may have been stopped meanwhile: then the next one acts by what is kept.
        """
        await self._store.async_save()
        if self._unsubscribe:
            self._step(shows_numbers=True)

    @callback
    def _tick(self, now: datetime) -> None:
        """Take the next step."""
        self._step()

    @callback
    def _step(self, *, shows_numbers: bool = False) -> None:
        """Read, decide, send and show; numbers that have only moved not each time.

        What the ceilings do not need is optional: `OptionalParts` says why.
        """
        now = _now()
        set_back, ahead = self._clock.tick(now, self._hass.loop.time())
        if set_back:
            self._set_back(set_back)
        if ahead:
            # No meter could report meanwhile.
            self._sources.skip(ahead)
        before, decided = self.status.words, None
        with self._optional("rules"):
            decided = self._decide(now)
        if decided is not None:
            self._fallback.end()
            self._note(*decided)
        else:
            self._fall_back(now)
        with self._optional("repairs"):
            self._problems.show("manager_fails", () if decided else ("rules",))
        permits = self._sources.permit.is_on, self._sources.pump.is_on
        self._store.async_save_soon(
            at_once=permits != (self._memory.allowed, self._memory.pump)
        )
        shows_numbers |= not 0 <= now - self._shown_at < _SHOWN
        if shows_numbers or self.status.words != before:
            self._shown_at = now
            for update in tuple(self._listeners):
                with self._optional("entities"):
                    update()

    def _decide(self, now: float) -> tuple[Readings, Plan, Rates, float]:
        """Read, decide and send; return what was decided by what."""
        local = dt_util.now()
        source = self._sources.read(now)
        allowed, was_turned_on = self._sources.permit.read(now)
        self._holds.pass_time(now, is_allowed_anew=was_turned_on)
        miners = [each.try_read(now, self._optional) for each in self._miners.values()]
        learned = [self._as_learned(each, now) for each in miners]
        rates, heat = self._tariff.unknown, 0.0
        with self._optional("prices"):
            rates = self._tariff.step(now, source, learned)
        ceilings = self._ceilings = self._limits.find(
            now,
            local.time(),
            source,
            learned,
            hot=hot_miners(self._miners.values()),
            allowed=allowed,
            cap=self._memory.cap,
            since=self._orders.commanded_at,
        )
        with self._optional("thermostat"):
            heat = self.heating.step(now, self.mode, learned)
        readings = Readings(
            now=now,
            day=local.date().isoformat(),
            want=self._want(now, learned, rates, heat),
            source=source,
            miners=tuple(
                replace(each, ceiling=ceilings.get(each.key)) for each in miners
            ),
        )
        plan = self._law.step(readings)
        with self._optional("decisions"):
            self._explain(readings, plan, rates)
        for order in plan.orders:
            with self._optional("orders"):
                self._orders.give(self._miners[order.miner], order)
        # What is counted and shown are the powers as learned: right after a change of the
        # percent the power that was read is an old one.
        return replace(readings, miners=tuple(learned)), plan, rates, heat

    def _as_learned(self, reading: MinerReading, now: float) -> MinerReading:
        """Return a reading with what was learned, if that can be had."""
        with self._optional("experience"):
            return self._law.as_learned(reading, now)
        return reading

    def _fall_back(self, now: float) -> None:
        """Keep the ceilings that were found last, without the law."""
        self._fallback.begin(now, self.mode)
        for key, miner in self._miners.items():
            reading = self._as_learned(miner.try_read(now, self._optional), now)
            if self.mode is Mode.PAUSED:
                continue
            with self._optional(f"fallback of {miner.name}"):
                order = self._fallback.order(
                    reading, self._ceilings.get(key), is_sent=miner.sending > 0
                )
                if order is not None:
                    self._orders.give(miner, order)
        self.status = status_of_fault(self.status)

    def _want(
        self, now: float, miners: list[MinerReading], rates: Rates, heat: float
    ) -> Want:
        """Return what is wanted now, with the W that heat asks for."""
        asked = Asked(
            surplus=self.settings.use_surplus and rates.is_surplus_wanted,
            cheap=rates.cheap_power,
            heat=heat,
            minimum=self.settings.use_minimum,
            later=self.heating.is_on or rates.next_cheap is not None,
        )
        return want(
            self.mode,
            self._memory.request,
            miners,
            all_minimum=self.settings.minimum_all,
            now=now,
            asked=asked,
        )

    def _set_back(self, seconds: float) -> None:
        """Let nothing last longer because the clock was set back."""
        self._since -= seconds
        self._orders.commanded_at -= seconds
        self._memory.request = earlier(self._memory.request, seconds)
        self._holds.set_back(seconds)

    def _explain(self, readings: Readings, plan: Plan, rates: Rates) -> None:
        """Say what was decided, and why."""
        self._decisions.inputs = inputs_of(self._memory, readings, plan, rates)
        self._decisions.compare(
            plan,
            {key: each.name for key, each in self._miners.items()},
            rates.cheap_until,
            is_paused=self.mode is Mode.PAUSED,
        )

    def _note(self, readings: Readings, plan: Plan, rates: Rates, heat: float) -> None:
        """Count and note what the miners draw, for the W of heat that is asked for."""
        memory, managed = self._memory, list(self._miners.values())
        hashrate = None
        with self._optional("totals"):
            used = memory.totals.take(readings, heat)
            hashrate = hashrate_of(managed)
            memory.costs.take(
                readings.day, readings.now, rates, used=used, hashrate=hashrate
            )
            memory.efficiency.take(hashing(readings, managed), readings.now)
        with self._optional("status"):
            self.status = status_of(memory, readings, plan, managed, rates, hashrate)
        with self._optional("repairs"):
            self._problems.find(
                readings,
                self._miners,
                self._law,
                self._sources,
                self._tariff,
                has_cap=memory.cap is not None or self.settings.quiet_power > 0,
                runs_for=readings.now - self._since,
            )

    def _claim_miners(self) -> dict[str, ManagedMiner]:
        """Return the miners that it has, and say which of its list it has not."""
        self._remember_members()
        miners, taken = claim_miners(
            self._hass, self.entry, self.settings, self._memory
        )
        self._problems.show("miner_of_two_managers", taken)
        deleted = (one_line(each.title) for each in self.deleted.values())
        self._problems.show("managed_miner_removed", deleted)
        return miners

    def _remember_members(self) -> None:
        """Keep who the miners of its list are, or were."""
        listed, memory = listed_miners(self.entry.options), self._memory
        memory.members = remembered(self._hass, listed, memory.members)

    def _dump(self) -> dict[str, Any]:
        """Return what is stored."""
        self._remember_members()
        keep_miners(self._memory, self._miners)
        self._memory.allowed = self._sources.permit.is_on
        self._memory.pump = self._sources.pump.is_on
        self._memory.hot_sensors = sorted(self._limits.hot_sensors)
        return {
            **self._memory.as_json(),
            "law": self._law.dump(),
            "heating": self.heating.dump(),
            "tariff": self._tariff.dump(),
        }


def _now() -> float:
    """Return the time in UTC seconds."""
    return dt_util.utcnow().timestamp()
