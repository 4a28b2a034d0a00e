"""Read answers of API 2.0.x (firmware of 2022 to mid 2024).

Field names, order and number types follow the examples of the 2.0.5 manual and the
recorded answers of 2.0.x firmware.
"""

from collections.abc import Callable
from typing import Any

from .device import Device
from .machine import Phase
from .parts import WINDOWS, Board, PoolState
from .settings import PoolSetting

type Answer = dict[str, Any]

ERROR_TEXTS = {
    14: "invalid cmd",
    23: "enc json load err",
    45: "can't access write cmd",
    132: "API command ERROR",
    135: "check token err",
    136: "over max connect",
}

# At the start of the mining process a recorded summary (M60 class, 2.0.x) lacks these.
# Whether that is the moment or its firmware is not known; clients must cope with it.
_NOT_WHILE_STARTING = (
    "Last getwork",
    "Security Mode",
    "Hash Stable",
    "Hash Stable Cost Seconds",
    "Hash Deviation%",
    "Debug",
)


def daemon_answer(device: Device, code: int, msg: Any = "") -> Answer:
    """Return an answer of the control board's daemon."""
    return {
        "STATUS": "S" if code in {131, 134} else "E",
        "When": int(device.clock.wall()),
        "Code": code,
        "Msg": msg,
        "Description": "",
    }


def error_answer(device: Device, code: int, msg: str | None = None) -> Answer:
    """Return an error; 137 has no known text."""
    return daemon_answer(
        device, code, ERROR_TEXTS.get(code, "") if msg is None else msg
    )


def _list_answer(msg: str, name: str, items: list[Answer]) -> Answer:
    """Return an answer of the mining process."""
    return {"STATUS": [{"STATUS": "S", "Msg": msg}], name: items, "id": 1}


def _percent(part: int, whole: int) -> float:
    """Return a percentage."""
    return round(100 * part / whole, 4) if whole else 0.0


def _chip_temps(device: Device, board: Board) -> tuple[float, float, float]:
    """Return the least, greatest and mean chip temperature; 0 while dark."""
    if not board.frequency:
        return 0.0, 0.0, 0.0
    load = device.machine.physics.power / device.machine.profile.normal_power
    warm = board.temperature
    return (
        round(warm - 3.5 * load, 2),
        round(warm + 15 * load, 2),
        round(warm + 6.5 * load, 2),
    )


def summary(device: Device) -> Answer:
    """Answer `summary`."""
    machine = device.machine
    physics = machine.physics
    boards = machine.boards
    rates = {
        window: sum(board.averages.rate[window] for board in boards)
        for window in WINDOWS
    }
    frequencies = [board.frequency for board in boards]
    chips = [_chip_temps(device, board) for board in boards] or [(0.0, 0.0, 0.0)]
    accepted = sum(pool.accepted for pool in physics.pools.values())
    rejected = sum(pool.rejected for pool in physics.pools.values())
    stale = sum(pool.stale for pool in physics.pools.values())
    factory = sum(board.factory_ghs for board in boards)
    starting = machine.phase is Phase.STARTING
    level = physics.tuned(machine.running, len(boards))[1]
    target_mhs = factory * 1000 * level if machine.mining_up and not starting else 0.0
    rate = rates["5m"]
    fields: Answer = {
        "Elapsed": machine.elapsed,
        "MHS av": round(sum(board.averages.average for board in boards), 2),
        **{f"MHS {window}": round(value, 2) for window, value in rates.items()},
        "HS RT": round(rate, 2),
        "Accepted": accepted,
        "Rejected": rejected,
        "Total MH": float(round(sum(board.averages.total for board in boards))),
        "Temperature": round(max((b.temperature for b in boards), default=0.0), 2),
        "freq_avg": round(sum(frequencies) / len(boards)) if boards else 0,
        "Fan Speed In": _rpm(physics.fan_in),
        "Fan Speed Out": _rpm(physics.fan_out),
        "Power": round(physics.power),
        "Power Rate": round(physics.power / (rate / 1e6), 2) if rate > 1e6 else 0.0,
        "Pool Rejected%": _percent(rejected, accepted + rejected),
        "Pool Stale%": _percent(stale, accepted + rejected),
        "Last getwork": 0,
        "Uptime": machine.uptime,
        "Security Mode": 0,
        # A mock keeps `true` and its seconds while off; tuning is over only when the
        # chips hash, so the simulator does not.
        "Hash Stable": machine.hash_stable,
        "Hash Stable Cost Seconds": machine.stable_cost,
        "Hash Deviation%": round(rate / target_mhs - 1, 4) if target_mhs else 0.0,
        # 360 of about 600 is recorded for the start.
        "Target Freq": round(machine.profile.target_freq * (0.6 if starting else 1)),
        "Target MHS": round(target_mhs) if target_mhs else 0,
        "Env Temp": round(physics.env_temp, 2),
        "Power Mode": machine.settings.power_mode,
        "Factory GHS": factory,
        "Power Limit": machine.power_limit,
        "Chip Temp Min": min(chip[0] for chip in chips),
        "Chip Temp Max": max(chip[1] for chip in chips),
        "Chip Temp Avg": round(sum(chip[2] for chip in chips) / len(chips), 2),
        "Debug": f"-0.0_{physics.percent * 100:.1f}_354",
        "Btminer Fast Boot": "enable" if machine.settings.fast_boot else "disable",
        "Upfreq Complete": int(
            machine.mining_up and all(board.upfreq_complete for board in boards)
        ),
    }
    if starting:
        for name in _NOT_WHILE_STARTING:
            del fields[name]
    return _list_answer("Summary", "SUMMARY", [fields])


