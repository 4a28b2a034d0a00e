"""`get.miner.status` of API v3, and what all its answers share.

Fields and types follow MicroBT's document and the recorded answers of an M60S (3.0.2);
where these differ, more fields rather than fewer are given.
"""

from collections.abc import Callable
from typing import Any

from .device import Device
from .parts import WINDOWS, PoolState
from .v2_params import BadParameterError
from .v2_values import DIFFICULTY, chip_temps, percent

type Fields = dict[str, Any]

# As in MicroBT's mock.
_POOL_PART = 0.94
DOWN = "btminer process is down err"


class V3Error(Exception):
    """A command is refused with a code."""

    def __init__(self, code: int, msg: str | None = None) -> None:
        """Keep code and text."""
        super().__init__(code, msg)
        self.code = code
        self.msg = msg


def omit(device: Device, sections: Fields) -> Fields:
    """Leave out what the faults say."""
    for name in device.faults.v3_omit:
        section, _, field = name.partition(".")
        found = sections.get(section)
        if not field:
            sections.pop(section, None)
        elif isinstance(found, dict):
            found.pop(field, None)
    return sections


def chosen(param: object, known: dict[str, Any] | tuple[str, ...], sep: str) -> Any:
    """Return the wanted sections in their order."""
    if not isinstance(param, str) or not set(param.split(sep)) <= set(known):
        raise BadParameterError
    return [name for name in known if name in param.split(sep)]


def is_down(device: Device) -> bool:
    """Tell whether the mining process is away and told so."""
    if device.faults.odd.btminer_unknown:
        return True
    return device.faults.v3_down == "text" and not device.machine.mining_up


def tera(rate: float) -> float:
    """Return MH/s as TH/s."""
    return round(rate / 1e6, 3)


def _summary(device: Device) -> Fields:
    """Return the section summary."""
    machine = device.machine
    physics = machine.physics
    boards = machine.boards
    rates = {
        window: sum(board.averages.rate[window] for board in boards)
        for window in WINDOWS
    }
    chips = [chip_temps(device, board) for board in boards] or [(0.0, 0.0, 0.0)]
    factory = sum(board.factory_ghs for board in boards) / 1000
    if device.faults.v3_rating_unknown:
        factory = -len(boards) / 1000
    minute = rates["1m"] / 1e6
    fan_in, fan_out = device.fan_speeds
    target = machine.running.target_percent and machine.profile.target_freq
    return {
        # An M64 stopped over v3 counted on.
        "elapsed": machine.seconds_since(machine.started_at),
        "bootup-time": machine.uptime,
        "freq-avg": round(sum(b.frequency for b in boards) / max(1, len(boards))),
        "target-freq": target,
        "factory-hash": round(factory, 3),
        "hash-average": tera(sum(board.averages.average for board in boards)),
        "hash-1min": tera(rates["1m"]),
        "hash-15min": tera(rates["15m"]),
        "hash-realtime": tera(rates["5m"]),
        "power-rate": round(physics.power / minute, 3) if minute > 1 else 0.0,
        "power-5min": round(physics.mean_power, 3),
        **_energy(device),
        "power-realtime": round(physics.power),
        "environment-temperature": round(physics.env_temp, 1),
        "board-temperature": [round(board.temperature, 1) for board in boards],
        "chip-temp-min": round(min(chip[0] for chip in chips), 1),
        "chip-temp-avg": round(sum(chip[2] for chip in chips) / len(chips), 1),
        "chip-temp-max": round(max(chip[1] for chip in chips), 1),
        "power-limit": machine.power_limit,
        "up-freq-finish": int(
            machine.mining_up and all(board.upfreq_complete for board in boards)
        ),
        "fan-speed-in": fan_in,
        "fan-speed-out": fan_out,
        "Debug": "",
    }


def _energy(device: Device) -> Fields:
    """Return the counters of energy in W s and of work in TH.

    The names are those of a third party's client, and of MicroBT's mock, between these
    two fields of the power. Where the count of `power-on-stats` begins is not known: not
    at the start of the board by the mock's numbers. Recorded machines do not have them.
    """
    if not device.faults.odd.energy_counters:
        return {}
    since, life = device.machine.physics.counters
    return {
        "power-on-stats": {
            "energy-ws": int(since.energy),
            "total-ths": int(since.work),
            "total-pool-ths": int(since.work * _POOL_PART),
            "reject-percent": 0,
        },
        "cumulative-stats": {
            "energy-ws": int(life.energy),
            "total-ths": int(life.work),
            "total-pool-ths": int(life.work * _POOL_PART),
            "total-secs": int(life.seconds),
        },
    }


def _pools(device: Device) -> list[Fields]:
    """Return the section pools; it has no counts of shares."""
    machine = device.machine
    shown = []
    for index, setting in enumerate(machine.settings.pools):
        if device.faults.odd.backups_left_out and index != machine.active_pool:
            continue
        state = machine.physics.pools.get(index, PoolState())
        found = state.accepted + state.rejected
        shown.append(
            {
                "id": index + 1,
                "url": setting.url,
                "status": "dead" if index in machine.dead_pools else "alive",
                "account": setting.user,
                "pool-priority": index,
                "stratum-active": machine.mining_up and index == machine.active_pool,
                "reject-rate": percent(state.rejected, found),
                "last-share-time": device.epoch(state.last_share),
                "stratum-diff": DIFFICULTY,
            }
        )
    return shown


def _edevs(device: Device) -> list[Fields]:
    """Return the section edevs."""
    up = device.machine.mining_up
    shown = []
    for index, board in enumerate(device.machine.boards):
        low, high, mean = chip_temps(device, board)
        shown.append(
            {
                "id": index,
                "slot": board.slot,
                "status": "alive" if up else "dead",
                "hash-average": tera(board.averages.average),
                "hash-realtime": tera(board.averages.rate["5m"]),
                "factory-hash": round(board.factory_ghs / 1000, 3),
                "freq": float(round(board.frequency)),
                "effective-chips": board.working if up else 0,
                "chip-temp-min": round(low, 1),
                "chip-temp-avg": round(mean, 1),
                "chip-temp-max": round(high, 1),
            }
        )
    return shown


_STATUS: dict[str, Callable[[Device], Any]] = {
    "summary": _summary,
    "pools": _pools,
    "edevs": _edevs,
}


def miner_status(device: Device, wanted: list[str] | None) -> Fields:
    """Return sections of the status."""
    names = wanted or list(_STATUS)
    if device.faults.odd.idle_pools and not is_down(device):
        if names == ["pools"]:
            raise V3Error(-1)
        names = [name for name in names if name != "pools"]
    if not is_down(device):
        return omit(device, {name: _STATUS[name](device) for name in names})
    if names == ["pools"]:
        raise V3Error(-1, DOWN)
    return dict.fromkeys(names, DOWN)


def status(device: Device, param: object) -> Fields:
    """Return the sections a request names."""
    if param is None:
        raise V3Error(-3, "param item is null")
    return miner_status(device, chosen(param, _STATUS, "+"))
