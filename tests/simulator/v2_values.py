"""All values an answer of API v2 may have; each generation shows some of them."""

from struct import pack, unpack
from typing import Any

from .device import Device
from .machine import Phase
from .parts import WINDOWS, Board, PoolState
from .settings import PoolSetting

type Answer = dict[str, Any]

DIFFICULTY = 131072.0
BLOCK_VERSION = 536870912


def percent(part: int, whole: int) -> float:
    """Return a percentage."""
    return round(100 * part / whole, 4) if whole else 0.0


def float32(value: float) -> float:
    """Return a number as firmware since 2024-11 has it: a small one with 15 digits."""
    number = float(unpack("f", pack("f", value))[0])
    return number if abs(number) >= 1 else float(f"{number:.15g}")


def chip_temps(device: Device, board: Board) -> tuple[float, float, float]:
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


def mains_current(device: Device) -> float:
    """Return the input current in A; of each wire if there are three phases."""
    physics = device.machine.physics
    wires = 3**0.5 if device.machine.profile.phases == 3 else 1.0
    return physics.power / physics.mains_voltage / wires


def error_values(device: Device) -> Answer:
    """Return the error codes as summary of 1.x and cgminer has them.

    The times are empty in the recordings; cgminer has none.
    """
    dialect = device.dialect
    active = list(device.errors)
    factory = device.machine.factory_errors
    fields: Answer = {}
    for name, codes, start in (
        ("Error Code", active, 0),
        ("Factory Error Code", factory, len(active)),
    ):
        for index, code in enumerate(codes):
            fields[f"{name} {index}"] = code
            if not dialect.is_cgminer:
                fields[f"Error {start + index} Time"] = ""
    return fields | {
        "Error Code Count": len(active),
        "Factory Error Code Count": len(factory),
    }


def summary_values(device: Device) -> Answer:
    """Return the values of summary."""
    machine = device.machine
    physics = machine.physics
    profile = machine.profile
    boards = machine.boards
    rates = {
        window: sum(board.averages.rate[window] for board in boards)
        for window in WINDOWS
    }
    frequencies = [board.frequency for board in boards]
    chips = [chip_temps(device, board) for board in boards] or [(0.0, 0.0, 0.0)]
    pools = physics.pools.values()
    accepted = sum(pool.accepted for pool in pools)
    rejected = sum(pool.rejected for pool in pools)
    stale = sum(pool.stale for pool in pools)
    factory = sum(board.factory_ghs for board in boards)
    starting = machine.phase is Phase.STARTING
    level = physics.tuned(machine.running, len(boards))[1]
    target_mhs = factory * 1000 * level if machine.mining_up and not starting else 0.0
    rate = rates["5m"]
    fan_in, fan_out = device.fan_speeds
    output = round(1.0 * physics.power / (profile.psu_output / 100), 6)
    return {
        "Elapsed": machine.elapsed,
        "MHS av": round(sum(board.averages.average for board in boards), 2),
        **{f"MHS {window}": round(value, 2) for window, value in rates.items()},
        "HS RT": round(rate, 2),
        "Found Blocks": 0,
        "Getworks": sum(pool.getworks for pool in pools),
        "Accepted": accepted,
        "Rejected": rejected,
        "Hardware Errors": 0,
        "Utility": round(60 * accepted / machine.elapsed, 2)
        if machine.elapsed
        else 0.0,
        "Discarded": 0,
        "Stale": stale,
        "Get Failures": 0,
        "Local Work": 0,
        "Remote Failures": 0,
        "Network Blocks": 0,
        "Total MH": float(round(sum(board.averages.total for board in boards))),
        "Work Utility": 0.0,
        "Difficulty Accepted": accepted * DIFFICULTY,
        "Difficulty Rejected": rejected * DIFFICULTY,
        "Difficulty Stale": stale * DIFFICULTY,
        "Best Share": max((pool.best_share for pool in pools), default=0),
        "Temperature": round(max((b.temperature for b in boards), default=0.0), 2),
        "freq_avg": round(sum(frequencies) / len(boards)) if boards else 0,
        "Fan Speed In": fan_in,
        "Fan Speed Out": fan_out,
        "Voltage": profile.psu_output,
        "Power": round(physics.power),
        "Power_RT": round(physics.power),
        "Power Rate": round(physics.power / (rate / 1e6), 2) if rate > 1e6 else 0.0,
        "Device Hardware%": 0.0,
        "Device Rejected%": 0.0,
        "Pool Rejected%": percent(rejected, accepted + rejected),
        "Pool Stale%": percent(stale, accepted + rejected),
        "Last getwork": 0,
        "Uptime": machine.uptime,
        "Chip Data": profile.chip,
        # A on most, mA on the recorded cgminer.
        "Power Current": round(output) * 1000 if device.dialect.is_cgminer else output,
        "Power Fanspeed": round(physics.psu_fan / 32) * 32,
        "Security Mode": 0,
        "Liquid Cooling": profile.is_liquid,
        # A mock keeps `true` and its seconds while off; tuning is over only when the
        # chips hash, so the simulator does not.
        "Hash Stable": machine.hash_stable,
        "Hash Stable Cost Seconds": machine.stable_cost,
        "Hash Deviation%": round(rate / target_mhs - 1, 4) if target_mhs else 0.0,
        # 360 of about 600 is recorded for the start.
        "Target Freq": round(profile.target_freq * (0.6 if starting else 1)),
        "Target MHS": round(target_mhs) if target_mhs else 0,
        "Env Temp": round(physics.env_temp, 2),
        "Power Mode": machine.settings.power_mode,
        "Firmware Version": f"'{profile.firmware}'",
        "CB Platform": f"ALLWINNER_{profile.platform}",
        "CB Version": "V10",
        "MAC": device.mac,
        "Factory GHS": factory,
        "Power Limit": machine.power_limit,
        "Power Voltage Input": round(physics.mains_voltage * 4) / 4,
        "Power Current Input": round(mains_current(device), 2),
        "Chip Temp Min": min(chip[0] for chip in chips),
        "Chip Temp Max": max(chip[1] for chip in chips),
        "Chip Temp Avg": round(sum(chip[2] for chip in chips) / len(chips), 2),
        "Debug": f"-0.0_{physics.percent * 100:.1f}_354",
        "Btminer Fast Boot": "enable" if machine.settings.fast_boot else "disable",
        "Upfreq Complete": int(
            machine.mining_up and all(board.upfreq_complete for board in boards)
        ),
    }


