"""What the answers of API v3 mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..controls import offered
from ..fields import Doubts, Fields, Numbers, by_number
from ..known import Known
from ..models import (
    HEAT_MODES,
    NO_POWER_SUPPLY,
    POWER_MODES,
    Board,
    MinerData,
    MinerError,
    MinerIdentity,
    Pool,
    PowerSupply,
)
from ..ranges import (
    BOARD_VOLTAGE,
    CHIPS,
    COOLANT,
    ENERGY,
    ENVIRONMENT,
    EPOCH,
    FAN_SPEED,
    FREQUENCY,
    FREQUENCY_PERCENT,
    HASHRATE,
    HOT_TEMPERATURE,
    MAINS_CURRENT,
    MAINS_VOLTAGE,
    MOST_ROWS,
    PERCENT,
    POWER_LIMIT,
    POWER_PERCENT,
    POWER_RATE,
    PSU_FAN_SPEED,
    RATING,
    TEMPERATURE_OFFSET,
    UPFREQ_SPEED,
    Kind,
)
from ..unchanged import Unchanged
from ..values import parse_mac, parse_text
from . import common

type Section = Mapping[str, Any]

_POWER_MODES = dict(zip("012", POWER_MODES, strict=True))

_SLOTS = tuple(str(slot) for slot in range(MOST_ROWS))
_CHIPS: Numbers = {
    "chip_temperature_min": (HOT_TEMPERATURE, "chip-temp-min"),
    "chip_temperature_average": (HOT_TEMPERATURE, "chip-temp-avg"),
    "chip_temperature_max": (HOT_TEMPERATURE, "chip-temp-max"),
}
_SUMMARY: Numbers = {
    **_CHIPS,
    "environment_temperature": (ENVIRONMENT, "environment-temperature"),
    "frequency": (FREQUENCY, "freq-avg"),
}
_BOARD: Numbers = {
    **_CHIPS,
    "hashrate_average": (HASHRATE, "hash-average"),
    "hashrate_factory": (RATING, "factory-hash"),
    "frequency": (FREQUENCY, "freq"),
    "chips": (CHIPS, "effective-chips"),
}
_PSU: Numbers = {
    "voltage_in": (MAINS_VOLTAGE, "vin"),
    "current_in": (MAINS_CURRENT, "iin"),
    "temperature": (HOT_TEMPERATURE, "temp0"),
}


def section(message: Any, name: str) -> Section:
    """Return a section of a message; empty when it is not there.

    While mining is stopped a section, or the whole message, can be a text instead.
    """
    found = message.get(name) if isinstance(message, dict) else None
    return found if isinstance(found, dict) else {}


def v3_rows(message: Any, name: str) -> list[Section]:
    """Return the rows of a section; empty when it is not there."""
    found = message.get(name) if isinstance(message, dict) else None
    if not isinstance(found, list):
        return []
    return [row for row in found if isinstance(row, dict)]


def is_v3_whatsminer(info: Any) -> bool:
    """Return whether `get.device.info` can only come from a WhatsMiner."""
    return bool(section(info, "system")) or bool(section(info, "miner"))


def _named(info: Any) -> tuple[Section, Section, Section]:
    """Return the sections that name the machine and its parts."""
    return section(info, "network"), section(info, "miner"), section(info, "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Device:
    """What `get.device.info` and the settings say that hardly ever changes."""

    identity: MinerIdentity
    mining: bool | None
    is_liquid: bool
    """Whether a hash board is marked as one that is cooled by liquid."""
    board_parts: Mapping[int, common.BoardParts]
    settings: common.Settings


def parse_v3_identity(info: Any, unchanged: Unchanged | None = None) -> MinerIdentity:
    """Say who the miner is; `unchanged` is what was read of earlier messages."""
    network, miner, system = _named(info)
    given = {
        "mac": network.get("mac"),
        "model": miner.get("type"),
        "serial_number": miner.get("miner-sn"),
        "hostname": network.get("hostname"),
        "firmware": system.get("fwversion"),
        "api_version": system.get("api"),
        "control_board": system.get("platform"),
    }

    def read() -> MinerIdentity:
        texts = {name: parse_text(value) for name, value in given.items()}
        return MinerIdentity(**texts | {"mac": parse_mac(given["mac"])})

    return (unchanged or Unchanged()).read("identity", given, Doubts(), read)


def parse_v3_data(
    info: Any,
    status: Any,
    setting: Any,
    known: Known,
    now: float,
    unchanged: Unchanged | None = None,
    join: common.Join = common.without_counts,
) -> MinerData:
    """Say what the miner does, by messages: device info, status, and all settings.

    `known` is from earlier readings, `now` a Unix time, `unchanged` what was read of
    earlier messages; `join` adds what is known of the pools elsewhere.
    """
    doubts = Doubts()
    unchanged = unchanged or Unchanged()
    device = _read_device(info, setting, doubts, unchanged)
    total = Fields(section(status, "summary"), doubts)
    psu = Fields(section(info, "power"), doubts)
    temperatures = _board_temperatures(total, doubts)
    boards = parse_v3_boards(status, device.board_parts, temperatures, doubts)
    factory = common.rating(total.number(RATING, "factory-hash"), boards, doubts)
    rates = common.hashrate_kind(factory)
    hashrate = total.first_number(rates, "hash-1min", "hash-realtime", "hash-average")
    mining = device.mining
    cooling = _cooling(psu, total, known, hashrate, is_liquid=device.is_liquid)
    liquid = cooling["liquid_cooled"]
    hashrate = 0.0 if mining is False else hashrate
    settings = device.settings
    if liquid:
        settings = {**settings, "temperature_offset": None}
    data = MinerData(
        identity=device.identity,
        capabilities=offered("3.0", liquid),
        mining=mining,
        hashrate=hashrate,
        hashrate_15m=total.number(rates, "hash-15min"),
        hashrate_average=total.number(rates, "hash-average"),
        hashrate_factory=factory,
        energy_since_power_on=_energy(total, "power-on-stats", doubts),
        energy_lifetime=_energy(total, "cumulative-stats", doubts),
        board_temperature=max(temperatures.values(), default=None),
        fans_turned=known.fans_turned or None,
        boards=common.within(factory, boards, doubts),
        errors=parse_v3_errors(info, doubts),
        **join(parse_v3_pools(status, doubts, unchanged)),
        **total.numbers(_SUMMARY),
        **common.running(
            total, mining, hashrate, ("up-freq-finish",), "bootup-time", "elapsed"
        ),
        **cooling,
        **_power(psu, total, factory, hashrate, liquid_cooled=bool(liquid)),
        **settings,
        # Last: all is read by now.
        unbelievable=tuple(doubts),
    )
    return common.with_errors_judged(data, now)


def _read_device(
    info: Any, setting: Any, doubts: Doubts, unchanged: Unchanged
) -> _Device:
    """Return what hardly ever changes."""
    network, miner, system = _named(info)
    mode = section(info, "power").get("mode")
    settings = setting if isinstance(setting, dict) else {}

    def read() -> _Device:
        fields = Fields(miner, doubts)
        marks = fields.text("eeprom-liquid-cooling") or ""
        return _Device(
            identity=parse_v3_identity(info),
            mining=fields.boolean("working"),
            is_liquid=any(mark in "123456789" for mark in marks),
            board_parts={
                slot: {
                    "serial_number": fields.text(f"pcbsn{slot}"),
                    "chip_bin": fields.text(f"chipdata{slot}"),
                }
                for slot in range(MOST_ROWS)
            },
            settings=_settings(
                fields, mode, Fields(system, doubts), Fields(settings, doubts)
            ),
        )

    given = (network, miner, system, mode, settings)
    return unchanged.read("device", given, doubts, read)


def _power(
    psu: Fields,
    total: Fields,
    factory: float | None,
    hashrate: float | None,
    *,
    liquid_cooled: bool,
) -> common.Power:
    """Return what the machine draws."""
    # 0 for a minute after a change, and while the miner is stopped.
    limit = total.number(POWER_LIMIT, "power-limit")
    watts = common.power_kind(factory, limit)
    return common.powered(
        total.number(watts, "power-realtime"),
        total.number(watts, "power-5min"),
        limit,
        total.number(POWER_RATE, "power-rate"),
        parse_v3_power_supply(psu, watts, liquid_cooled=liquid_cooled),
        hashrate,
    )


def _settings(
    miner: Fields, psu_mode: Any, system: Fields, settings: Fields
) -> common.Settings:
    """Return what the miner is set to."""
    percent = settings.number(POWER_PERCENT, "power-percent")
    heat_mode = settings.text("heat-mode") or miner.text("heatmode")
    return {
        "power_limit_set": common.parse_limit_set(miner, "power-limit-set"),
        "power_mode": _power_mode(psu_mode, settings),
        # 0 stands for none asked for: all of the power.
        "power_percent": 100.0 if percent == 0 else percent,
        "target_frequency_percent": _first(
            settings.integer(FREQUENCY_PERCENT, "target-freq"),
            miner.integer(FREQUENCY_PERCENT, "hash-percent"),
        ),
        "fast_boot": _first(miner.boolean("fast-boot"), settings.boolean("fast-boot")),
        "upfreq_speed": _first(
            settings.integer(UPFREQ_SPEED, "upfreq-speed"),
            miner.integer(UPFREQ_SPEED, "UpfreqSpeed"),
        ),
        "temperature_offset": settings.integer(TEMPERATURE_OFFSET, "fan-temp-offset"),
        "heat_mode": common.one_of(HEAT_MODES, heat_mode),
        "web_pools": miner.boolean("web-pool"),
        "led": system.text("ledstatus"),
        "worker_suffix": settings.text("btrom-worker-suffix"),
    }


def _cooling(
    psu: Fields,
    total: Fields,
    known: Known,
    hashrate: float | None,
    *,
    is_liquid: bool,
) -> common.Cooling:
    """Return how the machine is cooled."""
    coolant = psu.number(COOLANT, "liquid-temperature")
    fans = (
        total.integer(FAN_SPEED, "fan-speed-in"),
        total.integer(FAN_SPEED, "fan-speed-out"),
    )
    # A machine whose fans have turned is none that is cooled by liquid.
    is_sign = coolant and not known.fans_turned
    liquid = True if is_sign or is_liquid else None
    return common.cooling(known, fans, coolant, hashrate, liquid=liquid)


def parse_v3_boards(
    status: Any,
    parts: Mapping[int, common.BoardParts],
    temperatures: Mapping[int, float],
    doubts: Doubts,
) -> tuple[Board, ...]:
    """Return the hash boards; what else is known of them stands elsewhere, by slot."""
    listed = by_number(v3_rows(status, "edevs"), doubts, "board", "slot", "id")
    slots = [slot for slot, _ in listed]
    # One for each slot, also of a board that is missing. A list that is too short for
    # that, and as long as there are boards, can only be of those in turn.
    given = section(status, "summary").get("board-temperature")
    if isinstance(given, list) and len(given) == len(slots) <= max(slots, default=0):
        temperatures = {
            slot: temperatures[place]
            for place, slot in enumerate(slots)
            if place in temperatures
        }
    return tuple(
        Board(
            slot=slot,
            hashrate=row.first_number(
                HASHRATE, "hash-1min", "hash-realtime", "hash-average"
            ),
            temperature=temperatures.get(slot),
            **parts[slot],
            **row.numbers(_BOARD),
        )
        for slot, row in listed
    )


def parse_v3_pools(
    status: Any, doubts: Doubts, unchanged: Unchanged
) -> tuple[Pool, ...]:
    """Return the pools at work in the order in which they are tried; no counts."""
    # Numbered from 1 by `id`, or given with a priority from 0.
    rows = by_number(v3_rows(status, "pools"), doubts, "pool", "pool-priority")
    return tuple(
        unchanged.read(
            ("pool", priority), row.given, doubts, partial(_pool, priority, row)
        )
        for priority, row in rows
    )


def _pool(priority: int, row: Fields) -> Pool:
    """Return a pool."""
    state = row.text("status")
    return Pool(
        priority=priority,
        url=row.text("url"),
        worker=row.text("account"),
        alive=None if state is None else state.lower() == "alive",
        active=row.boolean("stratum-active"),
        rejected_percent=row.first_number(PERCENT, "reject-percent", "reject-rate"),
        last_share=row.integer(EPOCH, "last-share-time"),
    )


def parse_v3_errors(info: Any, doubts: Doubts) -> tuple[MinerError, ...] | None:
    """Return the listed errors; a message without the list has none."""
    if not isinstance(info, dict) or not section(info, "miner"):
        return None
    return common.parse_errors(info.get("error-code", []), doubts)


def parse_v3_power_supply(
    psu: Fields, watts: Kind, *, liquid_cooled: bool
) -> PowerSupply | None:
    """Return what the power section gives: A, V, W; the output voltage in 10 mV.

    The fan speed of an M64 that is cooled by liquid is the liquid's temperature.
    """
    found = PowerSupply(
        model=psu.text("model") or psu.text("type"),
        serial_number=psu.text("sn"),
        firmware=psu.text("swversion"),
        power_in=psu.number(watts, "pin"),
        voltage_out=psu.number_in(100, BOARD_VOLTAGE, "vout"),
        fan_speed=None if liquid_cooled else psu.integer(PSU_FAN_SPEED, "fanspeed"),
        **psu.numbers(_PSU),
    )
    return None if found == NO_POWER_SUPPLY else found


def _board_temperatures(total: Fields, doubts: Doubts) -> dict[int, float]:
    """Return the temperatures of the boards by slot, without those that have none."""
    listed = total.get("board-temperature")
    if not isinstance(listed, list):
        return {}
    fields = Fields(
        dict(zip(_SLOTS, listed, strict=False)), doubts, "board-temperature "
    )
    found = {}
    for slot, name in enumerate(fields.given):
        if (value := fields.number(HOT_TEMPERATURE, name)) is not None:
            found[slot] = value
    return found


def _energy(total: Fields, name: str, doubts: Doubts) -> float | None:
    """Return the energy that a counter of the miner shows, in kWh."""
    counter = total.get(name)
    if not isinstance(counter, dict):
        return None
    return Fields(counter, doubts, f"{name} ").number_in(3.6e6, ENERGY, "energy-ws")


def _power_mode(psu_mode: Any, settings: Fields) -> str | None:
    """Return the power mode, a digit in the one place and a word in the other."""
    mode = settings.text("power-mode") or str(psu_mode)
    return common.one_of(POWER_MODES, _POWER_MODES.get(mode, mode))


def _first[ValueT](value: ValueT | None, other: ValueT | None) -> ValueT | None:
    """Return the first number that is there."""
    return other if value is None else value
