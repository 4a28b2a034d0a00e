"""The writing commands of API v3.

Most are another spelling of a command of API v2, and are carried out as that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import json
from typing import Any

from . import v3_crypto
from .device import Device, Reply
from .settings import PoolSetting
from .v2_commands import set_number
from .v2_other_commands import ALL_WRITES
from .v2_params import BadParameterError, Params, integer, text
from .v3_status import V3Error
from .v3_users import ACCOUNTS, SUPER, USERS

type Change = Callable[[Device, Any], Reply]

COINS = ("BTC", "BCH", "BSV", "DCR", "HC", "DGB", "SHA256")
DONE = Reply()


@dataclass(frozen=True, slots=True)
class SetCommand:
    """Describe a write command."""

    change: Change
    encrypted: bool = False

    def run(self, device: Device, param: Any, digest: bytes) -> Reply:
        """Carry it out."""
        if self.encrypted:
            try:
                param = v3_crypto.open_param(digest, text({"param": param}, "param"))
            except ValueError:
                raise BadParameterError from None
        return self.change(device, param)


def _parsed[T](param: Any, kind: type[T]) -> T:
    """Return an object or a list; it may come as JSON in a string."""
    if isinstance(param, str):
        try:
            param = json.loads(param)
        except ValueError:
            raise BadParameterError from None
    if not isinstance(param, kind):
        raise BadParameterError
    return param


def _object(param: Any) -> Params:
    """Return an object; MicroBT's own client sends it as JSON in a string."""
    found: Params = _parsed(param, dict)
    return found


def _word(param: Any, words: str) -> str:
    """Return a parameter that is one of some words."""
    return text({"param": param}, "param", words)


def _as_v2(device: Device, command: str, params: Params) -> Reply:
    """Carry out a command of API v2; its failure is -1."""
    answer = ALL_WRITES[command](device, params).answer or {}
    if answer.get("Code") != 131:
        raise V3Error(-1)
    return DONE


def _value(command: str, key: str, device: Device, param: Any) -> Reply:
    """Carry out a command of API v2 that has one parameter."""
    return _as_v2(device, command, {key: param})


def _fields(command: str, device: Device, param: Any) -> Reply:
    """Carry out a command of API v2 whose parameters have the same names."""
    return _as_v2(device, command, _object(param))


def _named(commands: dict[str, str], device: Device, param: Any) -> Reply:
    """Carry out the command of API v2 that a word stands for."""
    return _as_v2(device, commands[_word(param, "|".join(commands))], {})


def _power_percent(device: Device, param: Any) -> Reply:
    """Scale the tuned power; the normal way is not for air cooling in high mode.

    More than 100 is for liquid cooling. MicroBT's mock refuses a number and an object
    that is text, and MicroBT's driver says why: the firmware reads the text of the item.
    """
    form = device.faults.percent_form
    if isinstance(param, str) is not (form == "json"):
        raise BadParameterError
    params = _object(param)
    mode = text(params, "mode", "fast|normal")
    if form == "number" and not isinstance(params.get("percent"), int):
        raise BadParameterError
    if form == "text" and not isinstance(params.get("percent"), str):
        raise V3Error(-1, "percent must be a string")
    machine = device.machine
    air = not machine.profile.is_liquid
    if mode == "normal" and air and machine.settings.power_mode == "High":
        raise V3Error(-1)
    percent = integer(params, "percent", 0, 100 if air else 200)
    if not machine.set_power_percent(percent, fast=mode == "fast"):
        raise V3Error(-1)
    return DONE


def _target_freq(device: Device, param: Any) -> Reply:
    """Change the frequency; air cooling only down."""
    low, high = -100, 100 if device.machine.profile.is_liquid else 0
    number = integer({"param": param}, "param", low, high)
    device.machine.settings.target_percent = number
    device.machine.restart()
    return DONE


def _upfreq_speed(device: Device, param: Any) -> Reply:
    """Change the speed of the ramp; API v2 ends at 9."""
    set_number("upfreq_speed", "param", 0, 10, device, {"param": param})
    return DONE


def _fast_hash(device: Device, param: Any) -> Reply:
    """Switch the faster start on or off; it changes nothing else here."""
    device.machine.settings.fast_hash = bool(integer({"p": param}, "p", 0, 1))
    return DONE


def _heat_mode(device: Device, param: Any) -> Reply:
    """Change the heat mode; liquid cooling only (API v2: hydro only)."""
    mode = _word(param, "heating|normal|anti-freezing|anti-icing")
    if not device.machine.profile.is_liquid:
        raise V3Error(-1)
    device.machine.settings.heat_mode = mode
    return DONE


def _cointype(device: Device, param: Any) -> Reply:
    """Change the coin; it changes nothing else here."""
    device.machine.settings.cointype = text(_object(param), "cointype", "|".join(COINS))
    return DONE


def _pools(device: Device, param: Any) -> Reply:
    """Change the pools, three at most."""
    if not isinstance(param, list) or len(param) > 3:
        raise BadParameterError
    rows = [
        [text(_object(row), key) for key in ("pool", "worker", "passwd")]
        for row in param
    ]
    device.set_pools([PoolSetting(*row) for row in rows if row[0]])
    return DONE


def _report(_device: Device, param: Any) -> Reply:
    """Report regularly on this connection."""
    return Reply(gap=integer(_object(param), "gap", 0, 285))


def _restore(device: Device, _param: Any) -> Reply:
    """Put the miner's settings back; which these are is the simulator's reading."""
    device.machine.settings.restore_mining()
    return DONE


