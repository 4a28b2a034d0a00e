"""Facts of the protocol that callers need: commands, names, secrets, passwords, versions."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
import json
import re
from typing import Any, Final

from .models import Capability
from .values import parse_number

type Version = tuple[int, int]

ACCOUNTS: Final = ("super", "user1", "user2", "user3")
"""Accounts of API v3; the last three may do only what the first allows them."""
DEFAULT_ACCOUNT: Final = "super"
NEW_PASSWORD: Final = re.compile(r"[A-Za-z0-9_]{1,8}")
"""What a new password may be."""
RESERVED_NAMES: Final = frozenset({"cmd", "command", "enc", "token", "ts", "account"})
"""Parameters that the client itself adds to commands."""

# The newest that was met, by recorded answers: the second number of each first one.
_NEWEST: Final = {1: 999, 2: 2, 3: 0}
# Of API v2; those of v3 begin with "get.".
_READING: Final = {
    "config", "coin", "devdetails", "devs", "edevs", "get_customer_msg",
    "get_error_code", "get_miner_info", "get_psu", "get_token", "get_version", "pools",
    "stats", "status", "summary", "version",
}  # fmt: skip
_MINING: Final = {
    "power_on": (Capability.START_STOP, True),
    "power_off": (Capability.START_STOP, False),
    "restart_btminer": (Capability.RESTART, None),
    # These restart mining on their way.
    "set_low_power": (Capability.POWER_MODE, "low"),
    "set_normal_power": (Capability.POWER_MODE, "normal"),
    "set_high_power": (Capability.POWER_MODE, "high"),
    "set.miner.power_mode": (Capability.POWER_MODE, None),
    "adjust_power_limit": (Capability.POWER_LIMIT, None),
    "set.miner.power_limit": (Capability.POWER_LIMIT, None),
    "set_target_freq": (Capability.TARGET_FREQUENCY, None),
    "set.miner.target_freq": (Capability.TARGET_FREQUENCY, None),
}
# The power that mining starts with, by the name of the parameter.
_START_POWER: Final = {"set_power": "power", "set.miner.power": "param"}
# API v3 has one command for all three, which says it in its parameter.
_SERVICE: Final = {
    "start": "power_on",
    "stop": "power_off",
    "restart": "restart_btminer",
}


def is_reading(command: str) -> bool:
    """Return whether a command, or several joined by `+`, only reads."""
    return command.startswith("get.") or set(command.split("+")) <= _READING


def asked_by(
    command: str, parameters: Mapping[str, Any]
) -> tuple[Capability, Any] | None:
    """Return what a raw command asks for, if it decides when or how mining starts.

    The value is None where it is of no matter for that.
    """
    if (name := _START_POWER.get(command)) is not None:
        return Capability.DYNAMIC_POWER, parse_number(parameters.get(name))
    if command == "set.miner.service":
        command = _SERVICE.get(str(parameters.get("param")), command)
    return _MINING.get(command)


@lru_cache(maxsize=64)
def parse_version(version: str | None) -> Version:
    """Return the first two numbers of a version; 0 for one that is not known."""
    # Python reads no number of thousands of digits.
    found = re.search(r"(\d{1,9})(?:\.(\d{1,9}))?", version or "")
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def speaks(version: str | None, least: Version) -> bool:
    """Return whether a version is at least this one."""
    return parse_version(version) >= least


def is_newer_than_known(version: str | None) -> bool:
    """Return whether this version of the API was not met yet."""
    major, minor = parse_version(version)
    return major > 0 and minor > _NEWEST.get(major, -1)


def default_passwords(account: str | None) -> set[str]:
    """Return the passwords that every new miner has; `account` is that of API v3.

    As delivered, the password of each account of API v3 is its name.
    """
    return {"admin"} if account is None else {"admin", account}


class Secret(StrEnum):
    """The kinds of secrets in answers."""

    NOTE = "note"
    SERIAL = "serial"
    CHIP = "chip"
    MAC = "mac"
    HOST = "host"
    ADDRESS = "address"
    POOL = "pool"
    ACCOUNT = "account"
    PASSWORD = "password"
    KEY = "key"


# Parts of names in the answers of all generations, in the models and in what an entry
# holds; in small letters and without what stands between their words. The first counts.
_SECRETS: Final = {
    # The name of a home, as a seller of electricity has it, is often where it is.
    Secret.NOTE: re.compile(r"custom(er)?sn|^msg\d+$|^pricename$"),
    Secret.PASSWORD: re.compile(r"passw|passphrase|pass\d*$|pwd"),
    Secret.KEY: re.compile(r"secret|token|salt|key|auth"),
    Secret.SERIAL: re.compile(r"serial|sn\d*$|uuid"),
    Secret.CHIP: re.compile(r"chipdata|^chip$"),
    Secret.MAC: re.compile(r"mac\d*$|macaddr"),
    Secret.ACCOUNT: re.compile(r"user|account|worker|wallet|login|mail"),
    Secret.POOL: re.compile(r"url|^pool(name)?\d*$|proxy$"),
    Secret.HOST: re.compile(r"host"),
    Secret.ADDRESS: re.compile(r"gateway|dns|ntp|addr|(?<!ch)ip(v?\d)?$"),
}


def secret_by_name(name: str) -> Secret | None:
    """Return which kind of secret the field of an answer is, by its name."""
    name = re.sub(r"[\W_]", "", name).lower()
    return next((kind for kind, each in _SECRETS.items() if each.search(name)), None)


MAC_ADDRESS: Final = re.compile(
    r"(?<![\w:])((?:[0-9A-Fa-f]{2}[:-]){3})(?:[0-9A-Fa-f]{2}[:-]){2}[0-9A-Fa-f]{2}(?![\w:])"
)
IPV4_ADDRESS: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
# A time of day has neither two colons in a row nor seven.
IPV6_ADDRESS: Final = re.compile(
    r"(?<![\w:])(?=[0-9A-Fa-f:]*::|(?:[0-9A-Fa-f]+:){7})"
    r"[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(?![\w:])"
)
ADDRESSES: Final = (MAC_ADDRESS, IPV4_ADDRESS, IPV6_ADDRESS)


@lru_cache(maxsize=64)
def question(key: str, command: str, param: str | None = None) -> bytes:
    """Return the request of a question, which is asked again and again."""
    request = {key: command} if param is None else {key: command, "param": param}
    return json.dumps(request).encode()
