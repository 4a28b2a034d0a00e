"""The last readings of a miner, kept over restarts of Home Assistant.

A miner that is off when Home Assistant starts has its entities all the same.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .client import Board, MinerData, Pool, PowerSupply
from .const import DOMAIN, LOGGER
from .energy import EnergyMeter
from .stored_json import UNREADABLE, from_json, to_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_VERSION = 1
# Seconds after which what is known, or the energy, is written: as much is lost when
# Home Assistant crashes.
_KNOWN_DELAY = 60
ENERGY_DELAY = 300
# What is no single value, or comes and goes.
_NO_VALUE = {
    *("identity", "capabilities", "boards", "pools", "power_supply"),
    *("errors", "unbelievable"),
}
_SINGLE_VALUES: dict[type[Any], Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(
        *(each.name for each in fields(kind) if each.name not in _NO_VALUE)
    )
    for kind in (MinerData, Board, Pool, PowerSupply)
}
# By what the items of a list are recognized.
_LISTS = {"boards": "slot", "pools": "priority"}


class LastKnown:
    """The newest value of each part of the readings."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare the storage; nothing is read yet."""
        self.data: MinerData | None = None
        """The same object as long as no reading shows anything new."""
        self._store = Store[dict[str, Any]](hass, _VERSION, f"{DOMAIN}.{entry_id}")
        self._outline: object = None
        self._is_due = False

    async def async_load(self) -> None:
        """Load the stored data, if it can be read."""
        try:
            stored = await self._store.async_load()
            if stored is not None:
                self.data = _lasting(from_json(MinerData, stored))
        except UNREADABLE as err:
            LOGGER.debug("What was stored of a miner cannot be used: %s", err)

    @callback
    def async_learn(self, data: MinerData) -> None:
        """Take over a reading that differs in more than its numbers; store what is new."""
        if (outline := _outline(data)) == self._outline:
            return
        before, self._outline = self.data, outline
        self.data = _completed(_lasting(data), before)
        if before is None or not _same_things(before, self.data):
            self._is_due = True
            self._store.async_delay_save(self._written, _KNOWN_DELAY)

    async def async_save(self) -> None:
        """Write now what is due: nobody writes it afterwards."""
        if self._is_due:
            await self._store.async_save(self._written())

    async def async_remove(self) -> None:
        """Delete the stored data."""
        await self._store.async_remove()

    def _written(self) -> dict[str, Any]:
        """Return what is written now."""
        self._is_due = False
        stored: dict[str, Any] = to_json(self.data)
        return stored


def _lasting(data: MinerData) -> MinerData:
    """Return a reading without values that change all the time."""
    return replace(data, errors=None, unbelievable=())


class StoredEnergy:
    """The energy of all miners, written every few minutes and at the end.

    It is in one file: with one for each miner, a Home Assistant with hundreds of them
    would write as many when it stops.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare the storage; nothing is read yet."""
        self._store = Store[dict[str, Any]](
            hass, _VERSION, f"{DOMAIN}.energy", atomic_writes=True
        )
        self._loading = asyncio.Lock()
        self._meters: dict[str, EnergyMeter] | None = None
        self._is_due = False

    async def async_load(self) -> dict[str, EnergyMeter]:
        """Return the meters by entry, to be added to; what cannot be read is not there."""
        async with self._loading:
            if self._meters is None:
                try:
                    stored = dict(await self._store.async_load() or {})
                except UNREADABLE as err:
                    LOGGER.warning("The stored energy cannot be used: %s", err)
                    stored = {}
                self._meters = {}
                for entry_id, each in stored.items():
                    try:
                        self._meters[entry_id] = EnergyMeter.from_json(each)
                    except UNREADABLE as err:
                        LOGGER.warning("The energy of a miner cannot be used: %s", err)
            return self._meters

    @callback
    def async_save_soon(self) -> None:
        """Write it after a delay; a newer reading does not extend the delay."""
        if not self._is_due:
            self._is_due = True
            self._store.async_delay_save(self._written, ENERGY_DELAY)

    async def async_save(self) -> None:
        """Write it now."""
        await self._store.async_save(self._written())

    async def async_remove(self, entry_id: str) -> None:
        """Delete the energy of a miner."""
        meters = await self.async_load()
        meters.pop(entry_id, None)
        if meters:
            await self.async_save()
        else:
            await self._store.async_remove()

    def _written(self) -> dict[str, Any]:
        """Return the data to write."""
        self._is_due = False
        return {each: meter.as_json() for each, meter in (self._meters or {}).items()}


_ENERGY: HassKey[StoredEnergy] = HassKey(f"{DOMAIN}_energy")


def stored_energy(hass: HomeAssistant) -> StoredEnergy:
    """Return the stored energy of all miners."""
    if _ENERGY not in hass.data:
        hass.data[_ENERGY] = StoredEnergy(hass)
    return hass.data[_ENERGY]


def _completed[DataT: DataclassInstance](data: DataT, before: DataT | None) -> DataT:
    """Return a reading with what it does not report as it was before.

    A miner that is stopped reports neither its boards nor its pools.
    """
    if before is None:
        return data
    values = {}
    for name in _names(data):
        new, old = getattr(data, name), getattr(before, name)
        found = new
        if new is None or new == ():
            found = old
        elif is_dataclass(type(new)) and type(new) is type(old):
            found = _completed(new, old)
        elif name in _LISTS:
            same = {getattr(each, _LISTS[name]): each for each in old}
            found = tuple(
                _completed(each, same.get(getattr(each, _LISTS[name]))) for each in new
            )
        if found is not new:
            values[name] = found
    return replace(data, **values) if values else data


def _outline(data: MinerData) -> object:
    """Return what of a reading decides which things there are: not its numbers.

    For each value whether it is known, and whether it is more than nothing.
    """
    parts: list[tuple[type[Any], Any]] = [(MinerData, data)]
    parts += ((Board, each) for each in data.boards)
    parts += ((Pool, each) for each in data.pools)
    if data.power_supply is not None:
        parts.append((PowerSupply, data.power_supply))
    return (
        data.identity,
        data.capabilities,
        [each.slot for each in data.boards],
        [each.priority for each in data.pools],
        [
            [
                None if value is None else not value
                for value in _SINGLE_VALUES[kind](part)
            ]
            for kind, part in parts
        ],
    )


def _same_things(one: Any, other: Any, name: str = "") -> bool:
    """Return whether two readings have the same parts and values, whatever their numbers."""
    if name in ("identity", "capabilities"):
        return bool(one == other)
    if one is None or other is None:
        return one is other
    if is_dataclass(one):
        return all(
            _same_things(getattr(one, each), getattr(other, each), each)
            for each in _names(one)
        )
    if isinstance(one, tuple):
        return len(one) == len(other) and all(
            map(_same_things, one, other, strict=True)
        )
    return True


def _names(value: Any) -> Iterable[str]:
    """Return the names of the fields of an object; `fields` would list them anew."""
    names: Iterable[str] = value.__dataclass_fields__
    return names
