"""Write commands of API 2.0.x.

Where the protocol notes say nothing about a refusal, 132 "API command ERROR" is used.
Not offered, so answered as unknown (14): what came with 2.2 (set_power,
restore_power_pct, set_heat_mode, *_btminer_init, *_customer_msg) and what was gone
before (ssh_*, *_cgminer_fast_boot). set_power_pct_v2 also came with 2.2, but a mock of
api_ver 2.0.5 has it, so it is here.
"""

from collections.abc import Callable
from functools import partial
import gzip
from typing import Any

from .device import Device, Reply
from .settings import PoolSetting
from .tokens import FACTORY_PASSWORD, FACTORY_SALT
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


def _ok(device: Device, msg: Any = "API command OK") -> Reply:
    """Return success."""
    return Reply(answer=daemon_answer(device, 131, msg))


def _failed(device: Device) -> Reply:
    """Return failure."""
    return Reply(answer=error_answer(device, 132))


def _power_off(device: Device, params: Params) -> Reply:
    """Stop mining; with respbefore "false" the answer is late or missing.

    Without the parameter the answer comes first (not recorded).
    """
    before = flag(params, "respbefore", default=True)
    device.machine.power_off()
    if before:
        return _ok(device)
    late = device.faults.late_seconds
    if late is None:
        return Reply()
    return Reply(answer=daemon_answer(device, 131, "API command OK"), delay=late)


def _power_on(device: Device, _params: Params) -> Reply:
    """Start mining."""
    device.machine.power_on()
    return _ok(device)


def _restart(device: Device, _params: Params) -> Reply:
    """Restart the mining process."""
    device.machine.restart()
    return _ok(device)


def _reboot(device: Device, _params: Params) -> Reply:
    """Restart the control board; tokens do not outlive that."""
    device.tokens.clear()
    device.machine.reboot()
    return _ok(device)


def _factory_reset(device: Device, _params: Params) -> Reply:
    """Put everything back, permissions included."""
    reply = _ok(device)
    device.machine.factory_reset()
    device.tokens.set_password(FACTORY_PASSWORD, FACTORY_SALT)
    device.api_switch = False
    device.default_password = True
    return reply


def _set_mode(mode: str, device: Device, _params: Params) -> Reply:
    """Change the power mode, which restarts the mining process."""
    device.machine.settings.power_mode = mode
    device.machine.restart(limit_changed=True)
    return _ok(device)


def _adjust_power_limit(device: Device, params: Params) -> Reply:
    """Change the power limit, which restarts the mining process.

    Only "not above the model's normal power" is documented: more is refused here.
    """
    limit = integer(params, "power_limit", 0, DEFAULT_LIMIT)
    machine = device.machine
    if limit == DEFAULT_LIMIT:
        machine.settings.power_limit = None
    elif limit > machine.profile.normal_power:
        return _failed(device)
    else:
        machine.settings.power_limit = limit
    machine.restart(limit_changed=True)
    return _ok(device)


def _set_power_pct(fast: bool, device: Device, params: Params) -> Reply:
    """Scale the tuned power; needs finished tuning."""
    percent = integer(params, "percent", 0, 100)
    if not device.machine.set_power_percent(percent, fast=fast):
        return _failed(device)
    return _ok(device)


def _set_target_freq(device: Device, params: Params) -> Reply:
    """Change the frequency; 2.0.5 allows air cooling only down."""
    device.machine.settings.target_percent = integer(params, "percent", -100, 0)
    device.machine.restart()
    return _ok(device)


def _set_number(
    name: str, key: str, low: int, high: int, device: Device, params: Params
) -> Reply:
    """Keep a number; it acts from the next start of mining."""
    setattr(device.machine.settings, name, integer(params, key, low, high))
    return _ok(device)


def _set_switch(name: str, device: Device, params: Params) -> Reply:
    """Keep a 0/1 parameter that has the setting's name."""
    setattr(device.machine.settings, name, bool(integer(params, name, 0, 1)))
    return _ok(device)


def _enable(name: str, value: bool, device: Device, _params: Params) -> Reply:
    """Switch a setting on or off."""
    setattr(device.machine.settings, name, value)
    return _ok(device)


