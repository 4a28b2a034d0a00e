"""The controls of a miner: one row for each, with its commands on both APIs.

Commands and ranges are those of the manuals 1.3.8, 2.0.5 and 2.2, chapter 3, and of the
official web document of API v3; where MicroBT's own driver does otherwise, that is said.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
import operator
from typing import Any

from .models import FLASHING, Capability, LedPattern, MinerData, MiningState, PoolLogin
from .protocol import Version, speaks

type V2Commands = list[tuple[str, dict[str, Any]]]
"""Commands of API v2 with their parameters, to be sent one after another."""
type V3Command = tuple[str, Any]
"""A command of API v3 with its parameter."""
type Limits = tuple[float, float]

# Of about 90 machines of one farm (179 answers) each had tuned after 2,362 s.
_TUNING_SECONDS = 3600


def _nothing(_: Any) -> None:
    """Return nothing: it is not reported, not limited, or not blocked."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control of a miner."""

    capability: Capability
    v2: Callable[[Any, Version], V2Commands]
    """Commands that set a value, on firmware of this API version."""
    v3: Callable[[Any], V3Command]
    since: Version = (1, 0)
    """The API version it came with; API v3 has all."""
    liquid_cooled: bool | None = None
    """The only kind of cooling that has it: True by liquid, False by air."""
    limits: Callable[[MinerData], Limits | None] = _nothing
    """The lowest and the highest value, of those that have a range."""
    blocked: Callable[[MinerData], str | None] = _nothing
    """Why the miner does not accept it now: `stopped`, `starting` or `tuning`."""
    restarts_mining: bool = False
    """Whether it restarts mining."""
    in_vain_again: bool = False
    """Whether it restarts mining, and changes nothing, where its value is in force."""
    read: Callable[[MinerData], Any] = _nothing
    """The read-back; None where the miner does not report it."""
    shown: Callable[[Any], Any] = lambda value: value
    """What the read-back shows for a value."""
    matches: Callable[[Any, Any], bool] = operator.eq
    """Whether read-back (first) is what has to be shown (second)."""
    counter: Callable[[MinerData], int | None] | None = None
    """For a command without a value: the count of seconds that starts again.

    It cannot be taken back once it is sent, and is waited for whatever comes next.
    """
    silent: bool = False
    """Whether the miner may restart before it answers, so that silence is expected."""
    seconds: float = 45
    """Seconds within which the miner must show it."""

    @property
    def can_be_blocked(self) -> bool:
        """Return whether the miner takes it in some states only."""
        return self.blocked is not _nothing

    def starts_mining(self, value: Any, data: MinerData) -> bool:
        """Return whether setting a value now starts or restarts mining.

        What restarts mining leaves a stopped miner stopped; but for the restart itself,
        where it is sent as a raw command: no recording shows what that does then, so
        that it counts as a start.
        """
        if self.capability is Capability.START_STOP:
            return bool(value) and data.mining is not True
        is_off = data.mining is False and self.capability is not Capability.RESTART
        return self.restarts_mining and not is_off

    def is_in_force(self, value: Any, data: MinerData) -> bool:
        """Return whether a value that is shown already need not be set again.

        The owner of an M60S (20240605.01.REL) saw it restart for the limit that it had.
        Not so a stopped one, which may show what it had when it mined last; nor a power
        mode: setting it also ends a power limit.
        """
        is_needless = self.in_vain_again and data.mining is not False
        return is_needless and self.confirmed(value, data) is True

    def confirmed(self, value: Any, data: MinerData) -> bool | None:
        """Return whether a reading shows the value; None where it is not reported."""
        found = self.read(data)
        return None if found is None else self.matches(found, self.shown(value))


@lru_cache(maxsize=32)
def offered(version: str, liquid_cooled: bool | None) -> frozenset[Capability]:
    """Return the capabilities of an API version and a kind of cooling."""
    return frozenset(
        control.capability
        for control in CONTROLS.values()
        if speaks(version, control.since)
        and control.liquid_cooled in (None, bool(liquid_cooled))
    )


