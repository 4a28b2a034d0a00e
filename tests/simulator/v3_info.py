"""`get.device.info` of API v3.

Fields and types follow the recorded answer of an M50 (3.0.2).
"""

from collections.abc import Callable
from typing import Any

from .device import Device
from .v2_values import mains_current
from .v3_status import DOWN, Fields, chosen, is_down, omit

MODES = {"Low": "0", "Normal": "1", "High": "2"}

# Recorded reasons; others are not known and empty here.
_REASON_TAIL = ". code: 0xffffffffc0000000"
REASONS = {
    264: f"Power xfer error{_REASON_TAIL}",
    265: f"Power Unknow error{_REASON_TAIL}",
    266: f"Power Unknow error{_REASON_TAIL}",
    267: f"Power watch dog protected{_REASON_TAIL}",
    270: f"Power input over-voltage warning{_REASON_TAIL}",
    **{530 + slot: f"Slot{slot} not found." for slot in range(4)},
}


def _network(device: Device) -> Fields:
    """Return the section network."""
    settings = device.machine.settings
    network = settings.network
    return {
        "ip": network.ip,
        "proto": network.proto,
        "netmask": network.netmask,
        "dns": network.dns,
        "mac": device.mac,
        "gateway": network.gateway,
        "hostname": settings.hostname,
    }


def _miner(device: Device) -> Fields:
    """Return the section miner."""
    machine = device.machine
    settings = machine.settings
    profile = machine.profile
    boards = machine.boards
    detected = [f"{board.factory_ghs}" for board in boards]
    if device.faults.v3_detect_unknown:
        detected = ["-1"] * len(boards)
    limit = settings.power_limit
    liquid = {}
    if profile.is_liquid:
        # "0-0-0" on air; which digit stands for what is not known.
        liquid = {"eeprom-liquid-cooling": "-".join("1" * profile.boards)}
    return {
        "working": str(machine.mining_up).lower(),
        "type": profile.miner_type,
        "hash-board": profile.hash_board,
        "detect-hash-rate": ":".join(detected),
        "cointype": "BTC/BCH/BSV" if settings.cointype == "BTC" else settings.cointype,
        "pool-strategy": "FAILOVER",
        "heatmode": "" if settings.heat_mode == "normal" else settings.heat_mode,
        "hash-percent": str(settings.target_percent or ""),
        **liquid,
        **{f"chipdata{board.slot}": board.chip_data for board in boards},
        "fast-boot": "enable" if settings.fast_boot else "disable",
        "board-num": str(profile.boards),
        **{f"pcbsn{board.slot}": board.serial for board in boards},
        "miner-sn": machine.serial,
        "power-limit-set": device.faults.unset_limit if limit is None else str(limit),
        "UpfreqSpeed": str(settings.upfreq_speed or ""),
        "web-pool": int(settings.web_pools),
        "permission": device.users.masks(),
    }


def _system(device: Device) -> Fields:
    """Return the section system."""
    profile = device.machine.profile
    btrom = {"btrom": "1"} if device.faults.v3_btrom else {}
    return {
        "api": device.generation.v3_version,
        "platform": profile.platform,
        "fwversion": profile.firmware,
        "control-board-version": "CB6V10",
        **btrom,
        "apiswitch": str(int(device.api_switch)),
        "ledstatus": device.machine.settings.led,
    }


def _power(device: Device) -> Fields:
    """Return the section power."""
    machine = device.machine
    physics = machine.physics
    profile = machine.profile
    on = machine.mining_up
    measured: Fields = {
        "iin": round(mains_current(device), 2) if on else 0.0,
        "vin": round(physics.mains_voltage * 2) / 2,
        "vout": profile.psu_output if on else 0,
        "pin": round(physics.power),
    }
    warm: Fields = {"temp0": round(physics.psu_temp, 1)}
    if profile.is_liquid:
        warm["liquid-temperature"] = round(physics.liquid_temp, 1)
    if device.faults.psu_unread:
        measured, warm = {}, {}
    return {
        "type": profile.psu_model,
        "mode": MODES[machine.settings.power_mode],
        "hwversion": profile.psu_hardware,
        "swversion": profile.psu_version,
        "model": profile.psu_model,
        **measured,
        "fanspeed": round(physics.psu_fan / 32) * 32,
        **warm,
        "sn": f"A12{machine.serial[-7:]:0>13}",
        "vendor": profile.psu_vendor,
    }


def _errors(device: Device) -> list[Any] | str:
    """Return the error codes."""
    faults = device.faults
    if faults.v3_errors == "text" or is_down(device):
        return DOWN
    active = device.errors
    if faults.v3_errors == "plain":
        return [str(code) for code in active]
    return [
        {str(code): device.local_text(moment), "reason": REASONS.get(code, "")}
        for code, moment in active.items()
    ]


_SECTIONS: dict[str, Callable[[Device], Any]] = {
    "network": _network,
    "miner": _miner,
    "system": _system,
    "power": _power,
    "salt": lambda device: device.users.salt,
    "error-code": _errors,
}


def device_info(device: Device, param: object) -> Fields:
    """Return the device's information, all of it or a section."""
    names = (
        list(_SECTIONS)
        if param is None or param == ""
        else chosen(param, _SECTIONS, ",")
    )
    return omit(device, {name: _SECTIONS[name](device) for name in names})
