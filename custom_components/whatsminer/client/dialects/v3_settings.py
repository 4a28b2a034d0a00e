"""Settings as commands of API v3; official web document."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from ..models import FLASHING, Capability, LedPattern, PoolLogin


def _led(wanted: bool | Sequence[LedPattern]) -> str | list[dict[str, Any]]:
    """Return the patterns of all LEDs, or the word that leaves them to the miner."""
    if wanted is False:
        return "auto"
    return [asdict(each) for each in (FLASHING if wanted is True else wanted)]


def _pools(pools: Sequence[PoolLogin]) -> list[dict[str, str]]:
    """Return the pools in the protocol's words."""
    return [
        {"pool": each.url, "worker": each.worker, "passwd": each.password}
        for each in pools
    ]


def _able(on: Any) -> str:
    """Return the word for a setting that is switched."""
    return "enable" if on else "disable"


def _percent(mode: str) -> Callable[[Any], dict[str, Any]]:
    """Return the parameter of a power percent."""
    return lambda percent: {"percent": int(percent), "mode": mode}


_COMMANDS: dict[Capability, tuple[str, Callable[[Any], Any]]] = {
    Capability.FACTORY_RESET: ("set.system.factory_reset", lambda _: None),
    Capability.FAST_BOOT: ("set.miner.fastboot", _able),
    Capability.HEAT_MODE: ("set.miner.heat_mode", str),
    Capability.LED: ("set.system.led", _led),
    Capability.MINE_AT_BOOT: ("set.miner.service", _able),
    Capability.POOLS: ("set.miner.pools", _pools),
    Capability.POWER_LIMIT: ("set.miner.power_limit", int),
    Capability.POWER_MODE: ("set.miner.power_mode", str),
    Capability.POWER_PERCENT: ("set.miner.power_percent", _percent("fast")),
    Capability.POWER_PERCENT_GENTLE: ("set.miner.power_percent", _percent("normal")),
    Capability.RESTORE_POWER_PERCENT: (
        "set.miner.power_percent",
        lambda _: _percent("fast")(100),
    ),
    Capability.TARGET_FREQUENCY: ("set.miner.target_freq", int),
    Capability.TEMPERATURE_OFFSET: ("set.fan.temp_offset", int),
    Capability.UPFREQ_SPEED: ("set.miner.upfreq_speed", int),
    Capability.WEB_POOLS: ("set.system.webpools", _able),
}


def command(what: Capability, value: Any) -> tuple[str, Any]:
    """Return the command that changes a setting, and its parameter."""
    name, param = _COMMANDS[what]
    return name, param(value)
