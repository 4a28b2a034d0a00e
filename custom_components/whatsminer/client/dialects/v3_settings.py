"""Settings as commands of API v3; official web document."""

from collections.abc import Callable
from typing import Any

from ..models import Capability

# Red and green flash in turns, twice a second.
_FLASHING = [
    {"color": color, "period": 500, "duration": 250, "start": start}
    for color, start in (("red", 0), ("green", 250))
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
    Capability.LED: ("set.system.led", lambda on: _FLASHING if on else "auto"),
    Capability.MINE_AT_BOOT: ("set.miner.service", _able),
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
