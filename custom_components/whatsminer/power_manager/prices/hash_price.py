"""What mining earns: the hash price, and the price of electricity at which it pays."""

from dataclasses import dataclass
import re
from typing import Final

from .points import code_of

_HASHES: Final = {"G": 1e-3, "T": 1.0, "P": 1e3, "E": 1e6}
_HASH_PRICE: Final = re.compile(r"([^/\s]+)/([GTPE])H(?:/s)?/(?:d|day)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HashPrice:
    """What one terahash per second earns in a day."""

    value: float
    currency: str


def read_hash_price(value: float, unit: object) -> HashPrice | None:
    """Return a hash price, None if its unit is not known.

    Luxor's index and most others give it per PH/s and day; older sources per TH/s and day.
    """
    match = _HASH_PRICE.fullmatch(str(unit).strip())
    if match is None:
        return None
    return HashPrice(value / _HASHES[match[2].upper()], code_of(match[1]))


def break_even(hash_price: HashPrice, efficiency: float) -> float | None:
    """Return the price of a kilowatt hour at which mining earns what it costs.

    The efficiency is in J/TH: so many watts make one terahash per second, all day long.
    """
    if efficiency <= 0:
        return None
    return hash_price.value / (efficiency * 24 / 1000)