def _rpm(speed: float) -> int:
    """Return a fan speed in steps of 10 RPM; a fan that coasts reads 0."""
    return round(speed / 10) * 10 if speed > 100 else 0


def devices(device: Device) -> Answer:
    """Answer `edevs` and `devs`; the notes give them one table of fields."""
    machine = device.machine
    items = []
    # The 2.0.5 manual (end of 2022) says HS Factory, recordings of 2023 Factory GHS.
    rating = "HS Factory" if machine.profile.firmware_date < 20230101 else "Factory GHS"
    for index, board in enumerate(machine.boards):
        rates = {f"MHS {w}": round(v, 2) for w, v in board.averages.rate.items()}
        low, high, mean = _chip_temps(device, board)
        items.append(
            {
                "ASC": index,
                "Slot": board.slot,
                "Enabled": "Y",
                # The state when off is a mock's.
                "Status": "Alive" if machine.mining_up else "Initialising",
                "Temperature": round(board.temperature, 2),
                "Chip Frequency": round(board.frequency),
                "MHS av": round(board.averages.average, 2),
                **rates,
                "HS RT": rates["MHS 5m"],
                rating: board.factory_ghs,
                "Accepted": board.accepted,
                "Rejected": board.rejected,
                "Last Valid Work": device.epoch(board.last_work),
                "Upfreq Complete": int(board.upfreq_complete),
                "Effective Chips": board.chips if machine.mining_up else 0,
                "PCB SN": board.serial,
                "Chip Data": board.chip_data,
                "Chip Temp Min": low,
                "Chip Temp Max": high,
                "Chip Temp Avg": mean,
                "chip_vol_diff": 9,
            }
        )
    return _list_answer(f"{len(items)} ASC(s)", "DEVS", items)


def devdetails(device: Device) -> Answer:
    """Answer `devdetails`."""
    items: list[Answer] = [
        {
            "DEVDETAILS": index,
            "Name": "SM",
            "ID": index,
            "Driver": "bitmicro",
            "Kernel": "",
            "Model": device.machine.profile.miner_type,
        }
        for index, _board in enumerate(device.machine.boards)
    ]
    return _list_answer("Device Details", "DEVDETAILS", items)


def _pool(device: Device, index: int, setting: PoolSetting) -> Answer:
    """Return one pool."""
    machine = device.machine
    state = machine.physics.pools.get(index, PoolState())
    alive = index not in machine.dead_pools
    active = machine.mining_up and index == machine.active_pool
    host = setting.url.partition("://")[2].partition(":")[0]
    found = state.accepted + state.rejected
    difficulty = 131072.0
    return {
        "POOL": index + 1,
        "URL": setting.url,
        "Status": "Alive" if alive else "Dead",
        "Priority": index,
        "Quota": 1,
        "Long Poll": "N",
        "Getworks": state.getworks,
        "Accepted": state.accepted,
        "Rejected": state.rejected,
        "Works": state.getworks,
        "Discarded": 0,
        "Stale": state.stale,
        "Get Failures": 0,
        "Remote Failures": 0,
        "User": setting.user,
        "Last Share Time": device.epoch(state.last_share),
        "Diff1 Shares": 0,
        "Proxy Type": "",
        "Proxy": "",
        "Difficulty Accepted": state.accepted * difficulty,
        "Difficulty Rejected": state.rejected * difficulty,
        "Difficulty Stale": 0.0,
        "Last Share Difficulty": difficulty if found else 0.0,
        "Work Difficulty": 0.0,
        "Has Stratum": 1,
        "Stratum Active": active,
        "Stratum URL": host if active else "",
        "Stratum Difficulty": difficulty,
        "Best Share": state.best_share,
        "Pool Rejected%": _percent(state.rejected, found),
        "Pool Stale%": _percent(state.stale, found),
        "Bad Work": 0,
        "Current Block Height": 0,
        "Current Block Version": 536870912,
    }


def pools(device: Device) -> Answer:
    """Answer `pools`; with none configured the list is empty."""
    items = [
        _pool(device, index, setting)
        for index, setting in enumerate(device.machine.settings.pools)
    ]
    return _list_answer(f"{len(items)} Pool(s)", "POOLS", items)


MINING_READS: dict[str, Callable[[Device], Answer]] = {
    "summary": summary,
    "edevs": devices,
    "devs": devices,
    "devdetails": devdetails,
    "pools": pools,
}
"""Answered by the mining process; these may be joined with `+`."""
