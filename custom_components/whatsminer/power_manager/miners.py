"""One miner as its manager sees it: how it is, and how it is commanded."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.dt import utcnow

from ..client import Capability, MinerData, MiningState
from ..const import DOMAIN
from ..control.commands import START, STOP, Command, ask
from ..names import shown_name
from ..runtime import WhatsminerRuntime
from .law.ceilings import is_hot
from .law.drawn import LAG
from .law.holds import Hold
from .law.machine import IDLE_POWER, percent_within
from .law.models import Action, MinerReading, Order
from .law.records import DEFAULT_FULL
from .optional import Part
from .settings import Settings

# s for which a miner that is not read any more counts with its last power.
_REMEMBERED: Final = 300.0
# s over which a mean is taken.
_MEAN: Final = 300.0
# % from which on a miner counts as not throttled, where only its power shows that.
_NEARLY_FULL: Final = 93


class ManagedMiner:
    """A miner on a manager's list."""

    def __init__(self, hass: HomeAssistant, key: str, settings: Settings) -> None:
        """Find it by the id of its entry, whenever that is loaded."""
        self.key = key
        self.hold: Hold | None = None
        self.is_hot = False
        self.sending = 0
        """How many orders of the manager are under way."""
        self.last_power = 0.0
        """W that it drew, or was coming to, when it answered last."""
        self.read_at = 0.0
        """When it answered last, in UTC seconds; 0: not since the start."""
        self._hass = hass
        self._settings = settings
        self._power: float | None = None
        self._percent: float | None = None
        self._changed_at = 0.0

    @property
    def entry(self) -> ConfigEntry[Any] | None:
        """Return its entry; None when it was removed."""
        return self._hass.config_entries.async_get_entry(self.key)

    @property
    def name(self) -> str:
        """Return its name."""
        return shown_name(self._hass, self.entry) if self.entry else "?"

    @property
    def runtime(self) -> WhatsminerRuntime | None:
        """Return what its entry holds; None while that is not loaded."""
        entry = self.entry
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return None
        runtime: WhatsminerRuntime = entry.runtime_data
        return runtime

    @property
    def data(self) -> MinerData | None:
        """Return the last reading; None while the miner does not answer."""
        runtime = self.runtime
        if runtime is None or not runtime.coordinator.last_update_success:
            return None
        return runtime.coordinator.data

    @property
    def asked_at(self) -> float:
        """Return when it was asked for the last reading, in UTC seconds."""
        runtime = self.runtime
        return 0.0 if runtime is None else runtime.coordinator.read_at

    def read(self, now: float) -> MinerReading:
        """Return what is known of it, but for its ceiling."""
        runtime, data = self.runtime, self.data
        # The clock may have been set back meanwhile.
        self.read_at = min(self.read_at, now)
        self._changed_at = min(self._changed_at, now)
        if runtime is None or data is None:
            return self.unread(now)
        self._power, self.read_at = data.power, now
        self._note_power(data)
        self._note_heat(data)
        commands = runtime.commands
        can_write = runtime.miner.can_write and runtime.miner.write_access is not False
        can_percent = can_write and Capability.POWER_PERCENT in data.capabilities
        limits = commands.find_range(Capability.POWER_PERCENT) if can_percent else None
        full = self._settings.full_power.get(self.key) or data.power_limit
        percent = _percent(runtime, data)
        is_guessed = percent is None and data.state is MiningState.MINING
        if is_guessed:
            percent = _guessed_percent(data, full)
        is_steerable = can_percent and data.state is MiningState.MINING
        return MinerReading(
            key=self.key,
            power=self._measured(data, percent, now),
            power_span=_MEAN if _is_mean(data) else 0.0,
            mining=data.mining,
            is_steerable=is_steerable,
            percent=percent,
            is_percent_guessed=is_guessed,
            is_busy=self.sending > 0 or commands.pending is not None,
            full_power=full,
            lowest_percent=limits[0] if limits else 100.0,
            can_percent=can_percent,
            can_switch=can_write and Capability.START_STOP in data.capabilities,
            can_low_start=can_write
            and Capability.DYNAMIC_POWER in data.capabilities
            and self._start_power is not None,
            last_start=_timestamp(commands.starts.last),
            last_stop=_timestamp(commands.starts.last_stop),
            starts_today=commands.starts.today,
            is_held=self.hold is not None,
            efficiency=data.efficiency,
            last_power=self.last_power,
        )

    def try_read(self, now: float, part: Part) -> MinerReading:
        """Return what is known of it; after a fault, as if it did not answer."""
        with part(f"reading of {self.name}"):
            return self.read(now)
        return self.unread(now)

    def unread(self, now: float) -> MinerReading:
        """Return what counts of it while it cannot be read."""
        # One that was removed or disabled is no longer the manager's to count.
        entry = self.entry
        is_old = entry is None or now - self.read_at > _REMEMBERED
        if is_old:
            self._power = 0.0
        is_given_up = is_old and (entry is None or bool(entry.disabled_by))
        return MinerReading(
            key=self.key,
            power=self._power,
            full_power=self._settings.full_power.get(self.key),
            can_percent=False,
            can_switch=False,
            is_busy=self.sending > 0,
            is_held=self.hold is not None,
            is_reachable=False,
            last_power=0.0 if is_given_up else self.last_power,
        )

    def _measured(
        self, data: MinerData, percent: float | None, now: float
    ) -> float | None:
        """Return the power, if it was read after the percent was changed last.

        What a miner is polled at may be minutes. A mean says nothing of a stopped one,
        nor does a power with which its chips would work: some 14 W are recorded.
        """
        if percent != self._percent:
            if self._percent is not None:
                self._changed_at = now
            self._percent = percent
        if data.mining is False and (
            _is_mean(data) or (data.power or 0.0) > IDLE_POWER
        ):
            return None
        runtime = self.runtime
        is_old = runtime and runtime.coordinator.read_at < self._changed_at + LAG
        return None if is_old and data.state is MiningState.MINING else data.power

    @property
    def _start_power(self) -> float | None:
        """Return the W that it starts with unless that is lowered; None: not known.

        The newest limit counts: somebody may have lowered it meanwhile. A stopped miner
        may report none: then that from before counts.
        """
        limits = list[float | None]()
        if (data := self.data) is not None:
            limits += data.power_limit, data.power_limit_set
        if (runtime := self.runtime) is not None:
            limits.append(runtime.coordinator.known.power_limit)
        limits.append(self._settings.full_power.get(self.key))
        return next((each for each in limits if each), None)

    @property
    def _most_power(self) -> float | None:
        """Return the W that it may come to after a start; None: not known."""
        full = self._settings.full_power.get(self.key, 0.0)
        return max(self._start_power or 0.0, full) or None

    def _note_power(self, data: MinerData) -> None:
        """Note what it draws, or comes to, in case that it does not answer any more.

        While the manager's own start is under way it may draw more than it shows.
        """
        power = 0.0 if data.mining is False else data.power or 0.0
        if data.mining and data.state is not MiningState.MINING:
            power = max(power, self._most_power or 0.0)
        self.last_power = max(power, self.last_power) if self.sending else power

    def _note_heat(self, data: MinerData) -> None:
        """Note whether it is too hot."""
        settings, was_hot = self._settings, self.is_hot
        self.is_hot = is_hot(
            data.chip_temperature_max, settings.chip_temperature, was_hot=was_hot
        ) or is_hot(
            data.coolant_temperature, settings.coolant_temperature, was_hot=was_hot
        )

    def is_lowered_by_hand(self, order: Order) -> bool:
        """Return whether somebody else is just setting a percent that is as low.

        An order would take the place of that, and the miner would draw more.
        """
        runtime = self.runtime
        if order.action is not Action.PERCENT or runtime is None or self.sending > 1:
            return False
        asked = runtime.commands.find_asked(Capability.POWER_PERCENT)
        return asked is not None and order.value is not None and asked <= order.value

    async def async_carry_out(self, order: Order) -> None:
        """Send what is ordered, and wait until the miner shows it.

        Raises a HomeAssistantError when it does not.
        """
        runtime = self.runtime
        if runtime is None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="unloaded",
                translation_placeholders={"name": self.name},
            )
        if order.action is Action.START:
            self.last_power = max(self.last_power, self._most_power or DEFAULT_FULL)
        await runtime.commands.async_send_managed(_command(order, self._start_power))
        if order.action is Action.PERCENT:
            self._percent, self._changed_at = order.value, utcnow().timestamp()

    async def async_restore(self) -> None:
        """Leave it at its full power, if it takes that just now.

        What is under way may lower it, and no miner shows that before it is done.
        """
        runtime, data = self.runtime, self.data
        if runtime is None or data is None or data.state is not MiningState.MINING:
            return
        reading = self.read(self.read_at)
        if reading.can_percent and (reading.is_busy or reading.percent != 100):
            with suppress(HomeAssistantError):
                await runtime.commands.async_send_managed(
                    ask(Capability.POWER_PERCENT, 100)
                )


