"""The reading commands of API v3."""

from collections.abc import Callable
from typing import Any

from .device import Device
from .v2_commands import pretend_log
from .v2_other_commands import customer_texts
from .v2_params import BadParameterError, integer
from .v3_info import device_info
from .v3_status import Fields, status, tera

_DAY = 86400


def _setting(device: Device, _param: object) -> Fields:
    """Return the miner's settings, of which `power` and `heat-mode` came later.

    The forms are those a client verified on 3.0.5.
    """
    machine = device.machine
    settings = machine.settings
    goal = machine.physics.percent_goal
    return {
        "power-limit": machine.physics.limit(settings, machine.profile.boards),
        "upfreq-speed": settings.upfreq_speed,
        "power-mode": settings.power_mode.lower(),
        "fast-boot": "enable" if settings.fast_boot else "disable",
        "fast-hash": "enable" if settings.fast_hash else "disable",
        "target-freq": settings.target_percent,
        "power-percent": 0 if goal == 1.0 else round(goal * 100),
    }


def _history(device: Device, param: object) -> str:
    """Return the past of at most a day as text.

    Records are separated by blanks and their values by commas, the first is the time.
    Which values follow is not known: hash rate in TH/s and power in W here.
    """
    if not isinstance(param, dict):
        raise BadParameterError
    begin, end = (integer(param, key, 0, 2**32) for key in ("begin", "end"))
    if not 0 <= end - begin <= _DAY:
        raise BadParameterError
    records = [
        (device.epoch(moment), rate, power)
        for moment, rate, power in device.machine.physics.history
    ]
    return " ".join(
        f"{epoch},{tera(rate)},{power}"
        for epoch, rate, power in records
        if begin <= epoch <= end
    )


def _system_setting(device: Device, _param: object) -> Fields:
    """Return the system's settings."""
    settings = device.machine.settings
    upload = {}
    if settings.log_upload is not None:
        ip, port, proto = settings.log_upload
        upload = {"log-upload": {"ip": ip, "port": str(port), "proto": proto}}
    return {
        "web-pool": int(settings.web_pools),
        "timezone": settings.timezone,
        "zonename": settings.zonename,
        "hostname": settings.hostname,
        **upload,
        "time-randomized": {
            "start": settings.random_start,
            "stop": settings.random_stop,
        },
        "ntp-server": list(settings.ntp_servers),
    }


def _fan_setting(device: Device, _param: object) -> Fields:
    """Return the fans' settings."""
    settings = device.machine.settings
    return {
        "fan-poweroff-cool": int(settings.poweroff_cool),
        "fan-zero-speed": int(settings.fan_zero_speed),
        "fan-temp-offset": settings.temp_offset,
    }


def _plain(read: Callable[[Device, object], Any]) -> Callable[..., tuple[Any, bytes]]:
    """Return a read whose answer no raw bytes follow."""
    return lambda device, param: (read(device, param), b"")


def _log(device: Device, _param: object) -> tuple[Fields, bytes]:
    """Return the size of the log, and the log."""
    content = pretend_log(device)
    return {"logsize": str(len(content))}, content


READS: dict[str, Callable[[Device, object], tuple[Any, bytes]]] = {
    "get.device.info": _plain(device_info),
    "get.device.custom_data": _plain(lambda device, _: customer_texts(device)),
    "get.miner.status": _plain(status),
    "get.miner.setting": _plain(_setting),
    "get.miner.history": _plain(_history),
    "get.system.setting": _plain(_system_setting),
    "get.fan.setting": _plain(_fan_setting),
    "get.log.download": _log,
}