def _while_stopped(data: MinerData) -> str | None:
    """Block what needs a miner that mines.

    MicroBT's driver starts the miner before it sets the mode; a start that nobody asked
    for is not made here. What a restart does is not recorded.
    """
    return "stopped" if data.mining is False else None


def _until_tuned(data: MinerData) -> str | None:
    """Block a percent of the tuned power until tuning has found that power.

    A miner that never calls itself stable is asked nonetheless after an hour.
    """
    if data.mining is False:
        return "stopped"
    if data.state is MiningState.STARTING:
        return "starting"
    since = data.mining_uptime
    if data.state is MiningState.TUNING and (since is None or since < _TUNING_SECONDS):
        return "tuning"
    return None


def _percent_limits(data: MinerData) -> Limits:
    """Return the range of the quick power percent; v2's command ends at 100."""
    lowest, highest = _gentle_limits(data)
    return lowest, highest if speaks(data.identity.api_version, (3, 0)) else 100


def _gentle_limits(data: MinerData) -> Limits:
    """Return the range of the gentle power percent.

    API 3 reports 0 where none is asked for, so that 0 could never be confirmed there.
    """
    lowest = 1 if speaks(data.identity.api_version, (3, 0)) else 0
    return lowest, 200 if data.liquid_cooled else 100


def _power_limits(_: MinerData) -> Limits:
    """Return the range of a power in W.

    Both APIs take 0 to 99999; no WhatsMiner runs with less, or draws more.
    """
    return 500, 15000


def _upfreq_limits(data: MinerData) -> Limits:
    """Return the range of the ramp's speed."""
    return 0, 10 if speaks(data.identity.api_version, (3, 0)) else 9


def _frequency_limits(data: MinerData) -> Limits:
    """Return the range of the frequency: cooled by air only downwards."""
    return -100, 100 if data.liquid_cooled else 0


def _led_v2(value: bool | Sequence[LedPattern]) -> V2Commands:
    """Return one command per colour, or the one for automatic."""
    if value is False:
        return [("set_led", {"param": "auto"})]
    patterns = FLASHING if value is True else value
    return [("set_led", asdict(pattern)) for pattern in patterns]


def _led_v3(value: bool | Sequence[LedPattern]) -> V3Command:
    """Return the patterns of all LEDs, or the word for automatic."""
    if value is False:
        return "set.system.led", "auto"
    patterns = FLASHING if value is True else value
    return "set.system.led", [asdict(pattern) for pattern in patterns]


def _pools_v2(pools: Sequence[PoolLogin]) -> V2Commands:
    """Return the command that sets all three pools; those not given are emptied."""
    params: dict[str, str] = {}
    for number in (1, 2, 3):
        pool = pools[number - 1] if number <= len(pools) else None
        params[f"pool{number}"] = pool.url if pool else ""
        params[f"worker{number}"] = pool.worker if pool else ""
        params[f"passwd{number}"] = pool.password if pool else ""
    return [("update_pools", params)]


def _pools_v3(pools: Sequence[PoolLogin]) -> V3Command:
    """Return the command that sets the pools."""
    return "set.miner.pools", [
        {"pool": each.url, "worker": each.worker, "passwd": each.password}
        for each in pools
    ]


def _pools_match(found: list[Any], asked: list[Any]) -> bool:
    """Return whether the pools are those that were set; API v3 lists only those at work."""
    return found[:1] == asked[:1] and all(each in asked for each in found)


def _restore_v2(_: Any, version: Version) -> V2Commands:
    """Return the command that ends a power percent; before 2.2 there was none."""
    if version >= (2, 2):
        return [("restore_power_pct", {})]
    return [("set_power_pct", {"percent": "100"})]


def _restore_blocked(data: MinerData) -> str | None:
    """Block a restore where it is sent as a power percent."""
    version = data.identity.api_version
    has_own_command = speaks(version, (2, 2)) and not speaks(version, (3, 0))
    return None if has_own_command else _until_tuned(data)