def _is_mean(data: MinerData) -> bool:
    """Return whether the power is only known as a mean."""
    return data.power is not None and data.power == data.power_average


def _percent(runtime: WhatsminerRuntime, data: MinerData) -> float | None:
    """Return the power percent: as reported, or as set last."""
    if (percent := data.power_percent) is not None:
        return percent
    last: float | None = runtime.commands.last_set.get(Capability.POWER_PERCENT)
    return last


def _guessed_percent(data: MinerData, full: float | None) -> float:
    """Return the percent that the power of a miner shows.

    One that is not even known to have been set is most likely none.
    """
    drawn = percent_within(full, data.power) if full and data.power else 100
    return 100 if drawn > _NEARLY_FULL else drawn


def _command(order: Order, start_power: float | None) -> Command:
    """Return the command of an order, for a miner that starts with so much power."""
    match order.action:
        case Action.START:
            return START
        case Action.STOP:
            return STOP
        case Action.PERCENT:
            assert order.value is not None
            return ask(Capability.POWER_PERCENT, int(order.value))
        case Action.LOW_START | Action.RESTORE_START:
            powers = [each for each in (order.value, start_power) if each]
            if powers:
                return ask(Capability.DYNAMIC_POWER, int(min(powers)))
    raise HomeAssistantError(f"no command for {order.action}")


def _timestamp(moment: datetime | None) -> float | None:
    """Return a moment in UTC seconds."""
    return None if moment is None else moment.timestamp()
