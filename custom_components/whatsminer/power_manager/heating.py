"""The thermostat of a power manager: what was set, and how much power heat asks for now.

Temperatures are in degrees Celsius, powers in W.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ..stored_json import UNREADABLE, from_json, to_json
from .law.heat import Heat, HeatReading, HeatRule, RoomCeiling
from .law.models import MinerReading, Mode
from .law.wants import lowest_power
from .settings import Settings
from .sources import Sources

PRESETS: Final = ("away", "eco", "comfort", "sleep")
"""Each is there when its option `target_...` has a temperature."""
LOWEST: Final = 5.0
_HIGHEST: Final = 35.0
_TARGET: Final = 20.0


class HeatStatus(StrEnum):
    """What the thermostat does."""

    OFF = "off"
    OTHER_MODE = "other_mode"
    """It acts only in the mode *Automatic*."""
    NO_TEMPERATURE = "no_temperature"
    WARM_ENOUGH = "warm_enough"
    WAITING = "waiting"
    """It asks for heat, and no miner mines yet."""
    HEATING = "heating"


@dataclass(frozen=True, kw_only=True, slots=True)
class Thermostat:
    """What was set at the thermostat."""

    is_on: bool = False
    target: float | None = None
    """The temperature that counts without a preset; None: never set."""
    preset: str | None = None


def highest_target(settings: Settings) -> float:
    """Return the highest target: at the upper temperature nothing may mine."""
    if settings.room_upper is not None:
        return settings.room_upper - RoomCeiling(settings.room_upper).throttle
    return max((_HIGHEST, *presets_of(settings).values()))


def presets_of(settings: Settings) -> dict[str, float]:
    """Return the presets that can be chosen, each with its target."""
    targets = {each: getattr(settings, f"target_{each}") for each in PRESETS}
    return {each: target for each, target in targets.items() if target is not None}


class Heating:
    """Asks for power as a thermostat does, for all miners of a manager."""

    def __init__(
        self,
        sources: Sources,
        settings: Settings,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """Go on from what was stored; what cannot be read is as in a new manager."""
        self.thermostat, self._heat = Thermostat(), Heat()
        with suppress(*UNREADABLE):
            stored = stored or {}
            self.thermostat = from_json(Thermostat, stored["thermostat"])
            self._heat = Heat(stored["heat"])
        self.presets = presets_of(settings)
        self.highest = highest_target(settings)
        self.status = HeatStatus.OFF
        self.temperature: float | None = None
        """None: not known, or too old."""
        self._meter = sources.room
        self._lost_after = settings.room_lost_after
        self._rule = HeatRule(
            pace=60 * settings.heat_pace,
            settle=60 * settings.heat_settle,
            least_run=60 * settings.least_run,
        )

    @property
    def preset(self) -> str | None:
        """Return the preset, if it can still be chosen."""
        preset = self.thermostat.preset
        return preset if preset in self.presets else None

    @property
    def target(self) -> float:
        """Return the temperature to keep."""
        target = self.presets.get(self.preset or "", self.thermostat.target)
        if target is None:
            target = self.presets.get("comfort", _TARGET)
        return min(max(target, LOWEST), self.highest)

    @property
    def is_on(self) -> bool:
        """Return whether there is something to heat, and it is to be heated."""
        return self._meter is not None and self.thermostat.is_on

    @property
    def demand(self) -> float:
        """Return the W that heat asks for; 0: none."""
        return self._heat.demand

    def dump(self) -> dict[str, Any]:
        """Return what was set and learned, for JSON."""
        return {"thermostat": to_json(self.thermostat), "heat": self._heat.dump()}

    def step(self, now: float, mode: Mode, miners: Sequence[MinerReading]) -> float:
        """Return the W that heat asks for; outside of *Automatic* none.

        While the sensor is unavailable for a moment the demand stays as it is.
        """
        meter = self._meter
        if meter is None or not miners:
            return 0.0
        is_lost = meter.is_lost(now, self._lost_after)
        self.temperature = None if is_lost else meter.value
        acts = self.thermostat.is_on and mode is Mode.AUTOMATIC
        if not acts or is_lost or meter.missing_since is None:
            self._heat.step(self._read(now, miners, acts=acts), self._rule)
        self.status = self._find_status(mode, miners)
        return self.demand

    def _read(
        self, now: float, miners: Sequence[MinerReading], *, acts: bool
    ) -> HeatReading:
        """Return what is known of the room and of its miners, as one.

        The last that goes on is the first that runs: below its lowest power it stops.
        """
        usable = [each for each in miners if each.takes_commands and not each.is_held]
        running = [each for each in usable if each.mining]
        first = next(iter([*running, *usable, *miners]))
        return HeatReading(
            now=now,
            temperature=self.temperature,
            target=self.target if acts else None,
            power=sum(each.power or 0.0 for each in miners),
            is_mining=bool(running),
            is_steerable=all(
                each.is_steerable
                for each in miners
                if each.mining and each.takes_commands
            ),
            lowest=lowest_power(first),
            full=sum(each.full_power or 0.0 for each in miners),
            most=sum(each.full_power or 0.0 for each in running or [first]),
        )

    def _find_status(self, mode: Mode, miners: Sequence[MinerReading]) -> HeatStatus:
        """Return what the thermostat does."""
        if not self.thermostat.is_on:
            return HeatStatus.OFF
        if mode is not Mode.AUTOMATIC:
            return HeatStatus.OTHER_MODE
        if self.demand:
            is_mining = any(each.mining for each in miners)
            return HeatStatus.HEATING if is_mining else HeatStatus.WAITING
        if self.temperature is None:
            return HeatStatus.NO_TEMPERATURE
        return HeatStatus.WARM_ENOUGH