def _fast_boot_v2(on: Any, version: Version) -> V2Commands:
    """Return the command for a quick start; before 2.0 it had another name."""
    name = "btminer" if version >= (2, 0) else "cgminer"
    return [(f"{_able(on)}_{name}_fast_boot", {})]


def _able(on: Any) -> str:
    """Return the word for on or off."""
    return "enable" if on else "disable"


def _bare_v2(command: str, **params: str) -> Callable[[Any, Version], V2Commands]:
    """Return the commands of something that has no value."""
    return lambda _, version: [(command, params)]


def _switched_v2(command: str) -> Callable[[Any, Version], V2Commands]:
    """Return the commands of a setting that is enabled or disabled."""
    return lambda on, version: [(f"{_able(on)}_{command}", {})]


def _number_v2(command: str, name: str) -> Callable[[Any, Version], V2Commands]:
    """Return the commands of a number, which travels as text."""
    return lambda value, version: [(command, {name: str(int(value))})]


def _bare_v3(command: str, param: Any = None) -> Callable[[Any], V3Command]:
    """Return the command of something that has no value."""
    return lambda _: (command, param)


def _switched_v3(command: str) -> Callable[[Any], V3Command]:
    """Return the command of a setting that is enabled or disabled."""
    return lambda on: (command, _able(on))


def _valued_v3(command: str, kind: type[int | str]) -> Callable[[Any], V3Command]:
    """Return the command of a setting with one value."""
    return lambda value: (command, kind(value))


def _percent_v3(mode: str) -> Callable[[Any], V3Command]:
    """Return the command for a power percent."""
    return lambda percent: (
        "set.miner.power_percent",
        {"percent": str(int(percent)), "mode": mode},
    )


def _start_stop_v2(on: Any, _: Version) -> V2Commands:
    """Return the command that starts or stops mining.

    It has to answer before it stops, or the answer may never come.
    """
    return [("power_on", {})] if on else [("power_off", {"respbefore": "true"})]


