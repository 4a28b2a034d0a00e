"""Write commands of API 2.0.x.

Where the protocol notes say nothing about a refusal, 132 "API command ERROR" is used.
What came with 2.2 and what was gone before is in `v2_other_commands`.
set_power_pct_v2 also came with 2.2, but a mock of api_ver 2.0.5 has it, so it is here.
"""

from collections.abc import Callable
from functools import partial
import gzip
from typing import Any

from .device import Device, Reply
from .settings import PoolSetting
from .v2_answers import daemon_answer, error_answer
from .v2_params import (
    BadParameterError,
    Params,
    address,
    addresses,
    flag,
    integer,
    text,
)

type Write = Callable[[Device, Params], Reply]

DEFAULT_LIMIT = 99999
"""This power limit means back to the default."""


def ok(device: Device, msg: Any = None) -> Reply:
    """Return success."""
    text = device.success if msg is None else msg
    return Reply(answer=daemon_answer(device, 131, text))


def failed(device: Device) -> Reply:
    """Return failure."""
    return Reply(answer=error_answer(device, 132))


def _power_off(device: Device, params: Params) -> Reply:
    """Stop mining; with respbefore "false" the answer is late or missing.

    Without the parameter the answer comes first (not recorded).
    """
    before = flag(params, "respbefore", default=True)
    device.machine.power_off()
    if before:
        return ok(device)
    late = device.faults.late_seconds
    if late is None:
        return Reply()
    return Reply(answer=daemon_answer(device, 131, device.success), delay=late)


def _power_on(device: Device, _params: Params) -> Reply:
    """Start mining."""
    device.machine.power_on()
    return ok(device)


def _restart(device: Device, _params: Params) -> Reply:
    """Restart the mining process."""
    device.machine.restart()
    return ok(device)


def _reboot(device: Device, params: Params) -> Reply:
    """Restart the control board; only with respbefore "true" it answers, before."""
    before = flag(params, "respbefore", default=False)
    device.reboot()
    return ok(device) if before else Reply()


def _factory_reset(device: Device, _params: Params) -> Reply:
    """Put everything back, permissions included."""
    device.factory_reset()
    return ok(device)


def _set_mode(mode: str, device: Device, _params: Params) -> Reply:
    """Change the power mode, which restarts the mining process."""
    device.machine.settings.power_mode = mode
    device.machine.restart(limit_changed=True)
    return ok(device)


def _adjust_power_limit(device: Device, params: Params) -> Reply:
    """Change the power limit, which restarts the mining process.

    Only "not above the model's normal power" is documented: more is refused here.
    """
    limit = integer(params, "power_limit", 0, DEFAULT_LIMIT)
    machine = device.machine
    if limit == DEFAULT_LIMIT:
        machine.settings.power_limit = None
    elif limit > machine.profile.normal_power:
        return failed(device)
    else:
        machine.settings.power_limit = limit
    machine.restart(limit_changed=True)
    return ok(device)


def _set_power_pct(fast: bool, device: Device, params: Params) -> Reply:
    """Scale the tuned power; needs finished tuning.

    More than 100 is not in the manual, but a client offers up to 200 in the normal way
    for liquid cooling, and 120 is recorded on such a machine.
    """
    liquid = device.machine.profile.is_liquid
    percent = integer(params, "percent", 0, 200 if liquid and not fast else 100)
    if not device.machine.set_power_percent(percent, fast=fast):
        return failed(device)
    return ok(device)


def _set_target_freq(device: Device, params: Params) -> Reply:
    """Change the frequency; 2.0.5 and v3 allow air cooling only down."""
    dialect = device.generation.dialect
    low, high = (dialect and dialect.target_freq) or (
        -100,
        100 if device.machine.profile.is_liquid else 0,
    )
    device.machine.settings.target_percent = integer(params, "percent", low, high)
    device.machine.restart()
    return ok(device)


def _set_air_number(
    name: str, low: int, high: int, device: Device, params: Params
) -> Reply:
    """Keep a number that concerns fans; without fans it is refused."""
    if device.machine.profile.is_liquid:
        return failed(device)
    value = integer(params, name, low, high)
    setattr(device.machine.settings, name, value if low < 0 else bool(value))
    return ok(device)


def set_number(
    name: str, key: str, low: int, high: int, device: Device, params: Params
) -> Reply:
    """Keep a number; it acts from the next start of mining."""
    setattr(device.machine.settings, name, integer(params, key, low, high))
    return ok(device)


def enable(name: str, value: bool, device: Device, _params: Params) -> Reply:
    """Switch a setting on or off."""
    setattr(device.machine.settings, name, value)
    return ok(device)


def _set_led(device: Device, params: Params) -> Reply:
    """Let an LED blink, or both go back to automatic."""
    settings = device.machine.settings
    if "param" in params:
        settings.led = text(params, "param", "auto")
        return ok(device)
    values = [
        integer(params, key, 0, 999999) for key in ("period", "duration", "start")
    ]
    settings.set_led(text(params, "color", "red|green"), *values)
    return ok(device)


