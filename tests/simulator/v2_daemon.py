"""Read answers of API v2 that the control board's daemon gives by itself."""

from collections.abc import Callable
import json
from typing import Any

from .device import Device, Reply
from .v2_answers import daemon_answer, error_answer
from .v2_values import Answer, float32, mains_current

type Params = dict[str, Any]


def get_psu(device: Device, _params: Params) -> Reply:
    """Answer `get_psu`; all values are text."""
    machine = device.machine
    physics = machine.physics
    profile = machine.profile
    off = not machine.mining_up
    fields = {
        "name": profile.psu_model,
        "hw_version": profile.psu_hardware,
        "sw_version": profile.psu_version,
        "model": profile.psu_model,
    }
    if device.dialect.is_old or device.faults.psu_unread:
        return Reply(answer=daemon_answer(device, 131, fields))
    fields |= {
        "iin": "0" if off else str(round(1000 * mains_current(device))),
        "vin": str(round(physics.mains_voltage * 4) * 25),
        "fan_speed": str(round(physics.psu_fan / 32) * 32),
        "version": "-1",
        "serial_no": f"A12{machine.serial[-7:]:0>13}",
        # The manuals' spelling changed.
        "vendor" if device.dialect.is_compat else "vender": profile.psu_vendor,
    }
    if profile.firmware_date >= 20230714:
        # Seen in a mock of this firmware date; the 2.0.5 manual has none of them.
        fields |= {
            "pin": str(round(physics.power)),
            "temp0": f"{physics.psu_temp:.1f}",
        }
        if not device.dialect.is_compat:
            fields["enable"] = "0" if off else "1"
    return Reply(answer=daemon_answer(device, 131, fields))


def get_version(device: Device, _params: Params) -> Reply:
    """Answer `get_version`."""
    profile = device.machine.profile
    dialect = device.dialect
    if device.faults.version_text:
        return Reply(answer=daemon_answer(device, 131, dialect.api_version))
    fields = {"api_ver": dialect.api_version, "fw_ver": profile.firmware}
    if not dialect.is_old:
        fields |= {"platform": profile.platform, "chip": profile.chip}
    if dialect.is_compat:
        fields["miner_type"] = profile.miner_type
    return Reply(answer=daemon_answer(device, 131, fields))


def get_status(device: Device, _params: Params) -> Reply:
    """Answer `status` in form A to E, as the firmware's date has it."""
    machine = device.machine
    date = machine.profile.firmware_date
    if device.dialect.is_old:
        off = machine.mineroff or device.faults.odd.btmineroff_lie
        old = {
            "btmineroff": "true" if off else "false",
            "Firmware Version": f"'{machine.profile.firmware}'",
        }
        return Reply(answer=daemon_answer(device, 131, old))
    fields: Answer = {"mineroff": "true" if machine.mineroff else "false"}
    if date >= 20230803:
        # The form of the time while off is not recorded: that of error codes here.
        fields["mineroff_reason"] = machine.off_reason if machine.mineroff else ""
        fields["mineroff_time"] = (
            device.local_text(machine.off_since) if machine.mineroff else ""
        )
    fields["FirmwareVersion"] = machine.profile.firmware
    fields["power_mode"] = machine.settings.power_mode.lower()
    if date >= 20240624:
        limit = machine.settings.power_limit
        unset = device.faults.unset_limit
        fields["power_limit_set"] = unset if limit is None else str(limit)
    fields["hash_percent"] = str(machine.settings.target_percent)
    if device.faults.unset_empty:
        usual = {"power_mode": "normal", "hash_percent": "0"}
        fields |= {name: "" for name in usual if fields[name] == usual[name]}
    if date >= 20260312:
        # What fast_mining means beside fast_hash is not known: off here.
        fields |= {
            "fast_mining": "false",
            "fast_hash": str(machine.settings.fast_hash).lower(),
            "liquid_temp": float32(round(machine.physics.liquid_temp, 1)),
            "power_pct": round(machine.physics.percent_goal * 100),
        }
    return Reply(answer=daemon_answer(device, 131, fields))


def get_miner_info(device: Device, params: Params) -> Reply:
    """Answer `get_miner_info`, with the wanted fields if `info` names them."""
    settings = device.machine.settings
    network = settings.network
    fields: Answer = {
        "ip": network.ip,
        "proto": network.proto,
        "netmask": network.netmask,
        "gateway": network.gateway,
        "dns": network.dns,
        "hostname": settings.hostname,
        "mac": device.mac,
        "ledstat": settings.led,
        "minersn": device.machine.serial,
        "powersn": f"A12{device.machine.serial[-7:]:0>13}",
    }
    if device.dialect.is_compat:
        fields["upfreq_speed"] = str(settings.upfreq_speed)
        if device.machine.profile.firmware_date < 20260312:
            # There in February 2026, not on 20260312.
            fields["ntp"] = list(settings.ntp_servers)
    wanted = params.get("info")
    if isinstance(wanted, str) and wanted and not device.faults.ignore_info_selector:
        names = {name.strip() for name in wanted.split(",")}
        fields = {name: value for name, value in fields.items() if name in names}
    return Reply(answer=daemon_answer(device, 131, fields))


def get_error_code(device: Device, _params: Params) -> Reply:
    """Answer `get_error_code`."""
    codes = [
        {str(code): device.local_text(moment)} for code, moment in device.errors.items()
    ]
    answer = daemon_answer(device, 131, {"error_code": codes})
    if not device.faults.broken_error_list or not codes:
        return Reply(answer=answer)
    entries = ",".join(json.dumps(code)[1:-1].replace(": ", ":", 1) for code in codes)
    answer["Msg"] = {"error_code": ["@"]}
    text = json.dumps(answer, separators=(",", ":")).replace('"@"', entries)
    return Reply(answer=answer, text=text)


DAEMON_READS: dict[str, Callable[[Device, Params], Reply]] = {
    "get_psu": get_psu,
    "get_version": get_version,
    "status": get_status,
    "get_miner_info": get_miner_info,
    "get_error_code": get_error_code,
}


def get_token(device: Device, client: str) -> Answer:
    """Answer `get_token`."""
    token = device.tokens.issue(client, device.clock.wall())
    if token is None:
        return error_answer(device, 136)
    return daemon_answer(
        device,
        131 if device.faults.token_131 else 134,
        {"time": token.time, "salt": device.tokens.salt, "newsalt": token.newsalt},
    )
