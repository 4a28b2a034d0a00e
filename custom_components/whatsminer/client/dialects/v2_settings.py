"""Settings as commands of API v2; manuals 1.3.8, 2.0.5 and 2.2, chapter 3."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from ..models import FLASHING, Capability, LedPattern, PoolLogin
from .v2_fields import speaks

type Commands = list[tuple[str, dict[str, Any]]]


def _led(wanted: bool | Sequence[LedPattern]) -> Commands:
    """Return one command per colour, or the one that leaves the LED to the miner."""
    if wanted is False:
        return [("set_led", {"param": "auto"})]
    patterns = FLASHING if wanted is True else wanted
    return [("set_led", asdict(pattern)) for pattern in patterns]


def _pools(pools: Sequence[PoolLogin]) -> Commands:
    """Return the command that sets all three pools; those not given are emptied."""
    params: dict[str, str] = {}
    for number in (1, 2, 3):
        pool = pools[number - 1] if number <= len(pools) else None
        params[f"pool{number}"] = pool.url if pool else ""
        params[f"worker{number}"] = pool.worker if pool else ""
        params[f"passwd{number}"] = pool.password if pool else ""
    return [("update_pools", params)]


def _switched(command: str) -> Callable[[Any], Commands]:
    """Return the commands of a setting that is enabled or disabled."""
    return lambda on: [(f"{'enable' if on else 'disable'}_{command}", {})]


def _valued(command: str, name: str) -> Callable[[Any], Commands]:
    """Return the command of a setting with one value, which travels as text."""
    return lambda value: [(command, {name: str(value)})]


_COMMANDS: dict[Capability, Callable[[Any], Commands]] = {
    Capability.FACTORY_RESET: lambda _: [("factory_reset", {})],
    Capability.FAST_BOOT: _switched("btminer_fast_boot"),
    Capability.HEAT_MODE: _valued("set_heat_mode", "mode"),
    Capability.LED: _led,
    Capability.MINE_AT_BOOT: _switched("btminer_init"),
    Capability.POOLS: _pools,
    Capability.POWER_LIMIT: _valued("adjust_power_limit", "power_limit"),
    Capability.POWER_MODE: lambda mode: [(f"set_{mode}_power", {})],
    Capability.POWER_PERCENT: _valued("set_power_pct", "percent"),
    Capability.POWER_PERCENT_GENTLE: _valued("set_power_pct_v2", "percent"),
    Capability.RESTORE_POWER_PERCENT: lambda _: [("restore_power_pct", {})],
    Capability.TARGET_FREQUENCY: _valued("set_target_freq", "percent"),
    Capability.TEMPERATURE_OFFSET: _valued("set_temp_offset", "temp_offset"),
    Capability.UPFREQ_SPEED: _valued("adjust_upfreq_speed", "upfreq_speed"),
    Capability.WEB_POOLS: _switched("web_pools"),
}


def commands(what: Capability, value: Any, version: str | None) -> Commands:
    """Return the commands that change a setting, for firmware of this API version."""
    if what is Capability.FAST_BOOT and not speaks(version, (2, 0)):
        return _switched("cgminer_fast_boot")(value)
    if what is Capability.RESTORE_POWER_PERCENT and not speaks(version, (2, 2)):
        return _COMMANDS[Capability.POWER_PERCENT](100)
    if what is Capability.HEAT_MODE and value == "anti-freezing":
        value = "anti-icing"  # the word of the manual's example; both stand there
    return _COMMANDS[what](value)