def _pre_power_on(device: Device, params: Params) -> Reply:
    """Warm up while off; to be called until the answer says complete."""
    flag(params, "complete")
    text(params, "msg", "wait for adjust temp|adjust complete|adjust continue")
    if not device.machine.mineroff:
        return failed(device)
    done = device.machine.warm_up()
    msg = "adjust complete" if done else "wait for adjust temp"
    return ok(device, {"complete": str(done).lower(), "msg": msg})


def _update_pools(device: Device, params: Params) -> Reply:
    """Change the pools; all nine parameters are expected."""
    try:
        rows = [
            [text(params, f"{key}{number}") for key in ("pool", "worker", "passwd")]
            for number in (1, 2, 3)
        ]
    except BadParameterError:
        raise BadParameterError("API parse pools param error") from None
    device.set_pools([PoolSetting(*row) for row in rows if row[0]])
    return ok(device)


def _update_pwd(device: Device, params: Params) -> Reply:
    """Change the admin password: a new salt, and all tokens are dead."""
    old = text(params, "old")
    new = text(params, "new", "[A-Za-z0-9_]{1,8}")
    if old != device.tokens.password:
        return failed(device)
    device.tokens.set_password(new)
    return ok(device)


def _net_config(device: Device, params: Params) -> Reply:
    """Change the network settings and restart; the simulator's address stays."""
    settings = device.machine.settings
    network = settings.network
    if "param" in params:
        network.proto = text(params, "param", "dhcp")
    else:
        values = [address(params, key) for key in ("ip", "mask", "gate")]
        dns = addresses(params, "dns")
        host = text(params, "host") if "host" in params else ""
        network.proto = "static"
        network.ip, network.netmask, network.gateway = values
        network.dns = dns
        if host:
            settings.pending["hostname"] = host
    device.reboot()
    return ok(device)


def _set_hostname(device: Device, params: Params) -> Reply:
    """Keep a host name for the next start of the network."""
    name = text(params, "hostname", r"[^\0]{1,64}")
    device.machine.settings.pending["hostname"] = name
    return ok(device)


def _set_zone(device: Device, params: Params) -> Reply:
    """Keep a time zone for the next start of the network."""
    device.machine.settings.pending |= {
        "timezone": text(params, "timezone", r"[^\0]{1,64}"),
        "zonename": text(params, "zonename", r"[^\0]{1,64}"),
    }
    return ok(device)


def _load_log(device: Device, params: Params) -> Reply:
    """Send the system log elsewhere (the simulator only keeps where)."""
    device.machine.settings.log_upload = (
        address(params, "ip"),
        integer(params, "port", 1, 65535),
        text(params, "proto", "tcp|udp"),
    )
    return ok(device)


def pretend_log(device: Device) -> bytes:
    """Return a compressed log."""
    log = f"pretend log of {device.machine.serial}\n" * 200
    return gzip.compress(log.encode(), mtime=0)


def _download_logs(device: Device, _params: Params) -> Reply:
    """Answer with the size, then the file; whether the JSON is encrypted is unknown.

    It is here, as every answer to a command with a token.
    """
    data = pretend_log(device)
    reply = ok(device, {"logfilelen": str(len(data))})
    return Reply(answer=reply.answer, tail=data)


def _update_firmware(device: Device, _params: Params) -> Reply:
    """Refuse: the answers around the upload are not recorded."""
    return failed(device)


WRITES: dict[str, Write] = {
    "update_pools": _update_pools,
    "restart_btminer": _restart,
    "power_off": _power_off,
    "power_on": _power_on,
    "set_led": _set_led,
    "set_low_power": partial(_set_mode, "Low"),
    "set_normal_power": partial(_set_mode, "Normal"),
    "set_high_power": partial(_set_mode, "High"),
    "update_firmware": _update_firmware,
    "reboot": _reboot,
    "factory_reset": _factory_reset,
    "update_pwd": _update_pwd,
    "net_config": _net_config,
    "download_logs": _download_logs,
    "set_target_freq": _set_target_freq,
    "enable_btminer_fast_boot": partial(enable, "fast_boot", True),
    "disable_btminer_fast_boot": partial(enable, "fast_boot", False),
    "enable_web_pools": partial(enable, "web_pools", True),
    "disable_web_pools": partial(enable, "web_pools", False),
    "set_hostname": _set_hostname,
    "set_zone": _set_zone,
    "load_log": _load_log,
    "set_power_pct": partial(_set_power_pct, True),
    "set_power_pct_v2": partial(_set_power_pct, False),
    "pre_power_on": _pre_power_on,
    "set_temp_offset": partial(_set_air_number, "temp_offset", -30, 0),
    "adjust_power_limit": _adjust_power_limit,
    "adjust_upfreq_speed": partial(set_number, "upfreq_speed", "upfreq_speed", 0, 9),
    "set_poweroff_cool": partial(_set_air_number, "poweroff_cool", 0, 1),
    "set_fan_zero_speed": partial(_set_air_number, "fan_zero_speed", 0, 1),
}
