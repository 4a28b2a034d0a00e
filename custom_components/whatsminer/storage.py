"""The last readings of a miner, kept over restarts of Home Assistant.

A miner that is off when Home Assistant starts has its entities all the same. What is
stored may come from another version of this integration: what does not fit any more
is dropped.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .client import Board, MinerData, Pool, PowerSupply
from .const import DOMAIN, LOGGER
from .energy import EnergyMeter

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

UNREADABLE = (
    HomeAssistantError,
    NotImplementedError,  # an older version, which nothing migrates
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""The errors of a stored file that is broken or from another version."""

_VERSION = 1
# Seconds after which what is known, or the energy, is written: as much is lost when
# Home Assistant crashes.
_KNOWN_DELAY = 60
ENERGY_DELAY = 300
# What JSON in Home Assistant cannot hold.
_TOO_LARGE = 2**63
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


def to_json(value: Any) -> Any:
    """Return a value, such as one of the models, as JSON has it."""
    if is_dataclass(value):
        return {
            field.name: to_json(getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, frozenset):
        return sorted(to_json(each) for each in value)
    if isinstance(value, (list, tuple)):
        return [to_json(each) for each in value]
    if isinstance(value, dict):
        return {key: to_json(each) for key, each in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        # One half of a pair of surrogates, and nothing of the file could be written.
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and abs(value) >= _TOO_LARGE:
        return None
    return value


def from_json(kind: Any, stored: Any) -> Any:
    """Return the value of a type; raises ValueError if it does not fit."""
    if is_dataclass(kind):
        return _dataclass(kind, stored)
    if isinstance(kind, UnionType):
        if stored is None and NoneType in get_args(kind):
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return from_json(kind, stored)
    if (origin := get_origin(kind)) is dict:
        if not isinstance(stored, dict):
            raise ValueError(f"no object: {stored!r}")
        return {key: from_json(get_args(kind)[1], each) for key, each in stored.items()}
    if origin in (list, tuple, frozenset):
        if not isinstance(stored, list):
            raise ValueError(f"no list: {stored!r}")
        return origin(_fitting(get_args(kind)[0], stored))
    if issubclass(kind, Enum):
        return kind(stored)
    if kind is float and type(stored) is int:
        return float(stored)
    if type(stored) is not kind:
        raise ValueError(f"not of the type {kind}: {stored!r}")
    return stored


def _dataclass(kind: Any, stored: Any) -> Any:
    """Return an object of a dataclass; what does not fit has its default."""
    if type(stored) is not dict:
        raise ValueError(f"no object: {stored!r}")
    types = _types(kind)
    values = {}
    for field in fields(kind):
        try:
            values[field.name] = from_json(types[field.name], stored[field.name])
        except (KeyError, ValueError) as err:
            if field.default is MISSING:
                raise ValueError(f"no {field.name} in {kind.__name__}") from err
    return kind(**values)


@cache
def _types(kind: Any) -> dict[str, Any]:
    """Return the types of the fields of a dataclass, found once in a run."""
    return get_type_hints(kind)


def _fitting(kind: Any, stored: list[Any]) -> list[Any]:
    """Return the items that fit."""
    values = []
    for each in stored:
        with suppress(ValueError):
            values.append(from_json(kind, each))
    return values


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