def _set_led(device: Device, params: Params) -> Reply:
    """Let an LED blink, or both go back to automatic.

    Which LED get_miner_info numbers 0 is not recorded: red here.
    """
    settings = device.machine.settings
    if "param" in params:
        settings.led = text(params, "param", "auto")
        return _ok(device)
    number = 0 if text(params, "color", "red|green") == "red" else 1
    values = [
        integer(params, key, 0, 999999) for key in ("period", "duration", "start")
    ]
    pattern = ",".join(str(value) for value in (number, *values))
    others = [p for p in settings.led.split() if p[:2] == f"{1 - number},"]
    settings.led = "".join(f"{p} " for p in sorted([*others, pattern], reverse=True))
    return _ok(device)


def _pre_power_on(device: Device, params: Params) -> Reply:
    """Warm up while off; to be called until the answer says complete."""
    flag(params, "complete")
    text(params, "msg", "wait for adjust temp|adjust complete|adjust continue")
    if not device.machine.mineroff:
        return _failed(device)
    done = device.machine.warm_up()
    msg = "adjust complete" if done else "wait for adjust temp"
    return _ok(device, {"complete": str(done).lower(), "msg": msg})


def _update_pools(device: Device, params: Params) -> Reply:
    """Change the pools; all nine parameters are expected."""
    try:
        rows = [
            [text(params, f"{key}{number}") for key in ("pool", "worker", "passwd")]
            for number in (1, 2, 3)
        ]
    except BadParameterError:
        raise BadParameterError("API parse pools param error") from None
    device.machine.settings.pools = [PoolSetting(*row) for row in rows if row[0]]
    device.machine.physics.pools.clear()
    return _ok(device)


def _update_pwd(device: Device, params: Params) -> Reply:
    """Change the admin password: a new salt, and all tokens are dead."""
    old = text(params, "old")
    new = text(params, "new", "[A-Za-z0-9_]{1,8}")
    if old != device.tokens.password:
        return _failed(device)
    device.tokens.set_password(new)
    return _ok(device)


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
    device.tokens.clear()
    device.machine.reboot()
    return _ok(device)


def _set_hostname(device: Device, params: Params) -> Reply:
    """Keep a host name for the next start of the network."""
    name = text(params, "hostname", r"[^\0]{1,64}")
    device.machine.settings.pending["hostname"] = name
    return _ok(device)


def _set_zone(device: Device, params: Params) -> Reply:
    """Keep a time zone for the next start of the network."""
    device.machine.settings.pending |= {
        "timezone": text(params, "timezone", r"[^\0]{1,64}"),
        "zonename": text(params, "zonename", r"[^\0]{1,64}"),
    }
    return _ok(device)


def _load_log(device: Device, params: Params) -> Reply:
    """Send the system log elsewhere (the simulator only keeps where)."""
    device.machine.settings.log_upload = (
        address(params, "ip"),
        integer(params, "port", 1, 65535),
        text(params, "proto", "tcp|udp"),
    )
    return _ok(device)


def _download_logs(device: Device, _params: Params) -> Reply:
    """Answer with the size, then the file; whether the JSON is encrypted is unknown.

    It is here, as every answer to a command with a token.
    """
    log = f"pretend log of {device.machine.serial}\n" * 200
    data = gzip.compress(log.encode(), mtime=0)
    reply = _ok(device, {"logfilelen": str(len(data))})
    return Reply(answer=reply.answer, tail=data)


def _update_firmware(device: Device, _params: Params) -> Reply:
    """Refuse: the answers around the upload are not recorded."""
    return _failed(device)


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
    "enable_btminer_fast_boot": partial(_enable, "fast_boot", True),
    "disable_btminer_fast_boot": partial(_enable, "fast_boot", False),
    "enable_web_pools": partial(_enable, "web_pools", True),
    "disable_web_pools": partial(_enable, "web_pools", False),
    "set_hostname": _set_hostname,
    "set_zone": _set_zone,
    "load_log": _load_log,
    "set_power_pct": partial(_set_power_pct, True),
    "set_power_pct_v2": partial(_set_power_pct, False),
    "pre_power_on": _pre_power_on,
    "set_temp_offset": partial(_set_number, "temp_offset", "temp_offset", -30, 0),
    "adjust_power_limit": _adjust_power_limit,
    "adjust_upfreq_speed": partial(_set_number, "upfreq_speed", "upfreq_speed", 0, 9),
    "set_poweroff_cool": partial(_set_switch, "poweroff_cool"),
    "set_fan_zero_speed": partial(_set_switch, "fan_zero_speed"),
}