def _led(device: Device, param: Any) -> Reply:
    """Let the LEDs blink, or go back to automatic."""
    settings = device.machine.settings
    if param == "auto":
        settings.led = "auto"
        return DONE
    rows = [
        (
            text(row, "color", "red|green"),
            [integer(row, key, 0, 999999) for key in ("period", "duration", "start")],
        )
        for row in map(_object, _parsed(param, list))
    ]
    settings.led = ""
    for color, numbers in rows:
        settings.set_led(color, *numbers)
    return DONE


def _net_config(device: Device, param: Any) -> Reply:
    """Change the network settings and restart."""
    if param == "dhcp":
        params: Params = {"param": "dhcp"}
    else:
        given = _object(param)
        names = {"ip": "ip", "mask": "netmask", "gate": "gateway", "dns": "dns"}
        params = {name: given.get(key) for name, key in names.items()}
    _as_v2(device, "net_config", params)
    return Reply(close=True)


def _ntp_server(device: Device, param: Any) -> Reply:
    """Change the time servers."""
    servers = _word(param, r"[A-Za-z0-9.,:_-]+").split(",")
    device.machine.settings.ntp_servers = [name for name in servers if name]
    return DONE


def _time_randomized(device: Device, param: Any) -> Reply:
    """Keep the random delays; the simulator does not wait for them."""
    params = _object(param)
    start, stop = (integer(params, key, 0, 120) for key in ("start", "stop"))
    device.machine.settings.random_start = start
    device.machine.settings.random_stop = stop
    return DONE


def _reboot(device: Device, _param: Any) -> Reply:
    """Restart the control board."""
    device.reboot()
    return Reply(close=True)


def _factory_reset(device: Device, _param: Any) -> Reply:
    """Put everything back, which restarts too."""
    device.factory_reset()
    return Reply(close=True)


def _update_firmware(_device: Device, _param: Any) -> Reply:
    """Take a file; what it holds does not matter."""
    return Reply(upload=True)


def _custom_data(device: Device, param: Any) -> Reply:
    """Keep a text of the owner."""
    params = _object(param)
    renamed = {"key": params.get("key"), "val": params.get("value")}
    return _as_v2(device, "set_customer_msg", renamed)


def _change_passwd(device: Device, param: Any) -> Reply:
    """Change a password, by the rule of API v2; the document names none."""
    params = _object(param)
    account = text(params, "account", "|".join(ACCOUNTS))
    new = text(params, "new", "[A-Za-z0-9_]{1,8}")
    if text(params, "old") != device.users.passwords[account]:
        raise V3Error(-1)
    device.users.set_password(account, new)
    return DONE


def _permission(device: Device, param: Any) -> Reply:
    """Say which commands an account may give."""
    params = _object(param)
    user = text(params, "user", "|".join(USERS))
    names = {name.strip() for name in text(params, "permission").split(",")} - {""}
    if not names <= set(SETS):
        raise BadParameterError
    device.users.permissions[user] = names
    return DONE


SERVICE = {
    "restart": "restart_btminer",
    "start": "power_on",
    "stop": "power_off",
    "enable": "enable_btminer_init",
    "disable": "disable_btminer_init",
}
POWER_MODE = {mode: f"set_{mode}_power" for mode in ("low", "normal", "high")}
FASTBOOT = {word: f"{word}_btminer_fast_boot" for word in ("enable", "disable")}
WEBPOOLS = {word: f"{word}_web_pools" for word in ("enable", "disable")}
ONLY_SUPER = frozenset({"set.user.permission"})

_PLAIN: dict[str, Change] = {
    "set.miner.service": partial(_named, SERVICE),
    "set.miner.power_mode": partial(_named, POWER_MODE),
    "set.miner.power_limit": partial(_value, "adjust_power_limit", "power_limit"),
    "set.miner.power": partial(_value, "set_power", "power"),
    "set.miner.power_percent": _power_percent,
    "set.miner.target_freq": _target_freq,
    "set.miner.upfreq_speed": _upfreq_speed,
    "set.miner.fastboot": partial(_named, FASTBOOT),
    "set.miner.fast_hash": _fast_hash,
    "set.miner.heat_mode": _heat_mode,
    "set.miner.cointype": _cointype,
    "set.miner.report": _report,
    "set.miner.restore_setting": _restore,
    "set.system.led": _led,
    "set.system.net_config": _net_config,
    "set.system.hostname": partial(_fields, "set_hostname"),
    "set.system.timezone": partial(_fields, "set_zone"),
    "set.system.ntp_server": _ntp_server,
    "set.system.time_randomized": _time_randomized,
    "set.system.webpools": partial(_named, WEBPOOLS),
    "set.system.reboot": _reboot,
    "set.system.factory_reset": _factory_reset,
    "set.system.update_firmware": _update_firmware,
    "set.log.upload": partial(_fields, "load_log"),
    "set.device.custom_data": _custom_data,
    "set.fan.poweroff_cool": partial(_value, "set_poweroff_cool", "poweroff_cool"),
    "set.fan.zero_speed": partial(_value, "set_fan_zero_speed", "fan_zero_speed"),
    "set.fan.temp_offset": partial(_value, "set_temp_offset", "temp_offset"),
    "set.user.permission": _permission,
}
SETS: dict[str, SetCommand] = {
    "set.miner.pools": SetCommand(_pools, encrypted=True),
    "set.user.change_passwd": SetCommand(_change_passwd, encrypted=True),
    **{name: SetCommand(change) for name, change in _PLAIN.items()},
}


def may(device: Device, account: str, command: str) -> bool:
    """Tell whether an account may give a command; rights are the owner's to give."""
    if command in ONLY_SUPER:
        return account == SUPER
    return device.users.may(account, command)