_ROWS = (
    Control(
        capability=Capability.START_STOP,
        v2=_start_stop_v2,
        v3=lambda on: ("set.miner.service", "start" if on else "stop"),
        read=lambda data: data.mining,
        seconds=120,
    ),
    Control(
        capability=Capability.RESTART,
        v2=_bare_v2("restart_btminer"),
        v3=_bare_v3("set.miner.service", "restart"),
        blocked=_while_stopped,
        restarts_mining=True,
        counter=lambda data: data.mining_uptime,
        silent=True,
        seconds=120,
    ),
    Control(
        capability=Capability.REBOOT,
        # Answering first, as MicroBT's driver asks for.
        v2=_bare_v2("reboot", respbefore="true"),
        v3=_bare_v3("set.system.reboot"),
        counter=lambda data: data.uptime,
        silent=True,
        seconds=300,
    ),
    Control(
        capability=Capability.FACTORY_RESET,
        v2=_bare_v2("factory_reset"),
        v3=_bare_v3("set.system.factory_reset"),
        counter=lambda data: data.uptime,
        silent=True,
        seconds=300,
    ),
    Control(
        capability=Capability.LED,
        v2=lambda value, _: _led_v2(value),
        v3=_led_v3,
        read=lambda data: None if data.led is None else data.led != "auto",
        shown=lambda value: value is not False,
    ),
    Control(
        capability=Capability.POOLS,
        v2=lambda pools, _: _pools_v2(pools),
        v3=_pools_v3,
        read=lambda data: [(pool.url, pool.worker) for pool in data.pools] or None,
        shown=lambda pools: [(pool.url, pool.worker) for pool in pools],
        matches=_pools_match,
        seconds=60,
    ),
    Control(
        capability=Capability.WEB_POOLS,
        v2=_switched_v2("web_pools"),
        v3=_switched_v3("set.system.webpools"),
        read=lambda data: data.web_pools,
    ),
    Control(
        capability=Capability.POWER_MODE,
        v2=lambda mode, _: [(f"set_{mode}_power", {})],
        v3=_valued_v3("set.miner.power_mode", str),
        blocked=_while_stopped,
        restarts_mining=True,
        read=lambda data: data.power_mode,
        silent=True,
        seconds=240,
    ),
    Control(
        capability=Capability.POWER_LIMIT,
        v2=_number_v2("adjust_power_limit", "power_limit"),
        v3=_valued_v3("set.miner.power_limit", int),
        since=(2, 0),
        limits=_power_limits,
        restarts_mining=True,
        in_vain_again=True,
        read=lambda data: data.power_limit_set or data.power_limit,
        # The limit reads 0 for 60 to 90 s after a change, while mining restarts.
        seconds=240,
    ),
    Control(
        # By the manual of 2.2 and the document of API v3 alone: no recording proves it,
        # and nothing reads it back.
        capability=Capability.DYNAMIC_POWER,
        v2=_number_v2("set_power", "power"),
        v3=_valued_v3("set.miner.power", int),
        since=(2, 2),
        limits=_power_limits,
    ),
    Control(
        capability=Capability.POWER_PERCENT,
        v2=_number_v2("set_power_pct", "percent"),
        v3=_percent_v3("fast"),
        limits=_percent_limits,
        blocked=_until_tuned,
        read=lambda data: data.power_percent,
        seconds=60,
    ),
    Control(
        capability=Capability.POWER_PERCENT_GENTLE,
        v2=_number_v2("set_power_pct_v2", "percent"),
        v3=_percent_v3("normal"),
        since=(2, 2),
        limits=_gentle_limits,
        blocked=_until_tuned,
        read=lambda data: data.power_percent,
        seconds=60,
    ),
    Control(
        capability=Capability.RESTORE_POWER_PERCENT,
        v2=_restore_v2,
        v3=lambda _: _percent_v3("fast")(100),
        blocked=_restore_blocked,
        read=lambda data: data.power_percent,
        shown=lambda _: 100,
    ),
    Control(
        capability=Capability.TARGET_FREQUENCY,
        v2=_number_v2("set_target_freq", "percent"),
        v3=_valued_v3("set.miner.target_freq", int),
        # 1.x has it, too, with another range, and never reports it.
        since=(2, 0),
        limits=_frequency_limits,
        restarts_mining=True,
        in_vain_again=True,
        read=lambda data: data.target_frequency_percent,
        seconds=120,
    ),
    Control(
        capability=Capability.FAST_BOOT,
        v2=_fast_boot_v2,
        v3=_switched_v3("set.miner.fastboot"),
        read=lambda data: data.fast_boot,
    ),
    Control(
        capability=Capability.UPFREQ_SPEED,
        v2=_number_v2("adjust_upfreq_speed", "upfreq_speed"),
        v3=_valued_v3("set.miner.upfreq_speed", int),
        since=(2, 0),
        limits=_upfreq_limits,
        read=lambda data: data.upfreq_speed,
    ),
    Control(
        capability=Capability.TEMPERATURE_OFFSET,
        v2=_number_v2("set_temp_offset", "temp_offset"),
        v3=_valued_v3("set.fan.temp_offset", int),
        since=(2, 0),
        liquid_cooled=False,
        limits=lambda _: (-30, 0),
        read=lambda data: data.temperature_offset,
    ),
    Control(
        capability=Capability.MINE_AT_BOOT,
        v2=_switched_v2("btminer_init"),
        v3=_switched_v3("set.miner.service"),
        since=(2, 2),
    ),
    Control(
        capability=Capability.HEAT_MODE,
        # The manual of v2 has both words, and this one in its example.
        v2=lambda mode, _: [
            (
                "set_heat_mode",
                {"mode": "anti-icing" if mode == "anti-freezing" else mode},
            )
        ],
        v3=_valued_v3("set.miner.heat_mode", str),
        since=(2, 2),
        liquid_cooled=True,
        read=lambda data: data.heat_mode,
    ),
)
CONTROLS: Mapping[Capability, Control] = {row.capability: row for row in _ROWS}
"""All controls of a miner, by capability."""
