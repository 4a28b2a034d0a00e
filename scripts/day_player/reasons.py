"""Reads prices and the room of a file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.power_manager.room import Room
from tests.power_manager.tariff import Price

from .checks import FileError, a_number, an_object, has, numbers

_PRICE: Final = {"start", "end", "value", "known_from"}
_ROOM: Final = {
    "capacity_kwh_per_k", "loss_kw_per_k", "start", "outside", "target", "draw",
}  # fmt: skip
_DAY: Final = timedelta(days=1).total_seconds()
_YEAR: Final = 366 * _DAY


def read_prices(name: str, value: Any, zone: ZoneInfo) -> tuple[Price, ...]:
    """Return prices in order."""
    if not isinstance(value, list):
        raise FileError(f"{name} must be a list of objects")
    prices = [price for each in value for price in _prices(name, each, zone)]
    prices.sort(key=lambda each: each.start)
    for before, after in pairwise(prices):
        if after.start < before.end:
            at = datetime.fromtimestamp(after.start, UTC).astimezone(zone)
            raise FileError(f"two of {name} overlap at {at.isoformat()}")
    return tuple(prices)


def _prices(name: str, value: Any, zone: ZoneInfo) -> Iterator[Price]:
    """Yield one price, day by day: no source has a price that is valid for longer."""
    price = an_object(f"each of {name}", value, _PRICE)
    has(f" of {name}", price, ("start", "end", "value"))
    start = _moment(f"start of {name}", price["start"], zone)
    end = _moment(f"end of {name}", price["end"], zone)
    if not 0 < end - start <= _YEAR:
        raise FileError(f"end of {name} must be after its start, a year at most")
    cost = a_number(f"value of {name}", price["value"], -1000, 1000)
    known = price.get("known_from")
    known_from = (
        -inf if known is None else _moment(f"known_from of {name}", known, zone)
    )
    while start < end:
        until = min(start + _DAY, end)
        yield Price(start=start, end=until, value=cost, known_from=known_from)
        start = until


def _moment(name: str, value: Any, zone: ZoneInfo) -> float:
    """Return a moment in UTC s: with its offset from UTC, or of the local clock.

    An hour that the clock skips goes on as before: `02:00` is then `03:00`.
    """
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as err:
        raise FileError(f"{name} is no time in ISO format: {value}") from err
    if moment.tzinfo is None:
        first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        if first.timestamp() < second.timestamp():
            raise FileError(f"{name} needs its offset from UTC: {value}")
        moment = first
    return moment.timestamp()


def read_room(value: Any, step: float) -> Room | None:
    """Return the room, if there is one."""
    if value is None:
        return None
    room = an_object("room", value, _ROOM)
    has(" of room", room, tuple(sorted(_ROOM - {"draw"})))
    return Room(
        capacity_kwh_per_k=a_number(
            "capacity_kwh_per_k of room", room["capacity_kwh_per_k"], 0.01, 10_000
        ),
        loss_kw_per_k=a_number("loss_kw_per_k of room", room["loss_kw_per_k"], 0, 1000),
        start=a_number("start of room", room["start"], -50, 150),
        outside=numbers("outside of room", room["outside"], -100, 150),
        target=numbers("target of room", room["target"], 5, 95),
        draw=numbers("draw of room", room.get("draw", [0.0]), -1000, 1000),
        every=step,
    )
