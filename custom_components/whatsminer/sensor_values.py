"""What the sensors read out of a reading, and how one is described."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.helpers.typing import StateType
from homeassistant.util.dt import utc_from_timestamp, utcnow

from .client import MinerData, Pool, PowerSupply


@dataclass(frozen=True, kw_only=True)
class WhatsminerSensorDescription(SensorEntityDescription):
    """Describe a sensor of a miner."""

    value_fn: Callable[[MinerData], StateType | datetime]
    attributes_fn: Callable[[MinerData], dict[str, Any]] | None = None
    placeholders: Mapping[str, str] = field(default_factory=dict)
    has_fn: Callable[[MinerData], bool] | None = None
    """Whether the miner has it; without it, whether the miner told of it once."""

    def has(self, data: MinerData) -> bool:
        """Return whether the miner has it, by what is known of it."""
        if self.has_fn is not None:
            return self.has_fn(data)
        return self.value_fn(data) is not None


def every_miner(_: MinerData) -> bool:
    """Return that every miner has it, told or not."""
    return True


def ago(seconds: int | None) -> datetime | None:
    """Return the time that lies so many seconds back."""
    if seconds is not None:
        with suppress(OverflowError):
            return utcnow() - timedelta(seconds=seconds)
    return None


def mining_since(data: MinerData) -> datetime | None:
    """Return when the mining process started; None while there is none."""
    return ago(data.mining_uptime or None) if data.mining is not False else None


def last_share(data: MinerData) -> datetime | None:
    """Return when a pool last got a share."""
    with suppress(OverflowError, ValueError, OSError):
        return utc_from_timestamp(
            max(pool.last_share for pool in data.pools if pool.last_share is not None)
        )
    return None


def percent(part: float | None, whole: float | None) -> float | None:
    """Return how much of the whole a part is, in %."""
    return None if part is None or not whole else part / whole * 100


def of_psu[T](data: MinerData, value_fn: Callable[[PowerSupply], T | None]) -> T | None:
    """Return what is told of the power supply, if one is."""
    return None if data.power_supply is None else value_fn(data.power_supply)


def of_pool[T](data: MinerData, value_fn: Callable[[Pool], T | None]) -> T | None:
    """Return what is told of the pool that is mined for, if there is one."""
    return next((value_fn(pool) for pool in data.pools if pool.active), None)


def of_first_pool[T](data: MinerData, value_fn: Callable[[Pool], T | None]) -> T | None:
    """Return the same; while mining is stopped, of the pool that is tried first."""
    if data.mining is not False or any(pool.active for pool in data.pools):
        return of_pool(data, value_fn)
    first = min(data.pools, key=lambda pool: pool.priority, default=None)
    return None if first is None else value_fn(first)


def pool_address(pool: Pool) -> str | None:
    """Return a pool's URL without user, password and what else is after a `?`."""
    if pool.url is None:
        return None
    scheme, separator, rest = pool.url.partition("?")[0].rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def stale(data: MinerData) -> int | None:
    """Return the stale shares of all pools; None when no pool tells them."""
    known = [pool.stale for pool in data.pools if pool.stale is not None]
    return sum(known) if known else None
