"""What the manager shows after a step, and what it keeps of it for the question why."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from homeassistant.util.dt import utc_from_timestamp

from .efficiency import Hashing
from .law.models import Limit, Mode, Plan, Readings, Reason
from .memory import Memory
from .miners import ManagedMiner
from .prices.tariff import Rates
from .status import MinerStatus, Status
from .totals import drawn


def hashrate_of(miners: Sequence[ManagedMiner]) -> float | None:
    """Return the TH/s of all miners together; None while none is known."""
    known = [data for each in miners if (data := each.data) is not None]
    rates = [0.0 if data.mining is False else data.hashrate for data in known]
    numbers = [each for each in rates if each is not None]
    return sum(numbers) if numbers else None


def hashing(readings: Readings, miners: Sequence[ManagedMiner]) -> Iterator[Hashing]:
    """Yield what the miners that mine draw and hash."""
    powers = {each.key: each.power for each in readings.miners}
    for each in miners:
        if (data := each.data) is not None and data.mining:
            yield Hashing(
                key=each.key,
                power=powers.get(each.key),
                hashrate=data.hashrate,
                read_at=each.asked_at,
            )


def status_of(
    memory: Memory,
    readings: Readings,
    plan: Plan,
    miners: Sequence[ManagedMiner],
    rates: Rates,
    hashrate: float | None,
) -> Status:
    """Return what the manager shows."""
    totals, reasons = memory.totals, [each.reason for each in plan.parts.values()]
    limits = [each for each in (plan.reason, *reasons) if isinstance(each, Limit)]
    reason = plan.reason if isinstance(plan.reason, Reason) else readings.want.reason
    known = [data for each in miners if (data := each.data) is not None]
    return Status(
        target_power=_rounded(plan.target),
        power=drawn(readings),
        available_power=_rounded(plan.available),
        reason=Reason.PAUSED if memory.mode is Mode.PAUSED else reason,
        limit=limits[0] if limits else None,
        surplus_used_today=totals.surplus_used,
        energy_surplus_today=totals.surplus,
        energy_grid_today=totals.grid,
        energy_heat_today=totals.heat,
        hashrate=hashrate,
        efficiency=memory.efficiency.value,
        energy=totals.meter.known,
        miners_mining=sum(data.mining is True for data in known) if known else None,
        rates=rates,
        day=memory.costs.day,
        cost_today=memory.costs.cost.known,
        cost_since=memory.costs.cost.since,
        earned_today=memory.costs.earned.known,
        earned_since=memory.costs.earned.since,
        miners={each.key: _miner_status(each, plan) for each in miners},
    )


def status_of_fault(status: Status) -> Status:
    """Return what the manager shows while a fault keeps it from deciding."""
    return replace(
        status,
        target_power=None,
        available_power=None,
        limit=Limit.FAULT,
        miners={
            key: replace(each, planned=None, reason=Limit.FAULT)
            for key, each in status.miners.items()
        },
    )


def _miner_status(miner: ManagedMiner, plan: Plan) -> MinerStatus:
    """Return what the manager does with one miner."""
    hold, part = miner.hold, plan.parts.get(miner.key)
    until = None if hold is None else hold.until
    return MinerStatus(
        hold=None if hold is None else hold.kind,
        held_until=None if until is None else utc_from_timestamp(until),
        planned=None if part is None else _rounded(part.power),
        reason=None if part is None else part.reason,
    )


def inputs_of(
    memory: Memory, readings: Readings, plan: Plan, rates: Rates
) -> dict[str, Any]:
    """Return what a step was decided by, for the diagnostics."""
    source, request = readings.source, memory.request
    return {
        "mode": memory.mode.value,
        "grid": source.grid,
        "grid_age": _rounded(readings.now - source.taken_at),
        "battery": source.battery,
        "charge": source.charge,
        "is_lost": source.is_lost,
        "request": request and request.watts,
        "cap": memory.cap,
        "price": rates.price,
        "is_cheap": rates.is_cheap,
        "target": _rounded(plan.target),
        "available": _rounded(plan.available),
        "mean": _rounded(plan.mean),
        "powers": [_rounded(each.power) for each in readings.miners],
        "percents": [each.percent for each in readings.miners],
        "ceilings": [
            each.ceiling and _rounded(each.ceiling.power) for each in readings.miners
        ],
    }


def _rounded(value: float | None) -> float | None:
    """Return a number without what nobody reads; as much as there is has none."""
    return None if value is None or not isfinite(value) else round(value, 1)