def compat_values(device: Device, values: Answer) -> Answer:
    """Return a summary's values in the number forms of firmware since 2024-11.

    Floating point numbers are float32, `HS RT` is the last minute, `Power` a mean of
    five minutes, truth a text, and the target frequency 0 unless one was set. Rejected
    shares are a share of one, of a pool still percent: an M30S++ of 2025-03 says both.
    """
    machine = device.machine
    power = float32(machine.physics.mean_power)
    minute = float(values["MHS 1m"])
    forms = {
        "Elapsed": float(values["Elapsed"]),
        "HS RT": minute,
        "freq_avg": sum(board.frequency for board in machine.boards)
        / max(1, len(machine.boards)),
        "Power": power,
        "Power Rate": power / (minute / 1e6) if minute > 1e6 else 0.0,
        "Pool Rejected%": float(values["Pool Rejected%"]) / 100,
        "Hash Stable": str(values["Hash Stable"]).lower(),
        "Target Freq": machine.running.target_percent and values["Target Freq"],
    }
    return {
        name: float32(value) if isinstance(value, float) else value
        for name, value in (values | forms).items()
    }


def board_values(device: Device, index: int, board: Board) -> Answer:
    """Return the values of a board."""
    machine = device.machine
    fan_in, fan_out = device.fan_speeds
    up = machine.mining_up
    rates = {f"MHS {w}": round(v, 2) for w, v in board.averages.rate.items()}
    low, high, mean = chip_temps(device, board)
    return {
        "ASC": index,
        "Name": "SM",
        "ID": index,
        "Slot": board.slot,
        "Enabled": "Y",
        # The state when off is a mock's.
        "Status": "Alive" if up else "Initialising",
        "Temperature": round(board.temperature, 2),
        "Chip Frequency": round(board.frequency),
        "Fan Speed In": fan_in,
        "Fan Speed Out": fan_out,
        "MHS av": round(board.averages.average, 2),
        **rates,
        "HS RT": rates["MHS 5m"],
        "HS Factory": board.factory_ghs,
        "Factory GHS": board.factory_ghs,
        "Accepted": board.accepted,
        "Rejected": board.rejected,
        "Hardware Errors": 0,
        "Utility": round(60 * board.accepted / machine.elapsed, 2)
        if machine.elapsed
        else 0.0,
        "Last Share Pool": machine.active_pool or 0,
        "Last Share Time": device.epoch(board.last_work),
        "Total MH": float(round(board.averages.total)),
        "Diff1 Work": 0,
        "Difficulty Accepted": board.accepted * DIFFICULTY,
        "Difficulty Rejected": board.rejected * DIFFICULTY,
        "Last Share Difficulty": DIFFICULTY if board.last_work else 0.0,
        "Last Valid Work": device.epoch(board.last_work),
        "Device Hardware%": 0.0,
        "Device Rejected%": 0.0,
        "Device Elapsed": machine.elapsed,
        "Upfreq Complete": int(board.upfreq_complete),
        "Effective Chips": board.working if up else 0,
        "PCB SN": board.serial,
        "Chip Data": board.chip_data,
        "Chip Temp Min": low,
        "Chip Temp Max": high,
        "Chip Temp Avg": mean,
        "chip_vol_diff": 9,
    }


def tera_values(values: Answer) -> Answer:
    """Return values with hash rates in TH/s; the names stay the same."""
    shown = {
        name: round(value / 1e6, 2)
        for name, value in values.items()
        if name.startswith("MHS") or name == "HS RT"
    }
    return values | shown


def pool_values(device: Device, index: int, setting: PoolSetting) -> Answer:
    """Return the values of a pool."""
    machine = device.machine
    state = machine.physics.pools.get(index, PoolState())
    alive = index not in machine.dead_pools
    active = machine.mining_up and index == machine.active_pool
    host = setting.url.partition("://")[2].partition(":")[0]
    found = state.accepted + state.rejected
    return {
        "POOL": index + device.dialect.first_pool,
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
        "Difficulty Accepted": state.accepted * DIFFICULTY,
        "Difficulty Rejected": state.rejected * DIFFICULTY,
        "Difficulty Stale": state.stale * DIFFICULTY,
        "Last Share Difficulty": DIFFICULTY if found else 0.0,
        "Work Difficulty": 0.0,
        "Has Stratum": True if device.dialect.is_old_style else 1,
        "Stratum Active": active,
        "Stratum URL": host if active else "",
        "Stratum Difficulty": DIFFICULTY,
        "Has GBT": False,
        "Best Share": state.best_share,
        "Pool Rejected%": percent(state.rejected, found),
        "Pool Stale%": percent(state.stale, found),
        "Bad Work": 0,
        "Current Block Height": 0,
        "Current Block Version": BLOCK_VERSION,
        "To Remove": False,
    }
